"""What goes on inside a trained estimator, for all rows at once: activations, deltas, gradients, sharpness."""

from abc import abstractmethod
from typing import Any

import numpy as np

from ..errors import InputError
from ..network.arrays import Array
from ..network.curvature import Sharpness, sharpness
from ..network.hessian import Hessian
from ..network.inside import Gradients
from ..network.network import Network
from ..table.frames import Frame
from .fitted import PREDICT_ROWS, Fitted
from .inputs import checked_weight
from .run import Run, member_of


class Inside:
    """What an estimator shows of its networks at work.

    Networks see scaled columns and targets, and so do these methods, in float64; only `input_gradients` is in the units
    of the table. Layers have the tutorial's numbers: 1 is the input, L the output. Rows and targets that `predict` and
    `fit` would refuse are refused here too, and a member that does not exist (SettingError).
    """

    _runs: tuple[Run, ...]
    _fitted: Any
    _outcomes: tuple[Any, ...]
    _row_shape: tuple[int, ...] | None = None  # of rows that are arrays themselves, such as images
    _rows_to_predict: Any
    _encode_targets: Any
    _total_weight: Any
    _decoded: Any

    def activations(self, X: Any, *, member: int = 0) -> dict[int, Array]:
        """A of every layer, {1: A^1, ..., L: A^L}, each (n_samples, n_l): what its neurons say to all rows at once.

        A^1 are the scaled columns, spread over their bins if they have any; A^L is the prediction, as the network
        scales it.

        Parameters
        ----------
        member : int
            Which of several networks, counted from 0.
        """
        network, numbers, _ = self._opened(X, member)
        return network.activations(numbers)

    def deltas(self, X: Any, y: Any, *, member: int = 0) -> dict[int, Array]:
        """Delta of every layer, {2: Delta^2, ..., L: Delta^L}, each (n_samples, n_l).

        Entry (s, j) is how the loss of row s changes with the sum z of neuron j: its share of the blame (eq. 4 and 5).
        Rows are not weighted, and divided by nothing.
        """
        network, numbers, Y = self._opened(X, member, y)
        return network.deltas(numbers, Y)

    def gradients(
        self, X: Any, y: Any, sample_weight: Any = None, *, member: int = 0, per_sample: bool = False
    ) -> Gradients:
        """The gradient of the mean loss of the rows by layer, {2: (dW^2, db^2), ...}, laid out as W and b (eq. 6).

        The penalty is left out: this is what the rows say. Class weights count as in `fit`.

        Parameters
        ----------
        per_sample : bool
            The gradient of every row's own loss instead, without weights: dW^l is (n_samples, n_{l-1}, n_l) and db^l
            (n_samples, n_l).
        """
        network, numbers, Y = self._opened(X, member, y)
        weight = self._weight_of(sample_weight, y, len(numbers))
        return network.gradients(numbers, Y, sample_weight=weight, per_sample=per_sample)

    def input_gradients(self, X: Any) -> Array:
        """How the prediction changes with each column, in units of the prediction per unit of the column.

        The shape is that of the prediction with an axis for the columns behind it: (n_samples, n_columns), with several
        targets or quantiles (n_samples, n_targets, n_columns). For a classifier it is the change of `predict_proba`,
        (n_samples, n_classes, n_columns). With several members it is the mean, as the prediction is. Where rows are
        arrays, such as images, their axes take the place of n_columns: (n_samples, n_classes, height, width).

        NaN where there is no such number: in columns of texts, categories, booleans and dates (in a table of numbers
        alone booleans are numbers), and where a number is missing. 0 in columns that the network does not see. Where
        the prediction bends, at the edge of a bin or a kink of an activation, it is the slope from the left.

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GlassNetRegressor(hidden_layer_sizes=(), solver="lbfgs", n_members=1, bins=0, scaling="standard")
        >>> model.fit(X, 3 * X[:, 0] - X[:, 1]).input_gradients(X[:2]).round(2)
        array([[ 3., -1.],
               [ 3., -1.]])
        """
        rows = self._rows_to_predict(X)
        total = np.sum([_input_gradients(run, rows) for run in self._runs], axis=0)
        change = self._decoded_change(total / len(self._runs), self._fitted.predict(rows))
        return change if self._row_shape is None else change.reshape(*change.shape[:-1], *self._row_shape)

    def hessian(self, X: Any, y: Any, sample_weight: Any = None, *, member: int = 0) -> Hessian:
        """The second derivatives of J by the weights, known by their products with directions: `.times(V)` (eq. 17).

        V is laid out like `networks_[member].theta`. J is the objective of these rows, as in `sharpness`; the same
        object gives `loss_surface` of `glassnet.network.surface` the numbers of a slice.
        """
        network, numbers, Y = self._opened(X, member, y)
        return network.hessian(numbers, Y, sample_weight=self._weight_of(sample_weight, y, len(numbers)))

    def sharpness(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        member: int = 0,
        k: int = 3,
        n_probes: int = 32,
    ) -> Sharpness:
        """How much the loss bends around the weights (T11): near 0 the network lies in a flat place.

        The numbers belong to one network, for each lies in a minimum of its own, and to the objective J of these rows:
        mean loss (of scaled targets, without dropout) and penalty, divided by their total weight (eq. 3). Print them to
        read what each means. They compare networks of the same shape on the same rows: neurons that are made louder and
        their successors deafer change them, and not the prediction (Dinh et al. 2017).

        Parameters
        ----------
        k : int
            How many of the largest eigenvalues.
        n_probes : int
            Random vectors for the trace.

        Raises
        ------
        DivergenceError
            If the second derivatives are not finite numbers.
        """
        hessian = self.hessian(X, y, sample_weight, member=member)
        run, rate = self._runs[member], self._rate_of_weights(member)
        return sharpness(hessian, k, n_probes, None if rate is None else run.learner.program.optimizer, rate)

    def _rate_of_weights(self, member: int) -> float | None:
        """The learning rate of the epoch that the weights are from: the best on validation rows, else the last."""
        history = self._runs[member].history
        epoch = self._outcomes[member].best_epoch if history.validation_loss else len(history)
        rates = history.learning_rate[epoch - 1 : epoch]
        return rates[0] if rates and np.isfinite(rates[0]) else None

    def _opened(self, X: Any, member: int, y: Any = None) -> tuple[Network, Array, Array]:
        """One member's network, and rows and targets as it sees them."""
        rows = self._rows_to_predict(X)
        run = member_of(self._runs, member)
        numbers = seen(run.fitted, rows)
        if y is None:
            return network_of(run), numbers, np.empty((0, 0))
        Y, targets = self._encode_targets(y, reset=False), run.fitted.targets
        if Y.shape[1] != len(targets.size):
            raise InputError(f"y has {Y.shape[1]} targets, but the model was trained on {len(targets.size)}.")
        return network_of(run), numbers, targets.scaled(Y, "float64")

    def _weight_of(self, sample_weight: Any, y: Any, n_rows: int) -> Array | None:
        """Row weights with mean 1, as the penalty of a trained network needs them; class weights included."""
        weight = self._total_weight(checked_weight(sample_weight, n_rows), self._encode_targets(y, reset=False))
        return None if weight is None else np.asarray(weight / weight.mean())

    @abstractmethod
    def _decoded_change(self, change: Array, raw: Array) -> Array:
        """A change of the outputs `raw`, (n_samples, n_L, n_columns), as one of what users get."""


def seen(fitted: Fitted, rows: Any) -> Array:
    """Checked rows of a table as the network sees them, (n_rows, n_1)."""
    raw = _numbers_of(fitted, rows)
    return fitted.numbers(raw, range(raw.shape[0]))


def _numbers_of(fitted: Fitted, rows: Any) -> Any:
    """Rows of a table as numbers."""
    return rows if fitted.table is None else fitted.table.transform(rows)


def _input_gradients(run: Run, rows: Any) -> Array:
    """How one member's outputs, in the units of y, change with the columns: (n_samples, n_L, n_columns)."""
    network, n = network_of(run), rows.shape[0]
    parts = []
    for start in range(0, n, PREDICT_ROWS):
        stop = min(start + PREDICT_ROWS, n)
        part = rows.part(start, stop) if isinstance(rows, Frame) else rows[start:stop]
        parts.append(_change(run.fitted, network, part))
    return np.concatenate(parts)


def _change(fitted: Fitted, network: Network, rows: Any) -> Array:
    """The chain rule from the prediction back to the table, each station by itself."""
    raw = _numbers_of(fitted, rows)
    numbers = fitted.numbers(raw, range(raw.shape[0]))
    G = network.input_gradients(numbers)
    G *= np.repeat(fitted.targets.size, G.shape[1] // len(fitted.targets.size))[:, None]
    if fitted.bins is not None:
        G = fitted.bins.backward(numbers, G)
    G = fitted.inputs.backward(raw, G)
    return G if fitted.table is None else fitted.table.backward(rows, G)


def network_of(run: Run) -> Network:
    """The network of a member, a copy in float64, with its loss and its penalty."""
    net, program = run.fitted.architecture, run.learner.program
    network = Network(
        net.sizes,
        activation=net.activation,
        dropout=net.dropout,
        input_dropout=net.input_dropout,
        bins=net.bins,
        signs=net.signs,
        loss=program.loss,
        alpha=program.penalty.alpha,
        l1=program.penalty.l1,
        initialization="zeros",
    )
    network.theta[:] = run.fitted.theta
    return network
