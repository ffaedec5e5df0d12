"""Columns that say something about the rows instead of being learnt from: weights, groups, times."""

from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError
from ..table.choices import Choice as ColumnChoice
from ..table.frames import read_frame
from ..table.kinds import decide
from ..table.meaning import read_as
from ..table.texts import number_in
from .choice import Choice
from .failures import counted_from_one, say
from .screen import count, grouped

GAP = "fill the gap or remove the row"


def rows_of(frame: pd.DataFrame, choice: Choice) -> tuple[Any, Any, Any]:
    """Weights, groups and times of the rows, (n_rows,) each, or None for what was not asked for.

    Raises
    ------
    InputError
        If such a column has a gap, or holds what has no such meaning.
    """
    weight = None if choice.weights is None else weights_of(frame, choice.weights)
    groups = None if choice.split_by is None else _groups(frame[choice.split_by])
    return weight, groups, None if choice.time_column is None else _times(frame[choice.time_column])


def kind_of(column: pd.Series) -> str:
    """number, boolean, category, date or text."""
    kinds = pd.api.types
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "category"
    if kinds.is_bool_dtype(column.dtype):
        return "boolean"
    if kinds.is_numeric_dtype(column.dtype) and not kinds.is_complex_dtype(column.dtype):
        return "number"
    if kinds.is_datetime64_any_dtype(column.dtype) or kinds.is_timedelta64_dtype(column.dtype):
        return "date"
    present = column.dropna()
    return "boolean" if len(present) and all(isinstance(value, bool) for value in present) else "text"


def written_numbers(column: pd.Series) -> pd.Series:
    """The column as numbers if all of its texts are numbers, such as 0042; else as it is."""
    if kind_of(column) != "text":
        return column
    known = {text: number_in(str(text).strip()) for text in column.dropna().unique()}
    return column if None in known.values() else column.map(known).astype("float64")


def require_complete(column: pd.Series, role: str, *, fix: str) -> None:
    """Raise InputError for a gap; it names the first row that has one."""
    gaps = column.isna().to_numpy()
    if gaps.any():
        raise InputError(
            say(
                f"{role or 'column '}{str(column.name)!r} has no value in row {grouped(int(gaps.argmax()) + 1)}",
                f"{count(int(gaps.sum()), 'row')} of {grouped(len(gaps))} have a gap there (row 1 is the first below "
                "the header)",
                fix=fix,
            ),
            error_id="E203",
        )


def require_finite(name: str, values: Any) -> None:
    """Raise InputError for an infinity; it names the first row that has one."""
    infinite = np.isinf(values)
    if infinite.any():
        raise InputError(
            say(
                f"column {name!r} is infinite in row {grouped(int(infinite.argmax()) + 1)}",
                fix="the network multiplies and adds numbers: replace the value or remove the row",
            ),
            error_id="E205",
        )


def _groups(column: pd.Series) -> Any:
    require_complete(column, "groups ", fix="a row without a group could be in any: fill the gap or remove the row")
    return pd.factorize(column)[0]


def _times(column: pd.Series) -> Any:
    """Moments as numbers: as they are, or seconds since 1970 for dates."""
    column = written_numbers(column)
    require_complete(column, "time ", fix=GAP)
    if kind_of(column) == "number":
        return column.to_numpy(dtype="float64")
    if column.nunique() == 1:  # a moment without others has no kind, and no meaning here
        return np.zeros(len(column))
    held = read_frame(column.to_frame())
    try:
        return read_as(held.columns[0], decide(held, {str(column.name): "date"})[0])
    except InputError as reason:
        raise InputError(
            say(
                f"time column {str(column.name)!r} holds neither dates nor numbers",
                f"first value: {str(column.iloc[0])!r}",
                fix="write dates as 2026-11-22, or name another --time-column",
            ),
            error_id="E214",
        ) from reason


def weights_of(frame: pd.DataFrame, name: str) -> Any:
    """How much each row counts, (n_rows,) numbers from 0 on. Raises InputError."""
    with counted_from_one():
        weight = read_as(read_frame(frame[[name]]).columns[0], ColumnChoice(name, "number"))
    require_complete(frame[name], "weights ", fix=GAP)
    require_finite(name, weight)
    if (weight < 0).any() or not weight.any():
        negative = f"is negative in row {grouped(int((weight < 0).argmax()) + 1)}"
        what = negative if (weight < 0).any() else "is 0 in every row"
        raise InputError(
            say(f"weights {name!r}: the column {what}", fix="a weight says how much a row counts, from 0 on"),
            error_id="E230",
        )
    return weight
