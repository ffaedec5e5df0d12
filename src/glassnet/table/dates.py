"""Dates: how far the time has run, and where it stands in the year, the week and the day."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from .numbers import Numbers

DAY = 86400.0
FIRST_MONDAY = 4 * DAY  # 5 January 1970


def _month(seconds: Array) -> Array:
    months = np.floor(seconds / DAY).astype(np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months % 12 / 12)


# What share of its cycle a moment (n,), in seconds since 1970, has gone through.
CYCLES: dict[str, Callable[[Array], Array]] = {
    "month": _month,
    "weekday": lambda seconds: np.asarray(np.floor((seconds - FIRST_MONDAY) / DAY) % 7 / 7),
    "hour": lambda seconds: np.asarray(seconds % DAY / DAY),
}


@dataclass(frozen=True)
class Dates:
    """Seconds since the first date, scaled as any number; then a sine and a cosine for each cycle that varies.

    A gap has the median date and zeros for its cycles, and a mark if enough training rows had gaps.

    first : seconds since 1970 of the first date.
    cycles : which of month, weekday and hour differ among the training rows.
    """

    first: float
    since: Numbers
    cycles: tuple[str, ...]

    @classmethod
    def fit(cls, seconds: Array, weight: Array) -> "Dates":
        """Learn from moments (n_rows,) in seconds since 1970, NaN for gaps, with weights (n_rows,)."""
        present = seconds[~np.isnan(seconds)]
        if not len(present):
            return cls(0.0, Numbers.fit(seconds, weight), ())
        first = float(present.min())
        varying = tuple(name for name, share in CYCLES.items() if np.ptp(share(present)) > 0)
        return cls(first, Numbers.fit(seconds - first, weight), varying)

    def outputs(self) -> tuple[tuple[str, str], ...]:
        """The ending of the name of every output, and what it is."""
        waves = [(f" {name} {wave}", "cycle") for name in self.cycles for wave in ("sin", "cos")]
        return (*self.since.outputs(), *waves)

    def transform(self, seconds: Array) -> Array:
        """The outputs (n_rows, n_outputs) for moments (n_rows,)."""
        gaps = np.isnan(seconds)
        columns = [self.since.transform(seconds - self.first)]
        for name in self.cycles:
            angle = 2 * np.pi * CYCLES[name](np.where(gaps, 0.0, seconds))
            columns.append(np.where(gaps[:, None], 0.0, np.column_stack([np.sin(angle), np.cos(angle)])))
        return np.hstack(columns)
