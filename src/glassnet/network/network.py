"""A network to play with: the mathematics by itself, one small class."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from .architecture import Architecture
from .arrays import Array
from .backprop import Forward, backpropagate, check_output, feedforward, gradient, objective, output_delta
from .curvature import Sharpness, sharpness
from .hessian import Hessian
from .initialization import initialize
from .inside import Gradients, input_gradients, layer_gradients, row_gradients
from .losses import Loss, loss_named
from .one_step import Step, Update, checked_rate
from .optimizers import Optimizer
from .penalty import Penalty
from .random_bits import generator
from .stages import stages_of
from .trace import Once, StepTrace, stale


class Network:
    """A feed-forward network with its weights, in float64: for pencil and paper beside the screen.

    Parameters
    ----------
    sizes : sequence of int
        Neurons per layer, (n_1, ..., n_L).
    activation, dropout, input_dropout, bins, signs
        As in `Architecture`. Dropout acts only when masks are given.
    loss : str or Loss
        "squared_error" (1/2 (y - z)^2), "absolute_error", "huber", "quantile", "poisson", "gamma", "logistic" or
        "cross_entropy".
    output_activation : str, optional
        Follows from the loss if left out.
    alpha, l1 : float
        Strength of the L2 and L1 penalties.
    initialization : str
        See `initialize`.
    random_state : int
        Seed of the first weights.

    Attributes
    ----------
    theta : (n_parameters,)
        Every weight and bias. `layers()` gives views (W, b) into it: writing to a view changes the network.

    Raises
    ------
    SettingError
        If a name is unknown or the output activation does not go with the loss.

    Examples
    --------
    The numbers of a page of paper: one ReLU neuron with weight 2 and bias 1, and an output neuron with weight 3.

    >>> net = Network((1, 1, 1), random_state=0)
    >>> net.theta[:] = [2, 1, 3, 0]
    >>> net.feedforward([[1.0]]).output  # a = max(2 * 1 + 1, 0) = 3, z = 3 * 3 + 0
    array([[9.]])
    >>> net.loss([[1.0]], [[10.0]])  # 1/2 (10 - 9)^2
    0.5
    >>> net.gradient([[1.0]], [[10.0]])  # delta^3 = -1, delta^2 = 1 * 3 * -1
    array([-3., -3., -3., -1.])
    >>> net.step([[1.0]], [[10.0]], learning_rate=0.1)
    >>> net.theta
    array([2.3, 1.3, 3.3, 0.1])
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str | Sequence[str] = "relu",
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        loss: str | Loss = "squared_error",
        output_activation: str | None = None,
        bins: Sequence[int] = (),
        signs: Sequence[int | None] = (),
        alpha: float = 0.0,
        l1: float = 0.0,
        initialization: str = "auto",
        random_state: int = 0,
    ) -> None:
        self.loss_function = loss if isinstance(loss, Loss) else loss_named(loss)
        if output_activation is None:
            output_activation = self.loss_function.output_activation or "identity"
        self.architecture = Architecture(sizes, activation, dropout, input_dropout, output_activation, bins, signs)
        check_output(self.architecture, self.loss_function)
        self.penalty = Penalty(alpha, l1)
        self.theta = initialize(self.architecture, initialization, generator(random_state, 0))

    def layers(self) -> dict[int, tuple[Array, Array]]:
        """Views {2: (W^2, b^2), ..., L: (W^L, b^L)} into theta."""
        return self.architecture.layers(self.theta)

    def feedforward(self, X: Any, masks: dict[int, Array] | None = None) -> Forward:
        """Z and A of every layer (eq. 1 and 2); `.output` is the prediction, (n_samples, n_L)."""
        X = self._rows(X)
        return feedforward(self.architecture, self.theta, X, self._masks(masks, len(X)))

    def loss(self, X: Any, Y: Any, *, sample_weight: Any = None, masks: dict[int, Array] | None = None) -> float:
        """The objective J: mean loss plus penalty (eq. 3)."""
        return objective(self.architecture, self.theta, **self._problem(X, Y, sample_weight, masks))

    def gradient(self, X: Any, Y: Any, *, sample_weight: Any = None, masks: dict[int, Array] | None = None) -> Array:
        """The gradient of `loss` by theta, (n_parameters,) (eq. 6)."""
        return gradient(self.architecture, self.theta, **self._problem(X, Y, sample_weight, masks))

    def activations(self, X: Any) -> dict[int, Array]:
        """A of every layer for all rows at once, {1: A^1, ..., L: A^L}, each (n_samples, n_l) (eq. 1 and 2)."""
        return self.feedforward(X).A

    def deltas(self, X: Any, Y: Any, *, masks: dict[int, Array] | None = None) -> dict[int, Array]:
        """Delta of every layer for all rows at once, {2: Delta^2, ..., L: Delta^L}, each (n_samples, n_l) (eq. 4, 5).

        Row s is how the loss of row s alone changes with its z^l.
        """
        X, Y, _ = self._checked(X, Y, None)
        return self._passes(X, Y, masks)[1]

    def gradients(
        self,
        X: Any,
        Y: Any,
        *,
        sample_weight: Any = None,
        masks: dict[int, Array] | None = None,
        per_sample: bool = False,
    ) -> Gradients:
        """The gradient of the mean loss by layer, {2: (dW^2, db^2), ..., L: (dW^L, db^L)}, laid out as W and b (eq. 6).

        It is what the rows say; the penalty is left out, and `gradient` adds it.

        Parameters
        ----------
        per_sample : bool
            The gradients of every row's own loss instead, without weights: dW^l is (n_samples, n_{l-1}, n_l) and db^l
            (n_samples, n_l). Their (weighted) mean over the rows is the gradient of the mean loss.
        """
        X, Y, weight = self._checked(X, Y, sample_weight)
        forward, Delta = self._passes(X, Y, masks)
        if per_sample:
            return row_gradients(forward, Delta)
        weight = np.ones(len(X)) if weight is None else weight
        return layer_gradients(forward, Delta, weight / weight.sum())

    def input_gradients(self, X: Any) -> Array:
        """How every prediction changes with every column of its row, (n_samples, n_L, n_columns) (eq. 13).

        At a kink of an activation and at the edge of a bin it is the slope from the left.
        """
        return input_gradients(self.architecture, self.theta, self._rows(X))

    def hessian(self, X: Any, Y: Any, *, sample_weight: Any = None, masks: dict[int, Array] | None = None) -> Hessian:
        """The second derivatives of `loss` by theta, known by their products with directions: `.times(V)` (eq. 17)."""
        problem = self._problem(X, Y, sample_weight, masks)
        return Hessian(self.architecture, self.theta.copy(), **problem)

    def sharpness(self, X: Any, Y: Any, *, k: int = 3, n_probes: int = 32, sample_weight: Any = None) -> Sharpness:
        """How much `loss` bends around theta (T11): k eigenvalues of the Hessian, its trace, the stability limit.

        Examples
        --------
        >>> net = Network((1, 1), random_state=0)
        >>> net.theta[:] = [0, 0]
        >>> net.sharpness([[2.0]], [[1.0]]).largest_eigenvalue  # J = 1/2 (2 W + b - 1)^2: 2^2 + 1^2
        5.0
        """
        return sharpness(self.hessian(X, Y, sample_weight=sample_weight), k, n_probes)

    def step(
        self,
        X: Any,
        Y: Any,
        *,
        learning_rate: float,
        sample_weight: Any = None,
        masks: dict[int, Array] | None = None,
    ) -> None:
        """One gradient step, theta <- theta - learning_rate * gradient (eq. 8); one row makes it the tutorial's SGD."""
        grad, eta = self.gradient(X, Y, sample_weight=sample_weight, masks=masks), checked_rate(learning_rate)
        Optimizer("sgd").step(self.architecture, self.theta, np.empty((0, grad.size)), grad, eta, 1)

    def trace_step(
        self,
        X: Any,
        Y: Any,
        learning_rate: float = 0.1,
        sample_weight: Any = None,
        masks: dict[int, Array] | None = None,
    ) -> StepTrace:
        """The same step on paper, stage by stage, with every number; `.commit()` takes it (T15).

        Parameters
        ----------
        X, Y, sample_weight, masks
            As for `step`. Dropout acts when masks are given (eq. 11).

        Examples
        --------
        >>> trace = Network((2, 3, 1), random_state=0).trace_step([[0.8, -0.5]], [[1.2]])
        >>> trace.stage("update", 3).equation_text
        'W3_new = W3 - eta gW3'
        >>> bool(trace.loss_after < trace.loss_before)
        True
        """
        X, Y, weight = self._checked(X, Y, sample_weight)
        step = Step(
            self.architecture,
            self.theta.copy(),
            X.copy(),
            Y.copy(),
            checked_rate(learning_rate),
            float(len(X)) if weight is None else float(weight.sum()),
            self.loss_function,
            self.penalty,
            sample_weight=None if weight is None else weight.copy(),
            masks=self._masks(masks, len(X)),
        )
        facts: dict[str, str | int | float] = {
            "network": str(self.architecture),
            "optimizer": "sgd",
            "learning rate": step.eta,
            "rows": len(X),
        }
        update = Update.of(step)
        return StepTrace(stages_of(update), facts, apply=Once(self._take, update))

    def _take(self, update: Update) -> None:
        """Write the weights of an update, unless it started from others."""
        if not np.array_equal(self.theta, update.step.theta, equal_nan=True):
            raise stale("the weights of the network have changed since it was computed")
        self.theta[:] = update.theta

    def _masks(self, masks: dict[int, Any] | None, n_samples: int) -> dict[int, Array]:
        """Copies of dropout masks, checked: the output layer has none, and eq. 4 would not follow it back."""
        masks, sizes = masks or {}, self.architecture.sizes
        for layer, mask in masks.items():
            if layer not in range(1, len(sizes)) or np.shape(mask) != (n_samples, sizes[layer - 1]):
                raise InputError(
                    f"masks has an entry of shape {np.shape(mask)} for layer {layer}. Give (n_samples, n_l) for a "
                    f"layer l from 1 to {len(sizes) - 1}: {n_samples} rows, and n_1, n_2, ... = {sizes[:-1]}."
                )
        return {layer: np.array(mask, np.float64) for layer, mask in masks.items()}

    def _passes(self, X: Array, Y: Array, masks: dict[int, Array] | None) -> tuple[Forward, dict[int, Array]]:
        """What the forward pass keeps, and the deltas of every row by itself."""
        forward = feedforward(self.architecture, self.theta, X, self._masks(masks, len(X)))
        Delta_L = output_delta(self.architecture, self.loss_function, forward, Y)
        Delta = backpropagate(self.architecture, self.theta, forward, Delta_L)
        return forward, dict(sorted(Delta.items()))

    def _problem(self, X: Any, Y: Any, sample_weight: Any, masks: dict[int, Array] | None) -> dict[str, Any]:
        """The arguments that objective and gradient share: checked rows, and the terms of this network's J."""
        X, Y, weight = self._checked(X, Y, sample_weight)
        terms = {"loss": self.loss_function, "penalty": self.penalty, "masks": self._masks(masks, len(X))}
        return {"X": X, "Y": Y, "sample_weight": weight, **terms}

    def _rows(self, X: Any) -> Array:
        return _two_dimensional("X", X, self.architecture.n_columns, "one per input of the network")

    def _checked(self, X: Any, Y: Any, sample_weight: Any) -> tuple[Array, Array, Array | None]:
        n_outputs = self.architecture.sizes[-1]
        n_targets = self.loss_function.n_targets(n_outputs)
        X, Y = self._rows(X), _two_dimensional("Y", Y, n_targets, "one per target of the loss")
        if len(X) != len(Y) or len(X) == 0:
            raise InputError(f"X has {len(X)} rows and Y has {len(Y)}. Give one target row per row of X, at least one.")
        self.loss_function.check_targets(Y, n_outputs)
        if sample_weight is None:
            return X, Y, None
        weight = np.asarray(sample_weight, np.float64)
        if weight.shape != (len(X),):
            raise InputError(f"sample_weight has shape {weight.shape}. Give one number per row: shape ({len(X)},).")
        if not (np.all(weight >= 0) and 0 < weight.sum() < np.inf):
            raise InputError(
                "sample_weight holds negative numbers, NaN, infinity or nothing above 0. Weight 2 counts a "
                "row twice, weight 0 leaves it out, and at least one row has to stay."
            )
        return X, Y, weight


def _two_dimensional(name: str, values: Any, n_columns: int, meaning: str) -> Array:
    array = np.asarray(values, np.float64)
    if array.ndim == 1:
        array = array[None, :] if n_columns > 1 else array[:, None]
    if array.ndim != 2 or array.shape[1] != n_columns:
        raise InputError(
            f"{name} has shape {np.shape(values)}, but needs {n_columns} columns, {meaning}: "
            f"shape (n_samples, {n_columns})."
        )
    return array
