import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import gradient, objective
from glassnet.network.losses import Squared
from glassnet.network.optimizers import N_MEMORY, Optimizer
from glassnet.network.scales import LEAST, scales_in

from .cases import EPS, SEEDS, SIZES

every_optimizer = pytest.mark.parametrize("name", N_MEMORY)
ONE_WEIGHT = Architecture((1, 1))  # theta = (w, b)


def steps(optimizer, net, theta, gradients, eta=0.1):
    """theta after every step, (n_steps, n_parameters)."""
    theta, memory, path = theta.copy(), optimizer.start(net, theta.dtype), []
    for t, grad in enumerate(gradients, start=1):
        optimizer.step(net, theta, memory, grad, eta, t)
        path.append(theta.copy())
    return np.array(path)


def random_steps(seed, net=Architecture((3, 4, 2)), n_steps=5):  # noqa: B008 - frozen
    rng = np.random.default_rng(seed)
    return net, rng.normal(size=net.n_parameters), rng.normal(size=(n_steps, net.n_parameters))


# ---- By hand: gradients 1, 2, -1 at w = 1, eta = 0.1 -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "weights"),
    [
        (Optimizer("sgd"), [0.9, 0.7, 0.8]),
        # v = -0.1, 0.5 (-0.1) - 0.2 = -0.25, 0.5 (-0.25) + 0.1 = -0.025
        (Optimizer("momentum", momentum=0.5), [0.9, 0.65, 0.625]),
        # the same v; w moves by 0.5 v - 0.1 g = -0.15, -0.325, 0.0875
        (Optimizer("nesterov", momentum=0.5), [0.85, 0.525, 0.6125]),
        # m = 0.5, 1.25, 0.125; m_hat = m / (0.5, 0.75, 0.875) = 1, 5/3, 1/7
        # v = 0.25, 1.1875, 1.140625; v_hat = v / (0.25, 0.4375, 0.578125) = 1, 19/7, 73/37
        (
            Optimizer("adam", beta_1=0.5, beta_2=0.75, epsilon=1e-300),
            1 - 0.1 * np.cumsum([1, 5 / 3 / np.sqrt(19 / 7), 1 / 7 / np.sqrt(73 / 37)]),
        ),
        # before each step w shrinks by the factor 1 - 0.1 * 2
        (Optimizer("sgd", weight_decay=2), [0.7, 0.36, 0.388]),
    ],
    ids=lambda value: value.name if isinstance(value, Optimizer) else None,
)
def test_three_steps_by_hand(optimizer, weights):
    path = steps(optimizer, ONE_WEIGHT, np.array([1.0, 0.0]), np.array([[1.0, 0], [2, 0], [-1, 0]]))
    np.testing.assert_allclose(path[:, 0], weights, rtol=4 * EPS)  # 24 % used
    np.testing.assert_array_equal(path[:, 1], 0)


# ---- Each against the formulas ---------------------------------------------------------------------------------------


def test_momentum_is_the_sum_of_faded_gradients(seed):
    net, theta, G = random_steps(seed)
    velocity = [-0.1 * sum(0.8 ** (t - s) * G[s] for s in range(t + 1)) for t in range(len(G))]
    path = steps(Optimizer("momentum", momentum=0.8), net, theta, G)
    np.testing.assert_allclose(path, theta + np.cumsum(velocity, axis=0), rtol=0, atol=2e-15)  # 100 seeds: 44 %


def test_nesterov_looks_ahead(seed):
    """Sutskever's form: the gradient is taken at x + momentum v; our theta is that point."""
    net, theta, _ = random_steps(seed)
    curvature = np.random.default_rng(seed + 1).uniform(0.5, 2, theta.size)
    x, v, looked_ahead = theta.copy(), np.zeros_like(theta), theta.copy()
    optimizer, memory = Optimizer("nesterov", momentum=0.8), Optimizer("nesterov").start(net)
    for t in range(1, 6):
        v = 0.8 * v - 0.1 * curvature * (x + 0.8 * v)
        x = x + v
        optimizer.step(net, looked_ahead, memory, curvature * looked_ahead, 0.1, t)
        np.testing.assert_allclose(looked_ahead, x + 0.8 * v, rtol=0, atol=2e-15)  # 100 seeds used at most 28 % of it


def test_adam_divides_the_mean_gradient_by_the_root_of_the_mean_square(seed):
    """The weights of both means add up to 1 after bias correction."""
    net, theta, G = random_steps(seed)
    moves = []
    for t in range(1, len(G) + 1):
        fade_1, fade_2 = 0.9 ** np.arange(t)[::-1], 0.999 ** np.arange(t)[::-1]
        moves.append((fade_1 @ G[:t] / fade_1.sum()) / (np.sqrt(fade_2 @ G[:t] ** 2 / fade_2.sum()) + 1e-8))
    expected = theta - 0.1 * np.cumsum(moves, axis=0)
    # 100 seeds used at most 18 % of it; 1 - 0.999 rounds to 13 digits, but in numerator and denominator alike
    np.testing.assert_allclose(steps(Optimizer("adam"), net, theta, G), expected, rtol=0, atol=1e-14)


@given(grad=st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=2), signs=st.tuples(*[st.sampled_from([-1, 1])] * 2))
def test_the_first_step_of_adam_is_eta_times_the_sign(grad, signs):
    theta, G = np.zeros(2), np.array([grad]) * signs
    # epsilon = 1e-8 next to a gradient of 1e-3 takes 1e-5 of it
    np.testing.assert_allclose(steps(Optimizer("adam"), ONE_WEIGHT, theta, G)[0], -0.1 * np.sign(G[0]), rtol=1.1e-5)


@given(sizes=SIZES, seed=SEEDS)
def test_weight_decay_shrinks_weights_and_leaves_biases(sizes, seed):
    net, theta, _ = random_steps(seed, Architecture(sizes))
    for name in N_MEMORY:
        after = steps(Optimizer(name, weight_decay=0.5), net, theta, np.zeros((1, theta.size)))[0]
        for (W, b), (W_after, b_after) in zip(net.layers(theta).values(), net.layers(after).values(), strict=True):
            np.testing.assert_allclose(W_after, 0.95 * W, rtol=EPS)
            np.testing.assert_array_equal(b_after, b)


@given(sizes=SIZES, seed=SEEDS, bound=st.floats(0.01, 3))
def test_max_norm_shortens_long_columns_and_leaves_the_others(sizes, seed, bound):
    net, theta, _ = random_steps(seed, Architecture(sizes))
    after = steps(Optimizer("sgd", max_norm=bound), net, theta, np.zeros((1, theta.size)))[0]
    for (W, b), (W_after, b_after) in zip(net.layers(theta).values(), net.layers(after).values(), strict=True):
        length, length_after = np.linalg.norm(W, axis=0), np.linalg.norm(W_after, axis=0)
        np.testing.assert_allclose(length_after, np.minimum(length, bound), rtol=8 * EPS)  # 5000 examples: 25 %
        np.testing.assert_allclose(W_after * length, W * length_after, rtol=8 * EPS)  # the direction stays
        np.testing.assert_array_equal(W_after[:, length <= bound], W[:, length <= bound])
        np.testing.assert_array_equal(b_after, b)


# ---- Scales of the inputs (eq. 22) -----------------------------------------------------------------------------------


def test_a_step_of_scales_by_hand():
    """Adam's first step is its rate times the gradient's sign, without epsilon.

    One input, two neurons: W = (2, -1), s = 1, gradient G = (3, 1): dJ/ds = 2 * 3 - 1 * 1 = 5, so with eta = 0.1 and
    scale_rate = 2 s falls to 0.8. V moves from W / 1 by -0.1 in both, and W = 0.8 V = 0.8 (1.9, -1.1).
    """
    net, optimizer = Architecture((1, 2)), Optimizer("adam", epsilon=1e-300, scale_rate=2.0)
    theta, memory = np.array([2.0, -1.0, 0.0, 0.0]), optimizer.start(net)
    optimizer.step(net, theta, memory, np.array([3.0, 1.0, 0.0, 0.0]), 0.1, 1)
    np.testing.assert_allclose(theta, [1.52, -0.88, 0.0, 0.0], rtol=4 * EPS)
    np.testing.assert_allclose(scales_in(memory, 1)[0], [0.8], rtol=4 * EPS)


@given(sizes=SIZES, seed=SEEDS)
def test_with_scales_adam_learns_s_and_V_as_if_they_were_weights(sizes, seed):
    """W = s V is never written out, and yet each step is Adam's on s, V and all other numbers."""
    net, theta, G = random_steps(seed, Architecture(sizes))
    n, w = net.sizes[0], net.slices[2][0]
    optimizer = Optimizer("adam", scale_rate=2.0)
    path, written_out = steps(optimizer, net, theta, G), np.concatenate([np.ones(n), theta])
    rate = np.concatenate([np.full(n, 0.2), np.full(theta.size, 0.1)])
    mean, square = np.zeros_like(written_out), np.zeros_like(written_out)
    for t, grad in enumerate(G, start=1):
        s, V, dW = written_out[:n], written_out[n:][w].reshape(n, -1), grad[w].reshape(n, -1)
        g = np.concatenate([(V * dW).sum(axis=1), grad])
        g[n:][w] = (s[:, None] * dW).ravel()
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g**2
        written_out -= rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        s[:] = np.maximum(s, LEAST)
        expected = written_out[n:].copy()
        expected[w] = (s[:, None] * V).ravel()
        np.testing.assert_allclose(path[t - 1], expected, rtol=1e-9, atol=1e-12)


def test_the_gradient_of_a_scale_is_its_finite_difference(seed):
    """Adam's memory of the scales holds a tenth of dJ/ds after the first step."""
    net, theta, _ = random_steps(seed)
    rng = np.random.default_rng(seed + 1)
    X, Y, memory = rng.normal(size=(6, 3)), rng.normal(size=(6, 2)), Optimizer("adam", scale_rate=1.0).start(net)
    Optimizer("adam", scale_rate=1.0).step(net, theta.copy(), memory, gradient(net, theta, X, Y, Squared()), 0.1, 1)

    def cost(i, h):
        moved = theta.copy()
        net.layers(moved)[2][0][i] *= 1 + h
        return objective(net, moved, X, Y, Squared())

    slopes = [(cost(i, 1e-5) - cost(i, -1e-5)) / 2e-5 for i in range(3)]
    np.testing.assert_allclose(scales_in(memory, 3)[1] / (1 - 0.9), slopes, rtol=1e-6, atol=1e-9)


def test_a_scale_stays_above_0_and_turns_no_weight(seed):
    net, theta, _ = random_steps(seed)
    W = net.layers(theta)[2][0]
    grad = np.zeros_like(theta)
    net.layers(grad)[2][0][:] = np.sign(W)  # every weight makes all scales fall
    optimizer = Optimizer("adam", scale_rate=1e9)
    memory = optimizer.start(net)
    optimizer.step(net, theta, memory, grad, 1e-9, 1)
    np.testing.assert_array_equal(scales_in(memory, 3)[0], 1 / 1000)
    assert (np.sign(net.layers(theta)[2][0]) == net.layers(grad)[2][0]).all()


def test_scales_go_with_adam_alone(refusal):
    for name in ("sgd", "momentum", "nesterov"):
        assert "scale_rate=6.0 does not go with" in refusal(SettingError, Optimizer, name, scale_rate=6.0)


# ---- Where they meet -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("special", "general"),
    [
        (Optimizer("sgd"), Optimizer("momentum", momentum=0)),
        (Optimizer("sgd"), Optimizer("nesterov", momentum=0)),
        (Optimizer("adam"), Optimizer("adamw", weight_decay=0)),
        (Optimizer("adam", weight_decay=0.1), Optimizer("adamw", weight_decay=0.1)),
        (Optimizer("sgd"), Optimizer("sgd", max_norm=1e300)),
    ],
    ids=["sgd is momentum 0", "sgd is nesterov 0", "adam is adamw 0", "adam decays as adamw", "sgd is no bound"],
)
def test_special_cases_are_equal_to_the_bit(special, general, seed):
    problem = random_steps(seed)
    np.testing.assert_array_equal(steps(special, *problem), steps(general, *problem))


def test_scaled_gradients_scale_the_steps_of_sgd_and_leave_those_of_adam(seed):
    net, theta, G = random_steps(seed)
    for name in ("sgd", "momentum", "nesterov"):
        once, thrice = (steps(Optimizer(name), net, 0 * theta, factor * G) for factor in (1, 3))
        np.testing.assert_allclose(thrice, 3 * once, rtol=0, atol=1e-14)  # 100 seeds used at most 18 % of it
    once, thrice = (steps(Optimizer("adam", epsilon=1e-300), net, 0 * theta, factor * G) for factor in (1, 3))
    np.testing.assert_allclose(thrice, once, rtol=0, atol=1e-15)  # 100 seeds used at most 22 % of it


@every_optimizer
def test_memory_starts_at_0_and_is_as_large_as_promised(name):
    memory = Optimizer(name).start(ONE_WEIGHT, np.float32)
    assert (memory.shape, memory.dtype) == ((N_MEMORY[name], 2), np.float32)
    assert not memory.any()


@every_optimizer
def test_float32_stays_float32(name):
    net, theta, G = random_steps(0)
    optimizer = Optimizer(name, weight_decay=0.1, max_norm=1.0)
    assert steps(optimizer, net, theta.astype(np.float32), G.astype(np.float32)).dtype == np.float32


@every_optimizer
def test_no_gradient_from_the_start_means_no_step(name):
    net, theta, G = random_steps(0)
    np.testing.assert_array_equal(steps(Optimizer(name), net, theta, 0 * G), np.tile(theta, (len(G), 1)))


# ---- T10: Robbins and Monro ------------------------------------------------------------------------------------------


def noisy_line(seed, n_samples=200):
    """Rows of a linear law with noise, and the least-squares weights and bias."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, 2))
    Y = X @ [[1.0], [-2.0]] + 0.5 + 0.5 * rng.normal(size=(n_samples, 1))
    return X, Y, np.linalg.lstsq(np.hstack([X, np.ones((n_samples, 1))]), Y[:, 0])[0]


def sgd_path(X, Y, rates, seed):
    """theta after every step on one random row, and the steps go with these rates."""
    net, theta, rng = Architecture((2, 1)), np.zeros(3), np.random.default_rng(seed)
    optimizer, path = Optimizer("sgd"), []
    for t, (s, eta) in enumerate(zip(rng.integers(len(X), size=len(rates)), rates, strict=True), start=1):
        optimizer.step(net, theta, np.empty((0, 3)), gradient(net, theta, X[[s]], Y[[s]]), eta, t)
        path.append(theta.copy())
    return np.array(path)


def test_a_decaying_rate_reaches_least_squares_and_a_constant_one_does_not(seed):
    X, Y, best = noisy_line(seed)
    t = np.arange(8000)
    decaying, constant = (sgd_path(X, Y, rates, seed) for rates in (1 / (t + 10), np.full(8000, 0.1)))
    error = np.linalg.norm(decaying - best, axis=1)
    # the standard deviation after t steps is about sqrt(3 0.25 / t) = 0.01; 100 seeds used at most 43 % of it
    np.testing.assert_array_less(error[-1], 0.05)
    jumping = np.linalg.norm(constant[-1000:] - best, axis=1).mean()  # sqrt(3 0.25 0.1 / 2) = 0.2; 100 seeds: 22 %
    np.testing.assert_array_less(error[-1], jumping / 2)


def test_sgd_without_noise_reaches_the_exact_line(seed):
    X, _, _ = noisy_line(seed)
    path = sgd_path(X, X @ [[1.0], [-2.0]] + 0.5, np.full(1500, 0.1), seed)
    np.testing.assert_allclose(path[-1], [1, -2, 0.5], rtol=0, atol=1e-14)  # 100 seeds used at most 3 % of it


def test_n_full_steps_on_a_line_are_n_powers_of_its_matrix(seed):
    """theta_n - best = (I - eta A)^n (theta_0 - best), with A = (X, 1)^T (X, 1) / n_samples."""
    X, Y, best = noisy_line(seed)
    net, theta, optimizer = Architecture((2, 1)), np.ones(3), Optimizer("sgd")
    with_ones = np.hstack([X, np.ones((len(X), 1))])
    shrinking = np.eye(3) - 0.1 * with_ones.T @ with_ones / len(X)
    for t in range(1, 21):
        optimizer.step(net, theta, np.empty((0, 3)), gradient(net, theta, X, Y), 0.1, t)
    expected = best + np.linalg.matrix_power(shrinking, 20) @ (1 - best)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=2e-14)  # 100 seeds used at most 48 % of it


# ---- Refusals --------------------------------------------------------------------------------------------------------


def test_an_unknown_optimizer_is_refused_with_a_suggestion(refusal):
    assert refusal(SettingError, Optimizer, "adm") == (
        "optimizer='adm' is not an optimizer. Choose one of sgd, momentum, nesterov, adam, adamw. Did you mean 'adam'?"
    )


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("momentum", 1.5, "in [0, 1]"),
        ("momentum", -0.1, "in [0, 1]"),
        ("beta_1", 1, "in [0, 1)"),
        ("beta_2", 1.0, "in [0, 1)"),
        ("epsilon", 0, "above 0"),
        ("weight_decay", -1, "from 0 on"),
        ("weight_decay", np.inf, "from 0 on"),
        ("max_norm", 0, "above 0"),
        ("max_norm", np.nan, "above 0"),
    ],
)
def test_numbers_outside_their_range_are_refused(name, value, range_, refusal):
    assert refusal(SettingError, Optimizer, **{name: value}) == f"{name}={value} is not a number {range_}."


# ---- The NTK parametrization -----------------------------------------------------------------------------------------


@every_optimizer
def test_ntk_learns_like_weights_of_size_one_behind_a_root(name, seed):
    """W = V / sqrt(n), gradients dJ/dV = dJ/dW / sqrt(n): the standard step of V, and biases at a tenth of the rate."""
    net, theta, G = random_steps(seed)
    path = steps(Optimizer(name, epsilon=1e-300, parametrization="ntk"), net, theta, G)
    for layer, (W, b) in net.slices.items():
        root = np.sqrt(net.sizes[layer - 2])
        V_path = steps(Optimizer(name, epsilon=1e-300), net, theta * root, G / root)
        np.testing.assert_allclose(path[:, W], V_path[:, W] / root, rtol=0, atol=5e-15)  # 100 seeds: at most 27 %
        b_path = steps(Optimizer(name, epsilon=1e-300), net, theta, G, eta=0.01)
        np.testing.assert_allclose(path[:, b], b_path[:, b], rtol=0, atol=5e-15)


def test_an_unknown_parametrization_is_refused_and_the_nearest_named():
    with pytest.raises(SettingError, match=r"parametrization='ntq' is not one of standard, ntk\. Did you mean 'ntk'\?"):
        Optimizer(parametrization="ntq")
