"""A network in training: its weights, its optimizer's memory, and where in the run it stands."""

from dataclasses import dataclass

import numpy as np

from ..engine.aligned import aligned_copy
from ..engine.forward import output_aggregates
from ..engine.program import Program
from ..engine.team import epoch_of
from ..network.arrays import Array
from ..network.backprop import Forward, feedforward, row_losses
from ..network.random_bits import generator, seed_key
from .divergence import divergence
from .epoch import Epoch, went_well
from .rows import Rows

EVALUATE_ROWS = 4096  # rows that are evaluated at a time, so that memory does not grow with the table
ORDER_STREAM = 1  # generator(seed, 1, epoch) shuffles that epoch; stream 0 draws the first weights


@dataclass(frozen=True)
class EpochResult:
    """The summed loss of the epoch's rows, and the summed squared length of its steps' gradients."""

    loss: float
    squares: float


class Learner:
    """theta, memory, and the numbers of epochs, steps and rows behind it: all that a run needs to go on bit for bit.

    Parameters
    ----------
    program : Program
    theta : (n_parameters,), where training starts; copied in the program's float type.
    seed : int
        With the number of the epoch it decides order and dropout.

    Attributes
    ----------
    n_threads : int
        How many threads may share a step, if the program is shared. The bits do not depend on it.
    """

    def __init__(self, program: Program, theta: Array, seed: int) -> None:
        self.program = program
        self.theta = aligned_copy(theta, program.dtype)
        self.memory = aligned_copy(program.optimizer.start(program.architecture), program.dtype)
        self.first_theta = self.theta.copy()  # what an error about divergence looks back to
        self.seed = seed
        self.epochs = self.steps = self.rows_seen = 0
        self.n_threads = 1

    def epoch(self, rows: Rows, batch_size: int, eta: Array, *, shuffle: bool = True) -> EpochResult:
        """One pass over all rows, a step for each entry of eta; writes theta and memory.

        If an error or Ctrl-C breaks it off, both are as they were.

        Raises
        ------
        DivergenceError
            If the loss or a weight left the finite numbers; it says where first, and what to try.
        """
        n = len(rows)
        order = generator(self.seed, ORDER_STREAM, self.epochs).permutation(n) if shuffle else np.arange(n)
        counter = np.array([*seed_key(self.seed), self.epochs, self.steps])
        epoch = Epoch(self.program, epoch_of(self.program, self.n_threads), rows, order, batch_size, eta, counter)
        before = self.theta.copy(), self.memory.copy()
        try:
            total, squares = epoch.run(self.theta, self.memory)
        except BaseException:
            self.theta[:], self.memory[:] = before
            raise
        if not went_well(total, self.theta):
            raise divergence(epoch, *before, self.first_theta)
        self.epochs, self.steps, self.rows_seen = self.epochs + 1, self.steps + len(eta), self.rows_seen + n
        return EpochResult(total, squares)


def evaluate(program: Program, theta: Array, rows: Rows) -> tuple[float, Array]:
    """Mean loss of the rows, without dropout and penalty, and the predictions (n_samples, n_L)."""
    net = program.architecture
    with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite is never the best
        Z = _output_aggregates(program, theta, rows.X)
        forward = Forward({net.n_layers: Z}, {net.n_layers: net.value(net.n_layers)(Z)}, {})
        losses = row_losses(net, program.loss, forward, rows.Y)
    total = float((losses @ rows.weight) if rows.weight.size else losses.sum())
    return total / len(rows), forward.output


def _output_aggregates(program: Program, theta: Array, X: Array) -> Array:
    """Z^L of the rows, (n_samples, n_L), by compiled code where the formulas would write out every bin of every row."""
    net = program.architecture
    if any(net.bins):
        return output_aggregates(net, theta, X, program.dtype)
    blocks = (X[start : start + EVALUATE_ROWS] for start in range(0, len(X), EVALUATE_ROWS))
    return np.concatenate([feedforward(net, theta, block).Z[net.n_layers] for block in blocks])
