"""How slopes change: f'' of every activation and l'' of every loss, of which the Hessian is made.

Where a slope jumps there is no second derivative; as for slopes, the one from the left stands in. So relu has f'' = 0
everywhere, and its kinks add nothing.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import softmax

from .activations import BELL_ENDS, SELU_ALPHA, SELU_SCALE, activation_named
from .arrays import Array
from .losses import Loss


def _exp_below_0(Z: Array) -> Array:
    return np.where(Z > 0, 0.0, np.exp(np.minimum(Z, 0)))


def _sigmoid(Z: Array) -> Array:
    return np.asarray(-activation_named("sigmoid").slope(Z) * np.tanh(Z / 2))  # 1 - 2 sigmoid(z) = -tanh(z / 2)


def _tanh(Z: Array) -> Array:
    return np.asarray(-2 * np.tanh(Z) * activation_named("tanh").slope(Z))


def _gelu(Z: Array) -> Array:
    """The normal density times 2 - z^2."""
    Z = np.clip(Z, -BELL_ENDS, BELL_ENDS)
    return np.asarray(np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi) * (2 - Z * Z))


def _silu(Z: Array) -> Array:
    return np.asarray(activation_named("sigmoid").slope(Z) * (2 - Z * np.tanh(Z / 2)))


def _mish(Z: Array) -> Array:
    """With t = tanh(u), u = log(1 + e^z) and s = u': t' = (1 - t^2) s, t'' = (1 - t^2) (s' - 2 t s^2)."""
    u, s = activation_named("softplus").value(Z), activation_named("softplus").slope(Z)
    t, bell = np.tanh(u), activation_named("tanh").slope(u)
    return np.asarray(bell * (2 * s + Z * (activation_named("sigmoid").slope(Z) - 2 * t * s * s)))


ACTIVATION_BENDS: dict[str, Callable[[Array], Array]] = {
    "identity": np.zeros_like,
    "relu": np.zeros_like,
    "leaky_relu": np.zeros_like,
    "elu": _exp_below_0,
    "selu": lambda Z: SELU_SCALE * SELU_ALPHA * _exp_below_0(Z),
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "softplus": lambda Z: activation_named("sigmoid").slope(Z),
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
}


def activation_bend(name: str) -> Callable[[Array], Array]:
    """f'' of the activation of that name, which takes an array of z and returns one of the same shape.

    | name | f''(z) |
    |---|---|
    | identity, relu, leaky_relu | 0 |
    | elu | e^z if z <= 0 else 0 |
    | selu | 1.7581 e^z if z <= 0 else 0 |
    | sigmoid | s (1 - s) (1 - 2 s), s the sigmoid |
    | tanh | -2 t (1 - t^2), t the tanh |
    | softplus | s (1 - s) |
    | gelu | phi(z) (2 - z^2), phi the normal density |
    | silu | s (1 - s) (2 + z (1 - 2 s)) |
    | mish | (1 - t^2) (2 s + z (s (1 - s) - 2 t s^2)), t = tanh(log(1 + e^z)) |

    Examples
    --------
    >>> activation_bend("tanh")(np.array([0.0, 1.0])).round(4)
    array([-0.    , -0.6397])
    """
    return ACTIVATION_BENDS[activation_named(name).name]


def _everywhere_1(loss: Loss, Y: Array, output: Array) -> Array:
    return np.ones_like(output)


def _everywhere_0(loss: Loss, Y: Array, output: Array) -> Array:
    return np.zeros_like(output)


def _near_1(loss: Loss, Y: Array, output: Array) -> Array:
    return np.where(np.abs(output - Y) <= loss.numbers()["delta"], 1.0, 0.0)


LOSS_BENDS: dict[str, Callable[[Loss, Array, Array], Array]] = {
    "squared_error": _everywhere_1,
    "absolute_error": _everywhere_0,
    "huber": _near_1,
    "quantile": _everywhere_0,
    "poisson": lambda loss, Y, output: np.exp(output),
    "gamma": lambda loss, Y, output: Y * np.exp(-output),
    "logistic": lambda loss, Y, output: activation_named("sigmoid").slope(output),
}


def loss_bend(loss: Loss, Y: Array, output: Array, V: Array) -> Array:
    """How dl/d output of every row changes when its output moves along V: l'' V, all of shape (n_samples, n_L).

    The second derivative is a number for each output: 1 for the squared loss, 0 for straight lines (absolute,
    quantiles), 1 or 0 for Huber's, e^z for Poisson, y e^-z for gamma, s (1 - s) for the logistic loss. The outputs of
    the cross-entropy depend on one another, so theirs is a matrix for each row: diag(p) - p p^T, p = softmax(z).

    Examples
    --------
    >>> from glassnet.network.losses import CrossEntropy  # p = (1/2, 1/2): diag(p) - p p^T = ((1, -1), (-1, 1)) / 4
    >>> loss_bend(CrossEntropy(), np.zeros((1, 1)), np.zeros((1, 2)), np.array([[1.0, 0.0]]))
    array([[ 0.25, -0.25]])
    """
    if loss.name == "cross_entropy":
        p = softmax(output, axis=1)
        return np.asarray(p * (V - (p * V).sum(axis=1, keepdims=True)))
    with np.errstate(over="ignore"):  # as in the losses: what is infinite is divergence, and reported as that
        return LOSS_BENDS[loss.name](loss, Y, output) * V
