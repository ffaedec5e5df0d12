"""Where a table comes from: a file, packed or not, or what stands on stdin."""

import csv
import gzip
import hashlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ..errors import InputError, nearest
from .dialect import Dialect
from .failures import say

COMMAS = Dialect()


@dataclass(frozen=True)
class Source:
    """A file, or what stood on stdin; can be opened several times."""

    name: str
    data: bytes | None = None
    dialect: Dialect = COMMAS

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
        with io.TextIOWrapper(self.open(), encoding=self.dialect.encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self.dialect.separator, skipinitialspace=True)
            for fields in reader:
                if fields:
                    yield reader.line_num, fields


def require_file(name: str) -> None:
    """Raise InputError unless there is something of that name."""
    path = Path(name)
    if not path.exists():
        try:
            near = nearest(path.name, [file.name for file in path.parent.iterdir()])
        except OSError:
            near = ""
        raise InputError(say(f"there is no file {name}", near, fix="check the name and the folder"), error_id="E101")
