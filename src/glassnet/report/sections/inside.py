"""6. The network: its shape, its weights, its neurons, its gradients, and what the doctor says."""

from typing import Any

import numpy as np

from ...doctor.steps import steps_of
from ...doctor.units import layers_of
from ..displays.learning_curves import LearningCurvesDisplay
from ..displays.network import NetworkDisplay, names_of
from ..displays.weights import WeightsDisplay
from ..drawing import SIZE, drawn
from ..finished import Finished
from ..language import Say, number, percent
from ..parts import Figure, Part, Section, Table, Words
from .curves import curve_table


def section(run: Finished, say: Say) -> Section:
    """Figures first, then layer by layer in numbers, then the findings."""
    net = run.model.networks_[0].architecture
    words = {
        "members": len(run.model.networks_),
        "parameters": net.n_parameters,
        "shape": "-".join(map(str, net.sizes)),
    }
    parts: list[Part] = [
        Words(say("inside.shape_of_one" if words["members"] == 1 else "inside.shape", **words)),
        _diagram(net, say),
        _weights(run, say),
    ]
    if any(curve.get("gradient_norm") for curve in run.curves):
        parts.append(_gradients(run, say))
    parts += _layers(run, net, say)
    return Section("network", say("sections.network"), [*parts, *_findings(run, say)])


def _diagram(net: Any, say: Say) -> Figure:
    display = NetworkDisplay(net.sizes, names_of(net))
    size = (max(SIZE[0], 1.1 * len(net.sizes)), SIZE[1])
    rows = [
        [layer, n, name]
        for layer, (n, name) in enumerate(zip(net.sizes, [say("inside.input"), *names_of(net)], strict=True), 1)
    ]
    return Figure(
        "diagram",
        say("inside.title_diagram"),
        say("inside.description_diagram"),
        drawn("diagram", lambda ax: display.plot(ax=ax), size, say.entry("labels")),
        Table(say("words.data"), say.headers("inside.diagram_headers"), rows),
    )


def _weights(run: Finished, say: Say) -> Figure:
    display = WeightsDisplay.of(run.model.networks_)
    rows = []
    for layer, (edges, counts) in display.histograms.items():
        rows += [
            [layer, float(a), float(b), int(n)] for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True) if n
        ]
    return Figure(
        "weights",
        say("inside.title_weights"),
        say("inside.description_weights"),
        drawn("weights", lambda ax: display.plot(ax=ax), labels=say.entry("labels")),
        Table(say("words.data"), say.headers("inside.weights_headers"), rows),
    )


def _gradients(run: Finished, say: Say) -> Figure:
    display = LearningCurvesDisplay(run.curves)
    log = all(value > 0 for curve in run.curves for value in curve.get("gradient_norm", ()))
    return Figure(
        "gradients",
        say("inside.title_gradients"),
        say("inside.description_gradients"),
        drawn("gradients", lambda ax: display.plot(kind="gradient_norm", log=log, ax=ax), labels=say.entry("labels")),
        curve_table(run, say, ("gradient_norm",)),
    )


def _layers(run: Finished, net: Any, say: Say) -> list[Part]:
    """Dead and saturated neurons, and the length of a step beside the length of the weights."""
    if run.patient is None:
        return [Words(say("inside.no_rows"), "note")]
    with np.errstate(all="ignore"):
        states = {state.layer: state for state in layers_of(run.patient)}
        steps = {step.layer: step for step in steps_of(run.patient)}
    rows = []
    for layer, name in enumerate(names_of(net), 2):
        state, step = states.get(layer), steps.get(layer)
        shares = (
            [percent(float(share.mean())) for share in (state.dead, state.saturated)] if state else [number(None)] * 2
        )
        rows.append([layer, net.sizes[layer - 1], name, *shares, step.ratio if step else None])
    note = say("inside.layers_note", n=min(len(run.patient.rows or ()), 2000))
    return [Table(say("inside.layers"), say.headers("inside.layers_headers"), rows, note)]


def _findings(run: Finished, say: Say) -> list[Part]:
    found = run.findings["findings"]
    done = len(run.findings["checked"])
    if not found:
        return [Words(say("inside.healthy", n=done))]
    rows = [
        [one["severity"], f"{one['id']}, {one['where']}", one["says"], one["cause"], one["remedy"]] for one in found
    ]
    return [Table(say("inside.findings", checked=done), say.headers("inside.findings_headers"), rows)]
