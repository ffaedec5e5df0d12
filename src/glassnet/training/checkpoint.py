"""Where a network stands in its training, taken out of a course and put back into one, bit for bit.

Every random number is a function of seed, epoch and step, so that counting on from where it stopped draws what would
have been drawn: there is no generator whose state could be lost.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256

import numpy as np

from ..errors import ModelFileError
from ..network.arrays import Array
from .course import Course, Outcome
from .history import History
from .trainer import Training

CURVES = tuple(curve.name for curve in fields(History))


@dataclass(frozen=True)
class Snapshot:
    """A course after one of its epochs.

    tensors : copies of theta, the optimizer's memory, the best theta (or none), the curves, when each epoch ended, and
        the lowest loss until each valley of the schedule.
    facts : numbers by name: what is counted, the learning rate, how long the loss has not fallen, the best so far.
    """

    tensors: dict[str, Array]
    facts: dict[str, float]


def snapshot(course: Course) -> Snapshot:
    """The state of a course between two epochs, before the rules that stop it are asked."""
    learner, best = course.learner, course.best
    tensors = {"theta": learner.theta.copy(), "memory": learner.memory.copy(), "best.theta": best.theta.copy()}
    tensors |= {f"history.{name}": np.array(getattr(course.history, name), np.float64) for name in CURVES}
    facts = {
        "epochs": learner.epochs,
        "steps": learner.steps,
        "rows_seen": learner.rows_seen,
        "eta": course.schedule.eta,
        "plateau.lowest": course.plateau.lowest,
        "plateau.n_epochs": course.plateau.n_epochs,
        "best.loss": best.loss,
        "best.epoch": best.epoch,
        "n_epochs": course.n_epochs,
        "position": course.position,
        "elapsed": time.perf_counter() - course.begin,
    }
    return Snapshot(tensors | {"seconds": np.array(course.seconds), "lows": np.array(course.lows)}, facts)


def put_back(course: Course, kept: Snapshot) -> None:
    """Set a course that has not begun to where the kept one stood; writes its learner and history.

    Raises
    ------
    ModelFileError
        If the snapshot is that of another network.
    """
    learner, tensors, facts = course.learner, kept.tensors, kept.facts
    for array, name in ((learner.theta, "theta"), (learner.memory, "memory")):
        if tensors[name].shape != array.shape or tensors[name].dtype != array.dtype:
            raise ModelFileError(f"a checkpoint with {name!r} of another network was handed in.", error_id="E703")
        array[...] = tensors[name]
    learner.epochs, learner.steps = int(facts["epochs"]), int(facts["steps"])
    learner.rows_seen = int(facts["rows_seen"])
    for name in CURVES:
        getattr(course.history, name)[:] = tensors[f"history.{name}"].tolist()
    course.schedule = replace(course.schedule, eta=facts["eta"])
    course.plateau.lowest, course.plateau.n_epochs = facts["plateau.lowest"], int(facts["plateau.n_epochs"])
    course.best.loss, course.best.epoch = facts["best.loss"], int(facts["best.epoch"])
    course.best.theta = tensors["best.theta"].copy()
    course.n_epochs, course.position = int(facts["n_epochs"]), facts["position"]
    course.seconds, course.lows = tensors["seconds"].tolist(), tensors["lows"].tolist()
    course.begin = time.perf_counter() - facts["elapsed"]


@dataclass(frozen=True)
class Identity:
    """What decides the bits of a network, as two SHA-256 in hexadecimal digits.

    rows : the numbers, targets and weights of the training and the validation rows, in their order.
    settings : the program, the plan without its time limit, the seed, and where training starts.
    """

    rows: str
    settings: str

    @property
    def key(self) -> str:
        """One name for both, under which the network is kept."""
        return sha256(f"{self.rows} {self.settings}".encode()).hexdigest()[:32]


def identity(training: Training) -> Identity:
    """The identity of a network that is about to be trained."""
    course, learner = training.course, training.course.learner
    plan, judged = replace(course.plan, time_limit=None), () if course.validation is None else (course.validation.rows,)
    start = learner.seed, learner.epochs, learner.steps, learner.rows_seen, len(course.history)
    rows = [array for part in (training.rows, *judged) for array in (part.X, part.Y, part.weight)]
    return Identity(_digest("", rows), _digest(f"{learner.program} {plan} {start}", [learner.theta, learner.memory]))


def _digest(text: str, arrays: Sequence[Array]) -> str:
    found = sha256(text.encode())
    for array in arrays:
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


class Keeper:
    """Keeps the networks of one fit where they outlive the process; this one keeps nothing."""

    def seed(self, drawn: int) -> int:
        """The seed of the fit if any will do: that of the interrupted fit, else the one that was drawn."""
        return drawn

    def kept(self, training: Training) -> Training:
        """The same network, to be kept while it learns and put back first to where it stood.

        Raises
        ------
        ModelFileError
            If it is the first network of the fit, and what is kept belongs to other rows or settings.
        """
        return training

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Called when every network of the fit is trained."""
