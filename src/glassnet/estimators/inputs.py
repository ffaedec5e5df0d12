"""What a user hands in, checked: rows, targets and weights to train on, or an error that names the culprit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, validate_data

from ..errors import DataWarning, InputError
from ..network.arrays import Array
from ..table.standardizer import remarks
from ..training.rows import Rows
from .fitted import Fitted
from .notices import warn


@dataclass(frozen=True)
class Selection:
    """Some rows of a checked table: X (array or CSR), Y (n_samples, n_targets), weights or None, and which rows."""

    X: Any
    Y: Array
    weight: Array | None
    rows: Array
    names: Sequence[str] | None = None

    @property
    def mean_weight(self) -> float:
        """How much a row counts on average: 1 without weights, 2 if every row counts twice."""
        return 1.0 if self.weight is None else float(self.weight[self.rows].mean())

    @property
    def is_weighted(self) -> bool:
        """Whether some rows count more than others."""
        return self.weight is not None and bool(np.ptp(self.weight[self.rows]) > 0)

    @property
    def chosen_weight(self) -> Array | None:
        """The weights of the chosen rows, None where all count the same."""
        return self.weight[self.rows] if self.weight is not None and self.is_weighted else None

    def name_of_column(self, column: int) -> str:
        """How an error or a warning calls a column of X."""
        return f"column {column}" if self.names is None else f"column {str(self.names[column])!r}"

    def scaled(self, fitted: Fitted, dtype: str) -> Rows:
        """The rows as the engine takes them: standardised, contiguous, weights with mean 1."""
        weight = self.chosen_weight
        weight = np.empty(0, dtype) if weight is None else (weight / weight.mean()).astype(dtype)
        X = fitted.inputs.transform(self.X, self.rows, dtype)
        return Rows(X, fitted.targets.scaled(self.Y[self.rows], dtype), weight)

    def split(self, fraction: float, seed: int, strata: Array | None) -> tuple["Selection", "Selection"]:
        """Training and validation rows; `strata` (n_samples,) keeps the shares of classes."""
        n = len(self.rows)
        n_held_out, classes = int(np.ceil(fraction * n)), None if strata is None else strata[self.rows]
        enough = 2 if classes is None else max(2, len(np.unique(classes)))
        if n_held_out < 2 or n - n_held_out < 1 or (classes is not None and min(n_held_out, n - n_held_out) < enough):
            raise InputError(
                f"The validation set is too small: validation_fraction={fraction} of {n} rows are {n_held_out}, and "
                f"both parts need rows, validation at least {enough}"
                f"{'' if classes is None else ', one of each class'}. Give more rows, another validation_fraction, or "
                "X_val and y_val."
            )
        if classes is not None:
            _require_two_of_each(classes)
        train, held_out = train_test_split(self.rows, test_size=n_held_out, random_state=seed, stratify=classes)
        return replace(self, rows=train), replace(self, rows=held_out)


def checked_rows(estimator: BaseEstimator, X: Any, y: Any = "no_validation", *, reset: bool) -> tuple[Any, Any]:
    """X (float32 or float64, dense or CSR) and y, checked by scikit-learn's rules and for finite numbers.

    Raises
    ------
    InputError
        If an entry is NaN, infinite or a text; it names row and column.
    ValueError
        scikit-learn's own, for wrong shapes, empty tables, and columns that differ from those of `fit`.
    """
    rules: dict[str, Any] = {"accept_sparse": "csr", "dtype": (np.float64, np.float32), "ensure_all_finite": False}
    try:
        if isinstance(y, str) and not reset and _needs_no_checking(estimator, X):
            checked = X
        elif isinstance(y, str):
            checked = validate_data(estimator, X, reset=reset, **rules)
        else:
            if y is not None:
                require_finite("y", y)
            checked, y = validate_data(estimator, X, y, reset=reset, multi_output=True, **rules)
    except (ValueError, TypeError) as reason:
        raise _culprit_in(X, reason) or reason from None
    require_finite("X", checked, getattr(estimator, "feature_names_in_", None))
    return checked, y


def _needs_no_checking(estimator: BaseEstimator, X: Any) -> bool:
    """Whether rows to predict are plain numbers of the right shape.

    For a single row scikit-learn's checks would take twice as long as all the rest.
    """
    return (
        type(X) is np.ndarray
        and X.dtype in (np.float32, np.float64)
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == getattr(estimator, "n_features_in_", None)
        and not hasattr(estimator, "feature_names_in_")
    )


def require_finite(name: str, values: Any, columns: Sequence[str] | None = None) -> None:
    """Raise InputError that names the first NaN, infinite or missing entry by row and column."""
    array = values.data if issparse(values) else np.asarray(values)
    if array.dtype.kind == "O":
        bad = np.array([_is_gap(value) for value in array.flat], bool).reshape(array.shape)
    elif array.dtype.kind == "f":
        bad = ~np.isfinite(array)
    else:
        return
    if not bad.any():
        return
    first = tuple(np.argwhere(bad)[0])
    kind = "infinity" if isinstance(array[first], float | np.floating) and np.isinf(array[first]) else "NaN"
    row, *column = _place_in_sparse(values, first[0]) if issparse(values) else first
    named = [str(c) if columns is None else repr(str(columns[c])) for c in column]
    raise InputError(
        f"Input {name} contains {kind} in row {row}{f', column {named[0]}' if named else ''}. The network multiplies "
        "and adds its inputs, so one such entry would spoil every weight. Remove the row, or fill the gap "
        "(sklearn.impute.SimpleImputer fills with the column's mean).",
        error_id="E220",
    )


def checked_weight(sample_weight: Any, X: Any) -> Array | None:
    """Row weights (n_samples,), float64, or None if there are none.

    Raises
    ------
    InputError
        If a weight is NaN, infinite or negative, or all are 0.
    ValueError
        scikit-learn's own, for wrong shapes.
    """
    if sample_weight is None:
        return None
    require_finite("sample_weight", sample_weight)
    weight = np.asarray(_check_sample_weight(sample_weight, X, dtype=np.float64, allow_all_zero_weights=True))
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise InputError(
            f"Negative values in data passed to `sample_weight`: it is {weight[row]:g} in row {row}. A weight says how "
            "often a row counts. Weight 2 counts it twice, weight 0 leaves it out."
        )
    if not weight.any():
        raise InputError(
            "Sample weights must contain at least one non-zero number: sample_weight is zero for all rows, so there is "
            "nothing to learn. Give some row a weight above 0."
        )
    return weight


def warn_about(table: Selection) -> None:
    """Warn (DataWarning) of data that can be trained on but deserve a look."""
    found = remarks(table.X, table.name_of_column)
    for remark in found:
        if not remark.is_constant:
            warn(remark.text, DataWarning)
    if sum(remark.is_constant for remark in found) == table.X.shape[1]:
        warn(
            "every column of X is constant, so all predictions will be the same. Check that the right columns were "
            "handed in.",
            DataWarning,
        )
    for column, values in enumerate(table.Y.T):
        name = f"the target in column {column}" if table.Y.shape[1] > 1 else "the target"
        if np.ptp(values) == 0:
            warn(
                f"{name} is {values[0]:g} in every row, so there is nothing to learn but this number. Check that the "
                "right column was handed in as y.",
                DataWarning,
            )
    for remark in remarks(table.Y, lambda column: "the target" + (f" {column}" if table.Y.shape[1] > 1 else "")):
        if not remark.is_constant:
            warn(remark.text, DataWarning)


def _is_gap(value: Any) -> bool:
    """Whether an object is a missing value or not finite: None, NaN, pandas' NA and NaT, infinity."""
    if isinstance(value, float | np.floating):
        return not np.isfinite(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _is_word(value: Any) -> bool:
    """Whether an object is a text that does not read as a number, as "1.5" does."""
    try:
        float(value if isinstance(value, str) else 0)
    except ValueError:
        return True
    return False


def _place_in_sparse(values: Any, entry: int) -> tuple[int, int]:
    """Row and column of a stored entry of a CSR matrix, or of another one as it stands."""
    table = values.tocoo()
    return int(table.row[entry]), int(table.col[entry])


def _culprit_in(X: Any, reason: Exception) -> InputError | None:
    """The error for a table with a gap or a text among its numbers, naming the first; None if that is not it."""
    names = getattr(X, "columns", None)
    if any(gap in str(reason) for gap in ("NAType", "NaTType", "NoneType")):
        require_finite("X", np.asarray(X, dtype=object), names)
    if "could not convert" not in str(reason):
        return None
    table = np.asarray(X, dtype=object)
    for row, column in np.argwhere([[_is_word(value) for value in line] for line in np.atleast_2d(table)]):
        name = column if names is None else repr(str(names[column]))
        return InputError(
            f"X holds the text {table[row, column]!r} in row {row}, column {name} ({reason}). The network multiplies "
            "its inputs. Encode the column as numbers (sklearn.preprocessing.OneHotEncoder), or leave it out.",
            error_id="E221",
        )
    return None


def _require_two_of_each(classes: Array) -> None:
    numbers, counts = np.unique(classes, return_counts=True)
    if counts.min() < 2:
        raise InputError(
            f"class number {numbers[counts.argmin()]:g} (counted from 0 in classes_) has only one row, which cannot be "
            "in the training and in the validation part. Give more rows of it, leave it out, or give X_val and y_val."
        )
