"""A network on its course through training, epoch by epoch, and the reasons that end it."""

import math
import time
from dataclasses import dataclass, field, replace

import numpy as np

from ..network.arrays import Array
from .history import History
from .learner import Learner
from .plan import Plan
from .rows import Rows
from .validation import Best, Validation

ENOUGH_FOR_A_PACE = 2  # epochs after which the time of the next ones can be told
SHORTEST_EPOCH = 1e-6  # seconds; clocks may stand still for longer than an epoch takes
SAME_PLACE = 1e-6  # of an epoch: strides that add up to a mark miss it by less
SMALLEST_RATE = 1e-6  # an adaptive learning rate at or below this ends training


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


@dataclass
class _Parts:
    """What the parts of an epoch add up to so far, or several epochs each; and what each stands for of the schedule.

    sums : (n_epochs, 2), see `Learner.learn`
    last_rates : (n_epochs,)
    thetas : (n_epochs, n_parameters), behind each epoch, where there are several that are to be judged
    """

    stride: float = 1.0
    n_rows: int = 0
    n_steps: int = 0
    sums: Array = field(default_factory=lambda: np.zeros((1, 2)))
    last_rates: Array = field(default_factory=lambda: np.zeros(1))
    thetas: Array | None = None

    def add(self, sums: Array, n_rows: int, etas: Array) -> None:
        """Take in what came of a part with so many rows, and its learning rates."""
        self.n_rows, self.n_steps, self.last_rates = self.n_rows + n_rows, self.n_steps + etas.shape[1], etas[:, -1]
        self.sums = self.sums + sums


class Course:
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
        """Take up a course that paused, with its rows to judge by; the pause does not count as time."""
        self.plan, self.validation, self.begin = plan, validation, time.perf_counter() - self.seconds[-1]
        self.n_before = self.n_epochs

    def learn(self, rows: Rows, share: float = 1.0, n_epochs: int = 1) -> None:
        """Train on these rows, which are that share of the rows of an epoch, or on all rows for several epochs."""
        learner, plan, parts = self.learner, self.plan, self.parts
        if not parts.n_rows:
            parts.stride = self._stride()
        stride, n_steps = parts.stride * share, -(-len(rows) // plan.batch_size)
        e = np.arange(n_epochs)[:, None]
        behind = self.position + e * stride, n_steps, learner.rows_seen + e * len(rows)
        etas = self.schedule.rates(*behind, stride=stride)
        self.position += n_epochs * stride
        if n_epochs > 1 and self.validation is not None:
            parts.thetas = np.empty((n_epochs, len(learner.theta)), learner.theta.dtype)
        sums = learner.learn(rows, plan.batch_size, etas, parts.thetas, shuffle=plan.shuffle)
        parts.add(sums, len(rows), etas)

    def end_epochs(self) -> None:
        """Judge the epochs since the last ones, and write them down."""
        parts, self.parts = self.parts, _Parts()
        thetas = self.learner.theta[None] if parts.thetas is None else parts.thetas
        losses, squares = (parts.sums / (parts.n_rows, parts.n_steps)).T.tolist()
        curves = {"train_loss": losses, "gradient_norm": [math.sqrt(square) for square in squares]}
        if self.validation is not None:
            curves |= self.validation.judge(self.learner.program, thetas)
        begin, end, n = self.seconds[-1], time.perf_counter() - self.begin, len(losses)
        seconds = [begin + (end - begin) * e / n for e in range(1, n)] + [end]
        self.history.extend(**curves, learning_rate=parts.last_rates.tolist(), seconds=seconds)
        self.seconds += seconds
        for e, loss in enumerate(losses):
            judged = loss if self.validation is None else curves["validation_loss"][e]
            self.n_epochs += 1
            self.best.see(judged, len(self.history) - n + e + 1, None if self.validation is None else thetas[e])
            self.plateau.see(judged if self.plan.early_stopping else loss)
        n_new = sum(valley <= self.position for valley in self.schedule.valleys) - len(self.lows)
        if n_new:
            self.lows += [np.inf] * (n_new - 1) + [self.best.loss]  # where the rate falls twice in one epoch

    def n_at_once(self, seconds: float) -> int:
        """How many epochs are sure to follow, whatever they bring, and take no longer than so many seconds together.

        Rules ask again at each valley of the schedule, at pause and end, where a plateau could be long enough, and with
        a limit of time after every epoch.
        """
        plan = self.plan
        if plan.time_limit is not None or not self.n_epochs:
            return 1
        marks = [
            mark - self.position for mark in (*self.schedule.valleys, plan.until - SAME_PLACE, self.schedule.n_epochs)
        ]
        ahead = min(mark for mark in marks if mark > 0)
        if plan.has_stop_rule:
            ahead = min(ahead, int(plan.n_iter_no_change) + 1 - self.plateau.n_epochs)
        pace = max(self.seconds[-1] - self.seconds[-2], SHORTEST_EPOCH)
        return max(1, int(min(np.ceil(ahead), seconds / pace)))

    def outcome(self, reason: str) -> Outcome:
        """The end: the weights of the best epoch come back, if there are validation rows; not in a pause."""
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
        if self.position < self.schedule.n_epochs - SAME_PLACE:
            if self.validation is not None and self._next_hump_is_in_vain():
                return "converged"
            return "paused" if self.position >= self.plan.until - SAME_PLACE else None
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
