"""Where training left the finite numbers, and why.

The engine finds the step: an epoch is a pure function of its start, so it is run again to half its length, to a quarter
of it, and so on. The formulas find the layer: that one step is written out with NumPy, number by number.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..engine.program import Program
from ..errors import DivergenceError
from ..network.arrays import Array
from ..network.backprop import backpropagate, feedforward, gradient, output_delta, row_losses
from .epoch import Epoch, went_well
from .rows import Rows
from .stability import limit_on

USUAL_RATE = {"standard": 0.001, "ntk": 0.03}  # Adam's: of scikit-learn's MLP, and of the recipe
FAR = 100.0  # standard deviations: an input that far out deserves to be named as a cause
MARGIN = 3  # a learning rate this many times below the stability limit is suggested


def divergence(epoch: Epoch, theta: Array, memory: Array, first_theta: Array) -> DivergenceError:
    """The error for an epoch that left the finite numbers.

    Parameters
    ----------
    theta, memory : as they were when the epoch began; they stay as they are
    first_theta : (n_parameters,)
        The weights that the network began with, where the stability limit is measured.
    """
    t = _first_bad_step(epoch, theta, memory)
    theta, memory = theta.copy(), memory.copy()
    epoch.run(theta, memory, t)
    what, layer = _first_bad_number(epoch, theta, memory, t)
    number = int(epoch.counter[2]) + 1
    where = f"the first number that is not finite is {what}" if what else "the loss is no longer a finite number"
    return DivergenceError(
        f"training diverged in epoch {number}, step {t + 1}: {where}. {_cause_and_fix(epoch, t, first_theta)}",
        place={"epoch": number, "step": t + 1, "layer": layer},
    )


def _first_bad_step(epoch: Epoch, theta: Array, memory: Array) -> int:
    """Number of the step, from 0, behind which something is not finite; once it is, it stays so."""

    def is_bad(n_steps: int) -> bool:
        after, remembered = theta.copy(), memory.copy()
        loss, _ = epoch.run(after, remembered, n_steps)
        return not went_well(loss, after)

    return bisect_left(range(1, len(epoch.eta)), True, key=is_bad)


def _first_bad_number(epoch: Epoch, theta: Array, memory: Array, t: int) -> tuple[str, int | None]:
    """What is not finite first in step t, and in which layer; writes theta and memory."""
    program, batch = epoch.program, epoch.batch(t)
    masks = epoch.masks(t, len(batch))
    found = first_not_finite(program, theta, batch, masks)
    if found is not None:
        return found
    net = program.architecture
    weight = batch.weight if batch.weight.size else None
    with np.errstate(all="ignore"):
        terms: dict[str, Any] = {"penalty": program.penalty, "masks": masks, "total_weight": len(batch)}
        grad = gradient(net, theta, batch.X, batch.Y, program.loss, sample_weight=weight, **terms)
        program.optimizer.step(net, theta, memory, grad, float(epoch.eta[t]), int(epoch.counter[3]) + t + 1)
    for name, vector in (("the gradient of W", grad), ("W or b", theta)):
        for layer, (W, b) in net.layers(vector).items():
            if not (np.isfinite(W).all() and np.isfinite(b).all()):
                return f"in {name} of layer {layer}", layer
    return "", None


def first_not_finite(
    program: Program, theta: Array, rows: Rows, masks: dict[int, Array] | None = None
) -> tuple[str, int] | None:
    """What is not finite first on the way forward and back (eq. 1, 2, 4, 5), in words, and in which layer."""
    with np.errstate(all="ignore"):
        for name, layer, values in _in_order(program, theta, rows, masks):
            if not np.isfinite(values).all():
                return f"{name} layer {layer}", layer
    return None


def _in_order(
    program: Program, theta: Array, rows: Rows, masks: dict[int, Array] | None
) -> Iterator[tuple[str, int, Array]]:
    """(name, layer, numbers) of both passes, as they arise."""
    net, L = program.architecture, program.architecture.n_layers
    forward = feedforward(net, theta, rows.X, masks)
    for layer in range(2, L + 1):
        yield "z of", layer, forward.Z[layer]
        yield "a of", layer, forward.A[layer]
    yield "the loss behind", L, row_losses(net, program.loss, forward, rows.Y)
    weight = rows.weight if rows.weight.size else None
    Delta = backpropagate(net, theta, forward, output_delta(net, program.loss, forward, rows.Y, weight))
    for layer in range(L, 1, -1):
        yield "delta of", layer, Delta[layer]


def _cause_and_fix(epoch: Epoch, t: int, first_theta: Array) -> str:
    """What the learning rate has to do with it, and what to try."""
    program, rate = epoch.program, float(epoch.eta[t])
    largest = float(np.abs(epoch.rows.X).max())
    far = f" The largest |x| after scaling is {largest:.3g}, which lengthens every step." if largest > FAR else ""
    optimizer = program.optimizer
    if optimizer.is_adam:
        usual = USUAL_RATE[optimizer.parametrization]
        why = f"Adam moves a weight by up to the learning rate in each step, here {rate:g}"
        return f"{why}.{far} Try learning_rate_init={min(usual, _rounded(rate / 10)):g}."
    limit, tried = _limit(epoch, t, first_theta), rate / 10
    why = f"Each step overshoots: learning rate {rate:g}"
    if limit is not None and rate <= limit:
        why = f"The steps grew although learning rate {rate:g} is below the stability limit at the start, {limit:.2g}"
    elif limit is not None:
        why, tried = f"{why}, stability limit about {limit:.2g} (2 / largest curvature)", min(tried, limit / MARGIN)
    return f"{why}.{far} Try learning_rate_init={_rounded(tried):g}, a smaller momentum, or solver='adam'."


def _limit(epoch: Epoch, t: int, theta: Array) -> float | None:
    """The smaller of the stability limits of step t and of the step with the row that bends J most.

    That is the longest one, with the 1 that its bias hears and by its weight.
    """
    rows = epoch.rows
    bend = 1 + np.square(rows.X.astype(np.float64)).sum(axis=1)
    bend *= rows.weight if rows.weight.size else 1
    longest = int(np.flatnonzero(epoch.order == bend.argmax())[0]) // epoch.batch_size
    limits = [limit_on(epoch.program, theta, epoch.batch(step)) for step in (t, longest)]
    return min((limit for limit in limits if limit is not None), default=None)


def _rounded(rate: float) -> float:
    """One digit that counts."""
    return float(f"{rate:.0e}")
