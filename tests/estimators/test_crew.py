"""A limit on the time of a fit is shared out among its networks."""

import pytest
from joblib import cpu_count

from glassnet.estimators.crew import Crew
from glassnet.training.checkpoint import Keeper

PLANNED = ((45, 16), (12, 64), (5, 256))


@pytest.fixture
def clock(monkeypatch):
    now = [50.0]
    monkeypatch.setattr("glassnet.estimators.crew.time.perf_counter", lambda: now[0])
    return now


def crew(*, n_jobs, solver="adam", limit=100.0):
    settings = {"time_limit": limit, "n_jobs": n_jobs, "solver": solver}
    return Crew(None, settings, PLANNED, Keeper(), begin=50.0)


def used(this, clock, legs, haste=1.0):
    """The seconds that each leg is given, when it takes `haste` times as many."""
    given = []
    for leg in legs:
        given.append(this._seconds(*leg, is_last=leg == PLANNED[-1]))
        clock[0] += haste * given[-1]
    return given


def test_a_number_below_0_counts_from_all_processors():
    n = cpu_count()
    wishes = (None, -1, -2, -1 - n, n + 3)
    assert [crew(n_jobs=wish).n_jobs for wish in wishes] == [n, n, max(1, n - 1), 1, n + 3]


@pytest.mark.parametrize("n_jobs", [1, 2, 8, 64])
def test_the_legs_together_keep_within_the_limit_by_their_work(clock, n_jobs):
    work = [max(n, n_jobs) * epochs for n, epochs in PLANNED]
    assert used(crew(n_jobs=n_jobs), clock, PLANNED) == pytest.approx([100 * one / sum(work) for one in work])


def test_a_leg_in_two_calls_has_the_time_of_one(clock):
    in_two = used(crew(n_jobs=2), clock, [PLANNED[0], (6, 64), (6, 64), PLANNED[2]])
    clock[0] = 50.0
    first, second, third = used(crew(n_jobs=2), clock, PLANNED)
    assert in_two == pytest.approx([first, second / 2, second / 2, third])


def test_those_that_follow_share_what_is_left_when_one_was_late(clock):
    this = crew(n_jobs=2)
    first = this._seconds(*PLANNED[0], is_last=False)
    clock[0] += 2 * first
    second, third = used(this, clock, PLANNED[1:])
    assert 2 * first + second + third == pytest.approx(100)
    assert third / second == pytest.approx(5 * 256 / (12 * 64))


def test_what_was_not_needed_goes_to_the_last(clock):
    this = crew(n_jobs=2)
    this._seconds(*PLANNED[0], is_last=False)
    assert this._seconds(*PLANNED[2], is_last=True) == 100


def test_few_networks_have_the_time_of_as_many_as_there_are_processors(clock):
    _, second, third = used(crew(n_jobs=64), clock, PLANNED)
    assert third / second == pytest.approx(256 / 64)


def test_one_after_the_other_each_has_its_part(clock):
    this = crew(n_jobs=4, solver="lbfgs")
    assert this._seconds(5, 256, is_last=True) * 5 == pytest.approx(100)


def test_without_a_limit_there_is_none():
    assert crew(n_jobs=2, limit=None)._seconds(5, 256, is_last=True) is None


def test_after_the_limit_no_time_is_left(clock):
    clock[0] = 151.0
    assert crew(n_jobs=2)._seconds(*PLANNED[0], is_last=False) == 0
