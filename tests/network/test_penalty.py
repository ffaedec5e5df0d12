import numpy as np
import pytest
from hypothesis import given
from sklearn.base import clone
from sklearn.linear_model import GammaRegressor, Lasso, LogisticRegression, PoissonRegressor, Ridge

from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import gradient
from glassnet.network.losses import CrossEntropy, Gamma, Logistic, Poisson, Squared
from glassnet.network.penalty import Penalty

from .cases import SEEDS, SIZES, central_differences, targets


def net_and_theta(sizes, seed):
    net = Architecture(sizes)
    return net, np.random.default_rng(seed).normal(size=net.n_parameters)


@given(sizes=SIZES, seed=SEEDS)
def test_value_is_half_alpha_squares_plus_l1_sizes_of_the_weights(sizes, seed):
    net, theta = net_and_theta(sizes, seed)
    W = np.concatenate([W.ravel() for W, _ in net.layers(theta).values()])
    expected = 0.3 / 2 * (W**2).sum() + 0.2 * abs(W).sum()
    np.testing.assert_allclose(Penalty(0.3, 0.2).value(net, theta), expected, rtol=2e-15)  # 5000 examples: 25 % of it


@given(sizes=SIZES, seed=SEEDS)
def test_gradient_equals_central_differences(sizes, seed):
    net, theta = net_and_theta(sizes, seed)
    theta[abs(theta) < 1e-3] = 0.5  # the kink of |W| lies at 0
    penalty = Penalty(0.3, 0.2)
    differences = central_differences(lambda t: penalty.value(net, t), theta)
    # rounding only, EPS / H times the value; 5000 examples used at most 9 % of it
    np.testing.assert_allclose(penalty.gradient(net, theta), differences, rtol=0, atol=1e-8)


@given(sizes=SIZES, seed=SEEDS)
def test_biases_are_never_penalised(sizes, seed):
    net, theta = net_and_theta(sizes, seed)
    penalty, value = Penalty(0.3, 0.2), Penalty(0.3, 0.2).value(net, theta)
    for _, b in net.layers(theta).values():
        b += 10
    assert penalty.value(net, theta) == value
    for _, db in net.layers(penalty.gradient(net, theta)).values():
        np.testing.assert_array_equal(db, 0)


def test_the_slope_of_an_absolute_weight_at_0_is_0():
    net = Architecture((3, 1))
    np.testing.assert_array_equal(Penalty(0, 0.2).gradient(net, np.array([-2.0, 0, 2, 1])), [-0.2, 0, 0.2, 0])


def test_float32_stays_float32():
    net, theta = net_and_theta((3, 2, 1), 0)
    assert Penalty(0.1, 0.1).gradient(net, theta.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("strength", [-1.0, np.inf, np.nan, "a", None])
@pytest.mark.parametrize("name", ["alpha", "l1"])
def test_strengths_that_are_no_number_from_0_on_are_refused(name, strength, refusal):
    assert refusal(SettingError, Penalty, **{name: strength}) == (
        f"{name}={strength} is not a number from 0 on. A negative penalty would reward large weights. "
        "Start with 0.0001."
    )


# ---- scikit-learn's linear models are one-layer networks: at their solutions our gradient is 0 (T5, T17) -------------

N, ALPHA = 60, 3.0
ACCURATE = {"solver": "newton-cholesky", "tol": 1e-12}
MODELS = [
    (Squared(), 1, Ridge(ALPHA)),
    (Poisson(), 1, PoissonRegressor(alpha=ALPHA / N, **ACCURATE)),  # scikit-learn divides this loss, not the penalty
    (Gamma(), 1, GammaRegressor(alpha=ALPHA / N, **ACCURATE)),
    (Logistic(), 1, LogisticRegression(C=1 / ALPHA, **ACCURATE)),
    (CrossEntropy(), 3, LogisticRegression(C=1 / ALPHA, **ACCURATE)),
]


def rows_and_solution(model, loss, n_outputs, seed, weight=None):
    """X, Y, a network without hidden layers, and theta = the weights and the bias that scikit-learn found."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(N, 4)), targets(loss, n_outputs, N, rng)
    model.fit(X, Y[:, 0], sample_weight=weight)
    theta = np.concatenate([model.coef_.T.ravel(), np.ravel(model.intercept_)])
    return X, Y, Architecture((4, n_outputs), output_activation=loss.output_activation or "identity"), theta


@pytest.mark.parametrize(("loss", "n_outputs", "model"), MODELS, ids=lambda value: getattr(value, "name", None))
def test_the_gradient_is_0_at_the_solution_of_scikit_learn(loss, n_outputs, model, seed):
    X, Y, net, theta = rows_and_solution(clone(model), loss, n_outputs, seed)
    # what Newton's method leaves; 300 seeds used at most 9 % of it
    np.testing.assert_allclose(gradient(net, theta, X, Y, loss, penalty=Penalty(ALPHA)), 0, atol=1e-11)


def test_the_gradient_is_0_at_the_weighted_ridge_solution(seed):
    weight = np.random.default_rng(seed).exponential(size=N)
    X, Y, net, theta = rows_and_solution(Ridge(ALPHA), Squared(), 1, seed, weight)
    grad = gradient(net, theta, X, Y, penalty=Penalty(ALPHA), sample_weight=weight)
    np.testing.assert_allclose(grad, 0, atol=1e-14)  # 300 seeds used at most 5 % of it


def test_the_lasso_solution_balances_the_l1_penalty(seed):
    """Where a weight is not 0 the gradient is; where it is 0 the loss pulls with less than l1."""
    l1 = 0.1 * N  # the lasso divides its loss, not its penalty, by the number of rows
    X, Y, net, theta = rows_and_solution(Lasso(0.1, tol=1e-14, max_iter=10_000), Squared(), 1, seed)
    grad = gradient(net, theta, X, Y, penalty=Penalty(0, l1))
    np.testing.assert_allclose(grad[theta != 0], 0, atol=1e-8)  # what coordinate descent leaves
    assert (np.abs(gradient(net, theta, X, Y)[theta == 0]) <= l1 / N).all()
