"""The first pass over a stream of rows: what there is in all of them, and a sample that stands for them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import InputError
from ..network.arrays import Array
from ..network.random_bits import shares
from ..table.chunks import BigTable, in_order
from ..table.moments import Moments, together

FOLD_STREAM, SAMPLE_STREAM = 11, 12  # shares(seed, stream, row): which fold a row is in, whether it is in the sample
SURVEY_ROWS = 16_384  # rows that are looked at together
MOST_CLASSES = 1000
Keep = Callable[[Array], Array]


@dataclass(frozen=True)
class Roles:
    """What the columns of a stream are for, and which of its rows count.

    keep : function of row numbers (n,) that marks those to learn from; None if all are.
    """

    features: tuple[str, ...]
    target: str
    weight: str | None = None
    keep: Keep | None = None

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        return [*self.features, self.target, *([self.weight] if self.weight else [])]


@dataclass(frozen=True)
class Folds:
    """Which rows each member holds out: a function of the seed and of the row's number alone.

    share : of all rows, that a member holds out; 0 for none.
    """

    seed: int
    n_members: int
    share: float

    def held_out(self, k: int, rows: Array) -> Array:
        """Which of the rows (n,) member k holds out, (n,) booleans."""
        u = shares(self.seed, FOLD_STREAM, rows)
        return np.asarray((u >= k * self.share) & (u < (k + 1) * self.share))

    def number(self, rows: Array) -> Array:
        """The member that holds each row out, (n,); n_members for rows that nobody does."""
        u = shares(self.seed, FOLD_STREAM, rows)
        if not self.share:
            return np.full(len(rows), self.n_members)
        return np.asarray(np.minimum(u // self.share, self.n_members).astype(int))


@dataclass(frozen=True)
class Survey:
    """What one pass has found.

    sample : a pyarrow table of the features of a uniform sample of the rows, in the order of their numbers.
    rows, y, weight : (n_sample,) their numbers, targets and weights (None if there are none).
    n_rows : for each fold, and last for rows in no fold, how many rows there are.
    of_y, of_X : for each of these the moments of the targets (None for classes) and of the columns (None unless all are
        finite numbers).
    classes : how many rows each class has; empty for numbers.
    gaps : for each feature how many values are missing.
    is_plain : whether all features are finite numbers and booleans.
    """

    table: BigTable
    roles: Roles
    folds: Folds
    sample: Any
    rows: Array
    y: Array
    weight: Array | None
    n_rows: Array
    of_y: tuple[Moments, ...] | None
    of_X: tuple[Moments, ...] | None
    classes: dict[Any, int]
    gaps: dict[str, int]
    is_plain: bool

    def n_learnt(self, k: int) -> int:
        """How many rows member k learns from."""
        return int(self.n_rows.sum() - (self.n_rows[k] if self.folds.share else 0))

    def learnt(self, k: int, parts: tuple[Moments, ...] | None) -> Moments | None:
        """The moments of the rows that member k learns from."""
        if parts is None:
            return None
        return together([part for fold, part in enumerate(parts) if fold != k or not self.folds.share])


def surveyed(table: BigTable, roles: Roles, folds: Folds, sample_rows: int, *, classes: bool) -> Survey:
    """Read all rows once; memory holds the sample and a block of rows.

    The sample are the rows with the smallest random numbers, so it does not depend on the order in which they come.

    Raises
    ------
    InputError
        If a column is missing, or a target or weight cannot be used; it names the row.
    """
    table.require(roles.columns)
    tally, sample = _Tally(roles, folds, classes), _Sample(folds.seed, sample_rows)
    for rows, block in blocks(table, roles):
        y = target_of(block, roles.target, rows, classes=classes)
        weight = None if roles.weight is None else _weight_of(block, roles.weight, rows)
        tally.add(rows, block, y, weight)
        sample.add(rows, block)
    rows, kept = sample.finished()
    if len(rows) < 2 * (folds.n_members + 1):
        raise InputError(
            f"{table.name} has {len(rows)} rows to learn from, too few for a stream. Use fit(X, y).", error_id="E104"
        )
    return Survey(
        table,
        roles,
        folds,
        kept.select(list(roles.features)),
        rows,
        target_of(kept, roles.target, rows, classes=classes),
        None if roles.weight is None else _weight_of(kept, roles.weight, rows),
        tally.n_rows,
        tuple(tally.of_y) if not classes else None,
        tuple(tally.of_X) if tally.is_plain else None,
        dict(tally.classes),
        dict(zip(roles.features, tally.gaps.tolist(), strict=True)),
        tally.is_plain,
    )


def blocks(table: BigTable, roles: Roles) -> Iterator[tuple[Array, Any]]:
    """(numbers of rows, pyarrow table) of all rows that count, in order."""
    for first, block in in_order(table, roles.columns, SURVEY_ROWS):
        marks = counts(block, first, roles)
        yield first + np.flatnonzero(marks), block if marks.all() else block.filter(marks)


def counts(block: Any, first: int, roles: Roles) -> Array:
    """Which rows of a block count, (n,) booleans; `first` is the number of its first row."""
    rows = np.arange(first, first + block.num_rows)
    marks = np.ones(len(rows), bool) if roles.keep is None else roles.keep(rows)
    return marks if roles.weight is None else marks & (_weight_of(block, roles.weight, rows) > 0)


def target_of(block: Any, name: str, rows: Array, *, classes: bool) -> Array:
    """The targets (n,): float64, or for classes booleans, whole numbers or texts. Raises InputError."""
    import pyarrow

    column, kind, types = block.column(name), block.schema.field(name).type, pyarrow.types
    if column.null_count:
        raise _bad(f"target {name!r} has no value", rows, column.is_null().to_numpy(), "Leave such rows out")
    is_whole = types.is_integer(kind) or types.is_boolean(kind)
    if classes:
        is_plain = is_whole or types.is_floating(kind)
        return np.asarray(column) if is_plain else np.array(column.cast(pyarrow.string()).to_pylist(), dtype=object)
    is_number = is_whole or types.is_floating(kind) or types.is_decimal(kind)
    if not is_number:
        raise InputError(
            f"target {name!r} holds {kind}, and a regressor predicts numbers. Use GlassNetClassifier for classes.",
            error_id="E210",
        )
    values = column.cast(pyarrow.float64(), safe=False).to_numpy()  # the nearest float of one beyond 2**53
    if not np.isfinite(values).all():
        raise _bad(f"target {name!r} is no finite number", rows, ~np.isfinite(values), "Leave such rows out")
    return np.asarray(values)


def matrix_of(block: Any) -> Array:
    """The columns of a pyarrow table of numbers, (n_rows, n_columns) float64, NaN for gaps."""
    import pyarrow

    out = np.empty((block.num_rows, block.num_columns))
    for place, column in enumerate(block.columns):
        numbers = column.cast(pyarrow.int8()) if pyarrow.types.is_boolean(column.type) else column
        out[:, place] = numbers.cast(pyarrow.float64(), safe=False).to_numpy()
    return out


def is_numeric(schema: Any, names: Sequence[str]) -> bool:
    """Whether these columns hold numbers and booleans only."""
    import pyarrow

    types = pyarrow.types
    kinds = [schema.field(name).type for name in names]
    return all(types.is_integer(one) or types.is_floating(one) or types.is_boolean(one) for one in kinds)


def weight_of(block: Any, name: str | None) -> Array | None:
    """The weights (n,) of rows that were surveyed."""
    return None if name is None else block.column(name).to_numpy().astype(np.float64)


def _weight_of(block: Any, name: str, rows: Array) -> Array:
    if not is_numeric(block.schema, [name]):
        raise InputError(f"weight {name!r} holds no numbers. A weight says how much a row counts.", error_id="E230")
    weight = matrix_of(block.select([name]))[:, 0]
    odd = ~(np.isfinite(weight) & (weight >= 0))
    if odd.any():
        raise _bad(f"weight {name!r} is no number from 0 on", rows, odd, "A weight of 0 leaves a row out")
    return weight


def _bad(what: str, rows: Array, marks: Array, fix: str) -> InputError:
    return InputError(f"{what} in row {rows[marks][0]} (rows count from 0). {fix}.", error_id="E220")


class _Tally:
    """Counts and moments of each fold, added up block by block."""

    def __init__(self, roles: Roles, folds: Folds, classes: bool) -> None:
        n = folds.n_members + 1
        self.roles, self.folds = roles, folds
        self.classes: Counter[Any] = Counter()
        self.counts_classes, self.is_plain = classes, True
        self.n_rows, self.gaps = np.zeros(n, np.int64), np.zeros(len(roles.features), np.int64)
        self.of_y, self.of_X = [Moments.nothing(1)] * n, [Moments.nothing(len(roles.features))] * n

    def add(self, rows: Array, block: Any, y: Array, weight: Array | None) -> None:
        """Take in a block."""
        fold, features = self.folds.number(rows), block.select(list(self.roles.features))
        self.n_rows += np.bincount(fold, minlength=len(self.n_rows))
        self.gaps += [column.null_count for column in features.columns]
        X = None
        if self.is_plain:
            X = matrix_of(features) if is_numeric(block.schema, features.column_names) else None
            self.is_plain = X is not None and bool(np.isfinite(X).all())
        if self.counts_classes:
            self._count(y)
        for k in np.unique(fold):
            own = fold == k
            w = None if weight is None else weight[own]
            if not self.counts_classes:
                self.of_y[k] += Moments.of(y[own, None], w)
            if self.is_plain and X is not None:
                self.of_X[k] += Moments.of(X[own], w)

    def _count(self, y: Array) -> None:
        self.classes.update(y.tolist())
        if len(self.classes) > MOST_CLASSES:
            raise InputError(
                f"target {self.roles.target!r} has more than {MOST_CLASSES} classes. Use GlassNetRegressor if it is a "
                "number, or name another target.",
                error_id="E212",
            )


@dataclass
class _Sample:
    """The rows with the n smallest random numbers among those that came by."""

    seed: int
    n: int
    parts: list[tuple[Array, Array, Any]] = field(default_factory=list)
    n_held: int = 0
    limit: float = 1.0

    def add(self, rows: Array, block: Any) -> None:
        """Take in a block."""
        u = shares(self.seed, SAMPLE_STREAM, rows)
        chosen = u < self.limit
        self.parts.append((u[chosen], rows[chosen], block.filter(chosen)))
        self.n_held += int(chosen.sum())
        if self.n_held > 2 * self.n:
            self._shrink()

    def finished(self) -> tuple[Array, Any]:
        """The numbers of the rows, rising, and the rows as a pyarrow table."""
        self._shrink()
        _, rows, table = self.parts[0]
        return rows, table

    def _shrink(self) -> None:
        import pyarrow

        u, rows = (np.concatenate([part[place] for part in self.parts]) for place in (0, 1))
        kept = np.sort(np.argsort(u, kind="stable")[: self.n])
        table = pyarrow.concat_tables([part[2] for part in self.parts]).take(kept).combine_chunks()
        self.limit = float(u[kept].max()) if len(kept) == self.n else 1.0
        self.parts, self.n_held = [(u[kept], rows[kept], table)], len(kept)
