"""What single rows do: too few to judge by, the same row on both sides, and rows that carry most of the error."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse

from ..network.arrays import Array
from ..table.frames import Frame
from .columns import HEAVY, top_share
from .findings import Finding
from .patient import Examined, Patient

TOO_NOISY = 0.2  # standard error of the validation loss over the loss: as with 50 rows of normal errors, sqrt(2 / 50)
TWINS = 0.05  # the share of rows with a twin in another fold ...
BY_CHANCE = 3.0  # ... and how many times more that is than if every column had been shuffled by itself
WORTH_READING = 0.1  # a mean log loss below this needs no rows to blame
TOO_FEW = 50  # rows, for a comparison of errors
SHOWN = 5


@dataclass(frozen=True)
class Judged:
    """Rows with the loss of their predictions, and who held them out.

    losses : (n_rows,) the model's own loss, by the member that had not seen the row where there is one
    honest : (n_rows,) whether there is
    places : (n_rows,) their numbers in the table
    first_row : the number of its first row
    keys : (n_rows,) equal numbers for equal rows, target included
    shuffled_keys : the same after every column was shuffled by itself
    fold : (n_rows,) which member held the row out, -1 for none
    is_class : whether the loss is one of probabilities
    """

    losses: Array
    honest: Array
    places: Array
    keys: Array
    shuffled_keys: Array
    fold: Array
    is_class: bool
    first_row: int = 0


def judged_rows(patient: Patient) -> Judged | None:
    """The rows with what the model makes of them, None without rows."""
    rows = patient.rows
    if rows is None or len(rows) < TOO_FEW:
        return None
    values = _as_numbers(rows)
    rng = np.random.default_rng(0)
    shuffled = np.column_stack([rng.permutation(column) for column in values.T])
    fold = np.full(len(rows), -1) if rows.holder is None else rows.holder
    is_class = patient.runs[0].fitted.loss.name in ("logistic", "cross_entropy")
    losses = rows.losses(rows.prediction)
    places = rows.table.rows + rows.first_row
    return Judged(losses, rows.honest, places, _keys(values), _keys(shuffled), fold, is_class, rows.first_row)


def _as_numbers(rows: Examined) -> Array:
    """All columns and targets, texts as codes."""
    X, chosen = rows.table.X, rows.table.rows
    if isinstance(X, Frame):
        columns = [np.unique(column.values[chosen].astype(str), return_inverse=True)[1] for column in X.columns]
        values = np.column_stack([column.astype(float) for column in columns])
    else:
        values = X[chosen].toarray() if issparse(X) else X[chosen]
    return np.column_stack([values, rows.Y]).astype(np.float64)


def _keys(values: Array) -> Array:
    """(n_rows,) equal numbers for equal rows: by sums with random weights, which different rows do not share."""
    weights = np.random.default_rng(1).normal(size=values.shape[1])
    scale = np.maximum(np.abs(values).max(axis=0), 1e-300)
    return np.asarray(np.unique((values / scale) @ weights, return_inverse=True)[1])


def noisy_validation(judged: Judged) -> Finding | None:
    """A part of the rows held out that is too small, or too mixed, to tell one epoch or one model from another.

    Where every row is held out by some member, more of them cannot be had.
    """
    losses = judged.losses[judged.honest]
    if judged.honest.all() or len(losses) < 2 or not losses.mean() > 0:
        return None
    noise = float(losses.std(ddof=1) / np.sqrt(len(losses)) / losses.mean())
    if noise <= TOO_NOISY:
        return None
    return Finding(
        "noisy-validation",
        "warning",
        f"{len(losses)} validation rows",
        {"validation_rows": len(losses), "standard_error_over_loss": noise},
        f"the validation loss is known to +- {100 * noise:.0f} % only.",
        "Choosing the best epoch, or the better of two models, by such a number is half a game of chance: too few "
        "rows were held out, or a few of them carry most of the loss.",
        "Use n_members=5, where every row is held out once, a larger validation_fraction, or more rows.",
    )


def duplicated_rows(judged: Judged) -> Finding | None:
    """Rows that were learnt by the member that is judged by their twins."""
    share, by_chance = _twins(judged.keys, judged.fold), _twins(judged.shuffled_keys, judged.fold)
    if share <= max(TWINS, BY_CHANCE * by_chance):
        return None
    across = bool((judged.fold >= 0).any())
    return Finding(
        "duplicated-rows",
        "warning" if across else "note",
        "rows",
        {"share_with_a_twin": share, "share_by_chance": by_chance, "rows": len(judged.keys)},
        f"{100 * share:.0f} % of the rows have a twin, target and all" + (", in another fold." if across else "."),
        "A row that stands in the table twice is learnt on one side and asked on the other, so the held-out error, the "
        "intervals and the best epoch are too optimistic.",
        "Keep one row of each (drop_duplicates) with its count as sample_weight, or keep twins in one fold with "
        "validation rows of your own.",
    )


def _twins(keys: Array, fold: Array) -> float:
    """The share of rows whose equal stands in another fold; anywhere, where there are no folds."""
    counts = np.bincount(keys)[keys]
    if (fold >= 0).any():
        pairs = np.unique(np.column_stack([keys, fold]), axis=0, return_inverse=True)[1].ravel()
        return float(np.mean(counts > np.bincount(pairs)[pairs]))
    return float(np.mean(counts > 1))


def influential_rows(judged: Judged) -> Finding | None:
    """A hundredth of the rows that carries most of the error."""
    share, mean = top_share(judged.losses), float(judged.losses.mean())
    if share <= HEAVY or (judged.is_class and mean < WORTH_READING):
        return None
    worst = np.argsort(-judged.losses, kind="stable")[:SHOWN]
    return Finding(
        "influential-rows",
        "warning",
        f"rows {', '.join(map(str, judged.places[worst]))}",
        {
            "share_of_top_1_percent": share,
            "rows": judged.places[worst].tolist(),
            "losses": [float(f"{loss:.3g}") for loss in judged.losses[worst]],
            "mean_loss": mean,
        },
        f"1 % of the rows carry {100 * share:.0f} % of the loss; the worst are named, counted from {judged.first_row}.",
        "Mistakes in the table (a wrong label, a slipped decimal point), or cases that the columns do not explain. "
        "They steer the training and the score.",
        "Look at these rows. Correct or drop mistakes; if they are real, use loss='huber' or 'absolute_error', or "
        "weigh them down with sample_weight.",
    )
