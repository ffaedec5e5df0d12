"""Partial dependence: how the prediction goes with one column, on the mean and for single rows."""

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
ROWS = 200  # over which the mean goes
SINGLE = 30  # rows that have a curve of their own
ENDS = (0.02, 0.98)  # beyond these quantiles a single odd value would stretch the axis


def dependence_figure(run: Finished, name: str, place: int, say: Say) -> Figure | None:
    """The figure of one column; None if the column has fewer than two values to compare."""
    grid, is_number = grid_of(run.rows[name])
    if len(grid) < 2:
        return None
    some = np.unique(np.linspace(0, len(run.rows) - 1, min(ROWS, len(run.rows))).astype(int))
    found = partial_dependence(
        run.model, run.rows.iloc[some], [name], custom_values={name: grid}, kind="both", grid_resolution=GRID,
        response_method="predict_proba" if run.is_class else "auto",
    )  # fmt: skip
    output, what = _output(run)
    mean, single = np.asarray(found.average[output]), np.asarray(found.individual[output])[:: -(-len(some) // SINGLE)]
    texts = [str(value)[:10] if isinstance(value, np.datetime64) else str(value) for value in grid]
    places = np.asarray(grid, np.float64) if is_number else np.arange(len(grid), dtype=np.float64)

    def paint(ax: Any) -> None:
        drawing = _drawn(places, mean, single, shortened(name), ax)
        drawing.set(xlabel=shortened(name), ylabel=what)
        if not is_number:
            drawing.set_xticks(
                places[:: -(-len(places) // LEVELS)], [shortened(t, 12) for t in texts[:: -(-len(places) // LEVELS)]]
            )
            drawing.tick_params("x", rotation=45 if len(places) > 3 else 0)

    low, high = single.min(axis=0), single.max(axis=0)
    cells = places.tolist() if is_number else texts
    rows = [list(row) for row in zip(cells, mean.tolist(), low.tolist(), high.tolist(), strict=True)]
    words = {"name": name, "what": what}
    return Figure(
        f"dependence-{place + 1}",
        say("importance.title_dependence", **words),
        say("importance.description_dependence", **words, n=len(some), single=len(single)),
        drawn(f"dependence-{place + 1}", paint),
        Table(say("words.data"), [name, *say.headers("importance.dependence_headers")], rows),
    )


def _drawn(places: Array, mean: Array, single: Array, name: str, ax: Any) -> Any:
    """The axes on which scikit-learn drew the curves."""
    result = Bunch(average=mean[None], individual=single[None], grid_values=[places])
    display = PartialDependenceDisplay(
        [result],
        features=[(0,)],
        feature_names=[name],
        target_idx=0,
        deciles={0: np.empty(0)},
        kind="both",
        random_state=0,
    )
    single_look = {"color": BLUE, "alpha": 0.5, "linewidth": 0.7}
    display.plot(ax=ax, ice_lines_kw=single_look, pd_line_kw={"color": ORANGE, "linewidth": 2, "linestyle": "-"})
    drawing = display.axes_[0, 0]
    if drawing.get_legend():
        drawing.get_legend().remove()
    return drawing


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
        values = known.sort_values().to_numpy()
        return np.unique(values[np.unique(np.linspace(0, len(values) - 1, min(GRID, len(values))).astype(int))]) if len(
            values
        ) else values, False
    frequent = known.astype(str).value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:LEVELS]
    return np.array(sorted(frequent), dtype=object), False


def _spread(different: Array, values: Array) -> Array:
    """All of a few values; else equal steps between quantiles near the ends."""
    if len(different) <= GRID:
        return different
    low, high = np.quantile(values, ENDS)
    return np.linspace(low, high, GRID) if high > low else different[[0, -1]]
