"""Networks trained side by side, and callbacks told of them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from joblib import cpu_count

from ..training.checkpoint import Keeper
from ..training.members import Member, train_member, train_members
from ..training.run import Outcome
from ..training.sweep import Sweeper, train_in_sweeps
from ..training.trainer import Observer
from .blueprint import plan_for
from .observer import Audience
from .task import Task

Round = tuple[int, int]  # how many networks are trained for how many epochs

if TYPE_CHECKING:
    from .stream import Stream


@dataclass(frozen=True)
class Crew:
    """Trains networks side by side, with one signal that stops them all and a share of the time for each.

    planned : how many networks will be trained for how many epochs, round by round; a round may take several calls.
    keeper : keeps them while they learn; L-BFGS, whose search cannot be taken up in the middle, goes without.
    """

    audience: Audience
    settings: Mapping[str, Any]
    planned: Sequence[Round]
    keeper: Keeper
    stop: Event = field(default_factory=Event)
    begin: float = field(default_factory=time.perf_counter)

    def train(
        self, tasks: Sequence[Task], *, incremental: bool = False, stream: "Stream | None" = None
    ) -> list[Outcome]:
        """Train these networks, on the rows of a stream if there is one; one alone stays in this thread."""
        several, told_of = sum(n for n, _ in self.planned) > 1, self.audience
        of = [
            told_of.of_member(task.run, task.settings["max_iter"]) if several else told_of.of_network(task.run)
            for task in tasks
        ]
        for task in tasks:
            task.run.learner.n_threads = 2 if self.n_jobs >= 2 * len(tasks) else 1
        limit = self._share_of_time(len(tasks), tasks[0].settings["max_iter"])
        if self.settings["solver"] == "lbfgs":
            outcomes = [self._minimised(*pair, limit) for pair in zip(tasks, of, strict=True)]
        elif stream is not None:
            outcomes = self._swept(tasks, of, stream)
        else:
            members = [self._member(*pair, limit, incremental=incremental) for pair in zip(tasks, of, strict=True)]
            outcomes = train_members(members, self.n_jobs, self.stop) if several else [train_member(members[0])]
        for observer in of:
            observer.training_ends()
        return outcomes

    @property
    def n_jobs(self) -> int:
        """How many networks are trained at a time; L-BFGS takes one after the other."""
        return 1 if self.settings["solver"] == "lbfgs" else int(self.settings["n_jobs"] or cpu_count())

    def _member(self, task: Task, observer: Observer, limit: float | None, *, incremental: bool) -> Member:
        rows = task.training.scaled(task.run.fitted, task.run.learner.program.dtype)
        plan = replace(plan_for(task.settings, len(rows), incremental=incremental), time_limit=limit)
        return self.keeper.kept(Member(task.run.learner, rows, plan, task.run.history, task.validation(), observer))

    def _swept(self, tasks: Sequence[Task], of: Sequence[Observer], stream: "Stream") -> list[Outcome]:
        """Side by side, on all rows of a stream, in the time that trials have left."""
        limit, sweepers = self.settings["time_limit"], []
        left = None if limit is None else max(0.0, limit - (time.perf_counter() - self.begin))
        for k, (task, observer) in enumerate(zip(tasks, of, strict=True)):
            n_rows = stream.survey.n_learnt(k)
            plan = replace(plan_for(task.settings, n_rows, incremental=False), time_limit=left)
            sweepers.append(Sweeper(task.run.learner, n_rows, plan, task.run.history, task.validation(), observer))
        return train_in_sweeps(sweepers, partial(stream.sweep, tasks), self.n_jobs)

    def _minimised(self, task: Task, observer: Observer, limit: float | None) -> Outcome:
        from ..training.lbfgs import LbfgsPlan, minimize_lbfgs  # late: SciPy's optimizers are slow to load

        settings = self.settings
        steps = LbfgsPlan(settings["max_iter"], settings["max_fun"], settings["tol"], limit)
        rows = task.training.scaled(task.run.fitted, task.run.learner.program.dtype)
        what = task.run.learner, rows, steps, task.run.history
        return minimize_lbfgs(*what, validation=task.validation(), observer=observer)

    def _share_of_time(self, n_networks: int, n_epochs: int) -> float | None:
        """The seconds for so many networks, so that all that are planned keep within the limit.

        Side by side all of them have these seconds, and in a row, as L-BFGS takes them, each has its part.
        """
        limit: float | None = self.settings["time_limit"]
        if limit is None:
            return None
        shares = [max(n, self.n_jobs) * epochs for n, epochs in ((n_networks, n_epochs), *self.planned)]
        share = limit * min(1.0, shares[0] / sum(shares[1:]))
        return share / n_networks if self.settings["solver"] == "lbfgs" else share
