"""Training in sweeps is training: one window of all rows gives the bits of `train`, several the same rates."""

import time

import numpy as np
import pytest

from glassnet.training.history import History
from glassnet.training.rows import Rows
from glassnet.training.sweep import Sweeper, train_in_sweeps
from glassnet.training.trainer import train
from glassnet.training.validation import Validation

from .cases import At, interrupt, learner, plan, rows


def in_windows(data, n):
    parts = np.split(np.arange(len(data)), n)
    return lambda epoch: (lambda k, part=part: Rows(data.X[part], data.Y[part], data.weight) for part in parts)


@pytest.mark.parametrize("name", ["constant", "coslog4", "invscaling"])
def test_one_window_with_all_rows_is_what_train_does_bit_for_bit(name):
    data, judged = rows(), Validation(rows(20, seed=1))
    alone, first, history = learner(), learner(), History()
    expected = train(alone, data, plan(name=name), history, validation=judged)
    sweepers = [Sweeper(one, 40, plan(name=name), History(), judged) for one in (first, learner(seed=1))]
    outcomes = train_in_sweeps(sweepers, in_windows(data, 1), n_jobs=2)
    assert outcomes[0] == expected
    assert np.array_equal(first.theta, alone.theta)
    assert history.validation_loss == sweepers[0].history.validation_loss


def test_several_windows_go_through_the_schedule_at_the_same_pace():
    whole, parts = History(), History()
    train(learner(), rows(), plan(name="cosine"), whole)
    train_in_sweeps([Sweeper(learner(), 40, plan(name="cosine"), parts)], in_windows(rows(), 2))
    np.testing.assert_allclose(parts.learning_rate, whole.learning_rate, rtol=1e-12)


def test_a_time_limit_brings_the_rate_of_a_sweep_in_several_windows_to_0(monkeypatch):
    """At 0.01 seconds an epoch there is room for 20 of 1000 epochs."""
    clock, history = [0.0], History()
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def sweep(epoch):
        clock[0] += 0.01
        return in_windows(rows(), 4)(epoch)

    hurried = plan(1000, name="cosine", time_limit=0.205)
    (outcome,) = train_in_sweeps([Sweeper(learner(), 40, hurried, history)], sweep)
    assert outcome.reason == "time_limit"
    assert len(history) <= 20
    assert history.learning_rate[-1] < 0.01 * max(history.learning_rate)


def test_each_member_sees_each_window_once_in_an_epoch():
    seen = []

    def sweep(epoch):
        for part in range(4):
            yield lambda k, part=part: seen.append((epoch, part, k)) or rows(10, seed=part)

    sweepers = [Sweeper(learner(seed=k), 40, plan(2), History()) for k in range(3)]
    train_in_sweeps(sweepers, sweep, n_jobs=3)
    assert sorted(seen) == [(epoch, part, k) for epoch in range(2) for part in range(4) for k in range(3)]


def test_ctrl_c_after_an_epoch_keeps_what_was_learnt_and_before_it_is_passed_on():
    history = History()
    (outcome,) = train_in_sweeps(
        [Sweeper(learner(), 40, plan(), history, observer=At(2, interrupt))], in_windows(rows(), 2)
    )
    assert outcome.reason == "interrupted"
    assert len(history) == 2

    def sweep(epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_in_sweeps([Sweeper(learner(), 40, plan(), History())], sweep)


def test_ctrl_c_leaves_a_network_that_was_done_its_own_reason():
    sweepers = [
        Sweeper(learner(), 40, plan(1), History()),
        Sweeper(learner(), 40, plan(9), History(), observer=At(3, interrupt)),
    ]
    outcomes = train_in_sweeps(sweepers, in_windows(rows(), 2))
    assert [outcome.reason for outcome in outcomes] == ["max_iter", "interrupted"]


def test_an_observer_that_wants_an_end_ends_all():
    histories = [History(), History()]
    observers = [At(2, lambda: True), At(9, lambda: True)]
    sweepers = [
        Sweeper(learner(seed=k), 40, plan(), histories[k], observer=observer) for k, observer in enumerate(observers)
    ]
    outcomes = train_in_sweeps(sweepers, in_windows(rows(), 2))
    assert [outcome.reason for outcome in outcomes] == ["callback"] * 2
    assert [len(history) for history in histories] == [2, 2]
