"""Rows that judge a network and never train it, and the best weights by their judgement."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..engine.program import Program
from ..network.arrays import Array
from .learner import evaluate_each
from .rows import Rows

Score = Callable[[Array, Array, Array], float]


@dataclass(frozen=True)
class Validation:
    """Rows to judge by that are never trained on, and a score (R2, accuracy) of their predictions, if there is one.

    score : function of (predictions, Y, weight)
    """

    rows: Rows
    score: Score | None = None

    def judge(self, program: Program, thetas: Array) -> dict[str, list[float]]:
        """What goes into the history for each row of thetas: validation_loss and validation_score."""
        losses, predictions = evaluate_each(program, thetas, self.rows)
        if self.score is None:
            return {"validation_loss": losses}
        scores = [self.score(of_one, self.rows.Y, self.rows.weight) for of_one in predictions]
        return {"validation_loss": losses, "validation_score": scores}


class Best:
    """The epoch with the lowest loss, the latest of equals, and its weights if there are validation rows."""

    def __init__(self) -> None:
        self.loss, self.epoch, self.theta = np.inf, 0, np.empty(0)

    def see(self, loss: float, epoch: int, theta: Array | None) -> None:
        """Take in the loss after an epoch, and its weights if they are to be kept."""
        if loss <= self.loss:
            self.loss, self.epoch = loss, epoch
            self.theta = self.theta if theta is None else theta.copy()
