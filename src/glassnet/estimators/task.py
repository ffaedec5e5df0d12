"""One member of a fit on its way through training, and all of them trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from joblib import cpu_count

from ..training.lbfgs import LbfgsPlan, minimize_lbfgs
from ..training.members import Member, train_member, train_members
from ..training.trainer import NOBODY, Observer, Outcome, Score, Validation
from .blueprint import plan_for
from .ending import warn_of_end
from .fitted import Fitted
from .inputs import Selection
from .observer import EpochObserver
from .run import Run


@dataclass(frozen=True)
class Task:
    """A network to be trained, its training rows and its validation rows (None: no validation), both as numbers."""

    run: Run
    training: Selection
    held_out: Selection | None
    score: Score | None
    n_before: int = field(init=False)

    def __post_init__(self) -> None:
        """Remember how many epochs were behind the network before this fit."""
        object.__setattr__(self, "n_before", len(self.run.history))

    def validation(self) -> Validation | None:
        """The validation rows as the trainer takes them."""
        if self.held_out is None:
            return None
        return Validation(self.held_out.scaled(self.run.fitted, self.run.learner.program.dtype), self.score)

    def trained(self) -> Fitted:
        """The network with the weights that it has now."""
        return replace(self.run.fitted, theta=self.run.learner.theta)


def train_tasks(
    estimator: Any, tasks: Sequence[Task], settings: Mapping[str, Any], data: dict[str, Any], *, incremental: bool
) -> list[Outcome]:
    """Train every task, members side by side; callbacks hear of the first one's epochs.

    data : X, y and metadata as callbacks get them
    """
    context = estimator._init_callback_context(max_subtasks=1 if incremental else settings["max_iter"])
    observer = EpochObserver(estimator, context, tasks[0].run, data, bool(settings["verbose"]))
    context.call_on_fit_task_begin(estimator=estimator, **data)
    if settings["solver"] == "lbfgs":
        outcomes, has_end = _minimised(tasks, settings, observer), False
    else:
        outcomes, has_end = _stepped(tasks, settings, observer, incremental=incremental)
    if not ((incremental or has_end) and outcomes[0].reason == "max_iter"):
        warn_of_end(outcomes[0], settings)
    context.call_on_fit_task_end(estimator=estimator, **data, reconstruction_attributes=tasks[0].run.snapshot)
    return outcomes


def _minimised(tasks: Sequence[Task], settings: Mapping[str, Any], observer: Observer) -> list[Outcome]:
    steps = LbfgsPlan(
        settings["max_iter"], settings["max_fun"], settings["tol"], _share_of_time(settings, len(tasks), 1)
    )
    return [
        minimize_lbfgs(
            task.run.learner,
            task.training.scaled(task.run.fitted, task.run.learner.program.dtype),
            steps,
            task.run.history,
            validation=task.validation(),
            observer=observer if task is tasks[0] else NOBODY,
        )
        for task in tasks
    ]


def _stepped(
    tasks: Sequence[Task], settings: Mapping[str, Any], observer: Observer, *, incremental: bool
) -> tuple[list[Outcome], bool]:
    """The outcomes, and whether the schedule's end was the end that was meant."""
    n_jobs, members = settings["n_jobs"] or cpu_count(), []
    for task in tasks:
        rows = task.training.scaled(task.run.fitted, task.run.learner.program.dtype)
        plan = plan_for(settings, len(rows), incremental=incremental)
        plan = replace(plan, time_limit=_share_of_time(settings, len(tasks), n_jobs))
        watch = observer if task is tasks[0] else NOBODY
        members.append(Member(task.run.learner, rows, plan, task.run.history, task.validation(), watch))
    has_end = not members[0].plan.has_stop_rule
    return train_members(members, n_jobs) if len(members) > 1 else [train_member(members[0])], has_end


def _share_of_time(settings: Mapping[str, Any], n_members: int, n_jobs: int) -> float | None:
    """The seconds that each member may take, so that all of them together keep within the limit."""
    limit: float | None = settings["time_limit"]
    return None if limit is None else limit * min(1.0, n_jobs / n_members)
