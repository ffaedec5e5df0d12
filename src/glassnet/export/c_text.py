"""Numbers and texts as C writes them, safe in any file: no text of a user can end a literal or a comment."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import SettingError
from ..network.arrays import Array

LONGEST_TEXT = 4095  # characters that a compiler of C99 must take in one literal
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,:;-+=()<>|&!#")
WIDTH = 116


def text(value: str) -> str:
    r"""A literal for a text in UTF-8; what is not a plain letter or digit is three octal digits, `?` too (trigraphs).

    Raises
    ------
    SettingError
        If C cannot hold the text.

    Examples
    --------
    >>> print(text('a "b" */ ??/'), text("ü"))
    "a \042b\042 \052\057 \077\077\057" "\303\274"
    """
    data = value.encode("utf-8", "replace")
    if 0 in data or len(data) > LONGEST_TEXT:
        raise SettingError(
            f"the text {value[:40]!r} of the model cannot stand in a C file, which holds texts of up to {LONGEST_TEXT} "
            "bytes, none of them 0. Export to NumPy instead.",
            error_id="E305",
        )
    return '"' + "".join(chr(byte) if byte in PLAIN else f"\\{byte:03o}" for byte in data) + '"'


def csv_field(value: str) -> str:
    """A text as a field of a CSV: in quotes if it holds a comma, a quote or a line end.

    Examples
    --------
    >>> csv_field('5" pipe'), csv_field("pipe")
    ('"5"" pipe"', 'pipe')
    """
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"\r\n') else value


def numbers(values: Array) -> list[str]:
    """Literals that read as exactly these numbers, of float for a float32 array, else of double.

    Examples
    --------
    >>> numbers(np.float32([0.1, 1e-7])), numbers(np.array([0.1]))
    (['0.1f', '1e-07f'], ['0.1'])
    """
    flat = np.ravel(values)
    ending = "f" if flat.dtype == np.float32 else ""
    return [f"{word}{ending}" for word in flat.astype(str).tolist()]


def array(kind: str, name: str, entries: Iterable[str], inner: str = "") -> str:
    """`static const kind name[n] = {...};`, in lines of bounded length. inner : the size of entries that are arrays."""
    entries = list(entries)
    return f"static const {kind} {name}[{len(entries)}]{inner} = {{\n{_lines(entries)}\n}};\n"


def structs(kind: str, name: str, rows: Sequence[Sequence[Any]]) -> str:
    """An array of structs; no text where there are none."""
    return array(f"struct {kind}", name, ["{" + ", ".join(map(str, row)) + "}" for row in rows]) if rows else ""


def _lines(entries: Sequence[str]) -> str:
    lines, line = [], "   "
    for entry in entries:
        if len(line) + len(entry) > WIDTH and line.strip():
            lines.append(line)
            line = "   "
        line += f" {entry},"
    return "\n".join([*lines, line])
