"""What the columns tell: extreme tails, columns that say nothing or repeat, and one that gives the target away."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ..network.arrays import Array
from ..table.frames import Frame, called
from .findings import Finding
from .patient import Examined, Patient

TOP = 0.01  # the share of rows that is looked at ...
HEAVY = 0.5  # ... and the share of the squares that they carry: 8 % for a normal, 22 % for an exponential distribution
LEAK = 0.99  # a column that alone explains 99 % of the target, where there are others, is too good to be true
SAME = 1 - 1e-9  # a correlation beyond this is equality but for units and rounding
FEWEST_ROWS = 50  # fewer show no tail
MOST_ROWS = 5000  # for the checks that cost more than one look
SHOWN = 5  # how many columns a finding names


@dataclass(frozen=True)
class Columns:
    """The columns of a table as numbers, a code for each text; what the model leaves out is not among them.

    names : how a finding calls them
    values : (n_rows, n_columns), NaN for gaps
    constant : names of the columns that are the same in every row; they are not in values
    bare : whether the network sees numbers as they are, with neither clipping nor bins alone to tame them
    Y : (n_rows, n_targets)
    squares : whether the loss grows with the square of the error
    is_class : whether Y holds one class per row
    """

    names: tuple[str, ...]
    values: Array
    constant: tuple[str, ...]
    bare: bool
    Y: Array
    squares: bool
    is_class: bool


def columns_of(patient: Patient) -> Columns | None:
    """The columns of the rows, None without rows."""
    rows = patient.rows
    if rows is None or len(rows) < 2:
        return None
    some = rows.table.rows[np.unique(np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows))).astype(int))]
    names, values = _used(rows, some)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column of gaps has no smallest value
        same = np.array(
            [not (np.nanmin(column) < np.nanmax(column)) and len(np.unique(column)) == 1 for column in values]
        )
    fitted = patient.runs[0].fitted
    return Columns(
        tuple(name for name, out in zip(names, same, strict=True) if not out),
        np.column_stack(
            [column for column, out in zip(values, same, strict=True) if not out] or [np.empty((len(some), 0))]
        ),
        tuple(name for name, out in zip(names, same, strict=True) if out),
        fitted.table is None and not fitted.inputs.clips,
        rows.table.Y[some],
        fitted.loss.name == "squared_error",
        fitted.loss.name == "cross_entropy" or (fitted.loss.name == "logistic" and rows.table.Y.shape[1] == 1),
    )


def _used(rows: Examined, some: Array) -> tuple[list[str], list[Array]]:
    """Names and values, float64, of the columns that were not left out on the user's wish."""
    X = rows.table.X
    if not isinstance(X, Frame):
        part = X[some]
        dense = np.asarray(part.toarray() if hasattr(part, "toarray") else part, np.float64)
        return [rows.table.name_of_column(j) for j in range(dense.shape[1])], list(dense.T)
    frame, encoder = X.take(some), rows.runs[0].fitted.table
    choices = encoder.choices if encoder is not None else ()
    pairs = zip(frame.columns, choices, strict=True)
    kept = [column for column, choice in pairs if choice.is_used or choice.kind == "constant"]
    return [called(column.name) for column in kept], [_codes(column.values) for column in kept]


def _codes(values: Array) -> Array:
    """Numbers as they are; texts as the place of their first appearance, so that renaming changes nothing."""
    if values.dtype != object:
        return values
    known: dict[object, int] = {}
    return np.array([np.nan if value is None else known.setdefault(value, len(known)) for value in values], float)


def top_share(squares: Array) -> float:
    """The share of the sum that the largest hundredth of the numbers carries."""
    n_top = int(np.ceil(TOP * len(squares)))
    total = squares.sum()
    return float(np.sort(squares)[-n_top:].sum() / total) if total > 0 else 0.0


def extreme_inputs(columns: Columns) -> Finding | None:
    """Numeric columns whose spread is made by a few rows, where nothing tames them."""
    if not columns.bare or len(columns.values) < FEWEST_ROWS:
        return None
    shares = {name: _tail(values) for name, values in zip(columns.names, columns.values.T, strict=True)}
    heavy = {name: share for name, share in shares.items() if share > HEAVY}
    if not heavy:
        return None
    return Finding(
        "extreme-inputs",
        "warning",
        _listed(list(heavy)),
        {"columns": len(heavy), "share_of_top_1_percent": max(heavy.values())},
        f"1 % of the rows carry {100 * max(heavy.values()):.0f} % of the squared spread.",
        "The column is divided by a standard deviation that a few rows have made: these rows take giant steps, and the "
        "differences between all others are small.",
        "Use scaling='robust', take the logarithm of the column, or look for codes such as 9999 that stand for a gap.",
    )


def extreme_target(columns: Columns) -> Finding | None:
    """A target whose spread is made by a few rows, under a loss that squares."""
    if not columns.squares or len(columns.Y) < FEWEST_ROWS:
        return None
    share = max(_tail(target) for target in columns.Y.T)
    if share <= HEAVY:
        return None
    return Finding(
        "extreme-target",
        "warning",
        "target",
        {"share_of_top_1_percent": share, "rows": len(columns.Y)},
        f"1 % of the rows carry {100 * share:.0f} % of the squared spread of the target.",
        "The squared loss listens to a row by the square of its distance, so the network serves these few.",
        "Predict the logarithm (TransformedTargetRegressor), use loss='huber', 'absolute_error' or 'gamma', or check "
        "the rows for mistakes.",
    )


def _tail(values: Array) -> float:
    """The share of the squared distances from the mean in the top rows; 0 for columns of few values, such as flags."""
    known = values[np.isfinite(values)]
    if len(known) < FEWEST_ROWS or len(np.unique(known)) < len(known) * TOP + 3:
        return 0.0
    return top_share(np.square(known - known.mean()))


def constant_columns(columns: Columns) -> Finding | None:
    """Columns that are the same in every row."""
    if not columns.constant:
        return None
    return Finding(
        "constant-columns",
        "note",
        _listed(columns.constant),
        {"columns": len(columns.constant), "rows": len(columns.values)},
        f"{'is' if len(columns.constant) == 1 else 'are'} the same in every row.",
        "What never changes says nothing about the target.",
        "Leave them out, or ask why a table that should hold a variety does not.",
    )


def duplicated_columns(columns: Columns) -> Finding | None:
    """Columns that hold the same as an earlier one, but for units or names."""
    n = columns.values.shape[1]
    known = np.isfinite(columns.values)
    filled = np.where(known, columns.values, 0)
    with np.errstate(all="ignore"):
        same = np.abs(np.corrcoef(filled, rowvar=False)) > SAME if n > 1 and len(filled) > 2 else np.zeros((n, n), bool)
    pairs = [(i, j) for i, j in np.argwhere(np.triu(same, 1)) if np.array_equal(known[:, i], known[:, j])]
    if not pairs:
        return None
    doubles = {columns.names[j]: columns.names[i] for i, j in reversed(pairs)}
    first = next(iter(doubles))
    return Finding(
        "duplicated-columns",
        "note",
        _listed(list(doubles)),
        {"columns": len(doubles), "pairs": [f"{name} = {other}" for name, other in list(doubles.items())[:SHOWN]]},
        f"{first} holds the same as {doubles[first]}, but for units or names.",
        "The same fact in two columns counts twice in penalties and dropout, and splits its importance in two.",
        "Leave one of each pair out.",
    )


def leak(columns: Columns) -> Finding | None:
    """A column that alone gives the target away."""
    columns = _without_twins(columns)
    n_rows, n = columns.values.shape
    if n < 2 or n_rows < FEWEST_ROWS or np.ptp(columns.Y) == 0:
        return None
    scores = {name: _alone(columns, values) for name, values in zip(columns.names, columns.values.T, strict=True)}
    leaks = {name: score for name, score in scores.items() if score > LEAK}
    if not leaks:
        return None
    score = "balanced accuracy" if columns.is_class else "R2"
    return Finding(
        "leak",
        "severe",
        _listed(list(leaks)),
        {"columns": len(leaks), score.replace(" ", "_"): max(leaks.values())},
        f"alone predicts the target almost perfectly ({score} {max(leaks.values()):.4f} on rows not used to find out).",
        "A column that is so good was often written down after the target was known, or is made from it. On new rows "
        "it is then not there yet, and the model's scores are a promise that it cannot keep.",
        "Ask whether the column is known when a prediction is needed. If it is not, leave it out and train again.",
    )


def _without_twins(columns: Columns) -> Columns:
    """Each row once: a twin on the other side gives the target away whatever the column."""
    _, first = np.unique(np.column_stack([columns.values, columns.Y]), axis=0, return_index=True)
    return replace(columns, values=columns.values[np.sort(first)], Y=columns.Y[np.sort(first)])


def _alone(columns: Columns, values: Array) -> float:
    """The cross-validated R2 (for classes balanced accuracy) of a tree that sees this column alone."""
    if columns.is_class:
        counts = np.unique(columns.Y, return_counts=True)[1]
        if counts.min() < 3:
            return 0.0
        tree, folds = DecisionTreeClassifier(random_state=0), StratifiedKFold(3, shuffle=True, random_state=0)
        score, target = "balanced_accuracy", columns.Y[:, 0]
    else:
        tree, folds = DecisionTreeRegressor(random_state=0), KFold(3, shuffle=True, random_state=0)
        score, target = "r2", columns.Y
    return float(cross_val_score(tree, values[:, None], target, cv=folds, scoring=score).min())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
