"""2. The learning curve, and how to read this one."""

from typing import Any

import numpy as np

from ...doctor.curves import FEWEST_EPOCHS
from ..displays.learning_curves import LearningCurvesDisplay
from ..drawing import drawn
from ..finished import Finished
from ..language import Say
from ..parts import Figure, Part, Section, Table, Words

MOST_EPOCHS, MOST_MEMBERS = 40, 20  # in the table; history.jsonl has them all
TOO_HIGH = ("rate-over-stability-limit", "loss-jumps", "large-updates")
STILL_FALLING = "fall_in_last_tenth"
TURNED_UP = 0.05  # of its fall a loss has lost again: less may be noise
FELL = 0.9  # a loss that ended below this share of its start has learnt something


def section(run: Finished, say: Say) -> Section:
    """Both axes, since a linear one shows the beginning and a logarithmic one the end."""
    title = say("sections.curves")
    if not any(curve.get("train_loss") for curve in run.curves):
        return Section("curves", title, [Words(say("curves.none"), "note")])
    n = max(len(curve.get("train_loss", ())) for curve in run.curves)
    validated = [curve["validation_loss"] for curve in run.curves if curve.get("validation_loss")]
    reading = how_to_read(run.findings["findings"], n, bool(validated))
    if reading == "healthy" and np.median([_given_back(values) for values in validated]) > TURNED_UP:
        reading = "healthy_until_best"
    training = run.metrics["training"]
    stopped = say.entry("stopped").get(training["stop_reason"], training["stop_reason"])
    parts: list[Part] = [
        Words(say(f"curves.{reading}", n=n), "plain" if reading.startswith("healthy") else "warning"),
        Words(say("curves.kept", epochs=", ".join(map(str, training["best_epochs"])), stopped=stopped), "note"),
    ]
    positive = all(value > 0 for curve in run.curves for value in curve.get("train_loss", ()))
    for name in ("linear", "log") if positive else ("linear",):
        parts.append(_figure(run, say, name))
    return Section("curves", title, parts)


def how_to_read(findings: list[dict[str, Any]], n_epochs: int, validated: bool) -> str:
    """Which explanation fits, by what the doctor has found.

    Examples
    --------
    >>> how_to_read([], 100, True)
    'healthy'
    >>> how_to_read([{"id": "loss-jumps", "evidence": {}}], 100, True)
    'rate_too_high'
    """
    found = {one["id"]: one for one in findings}
    if any(name in found for name in TOO_HIGH):
        return "rate_too_high"
    if "underfitting" in found:
        learnt = found["underfitting"]["evidence"].get("last_over_first_loss", 1.0)
        return "too_few_epochs" if learnt is not None and learnt < FELL else "underfitting"
    if "overfitting" in found:
        return "overfitting"
    if n_epochs < FEWEST_EPOCHS:
        return "too_short"
    return "healthy" if validated else "healthy_without_validation"


def _given_back(values: list[float]) -> float:
    """How much of its fall a loss has lost again at the end."""
    measured = np.array(values, dtype=np.float64)
    known = measured[np.isfinite(measured)]
    fall = known[0] - known.min() if len(known) else 0.0
    return float((known[-1] - known.min()) / fall) if fall > 0 else 0.0


def _figure(run: Finished, say: Say, name: str) -> Figure:
    display = LearningCurvesDisplay(run.curves, run.metrics["training"]["best_epochs"])
    return Figure(
        f"curves-{name}",
        say(f"curves.title_{name}"),
        say("curves.description", members=len(run.curves)),
        drawn(f"curves-{name}", lambda ax: display.plot(log=name == "log", ax=ax), labels=say.entry("labels")),
        curve_table(run, say, ("train_loss", "validation_loss")),
    )


def curve_table(run: Finished, say: Say, names: tuple[str, ...]) -> Table:
    """Some epochs of the members, the best ones among them."""
    curves = run.curves[:MOST_MEMBERS]
    n = max(len(curve.get(names[0], ())) for curve in curves)
    best = [epoch for epoch in run.metrics["training"]["best_epochs"] if 1 <= epoch <= n]
    some = np.unique([*np.linspace(1, n, min(n, MOST_EPOCHS)).astype(int), *best])
    shown = [(k, name) for k in range(len(curves)) for name in names if curves[k].get(name)]
    headers = [say("curves.epoch"), *(say(f"curves.of_{name}", member=k + 1) for k, name in shown)]
    rows = [[int(epoch), *(_at(curves[k][name], epoch) for k, name in shown)] for epoch in some]
    notes = [say("curves.all_epochs", n=n)] if len(some) < n else []
    notes += [say("curves.first_members", n=len(curves), all=len(run.curves))] if len(curves) < len(run.curves) else []
    return Table(say("words.data"), headers, rows, " ".join(notes))


def _at(values: list[float], epoch: int) -> float | None:
    return values[epoch - 1] if epoch <= len(values) else None
