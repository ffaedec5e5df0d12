import numpy as np
import pytest
from sklearn.preprocessing import TargetEncoder

from glassnet.table.target_means import PRIOR_ROWS, TargetMeans


def street(n=600, n_levels=60, seed=0):
    """A wide category whose levels have means of their own, and the target."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, n_levels, n)
    return np.array([f"s{k}" for k in place], dtype=object), rng.normal(size=n_levels)[place, None] + rng.normal(
        size=(n, 1)
    )


def test_means_are_those_of_scikit_learn():
    values, Y = street()
    ours = TargetMeans.fit(values, Y, np.ones(600), 0)
    theirs = TargetEncoder(target_type="continuous", smooth=PRIOR_ROWS).fit(values[:, None], Y[:, 0])
    assert list(ours.levels) == theirs.categories_[0].tolist()
    np.testing.assert_allclose(ours.means[:-2, 0], theirs.encodings_[0])


def test_an_unseen_level_and_an_unseen_gap_have_the_mean_of_all():
    values, Y = street()
    part = TargetMeans.fit(values, Y, np.ones(600), 0)
    new = part.transform(np.array(["new", None], dtype=object))
    # the mean is summed in another order
    assert new[:, 0] == pytest.approx(part.scales[0].transform(Y.mean(axis=0))[0, 0], rel=1e-9)


def test_a_gap_is_a_level_of_its_own():
    values, Y = street()
    values[Y[:, 0] > 1] = None
    part = TargetMeans.fit(values, Y, np.ones(600), 0)
    assert part.transform(np.array([None], dtype=object)) > part.transform(np.array(["new"], dtype=object))


@pytest.mark.parametrize("seed", range(5))
def test_no_training_row_sees_its_own_target(seed):
    values, Y = street(seed=seed)
    part = TargetMeans.fit(values, Y, np.ones(600), seed)
    before = part.of_training_rows(values, Y, np.ones(600))
    changed = Y.copy()
    changed[17] = 1e6
    after = part.of_training_rows(values, changed, np.ones(600))
    assert before[17] == after[17]
    assert (before != after).any()


def test_a_level_that_names_the_row_tells_nothing():
    _, Y = street()
    part = TargetMeans.fit(np.array([f"row {k}" for k in range(600)], dtype=object), Y, np.ones(600), 0)
    values = np.array([f"row {k}" for k in range(600)], dtype=object)
    assert np.ptp(part.of_training_rows(values, Y, np.ones(600))) == 0
    assert np.ptp(part.transform(values)) == 0  # a column that tells training rows nothing is worth nothing later


def test_a_weight_is_a_number_of_rows():
    values, Y = street()
    weight = np.random.default_rng(1).integers(1, 4, 600)
    ours = TargetMeans.fit(values, Y, weight.astype(float), 0)
    often = TargetMeans.fit(np.repeat(values, weight), np.repeat(Y, weight, axis=0), np.ones(weight.sum()), 0)
    np.testing.assert_allclose(ours.means, often.means, rtol=1e-12)


def test_every_target_has_its_output():
    values, Y = street()
    part = TargetMeans.fit(values, np.hstack([Y, -Y]), np.ones(600), 0)
    assert part.outputs() == ((" mean target 0", "number"), (" mean target 1", "number"))
    assert part.transform(values).shape == (600, 2)


def test_rows_that_come_later_are_crossed_among_themselves():
    values, Y = street()
    part = TargetMeans.fit(values, Y, np.ones(600), 0)
    later = np.array(["s1", "new", None], dtype=object)
    out = part.of_training_rows(later, np.array([[9.0], [9], [9]]), np.ones(3))
    assert np.ptp(out) == 0


def test_levels_that_only_later_rows_have_get_the_mean_of_all_and_not_of_each_other():
    values, Y = street()
    part = TargetMeans.fit(values, Y, np.ones(600), 0)
    new = np.array([f"new {k % 3}" for k in range(60)], dtype=object)
    later = part.of_training_rows(new, np.full((60, 1), 50.0), np.ones(60))
    np.testing.assert_array_equal(later, np.repeat(part.transform(new[:1]), 60, axis=0))
