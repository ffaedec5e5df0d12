"""What the neurons do on rows of a table: dead ones, saturated ones, and deltas that fade or grow over depth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network.activations import activation_named
from ..network.arrays import Array
from ..network.backprop import Forward, backpropagate, feedforward, output_delta
from .findings import Finding
from .patient import Examined, Patient

MOST_ROWS = 2000  # enough to call a neuron dead; more only cost time
SILENT = 1e-3  # a neuron whose slope is below this in every row learns a thousandth as fast as one with slope 1
NEAR_END = 0.99  # |a| beyond this share of its range counts as its end
ALWAYS = 0.99  # in that share of the rows
RANGE = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}  # the activations that have two ends
DEAD_SHARE = 0.4  # "as much as 40 % of your network can be dead", Stanford's CS231n says of too large learning rates
SATURATED_SHARE = 0.4  # the same share for the same harm
LOST = 0.9  # with so few neurons left the layer passes hardly anything on
FADES = 1e-3  # length of delta in layer 2 over that of the output: the first weights then learn a thousandth as fast
GROWS = 1e3


@dataclass(frozen=True)
class LayerState:
    """One hidden layer on rows of a table, a number for each member.

    dead, saturated : (n_members,) shares of its neurons
    delta : (n_members,) the root mean square length of a row's delta, over that of the output's delta
    """

    layer: int
    width: int
    activation: str
    n_rows: int
    dead: Array
    saturated: Array
    delta: Array


def layers_of(patient: Patient) -> tuple[LayerState, ...]:
    """The state of every hidden layer, none without rows."""
    rows = patient.rows
    if rows is None:
        return ()
    some = np.unique(np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows))).astype(int))
    members = [_of_member(rows, k, some) for k in range(len(patient.runs))]
    net = patient.runs[0].fitted.architecture
    return tuple(
        LayerState(
            layer,
            net.sizes[layer - 1],
            net.activation[layer - 2],
            len(some),
            *(np.array([numbers[layer][place] for numbers in members]) for place in range(3)),
        )
        for layer in range(2, net.n_layers)
    )


def _of_member(rows: Examined, k: int, some: Array) -> dict[int, tuple[float, float, float]]:
    """{layer: (share of dead neurons, share of saturated ones, length of delta)}."""
    fitted, seen = rows.runs[k].fitted, rows.seen_by(rows.runs[k], some)
    net, theta = fitted.architecture, fitted.theta.astype(np.float64)
    forward = feedforward(net, theta, seen.X)
    Delta = backpropagate(net, theta, forward, output_delta(net, fitted.loss, forward, seen.Y))
    at_output = _length(Delta[net.n_layers])
    return {
        layer: (*_shares(net.activation[layer - 2], forward, layer), _length(Delta[layer]) / at_output)
        for layer in range(2, net.n_layers)
    }


def _shares(activation: str, forward: Forward, layer: int) -> tuple[float, float]:
    """The shares of dead and of saturated neurons; a neuron that is at an end of its range is not called dead."""
    if activation in RANGE:
        low, high = RANGE[activation]
        scaled = (2 * forward.A[layer] - low - high) / (high - low)
        at_end = np.mean(np.abs(scaled) > NEAR_END, axis=0) > ALWAYS
        return 0.0, float(at_end.mean())
    slope = activation_named(activation).slope(forward.Z[layer])
    return float(np.mean(np.abs(slope).max(axis=0) < SILENT)), 0.0


def _length(Delta: Array) -> float:
    return float(np.sqrt(np.square(Delta).sum(axis=1).mean()) + np.finfo(float).tiny)


def dead_units(states: Sequence[LayerState]) -> Finding | None:
    """Neurons that no row of the table activates."""
    sick = [state for state in states if state.dead.mean() >= DEAD_SHARE]
    if not sick:
        return None
    worst = max(sick, key=lambda state: float(state.dead.mean()))
    share = float(worst.dead.mean())
    return Finding(
        "dead-units",
        "severe" if share > LOST else "warning",
        layers_named(sick),
        {"dead_share": [round(float(state.dead.mean()), 3) for state in sick], "rows": worst.n_rows},
        f"{100 * share:.0f} % of the {worst.width} {worst.activation} neurons of layer {worst.layer} are off in each "
        f"of {worst.n_rows} rows.",
        "A neuron whose slope is 0 in every row gets no gradient and cannot come back. A large step has thrown its "
        "bias or weights far to one side, or it began there.",
        "Try a smaller learning_rate_init, activation='leaky_relu' or 'mish', scaling='robust' if columns have extreme "
        "values, and initialization='auto'.",
    )


def saturated_units(states: Sequence[LayerState]) -> Finding | None:
    """Neurons that stand at an end of their range whatever the row."""
    sick = [state for state in states if state.saturated.mean() >= SATURATED_SHARE]
    if not sick:
        return None
    worst = max(sick, key=lambda state: float(state.saturated.mean()))
    share = float(worst.saturated.mean())
    return Finding(
        "saturated-units",
        "severe" if share > LOST else "warning",
        layers_named(sick),
        {"saturated_share": [round(float(state.saturated.mean()), 3) for state in sick], "rows": worst.n_rows},
        f"{100 * share:.0f} % of the {worst.width} {worst.activation} neurons of layer {worst.layer} are within 1 % of "
        "an end of their range in 99 % of the rows.",
        f"There {worst.activation} is flat: its slope is almost 0, so the neuron neither tells rows apart nor learns. "
        "Its weights or its inputs are too large.",
        "Try a smaller learning_rate_init, alpha or max_norm to hold the weights, initialization='auto', and "
        "scaling='robust' if columns have extreme values.",
    )


def vanishing_deltas(states: Sequence[LayerState]) -> Finding | None:
    """Deltas that fade on their way from the output to layer 2."""
    return _over_depth(states, "vanishing-deltas") if np.median(states[0].delta) < FADES else None


def exploding_deltas(states: Sequence[LayerState]) -> Finding | None:
    """Deltas that grow on their way from the output to layer 2."""
    return _over_depth(states, "exploding-deltas") if np.median(states[0].delta) > GROWS else None


def _over_depth(states: Sequence[LayerState], name: str) -> Finding:
    by_layer = [float(np.median(state.delta)) for state in states]
    fades = name == "vanishing-deltas"
    return Finding(
        name,
        "warning" if fades else "severe",
        f"layers 2 to {states[-1].layer}",
        {"delta_of_layer_2": by_layer[0], "delta_by_layer": [float(f"{value:.3g}") for value in by_layer]},
        f"a row's delta in layer 2 is {by_layer[0]:.2g} times as long as at the output.",
        "Each layer multiplies the delta by its weights and by the slope of its activation (eq. 5), and these "
        + ("are small: over several layers little is left to learn from." if fades else "are large."),
        "Use fewer layers, activation='mish' or 'relu' in place of 'sigmoid' and 'tanh', initialization='auto'."
        if fades
        else "Try a smaller learning_rate_init, max_norm or alpha to hold the weights, and initialization='auto'.",
    )


def layers_named(states: Sequence[Any]) -> str:
    """Which layers: `layer 2`, `layers 2, 3`."""
    return f"layer{'s' if len(states) > 1 else ''} {', '.join(str(state.layer) for state in states)}"
