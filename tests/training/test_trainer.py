from dataclasses import replace

import numpy as np
import pytest

from glassnet.engine.program import Program
from glassnet.errors import DivergenceError
from glassnet.network.backprop import gradient
from glassnet.network.random_bits import generator
from glassnet.training import learner as home
from glassnet.training import trainer
from glassnet.training.course import Course
from glassnet.training.history import History
from glassnet.training.learner import EVALUATE_ROWS, ORDER_STREAM, Learner, evaluate, evaluate_each
from glassnet.training.rows import Rows
from glassnet.training.trainer import NOBODY, Observer, Training
from glassnet.training.validation import Validation

from .cases import NET, NO_WEIGHT, At, interrupt, learner, plan, rows, run


def test_an_epoch_takes_the_steps_of_the_formulas_in_the_order_of_its_seed():
    ours, data = learner("sgd", seed=3), rows()
    theta, order = ours.theta.copy(), generator(3, ORDER_STREAM, 0).permutation(40)
    for first in range(0, 40, 7):
        batch = order[first : first + 7]
        theta -= 0.05 * gradient(NET, theta, data.X[batch], data.Y[batch])
    run(ours, plan(1, eta=0.05, batch_size=7))
    np.testing.assert_allclose(ours.theta, theta, rtol=0, atol=2e-15)  # float64, six steps; 200 seeds: at most 11 %


def test_without_shuffling_rows_come_in_their_own_order():
    ours, data = learner("sgd"), rows()
    theta = ours.theta.copy()
    for first in range(0, 40, 10):
        batch = slice(first, first + 10)
        theta -= 0.05 * gradient(NET, theta, data.X[batch], data.Y[batch])
    run(ours, plan(1, eta=0.05, shuffle=False))
    np.testing.assert_allclose(ours.theta, theta, rtol=0, atol=1e-15)  # float64, four steps; 200 seeds: at most 11 %


def test_epochs_have_different_orders_and_equal_seeds_have_equal_bits():
    twins = [learner(seed=1), learner(seed=1), learner(seed=2)]
    thetas = []
    for one in twins:
        one.theta[:] = np.linspace(-1, 1, NET.n_parameters)
        run(one, plan(3))
        thetas.append(one.theta)
    assert np.array_equal(thetas[0], thetas[1])
    assert not np.array_equal(thetas[0], thetas[2])


def test_a_run_in_two_parts_is_the_run_in_one():
    whole, parts = learner(), learner()
    run(whole, plan(4))
    run(parts, plan(1))
    run(parts, plan(3))
    assert np.array_equal(whole.theta, parts.theta)
    assert np.array_equal(whole.memory, parts.memory)
    assert (whole.epochs, whole.steps, whole.rows_seen) == (parts.epochs, parts.steps, parts.rows_seen) == (4, 16, 160)


def test_every_epoch_is_written_down():
    outcome, history = run(learner(), plan(5), validation=Validation(rows(9, seed=1), lambda *_: 0.5))
    assert outcome.reason == "max_iter"
    assert {name: len(values) for name, values in history.as_dict().items()} == dict.fromkeys(
        ("train_loss", "validation_loss", "validation_score", "gradient_norm", "learning_rate", "seconds"), 5
    )
    assert history.validation_score == [0.5] * 5
    assert history.learning_rate == [0.01] * 5
    assert history.seconds == sorted(history.seconds)


def test_the_gradient_norm_is_that_of_the_mean_gradient():
    ours, data = learner("sgd"), rows()
    expected = np.linalg.norm(gradient(NET, ours.theta, data.X, data.Y))
    _, history = run(ours, plan(1, batch_size=40))
    assert history.gradient_norm[0] == pytest.approx(expected, rel=5e-15, abs=0)  # 200 seeds: at most 9 %


def test_an_observer_ends_training():
    outcome, history = run(learner(), plan(10), observer=At(3, lambda: True))
    assert (outcome.reason, len(history)) == ("callback", 3)


def test_an_interrupt_keeps_the_best_weights_so_far():
    ours, judges = learner(), rows(9, seed=1)
    outcome, history = run(ours, plan(60, eta=0.2), validation=Validation(judges), observer=At(30, interrupt))
    assert (outcome.reason, len(history)) == ("interrupted", 30)
    assert evaluate(ours.program, ours.theta, judges)[0] == min(history.validation_loss)


def test_an_interrupt_without_validation_rows_keeps_what_was_learnt():
    ours, expected = learner(), learner()
    run(ours, plan(60), observer=At(4, interrupt))
    run(expected, plan(4))
    assert np.array_equal(ours.theta, expected.theta)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_epoch_that_is_broken_off_leaves_no_trace(monkeypatch, error):
    ours, expected = learner(), learner()
    run(ours, plan(3))
    run(expected, plan(3))

    def breaks_off(theta, memory, *given):
        theta[:], memory[:] = 7, 7
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(home, "epochs_of", lambda *_: breaks_off)
        with pytest.raises(error):
            ours.learn(rows(), 10, np.full((1, 4), 0.01))
    run(ours, plan(2))
    run(expected, plan(2))
    assert np.array_equal(ours.theta, expected.theta)
    assert np.array_equal(ours.memory, expected.memory)
    assert ours.epochs == 5


def test_divergence_names_epoch_step_and_learning_rate():
    with pytest.raises(DivergenceError) as caught:
        run(learner("sgd"), plan(50, eta=1e6))
    epoch, step = caught.value.place["epoch"], caught.value.place["step"]
    assert epoch >= 1
    assert 1 <= step <= 4
    assert str(caught.value).startswith(f"training diverged in epoch {epoch}, step {step}: ")
    assert "Each step overshoots: learning rate 1e+06, stability limit about " in str(caught.value)


@pytest.mark.parametrize("n", [1, 50, EVALUATE_ROWS, EVALUATE_ROWS + 1])
def test_rows_are_evaluated_in_blocks_as_if_at_once(n):
    ours, data = learner(), rows(n)
    loss, predictions = evaluate(ours.program, ours.theta, data)
    parts = [
        evaluate(ours.program, ours.theta, Rows(data.X[[s]], data.Y[[s]], NO_WEIGHT))[0] for s in range(min(n, 50))
    ]
    assert predictions.shape == (n, 1)
    if n <= 50:
        assert loss == pytest.approx(np.mean(parts), rel=5e-15, abs=0)  # 200 seeds: at most 9 %
    weighted = evaluate(ours.program, ours.theta, Rows(data.X, data.Y, np.ones(n)))[0]
    assert weighted == pytest.approx(loss, rel=2e-15, abs=0)  # 200 seeds used at most 25 % of it


WAYS = {
    "no plateau": plan(40, n_iter_no_change=np.inf),
    "a plateau": plan(200, eta=0.05, n_iter_no_change=3, tol=1e-3),
    "a plateau of the validation loss": plan(200, eta=0.05, n_iter_no_change=3, early_stopping=True),
    "adaptive": plan(200, name="adaptive", eta=0.3, n_iter_no_change=2, tol=1e-3),
    "invscaling": plan(30, name="invscaling", eta=0.5),
    "humps": plan(47, name="coslog4", eta=0.1),
    "humps, to a pause": plan(47, name="coslog4", eta=0.1, until=11.3),
    "humps, the last in vain": plan(47, name="coslog4", eta=0.1, least_gain=0.99),
}


@pytest.mark.parametrize("is_judged", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_epochs_that_nobody_looks_on_at_leave_the_same_bits_in_fewer_calls(way, is_judged, monkeypatch):
    monkeypatch.setattr(trainer, "AT_ONCE", 1.0)  # seconds: as many as the rules allow
    n_calls = []
    learn = Learner.learn
    monkeypatch.setattr(Learner, "learn", lambda *given, **more: n_calls.append(1) or learn(*given, **more))
    found = []
    for observer in (Observer(), NOBODY):
        validation = Validation(rows(9, seed=1), lambda A, Y, _: float(np.mean(A * Y))) if is_judged else None
        course = Course(learner("momentum", seed=2), WAYS[way], History(), validation)
        outcome = Training(course, rows(), observer).to_end()
        curves = {name: values for name, values in course.history.as_dict().items() if name != "seconds"}
        state = course.learner.theta.tobytes(), course.learner.memory.tobytes(), course.lows, course.position
        counts = course.n_epochs, course.learner.epochs, course.learner.steps, course.learner.rows_seen
        found.append((outcome, curves, state, counts, vars(course.plateau), course.best.theta.tobytes()))
        assert len(course.seconds) == 1 + course.n_epochs
        assert course.seconds == sorted(course.seconds)
    assert found[0] == found[1]
    n_epochs = found[0][3][0]
    assert n_epochs > 8
    assert len(n_calls) - n_epochs < n_epochs  # those of the second run


def test_epochs_at_once_end_where_a_rule_asks_again():
    course = Course(learner(), plan(47, name="coslog4", until=25, n_iter_no_change=np.inf), History(), None)
    assert course.n_at_once(1e9) == 1  # nobody knows yet how long an epoch takes
    course.learn(rows())
    course.end_epochs()
    ends = []
    while course.position < 25:
        course.learn(rows(), n_epochs=course.n_at_once(1e9))
        course.end_epochs()
        ends.append(course.position)
    assert ends == [4, 10, 22, 25]  # valleys at 47 times 1, 3 and 7 fifteenths, and the pause
    course.go_on(plan(47, name="coslog4", until=25, n_iter_no_change=np.inf, time_limit=60), None)
    assert course.n_at_once(1e9) == 1


def test_no_more_epochs_at_once_than_a_plateau_or_the_time_allows():
    course = Course(learner(), plan(100, n_iter_no_change=6), History(), None)
    course.seconds, course.n_epochs = [0.0, 0.25], 1
    course.plateau.n_epochs = 3
    assert course.n_at_once(1e9) == 4  # the seventh epoch without a gain is one too many
    assert course.n_at_once(0.8) == 3
    assert course.n_at_once(0.1) == 1


def test_the_place_of_a_divergence_is_the_same_for_many_epochs_at_once():
    """The rate grows tenfold from epoch to epoch."""
    etas = np.repeat(np.logspace(-3, 16, 20)[:, None], 4, axis=1)

    def one_by_one(ours):
        for eta in etas:
            ours.learn(rows(), 10, eta[None])

    with pytest.raises(DivergenceError) as of_one:
        one_by_one(learner("sgd"))
    with pytest.raises(DivergenceError) as of_many:
        learner("sgd").learn(rows(), 10, etas)
    assert of_one.value.place == of_many.value.place
    assert of_one.value.place["epoch"] > 1
    assert str(of_one.value) == str(of_many.value)


def test_a_row_is_judged_by_its_weight():
    ours, judges = learner(), rows(9)
    weight = np.array([0, 2, 1, 0.5, 3, 0, 1, 0.5, 1])  # their mean is 1
    alone = [Rows(judges.X[s : s + 1], judges.Y[s : s + 1], NO_WEIGHT) for s in range(9)]
    each = [evaluate(ours.program, ours.theta, row)[0] for row in alone]
    judged, _ = evaluate(ours.program, ours.theta, replace(judges, weight=weight))
    assert judged == pytest.approx(np.mean(weight * each), rel=1e-14)


@pytest.mark.parametrize("weight", [NO_WEIGHT, np.linspace(0, 2, 9)])
def test_many_thetas_are_judged_as_each_alone(weight):
    ours, rng = learner(), np.random.default_rng(0)
    judges = Rows(rows(9).X, rows(9).Y, weight)
    thetas = rng.normal(size=(5, NET.n_parameters))
    losses, predictions = evaluate_each(ours.program, thetas, judges)
    for theta, loss, of_one in zip(thetas, losses, predictions, strict=True):
        expected, output = evaluate(ours.program, theta, judges)
        assert (loss, of_one.tobytes()) == (expected, output.tobytes())


def test_the_weighted_loss_of_a_million_rows_keeps_its_digits_in_float32():
    program = Program(NET, weighted=True, dtype="float32")
    X, Y = np.zeros((1_000_000, 3), np.float32), np.full((1_000_000, 1), 0.7, np.float32)
    judged = evaluate(program, np.zeros(NET.n_parameters, np.float32), Rows(X, Y, np.ones(1_000_000, np.float32)))[0]
    assert judged == pytest.approx(0.7**2 / 2, rel=1e-6)  # BLAS's product of the two was off by 1e-5
