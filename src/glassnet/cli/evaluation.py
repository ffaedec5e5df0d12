"""How good a model is on rows that it never saw, beside what a straight line and a constant would do.

The outputs of a model are what its scores are made of: predictions (n_rows,), those of several quantiles (n_rows, n_q),
or for classes the probabilities (n_rows, n_classes). A quantile is judged by its pinball loss: away from the median it
is far from the mean on purpose.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
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

from ..estimators.state import ensemble_of
from ..table.frames import read_frame
from ..table.moments import Moments, together
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
        return cls(data.X, data.y, data.weight).of_rows(rows)

    def of_rows(self, rows: Any) -> "Part":
        """These of the rows."""
        X = self.X.iloc[rows] if hasattr(self.X, "iloc") else self.X[rows]
        return Part(X, self.y[rows], None if self.weight is None else self.weight[rows])


Scores = dict[str, dict[str, float]]  # {who predicts: {metric: value}}
ENOUGH_ROWS = 100_000  # a straight line through so many rows is the one through all of them


def outputs_of(model: Any, X: Any) -> Any:
    """Predictions, or the probabilities of the classes."""
    return model.predict_proba(X) if hasattr(model, "classes_") else model.predict(X)


def metrics_of(model: Any, y: Any, outputs: Any, weight: Any = None) -> dict[str, float]:
    """{metric: value} of outputs for rows whose targets are y."""
    if hasattr(model, "classes_"):
        right = model.classes_[outputs.argmax(axis=1)]
        return {
            "accuracy": float(accuracy_score(y, right, sample_weight=weight)),
            "log loss": float(log_loss(y, outputs, labels=model.classes_, sample_weight=weight)),
        }
    if _is_of_quantiles(model):
        return _of_quantiles(model, y, outputs, weight)
    return {
        "RMSE": float(root_mean_squared_error(y, outputs, sample_weight=weight)),
        "MAE": float(mean_absolute_error(y, outputs, sample_weight=weight)),
        "R2": float(r2_score(y, outputs, sample_weight=weight)) if len(y) > 1 else float("nan"),
    }


def main_metric(metrics: Mapping[str, float]) -> str:
    """The one that runs are compared by."""
    return "log loss" if "log loss" in metrics else next(iter(metrics))


def quantiles_of(model: Any) -> list[float]:
    """The quantiles that a model with this loss predicts."""
    return [float(q) for q in np.atleast_1d(model.quantile)]


def _is_of_quantiles(model: Any) -> bool:
    """Whether a model of numbers is judged by quantiles; the median alone is a middle like the mean, judged as such."""
    return bool(model.loss == "quantile" and quantiles_of(model) != [0.5])


def compare(model: Any, learn: Part, test: Part) -> Scores:
    """The scores on the test rows of the model and of its baselines, all trained on the same rows."""
    outputs = outputs_of(model, test.X)
    plain, plain_test = _with_numbers(model, learn, test)
    scores = {"this model": metrics_of(model, test.y, outputs, test.weight)}
    for who, answer in _baselines(model).items():
        scores[who] = metrics_of(model, test.y, answer(plain, plain_test.X), test.weight)
    return scores


def out_of_fold(model: Any, learn: Part, folds: Any, groups: Any) -> Scores:
    """The same for the training rows, each predicted by those who have not learnt from it; empty if nobody has not."""
    outputs = oof_of(model)
    if outputs is None:
        return {}
    plain, _ = _with_numbers(model, learn, learn)
    answers = {"this model": outputs}
    pairs = list(folds.split(plain.X, learn.y, groups))
    for who, answer in _baselines(model).items():
        answers[who] = np.full(outputs.shape, np.nan)
        for seen, held_out in pairs:
            some = seen[:: -(-len(seen) // ENOUGH_ROWS)]
            answers[who][held_out] = answer(plain.of_rows(some), plain.of_rows(held_out).X)
    known = np.all([np.isfinite(column.reshape(len(column), -1)).all(axis=1) for column in answers.values()], axis=0)
    y, weight = learn.y[known], None if learn.weight is None else learn.weight[known]
    return {who: metrics_of(model, y, column[known], weight) for who, column in answers.items()}


def oof_of(model: Any) -> Any:
    """Out-of-fold predictions of the training rows, or of the sample of a stream; None if there are none."""
    return model.oof_prediction_ if model.oof_sample_ is None else model.oof_sample_.prediction


def joined(parts: Sequence[tuple[Scores, Part]]) -> Scores:
    """The scores of all parts together, from the scores of each: all but RMSE and R2 are means over the rows."""
    totals = np.array([len(part.y) if part.weight is None else part.weight.sum() for _, part in parts])

    def mean(who: str, metric: str, power: int = 1) -> float:
        return float(np.average([scores[who][metric] ** power for scores, _ in parts], weights=totals))

    whole = {who: {metric: mean(who, metric) for metric in of} for who, of in parts[0][0].items()}
    if "R2" not in next(iter(whole.values())):
        return whole
    moments = together([Moments.of(np.asarray(part.y, float)[:, None], part.weight) for _, part in parts])
    for who, of in whole.items():
        square = mean(who, "RMSE", 2)
        of |= {"RMSE": float(np.sqrt(square)), "R2": float(1 - square / moments.deviation[0] ** 2)}
    return whole


Answer = Callable[[Part, Any], Any]  # learns from the part, and gives outputs for rows


def _baselines(model: Any) -> dict[str, Answer]:
    """What can always be done, for a model of this kind."""
    if hasattr(model, "classes_"):
        return {
            "logistic regression": partial(_probabilities, model, LogisticRegression(max_iter=1000)),
            "most frequent": partial(_probabilities, model, DummyClassifier()),
        }
    if _is_of_quantiles(model):
        return {"constant": partial(_constants, model)}
    return {
        "straight line": lambda part, X: _fitted(LinearRegression(), part).predict(X),
        "mean": lambda part, X: _fitted(DummyRegressor(), part).predict(X),
    }


def _probabilities(model: Any, baseline: Any, part: Part, X: Any) -> Any:
    """Of all classes of the model; a class that the part does not hold has none."""
    has_several = len(np.unique(part.y)) > 1  # a fold may lack the rare ones
    pipeline = _fitted(baseline if has_several else DummyClassifier(), part)
    outputs = np.zeros((X.shape[0], len(model.classes_)))
    outputs[:, np.searchsorted(model.classes_, pipeline.classes_)] = pipeline.predict_proba(X)
    return outputs


def _constants(model: Any, part: Part, X: Any) -> Any:
    baselines = [DummyRegressor(strategy="quantile", quantile=q) for q in quantiles_of(model)]
    columns = [_fitted(baseline, part).predict(X) for baseline in baselines]
    return np.column_stack(columns) if len(columns) > 1 else columns[0]


def _of_quantiles(model: Any, y: Any, outputs: Any, weight: Any) -> dict[str, float]:
    """Pinball losses, and the share of targets below each quantile, which should be the quantile itself."""
    scores = {}
    for q, predicted in zip(quantiles_of(model), outputs.reshape(len(y), -1).T, strict=True):
        scores[f"pinball {q:g}"] = float(mean_pinball_loss(y, predicted, alpha=q, sample_weight=weight))
        scores[f"below {q:g}"] = float(np.average(y <= predicted, weights=weight))
    return scores


def _fitted(baseline: Any, part: Part) -> Any:
    name = type(baseline).__name__.lower()
    pipeline = make_pipeline(StandardScaler(), baseline)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a baseline that does not converge is a baseline still
        return pipeline.fit(part.X, part.y, **{f"{name}__sample_weight": part.weight})


def _with_numbers(model: Any, train: Part, test: Part) -> tuple[Part, Part]:
    """Both parts with the numbers that the model makes of mixed columns, so that baselines see what it sees."""
    table = ensemble_of(model).first.table
    if table is None:
        return train, test
    targets = train.y[:, None]
    if hasattr(model, "classes_"):
        targets = (
            (targets == model.classes_[1:]).astype(float) if len(model.classes_) == 2 else targets == model.classes_
        )
    X = table.transform_training(read_frame(train.X), np.asarray(targets, float), train.weight)
    return replace(train, X=X), replace(test, X=table.transform(read_frame(test.X)))
