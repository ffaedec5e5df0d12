"""A table on disk in pieces that can be read by themselves, in any order, a few rows at a time.

Rows have numbers from 0, in the order of the files and of the rows in them. Parquet is read by its row groups, Arrow by
its record batches, CSV by stretches of bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, SettingError, nearest
from .csv_chunks import CsvForm, csv_stretches

CSV, PARQUET, ARROW = {".csv", ".tsv", ".txt"}, {".parquet", ".pq"}, {".arrow", ".feather", ".ipc"}  # endings
FOLDER_ENDINGS = CSV | PARQUET | ARROW
PAGE_BYTES = 1 << 20  # how much of a column of a row group is read from disk at a time
Read = Callable[[Sequence[str], int], Iterator[Any]]


@dataclass(frozen=True)
class Chunk:
    """Rows first_row, first_row + 1, ... of a table.

    read : function of (names of columns, n) that gives these columns of the rows, in order, as pyarrow tables of at
        most n rows
    """

    first_row: int
    n_rows: int
    read: Read


@dataclass(frozen=True)
class BigTable:
    """A table that is never in memory as a whole: its pieces, and the pyarrow schema of its columns."""

    name: str
    schema: Any
    chunks: tuple[Chunk, ...] = field(repr=False)

    @property
    def n_rows(self) -> int:
        """How many rows all pieces have."""
        return sum(chunk.n_rows for chunk in self.chunks)

    def require(self, names: Sequence[str]) -> None:
        """Raise InputError for the first of the names that is no column."""
        for name in names:
            if name not in self.schema.names:
                known = ", ".join(self.schema.names[:8]) + (", ..." if len(self.schema.names) > 8 else "")
                raise InputError(
                    f"{self.name} has no column {name!r}. Columns: {known}. {nearest(name, self.schema.names)}".rstrip()
                )


def big_table(dataset: Any, csv: CsvForm | None = None) -> BigTable:
    """The pieces of a pyarrow.dataset.Dataset, or of a file or folder of Parquet, Arrow or CSV.

    Nothing of a Parquet or Arrow file is read but what it says about itself. A CSV is read once, a stretch at a time,
    to find where rows begin and what its columns hold.

    csv : how CSV files are written; with commas if left out, and .tsv with tabs.

    Raises
    ------
    SettingError
        If pyarrow is not installed.
    InputError
        If there is no such file, it cannot be read in pieces, or two columns have the same name.
    """
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as reason:
        raise SettingError(
            'tables larger than memory are read by pyarrow, which is not installed: pip install "glassnet[cli]"',
            error_id="E304",
        ) from reason
    if isinstance(dataset, pyarrow.dataset.Dataset):
        return _of_dataset(dataset, "the dataset", dataset.schema)
    if not isinstance(dataset, str | Path):
        raise InputError(
            f"a stream of rows comes from a path or a pyarrow.dataset.Dataset, not from {type(dataset).__name__}. "
            "Rows that are in memory already go to fit(X, y).",
        )
    try:
        return _of_path(Path(dataset), csv)
    except (OSError, pyarrow.ArrowException) as reason:
        raise InputError(f"{dataset} cannot be read: {reason}. Check the file.", error_id="E106") from reason


def in_order(table: BigTable, names: Sequence[str], n: int) -> Iterator[tuple[int, Any]]:
    """(number of the first row, pyarrow table of at most n rows) of these columns, from the first row to the last."""
    for chunk in table.chunks:
        yield from numbered(chunk, names, n)


def numbered(chunk: Chunk, names: Sequence[str], n: int) -> Iterator[tuple[int, Any]]:
    """The same for the rows of one piece."""
    first = chunk.first_row
    for block in chunk.read(names, n):
        yield first, block
        first += block.num_rows


def _of_path(path: Path, csv: CsvForm | None) -> BigTable:
    import pyarrow.dataset

    if not path.exists():
        raise InputError(f"there is no file {path}. Check the name and the folder.", error_id="E101")
    inside = path.rglob("*") if path.is_dir() else [path]
    files = sorted(file for file in inside if file.suffix.lower() in FOLDER_ENDINGS and file.is_file())
    if not files:
        raise InputError(
            f"{path} is no table that can be read piece by piece. Save it as .parquet, .arrow or .csv (not packed).",
            error_id="E109",
        )
    kinds = {file.suffix.lower() for file in files}
    if kinds <= CSV:
        form = csv or CsvForm("\t" if kinds == {".tsv"} else ",")
        return _numbered(str(path), *csv_stretches(files, form))
    if not (kinds <= PARQUET or kinds <= ARROW):
        raise InputError(
            f"{path} holds files of several kinds: {', '.join(sorted(kinds))}. Files that make one table are of one "
            "kind; move the others elsewhere.",
            error_id="E109",
        )
    dataset = pyarrow.dataset.dataset(path, format="parquet" if kinds <= PARQUET else "ipc", partitioning="hive")
    return _of_dataset(dataset, str(path), _schema_of_all(dataset))


def _schema_of_all(dataset: Any) -> Any:
    """The columns of all files, which are the same in each; a type that holds the values of all, where there is one.

    pyarrow takes the schema of the first file, and fills what another one lacks with gaps.
    """
    import pyarrow.dataset

    schema, first = dataset.schema, None
    for fragment in dataset.get_fragments():
        stored, first = fragment.physical_schema, first or fragment.path
        keys = pyarrow.dataset.get_partition_keys(fragment.partition_expression)
        odd = sorted(set(schema.names) ^ {*stored.names, *keys})
        if odd:
            raise InputError(
                f"{fragment.path} has other columns than {first}: {odd[0]!r} is in one of them alone. Files that make "
                "one table have the same columns.",
                error_id="E108",
            )
        schema = pyarrow.schema([_of_both(field, stored) for field in schema], metadata=schema.metadata)
    return schema


def _of_both(field: Any, stored: Any) -> Any:
    """The field with a type that holds also what a file stores under its name; as it is where there is none."""
    import pyarrow

    place = stored.get_field_index(field.name)
    if place >= 0:
        with suppress(pyarrow.ArrowException):  # texts and numbers: `_cast` says so if it cannot read them
            two = [pyarrow.schema([one]) for one in (field, stored.field(place))]
            return pyarrow.unify_schemas(two, promote_options="permissive").field(0)
    return field


def _of_dataset(dataset: Any, name: str, schema: Any) -> BigTable:
    chunks: list[tuple[int, Read]] = []
    schema = _as_read_at_once(schema)
    for fragment in dataset.get_fragments():
        kind = fragment.format.default_extname if hasattr(fragment, "format") else "memory"
        if kind not in CHUNKS_OF:
            raise InputError(
                f"{name} holds {kind} files, which cannot be read by a part in the middle. Give the path of a .csv, or "
                "write the table as Parquet: pyarrow.dataset.write_dataset(dataset, folder, format='parquet').",
                error_id="E109",
            )
        chunks += CHUNKS_OF[kind](fragment, schema)
    return _numbered(name, schema, chunks)


def _as_read_at_once(schema: Any) -> Any:
    """The columns that pandas has of such a table: without its index, and with plain texts where polars wrote views."""
    import pyarrow

    index = (schema.pandas_metadata or {}).get("index_columns", ())
    fields = (field.with_type(_plain(field.type)) for field in schema if field.name not in index)
    return pyarrow.schema(fields, schema.metadata)


def _plain(kind: Any) -> Any:
    """The type of texts that lie behind one another, for views of texts and for categories named by them."""
    import pyarrow

    if pyarrow.types.is_dictionary(kind):
        return pyarrow.dictionary(kind.index_type, _plain(kind.value_type), kind.ordered)
    return pyarrow.string() if kind == pyarrow.string_view() else kind


def _numbered(name: str, schema: Any, chunks: list[tuple[int, Read]]) -> BigTable:
    """The table whose pieces have so many rows each."""
    twice = [label for label in schema.names if schema.names.count(label) > 1]
    if twice:
        raise InputError(
            f"{name} has two columns named {twice[0]!r}. Give each column a name of its own.", error_id="E204"
        )
    numbered, first = [], 0
    for n_rows, read in chunks:
        if n_rows:
            numbered.append(Chunk(first, n_rows, read))
        first += n_rows
    if not numbered:
        raise InputError(f"{name} holds no rows. Give a table with rows.", error_id="E103")
    return BigTable(name, schema, tuple(numbered))


def _row_groups(fragment: Any, schema: Any) -> list[tuple[int, Read]]:
    """The row groups of a Parquet file, decoded page by page: a group may be larger than memory too."""
    import pyarrow.parquet

    def reader(group: int) -> Read:
        def read(names: Sequence[str], n: int) -> Iterator[Any]:
            with pyarrow.parquet.ParquetFile(fragment.open(), buffer_size=PAGE_BYTES, pre_buffer=False) as file:
                stored = [name for name in names if name in file.schema_arrow.names]
                for batch in file.iter_batches(n, row_groups=[group], columns=stored, use_threads=False):
                    yield _as_asked(batch, names, fragment, schema)

        return read

    return [(group.num_rows, reader(group.id)) for group in fragment.row_groups]


def _record_batches(fragment: Any, schema: Any) -> list[tuple[int, Read]]:
    """The record batches of an Arrow file."""
    import pyarrow

    def reader(k: int) -> Read:
        def read(names: Sequence[str], n: int) -> Iterator[Any]:
            with pyarrow.ipc.open_file(fragment.open()) as file:
                yield from _sliced(file.get_batch(k), names, n, (fragment, schema))

        return read

    with pyarrow.ipc.open_file(fragment.open()) as file:
        return [(file.get_batch(k).num_rows, reader(k)) for k in range(file.num_record_batches)]


def _batches_in_memory(fragment: Any, schema: Any) -> list[tuple[int, Read]]:
    """The batches of a table that is in memory already."""

    def reader(batch: Any) -> Read:
        return lambda names, n: _sliced(batch, names, n, (fragment, schema))

    return [(batch.num_rows, reader(batch)) for batch in fragment.to_batches()]


CHUNKS_OF: dict[str, Callable[[Any, Any], list[tuple[int, Read]]]] = {
    "parquet": _row_groups,
    "arrow": _record_batches,
    "ipc": _record_batches,
    "feather": _record_batches,
    "memory": _batches_in_memory,
}


def _sliced(batch: Any, names: Sequence[str], n: int, of: tuple[Any, Any]) -> Iterator[Any]:
    for start in range(0, batch.num_rows, n):
        yield _as_asked(batch.slice(start, n), names, *of)


def _as_asked(batch: Any, names: Sequence[str], fragment: Any, schema: Any) -> Any:
    """These columns of a batch with the types of the dataset; folders such as year=2026 are columns too."""
    import pyarrow
    import pyarrow.dataset

    keys = pyarrow.dataset.get_partition_keys(fragment.partition_expression)
    columns = []
    for name in names:
        kind = schema.field(name).type
        if name in batch.schema.names:
            columns.append(_cast(batch, name, kind, fragment))
        else:
            columns.append(pyarrow.array([keys.get(name)] * batch.num_rows).cast(kind))
    return pyarrow.table(columns, names=list(names))


def _cast(batch: Any, name: str, kind: Any, fragment: Any) -> Any:
    """A column of a batch as that type."""
    import pyarrow

    try:
        return batch.column(name).cast(kind)
    except pyarrow.ArrowException as reason:
        place = getattr(fragment, "path", "the dataset")
        raise InputError(
            f"column {name!r} of {place} holds {batch.schema.field(name).type}, and cannot be read as {kind}, the type "
            f"that it has in the first file: {reason}. Write it with one type in all files.",
            error_id="E106",
        ) from reason
