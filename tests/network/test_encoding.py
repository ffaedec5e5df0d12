import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import feedforward
from glassnet.network.encoding import bin_moments, encode, width

BINS = st.lists(st.integers(0, 6), min_size=1, max_size=5).map(lambda bins: tuple(sorted(bins, key=bool)))


def shares(positions, T):
    """The encoding before it is centred and scaled."""
    mean, deviation = bin_moments(T)
    return encode(np.reshape(positions, (-1, 1)), (T,)) * deviation + mean


def test_two_and_a_quarter_of_four_bins_by_hand():
    np.testing.assert_allclose(shares([2.25], 4), [[1, 1, 0.25, 0]], atol=1e-15)


def test_positions_beyond_the_ends_count_as_the_ends():
    np.testing.assert_array_equal(shares([-1.0, 9.0], 3), shares([0.0, 3.0], 3))


@pytest.mark.parametrize("T", [1, 2, 7, 32])
def test_a_uniform_position_gives_every_bin_mean_0_and_variance_1(T):
    encoded = encode((np.arange(1000 * T) + 0.5)[:, None] / 1000, (T,))
    np.testing.assert_allclose(encoded.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(encoded.var(axis=0), 1, atol=1e-5)  # a sum of 1000 points to a bin for an integral


@given(bins=BINS, seed=st.integers(0, 2**32 - 1))
def test_columns_without_bins_stay_and_n_1_counts_the_bins(bins, seed):
    X = np.random.default_rng(seed).normal(size=(3, len(bins)))
    encoded = encode(X, bins)
    assert encoded.shape == (3, width(bins))
    np.testing.assert_array_equal(encoded[:, : bins.count(0)], X[:, : bins.count(0)])


def test_a_neuron_is_a_straight_line_between_neighbouring_edges_and_bends_at_them(seed):
    net, rng = Architecture((5, 1), bins=(5,)), np.random.default_rng(seed)
    p = np.linspace(0, 5, 51)[:, None]
    z = feedforward(net, rng.normal(size=net.n_parameters), p).output[:, 0]
    edges = z[::10]
    np.testing.assert_allclose(z, np.interp(p[:, 0], np.arange(6), edges), rtol=0, atol=1e-13)  # 100 seeds: 10 %


def test_bins_that_do_not_make_the_inputs_are_refused_with_the_number_that_they_make():
    with pytest.raises(SettingError, match=r"bins=\(0, 3\) make 4 inputs, but the network has 5"):
        Architecture((5, 1), bins=(0, 3))
    with pytest.raises(SettingError, match="Put the columns with 0 bins first"):
        Architecture((4, 1), bins=(3, 0))
    with pytest.raises(SettingError, match="whole numbers from 0 on"):
        Architecture((4, 1), bins=(0, -3))
