"""Tables from files: CSV of any dialect, Parquet and Arrow, through pandas, with every bad line named."""

import csv
import hashlib
import io
import re
import time
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

from ..errors import InputError
from .dialect import LOOKED_AT, Dialect, dialect_of
from .failures import say
from .screen import grouped
from .source import Source, require_file

CSV, PARQUET, ARROW = (".csv", ".tsv", ".txt"), (".parquet", ".pq"), (".arrow", ".feather", ".ipc")
SECOND_ENCODING = "cp1252"  # what is not UTF-8 is most often this
NO_NOTES: tuple[str, ...] = ()
LINE_SHOWN = 60  # characters of a bad line


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


def read_table(name: str, *, skip_bad_rows: bool = False) -> Table:
    """The table in a file: .csv, .tsv, .txt, each also with .gz, .parquet or .arrow; `-` is CSV on stdin.

    A folder of Parquet files is one table.

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
    if source.kind in (*PARQUET, *ARROW):
        frame = _columns(source)
    elif source.kind in CSV:
        frame, bad_rows, notes = _any_csv(source, skip_bad_rows=skip_bad_rows)
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


def read_tables(names: Sequence[str], together: str = "", *, skip_bad_rows: bool = False) -> Table:
    """The rows of several files with the same columns, one below the other; `together` is the name of them all.

    Raises
    ------
    InputError
        As `read_table`, or if the columns differ.
    """
    tables = [read_table(name, skip_bad_rows=skip_bad_rows) for name in names]
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


def _parts(folder: str) -> list[Path]:
    """The Parquet files of a folder, in the order of their names."""
    files = sorted(file for file in Path(folder).iterdir() if file.suffix.lower() in PARQUET)
    if not files:
        raise InputError(say(f"{folder} is a folder without Parquet files", fix="name the file in it"), error_id="E107")
    return files


def _any_csv(source: Source, *, skip_bad_rows: bool) -> tuple[pd.DataFrame, int, tuple[str, ...]]:
    """The table, the number of bad rows, and notes; what is not UTF-8 is read as Windows-1252, and that is said."""
    with _reading(source):
        with source.open() as file:
            head = file.read(LOOKED_AT)
        source = replace(source, dialect=dialect_of(head))
        try:
            return *_csv(source, skip_bad_rows=skip_bad_rows), ()
        except UnicodeDecodeError:
            source = replace(source, dialect=dialect_of(head, SECOND_ENCODING))
            found = _csv(source, skip_bad_rows=skip_bad_rows)
            return *found, (f"{source.name} is not UTF-8, and was read as Windows-1252: look at the accents",)


def _csv(source: Source, *, skip_bad_rows: bool) -> tuple[pd.DataFrame, int]:
    header = next(source.records(), (0, []))[1]
    if not header:
        raise InputError(say(f"{source.name} is empty", fix="give a table with a header and rows"), error_id="E102")
    _require_different(source.name, header)
    text, bad_rows = _good_records(source) if skip_bad_rows else (source.open(), 0)
    with text, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # the first row is longer than the header
        try:
            frame = _parse(text, source.dialect)
        except (pd.errors.ParserError, pd.errors.ParserWarning) as reason:
            raise _bad_line(source, len(header), str(reason)) from reason
    return frame, bad_rows


def _parse(text: Any, dialect: Dialect) -> pd.DataFrame:
    return pd.read_csv(
        text,
        sep=dialect.separator,
        encoding=dialect.encoding,
        decimal=dialect.decimal,
        index_col=False,
        low_memory=False,
        skipinitialspace=True,
    )


def _good_records(source: Source) -> tuple[IO[bytes], int]:
    """The records that have as many fields as the header, and how many others there are."""
    kept, bad, width = io.StringIO(), 0, 0
    writer = csv.writer(kept, delimiter=source.dialect.separator)
    for _, fields in source.records():
        width = width or len(fields)
        if len(fields) == width:
            writer.writerow(fields)
        else:
            bad += 1
    return io.BytesIO(kept.getvalue().encode(source.dialect.encoding)), bad


def _bad_line(source: Source, width: int, reason: str) -> InputError:
    """The error that names the first line with too many fields."""
    for line, fields in source.records():
        if len(fields) > width:
            shown = _line(source, line)[:LINE_SHOWN]
            return InputError(
                say(
                    f"{source.name}, line {grouped(line)}: expected {width} fields, found {len(fields)}",
                    f"{line}: {shown}",
                    fix="a comma inside an unquoted field? --skip-bad-rows drops and counts such rows",
                ),
                error_id="E105",
            )
    found = re.search(r"(EOF inside string starting at row \d+)", reason)
    why = "a quotation mark is opened and never closed" if found else " ".join(reason.split())
    return InputError(say(f"{source.name} cannot be read as a table: {why}", fix="mend the file"), error_id="E105")


def _line(source: Source, number: int) -> str:
    with source.open() as file:
        for line, content in enumerate(file, start=1):
            if line == number:
                return content.decode(source.dialect.encoding, "replace").rstrip("\r\n")
    return ""


def _columns(source: Source) -> pd.DataFrame:
    """A table of Parquet or Arrow, which know the kinds of their columns."""
    with _reading(source), source.open() as file:
        frame = pd.read_parquet(file) if source.kind in PARQUET else _arrow(file)
    _require_different(source.name, [str(column) for column in frame.columns])
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


class _reading:
    """Within it, whatever a file can do to its reader becomes an InputError."""

    def __init__(self, source: Source) -> None:
        self.name = source.name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, reason: BaseException | None, trace: Any) -> None:
        if isinstance(reason, UnicodeDecodeError):
            raise InputError(
                say(
                    f"{self.name} is not UTF-8 text",
                    f"byte {reason.object[reason.start]:#04x} has no meaning there",
                    fix="save it again as UTF-8 (in Excel: 'CSV UTF-8')",
                ),
                error_id="E106",
            ) from reason
        if isinstance(reason, OSError | EOFError | zlib.error | csv.Error | ValueError) and not isinstance(
            reason, InputError
        ):
            why = getattr(reason, "strerror", None) or " ".join(str(reason).split())[:200]
            raise InputError(
                say(f"{self.name} cannot be read: {why}", fix="check the file"), error_id="E106"
            ) from reason


def _require_different(name: str, columns: list[str]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            raise InputError(
                say(f"{name} has two columns named {column!r}", fix="give each column a name of its own"),
                error_id="E204",
            )
        seen.add(column)
