"""Intervals: the definition of CV+, and what they promise on new rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_friedman1

from glassnet import GlassNetRegressor, load
from glassnet.errors import InputError
from glassnet.estimators.intervals import Residuals, interval


def by_definition(predictions, errors, coverage):
    """Sort all n sums for every row and take the one of that rank."""
    sums = [mu[:, None] + np.abs(fold)[None, :] for mu, fold in zip(predictions, errors, strict=True)]
    differences = [mu[:, None] - np.abs(fold)[None, :] for mu, fold in zip(predictions, errors, strict=True)]
    upper, lower = np.sort(np.hstack(sums), axis=1), np.sort(np.hstack(differences), axis=1)
    n = upper.shape[1]
    rank = int(np.ceil((n + 1) * coverage - 1e-9))
    return np.column_stack([lower[:, n - rank], upper[:, rank - 1]])


def residuals(errors):
    return [Residuals.of(fold, np.ones(len(fold))) for fold in errors]


@given(seed=st.integers(0, 2**32 - 1), coverage=st.sampled_from([0.5, 0.8, 0.9]), scale=st.sampled_from([1e-6, 1, 1e9]))
def test_the_ends_are_those_of_the_definition(seed, coverage, scale):
    rng = np.random.default_rng(seed)
    errors = [scale * rng.standard_cauchy(size) for size in rng.integers(4, 40, 3)]
    predictions = scale * rng.normal(size=(3, 7))
    expected = by_definition(predictions, errors, coverage)
    # what halving leaves: 13 500 examples used at most 3 %
    np.testing.assert_allclose(
        interval(predictions, residuals(errors), coverage), expected, rtol=1e-14, atol=1e-14 * scale
    )


def test_by_hand():
    """One member, residuals 1, 2, 3, 4: of rank ceil(5 * 0.6) = 3 is 3, so the interval is 10 - 3, 10 + 3."""
    found = interval(np.array([[10.0]]), residuals([np.array([2.0, -1, 4, -3])]), 0.6)
    np.testing.assert_allclose(found, [[7, 13]], rtol=1e-14)


@given(seed=st.integers(0, 2**32 - 1))
def test_weight_2_is_the_row_twice(seed):
    rng = np.random.default_rng(seed)
    errors, weight, predictions = rng.normal(size=30), rng.integers(1, 4, 30), rng.normal(size=(1, 5))
    weighted = interval(predictions, [Residuals.of(errors, weight.astype(float))], 0.8)
    repeated = interval(predictions, residuals([np.repeat(errors, weight)]), 0.8)
    np.testing.assert_array_equal(weighted, repeated)


@pytest.mark.parametrize(
    ("coverage", "says"),
    [(0, "not between 0 and 1"), (1, "not between 0 and 1"), (0.99, "residuals of at least 99 rows")],
)
def test_what_cannot_be_promised_is_refused(coverage, says):
    with pytest.raises(InputError, match=says):
        interval(np.zeros((1, 1)), residuals([np.ones(50)]), coverage)


# ---- In the estimator ------------------------------------------------------------------------------------------------

QUICK = {"hidden_layer_sizes": 16, "max_iter": 30, "n_members": 4, "random_state": 0}


@pytest.mark.parametrize("coverage", [0.5, 0.9])
def test_new_targets_are_covered_as_often_as_asked_for(coverage):
    X, y = make_friedman1(3000, noise=2.0, random_state=1)
    model = GlassNetRegressor(**QUICK).fit(X[:1000], y[:1000])
    lower, upper = model.predict_interval(X[1000:], coverage).T
    covered = np.mean((lower <= y[1000:]) & (y[1000:] <= upper))
    assert coverage < covered < coverage + 0.1  # ten seeds: 1.6 to 6.8 points more; the mean of four errs less than one


def test_ten_times_the_target_gives_ten_times_the_interval():
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    one, ten = (GlassNetRegressor(**QUICK).fit(X, scale * y).predict_interval(X) for scale in (1, 10))
    np.testing.assert_allclose(ten, 10 * one, rtol=1e-12)  # halving stops a little short; 20 seeds used at most 6 %


def test_each_target_has_its_own_intervals():
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    model = GlassNetRegressor(**QUICK).fit(X, np.column_stack([y, 100 * y]))
    widths = np.diff(model.predict_interval(X[:9]), axis=2)[:, :, 0]
    assert widths.shape == (9, 2)
    assert (widths[:, 1] > 50 * widths[:, 0]).all()


def test_a_loaded_model_gives_the_same_intervals(tmp_path):
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    model = GlassNetRegressor(**QUICK).fit(X, y, sample_weight=np.arange(200) % 3)
    model.save(tmp_path / "model")
    assert np.array_equal(load(tmp_path / "model").predict_interval(X), model.predict_interval(X))


@pytest.mark.parametrize("settings", [{"n_members": 1}, {"loss": "quantile", "quantile": (0.1, 0.9)}])
def test_without_held_out_errors_there_is_no_interval(settings):
    X, y = make_friedman1(60, random_state=0)
    with pytest.raises(InputError, match="this model has none"):
        GlassNetRegressor(**QUICK | settings).fit(X, y).predict_interval(X)
