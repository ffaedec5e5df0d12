"""One epoch as a function: what it is given, and how far it is carried out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.program import Program
from ..engine.team import one_epoch
from ..network.arrays import Array
from ..network.random_bits import dropout_mask
from .rows import Rows


@dataclass(frozen=True)
class Epoch:
    """What an epoch depends on besides theta and memory, so that it can be run again to the same bits.

    function : the engine's epochs of this program, see `write_epochs`
    order : (n_samples,) the rows in the order of this epoch
    eta : (n_steps,) the learning rate of every step
    counter : the two words of the seed's key, the number of this epoch, the number of steps before it
    """

    program: Program
    function: Callable[..., Any]
    rows: Rows
    order: Array
    batch_size: int
    eta: Array
    counter: Array

    def run(self, theta: Array, memory: Array, n_steps: int | None = None) -> tuple[float, float]:
        """Take the first n_steps steps (all of them if left out); writes theta and memory.

        Returns the summed loss and the summed squared length of the gradients. It stops early if the loss leaves the
        finite numbers.
        """
        rows, settings = self.rows, self.program.settings
        given = rows.X, rows.Y, rows.weight, self.order, self.batch_size, self.eta[:n_steps], settings, self.counter
        total, squares, _ = one_epoch(self.function, theta, memory, *given)
        return total, squares

    def batch(self, t: int) -> Rows:
        """The rows of step t, which counts from 0."""
        rows, chosen = self.rows, self.order[t * self.batch_size : (t + 1) * self.batch_size]
        return Rows(rows.X[chosen], rows.Y[chosen], rows.weight[chosen] if rows.weight.size else rows.weight)

    def masks(self, t: int, n_rows: int) -> dict[int, Array]:
        """The dropout masks of step t, whose batch has n_rows rows."""
        key_0, key_1, epoch, _ = map(int, self.counter)
        net = self.program.architecture
        return {
            layer: dropout_mask((key_0, key_1), epoch, t, layer, (n_rows, net.sizes[layer - 1]), rate)
            for layer, rate in net.dropout_rates().items()
        }


def went_well(loss: float, theta: Array) -> bool:
    """Whether loss and weights are finite numbers still."""
    return bool(np.isfinite(loss) and np.isfinite(theta).all())
