"""How good a model is on rows that it never saw, beside what a straight line and a constant would do."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_pinball_loss,
    r2_score,
    root_mean_squared_error,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..estimators.state import table_of
from ..table.frames import read_frame
from .columns import Prepared


@dataclass(frozen=True)
class Part:
    """Rows of a table: X, y, and weights or None."""

    X: Any
    y: Any
    weight: Any

    @classmethod
    def of(cls, data: Prepared, rows: Any) -> "Part":
        """These rows of the prepared table."""
        return cls(data.X.iloc[rows], data.y[rows], None if data.weight is None else data.weight[rows])


Scores = dict[str, dict[str, float]]  # {who predicts: {metric: value}}


def compare(model: Any, train: Part, test: Part) -> Scores:
    """The scores on the test rows of the model and of its baselines, all trained on the same rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a baseline that does not converge is a baseline still
        plain = _with_numbers(model, train, test)
        if hasattr(model, "classes_"):
            return _classification(model, *plain, test)
        prediction = model.predict(test.X)
        if prediction.ndim == 2:
            return _quantiles(model, prediction, *plain)
        return _regression(prediction, *plain)


def _with_numbers(model: Any, train: Part, test: Part) -> tuple[Part, Part]:
    """Both parts with the numbers that the model makes of mixed columns, so that baselines see what it sees."""
    table = table_of(model)
    if table is None:
        return train, test
    targets = train.y[:, None]
    if hasattr(model, "classes_"):
        targets = (
            (targets == model.classes_[1:]).astype(float) if len(model.classes_) == 2 else targets == model.classes_
        )
    X = table.transform_training(read_frame(train.X), np.asarray(targets, float), train.weight)
    return replace(train, X=X), replace(test, X=table.transform(read_frame(test.X)))


def _regression(prediction: Any, train: Part, test: Part) -> Scores:
    predictions = {
        "this model": prediction,
        "straight line": _fitted(LinearRegression(), train).predict(test.X),
        "mean": _fitted(DummyRegressor(), train).predict(test.X),
    }
    weight = {"sample_weight": test.weight}
    return {
        who: {
            "RMSE": float(root_mean_squared_error(test.y, predicted, **weight)),
            "MAE": float(mean_absolute_error(test.y, predicted, **weight)),
            "R2": float(r2_score(test.y, predicted, **weight)),
        }
        for who, predicted in predictions.items()
    }


def _quantiles(model: Any, prediction: Any, train: Part, test: Part) -> Scores:
    """Pinball losses, and the share of targets below each quantile, which should be the quantile itself."""
    quantiles = [float(q) for q in np.atleast_1d(model.quantile)]
    constant = [_fitted(DummyRegressor(strategy="quantile", quantile=q), train).predict(test.X) for q in quantiles]
    scores: Scores = {}
    for who, columns in {"this model": prediction.T, "constant": constant}.items():
        scores[who] = {}
        for q, predicted in zip(quantiles, columns, strict=True):
            scores[who][f"pinball {q:g}"] = float(
                mean_pinball_loss(test.y, predicted, alpha=q, sample_weight=test.weight)
            )
            scores[who][f"below {q:g}"] = float(np.average(test.y <= predicted, weights=test.weight))
    return scores


def _classification(model: Any, train: Part, plain: Part, test: Part) -> Scores:
    judges = {
        "this model": (model, test.X),
        "logistic regression": (_fitted(LogisticRegression(max_iter=1000), train), plain.X),
        "most frequent": (_fitted(DummyClassifier(), train), plain.X),
    }
    return {
        who: {
            "accuracy": float(accuracy_score(test.y, judge.predict(X), sample_weight=test.weight)),
            "log loss": float(
                log_loss(test.y, judge.predict_proba(X), labels=model.classes_, sample_weight=test.weight)
            ),
        }
        for who, (judge, X) in judges.items()
    }


def _fitted(baseline: Any, part: Part) -> Any:
    name = type(baseline).__name__.lower()
    pipeline = make_pipeline(StandardScaler(), baseline)
    return pipeline.fit(part.X, part.y, **{f"{name}__sample_weight": part.weight})
