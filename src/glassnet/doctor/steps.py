"""How far the optimizer's steps go: in proportion to the weights, and to the curvature of the loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..estimators.blueprint import plan_for
from ..estimators.run import WEIGHTS_STREAM
from ..network.architecture import Architecture
from ..network.arrays import Array
from ..network.backprop import gradient
from ..network.initialization import initialize
from ..network.random_bits import generator
from ..training.rows import Rows
from ..training.stability import limit_on
from .findings import Finding
from .patient import Patient
from .units import layers_named

STEPS = 100
WARM_UP = 20  # steps after which Adam's memory, which begins with nothing, tells the size of a step
LIMIT_ROWS = 1000  # rows on which the curvature is measured
TOO_SMALL = 1e-4  # update over weight; about 1e-3 is usual (Karpathy, CS231n notes on neural networks, part 3)
TOO_LARGE = 0.1  # a weight that loses a tenth of itself in each step remembers ten steps
UNMOVED = 0.05  # small steps do no harm to a layer that has moved by more than this share of its length altogether
TINY = 1e-300  # keeps weights of 0 from being divided by
OVER_LIMIT = 1.5  # gradient descent hovers at its limit by itself (Cohen et al. 2021), so only well beyond it counts


@dataclass(frozen=True)
class LayerStep:
    """What steps do to the weights of one layer.

    ratio : the length of a step's update of W over the length of W, the median over steps
    moved : how far W is from its first value, over its length
    """

    layer: int
    ratio: float
    moved: float
    learning_rate: float


@dataclass(frozen=True)
class Pace:
    """The learning rate with which the kept weights were reached, and the limit that the curvature sets there."""

    learning_rate: float
    limit: float


def steps_of(patient: Patient) -> tuple[LayerStep, ...]:
    """A hundred steps of the first member on rows of the table, from its trained weights.

    They are taken with the run's own optimizer, beginning with an empty memory, at the median of the run's learning
    rates, in float64, without dropout.
    """
    run, rates = patient.runs[0], np.array(patient.runs[0].history.learning_rate)
    if patient.rows is None or not np.isfinite(rates).any():
        return ()
    plan = plan_for(patient.settings, len(patient.rows), incremental=True)
    order = np.random.default_rng(run.learner.seed).permutation(len(patient.rows))[: STEPS * plan.batch_size]
    rows, rate = patient.rows.seen_by(run, order), float(np.nanmedian(rates))
    ratios = _ratios(patient, rows, plan.batch_size, rate)
    net, moved = run.fitted.architecture, _moved(patient)
    return tuple(LayerStep(layer, ratios[layer], moved[layer], rate) for layer in net.slices)


def _ratios(patient: Patient, rows: Rows, batch_size: int, rate: float) -> dict[int, float]:
    """{layer: length of a step of W over the length of W, the median of the steps}; the rows come round and round."""
    program = patient.runs[0].learner.program
    net, optimizer, theta = program.architecture, program.optimizer, patient.runs[0].fitted.theta.astype(np.float64)
    memory, found = optimizer.start(net), []
    for t in range(STEPS):
        part = np.arange(t * batch_size, (t + 1) * batch_size) % len(rows)
        weight = rows.weight[part] if rows.weight.size else None
        terms: dict[str, Any] = {"penalty": program.penalty, "total_weight": batch_size}
        before = theta.copy()
        grad = gradient(net, theta, rows.X[part], rows.Y[part], program.loss, sample_weight=weight, **terms)
        optimizer.step(net, theta, memory, grad, rate, t + 1)
        found.append(_shares(net, theta - before, before))
    return {layer: float(np.median([one[layer] for one in found[WARM_UP:]])) for layer in net.slices}


def _shares(net: Architecture, change: Array, theta: Array) -> dict[int, float]:
    """{layer: length of the change of W over the length of W}; biases, which begin at 0, have no such share."""
    pairs = {layer: (change[weights], theta[weights]) for layer, (weights, _) in net.slices.items()}
    return {layer: float(np.linalg.norm(d) / (np.linalg.norm(W) + TINY)) for layer, (d, W) in pairs.items()}


def _moved(patient: Patient) -> dict[int, float]:
    """How far training has brought each layer, its first weights drawn again from the seed."""
    run, net = patient.runs[0], patient.runs[0].fitted.architecture
    first = initialize(net, patient.settings["initialization"], generator(run.learner.seed, WEIGHTS_STREAM))
    return _shares(net, run.fitted.theta - first, run.fitted.theta)  # the first weights of an output may all be 0


def pace_of(patient: Patient) -> Pace | None:
    """The first member's learning rate beside its limit; None for solvers whose steps the curvature does not limit."""
    run, rows = patient.runs[0], patient.rows
    rates = run.history.learning_rate
    if rows is None or not rates:
        return None
    some = np.unique(np.linspace(0, len(rows) - 1, min(LIMIT_ROWS, len(rows))).astype(int))
    limit = limit_on(run.learner.program, run.fitted.theta, rows.seen_by(run, some))
    rate = rates[min(patient.outcomes[0].best_epoch, len(rates)) - 1]
    return Pace(rate, limit) if limit is not None and np.isfinite(rate) else None


def small_updates(steps: Sequence[LayerStep]) -> Finding | None:
    """Steps so short that the weights stay where they began."""
    small = [step for step in steps if step.ratio < TOO_SMALL and step.moved < UNMOVED]
    if not small:
        return None
    return Finding(
        "small-updates",
        "warning",
        layers_named(small),
        _numbers(small),
        f"a step changes the weights by {small[0].ratio:.2g} of their length, about 0.001 is usual; the whole training "
        f"has moved them by {100 * small[0].moved:.2g} %.",
        "The learning rate is too small for the number of steps, or hardly any gradient reaches this layer.",
        "Multiply learning_rate_init by 10, or train for more epochs. If the layer's deltas vanish, see to them first.",
    )


def large_updates(steps: Sequence[LayerStep]) -> Finding | None:
    """Steps so long that weights are thrown about."""
    large = [step for step in steps if step.ratio > TOO_LARGE]
    if not large:
        return None
    return Finding(
        "large-updates",
        "warning",
        layers_named(large),
        _numbers(large),
        f"a step changes the weights by {large[0].ratio:.2g} of their length, about 0.001 is usual.",
        "What the layer has learnt from earlier rows is overwritten within a few steps.",
        "Divide learning_rate_init by 10, or take larger batches.",
    )


def over_the_limit(pace: Pace) -> Finding | None:
    """A learning rate beyond what the curvature of the loss allows."""
    if pace.learning_rate <= OVER_LIMIT * pace.limit:
        return None
    times = pace.learning_rate / pace.limit
    return Finding(
        "rate-over-stability-limit",
        "severe",
        "training",
        {"learning_rate": pace.learning_rate, "stability_limit": pace.limit, "times_the_limit": times},
        f"the learning rate is {times:.2g} times the stability limit, {pace.limit:.2g} (2 / largest curvature).",
        "In the steepest direction each step lands higher on the other side of the valley; the run cannot settle.",
        f"Try learning_rate_init={pace.limit / 3:.1g}, or solver='adam'.",
    )


def _numbers(steps: Sequence[LayerStep]) -> dict[str, float | list[float]]:
    return {
        "update_to_weight": [float(f"{step.ratio:.3g}") for step in steps],
        "moved_in_training": [float(f"{step.moved:.3g}") for step in steps],
        "learning_rate": steps[0].learning_rate,
    }
