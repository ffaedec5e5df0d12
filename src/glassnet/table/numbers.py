"""Numbers of any size, with gaps, become numbers between -6 and 6, with a mark where a gap was."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network.arrays import Array
from .counting import is_common, weighted_quantiles

LARGEST = 1e150  # numbers beyond this count as infinite, so that no difference of two overflows
BOUND = 6.0  # what the smooth clipping never reaches: the middle of a column stays nearly straight


def smooth_clip(z: Array) -> Array:
    """z / sqrt(1 + (z / 6)^2): close to z for small z, and always between -6 and 6.

    Source: Holzmüller, Grinsztajn and Steinwart, "Better by default", NeurIPS 2024, with 3 in place of 6, which bends
    a column so much that a network cannot learn a straight line from few rows (benchmarks/accuracy).
    """
    return np.asarray(z / np.hypot(1, z / BOUND))


def smooth_clip_slope(z: Array) -> Array:
    """Its derivative, 1 / (1 + (z / 6)^2)^(3/2)."""
    with np.errstate(over="ignore"):  # far outside the slope is 0
        return np.asarray(np.hypot(1, z / BOUND) ** -3.0)


@dataclass(frozen=True)
class Numbers:
    """x -> smooth_clip((x - median) / size), and 1 where x is missing if enough training rows had gaps.

    A gap is filled with the median. An infinite value is taken for the lowest or highest finite one of the training
    rows. size is the interquartile range; where that is 0, half the range; where that is 0 too, the output is 0.
    """

    median: float
    size: float
    low: float
    high: float
    marks_gaps: bool

    @classmethod
    def fit(cls, values: Array, weight: Array) -> "Numbers":
        """Learn from values (n_rows,), NaN for gaps, with weights (n_rows,) above 0."""
        gaps = np.isnan(values)
        finite = np.abs(values) <= LARGEST
        if not finite.any():
            return cls(0.0, 0.0, 0.0, 0.0, is_common(gaps, weight))
        low, high = float(values[finite].min()), float(values[finite].max())
        bounded = _bounded(values[~gaps], low, high)
        quarter, median, three_quarters = weighted_quantiles(bounded, (0.25, 0.5, 0.75), weight[~gaps])
        size = three_quarters - quarter or (high - low) / 2
        return cls(float(median), float(size), low, high, is_common(gaps, weight))

    def outputs(self) -> tuple[tuple[str, str], ...]:
        """The ending of the name of every output, and what it is."""
        return (("", "number"), (" missing", "indicator")) if self.marks_gaps else (("", "number"),)

    def transform(self, values: Array) -> Array:
        """The outputs (n_rows, 1 or 2) for values (n_rows,)."""
        gaps = np.isnan(values)
        z = np.zeros(len(values))
        if self.size:
            x = np.where(gaps, self.median, _bounded(values, self.low, self.high))
            with np.errstate(over="ignore"):  # a size of 1e-300: the quotient is infinite, and clipped
                z = smooth_clip(np.clip((x - self.median) / self.size, -LARGEST, LARGEST))
        return np.column_stack([z, gaps]) if self.marks_gaps else z[:, None]

    def slopes(self, values: Array) -> Array:
        """The derivative of the first output by the value, (n_rows,): 0 for an infinite value, NaN for a gap."""
        if not self.size:
            return np.where(np.isnan(values), np.nan, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):  # a size of 1e-300, and infinite values
            slope = smooth_clip_slope((values - self.median) / self.size) / self.size
        return np.where(np.abs(values) > LARGEST, 0.0, slope)


@dataclass(frozen=True)
class Booleans:
    """True is 1, false is -1, a gap 0; beside it 1 where a value is missing if enough training rows had gaps."""

    marks_gaps: bool

    @classmethod
    def fit(cls, values: Array, weight: Array) -> "Booleans":
        """Learn from values (n_rows,): 1, 0 or NaN; with weights (n_rows,)."""
        return cls(is_common(np.isnan(values), weight))

    def outputs(self) -> tuple[tuple[str, str], ...]:
        """The ending of the name of every output, and what it is."""
        return (("", "level"), (" missing", "indicator")) if self.marks_gaps else (("", "level"),)

    def transform(self, values: Array) -> Array:
        """The outputs (n_rows, 1 or 2) for values (n_rows,)."""
        gaps = np.isnan(values)
        signs: Any = np.where(gaps, 0.0, 2 * values - 1)
        return np.column_stack([signs, gaps]) if self.marks_gaps else np.asarray(signs)[:, None]


def _bounded(values: Array, low: float, high: float) -> Array:
    """Infinite values moved to low or high."""
    return np.where(values > LARGEST, high, np.where(values < -LARGEST, low, values))
