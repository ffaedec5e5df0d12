"""`glassnet runs`: the run folders below runs/, as a table, one by one, side by side, or gone."""

import csv
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ..errors import InputError, OutputError, SettingError, nearest
from ..export.claim import claimed
from ..export.run_folder import CHECKPOINTS, FILES, METRICS, RunFolder
from .failures import say
from .place import RUNS
from .report import require_run
from .screen import Look, Screen, clock, short

COLUMNS = ("run", "data", "rows", "network", "metric", "out of fold", "test", "time")
SHOWN_SETTINGS = 60  # characters of a value


@Parameter(name="*", negative=())
@dataclass(frozen=True)
class Listing:
    """Which runs are listed, and how."""

    folder: Annotated[Path, Parameter(help="Where the run folders are.")] = RUNS
    sort: Annotated[str, Parameter(help=f"The column to sort the list by: {', '.join(COLUMNS)}.")] = "run"
    csv: Annotated[bool, Parameter(negative=(), help="Write the list as CSV.")] = False


def runs(
    action: Annotated[Literal["list", "show", "diff", "remove"], Parameter(help="What to do.")] = "list",
    folders: Annotated[list[Path] | None, Parameter(help="Run folders, or their names below --folder.")] = None,
    /,
    *,
    listing: Listing = Listing(),
    force: Annotated[bool, Parameter(negative=(), help="Remove without asking.")] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """List, show, compare or remove the run folders below runs/: `glassnet runs diff A B` says what differs."""
    screen = Screen(look)
    chosen = [_found(name, listing.folder) for name in folders or []]
    needed = {"list": 0, "show": 1, "diff": 2, "remove": 1}[action]
    if len(chosen) < needed or (action in ("list", "show", "diff") and len(chosen) > needed):
        raise SettingError(
            say(
                f"runs {action} takes {needed or 'no'} run folder{'' if needed == 1 else 's'}, and here are "
                f"{len(chosen)}",
                fix="`glassnet runs list` shows their names",
            ),
            error_id="E308",
        )
    if action == "list":
        _list(screen, listing)
    elif action == "show":
        with chosen[0].understood():
            _show(screen, chosen[0])
    elif action == "diff":
        _diff(screen, *chosen)
    else:
        _remove(screen, chosen, force)
    screen.finish()
    return 0


def _found(name: Path, folder: Path) -> RunFolder:
    path = name if RunFolder.is_at(name) else folder / name
    require_run(path if RunFolder.is_at(path) else name)
    return RunFolder(path)


def _list(screen: Screen, listing: Listing) -> None:
    folder, sort = listing.folder, listing.sort
    if sort not in COLUMNS:
        raise SettingError(
            say(f"--sort {sort} is no column", nearest(sort, COLUMNS), fix=f"one of {', '.join(COLUMNS)}"),
            error_id="E308",
        )
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    rows = [_row_or_note(RunFolder(path), screen) for path in paths if RunFolder.is_at(path)]
    rows.sort(key=lambda row: (row[sort] is None, row[sort]))
    screen.facts = {"command": "runs", "folder": str(folder), "runs": rows}
    if listing.csv and not screen.look.json:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    elif not rows:
        screen.line(f"No runs in {folder}/ yet. `glassnet train TABLE --target COLUMN` makes one.")
    else:
        _table(screen, [COLUMNS, *([_text(name, row[name]) for name in COLUMNS] for row in rows)])


def _row_or_note(run: RunFolder, screen: Screen) -> dict[str, Any]:
    """A line of the list; of a run whose files are damaged there is only the name, and a note that says so."""
    try:
        with run.understood():
            return _row(run)
    except InputError as reason:
        screen.note(str(reason).partition("\n")[0])
        return dict.fromkeys(COLUMNS) | {"run": run.path.name}


def _row(run: RunFolder) -> dict[str, Any]:
    """A line of the list; None for what a run that did not end has not."""
    data = run.data
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"run": run.path.name, "data": data["table"]["name"], "rows": data["table"]["rows"]}
    if not (run.path / METRICS).is_file():
        return row
    metrics = run.metrics
    metric, network = metrics["metric"], metrics["network"]
    row |= {"network": f"{network['members']} of {'-'.join(map(str, network['sizes']))}", "metric": metric}
    row |= {"out of fold": _own(metrics, "out_of_fold"), "test": _own(metrics, "test")}
    return row | {"time": metrics["training"]["seconds"]}


def _own(metrics: Mapping[str, Any], part: str) -> float | None:
    """The score of the model itself by which runs are compared."""
    value = metrics[part].get("this model", {}).get(metrics["metric"])
    return None if value is None else float(value)


def _text(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name == "time":
        return clock(value)
    return value if isinstance(value, str) else short(value)


def _table(screen: Screen, rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        screen.line("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


def _show(screen: Screen, run: RunFolder) -> None:
    row = _row(run)
    for name in COLUMNS:
        screen.line(f"{name:<14}{_text(name, row[name])}")
    screen.facts = {"command": "runs", "run": str(run.path), "data": run.data, "metrics": None}
    if (run.path / METRICS).is_file():
        metrics = screen.facts["metrics"] = run.metrics
        for name, value in metrics["network"]["settings"].items():
            screen.line(f"  {name:<24}{_short_text(value)}")


def _diff(screen: Screen, a: RunFolder, b: RunFolder) -> None:
    """Settings that differ, and every score that both have."""
    facts = [_comparable(run) for run in (a, b)]
    names = list(dict.fromkeys([*facts[0], *facts[1]]))
    pairs = {name: [one.get(name) for one in facts] for name in names}
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    screen.facts = {"command": "runs", "runs": [str(a.path), str(b.path)], "changed": changed}
    if not changed:
        screen.line("No setting and no score differs.")
        return
    rows = [[name, *map(_short_text, pair), _change(*pair)] for name, pair in changed.items()]
    _table(screen, [["", a.path.name, b.path.name, "change"], *rows])


def _comparable(run: RunFolder) -> dict[str, Any]:
    """Settings and scores by name, in one flat list."""
    with run.understood():
        return _facts_of(run)


def _facts_of(run: RunFolder) -> dict[str, Any]:
    data = run.data
    facts = {"data": data["table"]["name"], "sha256": data["table"]["sha256"][:12], "seed": data["seed"]}
    facts |= {"columns": " ".join(one["name"] for one in data["columns"] if one["role"] == "feature")}
    facts |= {"split": data["split"]["method"], "train": data["split"]["train"], "test": data["split"]["test"]}
    if not (run.path / METRICS).is_file():
        return facts
    metrics = run.metrics
    facts |= {"target": metrics["target"]} | metrics["network"]["settings"]
    for part in ("out_of_fold", "test"):
        own = metrics[part].get("this model", {})
        facts |= {f"{part.replace('_', ' ')} {metric}": value for metric, value in own.items()}
    return facts


def _change(before: Any, after: Any) -> str:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    if not numbers:
        return ""
    return f"{after - before:+.4g}" + (f" ({(after - before) / abs(before):+.1%})" if before else "")


def _short_text(value: Any) -> str:
    if isinstance(value, float):
        return short(value)
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= SHOWN_SETTINGS else f"{text[: SHOWN_SETTINGS - 3]}..."


def _remove(screen: Screen, chosen: list[RunFolder], force: bool) -> None:
    if not force and not _agreed(chosen):
        raise SettingError(
            say("nothing was removed", fix="answer y, or say --force"),
            error_id="E309",
        )
    for run in chosen:
        others = sorted({file.name for file in run.path.iterdir()} - {*FILES, *CHECKPOINTS, "figures"})
        if others:
            raise OutputError(
                say(f"{run.path} holds what no run wrote: {', '.join(others[:5])}", fix="move it away first"),
                error_id="E502",
            )
        try:
            with claimed(run.path):
                shutil.rmtree(run.path)
        except OutputError:
            raise
        except OSError as reason:
            raise OutputError(
                say(f"{run.path} cannot be removed: {reason.strerror}", fix="remove it by hand"), error_id="E501"
            ) from reason
        screen.line(f"Removed {run.path}")
    screen.facts = {"command": "runs", "removed": [str(run.path) for run in chosen]}


def _agreed(chosen: Sequence[RunFolder]) -> bool:
    """Whether somebody at a terminal says yes; nobody does in a pipe."""
    if not sys.stdin.isatty():
        return False
    print(f"Remove {', '.join(str(run.path) for run in chosen)}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
