"""A training run epoch by epoch: its plan, the rules that stop it, and the best weights so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..engine.program import Program
from ..network.arrays import Array
from .history import History
from .learner import EpochResult, Learner, evaluate
from .rows import Rows
from .schedules import Schedule

ENOUGH_FOR_A_PACE = 2  # epochs after which the time of the next ones can be told
SMALLEST_RATE = 1e-6  # an adaptive learning rate at or below this ends training
Score = Callable[[Array, Array, Array], float]


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
    least_gain : float
        The last hump of a schedule follows only if the one before it lowered the validation loss by more than this
        share.
    until : float
        Epochs of the schedule after which training pauses, with the weights as they are then, so that it can go on.
    """

    schedule: Schedule
    batch_size: int
    shuffle: bool = True
    tol: float = 1e-4
    n_iter_no_change: float = 10
    early_stopping: bool = False
    time_limit: float | None = None
    least_gain: float = 0.0
    until: float = np.inf

    @property
    def pauses(self) -> bool:
        """Whether training is to be gone on with."""
        return bool(np.isfinite(self.until))

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
        of its measurements, and "stuck", when no step along the gradient lowers the loss; "paused" where the plan
        says so
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
    """A network in training: epochs and reasons to stop. An epoch may see its rows in parts, one after the other."""

    def __init__(self, learner: Learner, plan: Plan, history: History, validation: Validation | None) -> None:
        self.learner, self.plan, self.history, self.validation = learner, plan, history, validation
        self.schedule, self.plateau, self.best = plan.schedule, Plateau(plan.tol), Best()
        self.begin, self.n_epochs = time.perf_counter(), 0
        self.n_before = 0  # epochs before the last pause, which had another pace
        self.position, self.seconds = 0.0, [0.0]  # epochs of the schedule that are behind; when each epoch ended
        self.lows: list[float] = []  # the lowest loss that was judged until each valley of the schedule
        self.parts = _Parts()

    def go_on(self, plan: Plan, validation: Validation | None) -> None:
        """Take up a run that paused, with its rows to judge by; the pause does not count as time."""
        self.plan, self.validation, self.begin = plan, validation, time.perf_counter() - self.seconds[-1]
        self.n_before = self.n_epochs

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
        self.best.see(judged, len(self.history), None if self.validation is None else learner.theta)
        self.plateau.see(judged if plan.early_stopping else loss)
        n_new = sum(valley <= self.position for valley in self.schedule.valleys) - len(self.lows)
        if n_new:
            self.lows += [np.inf] * (n_new - 1) + [self.best.loss]  # where the rate falls twice in one epoch

    def outcome(self, reason: str) -> Outcome:
        """The end of the run: the weights of the best epoch come back, if there are validation rows; not in a pause."""
        if self.plan.pauses:
            self.validation = None  # rows take memory
        elif self.best.theta.size:
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
            if self.validation is not None and self._next_hump_is_in_vain():
                return "converged"
            return "paused" if self.position >= self.plan.until - 1e-6 else None
        return "max_iter" if self.n_epochs >= self.schedule.n_epochs else "time_limit"

    def _next_hump_is_in_vain(self) -> bool:
        """Whether the next hump of the schedule promises too little, judged by what the one before it brought.

        Each takes twice as long as the one before and lowers the loss by about a quarter as much (measured, see
        benchmarks/accuracy). After one that brought nothing none follows; the last takes longer than all others.
        """
        if len(self.lows) < 2:
            return False
        is_last = len(self.lows) == len(self.schedule.valleys)
        return self.lows[-1] >= (1 - is_last * self.plan.least_gain) * self.lows[-2]

    def _stride(self) -> float:
        """How many epochs of the schedule the next epoch stands for: 1, or more to reach end or pause within the limit.

        The pace is that of all epochs since the last pause but the first, which may have waited for its code to be
        compiled.
        """
        n_since = self.n_epochs - self.n_before
        if self.plan.time_limit is None or not self.schedule.has_end or n_since < ENOUGH_FOR_A_PACE:
            return 1.0
        pace = (self.seconds[-1] - self.seconds[self.n_before + 1]) / (n_since - 1)
        n_left = max(1.0, (self.plan.time_limit - self.seconds[-1]) // pace)
        return max(1.0, (min(self.schedule.n_epochs, self.plan.until) - self.position) / n_left)
