"""Networks trained side by side, and callbacks told of them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import cpu_count, effective_n_jobs

from ..training.checkpoint import Keeper
from ..training.course import Course, Outcome
from ..training.members import train_members
from ..training.sweep import Sweeper, train_in_sweeps
from ..training.trainer import NOBODY, Training
from .blueprint import plan_for
from .observer import Audience
from .task import Task

Leg = tuple[int, int]  # how many networks are trained for how many epochs

if TYPE_CHECKING:
    from .stream import Stream


@dataclass
class Crew:
    """Trains networks side by side, with one signal that stops them all and a share of the time for each.

    planned : leg by leg, each of which may take several calls.
    keeper : keeps them while they learn; L-BFGS, whose search cannot be taken up in the middle, goes without.
    """

    audience: Audience
    settings: Mapping[str, Any]
    planned: Sequence[Leg]
    keeper: Keeper
    stop: Event = field(default_factory=Event)
    begin: float = field(default_factory=time.perf_counter)
    work_behind: float = 0.0  # networks times epochs that have had their time

    def introduce(self, tasks: Sequence[Task]) -> None:
        """The audience hears of these networks."""
        told_of = self.audience
        for task in tasks:
            n_epochs = task.settings["max_iter"]
            task.observer = told_of.of_member(task.run, n_epochs) if self.several else told_of.of_network(task.run)

    def dismiss(self, tasks: Sequence[Task]) -> None:
        """These networks are done: the audience hears of their end."""
        for task in tasks:
            if task.observer is not None:
                task.observer.training_ends()
                task.observer = None

    def train(
        self,
        tasks: Sequence[Task],
        *,
        until: float = np.inf,
        incremental: bool = False,
        stream: "Stream | None" = None,
    ) -> list[Outcome]:
        """Train these networks, on the rows of a stream if there is one; one alone stays in this thread.

        until : the epoch after which they pause; a later call goes on with them.
        """
        for task in tasks:
            task.run.learner.n_threads = 2 if self.n_jobs >= 2 * len(tasks) else 1
        limit = self._seconds(len(tasks), max(_epochs_ahead(task, until) for task in tasks), is_last=until == np.inf)
        if self.settings["solver"] == "lbfgs":
            return [self._minimised(task, limit) for task in tasks]
        if stream is not None:
            return self._swept(tasks, limit, stream)
        trainings = [self._training(task, limit, until, incremental=incremental) for task in tasks]
        if self.several:
            return train_members(trainings, self.n_jobs, self.stop)
        return [training.to_end() for training in trainings]

    @property
    def several(self) -> bool:
        """Whether the fit has more networks than one."""
        return sum(n for n, _ in self.planned) > 1

    @property
    def n_jobs(self) -> int:
        """How many networks are trained at a time; L-BFGS takes one after the other."""
        if self.settings["solver"] == "lbfgs":
            return 1
        wish = self.settings["n_jobs"]
        return int(cpu_count() if wish is None else effective_n_jobs(wish))

    def _training(self, task: Task, limit: float | None, until: float, *, incremental: bool) -> Training:
        rows, validation = task.training.scaled(task.run.fitted, task.run.learner.program.dtype), task.validation()
        plan = replace(plan_for(task.settings, len(rows), incremental=incremental), time_limit=limit, until=until)
        if task.course is None:
            task.course = Course(task.run.learner, plan, task.run.history, validation)
        else:
            passed = task.course.seconds[-1]
            task.course.go_on(replace(plan, time_limit=None if limit is None else passed + limit), validation)
        return self.keeper.kept(Training(task.course, rows, task.observer or NOBODY))

    def _swept(self, tasks: Sequence[Task], limit: float | None, stream: "Stream") -> list[Outcome]:
        """Side by side, on all rows of a stream."""
        sweepers = []
        for k, task in enumerate(tasks):
            n_rows, observer = stream.survey.n_learnt(k), task.observer or NOBODY
            plan = replace(plan_for(task.settings, n_rows, incremental=False), time_limit=limit)
            sweepers.append(Sweeper(task.run.learner, n_rows, plan, task.run.history, task.validation(), observer))
        return train_in_sweeps(sweepers, partial(stream.sweep, tasks), self.n_jobs)

    def _minimised(self, task: Task, limit: float | None) -> Outcome:
        from ..training.lbfgs import LbfgsPlan, minimize_lbfgs  # late: SciPy's optimizers are slow to load

        settings = self.settings
        steps = LbfgsPlan(settings["max_iter"], settings["max_fun"], settings["tol"], limit)
        rows = task.training.scaled(task.run.fitted, task.run.learner.program.dtype)
        what = task.run.learner, rows, steps, task.run.history
        return minimize_lbfgs(*what, validation=task.validation(), observer=task.observer or NOBODY)

    def _seconds(self, n_networks: int, n_epochs: float, *, is_last: bool) -> float | None:
        """The seconds for so many networks: of those that are left their share of all that is planned from here on.

        The last ones have all that is left. Side by side each has these seconds, and in a row, as L-BFGS takes them,
        its part.
        """
        limit: float | None = self.settings["time_limit"]
        if limit is None:
            return None
        work, *planned = (max(n, self.n_jobs) * epochs for n, epochs in ((n_networks, n_epochs), *self.planned))
        ahead = max(work, sum(planned) - self.work_behind)
        left = max(0.0, limit - (time.perf_counter() - self.begin))
        self.work_behind += work
        share = left if is_last or not work else left * work / ahead
        return share / n_networks if self.settings["solver"] == "lbfgs" else share


def _epochs_ahead(task: Task, until: float) -> float:
    """How many epochs of its schedule a network is to learn until then."""
    passed: float = 0.0 if task.course is None else task.course.position
    return max(0.0, min(until, float(task.settings["max_iter"])) - passed)
