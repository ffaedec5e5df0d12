"""Which columns are inputs, which is the target, and whether they can be used as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

import numpy as np
import pandas as pd
from cyclopts import Group, Parameter

from ..errors import InputError, nearest
from ..estimators.parameters import SETTINGS
from ..estimators.reading import is_numeric
from ..table.choices import CHOICES
from ..table.choices import Choice as ColumnChoice
from ..table.frames import read_frame
from ..table.kinds import decide
from ..table.meaning import read_as, read_frame_as
from .failures import counted_from_one, say
from .reading import Table
from .screen import count, grouped

DATA = Group("Data", sort_key=1)
COLUMNS_SHOWN = 8
VALUES_SHOWN = 3
GAP = "fill the gap or remove the row"
FEW_VALUES = 10  # a whole-number target with at most so many values may be meant as classes


@Parameter(name="*", group=DATA, negative=())
@dataclass(frozen=True)
class Choice:
    """What a table is used for."""

    target: Annotated[str, Parameter(help="The column to predict.")]
    features: Annotated[
        list[str] | None, Parameter(consume_multiple=True, help="The columns to predict from; default: all others.")
    ] = None
    drop: Annotated[list[str] | None, Parameter(consume_multiple=True, help="Columns to leave out.")] = None
    weights: Annotated[str | None, Parameter(help="A column that says how much each row counts.")] = None
    task: Annotated[
        Literal["auto", "regression", "classification"],
        Parameter(help="auto: text and booleans are classes, numbers are regression."),
    ] = "auto"
    test: Annotated[float, Parameter(help="Share of the rows kept aside for the test; 0 for none.")] = 0.15
    seed: Annotated[int, Parameter(help="Decides the split, the first weights and the order of rows.")] = 0
    column_kinds: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            help="What columns are, where the rules are wrong: postcode=category remark=drop. Kinds: "
            f"{', '.join(CHOICES)}.",
        ),
    ] = None
    monotonic_constraints: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            help="Columns with which the prediction may only rise (1) or fall (-1): area=1 age=-1.",
        ),
    ] = None
    skip_bad_rows: Annotated[
        bool, Parameter(help="Drop and count lines that have not as many fields as the header.")
    ] = False


@dataclass(frozen=True)
class Prepared:
    """X (n_rows, n_columns), the target, weights or None, and the task with the reason for it.

    choices : what each column of a table of mixed columns is; empty for plain numbers.
    column_kinds : what the user says about some columns.
    """

    X: pd.DataFrame
    y: Any
    weight: Any
    task: str
    reason: str
    choices: tuple[ColumnChoice, ...] = ()
    column_kinds: dict[str, str] | None = None

    @property
    def features(self) -> list[str]:
        """The names of the columns to predict from."""
        return [str(column) for column in self.X.columns]

    @property
    def is_regression(self) -> bool:
        """Whether the target is a number."""
        return self.task == "regression"


def prepare(table: Table, choice: Choice) -> Prepared:
    """The columns of the table in their roles, checked.

    Raises
    ------
    InputError
        If a column is missing, or holds what cannot be used: it names column and row.
    SettingError
        If --column-kinds has no meaning.
    """
    frame = table.frame
    roles = [choice.target, *(choice.features or []), *(choice.drop or [])]
    require_columns(table, [*roles, *([choice.weights] if choice.weights else [])])
    X, column_kinds = frame[_inputs(frame, choice)], _column_kinds(choice.column_kinds)
    target = frame[choice.target]
    _require_complete(target, "target ", fix="remove such rows: there is nothing to learn from them")
    task, reason = _task(target, choice)
    weight = None if choice.weights is None else _weights(frame, choice.weights)
    if len(frame) < 2:
        raise InputError(
            say(f"{table.name} has 1 row, and one row shows a point and no relation", fix="give at least 2 rows"),
            error_id="E104",
        )
    choices = () if column_kinds is None and is_numeric(X) else _choices(X, column_kinds)
    return Prepared(X, target_values(target, task), weight, task, reason, choices, column_kinds)


def require_columns(table: Table, names: Sequence[str]) -> None:
    """Raise InputError for the first name that is no column of the table."""
    columns = list(table.frame.columns)
    for name in names:
        if name not in columns:
            hint = nearest(name, columns)
            if len(columns) == 1 and ";" in columns[0]:
                hint = "The header looks as if semicolons part its columns: save the table with commas."
            raise InputError(
                say(
                    f"column {name!r} is not in {table.name}",
                    f"columns: {listed(columns, COLUMNS_SHOWN)}{'            ' if hint else ''}{hint}",
                ),
                error_id="E201",
            )


def _column_kinds(words: Sequence[str] | None) -> dict[str, str] | None:
    """{"postcode": "category"} of postcode=category; None if nothing was said."""
    if not words:
        return None
    kinds = {name: kind for name, _, kind in (word.rpartition("=") for word in words)}
    SETTINGS["column_kinds"].check(kinds)
    return kinds


def _choices(X: pd.DataFrame, column_kinds: dict[str, str] | None) -> tuple[ColumnChoice, ...]:
    """What every column is, tried on all rows, so that an error has the number of the file's row."""
    with counted_from_one():
        frame = read_frame(X)
        choices = decide(frame, cast(dict[str | int, str] | None, column_kinds))
        read_frame_as(frame, choices)
    return choices


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


def listed(values: Sequence[Any], limit: int = VALUES_SHOWN, *, quoted: bool = False) -> str:
    """The first values, with dots for the rest."""
    texts = [repr(str(value)) if quoted else str(value) for value in values[:limit]]
    return ", ".join([*texts, *(["..."] if len(values) > limit else [])])


def _inputs(frame: pd.DataFrame, choice: Choice) -> list[str]:
    """The columns to predict from, in the order of the table or of --features."""
    taken = {choice.target: "the target", **({choice.weights: "the weights"} if choice.weights else {})}
    if choice.weights == choice.target:
        raise InputError(
            say(f"column {choice.target!r} is both the target and the weights", fix="name another --weights"),
            error_id="E206",
        )
    for column in (*(choice.features or []), *(choice.drop or [])):
        if column in taken:
            raise InputError(
                say(
                    f"column {column!r} is {taken[column]} and cannot be an input or dropped as well",
                    fix=f"leave {column!r} out of --features and --drop",
                ),
                error_id="E206",
            )
    dropped = set(choice.drop or [])
    chosen = list(dict.fromkeys(choice.features)) if choice.features else list(frame.columns)
    inputs = [column for column in chosen if column not in dropped and column not in taken]
    if not inputs:
        raise InputError(
            say(
                "no column is left to predict from",
                f"columns: {listed(list(frame.columns), COLUMNS_SHOWN)}",
                fix="give a table with more columns, or drop fewer",
            ),
            error_id="E206",
        )
    return inputs


def _require_complete(column: pd.Series, role: str, *, fix: str) -> None:
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


def _require_finite(name: str, values: Any) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        raise InputError(
            say(
                f"column {name!r} is infinite in row {grouped(int(infinite.argmax()) + 1)}",
                fix="the network multiplies and adds numbers: replace the value or remove the row",
            ),
            error_id="E205",
        )


def _task(target: pd.Series, choice: Choice) -> tuple[str, str]:
    kind, n_values = kind_of(target), target.nunique()
    if kind == "date":
        raise InputError(
            say(f"target {choice.target!r} holds dates", fix="turn them into numbers, such as days since a start"),
            error_id="E210",
        )
    if choice.task == "regression" and kind in ("text", "category"):
        raise InputError(
            say(
                f"target {choice.target!r} holds text ({n_values} different values), regression needs numbers",
                f"first values: {listed(list(target.unique()), quoted=True)}",
                fix="leave out --task, or choose a numeric column",
            ),
            error_id="E210",
        )
    task = choice.task
    if task == "auto":
        task = "regression" if kind == "number" else "classification"
    if task == "classification" and n_values < 2:
        raise InputError(
            say(
                f"target {choice.target!r} is {str(target.iloc[0])!r} in every row, so there is nothing to tell apart",
                fix="give rows of at least 2 classes",
            ),
            error_id="E212",
        )
    reason = {"number": "holds numbers", "boolean": "is true or false", "category": "holds categories"}.get(
        kind, "holds text"
    )
    return task, "as --task says" if choice.task != "auto" else f"since {choice.target!r} {reason}"


def target_values(target: pd.Series, task: str) -> Any:
    """Numbers for regression; for classification booleans, whole numbers or texts."""
    if task == "regression":
        values = target.astype("float64").to_numpy()
        _require_finite(str(target.name), values)
        return values
    kind = kind_of(target)
    if kind == "boolean":
        return target.astype(bool).to_numpy()
    if kind == "number":
        values = target.to_numpy(dtype="float64")
        return values.astype("int64") if (values == np.floor(values)).all() else values.astype(str).astype(object)
    return target.astype(str).to_numpy(dtype=object)


def _weights(frame: pd.DataFrame, name: str) -> Any:
    with counted_from_one():
        weight = read_as(read_frame(frame[[name]]).columns[0], ColumnChoice(name, "number"))
    _require_complete(frame[name], "weights ", fix=GAP)
    _require_finite(name, weight)
    if (weight < 0).any() or not weight.any():
        negative = f"is negative in row {grouped(int((weight < 0).argmax()) + 1)}"
        what = negative if (weight < 0).any() else "is 0 in every row"
        raise InputError(
            say(f"weights {name!r}: the column {what}", fix="a weight says how much a row counts, from 0 on"),
            error_id="E230",
        )
    return weight
