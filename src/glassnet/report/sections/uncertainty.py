"""5. Uncertainty: what the intervals hold, for which predictions, and how far the members lie apart."""

from functools import partial
from typing import Any

import numpy as np

from ...errors import GlassNetError
from ...network.arrays import Array
from ..displays.intervals import KINDS, IntervalDisplay, tenths
from ..displays.members import MembersDisplay
from ..drawing import drawn
from ..finished import Finished
from ..language import Say, percent
from ..parts import Figure, Part, Section, Table, Words

FEWEST = 30  # rows for tenths that say something
CLEARLY = 3.0  # standard errors: the worst of ten tenths lies 1.5 below by chance


def section(run: Finished, say: Say) -> Section:
    """Intervals where the model makes some, and the members where there are several."""
    parts = [*_intervals(run, say), *_members(run, say)]
    return Section("uncertainty", say("sections.uncertainty"), parts)


def _intervals(run: Finished, say: Say) -> list[Part]:
    if run.is_class:
        return [Words(say("uncertainty.classes"), "note")]
    judged = run.judged
    ends = _ends(run)
    if judged is None or ends is None:
        return [
            Words(
                say("uncertainty.no_intervals" if judged is None or judged.which == "test" else "uncertainty.no_test"),
                "note",
            )
        ]
    lower, upper, nominal, prediction = ends
    y = judged.columns["y"]
    held = float(np.mean((lower <= y) & (y <= upper)))
    width = float(np.mean(upper - lower))
    words = {"asked": percent(nominal), "held": percent(held), "n": len(y), "width": width, "target": run.target}
    parts: list[Part] = [Words(say("uncertainty.held", **words))]
    error = 2 * np.sqrt(nominal * (1 - nominal) / len(y))
    if abs(held - nominal) > error:
        parts.append(
            Words(say("uncertainty.too_narrow" if held < nominal else "uncertainty.too_wide", **words), "warning")
        )
    display = IntervalDisplay.of(y, prediction, lower, upper, nominal)
    parts += _worst_tenth(display, prediction, say)
    table = Table(say("words.data"), say.headers("uncertainty.headers"), _rows(display))
    for kind in KINDS:
        svg = drawn(kind, partial(_plotted, display, kind), labels=say.entry("labels"))
        title, description = say(f"uncertainty.title_{kind}"), say(f"uncertainty.description_{kind}", **words)
        parts.append(Figure(kind, title, description, svg, table))
    return parts


def _worst_tenth(display: IntervalDisplay, prediction: Array, say: Say) -> list[Part]:
    """A warning about the tenth whose intervals hold least, if that is less than chance does to one of ten."""
    worst = int(np.argmin(display.coverage))
    p, n, held = display.nominal, int(display.n_rows[worst]), float(display.coverage[worst])
    if n < FEWEST or held > p - CLEARLY * np.sqrt(p * (1 - p) / n):
        return []
    rows = prediction[tenths(prediction)[worst]]
    words = {"low": float(rows.min()), "high": float(rows.max()), "there": percent(held)}
    return [Words(say("uncertainty.narrow_there", **words), "warning")]


def _plotted(display: IntervalDisplay, kind: str, ax: Any) -> None:
    display.plot(kind=kind, ax=ax)


def _ends(run: Finished) -> tuple[Array, Array, float, Array] | None:
    """Lower and upper ends, the coverage asked for, and the predictions; None if the run has no intervals."""
    columns = run.judged.columns if run.judged else {}
    if {"lower", "upper"} <= set(columns):
        nominal = (run.metrics.get("intervals") or {}).get("coverage") or 0.9
        return columns["lower"], columns["upper"], float(nominal), columns["prediction"]
    if len(run.quantiles) > 1 and columns:
        low, high = min(run.quantiles), max(run.quantiles)
        lower, upper = columns[f"prediction_{low:g}"], columns[f"prediction_{high:g}"]
        return lower, upper, high - low, (lower + upper) / 2
    return None


def _rows(display: IntervalDisplay) -> list[list[float]]:
    columns = (display.n_rows, display.center, display.coverage, display.width)
    return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _members(run: Finished, say: Say) -> list[Part]:
    n = len(run.model.networks_)
    if n < 2:
        return [Words(say("uncertainty.one_member"), "note")]
    if run.rows is None or len(run.rows) < FEWEST or len(run.quantiles) > 1:
        return [Words(say("uncertainty.no_spread", n=n), "note")]
    try:
        members = run.model.member_predictions(run.rows)
    except GlassNetError:
        return [Words(say("uncertainty.no_spread", n=n), "note")]
    truth = np.searchsorted(run.model.classes_, run.targets) if run.is_class else run.targets
    display = MembersDisplay.of(members, truth)
    rises = bool(display.error[-1] > 1.5 * display.error[0])
    words = {"n": n, "small": display.error[0], "large": display.error[-1]}
    rows = [list(row) for row in zip(display.spread.tolist(), display.error.tolist(), strict=True)]
    figure = Figure(
        "members",
        say("uncertainty.title_members"),
        say("uncertainty.description_members", n=n),
        drawn("members", lambda ax: display.plot(ax=ax), labels=say.entry("labels")),
        Table(say("words.data"), say.headers("uncertainty.members_headers"), rows),
    )
    return [Words(say("uncertainty.spread_warns" if rises else "uncertainty.spread_says_little", **words)), figure]
