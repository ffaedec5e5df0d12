"""The networks of one fit: which rows each learns from, and what they say together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from statistics import fmean
from typing import Any

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from ..errors import InputError
from ..network.arrays import Array
from ..network.random_bits import generator
from ..training.history import History
from .fitted import Fitted
from .inputs import Selection

MEMBER_STREAM = 2  # generator(seed, 2, k) draws the seed of member k; member 0 has the seed of the fit
Part = tuple[Selection, Selection | None]


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


def folds(table: Selection, n_members: int, seed: int, strata: Array | None) -> list[Part]:
    """For each member the rows that it learns from, and the fold of the others, which chooses its best epoch.

    Parameters
    ----------
    strata : (n_samples,)
        Classes whose shares every fold keeps.

    Raises
    ------
    InputError
        If there are fewer than two rows for each member, or rows of one class only.
    """
    n, classes = len(table.rows), None if strata is None else strata[table.rows]
    if classes is not None and np.ptp(classes) == 0:
        raise InputError(
            "all rows with a weight above 0 are of one class, so there is nothing to tell apart. Give rows of a second "
            "class a weight above 0."
        )
    if n < 2 * n_members:
        raise InputError(
            f"n_members={n_members} members hold out a fold of the rows each, and {n} rows with a weight above 0 are "
            f"fewer than two for each of them. Give at least {2 * n_members} rows, or set n_members=1."
        )
    if classes is not None and np.unique(classes, return_counts=True)[1].min() >= n_members:
        splitter = StratifiedKFold(n_members, shuffle=True, random_state=seed)
    else:
        splitter = KFold(n_members, shuffle=True, random_state=seed)
    pairs = splitter.split(np.empty((n, 0)), classes)
    return [(table.of_rows(table.rows[learn]), table.of_rows(table.rows[judge])) for learn, judge in pairs]


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
    """A prediction (n, n_L) of every row by the member that has not learnt from it; NaN for rows in no fold.

    Parameters
    ----------
    held_out : the members' folds, as numbers
    rows : the places of their rows among the n
    """
    prediction = np.full((n, members[0].architecture.sizes[-1]), np.nan)
    for member, fold, places in zip(members, held_out, rows, strict=True):
        prediction[places] = member.predict_numbers(fold.X[fold.rows])
    return prediction
