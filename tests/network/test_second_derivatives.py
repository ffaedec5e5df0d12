import numpy as np
import pytest

from glassnet.network.activations import ACTIVATIONS
from glassnet.network.losses import LOSSES as LOSSES_BY_NAME
from glassnet.network.losses import Huber
from glassnet.network.second_derivatives import ACTIVATION_BENDS, LOSS_BENDS, activation_bend, loss_bend

from .cases import EPS, KINKED, LOSSES, H, by_name, targets

every_activation = pytest.mark.parametrize("name", ACTIVATIONS)


def test_no_activation_and_no_loss_is_left_out():
    assert set(ACTIVATION_BENDS) == set(ACTIVATIONS)
    assert {*LOSS_BENDS, "cross_entropy"} == set(LOSSES_BY_NAME)


@every_activation
def test_bend_equals_central_differences_of_the_slope_away_from_kinks(name, seed):
    Z = np.random.default_rng(seed).uniform(-6, 6, 200)
    Z = Z[np.abs(Z) > 1e-3]
    slope = ACTIVATIONS[name].slope
    differences = (slope(Z + H) - slope(Z - H)) / (2 * H)
    # rounding EPS / H and truncation H^2 / 6 times a derivative of order four; 100 seeds used at most 21 % of it
    np.testing.assert_allclose(activation_bend(name)(Z), differences, rtol=0, atol=3e-10)


@pytest.mark.parametrize("name", KINKED)
def test_bend_at_a_kink_is_the_one_from_the_left(name):
    slope, zero = ACTIVATIONS[name].slope, np.zeros(1)
    from_the_left = (slope(zero) - slope(zero - 1e-9)) / 1e-9
    # rounding, 1e-16 / 1e-9, and the third derivative, at most 1.8, times half of 1e-9
    np.testing.assert_allclose(activation_bend(name)(zero), from_the_left, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "at_0"),
    [
        ("identity", 0),
        ("relu", 0),
        ("leaky_relu", 0),
        ("elu", 1),
        ("selu", 1.7580993408473766),
        ("sigmoid", 0),
        ("tanh", 0),
        ("softplus", 1 / 4),
        ("gelu", 2 / np.sqrt(2 * np.pi)),
        ("silu", 1 / 2),
        ("mish", 16 / 25),  # t = 3/5, s = 1/2: (1 - 9/25) 2 s
    ],
)
def test_bends_at_0_by_hand(name, at_0):
    np.testing.assert_allclose(activation_bend(name)(np.zeros(1)), [at_0], rtol=4 * EPS, atol=0)


@every_activation
def test_far_away_nothing_bends_and_nothing_overflows(name):
    Z = np.array([-1e300, -1e4, -750.0, 750.0, 1e4, 1e300])
    with np.errstate(all="raise", under="ignore"):
        bend = activation_bend(name)(Z)
    np.testing.assert_allclose(bend, 0, atol=1e-300)


@pytest.mark.parametrize(
    ("name", "z", "leading_term"),
    [
        ("sigmoid", -80, np.exp(-80.0)),
        ("sigmoid", 80, -np.exp(-80.0)),
        ("tanh", 40, -8 * np.exp(-80.0)),  # 1 - t^2 would be 0
        ("softplus", -80, np.exp(-80.0)),
        ("silu", -80, -78 * np.exp(-80.0)),  # z e^z has the second derivative (2 + z) e^z
        ("mish", -80, -78 * np.exp(-80.0)),
        ("elu", -80, np.exp(-80.0)),
    ],
)
def test_tails_keep_their_digits(name, z, leading_term):
    np.testing.assert_allclose(activation_bend(name)(np.array([float(z)])), leading_term, rtol=10 * EPS)


@pytest.mark.parametrize("loss", LOSSES, ids=by_name)
def test_bend_of_a_loss_equals_central_differences_of_its_slopes(loss, seed):
    rng = np.random.default_rng(seed)
    Z, V = 1.5 * rng.normal(size=(20, 6)), rng.uniform(-1, 1, (20, 6))
    Y = targets(loss, 6, 20, rng)
    error = np.abs(Z - np.repeat(Y, 6 // Y.shape[1], axis=1))
    keep = ((error > 1e-3) & (np.abs(error - 0.7) > 1e-3)).all(axis=1)  # away from the kinks of absolute and Huber
    Z, V, Y = Z[keep], V[keep], Y[keep]
    assert len(Z) > 10
    differences = (loss.slopes(Y, Z + H * V) - loss.slopes(Y, Z - H * V)) / (2 * H)
    scale = 1 + np.abs(loss.slopes(Y, Z))  # 100 seeds used at most 21 % of it
    np.testing.assert_array_less(np.abs(loss_bend(loss, Y, Z, V) - differences), 20 * EPS / H * scale)


def test_the_huber_loss_bends_up_to_delta_and_not_beyond():
    output = np.array([[0.5, 1.0, 1.1, -1.0, -3.0]])
    bends = loss_bend(Huber(1.0), np.zeros((1, 5)), output, np.full((1, 5), 2.0))
    np.testing.assert_array_equal(bends, [[2, 2, 0, 2, 0]])


def test_raising_all_outputs_alike_changes_no_probability():
    loss = LOSSES_BY_NAME["cross_entropy"]()
    Z = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(loss_bend(loss, np.zeros((4, 1)), Z, np.ones((4, 3))), 0, atol=EPS)
