"""Several networks trained side by side, in turns, by a few threads: compiled epochs do not hold Python's lock."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event

from joblib import cpu_count

from ..engine.threads import one_blas_thread
from .course import Course, Outcome
from .trainer import Observer, Training

TURN = (
    0.05  # seconds after which the next member has the thread; epochs of tiny tables are shorter than a change of turns
)


class _UntilAllStop(Observer):
    """Passes a member's epochs on to its own observer, and ends its training when any observer wants an end."""

    def __init__(self, observer: Observer, stop: Event) -> None:
        self.observer, self.stop = observer, stop

    @property
    def looks_on(self) -> bool:
        """Whether the member's observer does."""
        return self.observer.looks_on

    def course_begins(self, course: Course) -> None:
        """Tell the member's observer."""
        self.observer.course_begins(course)

    def epoch_begins(self) -> None:
        """Tell the member's observer."""
        self.observer.epoch_begins()

    def epoch_ends(self) -> bool:
        """Tell the member's observer; True if it or another member's wants training to end."""
        if self.observer.epoch_ends():
            self.stop.set()
        return self.stop.is_set()

    def course_ends(self) -> None:
        """Tell the member's observer."""
        self.observer.course_ends()


def train_members(members: Sequence[Training], n_jobs: int | None = None, stop: Event | None = None) -> list[Outcome]:
    """Train all members, n_jobs at a time (None: as many as there are cores); writes their learners and histories.

    No two of them may share what training writes. An observer is called by one thread at a time, which need not be the
    same for all epochs.

    They take turns and all end at about the same time, so that no core waits while the last one learns. A member's seed
    decides its order of rows and its dropout, so its bits are the same whatever n_jobs is and whichever members train
    beside it.

    stop : a signal that several calls may share. Any observer that wants an end sets it, and every member then ends
        with the epoch that it is in, or with its next one.

    Raises
    ------
    DivergenceError
        If a member diverged; the others stop after the epoch they are in.
    KeyboardInterrupt
        If Ctrl-C comes before every member has learnt for an epoch. Later all of them end the epoch they are in, keep
        what they learnt, and their outcome's reason is "interrupted".
    """
    stop, interrupted, at_work = stop or Event(), False, dict[Future[None], Training]()
    for member in members:
        member.observer = _UntilAllStop(member.observer, stop)
    with one_blas_thread(), ThreadPoolExecutor(n_jobs or cpu_count()) as pool:
        try:
            _take_turns(members, pool, at_work)
        except BaseException as reason:
            stop.set()
            pool.shutdown(cancel_futures=True)
            errors = [future.exception() for future in at_work if not future.cancelled()]
            interrupted = isinstance(reason, KeyboardInterrupt) and all(member.course.n_epochs for member in members)
            if any(errors) or not interrupted:
                raise next(filter(None, errors), reason) from None
    for member in members:
        if member.reason is None:
            member.end("interrupted")
    outcomes = [member.outcome() for member in members]
    return [replace(outcome, reason="interrupted") if interrupted else outcome for outcome in outcomes]


def _take_turns(members: Sequence[Training], pool: Executor, at_work: "dict[Future[None], Training]") -> None:
    """Everyone has a turn, in order, and stands in line again until it is done; at_work tells who stands there."""
    at_work |= {pool.submit(member.turn, TURN): member for member in members}
    while at_work:
        wait(at_work, return_when=FIRST_COMPLETED)
        for future in [future for future in at_work if future.done()]:
            member = at_work.pop(future)
            future.result()  # raises what ended the turn before its time, if anything did
            if member.reason is None:
                at_work[pool.submit(member.turn, TURN)] = member
