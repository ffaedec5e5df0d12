"""Importances: shuffled columns, judged by the members that have not learnt from the rows."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.inspection import permutation_importance
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold, TimeSeriesSplit

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import InputError

from .cases import KINDS, TINY, short, table

SMALL = TINY | {"n_members": 3}


def fitted(kind, X, y, **settings):
    given = {name: settings.pop(name) for name in ("sample_weight", "groups") if name in settings}
    with short():
        return kind(**SMALL | settings).fit(X, y, **given)


def folds():
    """The rows that the members held out, as KFold draws them from the seed 0."""
    return [rows for _, rows in KFold(3, shuffle=True, random_state=0).split(np.empty((60, 0)))]


def by_hand(model, X, y, j, n=200):
    """The growth of each fold's error if column j is shuffled, over many shuffles."""
    rng, grown = np.random.default_rng(0), []
    for k, rows in enumerate(folds()):
        base = root_mean_squared_error(y[rows], model.member_predictions(X[rows])[k])
        for _ in range(n):
            shuffled = X[rows].copy()
            shuffled[:, j] = rng.permutation(shuffled[:, j])
            grown.append(root_mean_squared_error(y[rows], model.member_predictions(shuffled)[k]) - base)
    return np.mean(grown), np.std(grown) / np.sqrt(len(grown))


def test_rows_are_judged_by_the_member_that_has_not_learnt_from_them():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, learning_rate_init=0.1, max_iter=30)
    found = model.importances(X, y, n_repeats=60)
    assert found.held_out
    j = int(np.argmax(found.importances_mean))
    expected, error = by_hand(model, X, y, j)
    assert abs(found.importances_mean[j] - expected) < 4 * (error + found.importances_std[j] / np.sqrt(60))
    errors = [root_mean_squared_error(y[rows], model.oof_prediction_[rows]) for rows in folds()]
    assert found.score == pytest.approx(-np.mean(errors), rel=1e-6)


def test_other_rows_are_judged_by_all_members_as_scikit_learn_does_it():
    X, y = table(GlassNetRegressor, 120)
    model = fitted(GlassNetRegressor, X[:60], y[:60])
    found = model.importances(X[60:], y[60:], n_repeats=3, random_state=7, scoring="r2")
    expected = permutation_importance(model, X[60:], y[60:], n_repeats=3, random_state=7, scoring="r2")
    assert not found.held_out
    assert "Plain permutation importance, by all members" in str(found)
    np.testing.assert_allclose(found.importances, expected.importances, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.importances_std, expected.importances_std, rtol=1e-6, atol=1e-9)


def test_training_rows_in_another_order_are_other_rows():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y)
    assert not model.importances(X[::-1], y[::-1], n_repeats=1).held_out


MIXED = pd.DataFrame(
    {
        "shade": np.tile(["red", "green", None], 20),
        "size": table(GlassNetRegressor)[0][:, 2],
        "row_id": np.arange(60),
        "day": pd.date_range("2026-01-01", periods=60),
    }
)
TELLS = np.where(MIXED["shade"] == "red", 3.0, 0.0)


@pytest.mark.parametrize("of", [pd.DataFrame, pl.from_pandas])
def test_columns_of_texts_and_dates_count_as_a_whole_and_dropped_ones_are_0(of):
    X = of(MIXED)
    model = fitted(GlassNetRegressor, X, TELLS, learning_rate_init=0.1, max_iter=30, column_kinds={"row_id": "drop"})
    found = model.importances(X, TELLS)
    assert found.held_out
    assert found.columns == ("shade", "size", "row_id", "day")
    assert found.importances.shape == (4, 5)
    assert int(np.argmax(found.importances_mean)) == 0
    assert (found.importances[2] == 0).all()
    assert str(found).splitlines()[1].startswith("shade")


@pytest.mark.parametrize("kind", KINDS)
def test_weights_groups_splitters_and_files_are_taken_up_again(kind, tmp_path):
    X, y = table(kind)
    rows = {"sample_weight": np.arange(60) % 4, "groups": np.arange(60) // 3}
    model = fitted(kind, X, y, **rows)
    model.save(tmp_path / "model")
    found = load(tmp_path / "model").importances(X, y, **rows, n_repeats=2)
    assert found.held_out
    assert np.array_equal(found.importances, model.importances(X, y, **rows, n_repeats=2).importances)
    assert not model.importances(X, y, n_repeats=1).held_out  # without the weights the folds are others
    assert fitted(kind, X, y, cv=TimeSeriesSplit(2)).importances(X, y, n_repeats=1).held_out


def test_a_row_of_weight_2_counts_as_two():
    X, y = table(GlassNetClassifier)
    model = fitted(GlassNetClassifier, X, y)
    weight = 1 + np.arange(60) % 2
    twice = np.repeat(np.arange(60), weight)
    weighted = model.importances(X, y, sample_weight=weight, n_repeats=1)
    assert weighted.score == pytest.approx(model.importances(X[twice], y[twice], n_repeats=1).score, rel=1e-9)


def test_every_kind_of_target_has_a_score():
    X, y = table(GlassNetRegressor)
    two, labels = np.column_stack([y, -y]), np.column_stack([y > 100, y > 200])
    names = {
        "neg_root_mean_squared_error": fitted(GlassNetRegressor, X, two).importances(X, two, n_repeats=1),
        "neg_mean_pinball_loss": fitted(GlassNetRegressor, X, y, loss="quantile", quantile=(0.1, 0.9)).importances(
            X, y, n_repeats=1
        ),
        "neg_log_loss": fitted(GlassNetClassifier, X, labels).importances(X, labels, n_repeats=1),
        "roc_auc": fitted(GlassNetClassifier, X, y > 150).importances(X, y > 150, n_repeats=1, scoring="roc_auc"),
    }
    assert {name: found.scoring for name, found in names.items()} == {name: name for name in names}
    assert all(found.importances.shape == (10, 1) and np.isfinite(found.score) for found in names.values())


def test_names_of_classes_and_sparse_tables_will_do():
    X, y = table(GlassNetClassifier)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    sparse, dense = (
        fitted(GlassNetClassifier, form(X), names).importances(form(X), names) for form in (csr_array, np.array)
    )
    np.testing.assert_allclose(sparse.importances, dense.importances, rtol=1e-4, atol=1e-6)


def test_rows_that_cannot_be_used_are_refused_in_words():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y)
    X = X.copy()
    X[3, 1] = np.inf
    with pytest.raises(InputError, match="row 3"):
        model.importances(X, y)
