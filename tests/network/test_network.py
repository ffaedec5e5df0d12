import numpy as np
import pytest

from glassnet.errors import InputError, SettingError
from glassnet.network.losses import Huber, Pinball
from glassnet.network.network import Network

from .cases import DISTANCES, EPS, LOSSES, by_name, page_of_paper, targets


def rows(seed, n_samples=40, n_inputs=3, n_outputs=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_samples, n_inputs)), rng.normal(size=(n_samples, n_outputs))


# ---- T5: with f(z) = z the whole network is one linear regression ----------------------------------------------------


@pytest.mark.parametrize("hidden", [(), (4,), (4, 3)], ids=str)
def test_a_trained_identity_network_is_ordinary_least_squares(hidden, seed):
    X, noise = rows(seed)
    Y = X @ [[1.0, 0.5], [-0.5, 1.0], [0.0, 0.5]] + [1.0, -1.0] + 0.5 * noise
    net = Network((3, *hidden, 2), activation="identity", initialization="orthogonal", random_state=seed)
    for _ in range(1000):
        net.step(X, Y, learning_rate=0.1)
    with_ones = np.hstack([X, np.ones((40, 1))])
    expected = with_ones @ np.linalg.lstsq(with_ones, Y)[0]
    # 100 seeds used at most 1 % of it: 1000 steps are enough
    np.testing.assert_allclose(net.feedforward(X).output, expected, rtol=0, atol=1e-9)


def test_an_identity_network_of_any_depth_is_one_matrix(seed):
    net = Network((3, 5, 4, 2), activation="identity", random_state=seed)
    X, _ = rows(seed)
    W, b = np.eye(3), np.zeros(3)
    for W_l, b_l in net.layers().values():
        b_l[:] = np.random.default_rng(seed).normal(size=b_l.shape)
        W, b = W @ W_l, b @ W_l + b_l
    np.testing.assert_allclose(net.feedforward(X).output, X @ W + b, rtol=0, atol=1e-14)  # 100 seeds: 27 % of it


@pytest.mark.parametrize("activation", ["identity", "relu", "leaky_relu"])
def test_ten_times_the_input_is_ten_times_the_output_without_biases(activation, seed):
    X, _ = rows(seed)
    net = Network((3, 5, 4, 2), activation=activation, random_state=seed)
    expected = 10 * net.feedforward(X).output
    np.testing.assert_allclose(net.feedforward(10 * X).output, expected, rtol=0, atol=1e-13)  # 100 seeds: 36 % of it


def test_ten_times_the_target_is_ten_times_the_prediction_for_a_line(seed):
    """One layer from zero weights, the same SGD steps on y and on 10 y."""
    X, Y = rows(seed)
    once, tenfold = (Network((3, 2), initialization="zeros") for _ in range(2))
    for s in np.random.default_rng(seed).permutation(40):
        once.step(X[s], Y[s], learning_rate=0.05)
        tenfold.step(X[s], 10 * Y[s], learning_rate=0.05)
    np.testing.assert_allclose(tenfold.theta, 10 * once.theta, rtol=0, atol=1e-14)  # 100 seeds used at most 18 % of it


# ---- T4, T9: one network, one step -----------------------------------------------------------------------------------


def test_a_step_on_the_page_of_paper_is_the_formulas_in_numpy():
    """delta^3 = z^3 - y, delta^2 = (1 - a a) * (W^3 delta^3), W -= eta a delta^T, b -= eta delta."""
    architecture, theta, X, Y = page_of_paper()
    net = Network(architecture.sizes, activation="tanh")
    net.theta[:] = theta
    (W_2, b_2), (W_3, b_3) = (tuple(part.copy() for part in pair) for pair in net.layers().values())
    x, y, a = X[0], Y[0], np.tanh(W_2.T @ X[0] + b_2)
    delta_3 = W_3.T @ a + b_3 - y
    delta_2 = (1 - a * a) * (W_3 @ delta_3)
    net.step(X, Y, learning_rate=0.1)
    W_2, b_2 = W_2 - 0.1 * np.outer(x, delta_2), b_2 - 0.1 * delta_2
    W_3, b_3 = W_3 - 0.1 * np.outer(a, delta_3), b_3 - 0.1 * delta_3
    expected = np.concatenate([np.ravel(part) for part in (W_2, b_2, W_3, b_3)])
    np.testing.assert_allclose(net.theta, expected, rtol=0, atol=2 * EPS)  # 1 % used
    assert net.feedforward(X).output[0, 0] == pytest.approx(1.0246, abs=5e-5)
    assert net.loss(X, Y) == pytest.approx(0.0154, abs=5e-5)


@pytest.mark.parametrize("loss", LOSSES, ids=by_name)
def test_a_step_moves_against_the_gradient_and_lowers_the_loss(loss, seed):
    X, _ = rows(seed)
    Y = targets(loss, 6, 40, np.random.default_rng(seed))
    net = Network((3, 5, 6), loss=loss, activation="tanh", alpha=0.1, l1=0.1, random_state=seed)
    before, grad, loss_before = net.theta.copy(), net.gradient(X, Y), net.loss(X, Y)
    net.step(X, Y, learning_rate=0.01)
    np.testing.assert_array_equal(net.theta, before - 0.01 * grad)
    assert net.loss(X, Y) < loss_before


def test_weights_and_masks_enter_loss_gradient_and_step():
    X, Y = rows(0)
    options = {"sample_weight": np.r_[np.ones(39), 0], "masks": {2: np.tile([2.0, 0, 2, 0], (40, 1))}}
    net, plain = (Network((3, 4, 2), random_state=0) for _ in range(2))
    assert net.loss(X, Y, **options) != net.loss(X, Y)
    assert not np.array_equal(net.gradient(X, Y, **options), net.gradient(X, Y))
    expected = net.theta - 0.1 * net.gradient(X, Y, **options)
    net.step(X, Y, learning_rate=0.1, **options)
    np.testing.assert_array_equal(net.theta, expected)
    assert not np.array_equal(plain.feedforward(X, options["masks"]).output, plain.feedforward(X).output)


@pytest.mark.parametrize(
    "masks", [{3: np.ones((40, 2))}, {7: np.ones((40, 4))}, {2: np.ones(4)}, {2: np.ones((40, 3))}]
)
@pytest.mark.parametrize("method", ["feedforward", "loss", "gradient", "deltas", "gradients", "hessian", "step"])
def test_masks_of_other_layers_or_shapes_are_refused_by_every_method(method, masks):
    """A mask on the output layer would enter the loss, and not the gradient: the two would disagree."""
    X, Y = rows(0)
    more = {"feedforward": {}, "step": {"Y": Y, "learning_rate": 0.1}}.get(method, {"Y": Y})
    with pytest.raises(InputError, match="masks has an entry of shape"):
        getattr(Network((3, 4, 2)), method)(X, **more, masks=masks)


@pytest.mark.parametrize("method", ["step", "trace_step"])
@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -0.1])
def test_a_learning_rate_that_is_no_size_of_a_step_is_refused_and_the_weights_stay(method, rate):
    (X, Y), net = rows(0), Network((3, 4, 2))
    before = net.theta.copy()
    with pytest.raises(SettingError, match="is not a number from 0 on"):
        getattr(net, method)(X, Y, learning_rate=rate)
    np.testing.assert_array_equal(net.theta, before)


# ---- What a network is made of ---------------------------------------------------------------------------------------


def test_the_same_random_state_gives_the_same_weights():
    first, again, other = (Network((3, 4, 1), random_state=state).theta for state in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_layers_are_views_that_change_the_network():
    net = Network((3, 4, 1))
    net.layers()[2][0][:] = 7
    assert (net.theta[:12] == 7).all()


@pytest.mark.parametrize("loss", LOSSES, ids=by_name)
def test_the_output_activation_follows_from_the_loss(loss):
    net = Network((2, 3), loss=loss)
    assert net.architecture.output_activation == (loss.output_activation or "identity")
    assert net.loss_function == loss


@pytest.mark.parametrize("loss", DISTANCES, ids=by_name)
def test_a_distance_may_end_with_an_activation(loss):
    assert Network((2, 3), loss=loss, output_activation="tanh").architecture.output_activation == "tanh"


def test_a_loss_is_given_by_name_or_with_its_numbers():
    assert Network((2, 1), loss="huber").loss_function == Huber()
    assert Network((2, 2), loss=Pinball((0.1, 0.9))).loss_function.quantiles == (0.1, 0.9)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"loss": "hubr"}, "loss='hubr' is not a loss."),
        ({"loss": 5}, "loss=5 is not a loss."),
        ({"activation": "rleu"}, "activation='rleu' is not an activation."),
        ({"activation": 5}, "activation=5 is not an activation."),
        ({"bins": 3}, "bins=3 is not a sequence. Give one number for each column."),
        ({"signs": 1}, "signs=1 is not a sequence. Give one number for each column."),
        ({"initialization": "hee"}, "initialization='hee' is not an initialization."),
        ({"alpha": -1}, "alpha=-1 is not a number from 0 on."),
        ({"l1": -1}, "l1=-1 is not a number from 0 on."),
        ({"dropout": 1}, "dropout=1 is not a probability in [0, 1)."),
        ({"loss": "poisson", "output_activation": "relu"}, "loss='poisson' has the output activation 'exp' built in"),
    ],
    ids=str,
)
def test_settings_without_a_meaning_are_refused_when_the_network_is_made(settings, text, refusal):
    assert refusal(SettingError, Network, (2, 3, 1), **settings).startswith(text)


# ---- Rows in, and refusals -------------------------------------------------------------------------------------------


def test_one_row_may_be_given_flat():
    net = Network((3, 4, 2), random_state=0)
    X, Y = rows(0, n_samples=1)
    np.testing.assert_array_equal(net.gradient(X[0], Y[0]), net.gradient(X, Y))
    np.testing.assert_array_equal(net.gradient([list(X[0])], [list(Y[0])]), net.gradient(X, Y))


def test_one_column_may_be_given_flat():
    net = Network((1, 4, 1), random_state=0)
    X, Y = rows(0, n_inputs=1, n_outputs=1)
    np.testing.assert_array_equal(net.gradient(X[:, 0], Y[:, 0]), net.gradient(X, Y))


@pytest.mark.parametrize("shape", [(5, 2), (2,), (1, 5, 3), ()], ids=str)
def test_inputs_of_another_width_are_refused(shape, refusal):
    assert refusal(InputError, Network((3, 1)).feedforward, np.zeros(shape)) == (
        f"X has shape {shape}, but needs 3 columns, one per input of the network: shape (n_samples, 3)."
    )


def test_targets_of_another_width_are_refused(refusal):
    assert refusal(InputError, Network((3, 2)).loss, np.zeros((5, 3)), np.zeros((5, 3))) == (
        "Y has shape (5, 3), but needs 2 columns, one per target of the loss: shape (n_samples, 2)."
    )


@pytest.mark.parametrize(("n_x", "n_y"), [(5, 4), (0, 0)])
def test_rows_without_their_targets_are_refused(n_x, n_y, refusal):
    assert refusal(InputError, Network((3, 1)).gradient, np.zeros((n_x, 3)), np.zeros((n_y, 1))) == (
        f"X has {n_x} rows and Y has {n_y}. Give one target row per row of X, at least one."
    )


def test_targets_that_the_loss_is_not_defined_for_are_refused(refusal):
    net = Network((3, 1), loss="poisson")
    assert refusal(InputError, net.step, np.zeros((2, 3)), [1, -1], learning_rate=0.1) == (
        "y is -1.0 in row 1, but loss='poisson' needs targets that are 0 or more. "
        "Use loss='squared_error' for a target with signs."
    )


def test_one_weight_per_row_is_required(refusal):
    assert refusal(InputError, Network((3, 1)).loss, np.zeros((5, 3)), np.zeros(5), sample_weight=[1, 2]) == (
        "sample_weight has shape (2,). Give one number per row: shape (5,)."
    )


@pytest.mark.parametrize("weight", [[0, 0], [2, -1], [1, np.nan], [1, np.inf]], ids=str)
def test_weights_that_count_no_row_are_refused(weight, refusal):
    assert refusal(InputError, Network((3, 1)).loss, np.zeros((2, 3)), np.zeros(2), sample_weight=weight) == (
        "sample_weight holds negative numbers, NaN, infinity or nothing above 0. Weight 2 counts a row twice, "
        "weight 0 leaves it out, and at least one row has to stay."
    )
