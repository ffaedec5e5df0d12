"""What a section consists of: paragraphs, numbers on cards, tables, figures and texts as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """A paragraph; the look is "plain", "headline", "note" or "warning"."""

    text: str
    look: str = "plain"
    kind: str = "words"


@dataclass(frozen=True)
class Cards:
    """A few numbers that are worth large letters: (what, value)."""

    pairs: Sequence[tuple[str, str]]
    kind: str = "cards"


@dataclass(frozen=True)
class Table:
    """A table. Cells are texts and numbers, or drawings from `spark.py`; a note says what was left out."""

    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    kind: str = "table"


@dataclass(frozen=True)
class Figure:
    """A drawing with a name that is unique on the page, a title, a description, and its data as a table."""

    name: str
    title: str
    description: str
    svg: str
    table: Table
    kind: str = "figure"


@dataclass(frozen=True)
class Verbatim:
    """A text as it is, such as a file, that opens on a click."""

    title: str
    text: str
    kind: str = "verbatim"


@dataclass(frozen=True)
class Terms:
    """Explanations: (term, meaning, address of its page)."""

    entries: Sequence[tuple[str, str, str]]
    kind: str = "terms"


Part = Words | Cards | Table | Figure | Verbatim | Terms


@dataclass(frozen=True)
class Section:
    """A section of the page; the name is its anchor."""

    name: str
    title: str
    parts: Sequence[Part]
