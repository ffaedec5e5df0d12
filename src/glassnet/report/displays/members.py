"""MembersDisplay: how far the members' predictions of a row lie apart, and whether that warns of errors."""

from typing import Any, Self

import numpy as np

from ...network.arrays import Array
from .axes import BLUE, axes_or_new
from .intervals import tenths


class MembersDisplay:
    """The mean error of rows, by tenth of the spread of the members.

    The spread is the standard deviation of the members' predictions, how much a prediction owes to first weights and
    the choice of rows (Lakshminarayanan et al. 2017). Where the points rise, it warns of errors.

    Parameters
    ----------
    spread, error : (n_groups,)
        Means over each tenth of the rows.

    Attributes
    ----------
    spread, error
        The numbers behind the figure.
    figure_, ax_
        matplotlib's, once drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from glassnet.report import MembersDisplay
    >>> members = np.array([[0.0, 1.0], [0.0, 3.0]])
    >>> display = MembersDisplay.from_predictions(members, np.array([1.0, 5.0]))
    >>> display.spread.tolist(), display.error.tolist()
    ([0.0, 1.0], [1.0, 3.0])
    """

    def __init__(self, spread: Array, error: Array) -> None:
        self.spread, self.error = np.asarray(spread), np.asarray(error)

    @classmethod
    def of(cls, members: Array, y_true: Array) -> Self:
        """Count, without drawing: members (n_members, n_rows), or (n_members, n_rows, n_classes) of probabilities.

        For classes y_true has their numbers; a row's error is then 1 minus the probability of the right class.
        """
        mean = members.mean(axis=0)
        if members.ndim == 3:
            spread, rows = members.std(axis=0).max(axis=1), np.arange(len(y_true))
            error = 1 - mean[rows, np.asarray(y_true, int)]
        else:
            spread, error = members.std(axis=0), np.abs(np.asarray(y_true, float) - mean)
        groups = tenths(spread)
        return cls(*(np.array([values[part].mean() for part in groups]) for values in (spread, error)))

    @classmethod
    def from_predictions(cls, members: Array, y_true: Array, *, ax: Any = None) -> Self:
        """Draw what `member_predictions` gave, beside the targets; see `of` for classes."""
        return cls.of(members, y_true).plot(ax=ax)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, *, ax: Any = None) -> Self:
        """Draw it for rows that the model has not learnt from."""
        if hasattr(estimator, "classes_"):
            y = np.searchsorted(estimator.classes_, y)
        return cls.from_predictions(estimator.member_predictions(X), y, ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it."""
        ax = axes_or_new(ax)
        ax.plot(self.spread, self.error, "o-", color=BLUE, markersize=5)
        ax.set(xlabel="spread of the members, mean of each tenth", ylabel="mean error")
        ax.set_ylim(0, 1.1 * max(float(self.error.max()), np.finfo(float).tiny))
        self.ax_, self.figure_ = ax, ax.figure
        return self
