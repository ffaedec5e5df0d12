"""Categories with few levels: one output per level."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from .counting import is_common, rare_below
from .frames import gaps_in

RARE_NAME = "(rare)"


def codes_of(values: Array, levels: Iterable[str]) -> Array:
    """The place of each value (n_rows,) among the levels; -1 for a gap and for a level that is not among them.

    Examples
    --------
    >>> codes_of(np.array(["b", None, "x"], dtype=object), ["a", "b"])
    array([ 1, -1, -1])
    """
    places = {level: place for place, level in enumerate(levels)}
    return np.fromiter((places.get(value, -1) for value in values.tolist()), dtype=np.int64, count=len(values))


def levels_in(values: Array) -> list[str]:
    """The levels that occur, in the order of the alphabet."""
    return sorted(set(values.tolist()) - {None})


@dataclass(frozen=True)
class Levels:
    """One output per level, 1 where the row has it; rare levels share one. A gap or an unseen level is all zeros.

    Two groups make one output instead, +1 for the first and -1 for the second, and a mark for gaps if enough rows had
    one.

    groups : the levels of each output; none if the rows had gaps alone, and then there is no output.
    """

    groups: tuple[tuple[str, ...], ...]
    marks_gaps: bool

    @classmethod
    def fit(cls, values: Array, weight: Array) -> "Levels":
        """Learn from values (n_rows,), None for gaps, with weights (n_rows,): weight 2 counts as the row twice."""
        levels = levels_in(values)
        codes = codes_of(values, levels)
        present = codes >= 0
        counts = np.bincount(codes[present], weights=weight[present], minlength=len(levels))
        few = rare_below(float(counts.sum()))
        rare = tuple(level for level, count in zip(levels, counts, strict=True) if count < few)
        common = tuple((level,) for level in levels if level not in set(rare))
        return cls((*common, rare) if rare else common, is_common(~present, weight))

    @property
    def n_levels(self) -> int:
        """How many levels were seen."""
        return sum(map(len, self.groups))

    @property
    def is_pair(self) -> bool:
        """Whether one output with a sign is enough."""
        return len(self.groups) == 2

    def outputs(self) -> tuple[tuple[str, str], ...]:
        """The ending of the name of every output, and what it is."""
        names = [group[0] if len(group) == 1 else RARE_NAME for group in self.groups]
        if self.is_pair:
            pair = ((f"={names[0]}", "level"),)
            return (*pair, (" missing", "indicator")) if self.marks_gaps else pair
        return tuple((f"={name}", "level") for name in names)

    def transform(self, values: Array) -> Array:
        """The outputs (n_rows, n_outputs) for values (n_rows,)."""
        group_of = [place for place, group in enumerate(self.groups) for _ in group]
        codes = codes_of(values, (level for group in self.groups for level in group))
        known = np.flatnonzero(codes >= 0)
        out = np.zeros((len(values), len(self.groups)))
        out[known, np.array(group_of, dtype=np.int64)[codes[known]]] = 1
        if not self.is_pair:
            return out
        signs = out[:, 0] - out[:, 1]
        gaps = gaps_in(values)
        return np.column_stack([signs, gaps]) if self.marks_gaps else signs[:, None]
