"""What a neuron does with its sum z: the activations f, each with its slope f'."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr, softmax

from ..errors import SettingError, nearest
from .arrays import Array

LEAK = 0.01  # slope of leaky_relu below 0
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # equation 14 of Klambauer et al. 2017
SATURATED = 40.0  # from here on tanh(log(1 + e^z)) is 1 in float64 too, and e^40 is far from overflowing
BELL_ENDS = 40.0  # beyond this the normal density is 0 in float64 too; it keeps z * z from overflowing


@dataclass(frozen=True)
class Activation:
    """f and f', both taking an array of z and returning an array of the same shape and type.

    At a kink the slope is the one from the left, so relu has slope 0 at 0 (T12). Absolute values, in losses and
    penalties, have the slope 0 there too: it lies in the middle.
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _leaky_relu(Z: Array) -> Array:
    return np.where(Z > 0, Z, LEAK * Z).astype(Z.dtype)


def _step(Z: Array, below: float, above: float = 1.0) -> Array:
    """`above` where z > 0, `below` elsewhere; NaN stays NaN, so that a broken network is seen."""
    return np.where(Z > 0, above, np.where(np.isnan(Z), np.nan, below)).astype(Z.dtype)


def _elu(Z: Array) -> Array:
    return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)))


def _elu_slope(Z: Array) -> Array:
    return np.exp(np.minimum(Z, 0))


def _selu(Z: Array) -> Array:
    with np.errstate(over="ignore"):  # the largest numbers times 1.05 round to infinity, as they should
        return (SELU_SCALE * np.where(Z > 0, Z, SELU_ALPHA * np.expm1(np.minimum(Z, 0)))).astype(Z.dtype)


def _selu_slope(Z: Array) -> Array:
    return (SELU_SCALE * np.where(Z > 0, 1, SELU_ALPHA * np.exp(np.minimum(Z, 0)))).astype(Z.dtype)


def _sigmoid_slope(Z: Array) -> Array:
    return np.asarray(expit(Z) * expit(-Z))  # not a (1 - a), which is 0 as soon as a rounds to 1


def _tanh_slope(Z: Array) -> Array:
    return 4 * _sigmoid_slope(2 * np.clip(Z, -1e30, 1e30))  # the same as 1 - tanh^2, exact in the tails


def _softplus(Z: Array) -> Array:
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def _bell(Z: Array) -> Array:
    """The product of z and the standard normal density at z."""
    Z = np.clip(Z, -BELL_ENDS, BELL_ENDS)
    return np.asarray(Z * np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi).astype(Z.dtype))


def _gelu(Z: Array) -> Array:
    return np.asarray(Z * ndtr(Z))


def _gelu_slope(Z: Array) -> Array:
    return np.asarray(ndtr(Z) + _bell(Z))


def _silu(Z: Array) -> Array:
    return np.asarray(Z * expit(Z))


def _silu_slope(Z: Array) -> Array:
    return np.asarray(expit(Z) + Z * _sigmoid_slope(Z))


def _tanh_softplus(Z: Array) -> tuple[Array, Array]:
    """(t, 1 - t) with t = tanh(log(1 + e^z)), from e^-|z| alone, so that nothing overflows or cancels.

    With u = e^z: t = u (u + 2) / (u (u + 2) + 2); for z > 0 numerator and denominator are divided by u^2.
    """
    e = np.exp(-np.abs(Z))
    top = np.where(Z > 0, 1 + 2 * e, e * (e + 2))
    rest = np.where(Z > 0, 2 * e * e, 2)
    return top / (top + rest), rest / (top + rest)


def _mish(Z: Array) -> Array:
    u = np.exp(np.minimum(Z, SATURATED))
    top = u * (u + 2)
    return np.asarray(Z * (top / (top + 2)))  # the t of _tanh_softplus in fewer passes, for prediction


def _mish_slope(Z: Array) -> Array:
    t, complement = _tanh_softplus(Z)
    return np.asarray(t + Z * (complement * (1 + t) * expit(Z)))


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("identity", lambda Z: Z, np.ones_like),
        Activation("relu", lambda Z: np.maximum(Z, 0), lambda Z: _step(Z, 0)),
        Activation("leaky_relu", _leaky_relu, lambda Z: _step(Z, LEAK)),
        Activation("elu", _elu, _elu_slope),
        Activation("selu", _selu, _selu_slope),
        Activation("sigmoid", expit, _sigmoid_slope),
        Activation("tanh", np.tanh, _tanh_slope),
        Activation("softplus", _softplus, expit),
        Activation("gelu", _gelu, _gelu_slope),
        Activation("silu", _silu, _silu_slope),
        Activation("mish", _mish, _mish_slope),
    )
}
ALIASES = {"logistic": "sigmoid"}  # scikit-learn's name


def activation_named(name: str) -> Activation:
    """The activation of that name; "logistic" is scikit-learn's name for "sigmoid".

    | name | f(z) | slope at 0 |
    |---|---|---|
    | identity | z | 1 |
    | relu | max(z, 0) | 0 |
    | leaky_relu | z if z > 0 else 0.01 z | 0.01 |
    | elu | z if z > 0 else e^z - 1 | 1 |
    | selu | 1.0507 (z if z > 0 else 1.6733 (e^z - 1)) | 1.7581 |
    | sigmoid | 1 / (1 + e^-z) | 1/4 |
    | tanh | tanh(z) | 1 |
    | softplus | log(1 + e^z) | 1/2 |
    | gelu | z Phi(z), Phi the normal distribution function | 1/2 |
    | silu | z / (1 + e^-z) | 1/2 |
    | mish | z tanh(log(1 + e^z)) | 3/5 |

    Raises
    ------
    SettingError
        If there is no such activation.

    Examples
    --------
    >>> import numpy as np
    >>> relu = activation_named("relu")
    >>> relu.value(np.array([-1.0, 0.0, 2.0])), relu.slope(np.array([-1.0, 0.0, 2.0]))
    (array([0., 0., 2.]), array([0., 0., 1.]))
    """
    name = ALIASES.get(name, name)
    if name not in ACTIVATIONS:
        raise SettingError(
            f"activation={name!r} is not an activation. Choose one of {', '.join(ACTIVATIONS)} (or logistic, "
            f"scikit-learn's name for sigmoid). {nearest(name, (*ACTIVATIONS, *ALIASES))}"
        )
    return ACTIVATIONS[name]


def _exp(Z: Array) -> Array:
    with np.errstate(over="ignore"):  # an infinite prediction is divergence, and reported as that
        return np.exp(Z)


def output_named(name: str) -> Callable[[Array], Array]:
    """What turns z^L into predictions: any activation, or "exp" (counts, sizes) or "softmax" (class probabilities).

    Raises
    ------
    SettingError
        If there is no such output activation.
    """
    if name == "exp":
        return _exp
    if name == "softmax":
        return lambda Z: np.asarray(softmax(Z, axis=1))
    if name not in (*ACTIVATIONS, *ALIASES):
        known = ("exp", "softmax", *ACTIVATIONS)
        raise SettingError(
            f"output_activation={name!r} is not an output activation. Choose one of {', '.join(known)}. "
            f"{nearest(name, known)}"
        )
    return activation_named(name).value
