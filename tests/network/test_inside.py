import numpy as np
import pytest
from hypothesis import given

from glassnet.network.architecture import Architecture
from glassnet.network.backprop import feedforward
from glassnet.network.encoding import encode, encode_backward
from glassnet.network.inside import input_gradients
from glassnet.network.network import Network

from .cases import EPS, KINKED, SEEDS, H, columns, page_of_paper, problems


def page():
    architecture, theta, X, Y = page_of_paper()
    net = Network(architecture.sizes, activation="tanh")
    net.theta[:] = theta
    return net, X, Y


# ---- By hand ---------------------------------------------------------------------------------------------------------


def test_the_page_of_paper():
    net, X, Y = page()
    A, Delta = net.activations(X), net.deltas(X, Y)
    assert (list(A), list(Delta)) == ([1, 2, 3], [2, 3])
    np.testing.assert_allclose(A[2], [[0.3799, -0.5299, 0.5649]], atol=5e-5)
    np.testing.assert_allclose(Delta[2], [[-0.2034, 0.1140, -0.0719]], atol=5e-5)
    dW, db = net.gradients(X, Y)[2]
    np.testing.assert_allclose(dW, X.T @ Delta[2], rtol=1e-15)
    np.testing.assert_array_equal(db, Delta[2][0])


def test_the_input_gradients_of_the_page_of_paper():
    """f'(z^2) = (.8556, .7192, .6809) times W^3 = (.9, -.6, .4), back through W^2."""
    net, X, _ = page()
    back = np.array([0.8556 * 0.9, 0.7192 * -0.6, 0.6809 * 0.4])
    np.testing.assert_allclose(net.input_gradients(X), [[net.layers()[2][0] @ back]], atol=1e-4)


def test_a_relu_neuron_that_is_off_answers_to_nothing():
    net = Network((1, 1, 1))
    net.theta[:] = [2, 1, 3, 0]  # a = max(2 x + 1, 0), z = 3 a
    np.testing.assert_array_equal(net.input_gradients([[1.0], [-1.0], [-0.5]]), [[[6]], [[0]], [[0]]])  # 0 at the kink


# ---- Gradients by layer ----------------------------------------------------------------------------------------------


def network_of(problem):
    net = Network(
        problem.net.sizes,
        activation=problem.net.activation,
        bins=problem.net.bins,
        loss=problem.loss,
        output_activation=problem.net.output_activation,
        alpha=problem.penalty.alpha,
        l1=problem.penalty.l1,
    )
    net.theta[:] = problem.theta
    return net


@given(problem=problems())
def test_with_the_penalty_they_are_the_gradient(problem):
    net = network_of(problem)
    more = {"sample_weight": problem.sample_weight, "masks": problem.masks}
    parts = net.gradients(problem.X, problem.Y, **more)
    w = len(problem.X) if problem.sample_weight is None else problem.sample_weight.sum()
    theta = np.concatenate([part.ravel() for pair in parts.values() for part in pair])
    whole = theta + problem.penalty.gradient(problem.net, problem.theta) / w
    scale = 1 + abs(problem.objective()) + np.abs(whole).max()
    np.testing.assert_allclose(whole, net.gradient(problem.X, problem.Y, **more), rtol=0, atol=100 * EPS * scale)


@given(problem=problems())
def test_the_mean_of_the_gradients_of_the_rows_is_the_gradient_of_the_mean_loss(problem):
    net, weight = network_of(problem), problem.sample_weight
    each = net.gradients(problem.X, problem.Y, masks=problem.masks, per_sample=True)
    mean = net.gradients(problem.X, problem.Y, masks=problem.masks, sample_weight=weight)
    for layer, (dW, db) in mean.items():
        assert each[layer][0].shape == (len(problem.X), *dW.shape)
        scale = 1 + np.abs(each[layer][0]).max() + np.abs(each[layer][1]).max()
        for rows, whole in zip(each[layer], (dW, db), strict=True):
            average = np.average(rows, axis=0, weights=weight)
            np.testing.assert_allclose(average, whole, rtol=0, atol=20 * EPS * scale)


# ---- Input gradients -------------------------------------------------------------------------------------------------


def distance_from_bends(problem):
    """How far the nearest kink of an activation or edge of a bin is."""
    forward = feedforward(problem.net, problem.theta, problem.X)
    names = dict(enumerate((*problem.net.activation, problem.net.output_activation), start=2))
    distances = [forward.Z[layer] for layer, name in names.items() if name in KINKED]
    if problem.net.bins:
        binned = problem.X[:, problem.net.bins.count(0) :]
        distances.append(binned - np.round(binned))
    return min((np.abs(distance).min() for distance in distances), default=np.inf)


@given(problem=problems())
def test_input_gradients_equal_central_differences(problem):
    """For any architecture, bins, activations and output activation, softmax and exp included."""
    if distance_from_bends(problem) < 1e-3:
        return
    net, X = network_of(problem), problem.X
    slopes = net.input_gradients(X)
    assert slopes.shape == (len(X), problem.net.sizes[-1], problem.net.n_columns)
    for column, e in enumerate(np.eye(X.shape[1])):
        differences = (net.feedforward(X + H * e).output - net.feedforward(X - H * e).output) / (2 * H)
        scale = 1 + np.abs(slopes).max() + np.abs(net.feedforward(X).output).max()
        np.testing.assert_allclose(slopes[:, :, column], differences, rtol=0, atol=500 * EPS / H * scale)


@given(seed=SEEDS)
def test_at_an_edge_of_a_bin_the_slope_is_the_one_from_the_left(seed):
    net, rng = Architecture((4, 2), bins=(4,)), np.random.default_rng(seed)
    theta, edges = rng.normal(size=net.n_parameters), np.arange(5.0)[:, None]

    def at(X):
        return feedforward(net, theta, X).output

    from_the_left = (at(edges) - at(edges - 1e-6)) / 1e-6
    np.testing.assert_allclose(input_gradients(net, theta, edges)[:, :, 0], from_the_left, rtol=0, atol=1e-8)


def test_outside_all_bins_nothing_changes():
    X = np.array([[-1.0], [0.0], [3.0], [3.5]])
    slopes = encode_backward(X, (3,), np.ones((4, 3)))
    assert slopes[:, 0].astype(bool).tolist() == [False, False, True, False]


@given(seed=SEEDS)
def test_the_way_back_through_the_bins_is_the_derivative_of_the_way_in(seed):
    net, rng = Architecture((7, 1), bins=(0, 0, 2, 3)), np.random.default_rng(seed)
    X, G = columns(net, 5, rng), rng.normal(size=(5, 7))
    X[:, 2:] = np.floor(X[:, 2:]) + np.clip(X[:, 2:] % 1, 0.01, 0.99)
    step = np.eye(4) * 1e-6
    differences = [((encode(X + e, net.bins) - encode(X - e, net.bins)) * G).sum(axis=1) / 2e-6 for e in step]
    np.testing.assert_allclose(encode_backward(X, net.bins, G), np.transpose(differences), rtol=0, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_type_is_kept(dtype):
    net = Architecture((5, 2, 2), "mish", output_activation="softmax", bins=(0, 4))
    theta, X = np.ones(net.n_parameters, dtype), np.ones((3, 2), dtype)
    assert input_gradients(net, theta, X).dtype == dtype
