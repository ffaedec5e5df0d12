"""Intervals that hold a new target with a promised probability: CV+ (Barber, Candès, Ramdas and Tibshirani 2021).

Every training row i has a residual R_i = |y_i - mu_k(x_i)|, k being the member that has not learnt from it. For a new
row x, the upper end is the ceil((n + 1) coverage)-th smallest of the n numbers mu_k(x) + R_i, and the lower end its
mirror image; with residuals in units of a learnt spread (spread.py) they are mu_k(x) + sigma_k(x) R_i. Where the lower
end would be above the upper one, no number is between them, and both are the number in their middle. "Predictive
inference with the jackknife+", Annals of Statistics 49: for exchangeable rows the chance that the interval holds y is
at least about 1 - 2 (1 - coverage), and in practice close to coverage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..errors import InputError
from ..network.arrays import Array

ROUNDING = 1e-12  # of a sum of weights: equal weights of any size ask for the same row
HALVINGS = 80  # of the span that holds an end: more than float64 can tell apart


@dataclass(frozen=True)
class Residuals:
    """What one member's held-out fold says about its errors, for one target.

    sizes : (n_fold,) the sizes of the errors, rising
    weight : (n_fold + 1,) how much weight has errors up to each of them; begins with 0
    """

    sizes: Array
    weight: Array

    @classmethod
    def of(cls, errors: Array, weight: Array) -> "Residuals":
        """Residuals from errors (n_fold,) of any sign and weights (n_fold,); weight 2 counts as the row twice."""
        order = np.argsort(np.abs(errors), kind="stable")
        return cls(np.abs(errors)[order], np.concatenate([[0.0], np.cumsum(weight[order])]))

    def weight_up_to(self, size: Array) -> Array:
        """How much weight has errors of at most that size, for an array of sizes."""
        return np.asarray(self.weight[np.searchsorted(self.sizes, size, side="right")])


def interval(predictions: Array, folds: Sequence[Residuals], coverage: float, unit: Array | None = None) -> Array:
    """Lower and upper ends, (n_rows, 2), from the members' predictions (n_members, n_rows) and their residuals.

    Parameters
    ----------
    unit : (n_members, n_rows)
        What the residuals are multiplied by for each row, if they are in units of a spread.

    Raises
    ------
    InputError
        If coverage is not between 0 and 1, or asks for more rows than there were.
    """
    rank = rank_of(folds, coverage)
    unit = np.ones_like(predictions) if unit is None else unit
    lower, upper = -_upper(-predictions, unit, folds, rank), _upper(predictions, unit, folds, rank)
    middle = lower + (upper - lower) / 2  # with a coverage below a half and members that disagree, ends may cross
    return np.column_stack([np.minimum(lower, middle), np.maximum(upper, middle)])


def rank_of(folds: Sequence[Residuals], coverage: float) -> float:
    """How much weight, ceil((n + 1) coverage) less rounding, the sums prediction + residual up to the upper end have.

    Raises
    ------
    InputError
        If coverage is no number between 0 and 1, or asks for more rows than there were.
    """
    if not isinstance(coverage, Real):
        raise InputError(f"coverage={coverage!r} is not a number. Write 0.9 for nine targets in ten.")
    if not 0 < coverage < 1:
        raise InputError(f"coverage={coverage!r} is not between 0 and 1. Write 0.9 for nine targets in ten.")
    n = sum(float(fold.weight[-1]) for fold in folds)
    rank = float(np.ceil((n + 1) * coverage * (1 - ROUNDING))) * (1 - ROUNDING)
    if rank > n:
        raise InputError(
            f"coverage={coverage:g} needs residuals of at least {np.ceil(coverage / (1 - coverage)):g} rows, and the "
            f"model was trained on {n:g}. Ask for {n / (n + 1):.3g} or less, or train on more rows.",
            error_id="E104",
        )
    return rank


def _upper(predictions: Array, unit: Array, folds: Sequence[Residuals], rank: float) -> Array:
    """The smallest t, (n_rows,), that as much weight as `rank` of the sums prediction + unit * size does not exceed."""
    members = list(zip(predictions, unit, folds, strict=True))
    low = np.min([mu + one * fold.sizes[0] for mu, one, fold in members], axis=0)
    high = np.max([mu + one * fold.sizes[-1] for mu, one, fold in members], axis=0)
    low = low - (np.abs(low) + np.abs(high)) * 1e-9  # below all sums, in whatever units they are
    for _ in range(HALVINGS):
        middle = low + (high - low) / 2
        weight = sum(fold.weight_up_to((middle - mu) / one) for mu, one, fold in members)
        enough = weight >= rank
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(high)
