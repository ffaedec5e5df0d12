"""The model beside others: a straight line, and its own members."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import GammaRegressor, LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.multioutput import MultiOutputRegressor

from ..network.arrays import Array
from .findings import Finding
from .patient import Examined, Patient
from .rows import TOO_FEW

BETTER = 0.02  # by how much of its loss the straight line has to be beaten
APART = 0.5  # the members' spread over the mean squared error: half of the error is luck of the draw
MOST_ROWS = 20_000  # for the straight line


@dataclass(frozen=True)
class Against:
    """The model beside a straight line, row by row; both by the model's own loss.

    ours, line : (n_rows,) losses; the line's are cross-validated
    weight : (n_rows,)
    """

    ours: Array
    line: Array
    weight: Array
    line_name: str


@dataclass(frozen=True)
class Spread:
    """How far the members' predictions lie apart: mean variance over members, and mean squared error, in y's units."""

    n_members: int
    variance: float
    squared_error: float


def against_the_line(patient: Patient) -> Against | None:
    """The comparison; None without rows, with few rows, or for quantiles, which a straight line does not predict."""
    rows, loss = patient.rows, patient.runs[0].fitted.loss
    if rows is None or len(rows) < TOO_FEW or loss.name == "quantile":
        return None
    some = np.unique(np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows))).astype(int))
    name, line = _line(loss.output_activation, rows)
    prediction = np.full_like(rows.prediction, np.nan)
    prediction[some] = _cross_validated(line, rows, some, loss.output_activation)
    if not np.isfinite(prediction[some]).all():
        return None
    return Against(rows.losses(rows.prediction)[some], rows.losses(prediction)[some], rows.weight[some], name)


def _line(output: str | None, rows: Examined) -> tuple[str, Any]:
    """What is linear and goes with the loss, with its name."""
    if output is None:
        return "linear regression", LinearRegression()
    if output == "exp":
        of_counts = rows.runs[0].fitted.loss.name == "poisson"
        line = PoissonRegressor(max_iter=300) if of_counts else GammaRegressor(max_iter=300)
        return f"{'Poisson' if of_counts else 'gamma'} regression", MultiOutputRegressor(line)
    return "logistic regression", LogisticRegression(max_iter=1000)


def _cross_validated(line: Any, rows: Examined, some: Array, output: str | None) -> Array:
    """(n_some, n_L) predictions of rows by a line that has not seen them, in the form of the network's outputs."""
    X, Y = rows.inputs[some], rows.Y[some]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a line that does not converge is a line still
        if output in (None, "exp"):
            return np.asarray(cross_val_predict(line, X, Y, cv=KFold(5, shuffle=True, random_state=0))).reshape(Y.shape)
        if output == "softmax" and len(np.unique(Y)) != rows.prediction.shape[1]:
            return np.full((len(some), rows.prediction.shape[1]), np.nan)  # rows without some of the classes
        columns = [_chances(line, X, y) for y in Y.T]
    return columns[0] if output == "softmax" else np.column_stack([column[:, -1] for column in columns])


def _chances(line: Any, X: Array, y: Array) -> Array:
    if np.unique(y, return_counts=True)[1].min() < 5:
        return np.full((len(y), len(np.unique(y))), np.nan)  # too few of a class to cross-validate
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return np.asarray(cross_val_predict(line, X, y, cv=folds, method="predict_proba"))


def spread_of(patient: Patient) -> Spread | None:
    """How far the members lie apart on the rows; None for one member or no rows."""
    rows = patient.rows
    if rows is None or len(patient.runs) < 2 or patient.runs[0].fitted.loss.name == "quantile":
        return None
    truth = rows.Y
    if rows.prediction.shape[1] != truth.shape[1]:
        truth = np.eye(rows.prediction.shape[1])[truth[:, 0].astype(int)]
    variance = rows.predictions.var(axis=0, ddof=1).sum(axis=1)
    error = np.square(rows.prediction - truth).sum(axis=1)
    variance, error = (float(np.average(values, weights=rows.weight)) for values in (variance, error))
    return Spread(len(patient.runs), variance, error)


def no_better_than_a_line(against: Against) -> Finding | None:
    """A straight line does as well."""
    ours, line = (float(np.average(losses, weights=against.weight)) for losses in (against.ours, against.line))
    if ours < (1 - BETTER) * line:
        return None
    difference = against.ours - against.line
    error = float(difference.std(ddof=1) / np.sqrt(len(difference)))
    worse = ours - line > 2 * error
    return Finding(
        "no-better-than-linear",
        "warning" if worse else "note",
        "model",
        {"loss": ours, "loss_of_the_line": line, "standard_error_of_difference": error},
        f"the network's loss is {ours:.3g}, that of {against.line_name} {line:.3g}"
        + (", clearly lower." if worse else "."),
        "The target is a weighted sum of the columns and noise, there are too few rows to see more, or training "
        "went wrong.",
        f"If nothing else is found, use {against.line_name}: it is simpler and says as much. Otherwise see to the "
        "other findings first.",
    )


def members_disagree(spread: Spread) -> Finding | None:
    """What one member predicts says little about what another does."""
    share = spread.variance / spread.squared_error if spread.squared_error > 0 else 0.0
    if share <= APART:
        return None
    return Finding(
        "members-disagree",
        "warning",
        f"{spread.n_members} members",
        {"variance_between_members": spread.variance, "mean_squared_error": spread.squared_error, "share": share},
        f"the members' predictions differ by {100 * share:.0f} % of the squared error that they make.",
        "Each prediction owes as much to first weights and the choice of rows as to the table: too few rows for a "
        "network of this size, or too little to hold its weights (Krogh and Vedelsby 1995).",
        f"Try more members (n_members={2 * spread.n_members}), whose mean evens this out, more rows, a smaller "
        "network, dropout or alpha.",
    )
