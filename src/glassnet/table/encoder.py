"""A table of mixed columns becomes numbers that a network likes, by what the training rows show of each column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from .choices import Choice
from .counting import rows_of_weight
from .dates import Dates
from .frames import Frame
from .kinds import decide
from .levels import Levels
from .meaning import read_as
from .numbers import Booleans, Numbers
from .report import ColumnReport, ColumnReports
from .target_means import TargetMeans

MOST_LEVELS = 32  # categories with more levels become mean targets
Part = Numbers | Booleans | Dates | Levels | TargetMeans


@dataclass(frozen=True)
class Output:
    """One input of the network: its name, the column it comes from, and what it is.

    what : "number" (scaled, between -6 and 6), "indicator" (1 where a value is missing), "level" (0, 1 or a sign) or
        "cycle" (a sine or cosine of month, weekday or hour).
    """

    name: str
    column: str | int
    what: str


@dataclass(frozen=True)
class TableEncoder:
    """Columns in, numbers out. What it knows, it has learnt from the rows given to `fit` alone.

    choices : what each column is, in the order of the table.
    parts : how each column becomes numbers; None for one that is left out.
    """

    choices: tuple[Choice, ...]
    parts: tuple[Part | None, ...]
    notes: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        frame: Frame,
        targets: Array,
        weight: Array | None = None,
        choices: Sequence[Choice] | None = None,
        seed: int = 0,
    ) -> "TableEncoder":
        """Learn from the rows of a frame.

        Parameters
        ----------
        targets : (n_rows, n_targets)
            What wide categories are replaced by the means of: targets, or a column of 0 and 1 for each class.
        weight : (n_rows,)
            Weight 2 counts as the row twice, weight 0 as no row.
        choices : one for each column
            What `decide` said; decided from these rows if left out.
        seed : int
            Draws the folds of wide categories.

        Raises
        ------
        InputError
            If no column can be learnt from, or a value does not go with the kind of its column.

        Examples
        --------
        >>> from glassnet.table.frames import read_frame
        >>> frame = read_frame([["Oslo", 7], ["Rome", None], ["Bonn", 9]])
        >>> encoder = TableEncoder.fit(frame, np.array([[1.0], [2.0], [3.0]]))
        >>> encoder.names_out
        ('x0=Bonn', 'x0=Oslo', 'x0=Rome', 'x1', 'x1 missing')
        >>> encoder.transform(read_frame([["Rome", None], ["Paris", 7]])).tolist()
        [[0.0, 0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
        """
        weight = rows_of_weight(weight, frame.n_rows)
        if not weight.all():
            rows = np.flatnonzero(weight)
            frame, targets, weight = frame.take(rows), targets[rows], weight[rows]
        choices = decide(frame) if choices is None else tuple(choices)
        parts, notes = [], []
        for column, choice in zip(frame.columns, choices, strict=True):
            values = read_as(column, choice, frame.number) if choice.is_used else np.empty(0)
            parts.append(_part(choice, values, targets, weight, seed) if choice.is_used else None)
            notes.append(_note(choice, parts[-1], int(column.gaps.sum())))
        return cls(choices, tuple(parts), tuple(notes))

    def transform(self, frame: Frame) -> Array:
        """The outputs (n_rows, n_outputs), float64, of rows that had no part in `fit`.

        Raises
        ------
        InputError
            If a value does not go with the kind that its column had in training; it names column, row and value.
        """
        read = self._read(frame)
        return np.hstack([part.transform(values) for part, values in read])

    def transform_training(self, frame: Frame, targets: Array, weight: Array | None = None) -> Array:
        """The outputs (n_rows, n_outputs) of rows to train on, with their targets (n_rows, n_targets) and weights.

        No row sees its own target: a wide category shows it the means of other rows.
        """
        weight = rows_of_weight(weight, frame.n_rows)
        return np.hstack(
            [
                part.of_training_rows(values, targets, weight)
                if isinstance(part, TargetMeans)
                else part.transform(values)
                for part, values in self._read(frame)
            ]
        )

    def backward(self, frame: Frame, G: Array) -> Array:
        """How predictions change with the columns, (n_rows, n_L, n_columns), from their changes G with the outputs.

        NaN for columns that are not numbers and where a number is missing; 0 for columns that are left out.

        Parameters
        ----------
        G : (n_rows, n_L, n_outputs)
        """
        back, start = np.zeros((*G.shape[:-1], len(self.choices))), 0
        for place, (column, choice, part) in enumerate(zip(frame.columns, self.choices, self.parts, strict=True)):
            if part is None:
                continue
            slopes = np.full(frame.n_rows, np.nan)
            if isinstance(part, Numbers):
                slopes = part.slopes(read_as(column, choice, frame.number))
            back[..., place] = G[..., start] * slopes[:, None]
            start += len(part.outputs())
        return back

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Name, source and meaning of every output, in order."""
        found = []
        for choice, part in zip(self.choices, self.parts, strict=True):
            stem = f"x{choice.name}" if isinstance(choice.name, int) else choice.name
            endings = () if part is None else part.outputs()
            found += [Output(f"{stem}{ending}", choice.name, what) for ending, what in endings]
        return tuple(found)

    @property
    def names_out(self) -> tuple[str, ...]:
        """The names of the outputs, in order."""
        return tuple(output.name for output in self.outputs)

    @property
    def report(self) -> ColumnReports:
        """What was decided about each column."""
        sizes = [0 if part is None else len(part.outputs()) for part in self.parts]
        rows = zip(self.choices, sizes, self.notes, strict=True)
        return ColumnReports(ColumnReport(choice.name, choice.kind, size, note) for choice, size, note in rows)

    def _read(self, frame: Frame) -> list[tuple[Part, Array]]:
        rows = zip(frame.columns, self.choices, self.parts, strict=True)
        return [(part, read_as(column, choice, frame.number)) for column, choice, part in rows if part is not None]


def _part(choice: Choice, values: Array, targets: Array, weight: Array, seed: int) -> Part:
    if choice.kind == "number":
        return Numbers.fit(values, weight)
    if choice.kind == "boolean":
        return Booleans.fit(values, weight)
    if choice.kind == "date":
        return Dates.fit(values, weight)
    levels = Levels.fit(values, weight)
    if levels.n_levels > MOST_LEVELS or (levels.n_levels > 1 and len(levels.groups) == 1):  # many, or all rare
        return TargetMeans.fit(values, targets, weight, seed)
    return levels


def _note(choice: Choice, part: Part | None, n_gaps: int) -> str:
    notes = [choice.note]
    if isinstance(part, TargetMeans):
        notes.append(f"{len(part.levels)} levels, each as its mean target")
    if isinstance(part, Levels):
        last = part.groups[-1] if part.groups else ()
        notes.append(f"{part.n_levels} levels" + (f", {len(last)} of them rare and together" if len(last) > 1 else ""))
    if part is not None and n_gaps:
        notes.append(f"{n_gaps} gap{'s' if n_gaps > 1 else ''}")
    return ", ".join(note for note in notes if note)
