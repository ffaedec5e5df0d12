"""Rows that an exported scorer is tried on before it is kept, and what the model says of them.

A model holds no training rows, so these are made of what it has learnt of its columns: their middle, their ends and far
beyond, every level (as far as there are rows), gaps, words for gaps, and a level that nobody has seen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ..errors import DivergenceError, OutputError
from ..estimators.base import GlassNetBase
from ..estimators.regressor import GlassNetRegressor
from ..estimators.state import ensemble_of
from ..network.arrays import Array
from ..network.random_bits import generator
from ..table.frames import EPOCH, Frame
from ..table.frames import Column as TableColumn
from .scorer import Column, Cycle, Number, Scorer

N_ROWS = 100
BOUNDS = {"float32": 1e-5, "float64": 1e-9}  # of |difference| / (size of the target + |prediction|)
STREAM = 11  # generator(0, 11) draws the rows
REACHES = (8.0, 3.0, 1.0)  # how many sizes from the middle; fewer where an exp would leave the finite numbers
CENTURY = 36525 * 86400.0
UNSEEN = "never \"seen\", 'before' */ ??/ \\ é"  # all that a file of code could stumble over


@dataclass(frozen=True)
class Trial:
    """Rows, what the model says of them, and how far a scorer may be from that.

    cells : n_rows lists of texts, one for each column of the table; "" is a gap.
    expected, allowed : (n_rows, n_outputs)
    """

    cells: list[list[str]]
    expected: Array
    allowed: Array


def trial_of(model: GlassNetBase, scorer: Scorer) -> Trial:
    """Rows for this model, with its own predictions. Raises DivergenceError if it cannot predict them."""
    for reach in REACHES:
        cells = _cells(scorer, reach)
        try:
            expected = predictions_of(model, scorer, cells)
        except DivergenceError:
            if reach == REACHES[-1]:
                raise
            continue
        break
    size = scorer.members[0].size if scorer.answers == "numbers" else np.ones(expected.shape[1])
    if scorer.interval is not None:
        size = np.concatenate([size, np.repeat(size, 2)])
    return Trial(cells, expected, BOUNDS[scorer.dtype] * (size + np.abs(expected)))


def predictions_of(model: GlassNetBase, scorer: Scorer, cells: list[list[str]]) -> Array:
    """What `predict`, `predict_proba` and `predict_interval` say of rows of texts, (n_rows, n_outputs)."""
    table = _table(scorer, cells)
    out = model._decoded(ensemble_of(model).predict(table)).reshape(len(cells), -1)
    if scorer.interval is None:
        return out
    assert isinstance(model, GlassNetRegressor)
    ends = model._ends(table, scorer.interval.coverage, scorer.interval.adaptive)
    return np.hstack([out, ends.reshape(len(cells), -1)])


def compare(scorer: Scorer, trial: Trial, found: Array, target: str) -> None:
    """Raise OutputError if what a scorer says, (n_rows, n_outputs), is too far from what the model says."""
    error = np.abs(found - trial.expected)
    off = ~(error <= trial.allowed)  # NaN is far from everything
    if off.any():
        row, output = np.argwhere(off)[0]
        raise OutputError(
            f"the {target} export does not agree with predict: {scorer.outputs[output]} of row {row} of the self-test "
            f"is {found[row, output]:.9g}, predict says {trial.expected[row, output]:.9g} "
            f"({int(off.any(axis=1).sum())} of {len(off)} rows differ). No file was written. This is a fault of "
            "glassnet: please report it, with the model if you can.",
            error_id="E506",
        )


def _table(scorer: Scorer, cells: list[list[str]]) -> Frame | Array:
    if not scorer.mixed:
        return np.array(cells, dtype=np.float64)
    texts = np.array([[cell.strip() or None for cell in row] for row in cells], dtype=object)
    columns = [TableColumn(column.name, "text", texts[:, k]) for k, column in enumerate(scorer.columns)]
    return Frame(tuple(columns), len(cells))


def _cells(scorer: Scorer, reach: float) -> list[list[str]]:
    """Every column goes through its own values, in an order of its own."""
    random, columns = generator(0, STREAM), []
    for place, column in enumerate(scorer.columns):
        values = _values(scorer, place, column, reach)
        passes = [random.permutation(len(values)) for _ in range(-(-N_ROWS // len(values)))]
        columns.append([values[k] for k in np.concatenate(passes)[:N_ROWS]])
    return [list(row) for row in zip(*columns, strict=True)]


def _values(scorer: Scorer, place: int, column: Column, reach: float) -> list[str]:
    if column.kind == "unused":
        return [""] if scorer.mixed else ["0"]
    if column.kind == "boolean":
        return ["true", "False", "TRUE", "false", "", "n/a"]
    if column.kind == "category":
        return [*column.levels[: 2 * N_ROWS], "", UNSEEN]
    features = [feature for member in scorer.members for feature in member.features if feature.column == place]
    scale = next(feature for feature in features if isinstance(feature, Number))
    steps = np.concatenate([np.linspace(-reach, reach, 17), generator(0, STREAM, place).normal(size=23)])
    numbers = scale.first + scale.median + steps * (scale.size or 1.0)
    if column.kind == "date":
        has_hours = any(isinstance(feature, Cycle) and feature.name == "hour" for feature in features)
        far = [scale.first - CENTURY, scale.first + CENTURY]
        return [_date(seconds, column.form, has_hours) for seconds in [*numbers, scale.first, *far]] + ["", "?"]
    if not scorer.mixed:
        return [repr(float(x)) for x in numbers]
    ends = [scale.low, scale.high, 1e15 * (scale.size or 1.0), -1e149, 1e200, -1e300]
    return [repr(float(x)) for x in [*numbers, *ends]] + ["", "NaN", " -7 ", "+.5e1"]


def _date(seconds: float, form: str, has_hours: bool) -> str:
    """A moment as the column writes its dates, with a time of day where that matters."""
    first, last = (moment - EPOCH for moment in (datetime.min, datetime.max))
    moment = EPOCH + timedelta(seconds=float(np.clip(seconds, first.total_seconds(), last.total_seconds() - 86400)))
    day = (form or "year-month-day").replace("year", f"{moment.year:04}")
    day = day.replace("month", f"{moment.month:02}").replace("day", f"{moment.day:02}")
    return f"{day} {moment:%H:%M:%S}.{moment.microsecond:06}" if has_hours else day
