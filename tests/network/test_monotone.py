import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import SettingError
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import feedforward, predict
from glassnet.network.encoding import width
from glassnet.network.initialization import NAMES, initialize
from glassnet.network.monotone import NEVER_FALL
from glassnet.network.network import Network
from glassnet.network.optimizers import N_MEMORY, Optimizer

from .cases import SEEDS

MONOTONE = [name for name in NEVER_FALL if name in ACTIVATIONS]
COLUMNS = ((1, 0), (-1, 0), (1, 4), (-1, 3), (0, 0), (0, 2), (None, 0), (None, 2))  # (sign, bins)


@st.composite
def networks(draw):
    """Any architecture whose columns have signs."""
    columns = sorted(draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4)), key=lambda column: column[1] > 0)
    signs, bins = zip(*columns, strict=True)
    hidden = draw(st.lists(st.integers(1, 6), max_size=3))
    return Architecture(
        (width(bins), *hidden, draw(st.integers(1, 2))),
        activation=[draw(st.sampled_from(MONOTONE)) for _ in hidden],
        output_activation=draw(st.sampled_from(["identity", "exp", "sigmoid"])),
        bins=bins,
        signs=signs,
    )


def weights(net, seed, size=1.0):
    """Random weights within the bounds."""
    theta = size * np.random.default_rng(seed).normal(size=net.n_parameters)
    return np.clip(theta, *net.bounds)


def falls(net, theta, rng, n=50):
    """The largest fall of an output between rows x and x' that went the way of the signs, as a share of its size."""
    X = rng.normal(size=(n, net.n_columns)) * np.maximum(net.bins, 1)
    ways = np.array([sign or 0 for sign in net.signs]) if net.signs else np.zeros(net.n_columns)
    before, after = (predict(net, theta, rows) for rows in (X, X + ways * rng.exponential(size=X.shape)))
    return float(np.max((before - after) / np.maximum(np.abs(before), 1e-300), initial=0))


# ---- What the bounds promise -----------------------------------------------------------------------------------------


@given(net=networks(), seed=SEEDS)
def test_no_weights_within_the_bounds_let_an_output_go_the_wrong_way(net, seed):
    assert falls(net, weights(net, seed), np.random.default_rng(seed)) < 1e-9  # rounding, where terms nearly cancel


@given(net=networks(), seed=SEEDS)
def test_a_column_of_sign_none_has_no_effect(net, seed):
    X = np.random.default_rng(seed).normal(size=(20, net.n_columns))
    other = np.where([sign is None for sign in net.signs] or False, X + 1, X)
    theta = weights(net, seed)
    np.testing.assert_array_equal(predict(net, theta, other), predict(net, theta, X))


@given(seed=SEEDS, activation=st.sampled_from(MONOTONE))
def test_minus_1_is_the_mirror_image_of_1(seed, activation):
    up, down = (Architecture((3, 6, 5, 1), activation, signs=(sign, sign, 0)) for sign in (1, -1))
    theta, X = weights(up, seed), np.random.default_rng(seed).normal(size=(9, 3))
    mirrored = theta.copy()
    down.layers(mirrored)[2][0][:2] *= -1
    np.testing.assert_array_equal(np.clip(mirrored, *down.bounds), mirrored)
    np.testing.assert_array_equal(predict(down, mirrored, X * [-1, -1, 1]), predict(up, theta, X))


def test_without_signs_every_weight_is_free():
    for signs in ((), (0, 0)):
        net = Architecture((2, 3, 1), signs=signs)
        assert net == Architecture((2, 3, 1))
        assert np.isinf(net.bounds).all()


def test_half_of_the_neurons_are_for_free_columns_alone():
    net = Architecture((2, 4, 6, 1), "tanh", signs=(1, 0))
    theta = weights(net, 0)
    low, high = (feedforward(net, theta, np.array([[x, 0.5]])).A for x in (-1.0, 1.0))
    for layer in (2, 3):
        half = net.sizes[layer - 1] // 2
        np.testing.assert_array_equal(low[layer][0, :half], high[layer][0, :half])
    assert high[4] > low[4]


# ---- Nothing in training leaves the bounds ---------------------------------------------------------------------------


@given(net=networks(), seed=SEEDS, name=st.sampled_from(NAMES))
def test_first_weights_are_within_the_bounds(net, seed, name):
    theta = initialize(net, name, np.random.default_rng(seed))
    np.testing.assert_array_equal(np.clip(theta, *net.bounds), theta)


@pytest.mark.parametrize("name", N_MEMORY)
@given(net=networks(), seed=SEEDS)
def test_no_step_leaves_the_bounds(name, net, seed):
    optimizer = Optimizer(name, weight_decay=0.5, max_norm=0.7)
    theta, memory, rng = weights(net, seed), optimizer.start(net), np.random.default_rng(seed)
    for t in range(1, 5):
        optimizer.step(net, theta, memory, 100 * rng.normal(size=theta.size), 0.3, t)
        np.testing.assert_array_equal(np.clip(theta, *net.bounds), theta)


def test_one_step_by_hand():
    """W2 = 0.1 would become 0.1 - 0.5 * 1 and stays at 0; the bias is free."""
    net = Network((1, 1), signs=(1,))
    net.theta[:] = [0.1, 0.0]
    net.step([[1.0]], [[-0.9]], learning_rate=0.5)  # delta = 0.1 + 0.9
    np.testing.assert_array_equal(net.theta, [0.0, -0.5])


def test_a_hidden_layer_of_one_neuron_still_hears_a_column_with_a_sign():
    net = Architecture((2, 1, 1), "tanh", signs=(1, 0))
    theta = np.clip(np.full(net.n_parameters, 0.5), *net.bounds)
    low, high = predict(net, theta, np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert low < high


def test_first_weights_are_divided_by_the_root_of_how_many_inputs_have_a_sign():
    free, signed = (
        Architecture((5, 2, 1), signs=signs).layers(
            initialize(Architecture((5, 2, 1), signs=signs), "gaussian", np.random.default_rng(0))
        )[2][0]
        for signs in ((), (0, 1, 0, -1, 1))
    )
    np.testing.assert_array_equal(signed[[0, 2]], free[[0, 2]])
    np.testing.assert_allclose(np.abs(signed[[1, 3, 4], 1]), np.abs(free[[1, 3, 4], 1]) / np.sqrt(3), rtol=1e-15)


def test_first_weights_of_one_sign_do_not_add_up_to_more_than_free_ones():
    """Both sums over 400 neurons are of size 1: 400 weights of one sign are 1/20 of the size of 400 random ones."""
    rng, ones = np.random.default_rng(0), np.ones((1, 400))
    free, signed = (
        ones
        @ Architecture((400, 400, 1), signs=signs).layers(
            initialize(Architecture((400, 400, 1), signs=signs), "gaussian", rng)
        )[2][0]
        for signs in ((), (1,) * 400)
    )
    assert np.sqrt(np.mean(free**2)) == pytest.approx(1, rel=0.2)
    assert np.sqrt(np.mean(signed**2)) == pytest.approx(
        np.sqrt(2 / np.pi), rel=0.05
    )  # the mean size of a normal number


# ---- Errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - set(NEVER_FALL)))
def test_a_function_that_falls_somewhere_is_refused(name):
    z = np.linspace(-5, 5, 1001)
    assert (np.diff(ACTIVATIONS[name].value(z)) < 0).any()
    with pytest.raises(SettingError, match=rf"^activation='{name}' falls somewhere, so"):
        Architecture((2, 3, 1), name, signs=(1, 0))


@pytest.mark.parametrize("name", MONOTONE)
def test_a_function_that_is_allowed_never_falls(name):
    assert (ACTIVATIONS[name].slope(np.linspace(-50, 50, 10_001)) >= 0).all()


def test_several_classes_are_refused():
    with pytest.raises(SettingError, match=r"^monotonic constraints do not go with several classes: their prob"):
        Architecture((2, 3, 3), output_activation="softmax", signs=(1, 0))


@pytest.mark.parametrize("signs", [(1,), (1, 0, 0), (2, 0), (0.5, 1), ("up", 0)])
def test_signs_that_are_none_are_refused(signs):
    with pytest.raises(SettingError, match=r"^signs=\(.*\) are not 2 times 1, -1, 0 or None, one for each column\.$"):
        Architecture((2, 3, 1), signs=signs)
