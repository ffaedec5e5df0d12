"""X as the user has it, checked: plain numbers go on as they are, a table of mixed columns as a Frame; y with it."""

from collections.abc import Sequence
from math import prod
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_X_y, validate_data

from ..errors import InputError, nearest
from ..network.arrays import Array
from ..table.choices import Choice
from ..table.frames import Frame, is_frame, labels_of, name_of, read_frame
from ..table.meaning import read_as
from ..table.texts import CODE
from .finite import require_finite

SHOWN = 5  # how many names or rows an error lists


def checked_rows(
    estimator: BaseEstimator, X: Any, y: Any = "no_validation", *, reset: bool, mixed: bool | None = None
) -> tuple[Any, Any]:
    """X and y, checked by scikit-learn's rules: X as finite numbers (float32 or float64, dense or CSR), or as a Frame.

    Rows may be arrays themselves, such as images (T19): then the columns are their entries, line by line.

    mixed : whether X is to be a Frame; None to find out: it is one if a column holds something else than finite
        numbers and booleans, or if the user has said what its columns are.

    Raises
    ------
    InputError
        If names of columns are not those of `fit`, or an entry cannot be used; it names row and column.
    ValueError
        scikit-learn's own, for wrong shapes and empty tables.
    """
    if nw.dependencies.is_polars_lazyframe(X):
        raise InputError("X is a LazyFrame, a plan for a table and not a table yet. Hand in X.collect().")
    X = _flattened(estimator, X, reset=reset)
    alone = isinstance(y, str)
    if alone and not reset and not mixed and _needs_no_checking(estimator, X):
        require_finite("X", X)
        return X, y
    if not alone and y is not None:
        require_finite("y", y)
    labels = labels_of(X) if is_frame(X) else []
    if reset:
        estimator._labels = [name_of(label) for label in labels] or None
    elif labels:
        X = _in_order(estimator, X, labels)
    if mixed is None:
        mixed = bool(getattr(estimator, "column_kinds", None)) or not is_numeric(X)
    if mixed:
        return _mixed(estimator, X, y, reset=reset)
    if not (reset or is_numeric(X, with_gaps=True)):
        frame, y = _mixed(estimator, X, y, reset=False)
        X = _as_numbers(frame)
        require_finite("X", X, names_of(estimator))
        return X, y
    rules: dict[str, Any] = {"accept_sparse": "csr", "dtype": (np.float64, np.float32), "ensure_all_finite": False}
    if alone:
        checked = validate_data(estimator, X, reset=reset, **rules)
    else:
        checked, y = validate_data(estimator, X, y, reset=reset, multi_output=True, **rules)
    require_finite("X", checked, names_of(estimator))
    return checked, y


def names_of(estimator: BaseEstimator) -> Sequence[str | int] | None:
    """What the columns of `fit` are called, texts or whole numbers; None if they had no names."""
    if hasattr(estimator, "feature_names_in_"):
        return [str(name) for name in estimator.feature_names_in_]
    labels: Sequence[str | int] | None = getattr(estimator, "_labels", None)  # scikit-learn keeps texts alone
    return labels


def _flattened(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Rows that are arrays of one shape, (height, width), as rows of numbers; everything else as it is."""
    shape = _row_shape(X)
    if reset:
        estimator._row_shape = shape
    if shape is None:
        return X
    if shape != estimator._row_shape:
        seen = estimator._row_shape or (estimator.n_features_in_,)
        raise InputError(
            f"X has rows of shape {shape}, and fit saw rows of shape {seen}. Each weight belongs to one place in a "
            "row. Hand in rows of that shape, or X.reshape(len(X), -1) if their entries stand in the same order.",
            error_id="E201",
        )
    return np.asarray(X).reshape(len(X), prod(shape))


def _row_shape(X: Any) -> tuple[int, ...] | None:
    """The shape of a row of X if it is an array with axes of its own; None for the rows of a table."""
    if isinstance(X, list | tuple):
        shapes = {np.shape(row) for row in X} if len(X) and np.ndim(X[0]) > 1 else set()
        if len(shapes) > 1:
            shown = " and ".join(map(str, sorted(shapes)[:SHOWN]))
            raise InputError(
                f"X has rows of the shapes {shown}. Each weight belongs to one place in a row, so bring all rows, such "
                "as images, to one shape."
            )
        return next(iter(shapes), None)
    return X.shape[1:] if getattr(X, "ndim", 2) > 2 else None


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


def is_numeric(X: Any, *, with_gaps: bool = False) -> bool:
    """Whether X holds finite numbers and booleans only (or gaps too), or is of a shape that is no table at all."""
    if issparse(X) or _is_sparse_frame(X):
        return True
    if is_frame(X):
        columns = list(nw.from_native(X, eager_only=True).iter_columns())
        numeric = all(column.dtype.is_numeric() or column.dtype == nw.Boolean for column in columns)
        return numeric and (with_gaps or all(_is_finite(column.cast(nw.Float64).to_numpy()) for column in columns))
    try:
        array = np.asarray(X)
        if array.dtype.kind in "OU" and array.ndim == 2:
            if _has_codes(array):
                return False
            array = array.astype(np.float64)
    except (ValueError, TypeError):  # a text, or rows of different lengths: the latter are for scikit-learn to refuse
        return not isinstance(X, np.ndarray) and len({np.size(row) for row in X}) > 1
    return (
        array.ndim != 2 or array.dtype.kind in "biuc" or (array.dtype.kind == "f" and (with_gaps or _is_finite(array)))
    )


def _has_codes(array: Array) -> bool:
    """Whether some text is a name that is written in digits, 01234, which as a number would be another's."""
    return any(isinstance(value, str) and CODE.fullmatch(value.strip()) for value in array.ravel().tolist())


def _is_sparse_frame(X: Any) -> bool:
    pandas = bool(nw.dependencies.is_pandas_dataframe(X))
    return pandas and all(type(dtype).__name__ == "SparseDtype" for dtype in X.dtypes)


def _is_finite(array: Array) -> bool:
    return bool(np.isfinite(array).all())


def _mixed(estimator: BaseEstimator, X: Any, y: Any, *, reset: bool) -> tuple[Frame, Any]:
    """X as a Frame; shapes and names go the same way through scikit-learn's checks as those of numbers."""
    if issparse(X):
        X = X.toarray()
    if not is_frame(X):
        X = X if isinstance(X, np.ndarray) else np.array(X, dtype=object)
        X = check_array(X, dtype=None, ensure_all_finite=False)
    validate_data(estimator, X, y, reset=reset, skip_check_array=True)
    stand_in = np.broadcast_to(0.0, X.shape)
    if isinstance(y, str):
        check_array(stand_in, ensure_all_finite=False)
    else:
        _, y = check_X_y(stand_in, y, multi_output=True, ensure_all_finite=False)
    return read_frame(X), y


def _as_numbers(frame: Frame) -> Array:
    """The columns of a table that was numbers in training, where new rows hold something else: texts with numbers."""
    return np.column_stack([read_as(column, Choice(column.name, "number")) for column in frame.columns])


def _in_order(estimator: BaseEstimator, X: Any, labels: Sequence[Any]) -> Any:
    """The columns of a data frame in the order of `fit`, by their names."""
    is_named, names = hasattr(estimator, "feature_names_in_"), [name_of(label) for label in labels]
    known = names_of(estimator)
    if known is None or known == names or is_named != all(isinstance(label, str) for label in labels):
        return X  # in the last case scikit-learn warns
    missing = [name for name in known if name not in names]
    unknown = [name for name in names if name not in known]
    if missing or unknown:
        parts = [f"X has no {_listed(missing)}"] if missing else []
        parts += [f"{'it' if missing else 'X'} has {_listed(unknown)}, which fit did not see"] if unknown else []
        hint = nearest(missing[0], map(str, unknown)) if missing else ""
        raise InputError(
            f"The feature names should match those that were passed during fit: {', and '.join(parts)}. Each weight "
            "belongs to one column. Hand in the columns of fit, in any order, and no others"
            f"{': X[list(model.feature_names_in_)]' if is_named else ''}. {hint}".rstrip(),
            error_id="E201",
        )
    return nw.from_native(X, eager_only=True)[:, [names.index(name) for name in known]].to_native()


def _listed(names: Sequence[str | int]) -> str:
    return ", ".join(map(repr, map(str, names[:SHOWN]))) + (", ..." if len(names) > SHOWN else "")
