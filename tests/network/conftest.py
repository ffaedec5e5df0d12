"""Fixtures of this folder."""

import pytest


@pytest.fixture(params=range(3))
def seed(request):
    """Laws hold for every seed, so each of these tests runs with several."""
    return request.param


@pytest.fixture
def refusal():
    """refusal(Error, call, ...): the text with which call(...) is refused."""

    def text(error, call, *args, **settings):
        with pytest.raises(error) as caught:
            call(*args, **settings)
        return str(caught.value).rstrip()

    return text
