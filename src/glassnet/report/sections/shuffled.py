"""A model as scikit-learn's permutation_importance can shuffle its columns, of any kind, without reading them anew."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from ...network.arrays import Array
from ...table.frames import Frame
from ..finished import Finished

Score = Callable[[Any, Array, Array], float]
SMALLEST_CHANCE = 1e-15  # the logarithm of 0 would outweigh all other rows


class Shuffled:
    """The model on a table of row numbers: entry (i, j) says from which row the value of column j in row i is taken.

    So texts, dates and gaps are shuffled as numbers are, and a wide table is checked once and not for every column.

    Parameters
    ----------
    model : a fitted regressor or classifier
    rows : the table
    """

    def __init__(self, model: Any, rows: Any) -> None:
        self.model, self.rows = model, model._rows_to_predict(rows)

    def fit(self, X: Any, y: Any) -> "Shuffled":
        """There is nothing to learn; scikit-learn asks for this method before it takes an object for a model."""
        return self

    def in_order(self) -> Array:
        """(n_rows, n_columns) every value from its own row."""
        n_rows, n_columns = self.rows.shape
        return np.repeat(np.arange(n_rows)[:, None], n_columns, axis=1)

    def predict(self, places: Array) -> Array:
        """What the model predicts, for classes the probabilities."""
        if isinstance(self.rows, Frame):
            pairs = zip(self.rows.columns, places.T, strict=True)
            columns = tuple(replace(column, values=column.values[own]) for column, own in pairs)
            mixed: Any = replace(self.rows, columns=columns)
        else:
            mixed = np.take_along_axis(self.rows, places, axis=0)
        return np.asarray(self.model._decoded(self.model._fitted.predict(mixed)))


def score_of(run: Finished) -> tuple[Score, str]:
    """What falls when a column that matters is shuffled, and its name."""
    if run.is_class:
        return _log_score(run.model.classes_.tolist()), "log score"
    if run.quantiles:
        return _pinball_score(np.array(run.quantiles)), "pinball score"
    return lambda shuffled, places, y: float(r2_score(y, shuffled.predict(places))), "R2"


def _log_score(labels: list[Any]) -> Score:
    """The mean logarithm of the chance of the right class, for rows that need not hold all classes."""
    codes = {label: k for k, label in enumerate(labels)}

    def score(shuffled: Any, places: Array, y: Array) -> float:
        chances = shuffled.predict(places)[np.arange(len(y)), [codes[label] for label in y.tolist()]]
        return float(np.log(np.maximum(chances, SMALLEST_CHANCE)).mean())

    return score


def _pinball_score(quantiles: Array) -> Score:
    """Minus the mean pinball loss over the quantiles (Koenker and Bassett 1978)."""

    def score(shuffled: Any, places: Array, y: Array) -> float:
        error = y[:, None] - shuffled.predict(places).reshape(len(y), -1)
        return -float(np.maximum(quantiles * error, (quantiles - 1) * error).mean())

    return score
