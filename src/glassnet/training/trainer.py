"""The training loop: epoch after epoch until a rule says stop, with an observer who is told."""

import time

import numpy as np

from ..engine.threads import one_blas_thread
from .course import Course, Outcome
from .history import History
from .learner import Learner
from .plan import Plan
from .rows import Rows
from .validation import Validation


class Observer:
    """Is told of every epoch; this one looks on and does nothing."""

    @property
    def looks_on(self) -> bool:
        """Whether every epoch is to be told as it ends. If not, several short ones may be told as one."""
        return True

    def course_begins(self, course: Course) -> None:
        """Called before the first epoch; may set the course to where another one stood between two epochs."""

    def epoch_begins(self) -> None:
        """Called before each epoch."""

    def epoch_ends(self) -> bool:
        """Called after each epoch; training ends when it returns True."""
        return False

    def course_ends(self) -> None:
        """Called after the last epoch, before the best weights come back; not after Ctrl-C or an error."""


class _Nobody(Observer):
    @property
    def looks_on(self) -> bool:
        return False


NOBODY = _Nobody()
AT_ONCE = 0.005  # seconds of epochs that nobody looks on at, so that Python's part in each comes to nothing


class Training:
    """A course with its rows and its observer, to its end or next pause; in several turns, perhaps in other threads.

    reason : why no further epoch follows; None as long as one should.
    """

    def __init__(self, course: Course, rows: Rows, observer: Observer = NOBODY) -> None:
        self.course, self.rows, self.observer = course, rows, observer
        self.reason: str | None = None
        self.has_begun = False

    def turn(self, seconds: float = np.inf) -> None:
        """Epochs until the end of the course, or until so many seconds are over; at least one."""
        end = time.perf_counter() + seconds
        if not self.has_begun:
            self._begin()
        while self.reason is None:
            self._epochs()
            if time.perf_counter() >= end:
                return

    def end(self, reason: str) -> None:
        """No further epoch follows."""
        self.reason = reason
        self.observer.course_ends()

    @one_blas_thread()
    def to_end(self) -> Outcome:
        """All epochs in the calling thread; see `train`."""
        try:
            self.turn()
        except KeyboardInterrupt:
            if not self.course.n_epochs:  # nothing was learnt that could be kept
                raise
        return self.outcome()

    def _begin(self) -> None:
        self.observer.course_begins(self.course)
        self.has_begun = True
        reason = self.course.reason_to_stop() if self.course.n_epochs else None  # taken up again, it may be at its end
        if reason is not None:
            self.end(reason)

    def _epochs(self) -> None:
        self.observer.epoch_begins()
        self.course.learn(self.rows, n_epochs=1 if self.observer.looks_on else self.course.n_at_once(AT_ONCE))
        self.course.end_epochs()
        reason = "callback" if self.observer.epoch_ends() else self.course.reason_to_stop()
        if reason is not None:
            self.end(reason)

    def outcome(self) -> Outcome:
        """What came of it; "interrupted" without a reason to end."""
        return self.course.outcome(self.reason or "interrupted")


def train(
    learner: Learner,
    rows: Rows,
    plan: Plan,
    history: History,
    *,
    validation: Validation | None = None,
    observer: Observer = NOBODY,
) -> Outcome:
    """Train until the plan says stop; writes learner and history.

    With validation rows the weights of the best epoch are restored at the end, however training ended; without them the
    last weights stay. Ctrl-C ends training and keeps what was learnt in the epochs that were done.

    Raises
    ------
    DivergenceError
        If the loss left the finite numbers.
    """
    return Training(Course(learner, plan, history, validation), rows, observer).to_end()
