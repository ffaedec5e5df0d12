"""Members side by side are members alone."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from glassnet.errors import DivergenceError
from glassnet.training.history import History
from glassnet.training.members import Member, train_members
from glassnet.training.run import Validation
from glassnet.training.trainer import Observer, train

from .cases import At, learner, plan, rows


def members(n=5, n_epochs=6, **changes):
    patient = plan(n_epochs, n_iter_no_change=np.inf)
    return [Member(learner(seed=k), rows(), patient, History(), Validation(rows(seed=9)), **changes) for k in range(n)]


@pytest.mark.parametrize("n_jobs", [1, 2, 4, None])
def test_side_by_side_they_are_bit_for_bit_what_each_is_alone(n_jobs):
    together, alone = members(), members()
    outcomes = train_members(together, n_jobs)
    for one, other, outcome in zip(together, alone, outcomes, strict=True):
        expected = train(other.learner, other.rows, other.plan, other.history, validation=other.validation)
        assert outcome == expected
        assert np.array_equal(one.learner.theta, other.learner.theta)
        assert one.history.train_loss == other.history.train_loss


def test_members_with_different_seeds_become_different_networks():
    some = members(2)
    train_members(some)
    assert not np.array_equal(some[0].learner.theta, some[1].learner.theta)


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

    train_members([replace(member, observer=Tells(k)) for k, member in enumerate(members(n, n_epochs))], 1)
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
    some = [Member(learner(seed=k), rows(), endless, History()) for k in range(2)]
    some.append(Member(learner(seed=2), rows(), endless, History(), observer=At(2, lambda: True)))
    outcomes = train_members(some, 3)
    assert [outcome.reason for outcome in outcomes] == ["callback"] * 3
    assert len(some[2].history) == 2


def test_when_one_diverges_its_error_is_raised_and_the_others_stop_early():
    wild = Member(learner("sgd"), rows(), plan(10, eta=1e30), History())
    patient = Member(learner(), rows(), plan(10**6, n_iter_no_change=np.inf), History())
    with pytest.raises(DivergenceError, match="epoch"):
        train_members([wild, patient], 2)
    assert len(patient.history) < 10**6


def test_ctrl_c_keeps_what_all_members_have_learnt(monkeypatch):
    some, ended = members(2, 10**6), threading.Event()

    class Tells(Observer):
        def epoch_ends(self):
            if all(len(member.history) for member in some):
                ended.set()
            return False

    def interrupted_wait(futures, return_when):
        assert ended.wait(60)
        raise KeyboardInterrupt

    some = [Member(m.learner, m.rows, m.plan, m.history, m.validation, Tells()) for m in some]
    monkeypatch.setattr("glassnet.training.members.wait", interrupted_wait)
    outcomes = train_members(some, 2)
    assert [outcome.reason for outcome in outcomes] == ["interrupted", "interrupted"]
    assert all(0 < len(member.history) < 10**6 for member in some)


def test_ctrl_c_before_every_member_has_begun_is_passed_on(monkeypatch):
    def interrupted_wait(futures, return_when):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.training.members.wait", interrupted_wait)
    with pytest.raises(KeyboardInterrupt):
        train_members(members(3, 10**5), 1)  # one at a time: the second and third have not begun


def test_a_divergence_during_ctrl_c_is_not_lost(monkeypatch):
    some, begun, late = members(2, 10**6), threading.Event(), threading.Event()

    class Diverges(Observer):
        def epoch_begins(self):
            begun.set()
            assert late.wait(60)
            raise DivergenceError("the loss left the finite numbers")

    def interrupted_wait(at_work, return_when):
        assert begun.wait(60)
        late.set()
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.training.members.wait", interrupted_wait)
    with pytest.raises(DivergenceError):
        train_members([some[0], replace(some[1], observer=Diverges())], 2)
