"""The lines that `glassnet train` shows, in the order of a reader's questions, and the facts behind them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..doctor.patient import patient
from ..export.run_folder import MODEL, REPORT, RunFolder, model_file
from ..table.standardizer import remarks
from .choice import Choice
from .columns import FEW_VALUES, Prepared
from .evaluation import Scores, main_metric
from .failures import as_flags, from_one, visible
from .opening import note_oddities
from .reading import Table
from .roles import kind_of
from .screen import Screen, clock, count, grouped, short
from .split import Split

NOTABLE = 0.3  # seconds to compile that are worth a line
STOPPED = {
    "max_iter": "all asked for",
    "converged": "the loss stopped falling",
    "time_limit": "the time limit was reached",
    "callback": "stopped by Ctrl-C",
    "interrupted": "stopped by Ctrl-C",
}


def show_reading(screen: Screen, table: Table) -> None:
    """What was read."""
    frame = table.frame
    screen.step(
        f"Reading {table.name}",
        f"{count(len(frame), 'row')}, {count(len(frame.columns), 'column')} ({table.seconds:.1f} s)",
    )
    note_oddities(table, screen)


def show_table(screen: Screen, table: Table, data: Prepared, choice: Choice) -> None:
    """The task, and the columns that deserve a look."""
    frame = table.frame
    notes = _notes_on_choices(data) if data.choices else _notes_on_numbers(screen, data)
    n_values = len(np.unique(data.y))
    if notes or screen.look.verbose:
        _show_columns(screen, table, data, choice, notes)
    elif data.is_regression:
        screen.step("Target", f"{data.task}, {data.reason}; scores below are in its own units")
    else:
        screen.step("Target", f"{data.task}, {data.reason}; {count(n_values, 'class', 'classes')}")
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
    used = data.features
    shown = used if screen.look.verbose else list(notes)
    width = max(12, *(len(visible(column)) for column in [*shown, choice.target])) + 1
    screen.line(f"  {'column':<{width}}{'kind':<18}note")
    kinds = {str(choice.name): choice.kind for choice in data.choices}
    for column in shown:
        kind = kinds.get(column) or kind_of(table.frame[column])
        screen.line(f"  {visible(column):<{width}}{kind:<18}{notes.get(column, '')}".rstrip())
    kind = f"TARGET ({kind_of(table.frame[choice.target])})"
    screen.line(f"  {visible(choice.target):<{width}}{kind:<18}{data.task}, {data.reason}")
    if len(shown) < len(used):
        screen.line(f"  ({count(len(used) - len(shown), 'more column')} with nothing to remark; -v shows all)")


def show_split(screen: Screen, split: Split, data: Prepared, choice: Choice) -> None:
    """How many rows are learnt from, and how many are kept aside."""
    n_learn, n_test = len(split.learn), len(split.test)
    kept = f"{grouped(n_test)} for the test" if n_test else "none for the test"
    how = {
        "random": "" if data.is_regression or not n_test else ", classes in the same shares",
        "groups": f", rows of one {split.column!r} together",
        "time": f", the latest by {split.column!r}",
    }[split.method]
    chosen = "" if choice.validation is None else f"; {choice.validation} chooses the best epochs"
    screen.step("Split", f"{grouped(n_learn)} to train, {kept}{how} (seed {choice.seed}){chosen}")
    screen.facts["split"] = {"train": n_learn, "test": n_test, "seed": choice.seed}


def show_network(screen: Screen, model: Any) -> None:
    """Sizes, activation and the number of parameters."""
    architecture = model.network_.architecture
    sizes, n_parameters = list(architecture.sizes), architecture.n_parameters
    name = "-".join(map(str, sizes))
    names = architecture.activation
    activation = names[0] if len(set(names)) == 1 else ", ".join(names)
    members, each = len(model.networks_), " each" if len(model.networks_) > 1 else ""
    what = f"{members} of {name}" if members > 1 else name
    screen.step("Network", f"{what}, {activation}, {count(n_parameters, 'parameter')}{each}; solver {model.solver}")
    settings = {name: value for name, value in patient(model).settings.items() if name not in ("random_state", "cv")}
    screen.facts["network"] = {"sizes": sizes, "parameters": n_parameters, "members": members, "settings": settings}


@dataclass(frozen=True)
class Fit:
    """How a fit went: its seconds, whether Ctrl-C ended it, and whether machine code was new."""

    seconds: float
    interrupted: bool
    compiled: bool


def show_training(screen: Screen, model: Any, fit: Fit) -> None:
    """How long it took, and why it ended."""
    spent = model.history_.seconds
    compiling = spent[0] - (spent[1] - spent[0]) if len(spent) > 1 else 0.0
    if fit.compiled and compiling >= NOTABLE:
        screen.step("Compiling engine", f"{compiling:.1f} s (first run of this network on this machine only)")
    epochs = ", ".join(map(str, model.best_iterations_))
    best = f"; epoch {epochs} restored, the best" if model.validation_loss_curve_ else ""
    screen.line(
        f"Trained in {clock(fit.seconds)}; {count(model.n_iter_, 'epoch')}, {STOPPED[model.stop_reason_]}{best}. "
        f"Loss {short(model.loss_curve_[-1]) if model.loss_curve_ else '-'}."
    )
    screen.facts["training"] = {
        "seconds": fit.seconds,
        "epochs": model.n_iter_,
        "stop_reason": model.stop_reason_,
        "loss": model.loss_,
        "best_epochs": model.best_iterations_,
        "best_loss": model.best_loss_,
        "interrupted": fit.interrupted,
    }


def show_scores(screen: Screen) -> None:
    """The table of the test set: this model beside what is always possible; before it, what the folds promise."""
    scores, promised, told = (screen.facts[name] for name in ("test", "out_of_fold", "intervals"))
    if promised:
        metric = main_metric(promised["this model"])
        screen.step(f"Out of fold, {metric}", _side_by_side(promised, metric))
    screen.line()
    if not scores:
        screen.line("No rows were kept aside (--test 0), so how good it is on new rows is not known.")
        return
    screen.line(f"{'Test set':<18}" + "".join(f"{who:>{_width(who)}}" for who in scores))
    for metric in next(iter(scores.values())):
        row = "".join(f"{_score(metric, of[metric]):>{_width(who)}}" for who, of in scores.items())
        screen.line(f"  {metric:<16}{row}")
    if told:
        screen.line(
            f"  {100 * told['coverage']:g} % intervals hold the target in {100 * told['held']:.1f} % of the rows "
            f"(mean width {short(told['mean_width'])})"
        )


def _side_by_side(scores: Scores, metric: str) -> str:
    """Such as `this model 148 902, straight line 209 377, mean 381 204`."""
    return ", ".join(f"{who} {_score(metric, of[metric])}" for who, of in scores.items())


def _width(who: str) -> int:
    return max(len(who) + 3, 12)


def _score(metric: str, value: float) -> str:
    return f"{value:.3f}" if metric in ("R2", "accuracy", "log loss") and np.isfinite(value) else short(value)


def show_files(screen: Screen, path: Path, tables: Sequence[str]) -> None:
    """What was written, and what to type next."""
    name, new = shlex.quote(str(path)), shlex.quote(tables[0])
    following = f"glassnet predict {name} {new} -o predictions.csv"
    screen.line()
    screen.line(f"Wrote {path}{_contents(path)}")
    if RunFolder.is_at(path) and RunFolder(path).has_checkpoint and screen.facts["training"]["interrupted"]:
        screen.line(f"Go on: glassnet train --resume {name}")
    screen.line(f"Next:  {following}")
    screen.facts |= {"model": str(model_file(path)), "run": str(path) if path.is_dir() else None, "next": following}


def _contents(path: Path) -> str:
    if path.is_file():
        return f" ({path.stat().st_size / 1000:.0f} kB)"
    known = [path / name for name in (REPORT, MODEL) if (path / name).is_file()]
    sizes = ", ".join(f"{file.name} {file.stat().st_size / 1000:.0f} kB" for file in known)
    return f"/   ({sizes}, ...)"
