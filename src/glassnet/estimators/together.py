"""All networks of a fit trained, and callbacks told of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..training.checkpoint import Keeper
from ..training.course import Outcome
from .crew import Crew
from .ending import warn_of_end
from .given import Given
from .observer import told
from .recipe import LEAST_GAIN, Change
from .task import Maker, Task
from .trials import Contest


@dataclass(frozen=True)
class Trained:
    """What came of a fit: its networks, how their training ended, and the settings tried with their losses."""

    tasks: list[Task]
    outcomes: list[Outcome]
    trials: list[Change]


def train_together(
    estimator: Any, maker: Maker, settings: Mapping[str, Any], changes: Sequence[Change], given: Given, keeper: Keeper
) -> Trained:
    """Train a network for each part of the maker's, with the settings that serve the first parts best.

    changes : the settings to try; a single one is not tried but taken.

    Raises
    ------
    DivergenceError
        If training left the finite numbers.
    ModelFileError
        If the keeper holds the networks of another fit.
    KeyboardInterrupt
        If Ctrl-C comes before every network has begun.
    """
    settings = {**settings, "max_iter": 1} if maker.incremental else settings
    settings = {**settings, "least_gain": LEAST_GAIN if estimator.max_iter == "auto" else 0.0}
    on_trial = settings if maker.stream is None else settings | {"max_iter": maker.stream.sample_epochs}
    n_members, data, begin = len(maker.parts), given.metadata(), time.perf_counter()
    contest = Contest.of(maker, on_trial, changes)
    planned = [*contest.legs, (n_members, settings["max_iter"])]
    n_begun = contest.rounds[-1].n_judges if contest.rounds and maker.stream is None else 0
    n_networks = contest.n_networks + n_members - n_begun
    with told(estimator, data, n_networks if n_networks > 1 else settings["max_iter"]) as audience:
        crew = Crew(audience, settings, planned, keeper, begin=begin)
        begun, facts = contest.winners(crew)
        final = {**(begun[0].settings if begun else settings | changes[0]), "max_iter": settings["max_iter"]}
        crew.dismiss(begun[n_begun:])  # of a stream they have seen a sample
        begun = begun[:n_begun]
        later = [maker.task(k, final) for k in range(len(begun), n_members)]
        tasks = begun + later
        crew.introduce([task for task in tasks if task.observer is None])
        outcomes = crew.train(tasks, incremental=maker.incremental, stream=maker.stream)
        crew.dismiss(tasks)
        if not ((maker.incremental or tasks[0].has_end) and outcomes[0].reason == "max_iter"):
            warn_of_end(outcomes[0], settings)
        audience.end(audience.context, tasks[0].run.snapshot)
    keeper.close(outcomes)
    return Trained(tasks, outcomes, facts)
