"""What all tests share: how Hypothesis looks for examples, and a clean table of figures."""

import os
import sys

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # the first call of a network compiles it, which takes a second
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)  # a red build can be repeated
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Figures that a test drew do not pile up until another one is warned of them."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
