"""Tables from files: CSV and Parquet through pandas, with every bad line named."""

import csv
import gzip
import hashlib
import io
import re
import sys
import time
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

from ..errors import InputError, nearest
from .failures import say
from .screen import grouped

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")
LINE_SHOWN = 60  # characters of a bad line


@dataclass(frozen=True)
class Table:
    """A table, the name it was read under, and the rows that were dropped on the way."""

    name: str
    frame: pd.DataFrame
    bad_rows: int
    seconds: float
    sha256: str = ""

    def without(self, column: str) -> "Table":
        """The same table without a column."""
        return replace(self, frame=self.frame.drop(columns=column))


@dataclass(frozen=True)
class Source:
    """A file, or what stood on stdin; can be opened several times."""

    name: str
    data: bytes | None = None

    @classmethod
    def of(cls, name: str) -> "Source":
        """The source of that name; `-` is stdin, and read at once."""
        return cls("stdin", sys.stdin.buffer.read()) if name == "-" else cls(name)

    @property
    def kind(self) -> str:
        """What the name ends in, such as ".csv", apart from ".gz"; stdin is CSV."""
        return ".csv" if self.data is not None else Path(self.name.lower().removesuffix(".gz")).suffix

    def open(self) -> IO[bytes]:
        """The bytes, unpacked."""
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.name.lower().endswith(".gz"):
            return cast(IO[bytes], gzip.open(self.name, "rb"))
        return open(self.name, "rb")

    def sha256(self) -> str:
        """The fingerprint of the bytes as they are stored."""
        if self.data is not None:
            return hashlib.sha256(self.data).hexdigest()
        with open(self.name, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """(number of its last line, fields) of every record of a CSV; empty lines are left out."""
        with io.TextIOWrapper(self.open(), encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter=SEPARATORS[self.kind], skipinitialspace=True)
            for fields in reader:
                if fields:
                    yield reader.line_num, fields


def read_table(name: str, *, skip_bad_rows: bool = False) -> Table:
    """The table in a file: .csv, .tsv, either with .gz, or .parquet; `-` is CSV on stdin.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or it holds no rows. Bad lines are named by their number;
        `skip_bad_rows` drops and counts them instead.
    """
    begin = time.perf_counter()
    if name != "-":
        require_file(name)
    source = Source.of(name)
    bad_rows = 0
    if source.kind in PARQUET:
        frame = _parquet(source)
    elif source.kind in SEPARATORS:
        frame, bad_rows = _csv(source, skip_bad_rows=skip_bad_rows)
    else:
        raise InputError(
            say(
                f"{name} is of an unknown kind: {source.kind or 'its name has no ending'}",
                fix="save it as .csv, .tsv (either may be packed as .gz) or .parquet",
            ),
            error_id="E109",
        )
    if not len(frame):
        raise InputError(
            say(f"{name} holds {'a header and ' if len(frame.columns) else ''}no rows", fix="give a table with rows"),
            error_id="E103",
        )
    return Table(source.name, frame, bad_rows, time.perf_counter() - begin, source.sha256())


def require_file(name: str) -> None:
    """Raise InputError unless the name is that of a file."""
    path = Path(name)
    if path.is_dir():
        raise InputError(say(f"{name} is a folder, not a table", fix="name the file in it"), error_id="E107")
    if not path.exists():
        try:
            near = nearest(path.name, [file.name for file in path.parent.iterdir()])
        except OSError:
            near = ""
        raise InputError(say(f"there is no file {name}", near, fix="check the name and the folder"), error_id="E101")


def _csv(source: Source, *, skip_bad_rows: bool) -> tuple[pd.DataFrame, int]:
    with _reading(source):
        header = next(source.records(), (0, []))[1]
        if not header:
            raise InputError(say(f"{source.name} is empty", fix="give a table with a header and rows"), error_id="E102")
        _require_different(source.name, header)
        text, bad_rows = _good_records(source) if skip_bad_rows else (source.open(), 0)
        with text, warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # the first row is longer than the header
            try:
                frame = _parse(text, SEPARATORS[source.kind])
            except (pd.errors.ParserError, pd.errors.ParserWarning) as reason:
                raise _bad_line(source, len(header), str(reason)) from reason
    return frame, bad_rows


def _parse(text: Any, separator: str) -> pd.DataFrame:
    return pd.read_csv(
        text, sep=separator, encoding="utf-8-sig", index_col=False, low_memory=False, skipinitialspace=True
    )


def _good_records(source: Source) -> tuple[IO[bytes], int]:
    """The records that have as many fields as the header, and how many others there are."""
    kept, bad, width = io.StringIO(), 0, 0
    writer = csv.writer(kept, delimiter=SEPARATORS[source.kind])
    for _, fields in source.records():
        width = width or len(fields)
        if len(fields) == width:
            writer.writerow(fields)
        else:
            bad += 1
    return io.BytesIO(kept.getvalue().encode()), bad


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
                return content.decode("utf-8", "replace").rstrip("\r\n")
    return ""


def _parquet(source: Source) -> pd.DataFrame:
    with _reading(source), source.open() as file:
        frame = pd.read_parquet(file)
    _require_different(source.name, [str(column) for column in frame.columns])
    return frame.rename(columns=str)


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
