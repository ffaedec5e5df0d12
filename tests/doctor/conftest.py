import pytest

from .cases import run


@pytest.fixture(scope="package")
def book():
    """The tutorial's network, which is well."""
    return run()


@pytest.fixture(scope="package")
def members():
    """Five of them, each with a fold held out."""
    return run(n_members=5)
