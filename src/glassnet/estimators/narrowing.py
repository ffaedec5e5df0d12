"""By how much an interval around the mean of all members may be narrower than CV+, which is made for single ones.

Members that have not seen a row err by R, of mean square S, and lie apart from their mean mu by their ambiguity, of
mean square w. On every row (y - mu)^2 = mean_k (y - mu_k)^2 - mean_k (mu_k - mu)^2 (Krogh and Vedelsby 1995, "Neural
network ensembles, cross validation, and active learning"), so that new rows have S - w on the average, where the sums
mu_k + R of CV+ lie S + w around mu.

S flatters: the f rows of a fold have also chosen their member, its epoch above all, among networks that differ by
about w. The losses of two of them on f rows differ by chance, with a standard error of 2 sqrt(S w / f), and the lowest
of many is about two of these too low. So the width is multiplied by the root of

    (S + 4 sqrt(S w / f) - w) / (S + w),

at most 1. Where folds are small that is 1, and the interval is CV+; where they are large, or there is no noise, it is
(S - w) / (S + w). benchmarks/accuracy/README.md has both terms measured.
"""

from collections.abc import Sequence

import numpy as np

from ..network.arrays import Array
from .intervals import Residuals

FLATTERY = 4.0  # two standard errors of twice sqrt(S w / f) each
MOST_ROWS = 4096  # of the table, by which the ambiguity is measured


def narrowing(predictions: Array, folds: Sequence[Residuals], unit: Array, weight: Array) -> float:
    """What the width of a CV+ interval is multiplied by, from 0 to 1, for one target.

    Parameters
    ----------
    predictions : (n_members, n_rows)
        What the members say of some rows of the table.
    folds : the residuals of each member
    unit : (n_members, n_rows)
        What the residuals are in units of, for each of these rows.
    weight : (n_rows,)

    Examples
    --------
    Two members say 1 and -1 of a row, so w = 1; errors of 2 give S = 4, and 100 rows to a fold a standard error of 0.4:

    >>> folds = [Residuals.of(np.full(100, 2.0), np.ones(100))] * 2
    >>> factor = narrowing(np.array([[1.0], [-1.0]]), folds, np.ones((2, 1)), np.ones(1))
    >>> round(factor**2, 6) == round((4 + 0.8 - 1) / (4 + 1), 6)
    True
    """
    largest = max(fold.sizes[-1] for fold in folds)
    if not largest > 0:
        return 1.0
    total = sum(fold.weight[-1] for fold in folds)
    S = sum(np.diff(fold.weight) @ np.square(fold.sizes / largest) for fold in folds) / total
    apart = (predictions - predictions.mean(axis=0)) / largest
    w = np.average(np.mean(np.square(apart), axis=0) / np.mean(np.square(unit), axis=0), weights=weight)
    flattery = FLATTERY * np.sqrt(S * w * len(folds) / total)
    return float(np.sqrt(np.clip((S + flattery - w) / (S + w), 0, 1)))
