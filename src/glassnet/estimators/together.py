"""All networks of a fit trained, and callbacks told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..training.checkpoint import Keeper
from ..training.run import Outcome
from .crew import Crew
from .ending import warn_of_end
from .given import Given
from .observer import told
from .recipe import LEAST_GAIN, Change, rounds
from .task import Maker, Task
from .trials import chosen


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
    epochs_of_sample = settings["max_iter"] if maker.stream is None else maker.stream.sample_epochs
    n_judges, n_members, data = maker.n_judges(), len(maker.parts), given.metadata()
    tried = rounds(len(changes) if n_judges else 1, epochs_of_sample)
    planned = [*((n * n_judges, epochs) for n, epochs in tried), (n_members, settings["max_iter"])]
    n_networks = sum(n for n, _ in planned)
    with told(estimator, data, n_networks if n_networks > 1 else settings["max_iter"]) as audience:
        crew = Crew(audience, settings, planned, keeper)
        best, trials = chosen(crew, maker, changes, tried, range(n_judges))
        final = {**settings, **best, "least_gain": LEAST_GAIN if estimator.max_iter == "auto" else 0.0}
        tasks = [maker.task(k, final) for k in range(n_members)]
        outcomes = crew.train(tasks, incremental=maker.incremental, stream=maker.stream)
        if not ((maker.incremental or tasks[0].has_end) and outcomes[0].reason == "max_iter"):
            warn_of_end(outcomes[0], settings)
        audience.end(audience.context, tasks[0].run.snapshot)
    keeper.close(outcomes)
    return Trained(tasks, outcomes, trials)
