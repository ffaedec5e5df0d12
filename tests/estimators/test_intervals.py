"""Intervals: the definition of CV+, and what they promise on new rows."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import make_friedman1
from sklearn.model_selection import KFold, RepeatedKFold, TimeSeriesSplit

from glassnet import GlassNetRegressor, load
from glassnet.errors import InputError
from glassnet.estimators.intervals import Residuals, interval
from glassnet.estimators.state import State, restored, state_of


def by_definition(predictions, errors, coverage):
    """Sort all n sums for every row and take the one of that rank."""
    sums = [mu[:, None] + np.abs(fold)[None, :] for mu, fold in zip(predictions, errors, strict=True)]
    differences = [mu[:, None] - np.abs(fold)[None, :] for mu, fold in zip(predictions, errors, strict=True)]
    upper, lower = np.sort(np.hstack(sums), axis=1), np.sort(np.hstack(differences), axis=1)
    n = upper.shape[1]
    rank = int(np.ceil((n + 1) * coverage - 1e-9))
    return np.column_stack([lower[:, n - rank], upper[:, rank - 1]])


def scaled_by_definition(predictions, unit, errors, coverage):
    """The same with each member's errors in units of its spread at the new row."""
    ends = [
        by_definition(predictions[:, [row]], [u * fold for u, fold in zip(unit[:, row], errors, strict=True)], coverage)
        for row in range(predictions.shape[1])
    ]
    return np.vstack(ends)


def residuals(errors):
    return [Residuals.of(fold, np.ones(len(fold))) for fold in errors]


@given(
    seed=st.integers(0, 2**32 - 1),
    coverage=st.sampled_from([0.5, 0.8, 0.9]),
    scale=st.sampled_from([1e-200, 1e-6, 1, 1e9]),
)
def test_the_ends_are_those_of_the_definition(seed, coverage, scale):
    rng = np.random.default_rng(seed)
    errors = [scale * rng.standard_cauchy(size) for size in rng.integers(4, 40, 3)]
    predictions = scale * rng.normal(size=(3, 7))
    expected = by_definition(predictions, errors, coverage)
    # what halving leaves: 13 500 examples used at most 3 %
    np.testing.assert_allclose(
        interval(predictions, residuals(errors), coverage), expected, rtol=1e-14, atol=1e-14 * scale
    )


@given(seed=st.integers(0, 2**32 - 1), coverage=st.sampled_from([0.5, 0.8, 0.9]))
def test_in_units_of_a_spread_every_row_has_its_own_errors(seed, coverage):
    rng = np.random.default_rng(seed)
    errors = [rng.standard_cauchy(size) for size in rng.integers(4, 40, 3)]
    predictions, unit = rng.normal(size=(3, 7)), rng.lognormal(size=(3, 7))
    found = interval(predictions, residuals(errors), coverage, unit)
    np.testing.assert_allclose(found, scaled_by_definition(predictions, unit, errors, coverage), rtol=1e-12, atol=1e-12)


def test_by_hand():
    """One member, residuals 1, 2, 3, 4: of rank ceil(5 * 0.6) = 3 is 3, so the interval is 10 - 3, 10 + 3."""
    found = interval(np.array([[10.0]]), residuals([np.array([2.0, -1, 4, -3])]), 0.6)
    np.testing.assert_allclose(found, [[7, 13]], rtol=1e-14)


@given(seed=st.integers(0, 2**32 - 1), coverage=st.floats(0.01, 0.99), wider=st.floats(0, 1))
def test_an_interval_ends_where_it_begins_or_later_and_with_more_coverage_nowhere_earlier(seed, coverage, wider):
    rng = np.random.default_rng(seed)
    folds = residuals([rng.normal(size=60) for _ in range(3)])
    predictions = rng.normal(size=(3, 9))  # that differ by as much as they err: with little coverage ends would cross
    small, large = (interval(predictions, folds, share) for share in (coverage, coverage + wider * (0.99 - coverage)))
    assert (small[:, 0] <= small[:, 1]).all()
    assert (np.diff(small) <= np.diff(large) * (1 + 1e-9)).all()


def test_ends_that_would_cross_meet_in_the_middle():
    """Members say 0 and 10, both err by 1: of rank ceil(5 * 0.2) = 1 are 0 + 1 and 10 - 1, so both ends are 5."""
    found = interval(np.array([[0.0], [10.0]]), residuals([np.ones(2), np.ones(2)]), 0.2)
    np.testing.assert_allclose(found, [[5, 5]], rtol=1e-14)


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


@pytest.mark.parametrize("coverage", ["0.9", None, [0.9]], ids=str)
def test_a_coverage_is_a_number(coverage):
    with pytest.raises(InputError, match=rf"^coverage={re.escape(repr(coverage))} is not a number\. Write 0\.9 for"):
        interval(np.zeros((1, 1)), residuals([np.ones(50)]), coverage)


# ---- In the estimator ------------------------------------------------------------------------------------------------

every_width = pytest.mark.parametrize("adaptive", [False, True])
QUICK = {"hidden_layer_sizes": 16, "max_iter": 30, "n_members": 4, "random_state": 0}


@pytest.fixture(scope="module")
def friedman():
    X, y = make_friedman1(3000, noise=2.0, random_state=1)
    return X, y, GlassNetRegressor(**QUICK).fit(X[:1000], y[:1000])


@every_width
@pytest.mark.parametrize("coverage", [0.5, 0.9])
def test_new_targets_are_covered_as_often_as_asked_for(coverage, adaptive, friedman):
    X, y, model = friedman
    covered = {}
    for guaranteed in (False, True):
        lower, upper = model.predict_interval(X[1000:], coverage, adaptive=adaptive, guaranteed=guaranteed).T
        covered[guaranteed] = np.mean((lower <= y[1000:]) & (y[1000:] <= upper))
    assert coverage - 0.03 < covered[False] < coverage + 0.03  # ten seeds: 1.8 points less to 2.5 more
    assert coverage < covered[True] < coverage + 0.1  # 0.2 less to 5.0 more; the mean of four errs less than one


@every_width
def test_ten_times_the_target_gives_ten_times_the_interval(adaptive):
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    models = (GlassNetRegressor(**QUICK).fit(X, scale * y) for scale in (1, 10))
    one, ten = (model.predict_interval(X, adaptive=adaptive) for model in models)
    # halving stops a little short; 20 seeds used at most 6 %. The ridge behind a spread rounds more
    np.testing.assert_allclose(ten, 10 * one, rtol=1e-6 if adaptive else 1e-12)


@every_width
def test_each_target_has_its_own_intervals(adaptive):
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    model = GlassNetRegressor(**QUICK).fit(X, np.column_stack([y, 100 * y]))
    widths = np.diff(model.predict_interval(X[:9], adaptive=adaptive), axis=2)[:, :, 0]
    assert widths.shape == (9, 2)
    assert (widths[:, 1] > 50 * widths[:, 0]).all()


def test_a_loaded_model_gives_the_same_intervals(tmp_path):
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    model = GlassNetRegressor(**QUICK).fit(X, y, sample_weight=np.arange(200) % 3)
    model.save(tmp_path / "model")
    read = load(tmp_path / "model")
    for adaptive in (False, True):
        given, found = (one.predict_interval(X, adaptive=adaptive) for one in (model, read))
        assert np.array_equal(given, found)


@every_width
@pytest.mark.parametrize("weight", [1 / 200, 0.1])
def test_weights_below_1_on_average_count_as_if_their_mean_were_1(weight, adaptive):
    """In the whole table: a fold of small weights counts less than one of large weights."""
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    plain = GlassNetRegressor(**QUICK).fit(X, y)
    small = GlassNetRegressor(**QUICK).fit(X, y, np.full(200, weight))
    expected = plain.predict_interval(X, 0.9, adaptive=adaptive)
    # the sum of 200 weights rounds, and the ridge behind a spread: 4 seeds used at most 0.001 %
    np.testing.assert_allclose(small.predict_interval(X, 0.9, adaptive=adaptive), expected, rtol=1e-10, atol=1e-10)


def test_rates_of_short_exposures_have_intervals():
    X, _ = make_friedman1(200, random_state=0)
    counts = np.random.default_rng(0).poisson(0.02 * (1 + X[:, 0]))
    model = GlassNetRegressor(**QUICK, loss="poisson").fit(X, counts, exposure=np.full(200, 0.02))
    assert model.predict_interval(X, 0.9).shape == (200, 2)


@pytest.mark.parametrize("settings", [{"n_members": 1}, {"loss": "quantile", "quantile": (0.1, 0.9)}])
def test_without_held_out_errors_there_is_no_interval(settings):
    X, y = make_friedman1(60, random_state=0)
    with pytest.raises(InputError, match="this model has none"):
        GlassNetRegressor(**QUICK | settings).fit(X, y).predict_interval(X)


def test_adaptive_intervals_are_wide_where_the_noise_is():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(4000, 2))
    y = X[:, 1] + np.exp(1.5 * X[:, 0]) * rng.normal(size=4000)
    model = GlassNetRegressor(**QUICK).fit(X[:1500], y[:1500])
    shares, new = {}, slice(1500, 4000)
    for adaptive in (False, True):
        lower, upper = model.predict_interval(X[new], 0.9, adaptive=adaptive).T
        covered = (lower <= y[new]) & (y[new] <= upper)
        shares[adaptive] = [covered[side].mean() for side in (X[new, 0] < -0.5, X[new, 0] > 0.5)]
    quiet, loud = shares[False]
    assert quiet > 0.99  # one width for all rows is much too wide here
    assert loud < 0.75  # and too narrow there
    assert all(0.8 < share < 0.97 for share in shares[True])


HALF = (range(100), range(100, 200))
FOLDS = [TimeSeriesSplit(3), RepeatedKFold(n_splits=2, n_repeats=2, random_state=0), KFold(2), [HALF, HALF]]


@pytest.mark.parametrize("cv", FOLDS)
def test_adaptive_intervals_come_with_every_kind_of_fold(cv):
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    weight = np.arange(200) % 3
    model = GlassNetRegressor(**QUICK, cv=cv).fit(X, y, sample_weight=weight)
    lower, upper = model.predict_interval(X, adaptive=True).T
    assert (lower < upper).all()
    assert np.average((lower <= y) & (y <= upper), weights=weight) > 0.85


def test_a_file_without_spreads_has_plain_intervals_only(tmp_path):
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    model = GlassNetRegressor(**QUICK).fit(X, y)
    before = state_of(model)
    kept = {name: array for name, array in before.tensors.items() if ".spread." not in name and ".scores." not in name}
    old = restored(State(kept, before.facts))
    assert np.array_equal(old.predict_interval(X), model.predict_interval(X))
    with pytest.raises(InputError, match="Fit it again"):
        old.predict_interval(X, adaptive=True)


@pytest.mark.peer
@every_width
def test_the_ends_are_those_of_mapie(adaptive):
    """MAPIE's CV+ on the same predictions and residuals; units of a spread as a conformity score of its own."""
    regression = pytest.importorskip("mapie.regression")
    scores = pytest.importorskip("mapie.conformity_scores")
    X, y = make_friedman1(200, noise=1.0, random_state=0)
    n = 120
    model = GlassNetRegressor(**QUICK).fit(X[:n], y[:n])
    folds = list(KFold(4, shuffle=True, random_state=0).split(X[:n]))
    mu = model.member_predictions(X)  # (n_members, n_rows)
    held_by = np.empty(n, int)
    for k, (_, judge) in enumerate(folds):
        held_by[judge] = k
    mu[held_by, np.arange(n)] = model.oof_prediction_  # the same but for the rounding of other blocks
    unit = model._spreads(X, mu[None])[0] if adaptive else np.ones_like(mu)

    class Member(RegressorMixin, BaseEstimator):
        """Finds out by the rows that it is given which member it is; rows are numbers of rows."""

        def fit(self, rows, y):
            same = (k for k, (learn, _) in enumerate(folds) if np.array_equal(learn, rows[:, 0]))
            self.k_ = next(same, 0)  # MAPIE also trains one on all rows, and does not use it here
            return self

        def predict(self, rows):
            return mu[self.k_, rows[:, 0].astype(int)]

    class InUnits(scores.BaseRegressionScore):
        def get_signed_conformity_scores(self, y, y_pred, X, **_):
            rows = X[:, 0].astype(int)
            return (y - y_pred) / unit[held_by[rows], rows]

        def get_estimation_distribution(self, y_pred, conformity_scores, X, **_):
            rows = X[:, 0].astype(int)
            if np.ndim(y_pred) == 1:
                return y_pred + unit[held_by[rows], rows] * conformity_scores
            return y_pred + unit[held_by][:, rows].T * conformity_scores

    numbers = np.arange(200.0)[:, None]
    peer = regression.CrossConformalRegressor(
        Member(), confidence_level=0.8, cv=KFold(4, shuffle=True, random_state=0), conformity_score=InUnits(sym=True)
    ).fit_conformalize(numbers[:n], y[:n])
    _, ends = peer.predict_interval(numbers[n:])
    found = model.predict_interval(X, 0.8, adaptive=adaptive, guaranteed=True)[n:]
    np.testing.assert_allclose(found, ends[:, :, 0], rtol=1e-12)  # what halving leaves
