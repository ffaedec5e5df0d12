"""3. The predictions beside the truth, and the largest errors."""

from typing import Any

import numpy as np
from sklearn.metrics import PredictionErrorDisplay

from ...network.arrays import Array
from ..displays.axes import BLUE
from ..displays.intervals import tenths
from ..displays.residuals import ResidualsDisplay
from ..drawing import drawn
from ..finished import Finished, Judged
from ..language import Say
from ..parts import Figure, Part, Section, Table, Words
from .classes import parts_for_classes
from .verdict import middle

LARGEST = 10
MOST_POINTS = 20_000
KINDS = ("actual_vs_predicted", "residual_vs_predicted")


def section(run: Finished, say: Say) -> Section:
    """For numbers three figures and the largest errors; classes.py has those of classes."""
    title, judged = say("sections.predictions"), run.judged
    if judged is None:
        return Section("predictions", title, [Words(say("predictions.none"), "note")])
    parts: list[Part] = [Words(say(f"predictions.rows_{judged.which}", n=len(judged)), "note")]
    parts += parts_for_classes(run, judged, say) if run.is_class else _for_numbers(run, judged, say)
    return Section("predictions", title, parts)


def _for_numbers(run: Finished, judged: Judged, say: Say) -> list[Part]:
    y, prediction = judged.columns["y"], middle(run, judged)
    parts: list[Part] = [_scatter(kind, y, prediction, say) for kind in KINDS]
    return [*parts, _residuals(y, prediction, say), _largest(judged, y, prediction, say)]


def _scatter(kind: str, y: Array, prediction: Array, say: Say) -> Figure:
    some = np.unique(np.linspace(0, len(y) - 1, min(len(y), MOST_POINTS)).astype(int))
    display = PredictionErrorDisplay(y_true=y[some], y_pred=prediction[some])
    points = {"color": BLUE, "alpha": 0.6 if len(some) < 300 else 0.35, "s": 12}

    def paint(ax: Any) -> None:
        display.plot(ax=ax, kind=kind, scatter_kwargs=points)
        ax.set_xlabel(say("predictions.predicted"))
        ax.set_ylabel(say(f"predictions.{kind.split('_')[0]}"))

    name = kind.replace("_", "-")
    return Figure(
        name,
        say(f"predictions.title_{kind}"),
        say(f"predictions.description_{kind}", n=len(some)),
        drawn(name, paint),
        _by_tenth(y, prediction, say),
    )


def _by_tenth(y: Array, prediction: Array, say: Say) -> Table:
    rows = [
        [
            len(part),
            *(float(v) for v in (prediction[part].mean(), y[part].mean(), *_errors(y[part] - prediction[part]))),
        ]
        for part in tenths(prediction)
    ]
    return Table(say("predictions.by_tenth"), say.headers("predictions.tenth_headers"), rows, say("predictions.file"))


def _errors(residuals: Array) -> tuple[Any, Any]:
    return residuals.mean(), np.abs(residuals).mean()


def _residuals(y: Array, prediction: Array, say: Say) -> Figure:
    display = ResidualsDisplay.of(y - prediction)
    rows = [[f"{100 * q:g} %", residual] for q, residual in display.quantiles.items()]
    rows = [
        [say("words.least"), float((y - prediction).min())],
        *rows,
        [say("words.most"), float((y - prediction).max())],
    ]
    return Figure(
        "residuals",
        say("predictions.title_residuals"),
        say("predictions.description_residuals"),
        drawn("residuals", lambda ax: display.plot(ax=ax), labels=say.entry("labels")),
        Table(say("words.data"), say.headers("predictions.quantile_headers"), rows),
    )


def _largest(judged: Judged, y: Array, prediction: Array, say: Say) -> Table:
    worst = np.argsort(-np.abs(y - prediction), kind="stable")[:LARGEST]
    rows = [
        [int(judged.columns["row"][k]), float(y[k]), float(prediction[k]), float(y[k] - prediction[k])] for k in worst
    ]
    caption = say("predictions.largest", n=len(worst))
    return Table(caption, say.headers("predictions.largest_headers"), rows, say("predictions.largest_note"))
