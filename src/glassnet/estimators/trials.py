"""Settings that are left open are chosen by trial: members begin to learn with each of them, and the best go on.

In the first round the first fold judges alone, and with every round another one joins it.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .crew import Crew, Leg
from .recipe import AS_GOOD, Change, rounds
from .task import Maker, Task

ROWS_AT_ONCE = 200_000  # of all the networks that are tried at a time


class Round(NamedTuple):
    """So many trials go on until an epoch, and so many folds judge them then."""

    n_trials: int
    until: int
    n_judges: int


@dataclass(frozen=True)
class Trial:
    """Answers that make equal networks, and the members of the judging folds with them, as many as there are yet."""

    answers: list[Change]
    tasks: list[Task]

    @property
    def loss(self) -> float:
        """The mean over the judging folds of the lowest loss so far of the rows held out."""
        return float(np.mean([task.course.best.loss for task in self.tasks if task.course is not None]))


@dataclass(frozen=True)
class Contest:
    """The trials of a fit with the member of the first fold, and the rounds to come."""

    maker: Maker
    trials: list[Trial]
    rounds: list[Round]

    @classmethod
    def of(cls, maker: Maker, settings: Mapping[str, Any], changes: Sequence[Change]) -> "Contest":
        """A trial of each change, but one for all that make the same network; none if there is nothing to choose."""
        n_judges, different = maker.n_judges(), dict[Hashable, Trial]()
        if not n_judges or len(changes) == 1:
            return cls(maker, [], [])
        for change in changes:
            changed = {**settings, **change}
            task, answers = maker.task(0, changed), {name: changed[name] for name in changes[-1]}
            different.setdefault(task.identity(), Trial([], [task])).answers.append(answers)
        if len(different) == 1:
            return cls(maker, [], [])
        coming = planned(len(changes), settings["max_iter"], n_judges, len(different))
        return cls(maker, list(different.values()), coming)

    @property
    def n_networks(self) -> int:
        """How many networks are begun in all rounds."""
        return sum(one.n_trials * (one.n_judges - before.n_judges) for before, one in self._with_the_one_before())

    @property
    def legs(self) -> list[Leg]:
        """How many networks are trained for how many epochs in each round; those of a fold that joins begin there."""
        return [
            (one.n_trials * one.n_judges, one.until - (before.until if one.n_judges == before.n_judges else 0))
            for before, one in self._with_the_one_before()
        ]

    def winners(self, crew: Crew) -> tuple[list[Task], list[Change]]:
        """The members that served the judging folds best, paused on their way, and all trials with their mean losses.

        The best of one round enter the next; `crew` is told of those that do not.
        """
        left, facts = self.trials, list[Change]()
        for one in self.rounds:
            left = _parted(crew, left, one.n_trials)
            if _is_decided(left, one.n_judges):
                break
            for trial in left:
                begun, settings = len(trial.tasks), trial.tasks[0].settings
                trial.tasks.extend(self.maker.task(k, settings) for k in range(begun, one.n_judges))
            self._go_on(crew, [task for trial in left for task in trial.tasks], one.until)
            facts += [
                answers | {"epochs": one.until, "folds": one.n_judges, "validation_loss": trial.loss}
                for trial in left
                for answers in trial.answers
            ]
            left = ranked(left)
        return [task for trial in _parted(crew, left, 1) for task in trial.tasks], facts

    def _with_the_one_before(self) -> Iterable[tuple[Round, Round]]:
        return pairwise([Round(0, 0, 0), *self.rounds])

    def _go_on(self, crew: Crew, tasks: Sequence[Task], until: int) -> None:
        """Train these networks until that epoch, few at a time, for each has its own rows.

        Small tables go together, for processors wait at the end of a lot.
        """
        crew.introduce([task for task in tasks if task.course is None])
        width = max(2 * crew.n_jobs, ROWS_AT_ONCE // len(self.maker.parts[0][0].rows))
        for start in range(0, len(tasks), width):
            lot = tasks[start : start + width]
            outcomes = crew.train(lot, until=until)
            if any(outcome.reason == "interrupted" for outcome in outcomes):
                raise KeyboardInterrupt
            for task, outcome in zip(lot, outcomes, strict=True):
                task.has_ended = outcome.reason in ("converged", "max_iter")


def planned(n_changes: int, max_iter: int, n_judges: int, n_different: int) -> list[Round]:
    """The rounds of so many changes, of which so many differ; one fold more judges in each, and in the last all do.

    Examples
    --------
    >>> [tuple(one) for one in planned(19, 256, n_judges=3, n_different=12)]
    [(12, 13, 1), (7, 43, 2), (3, 52, 3), (2, 120, 3)]
    """
    found = rounds(n_changes, max_iter)
    n_first = 1 + max(0, n_judges - len(found))
    return [
        Round(min(n, n_different), until, min(n_first + number, n_judges)) for number, (n, until) in enumerate(found)
    ]


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """By their losses, but those that are as good as the best in front and by their bins: fewer cost less."""
    limit = min((trial.loss + AS_GOOD * abs(trial.loss) for trial in trials), default=0.0)
    return sorted(
        trials,
        key=lambda trial: (trial.loss > limit, trial.loss <= limit and trial.tasks[0].settings["bins"], trial.loss),
    )


def _is_decided(trials: Sequence[Trial], n_judges: int) -> bool:
    """Whether the first stays the first: no fold joins in, and all others have come to their end."""
    others_have_ended = all(task.has_ended for trial in trials[1:] for task in trial.tasks)
    return others_have_ended and len(trials[0].tasks) == n_judges


def _parted(crew: Crew, trials: list[Trial], n: int) -> list[Trial]:
    """The first n, without the others."""
    crew.dismiss([task for trial in trials[n:] for task in trial.tasks])
    return trials[:n]
