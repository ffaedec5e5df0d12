"""L-BFGS: for small tables, an optimizer that sees all rows at once and needs no learning rate."""

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, OptimizeResult, minimize

from ..engine.compiled import compiled
from ..engine.program import Program
from ..engine.threads import one_blas_thread
from ..engine.writer import write_full_gradient
from ..errors import DivergenceError
from ..network.arrays import Array
from .course import Outcome
from .divergence import first_not_finite
from .history import History
from .learner import Learner
from .rows import Rows
from .trainer import NOBODY, Observer
from .validation import Best, Validation

FLAT = 1e-6  # a gradient below this changes J by less than it is rounded, so nothing lower can be found


class FullObjective:
    """J(theta) of all rows and its gradient, both divided by the number of rows (eq. 3 and 6), by the engine."""

    def __init__(self, program: Program, rows: Rows) -> None:
        self.program, self.rows = program, rows
        self.function = compiled(write_full_gradient, program)
        self.order = np.arange(len(rows))
        self.last_gradient_norm = np.nan
        self.first_bad: tuple[str, int] | None = None

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """J and its gradient (n_parameters,), both float64 as SciPy wants them."""
        program, rows = self.program, self.rows
        theta = theta.astype(program.dtype)
        grad = np.empty_like(theta)
        total = self.function(theta, grad, rows.X, rows.Y, rows.weight, self.order, program.settings)
        value = total + program.penalty.value(program.architecture, theta)
        if not np.isfinite(value) and self.first_bad is None:
            self.first_bad = first_not_finite(program, theta, rows)
        grad += program.penalty.gradient(program.architecture, theta)
        gradient = grad.astype(np.float64) / len(rows)
        self.last_gradient_norm = float(np.linalg.norm(gradient))
        return value / len(rows), gradient


@dataclass(frozen=True)
class LbfgsPlan:
    """When L-BFGS stops: after max_iter iterations, max_fun evaluations of J, time_limit seconds, or at its goal.

    The goal is reached when no entry of the gradient is larger than tol, or when an iteration lowers J by a share of
    less than smallest_fall: at the usual tol of 1e-4 that is SciPy's 1e7 roundings, and it shrinks with tol.
    """

    max_iter: int
    max_fun: int
    tol: float
    time_limit: float | None = None

    @property
    def smallest_fall(self) -> float:
        """Share of J below which a fall counts as none."""
        return float(1e7 * np.finfo(np.float64).eps * min(1.0, self.tol / 1e-4))


class _Iterations:
    """Writes down every iteration of SciPy's search, keeps the best weights, and ends it when asked to."""

    def __init__(
        self,
        learner: Learner,
        objective: FullObjective,
        plan: LbfgsPlan,
        history: History,
        validation: Validation | None,
        observer: Observer,
    ) -> None:
        self.learner, self.objective, self.plan, self.history = learner, objective, plan, history
        self.validation, self.observer = validation, observer
        self.best, self.begin, self.reason = Best(), time.perf_counter(), ""

    def __call__(self, intermediate_result: OptimizeResult) -> None:
        self.observer.epoch_begins()
        self.learner.theta[:] = intermediate_result.x
        theta, curves = self.learner.theta, {"train_loss": [float(intermediate_result.fun)]}
        if self.validation is not None:
            curves |= self.validation.judge(self.learner.program, theta[None])
        seconds = time.perf_counter() - self.begin
        self.history.extend(**curves, gradient_norm=[self.objective.last_gradient_norm], seconds=[seconds])
        judged = curves.get("validation_loss", curves["train_loss"])[0]
        self.best.see(judged, len(self.history), None if self.validation is None else theta)
        if self.observer.epoch_ends():
            self.reason = "callback"
        elif self.plan.time_limit is not None and seconds >= self.plan.time_limit:
            self.reason = "time_limit"
        if self.reason:
            raise StopIteration


@one_blas_thread()
def minimize_lbfgs(
    learner: Learner,
    rows: Rows,
    plan: LbfgsPlan,
    history: History,
    *,
    validation: Validation | None = None,
    observer: Observer = NOBODY,
) -> Outcome:
    """Minimise J with SciPy's L-BFGS-B (Zhu, Byrd, Lu and Nocedal 1997); writes learner and history.

    One entry of history per iteration; its train_loss is J, penalty included. With validation rows the weights of the
    best iteration are restored. Ctrl-C keeps the iteration reached. Weights stay within their bounds (eq. 21), the B.

    Raises
    ------
    DivergenceError
        If J left the finite numbers.
    """
    objective, net = FullObjective(learner.program, rows), learner.program.architecture
    limits = net.bounds
    iterations = _Iterations(learner, objective, plan, history, validation, observer)
    before = len(history)
    try:
        result = minimize(
            objective,
            learner.theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            bounds=Bounds(*limits) if net.signs else None,
            options={"maxiter": plan.max_iter, "maxfun": plan.max_fun, "gtol": plan.tol, "ftol": plan.smallest_fall},
            callback=iterations,
        )
        _require_finite(result, objective)
        learner.theta[:] = result.x
        reason = iterations.reason or _reason(result, plan, limits)
    except KeyboardInterrupt:
        if len(history) == before:  # nothing was learnt that could be kept
            raise
        reason = "interrupted"
    if iterations.best.theta.size:
        learner.theta[:] = iterations.best.theta
    done = len(history) - before
    learner.epochs, learner.rows_seen = learner.epochs + done, learner.rows_seen + done * len(rows)
    return Outcome(reason, iterations.best.epoch, iterations.best.loss)


def _reason(result: OptimizeResult, plan: LbfgsPlan, limits: tuple[Array, Array]) -> str:
    """Why SciPy's search ended: status 0 is its goal, 1 a limit, 2 a line search that found nothing lower."""
    if result.status == 1:
        return "max_iter" if result.nit >= plan.max_iter else "max_fun"
    possible = result.x - np.clip(result.x - result.jac, *limits)  # the gradient, 0 where it points out of the bounds
    return "converged" if result.success or np.abs(possible).max() < FLAT else "stuck"


def _require_finite(result: OptimizeResult, objective: FullObjective) -> None:
    if not np.isfinite(result.fun) or not np.isfinite(result.x).all():
        what, layer = objective.first_bad or ("", None)
        first = f", first of all {what}" if what else ""
        raise DivergenceError(
            f"L-BFGS left the finite numbers in iteration {result.nit}: the loss is {result.fun}{first}. A loss with "
            "an exponential output can overflow on the first long step. Try solver='adam', or a larger alpha.",
            place={"epoch": int(result.nit), "step": None, "layer": layer},
        )
