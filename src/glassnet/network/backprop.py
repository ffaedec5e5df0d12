"""Forward and backward pass of one mini-batch (T13, T14): the version to read.

Batch rows are rows: row s of Z^l, A^l and Delta^l belongs to sample s. Dictionaries are keyed by the tutorial's layer
numbers 1, ..., L. The forward pass keeps every Z and A, so that each gradient is one formula and nothing is computed
twice.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import SettingError
from .architecture import Architecture
from .arrays import Array
from .losses import Loss, Squared
from .penalty import Penalty

SQUARED, NO_PENALTY = Squared(), Penalty()


@dataclass(frozen=True)
class Forward:
    """What the forward pass keeps: Z^2, ..., Z^L; A^1, ..., A^L; and the masks M^l of layers with dropout."""

    Z: dict[int, Array]
    A: dict[int, Array]
    masks: dict[int, Array]

    @property
    def output(self) -> Array:
        """A^L, the prediction, (n_samples, n_L)."""
        return self.A[max(self.A)]


def feedforward(architecture: Architecture, theta: Array, X: Array, masks: dict[int, Array] | None = None) -> Forward:
    """Z and A of every layer, each (n_samples, n_l).

    Z^l = A^{l-1} W^l + b^l                                               (eq. 1)
    A^l = f(Z^l) * M^l, with A^1 = X * M^1                                (eq. 2)

    Columns with bins enter A^1 encoded (eq. 12).

    Parameters
    ----------
    theta : (n_parameters,)
    X : (n_samples, n_1)
        Rows as the network sees them, usually standardised.
    masks : {layer: (n_samples, n_l)}
        Dropout masks M^l, see `random_bits.dropout_mask`; a layer that is left out keeps all its neurons.
    """
    masks = masks or {}
    inputs = architecture.inputs(X)
    Z, A = {}, {1: (inputs * masks[1]).astype(theta.dtype) if 1 in masks else inputs}
    for layer, (W, b) in architecture.layers(theta).items():
        Z[layer] = A[layer - 1] @ W
        Z[layer] += b
        A[layer] = architecture.value(layer)(Z[layer])
        if layer in masks:
            A[layer] = (A[layer] * masks[layer]).astype(theta.dtype)
    return Forward(Z, A, masks)


def predict(architecture: Architecture, theta: Array, X: Array) -> Array:
    """A^L, the prediction, (n_samples, n_L): the forward pass that keeps nothing, hence in less memory and time.

    The same bits as `feedforward(architecture, theta, X).output`.
    """
    A = architecture.inputs(X)
    for layer, (W, b) in architecture.layers(theta).items():
        Z = A @ W  # eq. 1, the biases added where the product stands
        Z += b
        A = architecture.value(layer)(Z)
    return A


def row_losses(architecture: Architecture, loss: Loss, forward: Forward, Y: Array) -> Array:
    """The loss of every row, (n_samples,). Likelihoods read z^L, distances read a^L."""
    return loss.values(Y, _loss_input(architecture, loss, forward))


def output_delta(
    architecture: Architecture, loss: Loss, forward: Forward, Y: Array, sample_weight: Array | None = None
) -> Array:
    """Delta^L, (n_samples, n_L): where the recursion starts.

    Delta^L = w * f'(Z^L) * dl/da(Y, A^L), for a likelihood w * dl/dz(Y, Z^L)   (eq. 4)
    """
    Delta = loss.slopes(Y, _loss_input(architecture, loss, forward))
    if loss.output_activation is None and architecture.output_activation != "identity":
        Delta = Delta * architecture.slope(architecture.n_layers)(forward.Z[architecture.n_layers])
    return Delta if sample_weight is None else Delta * sample_weight[:, None]


def backpropagate(architecture: Architecture, theta: Array, forward: Forward, Delta_L: Array) -> dict[int, Array]:
    """Delta of every layer, {2: Delta^2, ..., L: Delta^L}; row s is the delta of sample s, divided by nothing.

    Delta^l = f'(Z^l) * M^l * (Delta^{l+1} (W^{l+1})^T)                   (eq. 5)
    """
    layers, Delta = architecture.layers(theta), {architecture.n_layers: Delta_L}
    for layer in range(architecture.n_layers - 1, 1, -1):
        slope = architecture.slope(layer)(forward.Z[layer])
        Delta[layer] = slope * (Delta[layer + 1] @ layers[layer + 1][0].T)
        if layer in forward.masks:
            Delta[layer] = (Delta[layer] * forward.masks[layer]).astype(theta.dtype)
    return Delta


def data_gradient(architecture: Architecture, forward: Forward, Delta: dict[int, Array], total_weight: float) -> Array:
    """The part of eq. 6 that the rows have, (n_parameters,), laid out like theta: the penalty comes on top.

    dW^l = (A^{l-1})^T Delta^l / w,  db^l = (sum of the rows of Delta^l) / w
    """
    dtype = Delta[architecture.n_layers].dtype
    grad = np.empty(architecture.n_parameters, dtype)
    for layer, (dW, db) in architecture.layers(grad).items():
        np.matmul(forward.A[layer - 1].T, Delta[layer], out=dW)
        Delta[layer].sum(axis=0, out=db)
    grad /= dtype.type(total_weight)
    return grad


def gradient(  # noqa: PLR0913 - one argument per symbol of eq. 3
    architecture: Architecture,
    theta: Array,
    X: Array,
    Y: Array,
    loss: Loss = SQUARED,
    *,
    penalty: Penalty = NO_PENALTY,
    sample_weight: Array | None = None,
    total_weight: float | None = None,
    masks: dict[int, Array] | None = None,
) -> Array:
    """The gradient of the objective, (n_parameters,), laid out like theta.

    J = (sum_s w_s l(y_s, z_s) + R(theta)) / w                            (eq. 3)
    dW^l = ((A^{l-1})^T Delta^l + dR/dW^l) / w,  db^l = (sum of the rows of Delta^l) / w    (eq. 6)

    Parameters
    ----------
    sample_weight : (n_samples,)
        Weights w_s of the rows, from 0 on; 1 if left out. Weight 2 is the same as the row twice.
    total_weight : float
        What sums over rows and the penalty are divided by: w, the sum of the weights if left out, hence a mean.
    masks : {layer: (n_samples, n_l)}
        Dropout masks; they enter both passes (T18).

    Examples
    --------
    >>> import numpy as np
    >>> net = Architecture((2, 1))  # one linear neuron: z = 2 * 0.5 + 1 * (-1) + 0.25 = 0.25, delta = 0.25 - 1
    >>> gradient(net, np.array([0.5, -1, 0.25]), np.array([[2.0, 1.0]]), np.array([[1.0]]))
    array([-1.5 , -0.75, -0.75])
    """
    w = _total(X, sample_weight) if total_weight is None else total_weight
    forward = feedforward(architecture, theta, X, masks)
    Delta = backpropagate(architecture, theta, forward, output_delta(architecture, loss, forward, Y, sample_weight))
    return data_gradient(architecture, forward, Delta, w) + penalty.share(architecture, theta, w)


def objective(  # noqa: PLR0913 - one argument per symbol of eq. 3
    architecture: Architecture,
    theta: Array,
    X: Array,
    Y: Array,
    loss: Loss = SQUARED,
    *,
    penalty: Penalty = NO_PENALTY,
    sample_weight: Array | None = None,
    total_weight: float | None = None,
    masks: dict[int, Array] | None = None,
) -> float:
    """J of eq. 3, whose gradient `gradient` is; the same arguments."""
    losses = row_losses(architecture, loss, feedforward(architecture, theta, X, masks), Y)
    data = losses.sum() if sample_weight is None else losses @ sample_weight
    w = _total(X, sample_weight) if total_weight is None else total_weight
    return (float(data) + penalty.value(architecture, theta)) / w


def check_output(architecture: Architecture, loss: Loss) -> None:
    """Raise SettingError unless the loss goes with the network's output activation and number of outputs."""
    loss.n_targets(architecture.sizes[-1])
    given, needed = architecture.output_activation, loss.output_activation
    if needed is not None and given != needed:
        raise SettingError(
            f"loss={loss.name!r} has the output activation {needed!r} built in, but the network ends with {given!r}. "
            f"Give the network output_activation={needed!r}."
        )
    if needed is None and given in ("exp", "softmax"):
        raise SettingError(
            f"loss={loss.name!r} compares predictions with targets and cannot be followed back through {given!r}. "
            "Give the network output_activation='identity'."
        )


def _loss_input(architecture: Architecture, loss: Loss, forward: Forward) -> Array:
    return forward.output if loss.output_activation is None else forward.Z[architecture.n_layers]


def _total(X: Array, sample_weight: Array | None) -> float:
    return float(len(X)) if sample_weight is None else float(sample_weight.sum())
