"""A column read as what it was in training: as numbers, as true and false, as moments, or as names of levels."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..network.arrays import Array
from .choices import Choice
from .frames import Column, Frame, Held, as_text, called
from .texts import Reader, boolean_in, date_in, number_in, values_of

WAS = {"number": "numbers", "boolean": "true and false", "date": "dates", "category": "categories"}

HELD: dict[str, Held] = {"number": "number", "boolean": "boolean", "date": "date", "category": "category"}


def read_as(column: Column, choice: Choice, number: Callable[[int], int] = int) -> Array:
    """The values (n_rows,) of a column in the meaning of its kind.

    float64 with NaN for gaps: numbers, booleans as 0 and 1, dates in seconds since 1970. For a category texts in an
    array of objects, with None for gaps.

    Raises
    ------
    InputError
        If a value has no such meaning; it names the column, the row (as `number` of its place says) and the value.

    Examples
    --------
    >>> read_as(Column("age", "text", np.array(["7", None, "?"], dtype=object)), Choice("age", "number"))
    array([ 7., nan, nan])
    """
    if choice.kind == "category":
        return _levels(column)
    if column.is_empty:
        return np.full(len(column.values), np.nan)
    if column.held in ("text", "category"):
        values, odd = values_of(column.values, _reader(choice))
        if odd is not None:
            raise _misread(column, choice, number(odd), f"the text {column.values[odd]!r}")
        return values
    if choice.kind == "date" and column.held != "date":
        raise _misread(column, choice, number(_first(~column.gaps)), f"{column.held}s")
    if choice.kind != "date" and column.held == "date":
        raise _misread(column, choice, number(_first(~column.gaps)), "dates")
    if choice.kind == "boolean":
        odd_values = ~np.isin(column.values, (0, 1)) & ~column.gaps
        if odd_values.any():
            row = _first(odd_values)
            raise _misread(column, choice, number(row), f"the number {column.values[row]:g}")
    return column.values


def read_frame_as(frame: Frame, choices: Sequence[Choice]) -> Frame:
    """The same table with every column that is used read in the meaning of its kind, so that it is done once."""
    columns = [
        Column(column.name, HELD[choice.kind], read_as(column, choice, frame.number)) if choice.is_used else column
        for column, choice in zip(frame.columns, choices, strict=True)
    ]
    return replace(frame, columns=tuple(columns))


def _reader(choice: Choice) -> Reader:
    if choice.kind == "date":
        return date_in(choice.form or "year-month-day")
    return {"number": number_in, "boolean": boolean_in}[choice.kind]


def _levels(column: Column) -> Array:
    if column.values.dtype == object:
        return column.values
    values: Any = column.values.astype(bool) if column.held == "boolean" else column.values
    if column.held == "date":
        values = (column.values * 1e6).astype("datetime64[us]")
    names = [None if gap else as_text(value) for value, gap in zip(values, column.gaps, strict=True)]
    return np.array(names, dtype=object)


def _first(rows: Array) -> int:
    return int(np.argmax(rows))


def _misread(column: Column, choice: Choice, row: int, holds: str) -> InputError:
    form = f" of the form {choice.form}" if choice.form else ""
    return InputError(
        f"{called(column.name)} is read as {WAS[choice.kind]}{form}, and holds {holds} in row {row}. A network takes a "
        "column in one meaning only, the one it had in training. Correct the value, leave it empty, or train again "
        f"with column_kinds={{{column.name!r}: 'category'}}.",
        error_id="E202",
    )
