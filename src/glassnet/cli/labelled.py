"""Rows of a table beside what would have been right, for a model that is there already."""

from typing import Any

import pandas as pd

from ..errors import InputError, SettingError
from .choice import Choice
from .columns import COLUMNS_SHOWN, Prepared, chosen_columns, listed, require_columns, target_values
from .failures import say
from .predict import inputs_of
from .reading import Table, read_table
from .roles import kind_of, require_complete, rows_of, written_numbers
from .screen import Screen


def labelled(
    table: Table, network: Any, target: str | None, screen: Screen, *, every_row: bool = True
) -> tuple[pd.DataFrame, Any]:
    """The inputs of the model, and the target (n_rows,) as training had it.

    target : its column; if left out, the only one that the model does not take
    every_row : whether all rows need a class

    Raises
    ------
    SettingError
        If it is not clear which column the target is.
    InputError
        If there is no such column, or it cannot be what the model predicts.
    """
    name = _target_of(table, network, target)
    if every_row and hasattr(network, "classes_"):  # of numbers the model itself says so
        require_complete(table.frame[name], "target ", fix="remove such rows: there is nothing to compare with")
    y = _values(table.frame[name], name, network)
    return inputs_of(table.without(name), network, screen), y


def _target_of(table: Table, network: Any, name: str | None) -> str:
    taken = set(map(str, getattr(network, "feature_names_in_", ())))
    if name is not None:
        require_columns(table, [name])
        if name in taken:
            raise SettingError(
                say(f"--target {name} is an input of the model, not what it predicts", fix="name another --target"),
                error_id="E312",
            )
        return name
    others = [str(column) for column in table.frame.columns if column not in taken]
    if len(others) != 1:
        raise SettingError(
            say(
                f"which column of {table.name} is the target? The model does not take "
                + (f"{len(others)} of them" if others else "any other than its inputs"),
                f"columns: {listed(others or list(table.frame.columns), COLUMNS_SHOWN)}",
                fix="name it with --target, the column that says what would have been right",
            ),
            error_id="E312",
        )
    return others[0]


def _values(column: pd.Series, name: str, network: Any) -> Any:
    if hasattr(network, "classes_"):
        return target_values(column, "classification")
    column = written_numbers(column)
    if kind_of(column) not in ("number", "boolean"):
        raise InputError(
            say(f"target {name!r} holds no numbers, and the model predicts numbers", fix="name another --target"),
            error_id="E210",
        )
    if network.n_outputs_ > 1 and network.loss != "quantile":
        raise InputError(
            say(
                "the model predicts several numbers at once, and a table has one target column here",
                fix="call the model in Python, where y may have several columns",
            ),
            error_id="E210",
        )
    return target_values(column, "regression")


def validation_rows(choice: Choice, data: Prepared) -> dict[str, Any]:
    """The rows of --validation as fit takes them, with the columns of the training table.

    Raises
    ------
    InputError
        If a column is missing or holds what the training table does not.
    """
    assert choice.validation is not None
    texts = [name for name in data.features if kind_of(data.X[name]) == "text"]
    table = read_table(choice.validation, texts, skip_bad_rows=choice.skip_bad_rows)
    require_columns(table, [*data.features, *choice.roles])
    target = written_numbers(table.frame[choice.target]) if data.is_regression else table.frame[choice.target]
    require_complete(target, "target ", fix="remove such rows: there is nothing to compare with")
    if data.is_regression and kind_of(target) not in ("number", "boolean"):
        raise InputError(
            say(f"target {choice.target!r} of {table.name} holds no numbers", fix="give a table like the other one"),
            error_id="E210",
        )
    weight, _, _ = rows_of(table.frame, choice)
    rows = {"X_val": chosen_columns(table.frame, data.features, choice), "y_val": target_values(target, data.task)}
    return rows if weight is None else rows | {"sample_weight_val": weight}
