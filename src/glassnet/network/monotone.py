"""Networks that never fall as a column rises: weights keep a sign on every way through, so no training breaks it.

Each input and each neuron has a sign s: 1 if it may only rise with the constrained columns, -1 if it may only fall, 0
if it does not depend on them. A column's sign is the user's wish, hidden neurons have signs of all kinds, and outputs
have 1. The weight from i to j then has to obey

    s_i s_j W_ij >= 0 if s_i and s_j are not 0,  W_ij = 0 if only s_j is 0        (eq. 21)

and where s_i = 0 it is free. Layer by layer it follows that a neuron with s_j = 1 never falls with a column of sign 1,
if f itself never falls: for all rows, whatever was learnt. Sources: Sill, "Monotonic networks", NeurIPS 1997; neurons
of both signs, which add convex and concave parts, do what the two activations of Runje and Shankaranarayana do,
"Constrained monotonic neural networks", ICML 2023.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..errors import SettingError
from .arrays import Array

Signs = tuple[int | None, ...]
NEVER_FALL = ("identity", "relu", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "exp")
FREE_SHARE = 0.5  # of a hidden layer's neurons, if some columns are free and some are not; 1/4 and 3/4 do as well


@lru_cache(maxsize=64)
def bounds(sizes: tuple[int, ...], signs: Signs, bins: tuple[int, ...] = ()) -> tuple[Array, Array]:
    """Lowest and highest value of every entry of theta (eq. 21), each (n_parameters,) of 0 and infinities; to be read.

    Parameters
    ----------
    sizes, bins
        As in `Architecture`.
    signs : one per column
        1 or -1: the outputs never fall, or never rise, with it; 0: free; None: they do not depend on it.

    Examples
    --------
    >>> lower, upper = bounds((2, 2, 1), (1, -1))  # two columns, neurons of signs 1 and -1, an output
    >>> lower.tolist()  # W^2 by rows, b^2, W^3, b^3
    [0.0, -inf, -inf, 0.0, -inf, -inf, 0.0, -inf, -inf]
    >>> upper.tolist()
    [inf, 0.0, 0.0, inf, inf, inf, inf, 0.0, inf]
    """
    of_columns = [np.nan if sign is None else sign for sign in signs]
    source = np.repeat(of_columns, [max(T, 1) for T in bins]) if bins else np.array(of_columns)
    free_share = 1.0 if not (abs(source) == 1).any() else FREE_SHARE if (source == 0).any() else 0.0
    lower, upper = [], []
    for layer, (_, n_out) in enumerate(pairwise(sizes), start=2):
        target = np.ones(n_out) if layer == len(sizes) else neuron_signs(n_out, free_share)
        needed, is_free = np.outer(source, target), (source == 0)[:, None]  # needed is NaN for an input without effect
        lower += [np.where(is_free | (needed < 0), -np.inf, 0.0).ravel(), np.full(n_out, -np.inf)]
        upper += [np.where(is_free | (needed > 0), np.inf, 0.0).ravel(), np.full(n_out, np.inf)]
        source = target
    return _read_only(lower), _read_only(upper)


def neuron_signs(width: int, free_share: float) -> Array:
    """The signs of a hidden layer's neurons, (width,): first 0 for those that see free columns alone, then 1 and -1."""
    n_free = int(width * free_share)
    signs = np.zeros(width)
    signs[n_free::2], signs[n_free + 1 :: 2] = 1, -1
    return signs


def turned(W: Array, lower: Array, upper: Array) -> Array:
    """First weights W (n_in, n_out) brought within their bounds.

    Weights of the wrong sign change it. The weights of k inputs that have one sign add up to k times their size, not to
    sqrt(k) times as random signs do, so they are divided by sqrt(k).
    """
    limited = np.isfinite(lower) | np.isfinite(upper)
    k = limited.any(axis=1).sum()
    inside = np.clip(np.where((W < lower) | (W > upper), -W, W), lower, upper)
    return np.where(limited, inside / np.sqrt(max(k, 1)), W)


def require_signs(signs: Sequence[int | None], n_columns: int, functions: Sequence[str]) -> Signs:
    """The signs, checked; () if every column is free.

    functions : what hidden layers and output do, which must never fall either.

    Raises
    ------
    SettingError
        If there is not one sign per column, or a function falls somewhere.
    """
    if all(sign == 0 for sign in signs):
        return ()
    if len(signs) != n_columns or any(sign not in (1, -1, 0, None) for sign in signs):
        raise SettingError(f"signs={tuple(signs)} are not {n_columns} times 1, -1, 0 or None, one for each column.")
    if functions[-1] == "softmax":
        raise SettingError(
            "monotonic constraints do not go with several classes: their probabilities sum to 1, so that some fall "
            "where others rise. Tell one class from the rest, with two classes in y, or leave the constraints out."
        )
    for name in functions:
        if name not in NEVER_FALL:
            raise SettingError(
                f"activation={name!r} falls somewhere, so a network of such neurons cannot keep monotonic constraints. "
                f"Choose one of {', '.join(NEVER_FALL[:-1])}; or leave activation at 'auto', which is softplus then."
            )
    return tuple(None if sign is None else int(sign) for sign in signs)


def _read_only(parts: list[Array]) -> Array:
    whole = np.concatenate(parts)
    whole.flags.writeable = False
    return whole
