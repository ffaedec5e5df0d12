"""Tables from files: CSV of any dialect, Parquet and Arrow, through pandas, with every bad line named."""

import hashlib
import io
import re
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

from ..errors import InputError
from ..table.chunks import ARROW, CSV, PARQUET
from .csv_table import read_csv, refusing, require_different
from .failures import say
from .source import Source, require_file

NO_NOTES: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table, the name it was read under, and the rows that were dropped on the way."""

    name: str
    frame: pd.DataFrame
    bad_rows: int
    seconds: float
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def without(self, column: str) -> "Table":
        """The same table without a column."""
        return replace(self, frame=self.frame.drop(columns=column))


def read_table(name: str, texts: Collection[str] = (), *, skip_bad_rows: bool = False) -> Table:
    """The table in a file: .csv, .tsv, .txt, each also with .gz, .parquet or .arrow; `-` is CSV on stdin.

    A folder of Parquet files is one table. `texts` are columns of a CSV that stay as they are written.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or it holds no rows. Bad lines are named by their number;
        `skip_bad_rows` drops and counts them instead.
    """
    begin = time.perf_counter()
    if name != "-" and Path(name).is_dir():
        return read_tables([str(file) for file in _parts(name)], name)
    if name != "-":
        require_file(name)
    source, bad_rows, notes = Source.of(name), 0, NO_NOTES
    if source.kind in PARQUET | ARROW:
        frame = _columns(source)
        index = () if isinstance(frame.index, pd.RangeIndex) else frame.index.names
        notes = _notes_on_index(name for name in index if name is not None)
    elif source.kind in CSV:
        frame, bad_rows, notes = read_csv(source, texts, skip_bad_rows=skip_bad_rows)
    else:
        raise InputError(
            say(
                f"{name} is of an unknown kind: {source.kind or 'its name has no ending'}",
                fix="save it as .csv, .tsv (either may be packed as .gz), .parquet or .arrow",
            ),
            error_id="E109",
        )
    if not len(frame):
        raise InputError(
            say(f"{name} holds {'a header and ' if len(frame.columns) else ''}no rows", fix="give a table with rows"),
            error_id="E103",
        )
    return Table(source.name, frame, bad_rows, time.perf_counter() - begin, source.sha256(), notes)


def read_tables(
    names: Sequence[str], together: str = "", texts: Collection[str] = (), *, skip_bad_rows: bool = False
) -> Table:
    """The rows of several files with the same columns, one below the other; `together` is the name of them all.

    texts : columns of CSV files that stay as they are written

    Raises
    ------
    InputError
        As `read_table`, or if the columns differ.
    """
    tables = [read_table(name, texts, skip_bad_rows=skip_bad_rows) for name in names]
    first = tables[0]
    if len(tables) == 1 and not together:
        return first
    for table in tables[1:]:
        differ = set(first.frame.columns) ^ set(table.frame.columns)
        if differ:
            raise InputError(
                say(
                    f"columns differ: {min(differ)!r} is in one of {first.name} and {table.name} only",
                    fix="files that make one table have the same columns",
                ),
                error_id="E108",
            )
    return Table(
        together or f"{first.name} and {len(tables) - 1} more",
        pd.concat([table.frame for table in tables], ignore_index=True),
        sum(table.bad_rows for table in tables),
        sum(table.seconds for table in tables),
        hashlib.sha256("".join(table.sha256 for table in tables).encode()).hexdigest(),
        tuple(dict.fromkeys(note for table in tables for note in table.notes)),
    )


def notes_on_stored_index(schema: Any) -> tuple[str, ...]:
    """The notes on a table of which only the pyarrow schema is known."""
    stored = (schema.pandas_metadata or {}).get("index_columns", ())
    named = [name for name in stored if isinstance(name, str)]  # others are rows counted from 0
    return _notes_on_index(name for name in named if not re.fullmatch(r"__index_level_\d+__", name))


def _notes_on_index(names: Iterable[object]) -> tuple[str, ...]:
    """A note for each name of an index: whoever gave it one may take it for a column."""
    return tuple(
        f"{str(name)!r} is the index of a data frame and no column, and is not used: reset_index() before it is "
        "written makes it one"
        for name in names
    )


def _parts(folder: str) -> list[Path]:
    """The Parquet files of a folder, in the order of their names."""
    files = sorted(file for file in Path(folder).iterdir() if file.suffix.lower() in PARQUET)
    if not files:
        raise InputError(say(f"{folder} is a folder without Parquet files", fix="name the file in it"), error_id="E107")
    return files


def _columns(source: Source) -> pd.DataFrame:
    """A table of Parquet or Arrow, which know the kinds of their columns."""
    with refusing(source), source.open() as file:
        frame = pd.read_parquet(file) if source.kind in PARQUET else _arrow(file)
    require_different(source.name, [str(column) for column in frame.columns])
    return frame.rename(columns=str)


def _arrow(file: IO[bytes]) -> pd.DataFrame:
    """An Arrow file (Feather) or an Arrow stream."""
    import pyarrow

    data = file.read()
    is_file = data.startswith((b"ARROW1", b"FEA1"))
    if is_file:
        return pd.read_feather(io.BytesIO(data))
    with pyarrow.ipc.open_stream(data) as stream:
        return cast(pd.DataFrame, stream.read_all().to_pandas())
