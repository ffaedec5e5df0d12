"""Rows of text as a Markdown table that also reads well on a terminal."""

from collections.abc import Sequence


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, numbers to the right."""
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    lines = [
        _line(head, widths),
        "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|",
    ]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def digits(number: float, n: int = 3) -> str:
    """The number with n significant digits and without an exponent."""
    if number == 0:
        return "0"
    return f"{number:.0f}" if number >= 10 ** (n - 1) else f"{number:#.{n}g}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return (
        "| "
        + " | ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        + " |"
    )
