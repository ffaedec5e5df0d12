"""What is timed when several networks learn at once: members of one kind, each with its own weights and order."""

from dataclasses import dataclass, replace

import numpy as np

from glassnet.network.arrays import Array
from glassnet.network.random_bits import generator
from glassnet.training.learner import ORDER_STREAM

from .works import Work, data_for

ROWS, BATCH = 1000, 256
SIZES = (20, 64, 64, 1)
EPOCHS, EPOCHS_TO_CHECK = 25, 5


@dataclass(frozen=True)
class EnsembleData:
    """The first weights (n_members, n_parameters), one table, and each member's order (n_members, n_epochs, n_rows)."""

    theta: Array
    X: Array
    Y: Array
    order: Array


@dataclass(frozen=True)
class Ensemble:
    """One line of the table. A "step" here is a step of one member, so that all lines can be compared."""

    members: int
    epochs: int = EPOCHS
    epsilon: float = 1e-8

    @property
    def work(self) -> Work:
        """What each of the members does."""
        return Work(SIZES, "adam", BATCH, epsilon=self.epsilon, steps=1)

    @property
    def name(self) -> str:
        return f"{self.members} x {self.work.network}, {self.work.optimizer}, batch {BATCH}, {ROWS} rows"

    @property
    def optimizer(self) -> str:
        return self.work.optimizer

    @property
    def n_steps(self) -> int:
        return self.members * self.epochs * -(-ROWS // BATCH)

    @property
    def mean_flops(self) -> float:
        """Of a step; the last batch of an epoch is smaller."""
        return self.work.flops / BATCH * ROWS / -(-ROWS // BATCH)

    def to_check(self) -> "Ensemble":
        """The same work as far as answers can agree; see Work.to_check."""
        return replace(self, epochs=EPOCHS_TO_CHECK, epsilon=1e-12)

    def data(self) -> EnsembleData:
        """Member k has the weights and the order of glassnet's seed k."""
        table = data_for(replace(self.work, batch_size=ROWS))
        rng, seeds = np.random.default_rng(1), range(self.members)
        theta = np.stack([table.theta, *(rng.permutation(table.theta) for _ in seeds[1:])])
        order = [[generator(k, ORDER_STREAM, e).permutation(ROWS) for e in range(self.epochs)] for k in seeds]
        return EnsembleData(theta, table.X, table.Y, np.array(order))


ENSEMBLES = tuple(Ensemble(members) for members in (1, 10, 100))
