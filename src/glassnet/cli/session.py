"""The lines that `glassnet train` shows, in the order of a reader's questions, and the facts behind them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..doctor.patient import patient
from ..export.run_folder import MODEL, REPORT, RunFolder, model_file
from .choice import Choice
from .columns import Prepared
from .evaluation import Scores, main_metric
from .screen import Screen, clock, count, grouped, short
from .split import Split

NOTABLE = 0.3  # seconds to compile that are worth a line
LARGE = 5  # times the root mean square error: an error to look at
STOPPED = {
    "max_iter": "all asked for",
    "converged": "the loss stopped falling",
    "time_limit": "the time limit was reached",
    "callback": "stopped by Ctrl-C",
    "interrupted": "stopped by Ctrl-C",
}


def show_split(screen: Screen, split: Split, data: Prepared, choice: Choice, n_members: int) -> None:
    """How many rows are learnt from, and how many are kept aside."""
    n_learn, n_test = len(split.learn), len(split.test)
    kept = f"{grouped(n_test)} for the test" if n_test else "none for the test"
    how = {
        "random": "" if data.is_regression or not n_test else ", classes in the same shares",
        "groups": f", rows of one {split.column!r} together",
        "time": f", the latest by {split.column!r}",
    }[split.method]
    chosen = "" if choice.validation is None else f"; {choice.validation} chooses the best epochs"
    in_folds = f" and validate in {n_members} folds" if n_members > 1 and not chosen else ""
    screen.step("Split", f"{grouped(n_learn)} to train{in_folds}, {kept}{how} (seed {choice.seed}){chosen}")
    screen.facts["split"] = {"train": n_learn, "test": n_test, "seed": choice.seed}


def show_network(screen: Screen, model: Any) -> None:
    """Sizes, activation and the number of parameters."""
    architecture = model.network_.architecture
    sizes, n_parameters = list(architecture.sizes), architecture.n_parameters
    name = "-".join(map(str, sizes))
    names = architecture.activation
    activation = names[0] if len(set(names)) == 1 else ", ".join(names)
    members, each = len(model.networks_), " each" if len(model.networks_) > 1 else ""
    what = f"{members} members, {name}" if members > 1 else name
    screen.step("Network", f"{what}, {activation}, {count(n_parameters, 'parameter')}{each}; solver {model.solver}")
    settings = {name: value for name, value in patient(model).settings.items() if name not in ("random_state", "cv")}
    screen.facts["network"] = {"sizes": sizes, "parameters": n_parameters, "members": members, "settings": settings}


@dataclass(frozen=True)
class Fit:
    """How a fit went: its seconds, whether Ctrl-C ended it, and the seconds that new machine code took."""

    seconds: float
    interrupted: bool
    compiling: float


def show_training(screen: Screen, model: Any, fit: Fit) -> None:
    """How long it took, and why it ended."""
    if fit.compiling >= NOTABLE:
        screen.step("Compiling engine", f"{fit.compiling:.1f} s (first run of this network on this machine only)")
    epochs, several = ", ".join(map(str, model.best_iterations_)), "s" if len(model.best_iterations_) > 1 else ""
    best = f"best epoch{several} {epochs} restored; " if model.validation_loss_curve_ else ""
    screen.line(
        f"Trained in {clock(fit.seconds)}; {best}{count(model.n_iter_, 'epoch')}, {STOPPED[model.stop_reason_]}. "
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


def show_large_errors(screen: Screen, errors: Any, *, told: bool) -> None:
    """A note if some errors (n_test,) are far larger than the others; told: whether a report says which."""
    limit = LARGE * float(np.sqrt(np.mean(np.square(errors))))
    n_large = int(np.sum(np.abs(errors) > limit))
    if n_large:
        what = f"{count(n_large, 'row')} of the test {'has an error' if n_large == 1 else 'have errors'}"
        where = ": see the largest errors in the report" if told else ""
        screen.note(f"{what} above {short(limit)}, {LARGE} times the RMSE{where}")


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
