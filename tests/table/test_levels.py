import numpy as np
import pytest

from glassnet.table.levels import Levels

THREE = np.array(["b", "a", "c", "a"] * 10, dtype=object)


def names(levels):
    return [ending for ending, _ in levels.outputs()]


def values(*texts):
    return np.array(texts, dtype=object)


def test_every_level_has_its_output():
    levels = Levels.fit(THREE, np.ones(40))
    assert names(levels) == ["=a", "=b", "=c"]
    assert levels.transform(values("b", "a")).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_an_unseen_level_and_a_gap_are_all_zeros():
    levels = Levels.fit(THREE, np.ones(40))
    assert not levels.transform(values("x", None, "")).any()


def test_two_levels_are_one_output_with_a_sign():
    levels = Levels.fit(values("m", "f", "m"), np.ones(3))
    assert names(levels) == ["=f"]
    assert levels.transform(values("f", "m", "x", None)).tolist() == [[1], [-1], [0], [0]]


def test_a_gap_beside_two_levels_is_marked():
    levels = Levels.fit(values("m", "f", None), np.ones(3))
    assert levels.outputs() == (("=f", "level"), (" missing", "indicator"))
    assert levels.transform(values("f", "m", "x", None)).tolist() == [[1, 0], [-1, 0], [0, 0], [0, 1]]


def test_one_level_and_gaps_are_one_output():
    levels = Levels.fit(values("a", None), np.ones(2))
    assert levels.transform(values("a", None, "x")).tolist() == [[1], [0], [0]]


def test_rare_levels_share_an_output():
    column = values(*["a"] * 50, *["b"] * 43, *["c"] * 4, *["d"] * 2, "e")
    levels = Levels.fit(column, np.ones(100))
    assert names(levels) == ["=a", "=b", "=c", "=(rare)"]
    assert levels.transform(values("c", "d", "e", "f")).tolist() == [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0] * 4]


@pytest.mark.parametrize("seed", range(5))
def test_a_row_of_weight_2_is_the_row_twice(seed):
    rng = np.random.default_rng(seed)
    column, weight = rng.choice(np.array([*"abcdefgh", None], dtype=object), 60), rng.integers(1, 3, 60)
    often = np.repeat(column, weight)
    assert Levels.fit(column, weight.astype(float)) == Levels.fit(often, np.ones(len(often)))


def test_a_column_of_gaps_alone_has_no_output_and_later_values_are_unseen():
    gaps = np.full(6, None, dtype=object)
    levels = Levels.fit(gaps, np.ones(6))
    assert levels.outputs() == ()
    assert levels.transform(np.array(["a", None], dtype=object)).shape == (2, 0)
