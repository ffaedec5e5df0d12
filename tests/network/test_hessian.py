import numpy as np
import pytest
from hypothesis import assume, given

from glassnet.errors import InputError
from glassnet.network import hessian as module
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import gradient, objective
from glassnet.network.hessian import Hessian
from glassnet.network.losses import Squared
from glassnet.network.network import Network
from glassnet.network.penalty import Penalty

from .cases import EPS, LOSSES, SEEDS, H, by_name, central_differences, page_of_paper, problems


def hessian_of(problem):
    return Hessian(problem.net, problem.theta, problem.X, problem.Y, problem.loss, **problem.options())


def differences_of_gradients(problem, V):
    """(g(theta + h V) - g(theta - h V)) / (2 h), the definition of H V."""

    def at(theta):
        return gradient(problem.net, theta, problem.X, problem.Y, problem.loss, **problem.options())

    return (at(problem.theta + H * V) - at(problem.theta - H * V)) / (2 * H)


# ---- By hand ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_the_hessian_of_a_linear_network_is_that_of_least_squares(alpha, seed):
    """X^T X / n with a column of ones for the bias, and alpha / n for the weights."""
    rng = np.random.default_rng(seed)
    X, Y, theta = rng.normal(size=(7, 3)), rng.normal(size=(7, 1)), rng.normal(size=4)
    columns = np.column_stack([X, np.ones(7)])
    expected = (columns.T @ columns + alpha * np.diag([1, 1, 1, 0])) / 7
    hessian = Hessian(Architecture((3, 1)), theta, X, Y, penalty=Penalty(alpha))
    np.testing.assert_allclose(hessian.matrix(), expected, rtol=1e-14, atol=1e-15)


def test_two_weights_one_after_the_other_by_hand():
    """J = 1/2 (u v x - y)^2 with u = 2, v = 3, x = 1, y = 5, e = 1: J_uu = v^2, J_vv = u^2, J_uv = u v + e."""
    net, theta = Architecture((1, 1, 1), "identity"), np.array([2.0, 0, 3, 0])
    H_uv = Hessian(net, theta, np.ones((1, 1)), np.full((1, 1), 5.0)).matrix()[np.ix_([0, 2], [0, 2])]
    np.testing.assert_array_equal(H_uv, [[9, 7], [7, 4]])


def test_the_page_of_paper():
    net, theta, X, Y = page_of_paper()
    differences = central_differences(lambda t: gradient(net, t, X, Y), theta)
    np.testing.assert_allclose(Hessian(net, theta, X, Y).matrix(), differences, rtol=0, atol=1e-9)


# ---- The product is right --------------------------------------------------------------------------------------------


@given(problem=problems(), seed=SEEDS)
def test_the_product_equals_finite_differences_of_the_gradient(problem, seed):
    """For any architecture, bins, activations, loss, output activation, penalty, weights of rows and masks."""
    assume(problem.distance_from_kinks() > 1e-3)
    V = np.random.default_rng(seed).normal(size=problem.theta.size)
    product, differences = hessian_of(problem).times(V), differences_of_gradients(problem, V)
    # rounding, EPS / H = 4e-11 times the gradient, and truncation; 4000 examples used at most 21 % of it
    scale = 1 + np.abs(product).max() + np.abs(problem.gradient()).max()
    np.testing.assert_allclose(product, differences, rtol=0, atol=2000 * EPS / H * scale)


@pytest.mark.parametrize("loss", LOSSES, ids=by_name)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_no_pair_of_loss_and_activation_is_left_out(loss, activation):
    """In hidden layers and, for a distance, at the output too; with masks and weights."""
    rng = np.random.default_rng(0)
    net = Architecture((2, 3, 3, 3), activation, output_activation=loss.output_activation or activation)
    theta, X, Y = rng.normal(size=net.n_parameters), rng.normal(size=(2, 2)), np.full((2, loss.n_targets(3)), 1.0)
    options = {"masks": {2: np.array([[2.0, 0.0, 2.0]] * 2)}, "sample_weight": np.array([0.7, 1.6])}

    def at(t):
        return gradient(net, t, X, Y, loss, **options)

    V = rng.normal(size=theta.size)
    differences = (at(theta + H * V) - at(theta - H * V)) / (2 * H)
    # rounding and truncation at values up to 2000; all 88 pairs used at most 28 % of it
    np.testing.assert_allclose(Hessian(net, theta, X, Y, loss, **options).times(V), differences, rtol=1e-7, atol=1e-7)


@given(problem=problems(), seed=SEEDS)
def test_the_hessian_is_symmetric(problem, seed):
    """<u, H v> = <v, H u>, up to the order of additions."""
    u, v = np.random.default_rng(seed).normal(size=(2, problem.theta.size))
    Hu, Hv = hessian_of(problem).times(u), hessian_of(problem).times(v)
    scale = 1 + np.linalg.norm(u) * np.linalg.norm(Hv) + np.linalg.norm(v) * np.linalg.norm(Hu)
    assert abs(u @ Hv - v @ Hu) < 10 * EPS * scale  # 4000 examples used at most 9 % of it


@given(problem=problems(), seed=SEEDS)
def test_the_product_is_linear_in_the_direction(problem, seed):
    u, v = np.random.default_rng(seed).normal(size=(2, problem.theta.size))
    hessian = hessian_of(problem)
    together, apart = hessian.times(3 * u - v), 3 * hessian.times(u) - hessian.times(v)
    # 4000 examples used at most 7 % of it
    np.testing.assert_allclose(together, apart, rtol=0, atol=200 * EPS * (1 + np.abs(together).max()))


# ---- What a batch is -------------------------------------------------------------------------------------------------


@given(problem=problems())
def test_objective_and_gradient_are_those_of_backpropagation(problem):
    hessian = hessian_of(problem)
    assert hessian.objective() == pytest.approx(problem.objective(), rel=1e-13)
    scale = 1 + np.abs(problem.gradient()).max()
    np.testing.assert_allclose(hessian.gradient(), problem.gradient(), rtol=0, atol=1e-13 * scale)
    elsewhere = problem.theta + 0.1
    assert hessian.objective(elsewhere) == pytest.approx(problem.objective(elsewhere), rel=1e-13)


@pytest.mark.parametrize("kept", [0, 10**9], ids=["gone through again", "kept"])
def test_blocks_of_rows_add_up(kept, monkeypatch, seed):
    rng, net = np.random.default_rng(seed), Architecture((2, 4, 1), "tanh")
    theta, X, Y, V = rng.normal(size=17), rng.normal(size=(10, 2)), rng.normal(size=(10, 1)), rng.normal(size=17)
    options = {"sample_weight": rng.exponential(size=10), "masks": {2: rng.binomial(1, 0.5, (10, 4)) * 2.0}}
    whole = Hessian(net, theta, X, Y, penalty=Penalty(0.3), **options)
    expected = whole.times(V), whole.objective(), whole.gradient()
    monkeypatch.setattr(module, "BLOCK_ROWS", 3)
    monkeypatch.setattr(module, "MOST_KEPT", kept)
    blocks = Hessian(net, theta, X, Y, penalty=Penalty(0.3), **options)
    for _ in range(2):  # what is kept must not be used up
        np.testing.assert_allclose(blocks.times(V), expected[0], rtol=1e-12, atol=1e-14)
    assert blocks.objective() == pytest.approx(expected[1], rel=1e-13)
    np.testing.assert_allclose(blocks.gradient(), expected[2], rtol=1e-12, atol=1e-14)


def test_a_row_twice_is_weight_2(seed):
    rng, net = np.random.default_rng(seed), Architecture((2, 3, 1), "tanh")
    theta, X, Y, V = rng.normal(size=13), rng.normal(size=(4, 2)), rng.normal(size=(4, 1)), rng.normal(size=13)
    twice = Hessian(net, theta, X[[0, 1, 2, 3, 3]], Y[[0, 1, 2, 3, 3]]).times(V)
    weighted = Hessian(net, theta, X, Y, sample_weight=np.array([1.0, 1, 1, 2])).times(V)
    np.testing.assert_allclose(weighted, twice, rtol=1e-12, atol=1e-14)


def test_l1_bends_nothing_and_float32_weights_are_taken_as_they_are():
    rng, net = np.random.default_rng(0), Architecture((2, 3, 1), "tanh")
    theta, X, Y, V = rng.normal(size=13).astype(np.float32), rng.normal(size=(4, 2)), np.ones((4, 1)), np.ones(13)
    plain = Hessian(net, theta.astype(float), X, Y).times(V)
    np.testing.assert_array_equal(Hessian(net, theta, X, Y, penalty=Penalty(0, 0.5)).times(V), plain)
    assert objective(net, theta.astype(float), X, Y, Squared()) == Hessian(net, theta, X, Y).objective()


def test_a_direction_of_another_length_is_refused(refusal):
    hessian = Hessian(Architecture((2, 1)), np.zeros(3), np.ones((1, 2)), np.ones((1, 1)))
    assert refusal(InputError, hessian.times, np.ones(2)) == (
        "V has shape (2,), but a direction has an entry for each of theta's: (3,)."
    )


def test_a_network_hands_out_its_hessian_as_it_is_now(seed):
    rng, net = np.random.default_rng(seed), Network((2, 4, 2), activation="tanh", alpha=0.4, random_state=seed)
    X, Y, V = rng.normal(size=(5, 2)), rng.normal(size=(5, 2)), rng.normal(size=22)
    options = {"sample_weight": rng.exponential(size=5), "masks": {2: rng.binomial(1, 0.5, (5, 4)) * 2.0}}
    hessian, theta = net.hessian(X, Y, **options), net.theta.copy()
    sides = []
    for side in (1, -1):
        net.theta[:] = theta + side * H * V
        sides.append(net.gradient(X, Y, **options))
    # the network has moved since, the Hessian has not
    np.testing.assert_allclose(hessian.times(V), (sides[0] - sides[1]) / (2 * H), rtol=1e-8, atol=1e-7)
