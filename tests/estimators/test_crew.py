"""A limit on the time of a fit is shared out among its networks."""

import pytest

from glassnet.estimators.crew import Crew
from glassnet.training.checkpoint import Keeper

PLANNED = ((45, 16), (12, 64), (5, 256))


def share(n_networks, n_epochs, *, n_jobs, solver="adam", limit=100.0):
    settings = {"time_limit": limit, "n_jobs": n_jobs, "solver": solver}
    return Crew(None, settings, PLANNED, Keeper())._share_of_time(n_networks, n_epochs)


@pytest.mark.parametrize("n_jobs", [1, 2, 8, 64])
def test_the_rounds_together_keep_within_the_limit(n_jobs):
    assert sum(share(*planned, n_jobs=n_jobs) for planned in PLANNED) == pytest.approx(100)


def test_a_round_in_two_calls_has_the_time_of_one():
    assert 2 * share(6, 64, n_jobs=2) == pytest.approx(share(12, 64, n_jobs=2))


def test_few_networks_have_the_time_of_as_many_as_there_are_processors():
    assert share(5, 256, n_jobs=64) / share(12, 64, n_jobs=64) == pytest.approx(256 / 64)


def test_one_after_the_other_each_has_its_part():
    together = sum(n * share(n, epochs, n_jobs=4, solver="lbfgs") for n, epochs in PLANNED)
    assert together == pytest.approx(100)


def test_without_a_limit_there_is_none():
    assert share(5, 256, n_jobs=2, limit=None) is None
