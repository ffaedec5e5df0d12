"""What is examined: the trained networks with their histories, and rows of a table as they see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import logit

from ..errors import InputError
from ..estimators.fitted import Fitted
from ..estimators.given import Given
from ..estimators.held_out import held_out, settings_of
from ..estimators.inputs import Selection
from ..estimators.run import Run
from ..network.arrays import Array
from ..network.losses import Loss
from ..table.targets import TargetScale
from ..training.course import Outcome
from ..training.rows import Rows

NO_ROWS = Given(None, None)
SMALLEST_CHANCE = 1e-7  # probabilities are drawn away from 0 and 1 by so much before their logarithm is taken


@dataclass(frozen=True)
class Examined:
    """Rows of a table, checked as `fit` checks them.

    table : the rows that count, those with a weight above 0
    holder : (n_rows,) which member held each row out while it trained, -1 for none; None if these are not the rows
        that the model was trained on, in their order
    first_row : what the first row of the table is called
    """

    table: Selection
    runs: tuple[Run, ...]
    holder: Array | None
    first_row: int = 0

    def __len__(self) -> int:
        return len(self.table.rows)

    def seen_by(self, run: Run, rows: Array | None = None) -> Rows:
        """Rows (all, or those numbered) as a member's network takes them, in float64."""
        chosen = self.table if rows is None else self.table.of_rows(self.table.rows[rows])
        scaled = chosen.encoded_by(run.fitted.table).scaled(run.fitted, "float64")
        return Rows(scaled.X.astype(np.float64), scaled.Y, scaled.weight)

    @cached_property
    def weight(self) -> Array:
        """(n_rows,) weights with mean 1."""
        weight = self.table.chosen_weight
        return np.ones(len(self)) if weight is None else np.asarray(weight / weight.mean())

    @cached_property
    def Y(self) -> Array:
        """(n_rows, n_targets) the targets as numbers, in their own units."""
        return np.asarray(self.table.Y[self.table.rows])

    @cached_property
    def inputs(self) -> Array:
        """(n_rows, n_inputs) what the first member makes of the columns, before bins: the table as numbers."""
        fitted, table = self.runs[0].fitted, self.table.encoded_by(self.runs[0].fitted.table)
        return np.asarray(fitted.inputs.transform(table.X, table.rows, "float64"))

    @cached_property
    def predictions(self) -> Array:
        """(n_members, n_rows, n_L) what every member says, in the units of y."""
        return np.array([_outputs(run.fitted, self.table) for run in self.runs])

    @cached_property
    def honest(self) -> Array:
        """(n_rows,) whether a row's prediction below comes from a member that has not learnt from it."""
        return np.zeros(len(self), bool) if self.holder is None else np.asarray(self.holder >= 0)

    @cached_property
    def prediction(self) -> Array:
        """(n_rows, n_L) the prediction by the member that held the row out; by all members where none did."""
        mean = np.asarray(self.predictions.mean(axis=0))
        if self.holder is None:
            return mean
        own = self.predictions[np.maximum(self.holder, 0), np.arange(len(self))]
        return np.asarray(np.where(self.honest[:, None], own, mean))

    def losses(self, prediction: Array) -> Array:
        """(n_rows,) the model's own loss of predictions (n_rows, n_L), on the scale on which it was trained."""
        fitted = self.runs[0].fitted
        return row_losses(fitted.loss, fitted.targets, self.Y, prediction)


@dataclass(frozen=True)
class Patient:
    """A fitted model: its members, how their training ended, the settings with numbers for "auto", and rows or None."""

    runs: tuple[Run, ...]
    outcomes: tuple[Outcome, ...]
    settings: Mapping[str, Any]
    rows: Examined | None


def patient(model: Any, given: Given = NO_ROWS, first_row: int = 0) -> Patient:
    """The model, and the rows if there are any.

    Raises
    ------
    InputError
        If X comes without y or the other way round, or the rows cannot be used; it names row and column.
    """
    if (given.X is None) != (given.y is None):
        raise InputError("diagnose looks at rows and their targets together. Give both X and y, or none of them.")
    runs = model._runs
    mixed = model._fitted.first.table is not None
    table: Selection | None = None if given.X is None else model._table(given, reset=False, mixed=mixed)
    n_rows = len(table.rows) if table is not None else _n_learnt(runs[0])
    rows = None if table is None else Examined(table, runs, _holder(model, table), first_row)
    return Patient(runs, model._outcomes, settings_of(model, n_rows), rows)


def row_losses(loss: Loss, targets: TargetScale, Y: Array, prediction: Array) -> Array:
    """The loss of every row, (n_rows,), of predictions (n_rows, n_L) in the units of y."""
    repeats = prediction.shape[1] // len(targets.size)
    scaled = (prediction - np.repeat(targets.shift, repeats)) / np.repeat(targets.size, repeats)
    Y = targets.scaled(Y, "float64")
    if loss.output_activation is None:
        return loss.values(Y, scaled)
    chance = np.clip(scaled, SMALLEST_CHANCE, None if loss.output_activation == "exp" else 1 - SMALLEST_CHANCE)
    return loss.values(Y, logit(chance) if loss.output_activation == "sigmoid" else np.log(chance))


def _n_learnt(run: Run) -> int:
    """How many rows a member has learnt from."""
    return max(1, round(run.learner.rows_seen / max(run.learner.epochs, 1)))


def _holder(model: Any, table: Selection) -> Array | None:
    """(n_rows,) which member held each row out, -1 for none; None if these are not the rows of `fit`."""
    folds = held_out(model, table)
    if folds is None:
        return None
    holder = np.full(table.X.shape[0], -1)
    for k, rows in enumerate(folds):
        holder[rows] = k
    return np.asarray(holder[table.rows])


def _outputs(fitted: Fitted, table: Selection) -> Array:
    numbers = table.encoded_by(fitted.table)
    return fitted.predict_numbers(np.asarray(_dense_rows(numbers.X, numbers.rows), np.float64))


def _dense_rows(X: Any, rows: Array) -> Any:
    chosen = X[rows]
    return chosen.toarray() if hasattr(chosen, "toarray") else chosen
