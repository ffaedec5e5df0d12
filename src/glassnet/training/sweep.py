"""Several networks trained in lockstep on rows that come by in windows: each epoch reads the table once for all."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from joblib import cpu_count

from ..engine.threads import one_blas_thread
from ..errors import DivergenceError
from .course import Course, Outcome
from .history import History
from .learner import Learner
from .plan import Plan
from .rows import Rows
from .trainer import NOBODY, Observer
from .validation import Validation

Window = Callable[[int], Rows]  # the rows of a window that member k learns from; it may be asked by several threads
Sweep = Callable[[int], Iterable[Window]]  # the windows of an epoch, which counts from 0


@dataclass(frozen=True)
class Sweeper:
    """One network in training, as in `Training`, without rows of its own.

    n_rows : how many rows of the table it learns from
    """

    learner: Learner
    n_rows: int
    plan: Plan
    history: History
    validation: Validation | None = None
    observer: Observer = NOBODY


def train_in_sweeps(sweepers: Sequence[Sweeper], sweep: Sweep, n_jobs: int | None = None) -> list[Outcome]:
    """Train all networks, n_jobs at a time (None: as many as there are cores); writes their learners and histories.

    They go through each window together, and one that is done sits out the epochs that follow. Schedules, rules to stop
    and best epochs are those of `train`. Within an epoch the learning rate follows the share of the rows that went by.

    Raises
    ------
    DivergenceError
        If a network left the finite numbers.
    KeyboardInterrupt
        If Ctrl-C comes in the first epoch. Later it ends training at once, and the best epochs so far are kept.
    """
    lockstep = _Lockstep(sweepers)
    with one_blas_thread(), ThreadPoolExecutor(n_jobs or cpu_count()) as pool:
        for sweeper, course in zip(sweepers, lockstep.courses, strict=True):
            sweeper.observer.course_begins(course)
        try:
            while lockstep.in_training:
                lockstep.epoch(sweep, pool)
        except KeyboardInterrupt:
            if not all(course.n_epochs for course in lockstep.courses):
                raise
            lockstep.reasons |= dict.fromkeys(lockstep.in_training, "interrupted")
    return [course.outcome(lockstep.reasons[k]) for k, course in enumerate(lockstep.courses)]


class _Lockstep:
    """The courses of all networks, how many epochs they went through, and why those that are done have stopped."""

    def __init__(self, sweepers: Sequence[Sweeper]) -> None:
        self.sweepers, self.n_epochs, self.reasons = sweepers, 0, dict[int, str]()
        self.courses = [Course(one.learner, one.plan, one.history, one.validation) for one in sweepers]

    @property
    def in_training(self) -> list[int]:
        """The networks that are not done, by number."""
        return [k for k in range(len(self.courses)) if k not in self.reasons]

    def epoch(self, sweep: Sweep, pool: Executor) -> None:
        """One sweep over the table, and what follows from it."""
        members = self.in_training
        for k in members:
            self.sweepers[k].observer.epoch_begins()
        for window in sweep(self.n_epochs):
            list(pool.map(partial(self._learn, window), members))
        list(pool.map(lambda k: self.courses[k].end_epochs(), members))
        self.n_epochs += 1
        wants_an_end = [self.sweepers[k].observer.epoch_ends() for k in members]
        for k in members:
            reason = "callback" if any(wants_an_end) else self.courses[k].reason_to_stop()
            if reason is not None:
                self.reasons[k] = reason
                self.sweepers[k].observer.course_ends()

    def _learn(self, window: Window, k: int) -> None:
        rows = window(k)
        if not len(rows):
            return
        try:
            self.courses[k].learn(rows, len(rows) / self.sweepers[k].n_rows)
        except DivergenceError as reason:
            text = f"{reason} (A stream counts windows as epochs; this was epoch {self.n_epochs + 1} of the table.)"
            raise DivergenceError(text, error_id=reason.error_id, place=reason.place) from reason
