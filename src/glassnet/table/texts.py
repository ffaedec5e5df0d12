"""Texts that mean something else: a number, a date, or true and false."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime

import numpy as np

from ..network.arrays import Array
from .frames import EPOCH

# Among numbers and dates these mean "missing".
GAP_WORDS = frozenset(("na", "n/a", "nan", "null", "none", "#n/a", "<na>", "?", "-"))
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
CODE = re.compile(r"0\d+", re.ASCII)  # 007 and 01234 are names that are written in digits
BOOLEANS = {"true": 1.0, "false": 0.0}
CLOCK = (
    r"(?:[T ]\s*(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<part>\d{1,9}))?)?)?"
    r"\s?(?:Z|UTC|[+-]\d\d:?\d\d)?"
)  # a zone is read over: the hour is that of the clock on the wall
DATE_FORMS = {
    name: re.compile(pattern + CLOCK, re.ASCII)
    for name, pattern in {
        "year-month-day": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        "year/month/day": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        "day.month.year": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        "month/day/year": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
        "day/month/year": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
        "day-month-year": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
    }.items()
}
Reader = Callable[[str], float | None]


def code_as_field(separator: str) -> str:
    """The pattern of a code that is a whole field of a CSV, in quotation marks or not; what follows is not consumed.

    Examples
    --------
    >>> bool(re.search(code_as_field(";"), " 01067;5")), bool(re.search(code_as_field(";"), " 1.05;5"))
    (True, False)
    """
    ends = rf'["\s{re.escape(separator)}]'
    return rf"{ends}{CODE.pattern}(?={ends})"


def number_in(text: str) -> float | None:
    """The number that a text is, NaN for a word that means "missing", None for any other text.

    Examples
    --------
    >>> number_in("-1.5e3"), number_in("n/a"), number_in("1,5")
    (-1500.0, nan, None)
    """
    if NUMBER.fullmatch(text):
        return float(text)
    return float("nan") if text.casefold() in GAP_WORDS else None


def boolean_in(text: str) -> float | None:
    """1 for true, 0 for false in small letters or capitals, NaN for "missing", None for any other text."""
    word = text.casefold()
    return float("nan") if word in GAP_WORDS else BOOLEANS.get(word)


def date_in(form: str) -> Reader:
    """A function that reads dates of this form, with or without a time of day, as seconds since 1970.

    Examples
    --------
    >>> date_in("day.month.year")("2.1.1970"), date_in("year-month-day")("1970-01-01 00:01")
    (86400.0, 60.0)
    """
    pattern = DATE_FORMS[form]

    def read(text: str) -> float | None:
        found = pattern.fullmatch(text)
        if found is None:
            return float("nan") if text.casefold() in GAP_WORDS else None
        year, month, day, hour, minute, second = (int(found[name] or 0) for name in "ymdHMS")
        try:
            moment = datetime(year, month, day, hour, minute, second)
        except ValueError:  # 31 February
            return None
        return (moment - EPOCH).total_seconds() + float(f"0.{found['part'] or 0}")

    return read


def reads_all(texts: Iterable[str], reader: Reader) -> bool:
    """Whether every text can be read, and one of them at least is more than a word for "missing"."""
    some = False
    for text in texts:
        value = reader(text)
        if value is None:
            return False
        some = some or value == value
    return some


def date_form(texts: Iterable[str]) -> str | None:
    """The first of DATE_FORMS that fits all texts, or None. Where both fit, the month comes before the day."""
    texts = list(texts)
    return next((form for form in DATE_FORMS if reads_all(texts, date_in(form))), None)


def values_of(texts: Array, reader: Reader) -> tuple[Array, int | None]:
    """The texts (n_rows,) as float64, NaN for gaps, and the first row that cannot be read, or None."""
    known: dict[str | None, float | None] = {text: reader(text) for text in set(texts.tolist()) - {None}}
    known[None] = float("nan")
    if None in known.values():
        return np.empty(0), next(row for row, text in enumerate(texts) if known[text] is None)
    return np.array([known[text] for text in texts.tolist()], dtype=np.float64), None
