"""Which columns are inputs, which is the target, and whether they can be used as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from ..errors import InputError, nearest
from ..estimators.parameters import SETTINGS
from ..estimators.reading import is_numeric
from ..table.choices import Choice as ColumnChoice
from ..table.frames import read_frame
from ..table.kinds import decide
from ..table.meaning import read_frame_as
from .choice import Choice
from .failures import counted_from_one, say
from .pairs import pairs_of
from .reading import Table
from .roles import kind_of, require_complete, require_finite, rows_of, written_numbers

COLUMNS_SHOWN = 8
VALUES_SHOWN = 3
WHOLE = r"-?(0|[1-9]\d*)(\.0)?"
FEW_VALUES = 10  # a whole-number target with at most so many values may be meant as classes


@dataclass(frozen=True)
class Prepared:
    """X (n_rows, n_columns), the target, weights or None, and the task with the reason for it.

    groups, times : (n_rows,) the group and the moment of every row, as numbers; None if they were not asked for.
    choices : what each column of a table of mixed columns is; empty for plain numbers.
    column_kinds : what the user says about some columns.
    """

    X: pd.DataFrame
    y: Any
    weight: Any
    task: str
    reason: str
    groups: Any = None
    times: Any = None
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
    require_columns(table, [choice.target, *(choice.features or []), *(choice.drop or []), *choice.roles])
    X, column_kinds = chosen_columns(frame, input_columns(frame, choice), choice), kinds_of(choice)
    target = written_numbers(frame[choice.target]) if choice.task == "regression" else frame[choice.target]
    require_complete(target, "target ", fix="remove such rows: there is nothing to learn from them")
    task, reason = task_of(target, choice)
    _require_classes(target, task)
    rows = rows_of(frame, choice)
    if len(frame) < 2:
        raise InputError(
            say(f"{table.name} has 1 row, and one row shows a point and no relation", fix="give at least 2 rows"),
            error_id="E104",
        )
    choices = () if column_kinds is None and is_numeric(X) else _choices(X, column_kinds)
    return Prepared(X, target_values(target, task), *rows[:1], task, reason, *rows[1:], choices, column_kinds)


def require_columns(table: Table, names: Sequence[str]) -> None:
    """Raise InputError for the first name that is no column of the table."""
    columns = list(table.frame.columns)
    for name in names:
        if name not in columns:
            hint = nearest(name, columns)
            raise InputError(
                say(
                    f"column {name!r} is not in {table.name}",
                    f"columns: {listed(columns, COLUMNS_SHOWN)}{'            ' if hint else ''}{hint}",
                ),
                error_id="E201",
            )


def kinds_of(choice: Choice) -> dict[str, str] | None:
    """{"postcode": "category"} of postcode=category; None if nothing was said."""
    if not choice.column_kinds:
        return None
    kinds = pairs_of(choice.column_kinds)
    SETTINGS["column_kinds"].check(kinds)
    return kinds


def texts_of(choice: Choice) -> list[str]:
    """The columns that were called categories: their names stay as a table writes them."""
    return [name for name, kind in (kinds_of(choice) or {}).items() if kind == "category"]


def chosen_columns(frame: pd.DataFrame, names: Sequence[str], choice: Choice) -> pd.DataFrame:
    """These columns; 5.0 as the name of a level is 5 where all are whole, as pandas writes whole numbers with gaps."""
    X = frame[list(names)]
    told = [name for name in texts_of(choice) if name in X and kind_of(X[name]) == "text"]
    whole = [name for name in told if X[name].dropna().astype(str).str.fullmatch(WHOLE).all()]
    return X.assign(**{name: X[name].str.removesuffix(".0") for name in whole})


def _choices(X: pd.DataFrame, column_kinds: dict[str, str] | None) -> tuple[ColumnChoice, ...]:
    """What every column is, tried on all rows, so that an error has the number of the file's row."""
    with counted_from_one():
        frame = read_frame(X)
        choices = decide(frame, cast(dict[str | int, str] | None, column_kinds))
        read_frame_as(frame, choices)
    return choices


def listed(values: Sequence[Any], limit: int = VALUES_SHOWN, *, quoted: bool = False) -> str:
    """The first values, with dots for the rest."""
    texts = [repr(str(value)) if quoted else str(value) for value in values[:limit]]
    return ", ".join([*texts, *(["..."] if len(values) > limit else [])])


def input_columns(frame: pd.DataFrame, choice: Choice) -> list[str]:
    """The columns to predict from, in the order of the table or of --features."""
    named = [name for name in (choice.target, choice.weights, choice.split_by, choice.time_column) if name]
    taken = choice.roles
    if len(named) > len(taken):
        twice = next(name for name in named if named.count(name) > 1)
        raise InputError(
            say(f"column {twice!r} cannot be two of target, weights, groups and time", fix="name another column"),
            error_id="E206",
        )
    for column in (*(choice.features or []), *(choice.drop or [])):
        if taken.get(column) in ("the target", "the weights"):
            raise InputError(
                say(
                    f"column {column!r} is {taken[column]} and cannot be an input or dropped as well",
                    fix=f"leave {column!r} out of --features and --drop",
                ),
                error_id="E206",
            )
    dropped = set(choice.drop or [])
    others = [column for column in frame.columns if column not in taken]
    chosen = list(dict.fromkeys(choice.features)) if choice.features else others
    inputs = [column for column in chosen if column not in dropped]
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


def task_of(target: pd.Series, choice: Choice) -> tuple[str, str]:
    """The task, and the reason for it. Raises InputError if the target holds what cannot be predicted so."""
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
    reason = {"number": "holds numbers", "boolean": "is true or false", "category": "holds categories"}.get(
        kind, "holds text"
    )
    return task, "as --task says" if choice.task != "auto" else f"since {choice.target!r} {reason}"


def _require_classes(target: pd.Series, task: str) -> None:
    if task == "classification" and target.nunique() < 2:
        raise InputError(
            say(
                f"target {str(target.name)!r} is {str(target.iloc[0])!r} in every row, so there is nothing to tell "
                "apart",
                fix="give rows of at least 2 classes",
            ),
            error_id="E212",
        )


def target_values(target: pd.Series, task: str) -> Any:
    """Numbers for regression; for classification booleans, whole numbers or texts."""
    if task == "regression":
        values = target.astype("float64").to_numpy()
        require_finite(str(target.name), values)
        return values
    kind = kind_of(target)
    if kind == "boolean":
        return target.astype(bool).to_numpy()
    if kind == "number":
        values = target.to_numpy(dtype="float64")
        return values.astype("int64") if (values == np.floor(values)).all() else values.astype(str).astype(object)
    return target.astype(str).to_numpy(dtype=object)
