"""What is timed: a network, how it is trained, and rows to train it on."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from glassnet.network.architecture import Architecture
from glassnet.network.arrays import Array
from glassnet.network.initialization import initialize
from glassnet.network.losses import CrossEntropy, Loss, Squared

SEED = 0
ROWS_PER_SAMPLE = 1000  # rows of an epoch of single-row steps
BATCHES = {32: 200, 64: 100, 256: 20}  # batch size: steps of an epoch
STEPS_TO_CHECK = 20


@dataclass(frozen=True)
class Work:
    """One line of the table. `optimizer` is "sgd", "momentum" (0.9) or "adam"; `activation` is "relu" or "sigmoid"."""

    sizes: tuple[int, ...]
    optimizer: str = "sgd"
    batch_size: int = 1
    activation: str = "relu"
    classes: bool = False
    dropout: float = 0.0
    steps: int | None = None
    epsilon: float = 1e-8  # Adam's
    rate: float | None = None  # the learning rate, if not the usual one

    @property
    def name(self) -> str:
        rows = "per sample" if self.batch_size == 1 else f"batch {self.batch_size}"
        more = (
            ", sigmoid" if self.activation == "sigmoid" else "",
            ", cross-entropy" if self.classes else "",
            f", dropout {self.dropout}" if self.dropout else "",
        )
        return f"{self.optimizer}, {rows}, {self.network}{''.join(more)}"

    @property
    def network(self) -> str:
        return "-".join(map(str, self.sizes))

    @property
    def architecture(self) -> Architecture:
        output = "softmax" if self.classes else "identity"
        return Architecture(self.sizes, self.activation, dropout=self.dropout, output_activation=output)

    @property
    def loss(self) -> Loss:
        return CrossEntropy() if self.classes else Squared()

    @property
    def n_steps(self) -> int:
        """Steps of one epoch."""
        if self.steps is not None:
            return self.steps
        return ROWS_PER_SAMPLE if self.batch_size == 1 else BATCHES[self.batch_size]

    @property
    def eta(self) -> float:
        """A learning rate at which the network learns and float32 errors do not grow."""
        if self.rate is not None:
            return self.rate
        return {"sgd": 0.1 / self.sizes[0], "momentum": 0.001, "adam": 0.001}[self.optimizer]

    @property
    def flops(self) -> int:
        """Multiplications and additions in the matrix products of one step; the inputs need no delta."""
        products = [n * m for n, m in pairwise(self.sizes)]
        return 2 * self.batch_size * (3 * sum(products) - products[0])

    def data(self) -> "Data":
        return data_for(self)

    def to_check(self) -> "Work":
        """The same work as far as answers can agree.

        Without dropout, whose masks differ. With batches for 20 steps: where a gradient is almost 0, Adam makes a full
        step out of rounding errors, and over hundreds of steps the libraries drift apart, as two runs of one library
        do when the rows of a batch are summed in another order. With an epsilon so small that it does not matter where
        in Adam's formula a library puts it.
        """
        steps = None if self.batch_size == 1 else STEPS_TO_CHECK
        return replace(self, dropout=0.0, steps=steps, epsilon=1e-12)


@dataclass(frozen=True)
class Data:
    """First weights, a table, and the order in which its rows are used, which is the same for every library."""

    theta: Array
    X: Array
    Y: Array
    order: Array

    def in_order(self) -> tuple[Array, Array]:
        """X and Y as the steps use them. Peers take these, so that none of them pays for picking rows."""
        return self.X[self.order], self.Y[self.order]


def data_for(work: Work) -> Data:
    """Random rows with something to learn in them, float32."""
    rng = np.random.default_rng(SEED)
    n_rows = work.n_steps * work.batch_size
    X = rng.standard_normal((n_rows, work.sizes[0]), np.float32)
    signal = X @ rng.normal(size=(work.sizes[0], work.sizes[-1])) / np.sqrt(work.sizes[0])
    noisy = np.sin(2 * signal) + 0.3 * rng.normal(size=signal.shape)
    Y = noisy.argmax(axis=1)[:, None] if work.classes else noisy
    theta = initialize(work.architecture, "he" if work.activation == "relu" else "glorot", rng)
    return Data(theta.astype(np.float32), X, Y.astype(np.float32), rng.permutation(n_rows))


PER_SAMPLE = ((8, 50, 1), (16, 64, 64, 1), (100, 256, 1), (100, 256, 256, 1))
LARGE = ((100, 256, 256, 1), (100, 512, 512, 512, 1))
WORKS = (
    *(Work(sizes) for sizes in PER_SAMPLE),
    Work((717, 128, 64, 10), classes=True),
    *(Work(sizes, activation="sigmoid") for sizes in PER_SAMPLE),
    *(Work(sizes, "adam", 32) for sizes in PER_SAMPLE[:2]),
    *(Work(sizes, "adam", batch_size) for sizes in LARGE for batch_size in (32, 256)),
    *(Work(sizes, "momentum", 64, dropout=0.2) for sizes in ((16, 64, 64, 1), (100, 256, 256, 1))),
)


def chosen(text: str) -> list[Work]:
    """The works whose name contains the text."""
    return [work for work in WORKS if text in work.name]
