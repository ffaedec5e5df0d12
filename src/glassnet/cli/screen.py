"""What a command shows: results on stdout, notes beside them, or one JSON document and nothing else."""

import math
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any

from cyclopts import Group, Parameter

from ..export.strict_json import strict_json
from .failures import visible
from .scope import until_the_end
from .threads import at_most

DASH = "<->"  # stands for the word `-`, stdin or stdout, which the parser would take for a flag
EVERYWHERE = Group("Everywhere", sort_key=9)
LABEL_WIDTH = 31


def _file_or_stream(_: Any, tokens: Any) -> str:
    return "-" if tokens[0].value == DASH else str(tokens[0].value)


OR_STREAM = Parameter(converter=_file_or_stream)  # of an argument that takes the name of a file, or `-`

TABLES = ".csv, .tsv, .txt (each also .gz), .parquet, .arrow, or a folder of .parquet; - is CSV on stdin."
OR_STREAMS = Parameter(converter=lambda kind, tokens: [_file_or_stream(kind, [token]) for token in tokens])


@Parameter(name="*", group=EVERYWHERE, negative=(), show_default=False)
@dataclass(frozen=True)
class Look:
    """How a command shows what it does."""

    json: Annotated[bool, Parameter(help="Write one JSON document to stdout and nothing else.")] = False
    quiet: Annotated[bool, Parameter(alias="-q", help="Show warnings and errors only.")] = False
    verbose: Annotated[bool, Parameter(alias="-v", help="Show more.")] = False
    no_color: Annotated[bool, Parameter(help="Use no colors (also NO_COLOR).")] = False
    threads: Annotated[
        int | None, Parameter(help="Use so many processor threads at most; default: all.", show_default=False)
    ] = None
    config: Annotated[
        str | None, Parameter(help="A file of settings; default: glassnet.toml, if it is here.", show_default=False)
    ] = None
    debug: Annotated[bool, Parameter(help="Show Python's traceback when something goes wrong.")] = False


@dataclass
class Screen:
    """Lines are shown at once; `facts` are collected and shown at the end, with --json alone."""

    look: Look
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep the command to its number of threads."""
        if self.look.threads is not None:
            until_the_end(at_most(self.look.threads))

    def line(self, text: str = "") -> None:
        """One line of the result."""
        if not (self.look.json or self.look.quiet):
            print(visible(text), flush=True)

    def step(self, label: str, text: str) -> None:
        """`Reading houses.csv ............ 4 600 rows`."""
        label = f"{label} "
        self.line(f"{label}{'.' * max(LABEL_WIDTH - len(label), 3)} {text}")

    def note(self, text: str) -> None:
        """Something that deserves a look; on stderr, so that it never mixes with results."""
        if text in self.notes:
            return
        self.notes.append(text)
        if not self.look.json:
            print(f"! {visible(text)}", file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Write the JSON document, if one was asked for."""
        if self.look.json:
            print(strict_json(self.facts | {"notes": self.notes}))


def count(number: int, what: str, several: str = "") -> str:
    """`1 row`, `4 600 rows`; thousands are grouped on the screen only."""
    return f"{grouped(number)} {what if number == 1 else several or f'{what}s'}"


def grouped(number: float) -> str:
    """A whole number with spaces between its thousands."""
    return f"{number:,.0f}".replace(",", " ")


def short(number: float) -> str:
    """A number with four digits that count, or whole and grouped from 1 000 on."""
    if not math.isfinite(number):
        return "-"
    if 1000 <= abs(number) < 1e12:
        return grouped(number)
    return f"{number:.4g}"


def clock(seconds: float) -> str:
    """`0:01:12`."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
