"""The networks of one fit, and what they say together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from statistics import fmean
from typing import Any

import numpy as np

from ..network.arrays import Array
from ..network.random_bits import generator
from ..training.history import History
from .fitted import Fitted
from .inputs import Selection

MEMBER_STREAM = 2  # generator(seed, 2, k) draws the seed of member k; member 0 has the seed of the fit


@dataclass(frozen=True)
class Ensemble:
    """Trained networks, whose prediction is the mean of theirs."""

    members: tuple[Fitted, ...]

    @property
    def first(self) -> Fitted:
        """The first network; the others differ from it in weights, and in what their rows taught them of the table."""
        return self.members[0]

    def predict(self, X: Any) -> Array:
        """The mean of the members' predictions (n_samples, n_L), in the units of y. Raises as `Fitted.predict`."""
        total = self.first.predict(X)
        for member in self.members[1:]:
            total += member.predict(X)
        return total / len(self.members) if len(self.members) > 1 else total


def member_seed(seed: int, k: int) -> int:
    """The seed of member k of a fit with this seed."""
    return seed if k == 0 else int(generator(seed, MEMBER_STREAM, k).integers(2**31))


def mean_history(histories: Sequence[History]) -> History:
    """The mean of the members' curves, at each epoch of those that trained so long; the seconds are the last one's."""
    if len(histories) == 1:
        return histories[0]
    mean = History()
    for curve in fields(History):
        values = [getattr(history, curve.name) for history in histories]
        epochs = zip_longest(*values)
        join = max if curve.name == "seconds" else fmean
        setattr(mean, curve.name, [join(value for value in row if value is not None) for row in epochs])
    return mean


def out_of_fold(members: Sequence[Fitted], held_out: Sequence[Selection], rows: Sequence[Array], n: int) -> Array:
    """A prediction (n, n_L) of every row by the members that have not learnt from it; NaN for rows in no fold.

    Parameters
    ----------
    held_out : the members' folds, as numbers; a row in several of them gets the mean
    rows : the places of their rows among the n
    """
    total, count = np.zeros((n, members[0].architecture.sizes[-1])), np.zeros((n, 1))
    for member, fold, places in zip(members, held_out, rows, strict=True):
        total[places] += member.predict_numbers(fold.X[fold.rows])
        count[places] += 1
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
