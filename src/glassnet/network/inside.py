"""What a network does with a whole batch, by layer: gradients of every row, and how predictions answer to inputs."""

import numpy as np

from .activations import activation_named
from .architecture import Architecture
from .arrays import Array
from .backprop import Forward, backpropagate, feedforward
from .encoding import encode_backward

Gradients = dict[int, tuple[Array, Array]]


def layer_gradients(forward: Forward, Delta: dict[int, Array], weight: Array) -> Gradients:
    """{2: (dW^2, db^2), ..., L: ...}: sums over the rows of weight times gradient (eq. 6), as W and b.

    Parameters
    ----------
    Delta : {layer: (n_samples, n_l)}
        Deltas of the rows, without weights.
    weight : (n_samples,)
        1 / n_samples for all makes it the mean.
    """
    return {
        layer: (forward.A[layer - 1].T @ (weight[:, None] * delta), weight @ delta) for layer, delta in Delta.items()
    }


def row_gradients(forward: Forward, Delta: dict[int, Array]) -> Gradients:
    """The gradients of every row alone: dW^l is (n_samples, n_{l-1}, n_l), db^l is (n_samples, n_l).

    dW^l_s = a^{l-1}_s (delta^l_s)^T,  db^l_s = delta^l_s, row by row (T14).
    """
    return {
        layer: (forward.A[layer - 1][:, :, None] * delta[:, None, :], delta.copy()) for layer, delta in Delta.items()
    }


def input_gradients(architecture: Architecture, theta: Array, X: Array) -> Array:
    """How every prediction changes with every column of its row, (n_samples, n_L, n_columns).

    da^L_j / da^1 = Delta^2 (W^2)^T, where the recursion (eq. 5) starts with Delta^L = da^L_j / dz^L    (eq. 13)

    A column with bins adds up the answers of its bins along the line it stands on. Where the prediction bends, at a
    kink of an activation or the edge of a bin, it is the slope from the left.

    Parameters
    ----------
    X : (n_samples, n_columns)

    Examples
    --------
    >>> net = Architecture((2, 1))  # a linear neuron answers with its weights
    >>> input_gradients(net, np.array([3.0, -1.0, 0.5]), np.array([[7.0, 8.0]]))
    array([[[ 3., -1.]]])
    """
    forward, (W, _) = feedforward(architecture, theta, X), architecture.layers(theta)[2]
    answers = []
    for Delta_L in _output_slopes(architecture, forward):
        Delta = backpropagate(architecture, theta, forward, Delta_L)
        dA = Delta[2] @ W.T
        answers.append(encode_backward(X, architecture.bins, dA) if architecture.has_bins else dA)
    return np.stack(answers, axis=1)


def _output_slopes(architecture: Architecture, forward: Forward) -> Array:
    """da^L_j / dz^L for every output j, (n_L, n_samples, n_L)."""
    L, name = architecture.n_layers, architecture.output_activation
    A, identity = forward.output, np.eye(architecture.sizes[-1], dtype=forward.output.dtype)
    if name == "softmax":  # a_j ([j = k] - a_k)
        return np.asarray(A.T[:, :, None] * (identity[:, None, :] - A))
    slopes = A if name == "exp" else activation_named(name).slope(forward.Z[L])
    return np.asarray(identity[:, None, :] * slopes)
