"""IntervalDisplay: whether intervals hold as many targets as they promise, and how wide they are."""

from typing import Any, Self

import numpy as np

from ...errors import SettingError
from ...network.arrays import Array
from .axes import BLUE, axes_or_new

GROUPS = 10
KINDS = ("coverage", "width")


def tenths(values: Array, n_groups: int = GROUPS) -> list[Array]:
    """Rows in the order of their values, cut into groups of equal size; fewer groups for few rows."""
    order = np.argsort(values, kind="stable")
    return [part for part in np.array_split(order, min(n_groups, len(order))) if len(part)]


class IntervalDisplay:
    """Coverage and width of prediction intervals by tenth of the prediction.

    Intervals are promised on the average over all rows; here one sees for which predictions they are too narrow.

    Parameters
    ----------
    center : (n_groups,)
        The mean prediction of each tenth.
    coverage, width : (n_groups,)
        The share of targets inside, and the mean width.
    n_rows : (n_groups,)
    nominal : float
        The coverage that was promised.

    Attributes
    ----------
    center, coverage, width, n_rows, nominal
        The numbers behind the figure.
    figure_, ax_
        matplotlib's, once drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from glassnet.report import IntervalDisplay
    >>> y = np.arange(20.0)
    >>> display = IntervalDisplay.from_predictions(y, y, y - 1, y + np.where(y < 10, -0.5, 1))
    >>> display.coverage.tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, center: Array, coverage: Array, width: Array, n_rows: Array, nominal: float = 0.9) -> None:
        self.center, self.coverage, self.width = np.asarray(center), np.asarray(coverage), np.asarray(width)
        self.n_rows, self.nominal = np.asarray(n_rows), nominal

    @classmethod
    def of(cls, y_true: Array, y_pred: Array, lower: Array, upper: Array, nominal: float = 0.9) -> Self:
        """Count, without drawing; all are (n_rows,)."""
        inside, groups = (lower <= y_true) & (y_true <= upper), tenths(y_pred)
        center, coverage, width = (
            np.array([values[part].mean() for part in groups]) for values in (y_pred, inside, upper - lower)
        )
        return cls(center, coverage, width, np.array([len(part) for part in groups]), nominal)

    @classmethod
    def from_predictions(
        cls, y_true: Array, y_pred: Array, lower: Array, upper: Array, *, nominal: float = 0.9
    ) -> Self:
        """Draw the coverage of intervals that are there already; all are (n_rows,)."""
        y_true, y_pred, lower, upper = (np.asarray(values, float) for values in (y_true, y_pred, lower, upper))
        return cls.of(y_true, y_pred, lower, upper, nominal).plot()

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Array, *, coverage: float = 0.9) -> Self:
        """Draw the coverage of `predict_interval` on rows that the model has not learnt from."""
        lower, upper = estimator.predict_interval(X, coverage).T
        return cls.from_predictions(y, estimator.predict(X), lower, upper, nominal=coverage)

    def plot(self, *, kind: str = "coverage", ax: Any = None) -> Self:
        """Draw it; kind is "coverage" or "width".

        Raises
        ------
        SettingError
            If there is no such kind.
        """
        if kind not in KINDS:
            raise SettingError(f"kind={kind!r} is not one of {', '.join(KINDS)}.")
        ax = axes_or_new(ax)
        ink = ax.xaxis.label.get_color()
        if kind == "coverage":
            error = np.sqrt(self.nominal * (1 - self.nominal) / np.maximum(self.n_rows, 1))
            ax.errorbar(self.center, self.coverage, yerr=2 * error, fmt="o", color=BLUE, ecolor=BLUE, markersize=5)
            ax.axhline(self.nominal, color=ink, linestyle="--", linewidth=0.8)
            ax.set(ylabel="share of targets inside", ylim=(min(0.5, *self.coverage) - 0.05, 1.05))
        else:
            ax.plot(self.center, self.width, "o-", color=BLUE, markersize=5)
            ax.set(ylabel="mean width", ylim=(0, 1.1 * max(self.width.max(), np.finfo(float).tiny)))
        ax.set(xlabel="prediction, mean of each tenth")
        self.ax_, self.figure_ = ax, ax.figure
        return self
