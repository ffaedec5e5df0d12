"""Numbers that have to be there: the first gap or infinity is named by row and column, with what to do about it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d

from ..errors import InputError
from ..network.arrays import Array
from ..table.frames import called, is_gap

SHOWN = 5  # how many rows an error lists
FIX = {
    "X": "The training rows had none, so the network has not learnt what it means. Fill it in (the median of the "
    "column is a good guess), or train with rows that have such entries too.",
    "sparse": "A sparse table holds plain numbers only. Fill the entry in, or hand in X.toarray().",
    "y": "There is nothing to learn from a row without a target. Leave such rows out: keep = pd.notna(y) marks the "
    "others (np.isfinite(y) where some are infinite), then fit(X[keep], y[keep]).",
    "sample_weight": "A weight says how often a row counts. Give every row a number from 0 on; 0 leaves it out.",
    "groups": "A label says which rows belong together. Give every row one; a row that stands for itself has its own.",
    "exposure": "It says over how long, or over how many, the events of a row were counted. Give a number above 0.",
}


def require_finite(name: str, values: Any, columns: Sequence[str | int] | None = None) -> None:
    """Raise InputError that names the first NaN, infinite or missing entry by row and column, and further rows.

    name : "X", "y", "sample_weight", "groups" or "exposure".
    """
    array = values.data if issparse(values) else np.asarray(values)
    bad = _not_finite(array)
    if bad is None or not bad.any():
        return
    first = tuple(np.argwhere(bad)[0])
    kind = "infinity" if isinstance(array[first], float | np.floating) and np.isinf(array[first]) else "NaN"
    row, *column = _place_in_sparse(values, first[0]) if issparse(values) else first
    where = f"row {row}" + "".join(f", {called(int(c) if columns is None else columns[c])}" for c in column)
    rows = np.unique(np.argwhere(bad)[:, 0])
    if len(rows) > 1 and not issparse(values):
        shown = ", ".join(map(str, rows[:SHOWN])) + (", ..." if len(rows) > SHOWN else "")
        where += f" ({len(rows)} of {len(array)} rows have such entries: {shown})"
    fix = FIX["sparse" if issparse(values) else name]
    raise InputError(f"Input {name} contains {kind} in {where}. {fix}", error_id="E220")


def require_a_mean(weight: Array | None) -> None:
    """Raise InputError if weights of rows are so large or so small that nothing can be divided by their mean."""
    if weight is None or not weight.any():
        return
    with np.errstate(over="ignore"):
        total = weight.sum()
        can_be = 0 < len(weight) / total < np.inf
    if not can_be:
        raise InputError(
            f"the weights of rows (sample_weight, class_weight and exposure together) add up to {total:g}, which is "
            f"too {'large' if total > 1 else 'small'} to divide by. Divide all of them by their mean."
        )


def require_numbers(name: str, values: Any) -> None:
    """Raise InputError unless these are finite numbers, or texts that hold such; `name` as for `require_finite`."""
    require_finite(name, values)
    array = np.asarray(values)
    if array.dtype.kind in "OSU":
        try:
            array.astype(np.float64)
        except (ValueError, TypeError) as reason:
            raise InputError(f"{name} cannot be read as numbers: {reason}. {FIX[name]}") from reason


def one_column(name: str, values: Any) -> Array:
    """One value for each row, (n_rows,); raises InputError if they have another shape."""
    shape = np.shape(values)
    if len(shape) != 1 and shape[1:] != (1,):
        raise InputError(f"{name} has the shape {shape}, and each row of X needs one value. Give a list of them.")
    return np.asarray(column_or_1d(values))


def finite_column(name: str, values: Any) -> Array:
    """The same for values that have to be there; raises InputError as `require_finite` does too."""
    column = one_column(name, values)
    require_finite(name, values)
    return column


def _not_finite(array: Array) -> Array | None:
    if array.dtype.kind == "O":
        return np.array([_is_odd(value) for value in array.flat], bool).reshape(array.shape)
    if array.dtype.kind in "mM":
        return np.asarray(np.isnat(array))
    return ~np.isfinite(array) if array.dtype.kind == "f" else None


def _is_odd(value: Any) -> bool:
    return is_gap(value) or (isinstance(value, float | np.floating) and bool(np.isinf(value)))


def _place_in_sparse(values: Any, entry: int) -> tuple[int, int]:
    """Row and column of a stored entry of a CSR matrix, or of another one as it stands."""
    table = values.tocoo()
    return int(table.row[entry]), int(table.col[entry])
