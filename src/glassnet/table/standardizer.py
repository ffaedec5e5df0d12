"""Columns with mean 0 and standard deviation 1, block by block, so that the table is in memory once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..errors import InputError
from ..network.arrays import Array
from .moments import Moments
from .numbers import Numbers, smooth_clip, smooth_clip_slope

BLOCK_ROWS = 4096
SAMPLE_ROWS = 10_000  # rows that the check for overwhelming values looks at
ROUNDING = 10 * np.finfo(np.float64).eps  # a deviation below this share of the mean is rounding: the column is constant
NameOf = Callable[[int], str]
FLOAT32_RESOLUTION = 1e-6  # differences smaller than this share of a standard deviation drown in float32


@dataclass(frozen=True)
class Standardizer:
    """x -> (x - mean) / scale, column by column; scale is the standard deviation, or 1 for a constant column.

    mean, scale : (n_columns,), float64
    clips : whether the result is then drawn smoothly into (-6, 6), so that outliers stay harmless
    """

    mean: Array
    scale: Array
    clips: bool = False

    @classmethod
    def fit(
        cls, X: Any, rows: Array, weight: Array | None = None, name_of: NameOf = "column {}".format
    ) -> "Standardizer":
        """Mean and scale of the given rows of X, an array or a sparse matrix; weighted if weights (n_rows,) are given.

        `name_of` gives a column's name for the error.

        Raises
        ------
        InputError
            If a column is so large that its variance is not a finite number.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            moments = moments_of(X, rows, weight)
        return cls.of(moments, name_of)

    @classmethod
    def of(cls, moments: Moments, name_of: NameOf = "column {}".format) -> "Standardizer":
        """Mean and scale from the moments of the columns. Raises as `fit`."""
        mean, scale = moments.mean, moments.deviation
        if not np.isfinite(scale).all():
            column = int(np.flatnonzero(~np.isfinite(scale))[0])
            raise InputError(
                f"{name_of(column)} holds numbers so large that its variance is not a finite number. Divide them by a "
                "power of ten, or look for a code such as 1e300 that stands for a missing value.",
                error_id="E231",
            )
        return cls(mean, np.where(scale <= ROUNDING * np.abs(mean), 1.0, scale))

    @classmethod
    def robust(cls, X: Any, rows: Array, weight: Array | None = None) -> "Standardizer":
        """Median and interquartile range in place of mean and deviation, and smooth clipping, as `Numbers` does it."""
        weight = np.ones(len(rows)) if weight is None else weight
        parts = [Numbers.fit(_dense(X[:, [j]])[rows, 0].astype(np.float64), weight) for j in range(X.shape[1])]
        sizes = np.array([part.size or 1.0 for part in parts])
        return cls(np.array([part.median for part in parts]), sizes, clips=True)

    def transform(self, X: Any, rows: Array | range | None = None, dtype: str = "float32") -> Array:
        """The given rows of X (all if left out), standardised: C-contiguous, (n_rows, n_columns), of that type.

        Raises
        ------
        InputError
            If a number is so far from the mean that it leaves the range of the type; it names row and column.
        """
        rows = range(X.shape[0]) if rows is None else rows
        out = np.empty((len(rows), X.shape[1]), dtype)
        for part, block in _blocks(X, rows):
            with np.errstate(over="ignore"):
                scaled = (block - self.mean) / self.scale
                out[part] = smooth_clip(scaled) if self.clips else scaled
            if not np.isfinite(out[part]).all():
                row, column = np.argwhere(~np.isfinite(out[part]))[0]
                raise InputError(
                    f"X is {block[row, column]:g} in row {rows[part][row]}, column {column}, too far from the mean "
                    f"{self.mean[column]:g} of the training rows for the network's {dtype} numbers. Remove the row, or "
                    "clip the column.",
                    error_id="E232",
                )
        return out

    def backward(self, X: Any, G: Array) -> Array:
        """How outputs change with X, from their changes G with what `transform` makes of X.

        The slope of the scaling is 1 / scale; where clips bends it, that times (1 + (z / 6)^2)^(-3/2).

        Parameters
        ----------
        X : (n_rows, n_columns)
        G : (n_rows, n_outputs, n_columns); the result has this shape too.
        """
        if not self.clips:
            return np.asarray(G / self.scale)
        slopes = smooth_clip_slope((_dense(X) - self.mean) / self.scale) / self.scale
        return np.asarray(G * slopes[:, None, :])


@dataclass(frozen=True)
class Remark:
    """Something about a column that its owner should know: its number, a sentence, and whether it never changes."""

    column: int
    text: str
    is_constant: bool = False


def remarks(X: Any, name_of: NameOf = "column {}".format) -> list[Remark]:
    """What is odd about the columns of X: constant ones, and ones whose largest value drowns all others."""
    rows = np.unique(np.linspace(0, X.shape[0] - 1, min(SAMPLE_ROWS, X.shape[0])).astype(int))
    sample = _dense(X[rows])
    found = []
    for column in range(X.shape[1]):
        values = sample[:, column]
        if np.ptp(values) == 0 and np.ptp(_dense(X[:, [column]])) == 0:
            text = f"{name_of(column)} is {values[0]:g} in every row, so it carries no information."
            found.append(Remark(column, text, is_constant=True))
        elif _drowns(values):
            place = np.argmax(np.abs(values - np.median(values)))
            text = (
                f"{name_of(column)} is {values[place]:g} in row {rows[place]}, so large that the differences "
                "between the other rows drown in rounding. Is it a code for a missing value? Remove the row, "
                "or clip the column."
            )
            found.append(Remark(column, text))
    return found


def moments_of(X: Any, rows: Array, weight: Array | None = None) -> Moments:
    """The moments of the given rows of X, an array or a sparse matrix, block by block.

    All is measured from the first row, so that a constant column has the deviation 0 to the last bit.
    """
    origin = _dense(X[rows[:1]])[0]
    moments = Moments.nothing(len(origin))
    for part, block in _blocks(X, rows):
        moments += Moments.of(block - origin, None if weight is None else weight[part])
    return replace(moments, mean=origin + moments.mean)


def _drowns(values: Array) -> bool:
    low, high = np.percentile(values, [25, 75])
    with np.errstate(over="ignore", invalid="ignore"):  # numbers beyond 1e154 have no finite square
        return bool(0 < high - low < FLOAT32_RESOLUTION * np.std(values))


def _blocks(X: Any, rows: Array | range) -> Iterator[tuple[slice, Array]]:
    """The rows of X in blocks, each dense and float64, with its place among the rows; it may be a view of X."""
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        chosen = rows[part]
        yield part, _dense(X[chosen.start : chosen.stop] if isinstance(chosen, range) else X[chosen])


def _dense(X: Any) -> Array:
    return np.asarray(X.toarray() if issparse(X) else X, np.float64)
