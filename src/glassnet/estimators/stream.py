"""Rows that come by in windows: read in a new order in every epoch, and made numbers for each member."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from ..network.arrays import Array
from ..network.random_bits import generator
from ..table.choices import Choice
from ..table.chunks import numbered
from ..table.frames import Frame, read_frame
from ..table.meaning import read_frame_as
from ..table.target_means import TargetMeans
from ..training.rows import Rows
from ..training.sweep import Window
from .survey import Survey, counts, matrix_of, target_of, weight_of
from .task import Task

CHUNKS_STREAM = 13  # generator(seed, 13, epoch) draws the order of the pieces of the table
SHUFFLE_WINDOW = 131_072  # rows, unless asked for otherwise
PLACES = 4  # a window takes its rows from so many places of the table at once
PIECE_ROWS = 16_384  # at most so many of them are read together


@dataclass(frozen=True)
class Piece:
    """Some rows of the table in the order of their numbers: X an array or a Frame, Y (n, n_targets), weight or None."""

    rows: Array
    X: Any
    Y: Array
    weight: Array | None


@dataclass(frozen=True)
class Stream:
    """The rows of a survey as an estimator reads them.

    encode : function of targets (n,) that gives them as numbers (n, n_targets)
    window : how many rows are shuffled together
    choices : what each column is, if they are not all plain numbers
    sample_epochs : how many epochs a fit of the sample would have, which trials of settings have a share of
    total_weight : function of (weight, targets as numbers) that gives the weights of rows with those of their classes
    """

    survey: Survey
    encode: Any
    total_weight: Any
    window: int
    choices: tuple[Choice, ...] = ()
    shuffle: bool = True
    sample_epochs: int = 1

    def read(self, table: Any) -> Any:
        """The features of a pyarrow table, as an array or as a Frame."""
        features = table.select(list(self.survey.roles.features))
        return read_frame(features) if self.choices else matrix_of(features)

    def windows(self, epoch: int) -> Iterator[list[Piece]]:
        """The rows of an epoch, each in one window; the next window is read while one is learnt from."""
        coming = self._windows(epoch)
        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(next, coming, None)
            while (window := following.result()) is not None:
                following = reader.submit(next, coming, None)
                yield window

    def sweep(self, tasks: Sequence[Task], epoch: int) -> Iterator[Window]:
        """The windows of an epoch as the members that train on them take them."""
        lessons = [_Lesson(self.survey, k, task) for k, task in enumerate(tasks)]
        for window in self.windows(epoch):
            yield partial(_rows_of, lessons, window)

    def _windows(self, epoch: int) -> Iterator[list[Piece]]:
        n_left, held, n_held = int(self.survey.n_rows.sum()), list[Piece](), 0
        for first, block in self._blocks(epoch):
            piece = self._piece(block, first)
            held.append(piece)
            n_held, n_left = n_held + len(piece.rows), n_left - len(piece.rows)
            if n_held >= self.window and n_left >= self.window // 2:  # else the last window would be a small one
                yield held
                held, n_held = [], 0
        if held:
            yield held

    def _blocks(self, epoch: int) -> Iterator[tuple[int, Any]]:
        """(number of the first row, pyarrow table) of small blocks, in turn from PLACES pieces of the table."""
        chunks, roles = self.survey.table.chunks, self.survey.roles
        order = np.arange(len(chunks))
        if self.shuffle:
            generator(self.survey.folds.seed, CHUNKS_STREAM, epoch).shuffle(order)
        n_places = PLACES if self.shuffle else 1
        n = max(1, min(PIECE_ROWS, self.window // n_places))
        waiting = (numbered(chunks[k], roles.columns, n) for k in order)
        open_ = [reader for _, reader in zip(range(n_places), waiting, strict=False)]
        while open_:
            for reader in list(open_):
                block = next(reader, None)
                if block is not None:
                    yield block
                    continue
                open_.remove(reader)
                open_ += [reader for _, reader in zip(range(1), waiting, strict=False)]

    def _piece(self, block: Any, first: int) -> Piece:
        roles, marks, X = self.survey.roles, counts(block, first, self.survey.roles), self.read(block)
        if isinstance(X, Frame):
            X = read_frame_as(replace(X, first_row=first), self.choices)  # errors know a row by its number
        if not marks.all():
            X, block = X.take(marks) if isinstance(X, Frame) else X[marks], block.filter(marks)
        rows = first + np.flatnonzero(marks)
        y = target_of(block, roles.target, rows, classes=bool(self.survey.classes))
        Y = self.encode(y)
        return Piece(rows, X, Y, self.total_weight(weight_of(block, roles.weight), Y))


def _rows_of(lessons: "Sequence[_Lesson]", window: Sequence[Piece], k: int) -> Rows:
    return lessons[k].rows(window)


@dataclass(frozen=True)
class _Lesson:
    """What member k sees of the windows: not the rows that it holds out."""

    survey: Survey
    k: int
    task: Task
    own: Array = field(init=False)  # the rows of the sample that have taught the encoder of the member

    def __post_init__(self) -> None:
        """Look up once which rows those are."""
        sample = self.survey.rows
        object.__setattr__(self, "own", sample[~self.survey.folds.held_out(self.k, sample)])

    def rows(self, window: Sequence[Piece]) -> Rows:
        """The rows of a window as the engine takes them."""
        learnt = [~self.survey.folds.held_out(self.k, piece.rows) for piece in window]
        fitted, program = self.task.run.fitted, self.task.run.learner.program
        parts = [(piece, marks) for piece, marks in zip(window, learnt, strict=True) if marks.any()]
        if not parts:
            return Rows(np.empty((0, 1)), np.empty((0, 1)), np.empty(0))
        n_rows = sum(int(marks.sum()) for _, marks in parts)
        X, start = np.empty((n_rows, fitted.architecture.n_columns), program.dtype), 0
        for piece, marks in parts:
            numbers = self._numbers(piece, marks)
            X[start : start + len(numbers)], start = numbers, start + len(numbers)
        Y = np.concatenate([fitted.targets.scaled(piece.Y[marks], program.dtype) for piece, marks in parts])
        weight = np.empty(0, program.dtype)
        if program.weighted:
            weights = [piece.weight[marks] for piece, marks in parts if piece.weight is not None]
            weight = (np.concatenate(weights) / self.task.training.mean_weight).astype(program.dtype)
        return Rows(X, Y, weight)

    def _numbers(self, piece: Piece, marks: Array) -> Array:
        fitted = self.task.run.fitted
        if fitted.table is None:
            return fitted.numbers(piece.X, np.flatnonzero(marks))
        X, rows = fitted.table.transform(piece.X)[marks], piece.rows[marks]
        if any(isinstance(part, TargetMeans) for part in fitted.table.parts):
            places = np.minimum(np.searchsorted(self.own, rows), len(self.own) - 1)
            known = self.own[places] == rows  # there no row sees its own target
            X[known] = self.task.training.X[places[known]]
        return fitted.numbers(X, range(len(X)))
