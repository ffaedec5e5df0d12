"""`glassnet doctor`: what is wrong with a model, its training or its table, in words."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..doctor.checks import diagnose
from ..errors import InputError, SettingError
from ..export.model_file import load
from .columns import COLUMNS_SHOWN, kind_of, listed, require_columns, target_values
from .failures import as_flags, counted_from_one, say
from .predict import inputs_of
from .reading import Table, read_table
from .screen import OR_STREAM, Look, Screen, count


def doctor(
    model: Annotated[Path, Parameter(help="A model file, as `glassnet train` writes it.")],
    table: Annotated[
        str | None, OR_STREAM, Parameter(help="The table it was trained on, or another with the target; - is stdin.")
    ] = None,
    /,
    *,
    target: Annotated[
        str | None, Parameter(help="The column to predict; default: the one that the model does not take.")
    ] = None,
    skip_bad_rows: Annotated[
        bool, Parameter(negative=(), help="Drop and count lines that have not as many fields as the header.")
    ] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Say in words what is wrong with a model, its training or its table. Findings are no failure: exit code 0."""
    screen = Screen(look)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        network = load(model)
    for warning in caught:
        screen.note(str(warning.message))
    rows: tuple[Any, Any] = (None, None)
    if table is not None:
        read = read_table(table, skip_bad_rows=skip_bad_rows)
        if read.bad_rows:
            screen.note(f"{count(read.bad_rows, 'bad row')} of {read.name} dropped")
        rows = labelled(read, network, target, screen)
    elif target is not None:
        raise SettingError(
            say("--target names a column, and no table was given", fix="give the table behind the model")
        )
    with counted_from_one():
        findings = diagnose(network, *rows, first_row=1)
    screen.facts = {"command": "doctor", "model": str(model), "table": table} | findings.as_dict()
    for line in as_flags(str(findings)).splitlines():
        screen.line(line)
    screen.finish()
    return 0


def labelled(table: Table, network: Any, target: str | None, screen: Screen) -> tuple[Any, Any]:
    """X and y of a table that has the target, both as training had them.

    Raises
    ------
    InputError
        If there is no such target, or it cannot be what the model predicts.
    SettingError
        If it is not clear which column the target is.
    """
    name = _target_of(table, network, target)
    column = table.frame[name]
    if not hasattr(network, "classes_") and kind_of(column) not in ("number", "boolean"):
        raise InputError(
            say(f"target {name!r} holds no numbers, and the model predicts numbers", fix="name another --target"),
            error_id="E210",
        )
    X = inputs_of(replace(table, frame=table.frame.drop(columns=name)), network, screen)
    y = target_values(column, "classification" if hasattr(network, "classes_") else "regression")
    return (X if hasattr(network, "feature_names_in_") else X.to_numpy()), y


def _target_of(table: Table, network: Any, name: str | None) -> str:
    if name is not None:
        require_columns(table, [name])
        return name
    taken = set(map(str, getattr(network, "feature_names_in_", ())))
    others = [str(column) for column in table.frame.columns if column not in taken]
    if len(others) != 1:
        raise SettingError(
            say(
                f"which column of {table.name} is the target? The model does not take "
                + (f"{len(others)} of them" if others else "any other than its inputs"),
                f"columns: {listed(others or list(table.frame.columns), COLUMNS_SHOWN)}",
                fix="name it with --target",
            ),
            error_id="E305",
        )
    return others[0]
