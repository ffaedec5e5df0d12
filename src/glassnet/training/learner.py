"""A network in training: its weights, its optimizer's memory, and where in the run it stands."""

import numpy as np

from ..engine.aligned import aligned_copy
from ..engine.forward import output_aggregates
from ..engine.program import Program
from ..engine.team import epochs_of, no_thetas
from ..errors import DivergenceError
from ..network.arrays import Array
from ..network.backprop import Forward, feedforward, row_losses
from ..network.random_bits import generator, seed_key
from .divergence import divergence
from .epoch import Epoch, went_well
from .rows import Rows

EVALUATE_ROWS = 4096  # rows that are evaluated at a time, so that memory does not grow with the table
ORDER_STREAM = 1  # generator(seed, 1, epoch) shuffles that epoch; stream 0 draws the first weights


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

    def learn(
        self, rows: Rows, batch_size: int, etas: Array, thetas: Array | None = None, *, shuffle: bool = True
    ) -> Array:
        """A pass over all rows for each row of etas, a step for each of its entries; writes theta and memory.

        Many short epochs in one call leave Python nothing to do between them; the bits are those of a call for each. If
        an error or Ctrl-C breaks it off, theta and memory are as they were.

        Parameters
        ----------
        etas : (n_epochs, n_steps)
        thetas : (n_epochs, n_parameters), written
            Theta behind each epoch, if anybody wants it.

        Returns
        -------
        sums : (n_epochs, 2)
            Of each epoch the summed loss of its rows, and the summed squared length of its steps' gradients.

        Raises
        ------
        DivergenceError
            If the loss or a weight left the finite numbers; it says where first, and what to try.
        """
        orders, sums = np.empty((len(etas), len(rows)), np.int64), np.empty((len(etas), 2))
        for e, order in enumerate(orders):
            order[:] = self._order(e, len(rows)) if shuffle else np.arange(len(rows))
        function, counter = epochs_of(self.program, self.n_threads), self._counter(0, etas)
        given = rows.X, rows.Y, rows.weight, orders, batch_size, etas, self.program.settings, counter
        thetas = no_thetas(self.theta) if thetas is None else thetas
        before = self.theta.copy(), self.memory.copy()
        try:
            n_steps = function(self.theta, self.memory, *given, sums, thetas)
        except BaseException:
            self.theta[:], self.memory[:] = before
            raise
        if n_steps < etas.size or not went_well(sums[-1, 0], self.theta):
            counters = [self._counter(e, etas) for e in range(len(etas))]
            each = zip(orders, etas, counters, strict=True)
            epochs = [Epoch(self.program, function, rows, order, batch_size, *rest) for order, *rest in each]
            raise _divergence(epochs, *before, self.first_theta)
        self.epochs, self.steps = self.epochs + len(etas), self.steps + etas.size
        self.rows_seen += len(etas) * len(rows)
        return sums

    def _order(self, e: int, n: int) -> Array:
        """The rows in the order of the epoch after the next e."""
        return generator(self.seed, ORDER_STREAM, self.epochs + e).permutation(n)

    def _counter(self, e: int, etas: Array) -> Array:
        """Where the random numbers of that epoch begin."""
        return np.array([*seed_key(self.seed), self.epochs + e, self.steps + e * etas.shape[1]])


def _divergence(epochs: list[Epoch], theta: Array, memory: Array, first_theta: Array) -> DivergenceError:
    """The error for the first epoch that left the finite numbers; writes theta and memory, as they were before all."""
    for epoch in epochs[:-1]:
        before = theta.copy(), memory.copy()
        if not went_well(epoch.run(theta, memory)[0], theta):
            return divergence(epoch, *before, first_theta)
    return divergence(epochs[-1], theta, memory, first_theta)


def evaluate(program: Program, theta: Array, rows: Rows) -> tuple[float, Array]:
    """Mean loss of the rows, without dropout and penalty, and the predictions (n_samples, n_L)."""
    losses, predictions = evaluate_each(program, theta[None], rows)
    return losses[0], predictions[0]


def evaluate_each(program: Program, thetas: Array, rows: Rows) -> tuple[list[float], Array]:
    """The same for each row of thetas (n_epochs, n_parameters); predictions (n_epochs, n_samples, n_L)."""
    net, n = program.architecture, len(rows)
    with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite is never the best
        Z = _output_aggregates(program, thetas, rows.X)
        forward = Forward({net.n_layers: Z}, {net.n_layers: net.value(net.n_layers)(Z)}, {})
        Y = rows.Y if len(thetas) == 1 else np.tile(rows.Y, (len(thetas), 1))
        losses = row_losses(net, program.loss, forward, Y).reshape(len(thetas), n)
    weighted = losses * rows.weight if rows.weight.size else losses
    totals = [float(of_one.sum()) for of_one in weighted]  # pairwise: in float32 BLAS's products lose digits
    return [total / n for total in totals], forward.output.reshape(len(thetas), n, -1)


def _output_aggregates(program: Program, thetas: Array, X: Array) -> Array:
    """Z^L of the rows for theta after theta, (n_thetas * n_samples, n_L).

    By compiled code where there are bins, which the formulas would write out for every row.
    """
    net = program.architecture
    if net.bins:
        return output_aggregates(net, thetas, X, program.dtype).reshape(-1, net.sizes[-1])
    blocks = [X[start : start + EVALUATE_ROWS] for start in range(0, len(X), EVALUATE_ROWS)]
    return np.concatenate([feedforward(net, theta, block).Z[net.n_layers] for theta in thetas for block in blocks])
