"""A learnt spread: it finds the size of errors, and no row has a say in the unit of its own error."""

import numpy as np
import pytest

from glassnet.estimators.inputs import Selection
from glassnet.estimators.spread import MOST_NUMBERS, Spread, learnt, n_numbers

from .cases import GlassNetRegressor, fitted, table


def test_a_spread_grows_where_errors_do():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 3))
    size = np.exp(1.0 + 0.7 * x[:, 0])
    found = Spread.fit(x, size * rng.normal(size=5000), np.ones(5000)).of(x)
    slope = np.polyfit(x[:, 0], np.log(found), 1)[0]
    assert slope == pytest.approx(0.7, abs=0.1)
    assert np.corrcoef(np.log(found), x[:, 0])[0, 1] > 0.99


def test_errors_ten_times_as_large_have_ten_times_the_spread():
    rng = np.random.default_rng(1)
    x, errors, weight = rng.normal(size=(200, 4)), rng.normal(size=200), np.ones(200)
    one, ten = (Spread.fit(x, scale * errors, weight).of(x) for scale in (1, 10))
    np.testing.assert_allclose(ten, 10 * one, rtol=1e-9)


def test_far_rows_get_no_spread_that_was_never_seen():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    spread = Spread.fit(x, np.exp(x[:, 0]) * rng.normal(size=300), np.ones(300))
    assert spread.of(1e6 * x).max() == pytest.approx(spread.of(x).max())


@pytest.mark.parametrize("errors", [np.zeros(100), np.arange(5.0), np.empty(0), np.eye(100)[0]])
def test_without_errors_to_learn_from_it_is_constant(errors):
    x = np.random.default_rng(0).normal(size=(len(errors), 2))
    assert (Spread.fit(x, errors, np.ones(len(errors))).of(np.ones((3, 2))) == 1).all()


def test_no_row_has_a_say_in_the_unit_of_its_own_error():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, n_members=3)
    folds = np.array_split(np.arange(60), 3)
    before, after = (
        learnt(
            Selection(X, Y[:, None], None, np.arange(60)), model._fitted.members, folds, model.oof_prediction_[:, None]
        )
        for Y in (y, y + 100 * np.isin(np.arange(60), folds[1]))
    )
    same = [np.array_equal(one.spread.theta, two.spread.theta) for one, two in zip(before[0], after[0], strict=True)]
    assert same == [False, True, False]
    assert not np.array_equal(before[0][1].scores.sizes, after[0][1].scores.sizes)


def test_a_long_table_teaches_by_a_part_of_its_rows(monkeypatch):
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, n_members=3)
    n = n_numbers(model._fitted.first)
    assert n == 12  # the prediction, its square, ten columns
    monkeypatch.setattr("glassnet.estimators.spread.MOST_NUMBERS", 25 * n)
    seen, fit = [], Spread.fit.__func__
    monkeypatch.setattr(Spread, "fit", classmethod(lambda cls, x, *rest: seen.append(len(x)) or fit(cls, x, *rest)))
    fitted(GlassNetRegressor, X, y, n_members=3)
    assert seen == [25, 25, 25]
    assert MOST_NUMBERS > 60 * n
