"""Several networks trained side by side, each in a thread of its own: compiled epochs do not hold Python's lock."""

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Event

from joblib import cpu_count

from ..engine.threads import one_blas_thread
from .history import History
from .learner import Learner
from .rows import Rows
from .trainer import NOBODY, Observer, Outcome, Plan, Run, Validation, train


@dataclass(frozen=True)
class Member:
    """One network in training: the arguments of `train`. No two members share what training writes.

    observer : is called in the member's own thread
    """

    learner: Learner
    rows: Rows
    plan: Plan
    history: History
    validation: Validation | None = None
    observer: Observer = NOBODY


def train_member(member: Member) -> Outcome:
    """Train one member in the calling thread; see `train`."""
    what = member.learner, member.rows, member.plan, member.history
    return train(*what, validation=member.validation, observer=member.observer)


class _UntilAllStop(Observer):
    """Passes a member's epochs on to its own observer, and ends its training when any observer wants an end."""

    def __init__(self, observer: Observer, stop: Event) -> None:
        self.observer, self.stop = observer, stop

    def run_begins(self, run: Run) -> None:
        """Tell the member's observer."""
        self.observer.run_begins(run)

    def epoch_begins(self) -> None:
        """Tell the member's observer."""
        self.observer.epoch_begins()

    def epoch_ends(self) -> bool:
        """Tell the member's observer; True if it or another member's wants training to end."""
        if self.observer.epoch_ends():
            self.stop.set()
        return self.stop.is_set()

    def run_ends(self) -> None:
        """Tell the member's observer."""
        self.observer.run_ends()


def train_members(members: Sequence[Member], n_jobs: int | None = None, stop: Event | None = None) -> list[Outcome]:
    """Train all members, n_jobs at a time (None: as many as there are cores); writes their learners and histories.

    A member's seed decides its order of rows and its dropout, so its bits are the same whatever n_jobs is and whichever
    members train beside it.

    stop : a signal that several calls may share. Any observer that wants an end sets it, and every member then ends
        with the epoch that it is in.

    Raises
    ------
    DivergenceError
        If a member diverged; the others stop after the epoch they are in.
    KeyboardInterrupt
        If Ctrl-C comes before every member has begun. Later all of them end the epoch they are in, keep what they
        learnt, and their outcome's reason is "interrupted".
    """
    stop, interrupted = stop or Event(), False
    with one_blas_thread(), ThreadPoolExecutor(n_jobs or cpu_count()) as pool:
        watched = [replace(member, observer=_UntilAllStop(member.observer, stop)) for member in members]
        futures = [pool.submit(train_member, member) for member in watched]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            interrupted = True
        if interrupted or any(_error(future) for future in futures):
            stop.set()
            pool.shutdown(cancel_futures=True)
    for error in filter(None, map(_error, futures)):
        raise error
    if any(future.cancelled() for future in futures):
        raise KeyboardInterrupt
    outcomes = [future.result() for future in futures]
    return [replace(outcome, reason="interrupted") if interrupted else outcome for outcome in outcomes]


def _error(future: "Future[Outcome]") -> BaseException | None:
    """What ended a member's training before its time, if anything did."""
    return future.exception() if future.done() and not future.cancelled() else None
