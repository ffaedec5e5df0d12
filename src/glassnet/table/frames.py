"""A table of any kind becomes columns of numbers, times and texts, all with the same sign for a gap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from ..errors import InputError
from ..network.arrays import Array

Held = Literal["number", "boolean", "date", "text", "category"]
EXACT = 2**53  # beyond this float64 takes whole numbers that differ for the same,
LONGEST = 10**300  # and beyond that they are too large for it
MICRO = 1e6  # microseconds in a second
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Column:
    """One column as its table holds it.

    name : a text, or its place where the table has no names.
    values : (n_rows,). For numbers, booleans (0 and 1) and dates (seconds since 1970) float64, a gap is NaN; for texts
        and categories texts without blanks around them, a gap is None.
    whole : whether the table says that all its numbers are whole. Some beyond 2**53 make it a column of texts, so that
        ids of 64 bits stay apart.
    """

    name: str | int
    held: Held
    values: Array
    whole: bool = False

    @property
    def gaps(self) -> Array:
        """Which values are missing, (n_rows,) booleans."""
        return gaps_in(self.values)

    @property
    def is_empty(self) -> bool:
        """Whether every value is missing."""
        return bool(self.gaps.all())


@dataclass(frozen=True)
class Frame:
    """Columns of the same length, and how errors call the rows.

    first_row : the number of row 0 in the table that errors speak of.
    places : (n_rows,) the numbers of all rows there, if these do not follow one another.
    """

    columns: tuple[Column, ...]
    n_rows: int
    first_row: int = 0
    places: Array | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.n_rows, len(self.columns)

    def number(self, row: int) -> int:
        """How errors call a row."""
        return self.first_row + row if self.places is None else int(self.places[row])

    def take(self, rows: Array) -> "Frame":
        """These rows, by their places or marked True; they keep their numbers in errors."""
        columns = tuple(replace(column, values=column.values[rows]) for column in self.columns)
        places = np.arange(self.first_row, self.first_row + self.n_rows) if self.places is None else self.places
        return Frame(columns, len(places[rows]), places=places[rows])

    def part(self, start: int, stop: int) -> "Frame":
        """Rows start, ..., stop - 1, which keep their numbers in errors."""
        columns = tuple(replace(column, values=column.values[start:stop]) for column in self.columns)
        places = None if self.places is None else self.places[start:stop]
        return Frame(columns, min(stop, self.n_rows) - start, self.first_row + start, places)


def is_frame(X: Any) -> bool:
    """Whether X is a data frame: of pandas, polars, pyarrow or another library that narwhals knows."""
    return bool(nw.dependencies.is_into_dataframe(X))


def labels_of(X: Any) -> list[Any]:
    """The names of the columns of a data frame, as it has them.

    Raises
    ------
    InputError
        If two columns have the same name.
    """
    labels = list(X.column_names if nw.dependencies.is_pyarrow_table(X) else X.columns)
    twice = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if twice:
        raise InputError(
            f"X has two columns named {str(twice[0])!r}, so a name does not say which one is meant. Give each column a "
            "name of its own.",
            error_id="E204",
        )
    return labels


def name_of(label: Any) -> str | int:
    """What a column with this label is called: numbers stay numbers, all else is a text.

    Examples
    --------
    >>> name_of("age"), name_of(np.int64(3)), name_of(("size", "cm"))
    ('age', 3, "('size', 'cm')")
    """
    if isinstance(label, tuple):  # pandas has a level as 1 or as np.int64(1), by how one asks
        label = tuple(level.item() if isinstance(level, np.generic) else level for level in label)
    return int(label) if isinstance(label, int | np.integer) else str(label)


def read_frame(X: Any) -> Frame:
    """The columns of a data frame, an array (n_rows, n_columns) or a list of rows.

    Dates keep the time that their own clock showed; durations and times of day become numbers of seconds.

    Raises
    ------
    InputError
        If two columns have the same name, or one holds what is neither number, boolean, date nor text.

    Examples
    --------
    >>> frame = read_frame([["Oslo", 7], ["Rome", None]])
    >>> [(column.name, column.held, column.values.tolist()) for column in frame.columns]
    [(0, 'text', ['Oslo', 'Rome']), (1, 'number', [7.0, nan])]
    """
    if is_frame(X):
        labels = labels_of(X)
        series = nw.from_native(X, eager_only=True).iter_columns()
        columns = tuple(_of_series(one, name_of(label)) for one, label in zip(series, labels, strict=True))
        return Frame(columns, len(X))
    table = X if isinstance(X, np.ndarray) else np.array(X, dtype=object)
    return Frame(tuple(_of_array(table[:, k], k) for k in range(table.shape[1])), len(table))


def called(name: str | int) -> str:
    """How errors and notes call a column."""
    return f"column {name}" if isinstance(name, int) else f"column {name!r}"


def gaps_in(values: Array) -> Array:
    """Which of these values are missing: NaN among numbers, None among texts; (n_rows,) booleans."""
    if values.dtype == np.float64:
        return np.isnan(values)
    return np.fromiter((value is None for value in values.tolist()), dtype=bool, count=len(values))


def is_gap(value: Any) -> bool:
    """Whether an object stands for a missing value: None, NaN, pandas' NA, or a time that is none."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return bool(isinstance(value, float | np.floating | np.datetime64 | np.timedelta64 | Decimal) and value != value)


def as_text(value: Any) -> str:
    """A value as the name of a level: whole numbers without a point, so that 5 and 5.0 are the same level.

    Examples
    --------
    >>> as_text(5.0), as_text(0.5), as_text(True), as_text(" Oslo ")
    ('5', '0.5', 'True', 'Oslo')
    """
    if isinstance(value, float | np.floating) and math.isfinite(value) and value == math.floor(value):
        return str(int(value))
    return str(value.item() if isinstance(value, np.generic) else value).strip()


def _of_array(values: Array, name: int) -> Column:
    if values.dtype.kind in "iu" and len(values) and _is_inexact(int(values.min()), int(values.max())):
        return Column(name, "text", _texts(values.tolist()), whole=True)
    if values.dtype.kind in "iuf":
        return Column(name, "number", values.astype(np.float64), values.dtype.kind != "f")
    if values.dtype.kind == "b":
        return Column(name, "boolean", values.astype(np.float64))
    if values.dtype.kind in "mM":
        return _of_objects(list(values), name)
    return _of_objects(values.tolist(), name)


def _of_series(series: Any, name: str | int) -> Column:
    dtype = series.dtype
    if dtype == nw.Boolean:
        return Column(name, "boolean", _floats(series))
    if dtype.is_integer() and series.count() and _is_inexact(int(series.min()), int(series.max())):
        return Column(name, "text", _texts(series.to_list()), whole=True)
    if dtype.is_numeric():
        return Column(name, "number", _floats(series), bool(dtype.is_integer()))
    if dtype == nw.Date:
        return Column(name, "date", _floats(series.cast(nw.Datetime("us")).dt.timestamp("us")) / MICRO)
    if dtype == nw.Datetime:
        return Column(name, "date", _floats(series.dt.replace_time_zone(None).dt.timestamp("us")) / MICRO)
    if dtype == nw.Duration:
        return Column(name, "number", np.asarray(series.to_numpy() / np.timedelta64(1, "s"), np.float64))
    values = series.to_list()
    if dtype in (nw.Categorical, nw.Enum):
        return Column(name, "category", _texts(values))
    return Column(name, "text", _texts(values)) if dtype == nw.String else _of_objects(values, name)


def _is_inexact(low: int, high: int) -> bool:
    """Whether float64 may take whole numbers between these for one another."""
    return EXACT < max(-low, high) < LONGEST


def _floats(series: Any) -> Array:
    """Numbers with NaN for gaps."""
    return np.array(series.cast(nw.Float64).to_numpy(), dtype=np.float64)


def _texts(values: Sequence[Any]) -> Array:
    out = np.empty(len(values), dtype=object)
    known: dict[Any, str | None] = {}
    for row, value in enumerate(values):
        if is_gap(value):
            continue
        key = type(value), value  # True == 1 for Python, but not as the name of a level
        if key not in known:
            known[key] = as_text(value) or None
        out[row] = known[key]
    return out


def _of_objects(values: list[Any], name: str | int) -> Column:
    """A column of Python objects, by what all of them are."""
    gaps = [is_gap(value) for value in values]
    kinds = {type(value) for value, gap in zip(values, gaps, strict=True) if not gap}
    if all(issubclass(kind, bool | np.bool_) for kind in kinds) and kinds:
        return Column(name, "boolean", _numbers(values, gaps, _number))
    if all(issubclass(kind, timedelta | np.timedelta64 | time) for kind in kinds) and kinds:
        return Column(name, "number", _numbers(values, gaps, _length))
    if all(issubclass(kind, Real | Decimal | np.bool_) for kind in kinds):
        whole = bool(kinds) and all(issubclass(kind, Integral) for kind in kinds)
        present = [value for value, gap in zip(values, gaps, strict=True) if not gap]
        if whole and _is_inexact(min(present), max(present)):
            return Column(name, "text", _texts(values), whole=True)
        return Column(name, "number", _numbers(values, gaps, _number), whole)
    if all(issubclass(kind, date | np.datetime64) for kind in kinds):
        return Column(name, "date", _numbers(values, gaps, _seconds))
    if all(issubclass(kind, str | Real | Decimal | np.bool_) for kind in kinds):
        return Column(name, "text", _texts(values))
    types = {type(value).__name__: row for row, value in reversed(list(enumerate(values))) if not gaps[row]}
    found = ", ".join(f"{kind} in row {row}" for kind, row in sorted(types.items(), key=lambda item: item[1]))
    raise InputError(
        f"{called(name)} holds {found}. A column holds numbers, booleans, dates or texts, and dates do not mix with "
        "others. Turn it into columns of such values, or leave it out.",
        error_id="E202",
    )


def _numbers(values: list[Any], gaps: list[bool], number: Any) -> Array:
    return np.array([np.nan if gap else number(value) for value, gap in zip(values, gaps, strict=True)], np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return math.inf if value > 0 else -math.inf


def _seconds(value: Any) -> float:
    """Seconds from the start of 1970, as the clock of the value showed them."""
    if isinstance(value, np.datetime64):
        return float(value.astype("datetime64[us]").astype(np.int64) / MICRO)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return float((value.replace(tzinfo=None) - EPOCH).total_seconds())


def _length(value: Any) -> float:
    if isinstance(value, np.timedelta64):
        return float(value / np.timedelta64(1, "us") / MICRO)
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / MICRO
    return float(value.total_seconds())
