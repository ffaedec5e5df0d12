"""Intervals around the mean of all members: how much narrower than those that are made for single ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_friedman1

from glassnet import GlassNetRegressor
from glassnet.estimators.intervals import Residuals, interval
from glassnet.estimators.narrowing import narrowing
from glassnet.estimators.state import State, restored, state_of

QUICK = {"hidden_layer_sizes": 16, "max_iter": 20, "n_members": 4, "random_state": 0}
seeds = st.integers(0, 2**32 - 1)


def residuals(errors):
    return [Residuals.of(fold, np.ones(len(fold))) for fold in errors]


def example(seed, n_rows=30, n_in_fold=40):
    """Predictions, errors, unit and weights of three members."""
    rng = np.random.default_rng(seed)
    errors = [rng.normal(size=n_in_fold) for _ in range(3)]
    predictions = rng.uniform(0, 0.7) * rng.normal(size=(3, n_rows))
    return predictions, errors, rng.lognormal(sigma=0.2, size=(3, n_rows)), rng.integers(1, 4, n_rows).astype(float)


def test_by_hand():
    """Members say 3 and 1, so w = 1; errors of 2 and 4: S = 10; with 10 rows to a fold 4 sqrt(S w / f) is 4."""
    folds = residuals([np.full(10, 2.0), np.full(10, -4.0)])
    found = narrowing(np.array([[3.0], [1.0]]), folds, np.ones((2, 1)), np.ones(1))
    assert found == 1  # (10 + 4 - 1) / (10 + 1) is more than 1
    folds = residuals([np.full(1000, 2.0), np.full(1000, -4.0)])
    found = narrowing(np.array([[3.0], [1.0]]), folds, np.ones((2, 1)), np.ones(1))
    assert found == pytest.approx(np.sqrt((10 + 0.4 - 1) / (10 + 1)), rel=1e-14)


@given(seed=seeds, scale=st.sampled_from([1e-300, 1e-9, 7.0, 1e200]))
def test_units_of_the_target_do_not_matter(seed, scale):
    predictions, errors, unit, weight = example(seed)
    found = narrowing(scale * predictions, residuals([scale * fold for fold in errors]), unit, weight)
    assert found == pytest.approx(narrowing(predictions, residuals(errors), unit, weight), rel=1e-9)


@given(seed=seeds)
def test_units_of_a_spread_are_those_of_the_errors(seed):
    predictions, errors, unit, weight = example(seed)
    found = narrowing(predictions, residuals([fold / 8 for fold in errors]), 8 * unit, weight)
    assert found == pytest.approx(narrowing(predictions, residuals(errors), unit, weight), rel=1e-12)


@given(seed=seeds)
def test_weight_2_is_the_row_twice(seed):
    predictions, errors, unit, weight = example(seed)
    times = np.random.default_rng(seed).integers(1, 4, 40)
    whole = [Residuals.of(fold, times.astype(float)) for fold in errors]
    repeated = residuals([np.repeat(fold, times) for fold in errors])
    twice = [np.repeat(part, weight.astype(int), axis=1) for part in (predictions, unit)]
    found = narrowing(predictions, whole, unit, weight)
    assert found == pytest.approx(narrowing(twice[0], repeated, twice[1], np.ones(int(weight.sum()))), rel=1e-12)


@given(seed=seeds)
def test_members_that_say_the_same_leave_the_interval_as_it_is(seed):
    predictions, errors, unit, weight = example(seed)
    same = np.tile(predictions[0], (3, 1))
    assert narrowing(same, residuals(errors), unit, weight) == pytest.approx(1, rel=1e-7)


def test_without_any_error_there_is_nothing_to_narrow():
    assert narrowing(np.zeros((3, 5)), residuals([np.zeros(4)] * 3), np.ones((3, 5)), np.ones(5)) == 1


@given(seed=seeds)
def test_small_folds_are_trusted_less(seed):
    predictions, errors, unit, weight = example(seed)
    few, many = (narrowing(predictions, residuals(np.tile(errors, n)), unit, weight) for n in (1, 9))
    assert 0 <= many <= few <= 1


@given(seed=seeds, members=st.integers(3, 10), apart=st.floats(0.3, 0.8))
def test_members_that_err_apart_have_intervals_that_cover_what_is_asked_and_cv_plus_covers_more(seed, members, apart):
    """Truth 0 with noise of 1, members that are off by `apart`, each in its own way; nobody has chosen an epoch."""
    rng, n = np.random.default_rng(seed), 4000
    errors = [rng.normal(size=n) + apart * rng.normal(size=n) for _ in range(members)]
    seen, new = (apart * rng.normal(size=(members, n)) for _ in range(2))
    y, folds = rng.normal(size=n), residuals(errors)
    factor = narrowing(seen, folds, np.ones_like(seen), np.ones(n))
    of_single, mean = interval(new, folds, 0.8), new.mean(axis=0)[:, None]

    def covered(ends):
        return np.mean((ends[:, 0] <= y) & (y <= ends[:, 1]))

    # the standard error is 0.6 %; 2000 examples were at most 2.7 % off, most of it the room for the choice of an epoch
    assert covered(factor * of_single + (1 - factor) * mean) == pytest.approx(0.8, abs=0.04)
    assert covered(of_single) > covered(factor * of_single + (1 - factor) * mean)


# ---- In the estimator ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    X, y = make_friedman1(900, noise=1.0, random_state=0)
    return GlassNetRegressor(**QUICK).fit(X, np.column_stack([y, X[:, 0]]))


@pytest.mark.parametrize("adaptive", [False, True])
def test_ends_lie_on_the_way_from_the_mean_of_the_members_to_those_of_cv_plus(adaptive, model):
    X, _ = make_friedman1(50, random_state=1)
    mean = model.predict(X)[:, :, None]
    full, narrow = (model.predict_interval(X, adaptive=adaptive, guaranteed=kind) - mean for kind in (True, False))
    share = narrow / full
    for t in range(2):  # each target has its own share, the same for all rows and both ends
        np.testing.assert_allclose(share[:, t], share[0, t, 0], rtol=1e-6)
        assert 0.5 < share[0, t, 0] < 1
    assert abs(share[0, 0, 0] - share[0, 1, 0]) > 1e-3


def test_a_file_without_it_gives_the_intervals_that_it_promised(model):
    X, _ = make_friedman1(50, random_state=1)
    before = state_of(model)
    old = restored(State({name: array for name, array in before.tensors.items() if name != "narrowing"}, before.facts))
    for adaptive in (False, True):
        given, found = (one.predict_interval(X, adaptive=adaptive, guaranteed=True) for one in (model, old))
        assert np.array_equal(given, found)
        assert np.array_equal(old.predict_interval(X, adaptive=adaptive), found)


@pytest.mark.parametrize(
    "odd", [np.array([[1.0, 1.1]] * 2), np.array([[0.5, np.nan]] * 2), np.ones((2, 3)), np.ones(2)]
)
def test_a_file_with_odd_factors_is_refused(odd, model):
    before = state_of(model)
    with pytest.raises(ValueError, match="multiplied by other numbers than 0 to 1"):
        restored(State(before.tensors | {"narrowing": odd}, before.facts))
