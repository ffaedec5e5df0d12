import numpy as np
import pytest

from glassnet.network.losses import LOSSES, Gamma, Pinball, Poisson, Squared
from glassnet.table.targets import TargetScale

rng = np.random.default_rng(0)
Y = rng.gamma(2, 50, size=(200, 2)) + np.array([1, 1000])
LIKELIHOODS_OF_CLASSES = ("logistic", "cross_entropy")


@pytest.mark.parametrize("name", LOSSES)
def test_scaling_and_units_are_inverse(name):
    scale = TargetScale.fit(Y, LOSSES[name]())
    # float64: one subtraction and one division there, one product and one sum back; 200 seeds used at most 36 %
    np.testing.assert_allclose(scale.in_units(scale.scaled(Y, "float64")), Y, rtol=2e-14)


def test_distances_see_mean_0_and_deviation_1():
    scaled = TargetScale.fit(Y, Squared()).scaled(Y, "float64")
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=2e-14)  # 200 seeds used at most 13 % of it
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=5e-15)  # 200 seeds used at most 18 % of it


@pytest.mark.parametrize("loss", [Poisson(), Gamma()])
def test_counts_and_sizes_see_mean_1_and_keep_their_0(loss):
    scale = TargetScale.fit(Y, loss)
    assert not scale.shift.any()
    np.testing.assert_allclose(scale.scaled(Y, "float64").mean(axis=0), 1, rtol=1e-14)  # 200 seeds: at most 11 %
    assert not scale.scaled(np.zeros((1, 2)), "float64").any()


@pytest.mark.parametrize("name", LIKELIHOODS_OF_CLASSES)
def test_classes_stay_as_they_are(name):
    classes = np.array([[0.0], [1.0], [1.0]])
    assert np.array_equal(TargetScale.fit(classes, LOSSES[name]()).scaled(classes, "float64"), classes)


def test_a_target_of_zeros_counts_nothing_and_divides_by_1():
    assert TargetScale.fit(np.zeros((5, 1)), Poisson()).size == 1
    assert TargetScale.fit(np.full((5, 1), 7.0), Squared()).size == 1


def test_weights_move_the_mean():
    weight = np.linspace(0, 1, 200)
    scale = TargetScale.fit(Y, Squared(), weight)
    np.testing.assert_allclose(scale.shift, np.average(Y, axis=0, weights=weight), rtol=1e-14)  # 200 seeds: 13 %


def test_every_quantile_of_a_target_has_the_units_of_that_target():
    scale = TargetScale.fit(Y, Pinball((0.1, 0.9)))
    output = np.array([[-1.0, 1.0, -1.0, 1.0]])
    expected = np.repeat(scale.shift, 2) + [-1, 1, -1, 1] * np.repeat(scale.size, 2)
    assert np.array_equal(scale.in_units(output)[0], expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_targets_for_the_engine_are_contiguous(dtype):
    scaled = TargetScale.fit(Y, Squared()).scaled(np.asfortranarray(Y), dtype)
    assert scaled.flags.c_contiguous
    assert scaled.dtype == dtype
