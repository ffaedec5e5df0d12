"""What `glassnet train` shows of its table: how much was read, and what every column was taken for."""

import numpy as np

from ..table.standardizer import remarks
from .choice import Choice
from .columns import FEW_VALUES, Prepared
from .failures import as_flags, from_one, visible
from .opening import note_oddities
from .reading import Table
from .roles import kind_of
from .screen import Screen, count, grouped, short

SHOWN = 20  # columns; of a wider table those that deserve a look
GUESS = "-> wrong guess?  --types COLUMN=number --drop COLUMN, or edit glassnet.toml (glassnet init)"


def show_reading(screen: Screen, table: Table) -> None:
    """How much was read."""
    frame = table.frame
    screen.step(
        f"Reading {table.name}",
        f"{count(len(frame), 'row')}, {count(len(frame.columns), 'column')} ({table.seconds:.1f} s)",
    )
    note_oddities(table, screen)


def show_table(screen: Screen, table: Table, data: Prepared, choice: Choice) -> None:
    """What each column is."""
    frame = table.frame
    notes = _notes_on_choices(data) if data.choices else _notes_on_numbers(screen, data)
    n_values = len(np.unique(data.y))
    _show_columns(screen, table, data, choice, notes)
    if data.is_regression and n_values == 1:
        screen.note(f"target {choice.target!r} is {short(data.y[0])} in every row, so there is nothing else to learn")
    elif data.is_regression and choice.task == "auto" and n_values <= min(FEW_VALUES, len(data.y) / FEW_VALUES):
        screen.note(f"target {choice.target!r} has {n_values} different values only: if classes, --task classification")
    screen.facts |= {
        "command": "train",
        "table": {"name": table.name, "rows": len(frame), "columns": list(frame.columns), "bad_rows": table.bad_rows},
        "target": choice.target,
        "features": data.features,
        "task": data.task,
        "task_reason": data.reason,
        "remarks": notes,
    }


def _notes_on_numbers(screen: Screen, data: Prepared) -> dict[str, str]:
    found = remarks(data.X.to_numpy(dtype="float64"), lambda column: "")
    if sum(remark.is_constant for remark in found) == len(data.features):
        screen.note("every column to predict from is constant, so all predictions will be the same")
    return {data.features[remark.column]: from_one(remark.text.strip()) for remark in found}


def _notes_on_choices(data: Prepared) -> dict[str, str]:
    """Columns that are left out, or read as something else than they look."""
    notes = {
        str(choice.name): (choice.doubt or choice.note) if choice.is_used else f"left out: {choice.note}"
        for choice in data.choices
    }
    return {name: as_flags(from_one(note)) for name, note in notes.items() if note}


def _show_columns(screen: Screen, table: Table, data: Prepared, choice: Choice, notes: dict[str, str]) -> None:
    shown = data.features
    if len(shown) > SHOWN and not screen.look.verbose:
        shown = list(notes)[:SHOWN]
    rows = [_row(table, data, name, notes.get(name, "")) for name in shown]
    names, kinds = ([visible(row[place]) for row in rows] for place in (0, 1))
    target, kind = visible(choice.target), f"TARGET ({kind_of(table.frame[choice.target])})"
    width, wide = max(12, *map(len, [*names, target])) + 1, max(15, *map(len, [*kinds, kind])) + 1
    said = "metrics below in its own units" if data.is_regression else count(len(np.unique(data.y)), "class", "classes")
    lines = [*rows, (choice.target, kind, "0", f"{data.task}, {data.reason}; {said}")]
    for name, what, missing, note in [("column", "kind", "missing", "note"), *lines]:
        screen.line(f"  {visible(name):<{width}}{what:<{wide}}{missing:>7}   {note}".rstrip())
    if len(shown) < len(data.features):
        others = count(len(data.features) - len(shown), "more column")
        screen.line(f"  ({others}{'' if len(notes) > SHOWN else ' with nothing to remark'}; -v shows all)")
    screen.line(f"  {GUESS}")


def _row(table: Table, data: Prepared, name: str, note: str) -> tuple[str, str, str, str]:
    column = table.frame[name]
    kind = {str(choice.name): choice.kind for choice in data.choices}.get(name) or kind_of(column)
    levels = f" ({grouped(column.nunique())})" if kind == "category" else ""
    return name, f"{kind}{levels}", grouped(int(column.isna().sum())), note
