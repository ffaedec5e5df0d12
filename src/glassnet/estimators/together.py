"""All networks of a fit trained, and callbacks told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from joblib import cpu_count

from ..training.checkpoint import Keeper
from ..training.lbfgs import LbfgsPlan, minimize_lbfgs
from ..training.members import Member, train_member, train_members
from ..training.trainer import Observer, Outcome
from .blueprint import plan_for
from .ending import warn_of_end
from .given import Given
from .observer import Audience, told
from .recipe import Axis
from .task import Maker, Task


@dataclass(frozen=True)
class Crew:
    """Trains networks side by side, with one signal that stops them all and a share of the time for each.

    n_networks : how many will be trained in all.
    keeper : keeps them while they learn; L-BFGS, whose search cannot be taken up in the middle, goes without.
    """

    audience: Audience
    settings: Mapping[str, Any]
    n_networks: int
    keeper: Keeper
    stop: Event = field(default_factory=Event)

    def train(self, tasks: Sequence[Task], *, incremental: bool = False) -> list[Outcome]:
        """Train these networks; one alone stays in this thread."""
        n_epochs = 1 if incremental else self.settings["max_iter"]
        several, told_of = self.n_networks > 1, self.audience
        of = [told_of.of_member(task.run, n_epochs) if several else told_of.of_network(task.run) for task in tasks]
        if self.settings["solver"] == "lbfgs":
            outcomes = [self._minimised(*pair) for pair in zip(tasks, of, strict=True)]
        else:
            members = [self._member(*pair, incremental=incremental) for pair in zip(tasks, of, strict=True)]
            n_jobs = self.settings["n_jobs"]
            outcomes = train_members(members, n_jobs, self.stop) if several else [train_member(members[0])]
        for observer in of:
            observer.training_ends()
        return outcomes

    def _member(self, task: Task, observer: Observer, *, incremental: bool) -> Member:
        rows = task.training.scaled(task.run.fitted, task.run.learner.program.dtype)
        plan = plan_for(task.settings, len(rows), incremental=incremental)
        plan = replace(plan, time_limit=self._share_of_time(self.settings["n_jobs"] or cpu_count()))
        return self.keeper.kept(Member(task.run.learner, rows, plan, task.run.history, task.validation(), observer))

    def _minimised(self, task: Task, observer: Observer) -> Outcome:
        settings = self.settings
        steps = LbfgsPlan(settings["max_iter"], settings["max_fun"], settings["tol"], self._share_of_time(1))
        rows = task.training.scaled(task.run.fitted, task.run.learner.program.dtype)
        what = task.run.learner, rows, steps, task.run.history
        return minimize_lbfgs(*what, validation=task.validation(), observer=observer)

    def _share_of_time(self, n_jobs: int) -> float | None:
        """The seconds that each network may take, so that all of them together keep within the limit."""
        limit: float | None = self.settings["time_limit"]
        return None if limit is None else limit * min(1.0, n_jobs / self.n_networks)


def train_together(
    estimator: Any, maker: Maker, settings: Mapping[str, Any], axes: Sequence[Axis], given: Given, keeper: Keeper
) -> tuple[list[Task], list[Outcome]]:
    """Train a network for each part of the maker's; the first part chooses among the settings of the axes.

    Raises
    ------
    DivergenceError
        If training left the finite numbers.
    ModelFileError
        If the keeper holds the networks of another fit.
    KeyboardInterrupt
        If Ctrl-C comes before every network has begun.
    """
    n_networks = len(maker.parts) + sum(map(len, axes))
    n_epochs = 1 if maker.incremental else settings["max_iter"]
    data = given.metadata()
    with told(estimator, data, n_networks if n_networks > 1 else n_epochs) as audience:
        crew = Crew(audience, settings, n_networks, keeper)
        tasks, outcomes = _first_chosen(crew, maker, settings, axes) if axes else ([], [])
        chosen = tasks[0].settings if tasks else settings
        rest = [maker.task(k, chosen) for k in range(len(tasks), len(maker.parts))]
        outcomes += crew.train(rest, incremental=maker.incremental)
        tasks += rest
        if not ((maker.incremental or tasks[0].has_end) and outcomes[0].reason == "max_iter"):
            warn_of_end(outcomes[0], settings)
        audience.end(audience.context, tasks[0].run.snapshot)
    keeper.close(outcomes)
    return tasks, outcomes


def _first_chosen(
    crew: Crew, maker: Maker, settings: Mapping[str, Any], axes: Sequence[Axis]
) -> tuple[list[Task], list[Outcome]]:
    """Member 0 under several settings: axis by axis the one that predicts its held-out rows best is kept."""
    tried: list[tuple[Task, Outcome]] = []
    candidates = [settings]
    for axis in axes:
        tasks = [maker.task(0, candidate) for candidate in candidates + [{**settings, **change} for change in axis]]
        tried += zip(tasks, crew.train(tasks), strict=True)
        if any(outcome.reason == "interrupted" for _, outcome in tried):
            raise KeyboardInterrupt
        best = min(tried, key=lambda pair: pair[1].best_loss)
        settings, candidates = best[0].settings, []
    return [best[0]], [best[1]]
