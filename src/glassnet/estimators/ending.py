"""How a training run ended, where its owner should know."""

from collections.abc import Mapping
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from ..training.course import Outcome
from .notices import warn


def warn_of_end(outcome: Outcome, settings: Mapping[str, Any]) -> None:
    """Warn if training ended before its goal."""
    if outcome.reason in ("max_iter", "max_fun"):
        limit = settings[outcome.reason]
        name = "iterations" if outcome.reason == "max_iter" else "measurements of the loss"
        warn(
            f"Maximum {name} ({limit}) reached before the loss settled. Set a larger {outcome.reason}, or "
            "n_iter_no_change=float('inf') if this length was meant.",
            ConvergenceWarning,
        )
    elif outcome.reason == "stuck":
        warn(
            "L-BFGS found no step that lowers the loss further, although its gradient is not small. The loss may have "
            "a kink there, as with activation='relu' or loss='absolute_error'. If the fit is poor, try solver='adam'.",
            ConvergenceWarning,
        )
    elif outcome.reason == "interrupted":
        warn("Training was interrupted by the user. What was learnt until then is kept.", UserWarning)
