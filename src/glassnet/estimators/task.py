"""One member of a fit on its way through training."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.program import Program
from ..network.losses import Loss
from ..table.bins import Bins
from ..table.encoder import TableEncoder
from ..table.standardizer import Standardizer
from ..training.course import Course
from ..training.validation import Score, Validation
from .blueprint import plan_for, program_for
from .constraints import constrained
from .fitted import Fitted
from .inputs import Selection
from .members import member_seed
from .observer import EpochObserver
from .parts import Part
from .run import Run, begin, go_on

if TYPE_CHECKING:
    from .stream import Stream

JUDGING_ROWS, MOST_JUDGES = 500, 3  # fewer rows tell settings apart by luck, and more folds take their time


@dataclass
class Task:
    """A network to be trained, its training rows and its validation rows (None: no validation), both as numbers.

    observer : tells of it, from when it is introduced until it is dismissed.
    course : its training so far, once there was any, to go on with.
    has_ended : whether it would not learn anything more.
    """

    run: Run
    training: Selection
    held_out: Selection | None
    settings: Mapping[str, Any]
    score: Score | None
    observer: EpochObserver | None = None
    course: Course | None = None
    has_ended: bool = False
    n_before: int = field(init=False)

    def __post_init__(self) -> None:
        """Remember how many epochs were behind the network before this fit."""
        self.n_before = len(self.run.history)

    def validation(self) -> Validation | None:
        """The validation rows as the trainer takes them."""
        if self.held_out is None:
            return None
        return Validation(self.held_out.scaled(self.run.fitted, self.run.learner.program.dtype), self.score)

    def identity(self) -> Hashable:
        """Equal for networks that come out equal in one fit, as with 32 and 128 bins of columns with few values."""
        learner, bins = self.run.learner, self.run.fitted.bins
        edges = () if bins is None else (bins.columns, *(edges.tobytes() for edges in bins.edges))
        return learner.seed, learner.program, edges

    @property
    def has_end(self) -> bool:
        """Whether training ends with its schedule, so that its last epoch is the end that was meant."""
        plan = plan_for(self.settings, len(self.training.rows), incremental=False)
        return self.settings["solver"] != "lbfgs" and not plan.has_stop_rule

    def trained(self) -> Fitted:
        """The network with the weights that it has now."""
        return replace(self.run.fitted, theta=self.run.learner.theta)


@dataclass(frozen=True)
class Maker:
    """Makes the tasks of one fit.

    n_outputs : neurons of the output layer.
    before : the members to be taken up again; none for a new fit.
    score : judges validation rows besides the loss, if anything does.
    stream : all rows, where the parts are a sample of them that bears on everything but the steps.
    """

    parts: list[Part]
    loss: Loss
    n_outputs: int
    seed: int
    before: tuple[Run, ...] = ()
    incremental: bool = False
    score: Score | None = None
    stream: "Stream | None" = None
    encoded: dict[int, Part] = field(default_factory=dict)  # the parts as numbers, once they were needed
    known: dict[Hashable, Any] = field(default_factory=dict)  # what they have taught, which many tasks may want

    def n_judges(self) -> int:
        """How many folds are to judge a trial: as many as have 500 rows together, but three at most."""
        sizes = np.cumsum([len(held_out.rows) for _, held_out in self.parts if held_out is not None])
        return min(len(sizes), MOST_JUDGES, 1 + int(np.searchsorted(sizes, JUDGING_ROWS)))

    def task(self, k: int, settings: Mapping[str, Any]) -> Task:
        """Member k, new or taken up again, with its rows as numbers.

        With a new network comes a new encoder, taught by the member's own training rows alone.
        """
        before = self.before[k] if self.before else None
        seed = member_seed(self.seed, k)
        if k not in self.encoded:
            self.encoded[k] = self._as_numbers(self.parts[k], None if before is None else before.fitted.table, seed)
        training, held_out = self.encoded[k]

        def program(bins: Bins | None) -> Program:
            free = program_for(
                settings,
                (training.X.shape[1], self.n_outputs),
                self.loss,
                bins=None if bins is None else bins.numbers,
                weighted=training.is_weighted,
                mean_weight=training.mean_weight,
            )
            return constrained(free, settings["monotonic_constraints"], training, bins)

        if before is None:
            inputs, bins = self._taught(k, settings)
            run = begin(program(bins), training, inputs, bins, seed, settings)
        else:
            run = go_on(before, program(before.fitted.bins), keep_memory=self.incremental)
        return Task(run, training, held_out, settings, self.score)

    def _taught(self, k: int, settings: Mapping[str, Any]) -> tuple[Standardizer, Bins | None]:
        """The scaling and the bins for part k, from its training rows; equal ones are found once."""
        training, scaling = self.encoded[k][0], (k, settings["scaling"])
        if scaling not in self.known:
            self.known[scaling] = training.standardizer(settings["scaling"])
        inputs, wanted = self.known[scaling], (settings["bins"], settings["bins_at_values"])
        if (*scaling, *wanted) not in self.known:
            self.known[*scaling, *wanted] = training.bins(inputs, wanted[0], at_values=wanted[1])
        return inputs, self.known[*scaling, *wanted]

    def _as_numbers(self, part: Part, table: TableEncoder | None, seed: int) -> Part:
        (training, held_out), Y = part, part[0].Y
        means_of = np.eye(self.n_outputs)[Y[:, 0].astype(int)] if self.loss.name == "cross_entropy" else Y
        training = training.encoded(table, means_of, seed)
        return training, None if held_out is None else held_out.encoded_by(training.table)
