"""The piecewise-linear encoding of a column: one number becomes its way through T bins (Gorishniy et al. 2022).

A column arrives as its position p in [0, T]: 2.25 is a quarter of the way through the third bin. Bin t = 0, ..., T - 1
is passed to the share

    e_t(p) = min(max(p - t, 0), 1)                                        (eq. 12)

so that p = 2.25 becomes (1, 1, 0.25, 0, ...). A neuron's weights on the bins are then the slopes of a function of the
column that bends at the bins' edges. The network sees e_t with mean 0 and variance 1, as if p were uniform: bins
between quantiles are equally full.
"""

from functools import cache

import numpy as np

from .arrays import Array


@cache
def bin_moments(T: int) -> tuple[Array, Array]:
    """Mean and standard deviation of e_0, ..., e_{T-1} for a position that is uniform on [0, T], each (T,).

    E e_t = (T - t - 1/2) / T and E e_t^2 = (T - t - 2/3) / T.

    Examples
    --------
    >>> bin_moments(1)
    (array([0.5]), array([0.28867513]))
    """
    t = np.arange(T)
    mean, square = (T - t - 1 / 2) / T, (T - t - 2 / 3) / T
    return mean, np.sqrt(square - mean**2)


def encode(X: Array, bins: tuple[int, ...]) -> Array:
    """A^1 of rows whose columns have that many bins, (n_samples, n_1); a column with 0 bins stays as it is.

    Parameters
    ----------
    X : (n_samples, n_columns)
        Positions for columns with bins; any numbers for the others.
    bins : n_columns numbers
    """
    parts = []
    for x, T in zip(X.T, bins, strict=True):
        if T == 0:
            parts.append(x[:, None])
            continue
        mean, deviation = (moment.astype(X.dtype) for moment in bin_moments(T))
        shares = np.clip(x[:, None] - np.arange(T, dtype=X.dtype), 0, 1)  # eq. 12
        parts.append((shares - mean) / deviation)
    return np.hstack(parts)


def encode_backward(X: Array, bins: tuple[int, ...], G: Array) -> Array:
    """How something changes with every column, (n_samples, n_columns), from its change G (n_samples, n_1) with A^1.

    The position p moves along the line of bin t with t < p <= t + 1, so at an edge it is the slope from the left; at 0
    and outside [0, T], where the encoding stands still, it is 0. Arguments are those of `encode`.
    """
    out, start = np.empty_like(X, G.dtype), 0
    for column, (p, T) in enumerate(zip(X.T, bins, strict=True)):
        part = G[:, start : start + max(T, 1)]
        if T:
            t = np.clip(np.ceil(p).astype(int) - 1, 0, T - 1)
            slope = np.take_along_axis(part / bin_moments(T)[1].astype(G.dtype), t[:, None], axis=1)[:, 0]
            out[:, column] = np.where((p > 0) & (p <= T), slope, 0)
        else:
            out[:, column] = part[:, 0]
        start += max(T, 1)
    return out


def width(bins: tuple[int, ...]) -> int:
    """n_1: how many inputs columns with that many bins have together."""
    return sum(max(T, 1) for T in bins)
