"""Tells scikit-learn's callbacks, and the screen if asked, about every epoch."""

from dataclasses import dataclass, field
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.callback import CallbackContext

from ..training.history import History
from ..training.trainer import Observer
from .run import Run


@dataclass
class EpochObserver(Observer):
    """One task of scikit-learn's callback protocol per epoch, under the task of the whole fit.

    The weights are copied for a callback only if it asks for a fitted estimator.
    """

    estimator: BaseEstimator
    context: CallbackContext
    run: Run
    data: dict[str, Any]
    verbose: bool = False
    task: CallbackContext | None = field(default=None, init=False)

    def epoch_begins(self) -> None:
        """Open the epoch's task."""
        self.task = self.context.subcontext(task_name="epoch")
        self.task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def epoch_ends(self) -> bool:
        """Close the epoch's task; True if a callback wants training to end."""
        if self.verbose:
            print(_line(self.run.history))
        assert self.task is not None
        return bool(
            self.task.call_on_fit_task_end(
                estimator=self.estimator,
                **self.data,
                reconstruction_attributes=self.run.snapshot,
            )
        )


def _line(history: History) -> str:
    line = f"Iteration {len(history)}, loss = {history.train_loss[-1]:.8f}"
    return f"{line}, validation loss = {history.validation_loss[-1]:.8f}" if history.validation_loss else line
