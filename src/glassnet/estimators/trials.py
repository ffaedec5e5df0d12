"""Settings that are left open are chosen by trial: the members of the judging folds, trained briefly."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from ..network.arrays import Array
from .crew import Crew, Round
from .recipe import Change
from .task import Maker, Task

ROWS_AT_ONCE = 200_000  # of all the networks that are tried at a time


def chosen(
    crew: Crew, maker: Maker, changes: Sequence[Change], rounds: Sequence[Round], judges: Sequence[int]
) -> tuple[Change, list[Change]]:
    """The change that serves the judging folds best, and all trials with their epochs and mean losses.

    The best of one round enter the next (successive halving). Without rounds the first is taken untried.
    """
    left, trials, names = list(changes), [], (*changes[-1], "max_iter")
    for n, epochs in rounds:
        left, brief = left[:n], {**crew.settings, "max_iter": epochs}
        losses = _tried(crew, maker, [(k, brief | change) for change in left for k in judges])
        means = losses.reshape(len(left), -1).mean(axis=1)
        for change, loss in zip(left, means.tolist(), strict=True):
            trials.append({name: (brief | change)[name] for name in names} | {"validation_loss": loss})
        left = [left[i] for i in means.argsort(kind="stable")]
    return left[0], trials


def _tried(crew: Crew, maker: Maker, trials: Sequence[tuple[int, Mapping[str, Any]]]) -> Array:
    """The lowest loss of the held-out rows for each member and settings; equal networks are trained once."""
    tasks = [maker.task(*trial) for trial in trials]
    names = [task.identity() for task in tasks]
    different: dict[Hashable, Task] = {}
    for name, task in zip(names, tasks, strict=True):
        if different.setdefault(name, task) is not task:
            crew.audience.of_member(different[name].run, 0).training_ends()
    losses: dict[Hashable, float] = {}
    for lot in _lots(different, crew, n_rows=len(maker.parts[0][0].rows)):
        outcomes = crew.train(list(lot.values()))
        if any(outcome.reason == "interrupted" for outcome in outcomes):
            raise KeyboardInterrupt
        losses |= {name: outcome.best_loss for name, outcome in zip(lot, outcomes, strict=True)}
    return np.array([losses[name] for name in names])


def _lots(tasks: Mapping[Hashable, Task], crew: Crew, n_rows: int) -> list[dict[Hashable, Task]]:
    """Few at a time, for each has its own rows; but small tables together, for processors wait at the end of a lot."""
    width = max(2 * crew.n_jobs, ROWS_AT_ONCE // n_rows)
    items = list(tasks.items())
    return [dict(items[start : start + width]) for start in range(0, len(items), width)]
