"""Members side by side are members alone."""

import threading
import time

import numpy as np
import pytest

from glassnet.errors import DivergenceError
from glassnet.training.course import Course
from glassnet.training.history import History
from glassnet.training.members import train_members
from glassnet.training.trainer import NOBODY, Observer, Training
from glassnet.training.validation import Validation

from .cases import At, learner, plan, rows


def member(learner, plan, observer=NOBODY, validation=None):
    return Training(Course(learner, plan, History(), validation), rows(), observer)


def members(n=5, n_epochs=6, observer=NOBODY):
    patient = plan(n_epochs, n_iter_no_change=np.inf)
    return [member(learner(seed=k), patient, observer, Validation(rows(seed=9))) for k in range(n)]


@pytest.mark.parametrize("n_jobs", [1, 2, 4, None])
def test_side_by_side_they_are_bit_for_bit_what_each_is_alone(n_jobs):
    together, alone = members(), members()
    outcomes = train_members(together, n_jobs)
    for one, other, outcome in zip(together, alone, outcomes, strict=True):
        assert outcome == other.to_end()
        assert np.array_equal(one.course.learner.theta, other.course.learner.theta)
        assert one.course.history.train_loss == other.course.history.train_loss


def test_members_with_different_seeds_become_different_networks():
    some = members(2)
    train_members(some)
    assert not np.array_equal(some[0].course.learner.theta, some[1].course.learner.theta)


class Busy(Observer):
    """Counts how many threads are between the beginning and the end of an epoch."""

    def __init__(self):
        self.threads = set()

    def epoch_begins(self):
        self.threads.add(threading.get_ident())


def turns_of(n, n_epochs):
    """The members in the order of their epochs, one thread for all."""
    turns = []

    class Tells(Observer):
        def __init__(self, k):
            self.k = k

        def epoch_begins(self):
            turns.append(self.k)

    some = members(n, n_epochs)
    for k, one in enumerate(some):
        one.observer = Tells(k)
    train_members(some, 1)
    return turns


def test_they_take_turns_so_that_all_end_at_about_the_same_time(monkeypatch):
    monkeypatch.setattr("glassnet.training.members.TURN", 0.0)
    assert turns_of(3, n_epochs=4) == [0, 1, 2] * 4


def test_a_turn_is_several_epochs_of_a_small_table(monkeypatch):
    monkeypatch.setattr("glassnet.training.members.TURN", 60.0)
    turns = turns_of(2, n_epochs=6)
    assert turns[:3] == turns[:1] * 3


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_no_more_threads_than_jobs(n_jobs):
    busy = Busy()
    train_members(members(7, observer=busy), n_jobs)
    assert len(busy.threads) <= n_jobs
    assert threading.get_ident() not in busy.threads


def test_an_observer_that_wants_an_end_ends_all_members():
    endless = plan(10**6, n_iter_no_change=np.inf)
    some = [member(learner(seed=k), endless) for k in range(2)]
    some.append(member(learner(seed=2), endless, At(2, lambda: True)))
    outcomes = train_members(some, 3)
    assert [outcome.reason for outcome in outcomes] == ["callback"] * 3
    assert len(some[2].course.history) == 2


def test_when_one_diverges_its_error_is_raised_and_the_others_stop_early():
    wild = member(learner("sgd"), plan(10, eta=1e30))
    patient = member(learner(), plan(10**6, n_iter_no_change=np.inf))
    with pytest.raises(DivergenceError, match="epoch"):
        train_members([wild, patient], 2)
    assert len(patient.course.history) < 10**6


def test_ctrl_c_keeps_what_all_members_have_learnt(monkeypatch):
    some, ended = members(2, 10**6), threading.Event()

    class Tells(Observer):
        def epoch_ends(self):
            if all(len(one.course.history) for one in some):
                ended.set()
            return False

    def interrupted_wait(futures, return_when):
        assert ended.wait(60)
        raise KeyboardInterrupt

    for one in some:
        one.observer = Tells()
    monkeypatch.setattr("glassnet.training.members.wait", interrupted_wait)
    outcomes = train_members(some, 2)
    assert [outcome.reason for outcome in outcomes] == ["interrupted", "interrupted"]
    assert all(0 < len(one.course.history) < 10**6 for one in some)


def test_ctrl_c_before_every_member_has_begun_is_passed_on(monkeypatch):
    def interrupted_wait(futures, return_when):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.training.members.wait", interrupted_wait)
    with pytest.raises(KeyboardInterrupt):
        train_members(members(3, 10**5), 1)  # one at a time: the second and third have not begun


@pytest.mark.parametrize("n_epochs", [0, 1])
def test_a_divergence_during_ctrl_c_is_not_lost(monkeypatch, n_epochs):
    """Neither at the beginning nor after every member has learnt so many epochs."""
    some, begun, late = members(2, 10**6), threading.Event(), threading.Event()

    class Diverges(Observer):
        def epoch_begins(self):
            if some[1].course.n_epochs >= n_epochs:
                begun.set()
                assert late.wait(60)
                raise DivergenceError("the loss left the finite numbers")

    def interrupted_wait(at_work, return_when):
        assert begun.wait(60)
        while some[0].course.n_epochs < n_epochs:
            time.sleep(0.001)
        late.set()
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.training.members.wait", interrupted_wait)
    some[1].observer = Diverges()
    with pytest.raises(DivergenceError):
        train_members(some, 2)


@pytest.mark.parametrize("pauses", [(2,), (1, 5), (5, 5)])
def test_networks_that_pause_become_bit_for_bit_what_they_are_without(pauses):
    whole, some = members(3), members(3)
    expected = [one.to_end() for one in whole]
    for until in pauses:
        for one in some:
            one.course.go_on(plan(6, n_iter_no_change=np.inf, until=until), Validation(rows(seed=9)))
        outcomes = train_members(some, 2)
        assert {outcome.reason for outcome in outcomes} == {"paused"}
        assert {len(one.course.history) for one in some} == {until}
        some = [Training(one.course, one.rows) for one in some]
    for one in some:
        one.course.go_on(plan(6, n_iter_no_change=np.inf), Validation(rows(seed=9)))
    assert train_members(some, 2) == expected
    for one, other in zip(some, whole, strict=True):
        assert np.array_equal(one.course.learner.theta, other.course.learner.theta)
        assert one.course.history.validation_loss == other.course.history.validation_loss
