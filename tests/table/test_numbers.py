import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glassnet.table.counting import is_common, rare_below, rows_of_weight, weighted_quantiles
from glassnet.table.numbers import Booleans, Numbers, smooth_clip, smooth_clip_slope

ANY = arrays(np.float64, st.integers(1, 30), elements=st.floats(allow_nan=True, allow_infinity=True, width=64))


def ones(values):
    return np.ones(len(values))


@given(values=ANY, new=ANY)
def test_whatever_comes_in_goes_out_between_minus_6_and_6(values, new):
    out = Numbers.fit(values, ones(values)).transform(new)
    assert np.isfinite(out).all()
    assert (np.abs(out) <= 6).all()


def test_one_column_by_hand():
    numbers = Numbers.fit(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.ones(8))
    assert (numbers.median, numbers.size) == (4, 6 - 2)
    assert numbers.transform(np.array([4.0, 28, np.inf]))[:, 0] == pytest.approx(
        [0, 6 / 2**0.5, 1 / (1 + 1 / 36) ** 0.5]
    )


def test_without_an_interquartile_range_half_the_range_serves():
    numbers = Numbers.fit(np.array([0.0] * 9 + [10]), np.ones(10))
    assert numbers.size == 5


@given(st.floats(-(10**6), 10**6), st.floats(1e-3, 1e3))
def test_the_unit_of_a_column_does_not_matter(shift, unit):
    values = np.random.default_rng(0).normal(size=50)
    here, there = Numbers.fit(values, np.ones(50)), Numbers.fit(shift + unit * values, np.ones(50))
    # what is left of a number of size 1e-3 beside 1e6: 7 digits
    np.testing.assert_allclose(there.transform(shift + unit * values), here.transform(values), atol=2e-6)


def test_infinite_values_are_the_lowest_and_the_highest_seen():
    numbers = Numbers.fit(np.array([1.0, 2, 3, 9, np.inf, -np.inf]), np.ones(6))
    out = numbers.transform(np.array([np.inf, 9, -np.inf, 1, 1e300]))[:, 0]
    assert out[0] == out[1] == out[4]
    assert out[2] == out[3]


def test_gaps_are_the_median_and_are_marked_where_training_had_enough_of_them():
    values = np.arange(100.0)
    without, few, many = values.copy(), values.copy(), values.copy()
    few[:3], many[:4] = np.nan, np.nan
    for column, marked in ((without, False), (few, False), (many, True)):
        out = Numbers.fit(column, np.ones(100)).transform(np.array([np.nan, 0]))
        assert out.shape == (2, 1 + marked)
        assert out[0, 0] == 0
        assert out[:, 1:].tolist() == [[1.0], [0.0]] * marked if marked else True
    assert Numbers.fit(np.array([1.0, np.nan, 3]), np.ones(3)).marks_gaps


def test_booleans_are_signs():
    plain, holed = Booleans.fit(np.array([1.0, 0]), np.ones(2)), Booleans.fit(np.array([1.0, 0, np.nan]), np.ones(3))
    new = np.array([1.0, 0, np.nan])
    assert plain.transform(new).tolist() == [[1], [-1], [0]]
    assert holed.transform(new).tolist() == [[1, 0], [-1, 0], [0, 1]]


@given(
    values=arrays(np.float64, 12, elements=st.floats(-100, 100)),
    weight=arrays(np.int64, 12, elements=st.integers(1, 4)),
    shares=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=3),
)
def test_a_weight_is_a_number_of_rows(values, weight, shares):
    often = np.repeat(values, weight)
    expected = weighted_quantiles(often, shares, ones(often))
    assert np.array_equal(weighted_quantiles(values, shares, weight.astype(float)), expected)
    assert Numbers.fit(values, weight.astype(float)) == Numbers.fit(often, ones(often))


def test_small_weights_count_as_if_their_mean_were_1():
    weight = np.array([1.0, 2, 0, 3])
    assert rows_of_weight(weight, 4).tolist() == [1, 2, 0, 3]
    assert rows_of_weight(weight / 600, 4) == pytest.approx([0.5, 1, 0, 1.5])
    assert rows_of_weight(None, 3).tolist() == [1, 1, 1]


def test_rare_is_less_than_4_rows_or_5_percent():
    assert (rare_below(1000), rare_below(20)) == (4, 1)
    rows = np.arange(100) < 4
    assert is_common(rows, np.ones(100))
    assert not is_common(rows, np.where(np.arange(100) == 0, 0.5, 1.0))
    assert not is_common(np.zeros(3, bool), np.ones(3))


def test_clipping_is_smooth_and_odd():
    z = np.linspace(-50, 50, 1001)
    assert np.array_equal(smooth_clip(-z), -smooth_clip(z))
    assert (np.diff(smooth_clip(z)) > 0).all()
    assert smooth_clip(np.array([0.01])) == pytest.approx(0.01, rel=1e-5)


def test_the_middle_of_a_column_stays_nearly_straight():
    """Of a normal column 99.7 % of the rows lie within 2.2 interquartile ranges: there it is bent by 7 % at most."""
    z = np.linspace(-2.224, 2.224, 101)
    assert (np.abs(smooth_clip(z) - z) <= 0.07 * np.abs(z)).all()


@pytest.mark.parametrize("z", [-1e200, -40.0, -6.0, 0.0, 0.1, 6.0, 1e3])
def test_the_slope_of_the_smooth_clipping_is_its_derivative(z):
    h = 1e-6 * max(1, abs(z))
    ends = np.array([z - h, z + h])
    expected = np.diff(smooth_clip(ends))[0] / (2 * h)
    assert smooth_clip_slope(np.array([z]))[0] == pytest.approx(expected, rel=1e-4, abs=1e-10)


def test_slopes_by_hand():
    """At the median 1 / size, and 2^(-3/2) of it where z = 6; none for a gap, 0 for what is infinite."""
    numbers = Numbers.fit(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.ones(8))
    slopes = numbers.slopes(np.array([4.0, 28, np.inf, -1e200, np.nan]))
    np.testing.assert_allclose(slopes, [1 / 4, 2**-1.5 / 4, 0, 0, np.nan], rtol=1e-14)
    constant = Numbers.fit(np.ones(5), np.ones(5))
    np.testing.assert_array_equal(constant.slopes(np.array([1.0, 7.0, np.nan])), [0, 0, np.nan])
