"""How much rows count: a row of weight 2 counts as the row twice."""

from collections.abc import Sequence

import numpy as np

from ..network.arrays import Array

RARE = 4.0  # what fewer rows than this have in common is rare,
RARE_SHARE = 0.05  # but in small tables only what a smaller share than this has


def rows_of_weight(weight: Array | None, n_rows: int) -> Array:
    """Weights as numbers of rows: as they are, or with mean 1 where they are smaller than that on average.

    Examples
    --------
    >>> rows_of_weight(np.array([2.0, 1.0]), 2), rows_of_weight(np.array([0.2, 0.6]), 2)
    (array([2., 1.]), array([0.5, 1.5]))
    """
    if weight is None:
        return np.ones(n_rows)
    return np.asarray(weight * max(1.0, np.count_nonzero(weight) / weight.sum()))


def rare_below(n_rows: float) -> float:
    """What fewer rows than this share, of n_rows in all, is rare: too little to learn from."""
    return min(RARE, RARE_SHARE * n_rows)


def is_common(rows: Array, weight: Array) -> bool:
    """Whether enough rows are marked in `rows` (n_rows,), with weights (n_rows,), to learn from the mark."""
    marked = float(weight[rows].sum())
    return marked > 0 and marked >= rare_below(float(weight.sum()))


def weighted_quantiles(values: Array, shares: Sequence[float], weight: Array) -> Array:
    """The smallest values that at least these shares of the total weight do not exceed, (len(shares),).

    Examples
    --------
    >>> weighted_quantiles(np.array([1.0, 5.0, 3.0]), [0.25, 0.5, 0.75], np.array([1.0, 1.0, 2.0]))
    array([1., 3., 3.])
    """
    return np.asarray(np.quantile(values, shares, weights=weight, method="inverted_cdf"))
