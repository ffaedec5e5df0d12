"""LearningCurvesDisplay: the loss of every member, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...errors import SettingError
from .axes import COLORS, axes_or_new, plain_numbers_on_log

LABELS = {"loss": "loss", "gradient_norm": "length of the gradient", "learning_rate": "learning rate"}
Curves = Mapping[str, Sequence[float]]


class LearningCurvesDisplay:
    """Training and validation loss of each member over the epochs, with the epoch whose weights were kept.

    Parameters
    ----------
    curves : sequence of {name: list}
        For each member "train_loss" and, if there are any, "validation_loss", "gradient_norm" and "learning_rate", a
        number per epoch: what `model.history_.as_dict()` gives.
    best_epochs : sequence of int, optional
        For each member the epoch whose weights were kept, from 1.

    Attributes
    ----------
    curves, best_epochs
        The numbers behind the figure.
    figure_, ax_, lines_
        matplotlib's figure, axes and lines, once drawn.
    """

    def __init__(self, curves: Sequence[Curves], best_epochs: Sequence[int] = ()) -> None:
        self.curves, self.best_epochs = list(curves), list(best_epochs)

    @classmethod
    def from_estimator(cls, estimator: Any, *, kind: str = "loss", log: bool = False, ax: Any = None) -> Self:
        """Draw the curves that a fitted GlassNetRegressor or GlassNetClassifier, or one from a file, holds.

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor
        >>> from glassnet.report import LearningCurvesDisplay
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GlassNetRegressor(hidden_layer_sizes=(), solver="lbfgs", n_members=1, bins=0, scaling="standard")
        >>> display = LearningCurvesDisplay.from_estimator(model.fit(X, 3 * X[:, 0] - X[:, 1]))
        >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
        ('epoch', 'loss')
        """
        check_is_fitted(estimator)
        curves = [run.history.as_dict() for run in estimator._runs]
        return cls.from_curves(curves, estimator.best_iterations_, kind=kind, log=log, ax=ax)

    @classmethod
    def from_curves(
        cls,
        curves: Sequence[Curves],
        best_epochs: Sequence[int] = (),
        *,
        kind: str = "loss",
        log: bool = False,
        ax: Any = None,
    ) -> Self:
        """Draw curves that were kept, such as those of history.jsonl."""
        return cls(curves, best_epochs).plot(kind=kind, log=log, ax=ax)

    def plot(self, *, kind: str = "loss", log: bool = False, ax: Any = None) -> Self:
        """Draw it.

        kind : "loss" (training dashed, validation solid), "gradient_norm" or "learning_rate"
        log : whether the vertical axis is logarithmic

        Raises
        ------
        SettingError
            If there is no such kind.
        """
        if kind not in LABELS:
            raise SettingError(f"kind={kind!r} is not one of {', '.join(LABELS)}.")
        ax = axes_or_new(ax)
        self.lines_: list[Any] = []
        for k, curve in enumerate(self.curves):
            self._draw_member(ax, k, curve, kind)
        if log:
            ax.set_yscale("log")
            plain_numbers_on_log(ax.yaxis)
        ax.set(xlabel="epoch", ylabel=LABELS[kind])
        if kind == "loss" and self.lines_:
            self._explain(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_member(self, ax: Any, k: int, curve: Curves, kind: str) -> None:
        color = COLORS[k % len(COLORS)]
        validation = _known(curve.get("validation_loss", ())) if kind == "loss" else np.empty(0)
        watched = _known(curve.get("train_loss" if kind == "loss" else kind, ()))
        for values, style in ((watched, "--" if len(validation) else "-"), (validation, "-")):
            if len(values):
                self.lines_ += ax.plot(np.arange(1, len(values) + 1), values, style, color=color, linewidth=1.1)
        kept = validation if len(validation) else watched
        best = self.best_epochs[k] if kind == "loss" and k < len(self.best_epochs) else 0
        if 1 <= best <= len(kept):
            ax.plot([best], [kept[best - 1]], "o", color=color, markersize=5, zorder=3)

    def _explain(self, ax: Any) -> None:
        """What the styles mean, said once and not for each member."""
        ink = ax.xaxis.label.get_color()
        if any(len(curve.get("validation_loss", ())) for curve in self.curves):
            ax.plot([], [], "-", color=ink, label="validation")
            ax.plot([], [], "--", color=ink, label="training")
        else:
            ax.plot([], [], "-", color=ink, label="training")
        if self.best_epochs:
            ax.plot([], [], "o", color=ink, markersize=5, label="weights kept")
        ax.legend()


def _known(values: Sequence[float | None]) -> Any:
    """Numbers, with NaN for what was not measured."""
    return np.array([np.nan if value is None else value for value in values], float)
