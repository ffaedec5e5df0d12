"""ResidualsDisplay: how large the errors are, as a histogram."""

from typing import Any, Self

import numpy as np

from ...network.arrays import Array
from .axes import BLUE, axes_or_new

MOST_BINS = 40
SHOWN = (0.05, 0.25, 0.5, 0.75, 0.95)  # quantiles that are marked


class ResidualsDisplay:
    """The histogram of residuals, target minus prediction, with their quantiles as lines.

    Parameters
    ----------
    edges : (n_bins + 1,)
    counts : (n_bins,)
        Weight, or number, of the rows in each bin.
    quantiles : {probability: residual}

    Attributes
    ----------
    edges, counts, quantiles
        The numbers behind the figure.
    figure_, ax_, bars_
        matplotlib's, once drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from glassnet.report import ResidualsDisplay
    >>> display = ResidualsDisplay.from_predictions(np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0]))
    >>> display.quantiles[0.5]
    1.0
    """

    def __init__(self, edges: Array, counts: Array, quantiles: dict[float, float]) -> None:
        self.edges, self.counts, self.quantiles = np.asarray(edges), np.asarray(counts), dict(quantiles)

    @classmethod
    def of(cls, residuals: Array) -> Self:
        """Count residuals (n_rows,), without drawing."""
        low, high = np.quantile(residuals, [0.005, 0.995]) if len(residuals) > 200 else _ends(residuals)
        if not high > low:
            low, high = low - 0.5, low + 0.5
        n_bins = int(np.clip(np.ceil(2 * np.cbrt(len(residuals))), 5, MOST_BINS))  # Rice's rule
        counts, edges = np.histogram(np.clip(residuals, low, high), bins=n_bins, range=(low, high))
        return cls(edges, counts, {q: float(np.quantile(residuals, q)) for q in SHOWN})

    @classmethod
    def from_predictions(cls, y_true: Array, y_pred: Array, *, ax: Any = None) -> Self:
        """Draw the residuals of predictions, both (n_rows,); the outermost bins hold all beyond them."""
        return cls.of(np.asarray(y_true, float) - np.asarray(y_pred, float)).plot(ax=ax)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Array, *, ax: Any = None) -> Self:
        """Draw the residuals of a fitted regressor on rows X with targets y."""
        return cls.from_predictions(y, estimator.predict(X), ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it."""
        ax = axes_or_new(ax)
        self.bars_ = ax.stairs(self.counts, self.edges, fill=True, color=BLUE, alpha=0.75)
        for q, residual in self.quantiles.items():
            ax.axvline(residual, color=ax.xaxis.label.get_color(), linewidth=1.2 if q == 0.5 else 0.6, linestyle="--")
        ax.set(xlabel="target - prediction", ylabel="rows")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _ends(values: Array) -> tuple[float, float]:
    return float(values.min()), float(values.max())
