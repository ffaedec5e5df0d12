"""A trained network with its scaling: all that prediction needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..engine.aligned import aligned_copy
from ..engine.forward import output_aggregates
from ..errors import DivergenceError
from ..network.architecture import Architecture
from ..network.arrays import Array
from ..network.backprop import predict
from ..network.losses import Loss
from ..table.bins import Bins
from ..table.encoder import TableEncoder
from ..table.standardizer import Standardizer
from ..table.targets import TargetScale

PREDICT_TABLE_ROWS = 16_384  # rows of mixed columns that become numbers at a time
COMPILED_FROM = 50_000  # rows from which compiled code pays, which takes a quarter of a second to load;
PLAIN_FROM = 500_000  # without bins the formulas are not far behind
PREDICT_ROWS = 1024  # rows predicted at a time: memory is bounded by a block, not by the table


def read_only(array: Array) -> Array:
    """The array, which then refuses to be written to: a change to a copy would be lost in silence."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Fitted:
    """Columns are standardised by `inputs`, go through the network theta, and come back in units by `targets`.

    table : makes numbers of a table of mixed columns first; None for a network that takes plain numbers.
    bins : gives the network the positions of standardised columns in bins besides; None for a network without.
    """

    architecture: Architecture
    loss: Loss
    theta: Array
    inputs: Standardizer
    targets: TargetScale
    table: TableEncoder | None = None
    bins: Bins | None = None

    def numbers(self, X: Any, rows: Array | range) -> Array:
        """The given rows of X, numbers already, as the network sees them."""
        standardised = self.inputs.transform(X, rows, self.theta.dtype.name)
        return standardised if self.bins is None else self.bins.transform(standardised)

    def predict(self, X: Any) -> Array:
        """Predictions (n_samples, n_L) in the units of y, float32 for float32 X, else float64; X may be a Frame.

        Raises
        ------
        DivergenceError
            If the network's answer is not a finite number; it names the row.
        """
        if self.table is None:
            return self.predict_numbers(X)
        network = self._network(X.n_rows)
        parts = [X.part(start, start + PREDICT_TABLE_ROWS) for start in range(0, X.n_rows, PREDICT_TABLE_ROWS)]
        numbers = ((self.table.transform(part), part.first_row) for part in parts)
        return np.concatenate([self.predict_numbers(*block, network) for block in numbers])

    def predict_numbers(self, X: Any, first_row: int = 0, network: Callable[[Array], Array] | None = None) -> Array:
        """The same for rows that are numbers already; errors count them from first_row."""
        n, network = X.shape[0], network or self._network(X.shape[0])
        out = np.empty((n, self.architecture.sizes[-1]), X.dtype)
        for start in range(0, n, PREDICT_ROWS):
            rows = range(start, min(start + PREDICT_ROWS, n))
            block = self.numbers(X, rows)
            with np.errstate(over="ignore", invalid="ignore"):
                out[rows.start : rows.stop] = self.targets.in_units(network(block))
            if not np.isfinite(out[rows.start : rows.stop]).all():
                row = first_row + start + int(np.argmax(~np.isfinite(out[rows.start : rows.stop]).all(axis=1)))
                raise DivergenceError(
                    f"the answer for row {row} is not a finite number. Either training was about to diverge when it "
                    "ended (see loss_curve_; train again with a smaller learning_rate_init), or the row is far "
                    "from all that fit has seen.",
                    error_id="E402",
                )
        return out

    def folded(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases (float64) of the network that takes raw columns and answers in the units of y.

        Scaling is linear, so it can be absorbed: W^2 is divided by the columns' scale, b^2 takes their mean, and W^L
        and b^L take the units of y (b^L alone, as a logarithm, where the output goes through exp).
        """
        layers = {k: (W.astype(np.float64), b.astype(np.float64)) for k, (W, b) in self._layers().items()}
        W, b = layers[2]
        scaled = W / self.inputs.scale[:, None]
        layers[2] = scaled, b - self.inputs.mean @ scaled
        L = self.architecture.n_layers
        W, b = layers[L]
        repeats = len(b) // len(self.targets.size)
        size, shift = np.repeat(self.targets.size, repeats), np.repeat(self.targets.shift, repeats)
        layers[L] = (
            (W, b + np.log(size)) if self.architecture.output_activation == "exp" else (W * size, b * size + shift)
        )
        return [W for W, _ in layers.values()], [b for _, b in layers.values()]

    def _layers(self) -> dict[int, tuple[Array, Array]]:
        return self.architecture.layers(self.theta)

    def _network(self, n_rows: int) -> Callable[[Array], Array]:
        """What makes A^L of a block, one of so many rows: the formulas, which write out every bin, or compiled code."""
        net = self.architecture
        if n_rows < (COMPILED_FROM if net.bins else PLAIN_FROM):
            return partial(predict, net, self.theta)
        dtype: Any = self.theta.dtype.name
        theta, output = aligned_copy(self.theta, dtype), net.value(net.n_layers)
        return lambda block: output(output_aggregates(net, theta, block, dtype))
