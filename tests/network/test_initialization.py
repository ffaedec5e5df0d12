import numpy as np
import pytest

from glassnet.errors import SettingError
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import feedforward, gradient
from glassnet.network.initialization import DRAWS, initialize

RANDOM = [name for name in DRAWS if name != "zeros"]
RELATIVES_OF_RELU = ("relu", "leaky_relu", "elu", "gelu", "silu", "mish")


def weights(sizes, name, seed, activation="relu"):
    net = Architecture(sizes, activation)
    return {layer: W for layer, (W, _) in net.layers(initialize(net, name, np.random.default_rng(seed))).items()}


# ---- T16: zeros never learn, and variance passes through -------------------------------------------------------------


def test_all_zero_weights_never_learn_with_relu(seed):
    rng, net = np.random.default_rng(seed), Architecture((3, 4, 4, 1), "relu")
    theta, X, Y = initialize(net, "zeros", rng), rng.normal(size=(10, 3)), 5 + rng.normal(size=(10, 1))
    for _ in range(10):
        theta -= 0.1 * gradient(net, theta, X, Y)
    moved = np.flatnonzero(theta)
    np.testing.assert_array_equal(moved, [net.n_parameters - 1])  # the bias of the output, which learns the mean alone


def test_random_weights_do_learn_with_relu(seed):
    rng, net = np.random.default_rng(seed), Architecture((3, 4, 4, 1), "relu")
    theta, X, Y = initialize(net, "he", rng), rng.normal(size=(10, 3)), 5 + rng.normal(size=(10, 1))
    grad = gradient(net, theta, X, Y)
    assert all(np.any(dW) for dW, _ in net.layers(grad).values())


@pytest.mark.parametrize(
    ("activation", "name", "width", "factor"),
    [  # 200 seeds, each with rows and weights of its own, stayed within
        ("identity", "gaussian", 200, 2),  # a factor of 1.5
        ("identity", "lecun", 200, 2),  # 1.51
        ("identity", "orthogonal", 50, 1 + 1e-14),  # 1 + 2e-15
        ("relu", "he", 200, 20),  # 8.3: rows grow alike, so that chance does not average out; 1 / n_in loses 10^6
    ],
)
def test_variance_passes_through_20_layers(activation, name, width, factor, seed):
    net = Architecture([width] * 22, activation)
    X = np.random.default_rng(seed).normal(size=(50, width))
    Z = feedforward(net, initialize(net, name, np.random.default_rng(seed + 1000)), X).Z
    ratio = np.mean(Z[22] ** 2) / np.mean(Z[2] ** 2)
    np.testing.assert_array_less(max(ratio, 1 / ratio), factor)


def test_output_variance_is_proportional_to_input_variance_through_20_layers(seed):
    net = Architecture([100] * 20 + [1], "relu")
    theta, X = initialize(net, "he", np.random.default_rng(seed)), np.random.default_rng(1).normal(size=(50, 100))
    once, thrice = feedforward(net, theta, X).output, feedforward(net, theta, 3 * X).output
    np.testing.assert_allclose(np.var(thrice), 9 * np.var(once), rtol=2e-14)  # 100 seeds used at most 23 % of it


def test_half_the_variance_is_lost_in_every_relu_layer_without_he():
    net = Architecture([200] * 11, "relu")
    X = np.random.default_rng(0).normal(size=(50, 200))
    Z = feedforward(net, initialize(net, "gaussian", np.random.default_rng(1)), X).Z
    assert 0.5 / 2**8 < np.mean(Z[10] ** 2) / np.mean(Z[2] ** 2) < 2 / 2**8


# ---- Each draw -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "variance"),
    [("gaussian", 1 / 200), ("he", 2 / 200), ("glorot", 2 / 500), ("lecun", 1 / 200), ("orthogonal", 1 / 300)],
)
def test_weights_have_the_variance_of_their_draw(name, variance, seed):
    W = weights((200, 300), name, seed)[2]
    # 60 000 draws: the standard error of a variance is 0.6 % of it, that of the mean 0.4 % of the standard deviation
    assert np.mean(W**2) == pytest.approx(variance, rel=0.03)  # 100 seeds used at most 65 % of it
    assert abs(W.mean()) < 0.02 * np.sqrt(variance)


@pytest.mark.parametrize(("name", "bound"), [("glorot", np.sqrt(6 / 50)), ("lecun", np.sqrt(3 / 20))])
def test_uniform_weights_fill_their_interval_and_stay_inside(name, bound, seed):
    largest = np.abs(weights((20, 30), name, seed)[2]).max()
    assert 0.97 * bound < largest <= bound  # 600 draws miss the outer 3 % once in 10^8 times


@pytest.mark.parametrize("sizes", [(5, 5), (8, 3), (3, 8)], ids=str)
def test_orthogonal_weights_are_orthonormal(sizes, seed):
    W = weights(sizes, "orthogonal", seed)[2]
    product = W.T @ W if sizes[0] >= sizes[1] else W @ W.T
    np.testing.assert_allclose(product, np.eye(min(sizes)), rtol=0, atol=5e-15)  # 600 draws used at most 37 % of it


def test_orthogonal_weights_prefer_no_direction():
    """Without the signs of R, the first entry would always be negative."""
    first = [weights((3, 3), "orthogonal", seed)[2][0, 0] for seed in range(200)]
    assert 70 < sum(entry > 0 for entry in first) < 130  # 100 +- 4.2 standard deviations


# ---- All of theta ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*DRAWS, "auto"])
def test_biases_start_at_0_and_theta_is_float64(name):
    net = Architecture((3, 4, 2))
    theta = initialize(net, name, np.random.default_rng(0))
    assert (theta.dtype, theta.shape) == (np.float64, (net.n_parameters,))
    assert not any(b.any() for _, b in net.layers(theta).values())


@pytest.mark.parametrize("name", [*RANDOM, "auto"])
def test_the_same_seed_gives_the_same_theta_and_another_seed_another(name, seed):
    net = Architecture((3, 4, 2))
    first, again, other = (initialize(net, name, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    np.testing.assert_array_equal(first, again)
    assert not np.any((first == other)[first != 0])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_auto_picks_the_draw_of_the_layers_activation(activation):
    auto = weights((20, 30, 40), "auto", 0, activation)
    expected = "lecun" if activation == "selu" else "glorot"
    np.testing.assert_array_equal(auto[2], weights((20, 30, 40), expected, 0)[2])


def test_auto_draws_each_layer_by_its_own_activation_and_the_output_by_glorot():
    auto = weights((20, 30, 40, 50), "auto", 0, ["tanh", "selu"])
    rng = np.random.default_rng(0)
    for layer, name in enumerate(("glorot", "lecun", "glorot"), start=2):
        np.testing.assert_array_equal(auto[layer], DRAWS[name](rng, *auto[layer].shape))


def test_an_unknown_initialization_is_refused_with_a_suggestion(refusal):
    choose = "is not an initialization. Choose one of auto, zeros, gaussian, he, glorot, lecun, orthogonal, ntk."
    for name, nearest in {"gausian": "gaussian", "atuo": "auto"}.items():
        text = refusal(SettingError, initialize, Architecture((2, 1)), name, np.random.default_rng(0))
        assert text == f"initialization={name!r} {choose} Did you mean {nearest!r}?"


def test_ntk_starts_with_outputs_of_0_and_hidden_neurons_of_size_1():
    net, rng = Architecture((50, 400, 400, 1)), np.random.default_rng(0)
    theta = initialize(net, "ntk", rng)
    Z = feedforward(net, theta, rng.normal(size=(300, 50))).Z
    assert not Z[4].any()
    assert Z[2].std() == pytest.approx(np.sqrt(2), rel=0.06)  # weights, bias: variance 1 each; 20 seeds: 3.6 %
