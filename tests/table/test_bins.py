import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.network.encoding import encode
from glassnet.table.bins import Bins

SEEDS = st.integers(0, 2**32 - 1)


def test_bins_of_many_values_are_equally_full():
    x = np.random.default_rng(0).exponential(size=(3200, 1))
    position = Bins.fit(x, [0], 32).transform(x)[:, 1]
    counts = np.histogram(position, bins=np.arange(33))[0]
    assert counts.min() >= 99
    assert counts.max() <= 101


def test_few_values_have_an_edge_each_and_two_have_no_bins():
    X = np.array([[0.0, 1.0, 7.0], [5.0, 2.0, 7.0], [1.0, 1.0, 7.0]])
    bins = Bins.fit(X, [0, 1, 2], 32)
    assert bins.columns == (0,)
    np.testing.assert_array_equal(bins.edges[0], [0, 1, 5])
    np.testing.assert_array_equal(bins.transform(X)[:, 3], [0, 2, 1])


def test_a_value_that_most_rows_share_is_one_edge_and_the_others_share_the_rest():
    x = np.concatenate([np.zeros(900), np.arange(1, 101)])[:, None]
    edges = Bins.fit(x, [0], 10).edges[0]
    assert edges[0] == 0
    np.testing.assert_allclose(np.diff(edges[1:]), 100 / 9, atol=1.2)  # nine bins for 1, ..., 100


@given(seed=SEEDS, n_bins=st.integers(1, 12))
def test_positions_rise_with_the_value_and_stay_between_the_ends(seed, n_bins):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(50, 2)).round(1)
    bins = Bins.fit(X, [0, 1], n_bins)
    wild = np.sort(rng.normal(scale=9, size=(40, 2)), axis=0)
    for place, T in enumerate(bins.numbers, start=2):
        position = bins.transform(wild)[:, place]
        assert T <= n_bins
        assert (np.diff(position) >= 0).all()
        assert position.min() >= 0
        assert position.max() <= T


@given(seed=SEEDS)
def test_weight_2_is_the_row_twice(seed):
    rng = np.random.default_rng(seed)
    X, weight = rng.normal(size=(60, 1)), rng.integers(1, 4, 60)
    weighted, repeated = Bins.fit(X, [0], 7, weight.astype(float)), Bins.fit(np.repeat(X, weight, axis=0), [0], 7)
    np.testing.assert_array_equal(weighted.edges[0], repeated.edges[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_comes_out_is_what_the_first_layer_takes(dtype):
    X = np.random.default_rng(0).normal(size=(200, 3)).astype(dtype)
    X[:, 1] = X[:, 1] > 0
    bins = Bins.fit(X, [0, 1, 2], 4)
    out = bins.transform(X)
    assert out.dtype == dtype
    assert encode(out, (0, 0, 0, *bins.numbers)).shape == (200, 3 + 4 + 4)


@given(seed=SEEDS)
def test_the_way_back_is_the_derivative_of_the_way_in(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(50, 3))
    bins = Bins.fit(X, [0, 2], 5)
    new, G = 1.5 * rng.normal(size=(9, 3)), rng.normal(size=(9, 2, 5))
    nearest = min(np.abs(new[:, [c]] - edges).min() for c, edges in zip(bins.columns, bins.edges, strict=True))
    if nearest < 1e-5:
        return
    back = bins.backward(bins.transform(new), G)
    for column, e in enumerate(np.eye(3) * 1e-6):
        change = (bins.transform(new + e) - bins.transform(new - e)) / 2e-6
        np.testing.assert_allclose(back[:, :, column], np.einsum("no,nko->nk", change, G), rtol=1e-6, atol=1e-7)


def test_at_an_edge_the_slope_is_the_one_from_the_left_and_outside_it_is_0():
    bins = Bins.fit(np.array([[0.0], [1.0], [5.0]]), [0], 2)
    at = np.array([[-1.0], [0.0], [0.5], [1.0], [3.0], [5.0], [6.0]])
    back = bins.backward(bins.transform(at), np.array([[[0.0, 1.0]]] * 7))
    assert back[:, 0, 0].tolist() == [0, 0, 1, 1, 0.25, 0.25, 0]


@pytest.mark.parametrize("n_values", [3, 10, 129, 130])
@pytest.mark.parametrize("rows_of_each", [49, 50])
def test_few_values_with_many_rows_to_each_have_an_edge_at_each_if_asked(n_values, rows_of_each):
    x = np.repeat(np.arange(n_values) ** 2.0, rows_of_each)[:, None]
    each = n_values == 3 or (n_values <= 129 and rows_of_each == 50)
    edges = Bins.fit(x, [0], 4, at_values=True).edges[0]
    assert np.array_equal(edges, np.arange(n_values) ** 2.0) if each else len(edges) <= 129
    assert len(Bins.fit(x, [0], 4).edges[0]) <= 5
