"""Moments of parts, joined, are those of the whole."""

import numpy as np
import pytest

from glassnet.table.moments import Moments, together


@pytest.mark.parametrize("cuts", [[1], [7, 7, 50], [99], list(range(1, 100))])
def test_joined_moments_are_those_that_numpy_finds_in_all_rows(cuts):
    X = np.random.default_rng(0).normal(1e6, [1, 1e-3], size=(100, 2))
    joined = together([Moments.of(part) for part in np.split(X, cuts) if len(part)])
    assert joined.weight == 100
    np.testing.assert_allclose(joined.mean, X.mean(axis=0), rtol=1e-15)
    np.testing.assert_allclose(joined.deviation, X.std(axis=0), rtol=1e-6)  # 1e-3 of 1e6 has seven digits


def test_weight_two_is_the_row_twice():
    X, w = np.array([[1.0], [4.0], [6.0]]), np.array([2.0, 1.0, 3.0])
    weighted, repeated = Moments.of(X, w), Moments.of(np.repeat(X, w.astype(int), axis=0))
    assert weighted.weight == repeated.weight
    np.testing.assert_allclose([weighted.mean, weighted.squares], [repeated.mean, repeated.squares])


def test_nothing_changes_nothing():
    some = Moments.of(np.array([[1.0, 2.0], [3.0, 5.0]]))
    for sum_ in (some + Moments.nothing(2), Moments.nothing(2) + some):
        assert sum_.weight == 2
        assert np.array_equal(sum_.mean, some.mean)
        assert np.array_equal(sum_.squares, some.squares)
