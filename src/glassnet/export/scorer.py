"""What a model computes, as plain steps and numbers: the one description that every exported scorer is written from.

A cell of the user's table becomes one number (`Column`): a number, seconds since 1970, 1 or 0 for true or false, or the
place of a level. These numbers become the inputs of each member's network (`Number`, `Cycle`, `Lookup`), which go
through its layers. What a column with bins adds to Z^2 is a curve of straight pieces (eq. 12), so it is kept as that.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..estimators.intervals import Residuals
from ..network.arrays import Array


@dataclass(frozen=True)
class Column:
    """A column of the user's table.

    kind : "number", "boolean", "date", "category", or "unused".
    form : how dates are written, where they were texts.
    levels : all levels that some member knows, in the order of the bytes of UTF-8, or of their values (see `values`).
    values : what the levels are worth, if every one is a number as `as_text` writes it: then 5 and 5.0 in a CSV are
        the same level, and 05 is none of them.
    """

    name: str | int
    kind: str
    form: str = ""
    levels: tuple[str, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class Number:
    """x -> z = (x - first - median) / size; where `clips`, `smooth_clip` of it. Where size is 0, z is 0.

    fills : whether a gap is the median, and an infinite number is low or high; else neither can be scored.
    marks_gaps : whether a second input is 1 where x is missing.
    """

    column: int
    first: float
    median: float
    size: float
    low: float
    high: float
    clips: bool
    fills: bool
    marks_gaps: bool

    @property
    def width(self) -> int:
        """How many inputs it makes."""
        return 1 + self.marks_gaps


@dataclass(frozen=True)
class Cycle:
    """Seconds since 1970 -> sine and cosine of where they stand in the month, weekday or hour; a gap is 0, 0."""

    column: int
    name: str
    width: int = 2


@dataclass(frozen=True)
class Lookup:
    """A level -> a row of inputs; `rows` (n_levels + 2, width), the last two for a gap and for an unseen level."""

    column: int
    rows: Array

    @property
    def width(self) -> int:
        """How many inputs it makes."""
        return int(self.rows.shape[1])


Feature = Number | Cycle | Lookup


@dataclass(frozen=True)
class Curve:
    """What an input adds to Z^2: `heights` (T + 1, n_2) at its `edges` (T + 1,), straight between, flat beyond them."""

    input: int
    edges: Array
    heights: Array


@dataclass(frozen=True)
class Pieces:
    """The same curves as sums: Z^2 has `base` (n_2,), and `rises` (n_pieces, n_2) times how far pieces are behind x.

    That is min(max((x - start) / length, 0), 1) (eq. 12), x being the input of that number.

    inputs, starts, lengths : (n_pieces,)
    """

    inputs: Array
    starts: Array
    lengths: Array
    rises: Array
    base: Array


@dataclass(frozen=True)
class Layer:
    """A = f(A W + b). W (n_in, n_out) of the first layer holds the inputs' own weights, without the curves."""

    W: Array
    b: Array
    activation: str


@dataclass(frozen=True)
class Spreads:
    """How far off a network is likely to be: sigma = exp(s), s drawn into limits, for each target a column.

    s = b + A^1 inputs + p positions + A^L's square and itself, times squared and said; p (n_curves,) are the positions
    of the inputs with curves among their edges, from 0 to T. See `estimators/spread.py`.

    b, said, squared : (n_targets,)
    inputs : (n_inputs, n_targets)
    positions : (n_curves, n_targets)
    limits : (2, n_targets)
    """

    b: Array
    said: Array
    squared: Array
    inputs: Array
    positions: Array
    limits: Array


@dataclass(frozen=True)
class Member:
    """One network: inputs from features, layers, and the scale (n_L,) that brings its answer into the units of y.

    spreads : what the sizes of its interval's errors are measured in, if intervals are adaptive.
    """

    features: tuple[Feature, ...]
    curves: tuple[Curve, ...]
    layers: tuple[Layer, ...]
    shift: Array
    size: Array
    spreads: Spreads | None = None

    def pieces(self) -> "Pieces":
        """All curves together, piece by piece."""
        n_2 = len(self.layers[0].b)
        return Pieces(
            np.concatenate([[], *(np.full(len(curve.edges) - 1, curve.input) for curve in self.curves)]).astype(int),
            np.concatenate([[], *(curve.edges[:-1] for curve in self.curves)]),
            np.concatenate([[], *(np.diff(curve.edges) for curve in self.curves)]),
            np.vstack([np.empty((0, n_2)), *(np.diff(curve.heights, axis=0) for curve in self.curves)]),
            np.sum([np.zeros(n_2), *(curve.heights[0] for curve in self.curves)], axis=0),
        )

    def rises_of_spreads(self) -> Array:
        """What the same pieces add to s, (n_pieces, n_targets): a position is the sum of the shares of its pieces."""
        assert self.spreads is not None
        return np.repeat(self.spreads.positions, [len(curve.edges) - 1 for curve in self.curves], axis=0)


@dataclass(frozen=True)
class Interval:
    """CV+ intervals: for each target the residuals of each member; see `estimators/intervals.py`.

    adaptive : whether residuals are in units of their member's spread.
    narrowing : (n_targets,) what the widths are multiplied by; see `estimators/narrowing.py`.
    """

    coverage: float
    adaptive: bool
    rank: float
    residuals: tuple[tuple[Residuals, ...], ...]
    narrowing: Array


@dataclass(frozen=True)
class Scorer:
    """The prediction is the mean over the members.

    answers : "numbers", "classes" (then probabilities, which are made to sum to 1) or "labels" (each of them yes or no)
    columns : all columns of the table, in order
    outputs : names of the numbers that come out; behind them lower and upper ends, if there are intervals
    classes : as Python has them, numbers, truth values or texts; none for numbers
    mixed : whether the table may hold gaps and texts; else it holds finite numbers alone
    dtype : of the networks
    quantiles : what the outputs of each target are, if they are quantiles; then they are sorted, so that none cross
    """

    answers: str
    columns: tuple[Column, ...]
    members: tuple[Member, ...]
    outputs: tuple[str, ...]
    classes: tuple[Any, ...]
    mixed: bool
    dtype: str
    interval: Interval | None = None
    quantiles: tuple[float, ...] = ()

    @property
    def ranks(self) -> list[int]:
        """The place of each quantile by size; empty where there are not several."""
        return np.argsort(np.argsort(self.quantiles)).tolist() if len(self.quantiles) > 1 else []

    @property
    def named(self) -> bool:
        """Whether columns go by name; else by place."""
        return isinstance(self.columns[0].name, str)

    @property
    def used(self) -> tuple[int, ...]:
        """The places of the columns that the networks see."""
        return tuple(place for place, column in enumerate(self.columns) if column.kind != "unused")
