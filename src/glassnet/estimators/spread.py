"""How far off a network is likely to be, row by row: a linear model of the logarithm of its errors.

sigma(x) = exp(b + w . x), where x are the member's prediction, its square, and what the network sees of the row:
standardised columns and their positions in bins. Errors divided by their sigma are about as large everywhere, so the
interval of a row can be made from the errors of all rows (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018,
"Distribution-free predictive inference for regression", section 5.2: locally weighted conformal inference).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network.arrays import Array
from ..table.counting import rows_of_weight
from ..table.frames import Frame
from .fitted import Fitted
from .inputs import Selection
from .inside import seen
from .intervals import Residuals

ALPHAS = np.logspace(
    -1, 5, 7
)  # penalties that leave-one-out errors choose from; with the largest one sigma is constant
FLOOR = 0.3  # of the median error is added to all, so that single errors near 0 do not rule their logarithms
PASSES = 2  # what is added is too much where errors are small; in units of the first pass's sigma it is not
MOST_NUMBERS = 2_000_000  # rows times inputs that a spread is learnt from: about a second for five members
SMALLEST_WIDTH = 1e-9  # a column that is the same in all rows gets no weight, whatever it is divided by
FEWEST_ROWS = 20  # with fewer errors a spread is constant
BLOCK_ROWS = 4096  # rows at a time: memory is bounded by a block


@dataclass(frozen=True)
class Spread:
    """A learnt sigma(x) > 0 for one member and one target.

    theta : (1 + n,) the bias, and a weight for each of the n numbers in x
    limits : (2,) between which log sigma lay for the rows that it was learnt from; it stays there for new ones
    """

    theta: Array
    limits: Array

    @classmethod
    def constant(cls, n: int) -> "Spread":
        """The spread that is 1 for every row."""
        return cls(np.zeros(1 + n), np.zeros(2))

    @classmethod
    def fit(cls, x: Array, errors: Array, weight: Array) -> "Spread":
        """Learn from x (n_rows, n) and errors (n_rows,) of any sign; weight 2 counts as the row twice."""
        if len(errors) < FEWEST_ROWS:
            return cls.constant(x.shape[1])
        from sklearn.linear_model import RidgeCV  # late: it is slow to load, and not every fit needs it

        width = np.maximum(x.std(axis=0), SMALLEST_WIDTH)  # so that one penalty fits all
        theta = np.zeros(1 + x.shape[1])
        for _ in range(PASSES):
            scores = np.abs(errors) / np.exp(theta[0] + x @ theta[1:])
            middle = np.quantile(scores, 0.5, weights=weight, method="inverted_cdf")
            if not middle > 0:
                return cls.constant(x.shape[1])
            model = RidgeCV(ALPHAS).fit(x / width, np.log(scores + FLOOR * middle), sample_weight=weight)
            theta += np.concatenate([[model.intercept_], model.coef_ / width])
        found = theta[0] + x @ theta[1:]
        return cls(theta, np.array([found.min(), found.max()]))

    def of(self, x: Array) -> Array:
        """sigma (n_rows,) of x (n_rows, n)."""
        return np.asarray(np.exp(np.clip(self.theta[0] + x @ self.theta[1:], *self.limits)))


@dataclass(frozen=True)
class Scaled:
    """A member's spread for one target, and the errors on the fold that it held out, in units of that spread."""

    spread: Spread
    scores: Residuals


OfMembers = tuple[Scaled, ...]


def learnt(table: Selection, members: Sequence[Fitted], folds: Sequence[Array], raw: Array) -> tuple[OfMembers, ...]:
    """For each target and member its spread, and its fold's errors in units of it.

    The spread of member k is learnt from the other folds, so no row has a say in the unit that its own error is
    measured in. Like the member itself, it is ready for new rows as for those of fold k.

    Parameters
    ----------
    folds : for each member the rows that it held out
    raw : (n_samples, n_targets)
        Their predictions by the members that held them out, NaN for rows that nobody did.
    """
    weight = rows_of_weight(table.weight, len(raw))
    errors, of_member = table.Y - raw, []
    for member, fold in zip(members, folds, strict=True):
        others = some(np.setdiff1d(np.concatenate(folds), fold), MOST_NUMBERS // n_numbers(member))
        x = seen(member, table.taken(others))
        spreads = [
            Spread.fit(_with(mu, x) * _free(member), errors[others, t], weight[others])
            for t, mu in enumerate(member.targets.scaled(raw[others], "float64").T)
        ]
        scores = errors[fold] / sizes(spreads, member, table.taken(fold), raw[fold])
        residuals = [Residuals.of(of_target, weight[fold]) for of_target in scores.T]
        of_member.append([Scaled(*pair) for pair in zip(spreads, residuals, strict=True)])
    return tuple(zip(*of_member, strict=True))


def sizes(spreads: Sequence[Spread], member: Fitted, X: Any, predictions: Array) -> Array:
    """sigma (n_rows, n_targets) of checked rows X with the member's predictions (n_rows, n_targets), in units of y."""
    scaled, out = member.targets.scaled(predictions, "float64"), np.empty(predictions.shape)
    for start in range(0, len(out), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        x = seen(member, X.part(start, rows.stop) if isinstance(X, Frame) else X[rows])
        for t, spread in enumerate(spreads):
            out[rows, t] = spread.of(_with(scaled[rows, t], x))
    return out


def n_numbers(member: Fitted) -> int:
    """How many numbers x holds for this member."""
    return 2 + member.architecture.n_columns


def _free(member: Fitted) -> Array:
    """1 for the numbers in x that sigma may follow, else 0, (n_numbers,): under constraints only free columns.

    Then sigma stands still where a constrained column moves, and the ends of an interval go the way that every
    member's prediction goes.
    """
    signs = member.architecture.signs
    if not any(sign != 0 for sign in signs):
        return np.ones(n_numbers(member))
    return np.array([0, 0, *(sign == 0 for sign in signs)], float)


def some(rows: Array, n: int) -> Array:
    """At most n of the rows (and at least a few), drawn at random."""
    return np.random.default_rng(0).permutation(rows)[: max(n, FEWEST_ROWS)]


def _with(mu: Array, x: Array) -> Array:
    return np.column_stack([mu, np.square(mu), x])
