"""The rules of a course: when it stops, how it keeps to its time, and which weights it keeps."""

import time
from dataclasses import replace

import numpy as np
import pytest

from glassnet.training.course import Course, Plateau
from glassnet.training.history import History
from glassnet.training.learner import evaluate
from glassnet.training.rows import Rows
from glassnet.training.trainer import Observer, Training, train
from glassnet.training.validation import Best, Validation

from .cases import At, learner, plan, rows, run


def test_a_plateau_ends_training():
    outcome, history = run(learner(), plan(100, eta=1e-9, n_iter_no_change=4))
    assert outcome.reason == "converged"
    assert len(history) == 1 + 5  # the first epoch sets the mark, and more than 4 fail to beat it by tol


def test_no_plateau_ends_training_when_the_schedule_has_an_end():
    outcome, history = run(learner(), plan(20, name="cosine", eta=1e-9, n_iter_no_change=4))
    assert (outcome.reason, len(history)) == ("max_iter", 20)
    stopping = plan(20, name="cosine", eta=1e-9, n_iter_no_change=4, early_stopping=True)
    assert run(learner(), stopping, validation=Validation(rows(9)))[0].reason == "converged"


def test_an_infinite_patience_never_ends_training():
    outcome, history = run(learner(), plan(30, eta=1e-9, n_iter_no_change=np.inf))
    assert (outcome.reason, len(history)) == ("max_iter", 30)


def test_an_adaptive_rate_is_divided_by_5_on_every_plateau_until_it_is_tiny():
    outcome, history = run(learner("sgd"), plan(500, name="adaptive", eta=1e-4, n_iter_no_change=2, tol=1.0))
    rates = np.unique(history.learning_rate)[::-1]
    np.testing.assert_allclose(rates, [1e-4, 2e-5, 4e-6], rtol=1e-15)  # two divisions by 5 use 21 % of it
    assert outcome.reason == "converged"


def test_every_adaptive_rate_has_the_whole_patience():
    _, history = run(learner("sgd"), plan(500, name="adaptive", eta=1e-4, n_iter_no_change=2, tol=1.0))
    _, n_epochs = np.unique(history.learning_rate, return_counts=True)
    assert n_epochs[::-1].tolist() == [1 + 3, 3, 3]  # the first epoch of all sets the mark


def test_early_stopping_watches_the_rows_to_judge_by_and_no_other_rule_does():
    """The training loss falls by more than tol all the way; targets of the other sign are predicted worse and worse."""
    data = rows()
    strangers = Validation(Rows(data.X, -10 * data.Y, data.weight))
    rules = {"eta": 0.01, "tol": 1e-9, "n_iter_no_change": 4}
    stopped, history = run(learner(), plan(20, early_stopping=True, **rules), validation=strangers)
    assert history.train_loss == sorted(history.train_loss, reverse=True)
    assert (stopped.reason, len(history)) == ("converged", stopped.best_epoch + 5)
    assert run(learner(), plan(20, **rules), validation=strangers)[0].reason == "max_iter"


@pytest.mark.parametrize("losses", [[3, 2, 2, 5], [1, 2, 3], [4, 4, 4]])
def test_the_best_epoch_is_the_latest_of_the_lowest(losses):
    best = Best()
    for epoch, loss in enumerate(losses, start=1):
        best.see(loss, epoch, np.array([epoch]))
    assert best.loss == min(losses)
    assert best.epoch == best.theta[0] == len(losses) - losses[::-1].index(min(losses))


def test_a_fall_smaller_than_tol_counts_as_none():
    plateau = Plateau(tol=0.1)
    counts = []
    for loss in (1.0, 0.95, 0.93, 0.80, 0.80):
        plateau.see(loss)
        counts.append(plateau.n_epochs)
    assert counts == [0, 1, 2, 0, 1]


def test_a_fall_of_exactly_tol_counts():
    plateau = Plateau(tol=0.25)
    for loss in (1.0, 0.75, 0.5):
        plateau.see(loss)
    assert plateau.n_epochs == 0


def test_the_weights_of_the_best_epoch_come_back():
    ours, judges = learner(), rows(9, seed=1)
    outcome, history = run(ours, plan(60, eta=0.2), validation=Validation(judges))
    assert outcome.best_loss == min(history.validation_loss)
    assert outcome.best_epoch == 1 + history.validation_loss.index(outcome.best_loss) < 60
    assert evaluate(ours.program, ours.theta, judges)[0] == outcome.best_loss


def test_the_best_epoch_of_a_second_run_is_counted_on_from_the_first():
    ours, history, judged = learner(), History(), Validation(rows(9, seed=1))
    train(ours, rows(), plan(7), history, validation=judged)
    outcome = train(ours, rows(), plan(7), history, validation=judged)
    assert outcome.best_epoch > 7
    assert history.validation_loss[outcome.best_epoch - 1] == outcome.best_loss


def test_without_validation_rows_the_last_weights_stay():
    long, short = learner(), learner()
    outcome, history = run(long, plan(40, eta=0.5, batch_size=3, n_iter_no_change=np.inf))
    assert outcome.best_loss == min(history.train_loss)
    assert outcome.best_epoch < 40
    for _ in range(40):
        run(short, plan(1, eta=0.5, batch_size=3))
    assert np.array_equal(long.theta, short.theta)


def test_a_time_limit_ends_training_after_the_epoch_it_falls_into():
    outcome, history = run(learner(), plan(1000, time_limit=0.05), observer=At(2, lambda: time.sleep(0.06)))
    assert outcome.reason == "time_limit"
    assert len(history) == 2


@pytest.mark.parametrize("name", ["cosine", "coslog4"])
def test_a_time_limit_shortens_a_schedule_with_an_end_instead_of_cutting_it(name, monkeypatch):
    """At 0.01 seconds an epoch there is room for 100 of 1000 epochs, and in the last ones the rate is nearly 0."""
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def tick():
        clock[0] += 0.01

    slow = Observer()
    slow.epoch_begins = tick
    outcome, history = run(learner(), plan(1000, name=name, time_limit=1.0), observer=slow)
    assert outcome.reason == "time_limit"
    assert 95 <= len(history) <= 100
    assert history.learning_rate[-1] < 0.01 * max(history.learning_rate)


def test_a_slow_first_epoch_does_not_shorten_the_schedule(monkeypatch):
    """It takes 1 second, in which code is compiled, and the others 0.01: 2 seconds have room for 100 of 50 epochs."""
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def tick():
        clock[0] += 0.01 if clock[0] else 1.0

    slow = Observer()
    slow.epoch_begins = tick
    outcome, history = run(learner(), plan(50, name="cosine", time_limit=2.0), observer=slow)
    assert (outcome.reason, len(history)) == ("max_iter", 50)


def test_a_run_that_paused_keeps_to_its_new_limit_by_its_new_pace(monkeypatch):
    """A hundred epochs of 0.01 seconds reach the pause; then they take 0.1 seconds, and 5 seconds have room for 50."""
    clock, pace = [0.0], [0.01]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    class Slow(Observer):
        def epoch_begins(self):
            clock[0] += pace[0]

    course = Course(learner(), plan(1000, name="cosine", time_limit=1.005, until=400), History(), Validation(rows(9)))
    assert Training(course, rows(), Slow()).to_end().reason == "paused"
    assert course.position == pytest.approx(400)
    assert 95 <= course.n_epochs <= 100
    n_before, pace[0], clock[0] = course.n_epochs, 0.1, 1e6  # the pause is long, and does not count
    course.go_on(plan(1000, name="cosine", time_limit=course.seconds[-1] + 5.05), Validation(rows(9)))
    Training(course, rows(), Slow()).to_end()
    assert 45 <= course.n_epochs - n_before <= 50
    assert course.position == pytest.approx(1000)
    assert course.history.learning_rate[-1] < 0.01 * max(course.history.learning_rate)
    assert course.history.seconds == sorted(course.history.seconds)


def test_in_a_pause_the_last_weights_stay_and_at_the_end_the_best_come_back():
    course = Course(learner(), plan(60, eta=0.2, until=30), History(), Validation(rows(9, seed=1)))
    paused = Training(course, rows()).to_end()
    assert paused.reason == "paused"
    assert paused.best_epoch < 30
    assert not np.array_equal(course.learner.theta, course.best.theta)
    course.go_on(plan(60, eta=0.2), Validation(rows(9, seed=1)))
    Training(course, rows()).to_end()
    assert np.array_equal(course.learner.theta, course.best.theta)


def test_a_hump_in_vain_is_the_last():
    """Held-out rows whose targets have nothing to do with the others: the first hump is as good as it gets."""
    data = rows(seed=1)
    strangers = Validation(Rows(data.X, -data.Y * 10, data.weight))
    outcome, history = run(learner(), plan(150, name="coslog4", eta=0.05), validation=strangers)
    assert outcome.best_epoch <= 10  # the first valley
    assert (outcome.reason, len(history)) == ("converged", 30)  # the second


def test_a_hump_that_helps_is_followed_by_the_next():
    outcome, history = run(learner(), plan(150, name="coslog4", eta=0.05), validation=Validation(rows()))
    assert (outcome.reason, len(history)) == ("max_iter", 150)
    assert outcome.best_epoch > 70


@pytest.mark.parametrize(
    ("lows", "least_gain", "ends"),
    [
        ([3.0], 0.0, False),
        ([3.0, 2.9], 0.0, False),
        ([3.0, 3.0], 0.0, True),
        ([3.0, 2.9], 0.1, False),  # the third hump is short
        ([3.0, 2.0, 1.9], 0.1, True),  # the last is as long as all others together
        ([3.0, 2.0, 1.7], 0.1, False),
        ([3.0, 2.0, 1.9], 0.0, False),
        ([3.0, 0.0, 0.0], 0.1, True),
        ([np.inf, np.inf], 0.0, True),
    ],
)
def test_the_next_hump_follows_if_the_one_before_it_was_worth_it(lows, least_gain, ends):
    going = Course(learner(), replace(plan(150, name="coslog4"), least_gain=least_gain), History(), Validation(rows()))
    going.lows, going.position, going.n_epochs = lows, 71.0, 71
    assert (going.reason_to_stop() == "converged") == ends


def test_humps_shorter_than_an_epoch_are_not_held_against_a_run():
    outcome, history = run(learner(), plan(5, name="coslog4"), validation=Validation(rows()))
    assert (outcome.reason, len(history)) == ("max_iter", 5)


def test_without_rows_to_judge_by_all_humps_are_trained():
    outcome, history = run(learner(), replace(plan(30, name="coslog4"), least_gain=1.0))
    assert (outcome.reason, len(history)) == ("max_iter", 30)


def test_a_least_gain_of_all_the_loss_ends_with_the_last_valley():
    lazy = replace(plan(150, name="coslog4", eta=0.05), least_gain=1.0)
    outcome, history = run(learner(), lazy, validation=Validation(rows()))
    assert (outcome.reason, len(history)) == ("converged", 70)  # 7 / 15 of the epochs


def test_time_enough_changes_no_bit():
    hurried, calm = learner(), learner()
    run(hurried, plan(20, name="coslog4", time_limit=1e6))
    run(calm, plan(20, name="coslog4"))
    assert np.array_equal(hurried.theta, calm.theta)
