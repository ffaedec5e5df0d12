"""Which rows of the training table each member has not learnt from: drawn again from the seed, and checked."""

from typing import Any

import numpy as np

from ..network.arrays import Array
from ..training.learner import evaluate
from .inputs import Selection
from .parts import parts_of
from .recipe import resolved
from .run import Run

SAME_LOSS = 1e-5  # relative: held-out rows give the recorded loss again to rounding, other rows never do


def settings_of(model: Any, n_rows: int) -> dict[str, Any]:
    """The settings of a fitted model on so many rows, with numbers for "auto"."""
    settings = resolved(model.get_params(deep=False), n_rows, incremental=False, n_columns=model.n_features_in_)
    chosen: dict[str, Any] = model.chosen_settings_
    return settings | chosen | {"n_members": len(model._runs)}


def held_out(model: Any, table: Selection) -> tuple[Array, ...] | None:
    """For each member the places in the table of the rows that chose its best epoch, which it has not learnt from.

    None if these are not the rows of `fit`, in their order, or if nothing was held out. A fold is the right one if it
    gives the member's lowest validation loss again.
    """
    settings, runs, strata = settings_of(model, len(table.rows)), model._runs, model._strata(table.Y)
    try:
        parts = parts_of(table, settings, runs[0].learner.seed, strata)
    except ValueError:
        return None  # fewer rows, groups or classes than fit must have had
    if len(parts) != len(runs):
        return None
    folds = [fold for _, fold in parts if fold is not None]
    losses = [outcome.best_loss for outcome in model._outcomes]
    if len(folds) < len(runs) or not all(map(_gives_loss, runs, folds, losses)):
        return None
    return tuple(fold.rows for fold in folds)


def _gives_loss(run: Run, fold: Selection, loss: float) -> bool:
    rows = fold.encoded_by(run.fitted.table).scaled(run.fitted, run.learner.program.dtype)
    found, _ = evaluate(run.learner.program, run.fitted.theta, rows)
    return bool(np.isclose(found, loss, rtol=SAME_LOSS, atol=0))
