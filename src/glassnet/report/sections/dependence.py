"""Partial dependence: how the prediction goes with one column, on the mean and for single rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.inspection import PartialDependenceDisplay, partial_dependence
from sklearn.utils import Bunch

from ...network.arrays import Array
from ..displays.axes import BLUE, ORANGE
from ..displays.importance import shortened
from ..drawing import drawn
from ..finished import Finished
from ..language import Say
from ..parts import Figure, Table

GRID = 25  # values of the column that are tried
LEVELS = 12  # of a column of texts
LONGEST = 60  # letters of a level in the table
ROWS = 200  # over which the mean goes
SINGLE = 30  # rows that have a curve of their own
ENDS = (0.02, 0.98)  # beyond these quantiles a single odd value would stretch the axis


@dataclass(frozen=True)
class Dependence:
    """Predictions with one column set to each value of a grid.

    places : (n_values,) where on the axis they are drawn
    texts : (n_values,) what is written there; empty for numbers
    mean : (n_values,) over the rows. single : (n_single, n_values) of single rows
    """

    name: str
    what: str
    places: Array
    texts: list[str]
    mean: Array
    single: Array
    n_rows: int

    def draw(self, ax: Any) -> None:
        """By scikit-learn's display, which puts axes of its own in the place of these."""
        result = Bunch(average=self.mean[None], individual=self.single[None], grid_values=[self.places])
        found = {"features": [(0,)], "feature_names": [shortened(self.name)], "target_idx": 0}
        display = PartialDependenceDisplay([result], **found, deciles={0: np.empty(0)}, kind="both", random_state=0)
        single_look = {"color": BLUE, "alpha": 0.5, "linewidth": 0.7}
        display.plot(ax=ax, ice_lines_kw=single_look, pd_line_kw={"color": ORANGE, "linewidth": 2, "linestyle": "-"})
        drawing = display.axes_[0, 0]
        drawing.get_legend().remove()
        drawing.set(xlabel=shortened(self.name), ylabel=self.what)
        if self.texts:
            every = -(-len(self.places) // LEVELS)
            drawing.set_xticks(self.places[::every], [shortened(text, 12) for text in self.texts[::every]])
            drawing.tick_params("x", rotation=45 if len(self.places) > 3 else 0)

    def rows(self) -> list[list[Any]]:
        """Value, mean, and the lowest and highest of the single rows."""
        columns = (self.mean, self.single.min(axis=0), self.single.max(axis=0))
        values = self.texts or self.places.tolist()
        return [list(row) for row in zip(values, *(column.tolist() for column in columns), strict=True)]


def dependence_figure(run: Finished, name: str, place: int, say: Say) -> Figure | None:
    """The figure of one column; None if the column has fewer than two values to compare."""
    found = _dependence(run, name)
    if found is None:
        return None
    words = {"name": name, "what": found.what}
    return Figure(
        f"dependence-{place + 1}",
        say("importance.title_dependence", **words),
        say("importance.description_dependence", **words, n=found.n_rows, single=len(found.single)),
        drawn(f"dependence-{place + 1}", found.draw),
        Table(say("words.data"), [name, *say.headers("importance.dependence_headers")], found.rows()),
    )


def _dependence(run: Finished, name: str) -> Dependence | None:
    grid, is_number = grid_of(run.rows[name])
    if len(grid) < 2:
        return None
    some = np.unique(np.linspace(0, len(run.rows) - 1, min(ROWS, len(run.rows))).astype(int))
    response = "predict_proba" if run.is_class else "auto"
    rows, values = run.rows.iloc[some], {name: grid}
    found = partial_dependence(run.model, rows, [name], custom_values=values, kind="both", response_method=response)
    output, what = _output(run)
    single = np.asarray(found.individual[output])[:: -(-len(some) // SINGLE)]
    texts = [str(value)[:10] if isinstance(value, np.datetime64) else shortened(str(value), LONGEST) for value in grid]
    places = np.asarray(grid, np.float64) if is_number else np.arange(len(grid), dtype=np.float64)
    mean = np.asarray(found.average[output])
    return Dependence(name, what, places, [] if is_number else texts, mean, single, len(some))


def _output(run: Finished) -> tuple[int, str]:
    """Which output is drawn, and what it is: the second of two classes or the likeliest; of quantiles a middle one."""
    if run.is_class:
        chances = run.model.predict_proba(run.rows.iloc[:1000])
        k = 1 if chances.shape[1] == 2 else int(chances.mean(axis=0).argmax())
        return (0 if chances.shape[1] == 2 else k), f"P({shortened(run.class_names[k], 16)})"
    if len(run.quantiles) > 1:
        k = int(np.argmin(np.abs(np.array(run.quantiles) - 0.5)))
        return k, f"{shortened(run.target)}, {run.quantiles[k]:g}"
    return 0, shortened(run.target)


def grid_of(column: Any) -> tuple[Any, bool]:
    """Values of a pandas column to try, rising, and whether they are numbers: quantiles, or the most frequent texts."""
    import pandas as pd

    known = column.dropna()
    if pd.api.types.is_bool_dtype(known.dtype):
        return np.unique(known.to_numpy(dtype=bool)), False
    if pd.api.types.is_numeric_dtype(known.dtype):
        return _spread(np.unique(known.to_numpy(dtype=np.float64)), known.to_numpy(dtype=np.float64)), True
    if pd.api.types.is_datetime64_any_dtype(known.dtype):
        dates = np.unique(known.to_numpy())
        return dates[np.unique(np.linspace(0, max(len(dates) - 1, 0), min(GRID, len(dates))).astype(int))], False
    frequent = known.astype(str).value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:LEVELS]
    return np.array(sorted(frequent), dtype=object), False


def _spread(different: Array, values: Array) -> Array:
    """All of a few values; else equal steps between quantiles near the ends."""
    if len(different) <= GRID:
        return different
    low, high = np.quantile(values, ENDS)
    return np.linspace(low, high, GRID) if high > low else different[[0, -1]]
