"""What each column is: a number, true or false, a category, a date, or nothing to learn from.

The rules look at names, types and values of columns, never at the target. docs/tables.md states them.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..errors import InputError, nearest
from .choices import DROP, Choice
from .frames import Column, Frame, called, name_of
from .levels import levels_in
from .texts import CODE, boolean_in, date_form, number_in, reads_all

IDENTIFIER_ROWS = 20  # in fewer rows, all values being different says little
IDENTIFIER_SHARE = 0.95  # texts are names of rows if so many of them are different
ODD_SHARE = 0.1  # where no more of the texts than this are no numbers, they may be typing mistakes
ROW_NUMBERS = ("index", "row", "row number", "row no", "row nr", "row id", "nr", "no", "unnamed: 0", "level 0", "#", "")
IDENTIFIERS = ("id", "uuid", "guid", "identifier")


def decide(frame: Frame, column_kinds: Mapping[str | int, str] | None = None) -> tuple[Choice, ...]:
    """What every column is; `column_kinds` says it for some of them, by name (by place where there are no names).

    Raises
    ------
    InputError
        If column_kinds names a column that does not exist, or no column is left to learn from.

    Examples
    --------
    >>> from glassnet.table.frames import read_frame
    >>> frame = read_frame([["7", "a", 1.5], ["8", "b", 1.5], ["x", "a", 1.5]])
    >>> [choice.kind for choice in decide(frame)]
    ['category', 'category', 'constant']
    >>> [choice.kind for choice in decide(frame, {1: "drop"})]
    ['category', 'left out', 'constant']
    """
    wishes = {name_of(label): kind for label, kind in (column_kinds or {}).items()}
    names = [column.name for column in frame.columns]
    for wish in wishes:
        if wish not in names:
            hint = nearest(wish, names)
            raise InputError(
                f"column_kinds speaks of {called(wish)}, which X does not have. Columns of X: "
                f"{', '.join(map(str, names[:8]))}{', ...' if len(names) > 8 else ''}. {hint}".rstrip(),
                error_id="E201",
            )
    choices = tuple(_choice(column, wishes.get(column.name), frame.number) for column in frame.columns)
    if not any(choice.is_used for choice in choices):
        why = "; ".join(f"{called(choice.name)}: {choice.kind}" for choice in choices[:8])
        raise InputError(
            f"no column of X can be learnt from ({why}). Give columns whose values repeat and differ, or say what a "
            "column is: column_kinds={'name': 'category'}.",
            error_id="E206",
        )
    return choices


def _choice(column: Column, wish: str | None, number: Callable[[int], int]) -> Choice:
    if wish == DROP:
        return Choice(column.name, "left out", "as column_kinds says")
    if column.is_empty:
        return Choice(column.name, "empty", "no value in any row")
    if _is_constant(column):
        return Choice(column.name, "constant", "the same value in every row")
    if wish is not None:
        return Choice(column.name, wish, "as column_kinds says", _form_of(column) if wish == "date" else "")
    if column.held == "text":
        return _choice_of_text(column, number)
    if column.held == "number" and column.whole and _numbers_rows(column):
        return _identifier(column.name, "a different whole number in every row", "number")
    return Choice(column.name, column.held)


def _choice_of_text(column: Column, number: Callable[[int], int]) -> Choice:
    texts = levels_in(column.values)
    if reads_all(texts, boolean_in):
        return Choice(column.name, "boolean", "read from text")
    if reads_all(texts, number_in) and not any(CODE.fullmatch(text) for text in texts):
        return _choice_of_written_number(column)
    form = date_form(texts)
    if form is not None:
        return Choice(column.name, "date", f"read from text as {form}", form)
    n_present = int((~column.gaps).sum())
    if n_present >= IDENTIFIER_ROWS and len(texts) > IDENTIFIER_SHARE * n_present:
        return _identifier(column.name, f"{len(texts)} different texts in {n_present} rows", "category")
    return Choice(column.name, "category", doubt=_odd_among_numbers(column, texts, number))


def _choice_of_written_number(column: Column) -> Choice:
    numbers = [number_in(text) for text in column.values.tolist() if text is not None]
    whole = all(number is not None and number == np.floor(number) for number in numbers)
    if whole and _numbers_rows(column):
        return _identifier(column.name, "a different whole number in every row", "number")
    return Choice(column.name, "number", "" if column.whole else "read from text")


def _identifier(name: str | int, note: str, meaning: str) -> Choice:
    doubt = (
        f"is taken for an identifier ({note}) and left out, since what names a row says nothing about new rows. If it "
        f"means something, set column_kinds={{{name!r}: {meaning!r}}}; 'drop' leaves it out without this warning."
    )
    return Choice(name, "identifier", note, doubt=doubt)


def _odd_among_numbers(column: Column, texts: Sequence[str], number: Callable[[int], int]) -> str:
    """Words about a column whose texts are numbers but for a few; empty for other columns."""
    odd = {text for text in texts if number_in(text) is None}
    if not odd or len(odd) > ODD_SHARE * len(texts):
        return ""
    row = next(row for row, text in enumerate(column.values) if text in odd)
    return (
        f"is taken for a category, although nearly all of its texts are numbers: row {number(row)} holds "
        f"{column.values[row]!r}. Correct such values or leave them empty to have numbers. If a category is meant, "
        f"column_kinds={{{column.name!r}: 'category'}} says so without this warning."
    )


def _form_of(column: Column) -> str:
    """How dates are written in a column that holds texts; empty for one that holds dates."""
    if column.held not in ("text", "category"):
        return ""
    form = date_form(levels_in(column.values))
    if form is None:
        first = next(text for text in column.values if text is not None)
        raise InputError(
            f"column_kinds says that {called(column.name)} holds dates, but its texts, such as {first!r}, are not all "
            "of one known form, such as 2026-01-31. Turn them into dates, or give it another kind.",
            error_id="E202",
        )
    return form


def _is_constant(column: Column) -> bool:
    if column.gaps.any():
        return False
    return bool((column.values == column.values[0]).all())


def _numbers_rows(column: Column) -> bool:
    """Whether whole numbers name the rows: all different, in a column whose name says so."""
    values, words = column.values[~column.gaps], _words(column.name)
    if len(values) < IDENTIFIER_ROWS or len(values) < len(column.values):
        return False
    says_so = " ".join(words) in ROW_NUMBERS or words[-1] in IDENTIFIERS
    return says_so and len(np.unique(values)) == len(values)


def _words(name: str | int) -> list[str]:
    """The words of a name, in small letters: CustomerId and customer_id are both customer, id."""
    if isinstance(name, int):
        return [f"column {name}"]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").casefold().split()
