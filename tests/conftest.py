"""What all tests share: how Hypothesis looks for examples."""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)  # the first call of a network compiles it, which takes a second
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)  # a red build can be repeated
settings.load_profile("ci" if os.environ.get("CI") else "here")
