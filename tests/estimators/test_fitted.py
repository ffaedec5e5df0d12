"""A trained network answers by formulas or, for many rows, by compiled code, and says the same."""

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import DivergenceError
from glassnet.estimators import fitted as home

from .cases import DIABETES, IRIS, short

QUICK = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0, "n_members": 2, "bins": 4, "dropout": 0.1}
CASES = {
    "regressor": (GlassNetRegressor, DIABETES, {}),
    "float64": (GlassNetRegressor, DIABETES, {"dtype": "float64"}),
    "counts": (GlassNetRegressor, DIABETES, {"loss": "poisson"}),
    "never falls": (GlassNetRegressor, DIABETES, {"monotonic_constraints": [1] + [0] * 9}),
    "classifier": (GlassNetClassifier, IRIS, {}),
}


def answers(model, X, monkeypatch, n_rows):
    """Predictions where compiled code is from n_rows on."""
    monkeypatch.setattr(home, "COMPILED_FROM", n_rows)
    return model.predict_proba(X) if isinstance(model, GlassNetClassifier) else model.predict(X)


@pytest.mark.parametrize("name", CASES)
def test_many_rows_get_the_answers_of_few(name, monkeypatch, tmp_path):
    kind, (X, y), settings = CASES[name]
    with short():
        model = kind(**QUICK | settings).fit(X, y)
    by_formulas = answers(model, X, monkeypatch, len(X) + 1)
    with monkeypatch.context() as patch:
        patch.setattr(home, "predict", None)  # only compiled code
        by_code = answers(model, X, monkeypatch, len(X))
        model.save(tmp_path / "model.glassnet")
        loaded = answers(load(tmp_path / "model.glassnet"), X, monkeypatch, len(X))
    np.testing.assert_allclose(by_code, by_formulas, rtol=2e-5, atol=2e-6)
    np.testing.assert_array_equal(loaded, by_code)


def test_the_blocks_of_one_table_all_get_compiled_code(monkeypatch):
    X, y = DIABETES
    frame = pd.DataFrame(X).assign(sex=np.where(X[:, 1] > 0, "f", "m"))
    frame.columns = frame.columns.astype(str)
    with short():
        model = GlassNetRegressor(**QUICK).fit(frame, y)
    by_formulas = answers(model, frame, monkeypatch, len(X) + 1)
    with monkeypatch.context() as patch:
        patch.setattr(home, "PREDICT_TABLE_ROWS", 100)
        patch.setattr(home, "predict", None)
        np.testing.assert_allclose(answers(model, frame, monkeypatch, len(X)), by_formulas, rtol=2e-5)


def test_without_bins_compiled_code_begins_at_more_rows(monkeypatch):
    X, y = DIABETES
    with short():
        model = GlassNetRegressor(**QUICK | {"bins": 0}).fit(X, y)
    with monkeypatch.context() as patch:
        patch.setattr(home, "output_aggregates", None)
        by_formulas = answers(model, X, patch, 1)
    monkeypatch.setattr(home, "PLAIN_FROM", len(X))
    monkeypatch.setattr(home, "predict", None)
    np.testing.assert_allclose(model.predict(X), by_formulas, rtol=2e-5)


def test_a_row_without_a_finite_answer_is_named_by_compiled_code_too(monkeypatch):
    X, y = DIABETES
    with short():
        model = GlassNetRegressor(**QUICK | {"loss": "poisson"}).fit(X, y)
    monkeypatch.setattr(home, "COMPILED_FROM", 1)
    monkeypatch.setattr(home, "output_aggregates", lambda net, theta, X, dtype: np.full((len(X), 1), 1e5, theta.dtype))
    with pytest.raises(DivergenceError, match="row 0 is not a finite number"):
        model.predict(X)
