"""PermutationImportanceDisplay: how much worse the model gets when a column is shuffled."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.inspection import permutation_importance

from ...network.arrays import Array
from .axes import BLUE, axes_or_new

SHOWN = 20


class PermutationImportanceDisplay:
    """Bars for the columns that matter most, with the standard deviation over repetitions as error bars.

    A column's importance is how much the score falls when its values are shuffled among the rows (Breiman 2001).
    Of columns that say the same, each seems to matter little: the model still has the other one.

    Parameters
    ----------
    names : sequence of str
    mean, std : (n_columns,)
    scoring : str
        The name of the score.

    Attributes
    ----------
    names, mean, std
        The numbers behind the figure.
    figure_, ax_, bars_
        matplotlib's, once drawn.
    """

    def __init__(self, names: Sequence[str], mean: Array, std: Array, scoring: str = "score") -> None:
        self.names, self.mean, self.std, self.scoring = list(names), np.asarray(mean), np.asarray(std), scoring

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, scoring: str | None = None, n_repeats: int = 5, random_state: int = 0
    ) -> Self:
        """Shuffle column after column of X, and draw; better on rows that the model has not learnt from.

        scoring : a name that scikit-learn knows; R2 for a regressor and accuracy for a classifier if left out

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor
        >>> from glassnet.report import PermutationImportanceDisplay
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> y = 3 * X[:, 0] - X[:, 1]
        >>> model = GlassNetRegressor(hidden_layer_sizes=(), solver="lbfgs", n_members=1, bins=0, scaling="standard")
        >>> display = PermutationImportanceDisplay.from_estimator(model.fit(X, y), X, y)
        >>> [label.get_text() for label in display.ax_.get_yticklabels()]
        ['1', '0']
        """
        result = permutation_importance(
            estimator, X, y, scoring=scoring, n_repeats=n_repeats, random_state=random_state
        )
        names = [str(name) for name in getattr(X, "columns", range(len(result.importances)))]
        return cls.from_importances(names, result.importances, scoring=scoring or "score")

    @classmethod
    def from_importances(cls, names: Sequence[str], importances: Array, *, scoring: str = "score") -> Self:
        """Draw importances (n_columns, n_repeats), as `permutation_importance` returns them."""
        return cls(names, importances.mean(axis=1), importances.std(axis=1), scoring).plot()

    def plot(self, *, ax: Any = None, max_columns: int = SHOWN) -> Self:
        """Draw the columns that matter most."""
        ax = axes_or_new(ax)
        order = np.argsort(-self.mean, kind="stable")[:max_columns][::-1]
        places = np.arange(len(order))
        self.bars_ = ax.barh(
            places, self.mean[order], xerr=self.std[order], color=BLUE, ecolor=ax.xaxis.label.get_color(), height=0.7
        )
        ax.set_yticks(places, [shortened(self.names[j]) for j in order])
        ax.set(xlabel=f"fall of the {self.scoring} when the column is shuffled")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def shortened(name: str, limit: int = 28) -> str:
    """A name that leaves room for the figure."""
    return name if len(name) <= limit else name[: limit - 3] + "..."
