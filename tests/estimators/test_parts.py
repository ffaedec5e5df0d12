"""Folds: who learns from which rows, by chance, by group, by time, or as the user says."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, LeaveOneGroupOut, RepeatedKFold, TimeSeriesSplit

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import InputError
from glassnet.estimators import base

from .cases import KINDS, TINY, short, table

every_kind = pytest.mark.parametrize("kind", KINDS)


def folds_of(kind, *data, groups=None, weight=None, **settings):
    """The model, and for each member the rows that it learns from and the rows that judge it."""
    seen, divide = [], base.parts_of

    def note(*what):
        parts = divide(*what)
        seen.extend((learn.rows, judge.rows) for learn, judge in parts)
        return parts

    with pytest.MonkeyPatch.context() as patch, short():
        patch.setattr(base, "parts_of", note)
        model = kind(**TINY | settings).fit(*data, sample_weight=weight, groups=groups)
    return model, seen


@every_kind
def test_a_group_is_in_one_fold_only(kind):
    X, y = table(kind)
    groups = np.array(list("abcdefghij"))[np.arange(60) % 10]
    model, folds = folds_of(kind, X, y, groups=groups, n_members=3)
    assert len(folds) == 3
    for learn, judge in folds:
        assert not set(groups[learn]) & set(groups[judge])
        assert len(learn) + len(judge) == 60
    assert np.isfinite(model.oof_prediction_).all()


def test_with_early_stopping_a_group_is_held_out_whole():
    X, y = table(GlassNetRegressor)
    groups = np.arange(60) // 6
    settings = {"early_stopping": True, "validation_fraction": 0.3}
    _, [(learn, judge)] = folds_of(GlassNetRegressor, X, y, groups=groups, **settings)
    assert not set(groups[learn]) & set(groups[judge])
    assert len(set(groups[judge])) == 3


@every_kind
def test_in_time_nobody_learns_from_the_future(kind):
    X, y = table(kind)
    model, folds = folds_of(kind, X, y, cv=TimeSeriesSplit(3))
    assert len(folds) == len(model.networks_) == 3
    assert all(learn.max() < judge.min() for learn, judge in folds)
    held_out = np.concatenate([judge for _, judge in folds])
    unknown = np.isnan(model.oof_prediction_.reshape(60, -1)).any(axis=1)
    assert set(np.flatnonzero(~unknown)) == set(held_out)  # nobody held out the first rows


def test_intervals_are_made_from_the_rows_that_were_held_out():
    X, y = table(GlassNetRegressor)
    model, folds = folds_of(GlassNetRegressor, X, y, cv=TimeSeriesSplit(3))
    lower, upper = model.predict_interval(X, 0.8).T
    assert (lower < upper).all()
    assert sum(len(fold.sizes) for fold in model._residuals[0]) == sum(len(judge) for _, judge in folds)


def test_a_row_in_several_folds_gets_the_mean_of_its_predictions():
    X, y = table(GlassNetRegressor)
    model, folds = folds_of(GlassNetRegressor, X, y, cv=RepeatedKFold(n_splits=2, n_repeats=2, random_state=0))
    each = model.member_predictions(X)
    row = folds[0][1][0]
    alone = [prediction[row] for prediction, (_, judge) in zip(each, folds, strict=True) if row in judge]
    assert len(alone) == 2
    assert model.oof_prediction_[row] == pytest.approx(np.mean(alone), rel=1e-5)  # a row alone is rounded differently


def test_pairs_of_rows_are_folds_too_and_rows_of_weight_0_stay_out_of_them():
    X, y = table(GlassNetRegressor)
    weight = np.ones(60)
    weight[[3, 40]] = 0
    pairs = [(np.arange(30), np.arange(30, 60)), (np.arange(60) >= 30, np.arange(60) < 30)]
    _, folds = folds_of(GlassNetRegressor, X, y, cv=pairs, weight=weight)
    expected = np.delete(np.arange(60), [3, 40])
    assert [set(map(int, rows)) for rows in folds[0]] == [set(expected[:29]), set(expected[29:])]
    assert np.array_equal(folds[0][0], folds[1][1])


@every_kind
def test_a_row_that_stands_twice_in_a_part_of_a_fold_is_two_rows(kind):
    X, y = table(kind)
    twice, half = np.r_[0:30, 0:10], np.r_[30:60, 40:50]
    model, _ = folds_of(kind, X, y, cv=[(twice, half)])
    by_rows, _ = folds_of(kind, X, y, cv=[(np.arange(30), np.arange(30, 60))])
    places = np.r_[np.sort(twice), np.sort(half)]
    other, _ = folds_of(kind, X[places], y[places], cv=[(np.arange(40), np.arange(40, 80))])
    assert model.loss_curve_ == other.loss_curve_ != by_rows.loss_curve_
    assert model.validation_loss_curve_ == other.validation_loss_curve_


def test_a_single_row_may_judge():
    X, y = table(GlassNetRegressor)
    _, folds = folds_of(GlassNetRegressor, X, y, cv=[(range(59), 59)])
    assert folds[0][1].tolist() == [59]


def test_a_splitter_of_groups_gets_them():
    X, y = table(GlassNetRegressor)
    groups = np.repeat([0, 1, 2, 3], 15)
    _, folds = folds_of(GlassNetRegressor, X, y, groups=groups, cv=LeaveOneGroupOut())
    assert [set(groups[judge]) for _, judge in folds] == [{0}, {1}, {2}, {3}]


def test_random_folds_are_those_of_a_splitter_with_the_seed():
    X, y = table(GlassNetRegressor)
    one, _ = folds_of(GlassNetRegressor, X, y, n_members=3, random_state=7)
    other, _ = folds_of(GlassNetRegressor, X, y, cv=KFold(3, shuffle=True, random_state=7), random_state=7)
    assert np.array_equal(one.predict(X), other.predict(X))


def test_a_model_with_own_folds_is_saved_without_the_splitter(tmp_path):
    X, y = table(GlassNetRegressor)
    model, _ = folds_of(GlassNetRegressor, X, y, cv=TimeSeriesSplit(3))
    model.save(tmp_path / "time.glassnet")
    again = load(tmp_path / "time.glassnet")
    assert again.cv is None
    assert np.array_equal(model.predict(X), again.predict(X))


@pytest.mark.parametrize(
    ("settings", "groups", "words"),
    [
        ({"n_members": 3}, np.repeat([0, 1], 30), "n_members=3 members hold out whole groups, and there are only 2"),
        ({"n_members": 3}, [0, 1], "groups has 2 labels and X has 60 rows"),
        (
            {"n_members": 3},
            ["a", None] * 30,
            "Input groups contains NaN in row 1",
        ),
        (
            {"n_members": 3},
            ["a", "b", np.nan] * 20,
            "Input groups contains NaN in row 2",
        ),
        (
            {"n_members": 3},
            pd.Series(["a", pd.NA] * 30, dtype="string"),
            "Input groups contains NaN in row 1",
        ),
        (
            {"n_members": 3},
            np.array([1, 2, np.nan] * 20),
            "Input groups contains NaN in row 2",
        ),
        ({"n_members": 3}, ["a", 1] * 30, "groups mixes kinds of labels that have no order"),
        ({"n_members": 3}, 7, r"groups has the shape \(\), and each row of X needs one value"),
        ({"n_members": 3}, np.ones((60, 2)), r"groups has the shape \(60, 2\)"),
        (
            {"n_members": 1, "early_stopping": True},
            ["a"] * 60,
            "validation_fraction=0.1 of 1 groups, of which each stays whole, leaves one part without rows",
        ),
        ({"cv": [(range(9), [60])]}, None, "fold 0 of cv cannot be used: index 60 .* from 0 to 59 "),
        ({"cv": [([True] * 9, [60])]}, None, "fold 0 of cv cannot be used: .* or True or False for each row"),
        ({"cv": [(range(9), [60.0])]}, None, "fold 0 of cv cannot be used: .* from 0 to 59 "),
        ({"cv": [([0, 1], [2], [3])]}, None, "fold 0 of cv cannot be used: too many .* A fold is a pair"),
        ({"cv": [0, 1, 2]}, None, "fold 0 of cv cannot be used: .* A fold is a pair"),
        ({"cv": []}, None, "cv holds no folds"),
        ({"cv": [([0], [1])]}, None, "fold 0 of cv has 1 rows to learn from"),
    ],
)
def test_folds_that_cannot_be_are_refused_in_words(settings, groups, words):
    with pytest.raises(InputError, match=words):
        GlassNetRegressor(**TINY | settings).fit(*table(GlassNetRegressor), groups=groups)


def counts(n=400):
    """How many events there were in times of different lengths, at a rate of 0.5 exp(x)."""
    rng = np.random.default_rng(0)
    X, exposure = rng.uniform(-1, 1, (n, 1)), rng.uniform(0.2, 5, n)
    return X, rng.poisson(exposure * 0.5 * np.exp(X[:, 0])), exposure


POISSON = TINY | {"loss": "poisson", "solver": "lbfgs", "max_iter": 300, "activation": "tanh"}


def test_exposure_makes_counts_into_rates_that_balance():
    """The slope by the output bias is 0 at the minimum: as many events are expected as there were."""
    X, y, exposure = counts()
    with short():
        model = GlassNetRegressor(**POISSON | {"alpha": 0}).fit(X, y, exposure=exposure)
    rate = model.predict(X)
    assert (rate * exposure).sum() == pytest.approx(y.sum(), rel=1e-3)
    assert np.median(np.abs(rate / (0.5 * np.exp(X[:, 0])) - 1)) < 0.1


def test_an_exposure_of_2_is_two_exposures_of_1_with_the_same_rate():
    """The objective is the Poisson likelihood with the offset log(exposure): rows may be cut into pieces."""
    X, y, _ = counts(30)
    settings = POISSON | {"tol": 1e-8, "alpha": 0.1, "max_iter": 2000}
    with short():
        whole = GlassNetRegressor(**settings).fit(X, 2 * y, exposure=np.full(30, 2.0))
        pieces = GlassNetRegressor(**settings).fit(np.repeat(X, 2, axis=0), np.repeat(y, 2))
    np.testing.assert_allclose(whole.predict(X), pieces.predict(X), rtol=1e-4)


@pytest.mark.parametrize(
    ("loss", "exposure", "words"),
    [
        ("squared_error", np.ones(30), "exposure goes with loss='poisson'"),
        ("poisson", np.ones(3), "exposure has 3 numbers for 30 rows"),
        ("poisson", 2.0, r"exposure has the shape \(\), and each row of X needs one value"),
        ("poisson", np.arange(30.0), "it is 0 in row 0"),
        ("poisson", np.full(30, np.nan), "Input exposure contains NaN in row 0"),
    ],
)
def test_an_exposure_that_makes_no_sense_is_refused_in_words(loss, exposure, words):
    X, y, _ = counts(30)
    with pytest.raises(InputError, match=words):
        GlassNetRegressor(**TINY | {"loss": loss}).fit(X, y, exposure=exposure)


def test_quantiles_never_cross_in_whatever_order_they_are_named():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=80)})
    y = rng.normal(size=80)
    settings = TINY | {
        "loss": "quantile",
        "quantile": (0.9, 0.49, 0.5, 0.51),
        "n_members": 2,
    }
    with short():
        model = GlassNetRegressor(**settings).fit(X, y)
    raw = model._raw_predictions(X)
    assert (np.diff(raw[:, 1:], axis=1) < 0).any()  # the network's own do cross
    predictions = model.predict(X)
    assert (np.diff(predictions[:, [1, 2, 3, 0]], axis=1) >= 0).all()
    assert np.array_equal(np.sort(raw, axis=1), np.sort(predictions, axis=1))
    assert (np.diff(model.oof_prediction_[:, [1, 2, 3, 0]], axis=1) >= 0).all()
    assert (np.diff(model.member_predictions(X)[:, :, [1, 2, 3, 0]], axis=2) >= 0).all()


def test_a_classifier_has_no_exposure():
    with pytest.raises(TypeError, match="exposure"):
        GlassNetClassifier().fit([[0], [1]], [0, 1], exposure=[1, 1])
