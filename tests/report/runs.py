"""Run folders as `glassnet train` leaves them, made of tables by tiny networks of one shape."""

import numpy as np
import pandas as pd

from glassnet import GlassNetClassifier, GlassNetRegressor
from glassnet.export.model_file import save_model
from glassnet.export.run_folder import CARD, CONFIG, DATA, ENVIRONMENT, FINDINGS, METRICS, MODEL, RunFolder

from ..estimators.cases import TINY, short

SETTINGS = TINY | {"n_members": 2, "max_iter": 30, "learning_rate_init": 0.05}


def write_run(path, X, y, n_test=40, target="price", **settings):
    """Train on the first rows of a pandas table, and write the folder of that run; returns its path."""
    kind = GlassNetRegressor if y.dtype.kind == "f" else GlassNetClassifier
    n = len(X) - n_test
    with short():
        model = kind(**SETTINGS | settings).fit(X.iloc[:n], y[:n])
    folder = RunFolder.made(path)
    save_model(model, path / MODEL)
    folder.write_json(DATA, described(X, y, n, target))
    folder.write_json(FINDINGS, model.diagnose().as_dict())
    folder.write_json(ENVIRONMENT, {"command": ["glassnet", "train", "houses.csv"], "versions": {"numpy": "2.1"}})
    folder.write_text(CONFIG, "[train]\ntarget = 'price'\n")
    folder.write_text(CARD, "# Model card\n")
    if n_test:
        folder.write_predictions("test", predictions(model, X.iloc[n:], y[n:], np.arange(n, len(X))))
        folder.write_rows(X.iloc[n:])
    if model.oof_prediction_ is not None:
        folder.write_predictions("oof", predictions(model, None, y[:n], np.arange(n)))
    folder.write_json(METRICS, measured(model, X, y, n, target))
    return path


def described(X, y, n, target):
    columns = [
        {
            "name": str(name), "role": "feature", "kind": "number", "missing": int(X[name].isna().sum()),
            "distinct": int(X[name].nunique()), "note": "", "histogram": histogram(X[name]),
            "levels": None if X[name].dtype.kind == "f" else X[name].astype(str).value_counts()[:10].to_dict(),
        }
        for name in X.columns
    ]  # fmt: skip
    return {
        "table": {"name": "houses.csv", "rows": len(X), "columns": len(X.columns) + 1, "bad_rows": 0, "sha256": "abc"},
        "target": target,
        "task": "regression" if y.dtype.kind == "f" else "classification",
        "seed": 0,
        "columns": columns,
        "split": {"method": "random", "column": None, "train": n, "test": len(X) - n, "folds": 2, "validation": None,
                  "test_rows": list(range(n + 1, len(X) + 1)), "duplicates": 0},
    }  # fmt: skip


def histogram(column):
    if column.dtype.kind != "f" or column.isna().all():
        return None
    counts, edges = np.histogram(column.dropna(), bins=20)
    return {"edges": edges, "counts": counts}


def predictions(model, X, y, rows):
    columns = {"row": rows + 1, "y": y}
    if hasattr(model, "classes_"):
        chances = model.oof_prediction_ if X is None else model.predict_proba(X)
        columns["prediction"] = model.classes_[chances.argmax(axis=1)]
        return columns | {f"probability_{label}": chances[:, k] for k, label in enumerate(model.classes_)}
    prediction = model.oof_prediction_ if X is None else model.predict(X)
    if prediction.ndim == 2:
        return columns | {f"prediction_{q:g}": prediction[:, k] for k, q in enumerate(model.quantile)}
    ends = {}
    if X is not None and model._residuals is not None:
        ends = dict(zip(("lower", "upper"), model.predict_interval(X, 0.8).T, strict=True))
    return columns | {"prediction": prediction} | ends | {"residual": y - prediction}


def measured(model, X, y, n, target):
    is_class = hasattr(model, "classes_")
    metric, line = ("log loss", "logistic regression") if is_class else ("RMSE", "straight line")
    quantiles = list(model.quantile) if getattr(model, "loss", "") == "quantile" else None
    scores = {"this model": {metric: 0.5}, line: {metric: 0.6}, "most frequent" if is_class else "mean": {metric: 1.0}}
    if quantiles:
        metric, scores = "pinball 0.5", {"this model": {"pinball 0.5": 0.5}, "constant": {"pinball 0.5": 1.0}}
    return {
        "target": target, "task": "classification" if is_class else "regression", "metric": metric,
        "classes": [str(label) for label in model.classes_] if is_class else None, "quantiles": quantiles,
        "test": scores if n < len(X) else {}, "out_of_fold": scores if model.oof_prediction_ is not None else {},
        "intervals": None if is_class else {"coverage": 0.8, "held": 0.8, "mean_width": 1.0},
        "training": {"stop_reason": "max_iter", "best_epochs": model.best_iterations_, "interrupted": False},
    }  # fmt: skip


def houses(n=160, seed=0):
    """Four columns of numbers, of which the first counts most and the last two are nearly the same; and prices."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"area": rng.normal(size=n), "age": rng.normal(size=n), "rooms": rng.normal(size=n)})
    X["doors"] = X["rooms"] + 0.05 * rng.normal(size=n)
    return X, (3 * X["area"] - X["age"]).to_numpy() + 0.3 * rng.normal(size=n)
