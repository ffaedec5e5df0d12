import time

import numpy as np
import pytest

from glassnet.engine.program import Program
from glassnet.errors import DivergenceError
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import gradient, objective
from glassnet.network.losses import Poisson, Squared
from glassnet.network.penalty import Penalty
from glassnet.training.history import History
from glassnet.training.lbfgs import FullObjective, LbfgsPlan, minimize_lbfgs
from glassnet.training.learner import Learner, evaluate
from glassnet.training.rows import Rows
from glassnet.training.trainer import NOBODY
from glassnet.training.validation import Validation

from .cases import NET, NO_WEIGHT, At, interrupt, learner, rows

PENALTY = Penalty(alpha=0.5)


def run(learner, *, max_iter=100, max_fun=100_000, tol=1e-6, time_limit=None, validation=None, observer=NOBODY):
    history = History()
    plan = LbfgsPlan(max_iter, max_fun, tol, time_limit)
    return minimize_lbfgs(learner, rows(), plan, history, validation=validation, observer=observer), history


@pytest.mark.parametrize("n", [1, 40, 256, 300])
def test_the_objective_is_that_of_the_formulas(n):
    program = Program(NET, penalty=PENALTY, dtype="float64")
    theta, data = learner(seed=n).theta, rows(n)
    value, slope = FullObjective(program, data)(theta)
    expected = objective(NET, theta, data.X, data.Y, penalty=PENALTY)
    assert value == pytest.approx(expected, rel=1e-14, abs=0)  # sums of up to 300 terms; 200 seeds: at most 18 %
    expected = gradient(NET, theta, data.X, data.Y, penalty=PENALTY)
    np.testing.assert_allclose(slope, expected, rtol=0, atol=1e-14)  # 200 seeds used at most 11 % of it


def test_a_float32_network_has_its_objective_and_gradient_in_float64_for_scipy():
    program, data, theta = Program(NET, penalty=PENALTY), rows(), learner().theta
    small = Rows(data.X.astype("f"), data.Y.astype("f"), data.weight.astype("f"))
    value, slope = FullObjective(program, small)(theta)
    assert slope.dtype == np.float64
    assert value == pytest.approx(objective(NET, theta, data.X, data.Y, penalty=PENALTY), rel=1e-5)
    np.testing.assert_allclose(slope, gradient(NET, theta, data.X, data.Y, penalty=PENALTY), rtol=0, atol=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_it_ends_within_the_bounds_of_the_signs(sign):
    """The target falls as the first column rises; a network that may only rise with it ends at the edge, slope 0."""
    X = rows().X
    net = Architecture((3, 1), signs=(sign, 0, 0))
    data = Rows(X, X @ [[-2.0], [1.0], [0.5]], NO_WEIGHT)
    ours = Learner(Program(net, dtype="float64"), np.zeros(4), 0)
    minimize_lbfgs(ours, data, LbfgsPlan(100, 1000, 1e-9), History())
    np.testing.assert_allclose(ours.theta[0], 0 if sign == 1 else -2, atol=1e-6)


def test_it_ends_where_the_gradient_is_small():
    ours, data = learner(), rows()
    ours.program = Program(NET, penalty=PENALTY, dtype="float64")  # without a penalty weights can grow for ever
    outcome, history = run(ours, max_iter=1000, tol=1e-6)
    assert outcome.reason == "converged"
    slope = gradient(NET, ours.theta, data.X, data.Y, penalty=PENALTY)
    assert np.abs(slope).max() < 5e-5  # above tol where the fall of J has ended first: 200 seeds used at most 30 %
    assert history.train_loss == sorted(history.train_loss, reverse=True)
    assert outcome.best_epoch == len(history) == ours.epochs
    assert ours.rows_seen == 40 * len(history)


@pytest.mark.parametrize(("limits", "reason"), [({"max_iter": 3}, "max_iter"), ({"max_fun": 5}, "max_fun")])
def test_limits_are_told_apart(limits, reason):
    outcome, history = run(learner(), **limits)
    assert outcome.reason == reason
    assert 1 <= len(history) <= 5


def test_a_search_without_a_lower_point_is_called_stuck():
    class Uphill(FullObjective):
        def __call__(self, theta):
            value, slope = super().__call__(theta)
            return value, -slope

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glassnet.training.lbfgs.FullObjective", Uphill)
        assert run(learner())[0].reason == "stuck"


def test_the_best_iteration_for_validation_rows_comes_back():
    ours, judges = learner(), rows(9, seed=5)
    outcome, history = run(ours, max_iter=200, tol=0, validation=Validation(judges))
    assert outcome.best_loss == min(history.validation_loss)
    assert outcome.best_epoch < len(history)
    assert evaluate(ours.program, ours.theta, judges)[0] == outcome.best_loss


def test_observers_interrupts_and_time_limits_end_it():
    assert run(learner(), observer=At(2, lambda: True))[0].reason == "callback"
    ours = learner()
    outcome, history = run(ours, observer=At(2, interrupt))
    assert (outcome.reason, len(history), ours.epochs) == ("interrupted", 2, 2)
    outcome, history = run(learner(), time_limit=0.05, observer=At(2, lambda: time.sleep(0.06)))
    assert (outcome.reason, len(history)) == ("time_limit", 3)


def test_a_second_run_counts_only_its_own_iterations():
    ours, history = learner(), History()
    plan = LbfgsPlan(2, 100, 1e-9)
    for _ in range(3):
        minimize_lbfgs(ours, rows(), plan, history)
    assert (len(history), ours.epochs, ours.rows_seen) == (6, 6, 240)


def test_ctrl_c_in_the_first_iteration_of_a_second_run_is_passed_on(monkeypatch):
    ours, history = learner(), History()
    minimize_lbfgs(ours, rows(), LbfgsPlan(2, 100, 1e-9), history)
    reached = ours.theta.copy()

    class Broken(FullObjective):
        def __call__(self, theta):
            raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.training.lbfgs.FullObjective", Broken)
    with pytest.raises(KeyboardInterrupt):
        minimize_lbfgs(ours, rows(), LbfgsPlan(2, 100, 1e-9), history)
    assert np.array_equal(ours.theta, reached)


def test_leaving_the_finite_numbers_is_explained():
    net = Architecture((1, 1), output_activation="exp")
    program = Program(net, loss=Poisson(), dtype="float64")
    data = Rows(np.full((2, 1), 1e3), np.array([[0.0], [1.0]]), NO_WEIGHT)
    ours = Learner(program, np.array([5.0, 0.0]), 0)
    with pytest.raises(DivergenceError, match=r"L-BFGS left the finite numbers in iteration 0: the loss is (inf|nan)"):
        minimize_lbfgs(ours, data, LbfgsPlan(10, 10, 1e-9), History())


def test_least_squares_are_reached():
    data, net = rows(), Architecture((3, 1))
    ours = Learner(Program(net, Squared(), dtype="float64"), np.zeros(4), 0)
    minimize_lbfgs(ours, data, LbfgsPlan(100, 1000, 1e-12), History())
    X = np.column_stack([data.X, np.ones(40)])
    expected = np.linalg.lstsq(X, data.Y[:, 0])[0]
    np.testing.assert_allclose(ours.theta, expected, rtol=0, atol=2e-8)  # what L-BFGS leaves: 200 seeds, at most 24 %


@pytest.mark.parametrize(("tol", "roundings"), [(1e-2, 1e7), (1e-4, 1e7), (1e-6, 1e5)])
def test_the_smallest_fall_is_scipys_at_the_usual_tol_and_shrinks_with_it(tol, roundings):
    plan = LbfgsPlan(max_iter=1, max_fun=1, tol=tol)
    assert plan.smallest_fall == pytest.approx(roundings * np.finfo(float).eps, rel=1e-12)
