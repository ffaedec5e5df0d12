import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from glassnet.training.schedules import SCHEDULES, Schedule


def all_rates(name, n_epochs=6, n_steps=5, **numbers):
    schedule = Schedule(name, eta=0.2, n_epochs=n_epochs, **numbers)
    return np.concatenate([schedule.rates(epoch, n_steps, epoch * 100) for epoch in range(n_epochs)])


@pytest.mark.parametrize("name", ["constant", "adaptive"])
def test_a_constant_rate_stays(name):
    assert np.all(all_rates(name) == 0.2)


@pytest.mark.parametrize("power_t", [0, 0.5, 1, 2])
def test_invscaling_has_the_rates_of_scikit_learn(power_t):
    theirs = SGDOptimizer([np.zeros(1)], 0.2, "invscaling", power_t=power_t)
    expected = []
    for epoch in range(6):
        expected += [theirs.learning_rate] * 5
        theirs.iteration_ends((epoch + 1) * 100)
    assert np.array_equal(all_rates("invscaling", power_t=power_t), expected)


def test_cosine_goes_from_eta_to_0_along_a_cosine():
    t = np.arange(30) / 30
    expected = 0.2 * (1 + np.cos(np.pi * t)) / 2
    np.testing.assert_allclose(all_rates("cosine"), expected, rtol=0, atol=2e-16)  # t is rounded: 17 % used
    assert all_rates("cosine")[0] == 0.2


def test_coslog4_has_four_humps_each_twice_as_long_as_the_last():
    rates = all_rates("coslog4", n_epochs=15, n_steps=64)  # step k is t = k / 960, so that 1/15 and 3/15 are steps
    for valley in (0, 1 / 15, 3 / 15, 7 / 15):
        assert rates[round(valley * 960)] == 0  # a cosine is flat there: an angle wrong by 1e-15 has the cosine 1
    for k, hump in enumerate([0.5, 1.5, 2.5, 3.5]):
        t = (2**hump - 1) / 15
        assert rates[round(t * 960)] == pytest.approx(0.2, rel=5e-3), k  # the step nearest to the top; 12 % used
    assert rates[-1] == pytest.approx(0, abs=0.2 * 4e-5)  # a step before the end: 49 % used
    assert (rates >= 0).all()


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_do_not_depend_on_how_steps_are_cut_into_epochs(name):
    if name == "invscaling":  # its rate is that of an epoch, by the number of rows before it
        assert len(np.unique(all_rates(name))) == 6
    else:
        # t is rounded: coslog4, the steepest, uses 17 %
        np.testing.assert_allclose(all_rates(name, 6, 5), all_rates(name, 5, 6), rtol=0, atol=2e-15)


@pytest.mark.parametrize("name", ["cosine", "coslog4"])
def test_epochs_beyond_the_last_stay_at_0(name):
    assert np.all(Schedule(name, eta=0.2, n_epochs=2).rates(5, 3, 0) == 0)
