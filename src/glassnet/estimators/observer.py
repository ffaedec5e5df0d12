"""Tells scikit-learn's callbacks, and the screen if asked, about every epoch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.callback import CallbackContext

from ..training.checkpoint import Keeper
from ..training.history import History
from ..training.trainer import Observer
from .run import Run


@dataclass(frozen=True)
class Audience:
    """Who is told of a fit: the callbacks of an estimator, and the screen if asked.

    A fit of one network has an epoch for each of its subtasks, one of several a network, whose subtasks are epochs.
    Members train in threads of their own, and callbacks are called by one of them at a time.

    data : X, y and metadata as callbacks get them
    """

    estimator: BaseEstimator
    data: Mapping[str, Any]
    context: CallbackContext
    verbose: bool = False
    lock: Lock = field(default_factory=Lock)

    @property
    def looks_on(self) -> bool:
        """Whether anybody is there to be told."""
        return self.verbose or bool(getattr(self.estimator, "_skl_callbacks", ()))

    def of_member(self, run: Run, n_epochs: int) -> "EpochObserver":
        """The observer of one network among several."""
        context = self.context.subcontext(task_name="member", max_subtasks=n_epochs)
        context.call_on_fit_task_begin(estimator=self.estimator, **self.data)
        return EpochObserver(self, context, run)

    def of_network(self, run: Run) -> "EpochObserver":
        """The observer of the only network."""
        return EpochObserver(self, self.context, run)

    def end(self, context: CallbackContext, snapshot: Callable[[], dict[str, Any]]) -> bool:
        """Close a task; True if a callback wants training to end."""
        ask: Any = context.call_on_fit_task_end
        return bool(ask(estimator=self.estimator, **self.data, reconstruction_attributes=snapshot))


@dataclass
class EpochObserver(Observer):
    """Opens and closes a task of scikit-learn's callback protocol for each epoch of one network.

    The weights are copied for a callback only if it asks for a fitted estimator.
    """

    audience: Audience
    context: CallbackContext
    run: Run
    task: CallbackContext | None = field(default=None, init=False)

    @property
    def looks_on(self) -> bool:
        """Whether every epoch is to be told."""
        return self.audience.looks_on

    def epoch_begins(self) -> None:
        """Open the epoch's task."""
        with self.audience.lock:
            self.task = self.context.subcontext(task_name="epoch")
            self.task.call_on_fit_task_begin(estimator=self.audience.estimator, **self.audience.data)

    def epoch_ends(self) -> bool:
        """Close the epoch's task; True if a callback wants training to end."""
        assert self.task is not None
        with self.audience.lock:
            if self.audience.verbose:
                print(_line(self.run.history))
            return self.audience.end(self.task, self.run.snapshot)

    def training_ends(self) -> None:
        """Close the task of a network among several."""
        if self.context is not self.audience.context:
            self.audience.end(self.context, self.run.snapshot)


@contextmanager
def told(estimator: Any, data: Mapping[str, Any], n_subtasks: int) -> Iterator[Audience]:
    """The context of a fit with so many epochs, or with so many networks."""
    context = estimator._init_callback_context(max_subtasks=n_subtasks)
    context.call_on_fit_task_begin(estimator=estimator, **data)
    yield Audience(estimator, data, context, bool(estimator.verbose))


def keeper_of(estimator: Any) -> Keeper:
    """The keeper that a callback brings along, or one that keeps nothing."""
    brought = (getattr(callback, "keeper", None) for callback in getattr(estimator, "_skl_callbacks", ()))
    return next((make() for make in brought if make is not None), Keeper())


def _line(history: History) -> str:
    line = f"Iteration {len(history)}, loss = {history.train_loss[-1]:.8f}"
    return f"{line}, validation loss = {history.validation_loss[-1]:.8f}" if history.validation_loss else line
