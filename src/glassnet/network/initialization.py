"""Where the weights start (T16): small, random, and scaled so that the variance passes through the layers."""

from collections.abc import Callable

import numpy as np

from ..errors import SettingError, nearest
from .architecture import Architecture
from .arrays import Array
from .monotone import turned

Draw = Callable[[np.random.Generator, int, int], Array]


def _zeros(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    return np.zeros((n_in, n_out))


def _gaussian(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    return rng.normal(0, np.sqrt(1 / n_in), (n_in, n_out))


def _he(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    return rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))


def _glorot(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    bound = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-bound, bound, (n_in, n_out))


def _lecun(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    bound = np.sqrt(3 / n_in)
    return rng.uniform(-bound, bound, (n_in, n_out))


def _orthogonal(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    Q, R = np.linalg.qr(rng.normal(size=(max(n_in, n_out), min(n_in, n_out))))
    Q = Q * np.sign(np.diag(R))  # without this the draw would not be uniform over all orthogonal matrices
    return np.asarray(Q if n_in >= n_out else Q.T)


DRAWS: dict[str, Draw] = {
    "zeros": _zeros,
    "gaussian": _gaussian,
    "he": _he,
    "glorot": _glorot,
    "lecun": _lecun,
    "orthogonal": _orthogonal,
}
AUTO = {"selu": "lecun"}
NAMES = ("auto", *DRAWS, "ntk")


def initialize(architecture: Architecture, initialization: str, rng: np.random.Generator) -> Array:
    """A first theta, (n_parameters,), float64; biases start at 0, but for "ntk".

    | initialization | weights of a neuron with n_in inputs | source |
    |---|---|---|
    | zeros | 0: a ReLU network that starts here never moves (T16) | to show the failure |
    | gaussian | N(0, 1 / n_in) | the tutorial |
    | he | N(0, 2 / n_in) | He et al. 2015 |
    | glorot | U(-r, r), r^2 = 6 / (n_in + n_out) | Glorot and Bengio 2010 |
    | lecun | U(-r, r), r^2 = 3 / n_in | LeCun et al. 1998 |
    | orthogonal | orthonormal rows or columns | Saxe et al. 2014 |
    | ntk | N(0, 1 / n_in), biases N(0, 1); all 0 at the output, hence z^L = 0 | Holzmueller et al. 2024 |
    | auto | by the layer's activation, see below | |

    "auto" is glorot, but for selu, which is built for 1 / n_in (lecun). Going forward, z sums n_in terms w a, so
    1 / n_in (2 / n_in where ReLU passes on half) keeps its variance. Going back, delta sums n_out terms, so 1 / n_out
    would keep its. In a table's first layer few columns meet many neurons: with he the first weights of a 3-100-1
    network have 34 times the variance that glorot gives them, which shares the burden between the two ways, and
    gradient descent diverges at learning rates that glorot bears.

    Where columns have signs, weights are brought within their bounds, see `monotone.turned`.

    Raises
    ------
    SettingError
        If there is no such initialization.

    Examples
    --------
    >>> theta = initialize(Architecture((3, 4, 1)), "gaussian", np.random.default_rng(0))
    >>> theta.shape
    (21,)
    """
    if initialization not in NAMES:
        raise SettingError(
            f"initialization={initialization!r} is not an initialization. Choose one of {', '.join(NAMES)}. "
            f"{nearest(initialization, NAMES)}"
        )
    theta = _drawn(architecture, initialization, rng)
    if architecture.signs:
        views = (architecture.layers(vector).values() for vector in (theta, *architecture.bounds))
        for (W, _), (lower, _), (upper, _) in zip(*views, strict=True):
            W[:] = turned(W, lower, upper)
    return theta


def _drawn(architecture: Architecture, initialization: str, rng: np.random.Generator) -> Array:
    """The first theta of an initialization, before any bounds."""
    theta = np.zeros(architecture.n_parameters)
    if initialization == "ntk":
        for W, b in list(architecture.layers(theta).values())[:-1]:
            W[:], b[:] = _gaussian(rng, *W.shape), rng.normal(size=b.shape)
        return theta
    activations = (*architecture.activation, "identity")
    for (W, _), activation in zip(architecture.layers(theta).values(), activations, strict=True):
        name = AUTO.get(activation, "glorot") if initialization == "auto" else initialization
        W[:] = DRAWS[name](rng, *W.shape)
    return theta
