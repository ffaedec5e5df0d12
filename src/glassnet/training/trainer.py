"""The training loop: epochs until a rule says stop, with the best weights kept."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..engine.program import Program
from ..engine.threads import one_blas_thread
from ..network.arrays import Array
from .history import History
from .learner import EpochResult, Learner, evaluate
from .rows import Rows
from .schedules import Schedule

ENOUGH_FOR_A_PACE = 2  # epochs after which the time of the next ones can be told
SMALLEST_RATE = 1e-6  # an adaptive learning rate at or below this ends training
Score = Callable[[Array, Array, Array], float]


class Observer:
    """Is told of every epoch; this one looks on and does nothing."""

    def run_begins(self, run: "Run") -> None:
        """Called before the first epoch; may set the run to where another one stood between two epochs."""

    def epoch_begins(self) -> None:
        """Called before each epoch."""

    def epoch_ends(self) -> bool:
        """Called after each epoch; training ends when it returns True."""
        return False

    def run_ends(self) -> None:
        """Called after the last epoch, before the best weights come back; not after Ctrl-C or an error."""


NOBODY = Observer()


@dataclass(frozen=True)
class Plan:
    """How long to train, in which batches, and when to stop.

    Parameters
    ----------
    schedule : Schedule
        Learning rates; its n_epochs is the largest number of epochs.
    batch_size : int
    shuffle : bool
    tol, n_iter_no_change
        Training stops when more than n_iter_no_change epochs in a row did not lower the watched loss by tol: the
        validation loss with early_stopping, else the training loss (unless the schedule has an end of its own).
    early_stopping : bool
    time_limit : float or None
        Seconds after which no further epoch starts. A schedule with an end is shortened to end by then.
    """

    schedule: Schedule
    batch_size: int
    shuffle: bool = True
    tol: float = 1e-4
    n_iter_no_change: float = 10
    early_stopping: bool = False
    time_limit: float | None = None

    @property
    def has_stop_rule(self) -> bool:
        """Whether a plateau ends training before the last epoch."""
        return np.isfinite(self.n_iter_no_change) and (self.early_stopping or not self.schedule.has_end)


@dataclass(frozen=True)
class Validation:
    """Rows to judge by that are never trained on, and a score (R2, accuracy) of their predictions, if there is one.

    score : function of (predictions, Y, weight)
    """

    rows: Rows
    score: Score | None = None

    def judge(self, program: Program, theta: Array) -> dict[str, float]:
        """The entries of the history: validation_loss and validation_score."""
        loss, predictions = evaluate(program, theta, self.rows)
        if self.score is None:
            return {"validation_loss": loss}
        return {"validation_loss": loss, "validation_score": self.score(predictions, self.rows.Y, self.rows.weight)}


@dataclass(frozen=True)
class Outcome:
    """Why training stopped, and which epoch's weights were kept (counted from 1).

    reason : "max_iter", "converged", "time_limit", "callback" or "interrupted"; with L-BFGS also "max_fun", the limit
        of its measurements, and "stuck", when no step along the gradient lowers the loss
    """

    reason: str
    best_epoch: int
    best_loss: float


class Plateau:
    """For how many epochs in a row a loss has not fallen by tol."""

    def __init__(self, tol: float) -> None:
        self.tol, self.lowest, self.n_epochs = tol, np.inf, 0

    def see(self, loss: float) -> None:
        """Take in the loss after an epoch."""
        self.n_epochs = self.n_epochs + 1 if loss > self.lowest - self.tol else 0
        self.lowest = min(self.lowest, loss)


class Best:
    """The epoch with the lowest loss, the latest of equals, and its weights if there are validation rows."""

    def __init__(self) -> None:
        self.loss, self.epoch, self.theta = np.inf, 0, np.empty(0)

    def see(self, loss: float, epoch: int, theta: Array | None) -> None:
        """Take in the loss after an epoch, and its weights if they are to be kept."""
        if loss <= self.loss:
            self.loss, self.epoch = loss, epoch
            self.theta = self.theta if theta is None else theta.copy()


@dataclass
class _Parts:
    """What the parts of an epoch add up to so far, and how many epochs of the schedule this one stands for."""

    stride: float = 1.0
    n_rows: int = 0
    n_steps: int = 0
    loss: float = 0.0
    squares: float = 0.0
    last_rate: float = 0.0

    def add(self, result: EpochResult, n_rows: int, eta: Array) -> None:
        """Take in what came of a part with so many rows, and its learning rates."""
        self.n_rows, self.n_steps, self.last_rate = self.n_rows + n_rows, self.n_steps + len(eta), float(eta[-1])
        self.loss += result.loss
        self.squares += result.squares


class Run:
    """One call of `train`: epochs, and the reasons to stop. An epoch may see its rows in parts, one after the other."""

    def __init__(self, learner: Learner, plan: Plan, history: History, validation: Validation | None) -> None:
        self.learner, self.plan, self.history, self.validation = learner, plan, history, validation
        self.schedule, self.plateau, self.best = plan.schedule, Plateau(plan.tol), Best()
        self.begin, self.n_epochs = time.perf_counter(), 0
        self.position, self.seconds = 0.0, [0.0]  # epochs of the schedule that are behind; when each epoch ended
        self.best_position, self.parts = 0.0, _Parts()

    def learn(self, rows: Rows, share: float = 1.0) -> None:
        """Train on these rows, which are that share of the rows of an epoch."""
        learner, plan = self.learner, self.plan
        if not self.parts.n_rows:
            self.parts.stride = self._stride()
        stride, n_steps = self.parts.stride * share, -(-len(rows) // plan.batch_size)
        eta = self.schedule.rates(self.position, n_steps, learner.rows_seen, stride=stride)
        self.position += stride
        result = learner.epoch(rows, plan.batch_size, eta, shuffle=plan.shuffle)
        self.parts.add(result, len(rows), eta)

    def end_epoch(self) -> None:
        """Judge the epoch, and write it down."""
        learner, plan, parts = self.learner, self.plan, self.parts
        loss, self.parts = parts.loss / parts.n_rows, _Parts()
        gradient_norm = float(np.sqrt(parts.squares / parts.n_steps))
        entry = {"train_loss": loss, "gradient_norm": gradient_norm, "learning_rate": parts.last_rate}
        if self.validation is not None:
            entry |= self.validation.judge(learner.program, learner.theta)
        self.seconds.append(time.perf_counter() - self.begin)
        self.history.add(**entry, seconds=self.seconds[-1])
        self.n_epochs += 1
        judged = entry.get("validation_loss", loss)
        if judged <= self.best.loss:
            self.best_position = self.position
        self.best.see(judged, len(self.history), None if self.validation is None else learner.theta)
        self.plateau.see(judged if plan.early_stopping else loss)

    def outcome(self, reason: str) -> Outcome:
        """The end of the run: the weights of the best epoch come back, if there are validation rows."""
        if self.best.theta.size:
            self.learner.theta[:] = self.best.theta
        return Outcome(reason, self.best.epoch, self.best.loss)

    def reason_to_stop(self) -> str | None:
        """Why no further epoch should start; None if one should."""
        if self.plan.time_limit is not None and time.perf_counter() - self.begin >= self.plan.time_limit:
            return "time_limit"
        if self.plan.has_stop_rule and self.plateau.n_epochs > self.plan.n_iter_no_change:
            if self.schedule.name != "adaptive" or self.schedule.eta / 5 <= SMALLEST_RATE:
                return "converged"
            self.schedule, self.plateau.n_epochs = replace(self.schedule, eta=self.schedule.eta / 5), 0
        if self.position < self.schedule.n_epochs - 1e-6:
            return "converged" if self.validation is not None and self._hump_was_in_vain() else None
        return "max_iter" if self.n_epochs >= self.schedule.n_epochs else "time_limit"

    def _hump_was_in_vain(self) -> bool:
        """Whether the last whole hump of the schedule brought no better prediction of the rows that were held out.

        Then the next one, twice as long, would be in vain too: of 335 runs on public tables that were trained to the
        end, the last hump lowered the loss by 0.08 % on average where the one before it had not.
        """
        passed = [valley for valley in self.schedule.valleys if valley <= self.position]
        return len(passed) >= 2 and self.best_position <= passed[-2]

    def _stride(self) -> float:
        """How many epochs of the schedule the next epoch stands for: 1, or more to reach its end within the limit.

        The pace is that of all epochs but the first, which may have waited for its code to be compiled.
        """
        if self.plan.time_limit is None or not self.schedule.has_end or self.n_epochs < ENOUGH_FOR_A_PACE:
            return 1.0
        pace = (self.seconds[-1] - self.seconds[1]) / (self.n_epochs - 1)
        n_left = max(1.0, (self.plan.time_limit - self.seconds[-1]) // pace)
        return max(1.0, (self.schedule.n_epochs - self.position) / n_left)


class Training:
    """A run with its rows and its observer, which may be trained in several turns, each in another thread.

    reason : why no further epoch follows; None as long as one should.
    """

    def __init__(self, run: Run, rows: Rows, observer: Observer = NOBODY) -> None:
        self.run, self.rows, self.observer = run, rows, observer
        self.reason: str | None = None
        self.has_begun = False

    def turn(self, seconds: float = np.inf) -> None:
        """Epochs until the end of the run, or until so many seconds are over; at least one."""
        end = time.perf_counter() + seconds
        if not self.has_begun:
            self._begin()
        while self.reason is None:
            self._epoch()
            if time.perf_counter() >= end:
                return

    def end(self, reason: str) -> None:
        """No further epoch follows."""
        self.reason = reason
        self.observer.run_ends()

    def _begin(self) -> None:
        self.observer.run_begins(self.run)
        self.has_begun = True
        reason = self.run.reason_to_stop() if self.run.n_epochs else None  # taken up again, it may be at its end
        if reason is not None:
            self.end(reason)

    def _epoch(self) -> None:
        self.observer.epoch_begins()
        self.run.learn(self.rows)
        self.run.end_epoch()
        reason = "callback" if self.observer.epoch_ends() else self.run.reason_to_stop()
        if reason is not None:
            self.end(reason)

    def outcome(self) -> Outcome:
        """What came of it; "interrupted" without a reason to end."""
        return self.run.outcome(self.reason or "interrupted")


@one_blas_thread()
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
    last weights stay. Ctrl-C ends training after the epoch it falls into and keeps what was learnt.

    Raises
    ------
    DivergenceError
        If the loss left the finite numbers.
    """
    training = Training(Run(learner, plan, history, validation), rows, observer)
    try:
        training.turn()
    except KeyboardInterrupt:
        if not training.run.n_epochs:  # nothing was learnt that could be kept
            raise
    return training.outcome()
