"""From monotonic_constraints, as users write them, to a sign for each column that the network sees (eq. 21)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.program import Program
from ..errors import SettingError, nearest
from ..network.monotone import Signs
from ..table.bins import Bins
from ..table.choices import Choice
from ..table.frames import called, name_of
from .inputs import Selection
from .recipe import is_constrained

ORDERED = ("number", "boolean", "date")  # kinds of columns whose values have an order
SHOWN = 10  # how many columns an error lists
SIGN_OF: dict[str, Any] = {"cycle": None, "indicator": 0}  # outputs of a date or a gap; all others rise with the column


def constrained(program: Program, constraints: Any, training: Selection, bins: Bins | None) -> Program:
    """The same program under these constraints; the arguments and errors are those of `signs_for`.

    Raises
    ------
    SettingError
        Besides, if an activation falls somewhere, or there are several classes.
    """
    signs = signs_for(constraints, training, bins)
    return replace(program, architecture=replace(program.architecture, signs=signs)) if signs else program


def signs_for(constraints: Any, training: Selection, bins: Bins | None) -> Signs:
    """A sign for each column that the network sees; () if there are no constraints.

    Parameters
    ----------
    constraints : {column: 1, -1 or 0}, or one of these per column, or None
        A column is a name, or its number counted from 0.
    training : Selection
        Rows that are numbers by now. Of a date the trend gets the sign, and month, weekday and hour, which go back and
        forth, are hidden from the network; the mark of a gap is free.
    bins : Bins or None
        Columns whose positions stand behind the others; they have the signs of these.

    Raises
    ------
    SettingError
        If there is no such column, or its values have no order.
    """
    if not is_constrained(constraints):
        return ()
    names = _names(training)
    signs = _by_place(constraints, names)
    if training.table is not None:
        _require_order(training.table.choices, signs)
        of_column = dict(zip(names, signs, strict=True))
        outputs = [(output.what, of_column[output.column]) for output in training.table.outputs]
        seen = [SIGN_OF.get(what, sign) if sign else 0 for what, sign in outputs]
    else:
        seen = list(signs)
    return (*seen, *(seen[column] for column in (() if bins is None else bins.columns)))


def _names(training: Selection) -> Sequence[str | int]:
    """The columns of X, by name or by number."""
    if training.table is not None:
        return [choice.name for choice in training.table.choices]
    return range(training.X.shape[1]) if training.names is None else list(training.names)


def _by_place(constraints: Any, names: Sequence[str | int]) -> list[int]:
    """The signs in the order of the columns."""
    if not isinstance(constraints, Mapping):
        if len(constraints) != len(names):
            raise SettingError(
                f"monotonic_constraints has {len(constraints)} entries, and X has {len(names)} columns. Give 1, -1 or "
                "0 for each of them, or name the ones that count: {'age': 1}."
            )
        return [int(sign) for sign in constraints]
    signs = [0] * len(names)
    for label, sign in constraints.items():
        name = name_of(label)
        if name in names:
            place = names.index(name)
        elif isinstance(name, int) and 0 <= name < len(names):
            place = name
        else:
            raise SettingError(
                f"monotonic_constraints names {called(name)}, which X does not have. Columns of X: "
                f"{', '.join(repr(known) for known in names[:SHOWN])}{', ...' if len(names) > SHOWN else ''}. "
                f"{nearest(name, names)}".rstrip()
            )
        signs[place] = int(sign)
    return signs


def _require_order(choices: Sequence[Choice], signs: Sequence[int]) -> None:
    for choice, sign in zip(choices, signs, strict=True):
        if sign and choice.is_used and choice.kind not in ORDERED:
            raise SettingError(
                f"monotonic_constraints asks for a prediction that goes one way with {called(choice.name)}, which is "
                f"a {choice.kind} and has no order. Numbers, dates and booleans have one: leave it out, or say "
                f"column_kinds={{{choice.name!r}: 'number'}} if its values are numbers."
            )
