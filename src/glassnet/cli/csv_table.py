"""A CSV of any dialect through pandas, with every bad line named, and nothing lost that pandas alone would lose."""

import csv
import io
import re
import warnings
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pandas as pd

from ..errors import InputError
from ..table.texts import BOOLEANS, CODE, GAP_WORDS, code_as_field, number_in
from .dialect import LOOKED_AT, Dialect, dialect_of
from .failures import say
from .screen import grouped
from .source import Source

SECOND_ENCODING = "cp1252"  # what is not UTF-8 is most often this
LINE_SHOWN = 60  # characters of a bad line
INFINITIES = ("inf", "infinity")
BLOCK, LONGEST_CODE = 1 << 22, 64  # characters


def read_csv(
    source: Source, texts: Collection[str], *, skip_bad_rows: bool
) -> tuple[pd.DataFrame, int, tuple[str, ...]]:
    """The table, the number of bad rows, and notes; what is not UTF-8 is read as Windows-1252, and that is said.

    texts : names of columns that stay as they are written
    """
    with refusing(source):
        with source.open() as file:
            head = file.read(LOOKED_AT)
        source = replace(source, dialect=dialect_of(head))
        try:
            return *_csv(source, texts, skip_bad_rows=skip_bad_rows), ()
        except UnicodeDecodeError:
            source = replace(source, dialect=dialect_of(head, SECOND_ENCODING))
            found = _csv(source, texts, skip_bad_rows=skip_bad_rows)
            return *found, (not_utf8(source.name),)


def not_utf8(name: str) -> str:
    """A note that says how a table was read."""
    return f"{name} is not UTF-8, and was read as Windows-1252: look at the accents"


def _csv(source: Source, texts: Collection[str], *, skip_bad_rows: bool) -> tuple[pd.DataFrame, int]:
    header = next(source.records(), (0, []))[1]
    if not header:
        raise InputError(say(f"{source.name} is empty", fix="give a table with a header and rows"), error_id="E102")
    require_different(source.name, [name.strip() for name in header])
    source, bad_rows = _good_records(source) if skip_bad_rows else (source, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # the first row is longer than the header
        try:
            frame = _parsed(source, dtype={name: str for name in header if name.strip() in texts})
        except (pd.errors.ParserError, pd.errors.ParserWarning) as reason:
            raise _bad_line(source, len(header), str(reason)) from reason
    if _may_be_short(source, frame):
        short = _uneven(source, len(header))
        if short is not None:
            raise short
    return _with_numbers(_with_codes(frame, source), source.dialect, texts), bad_rows


def _parsed(source: Source, **options: Any) -> pd.DataFrame:
    with source.open() as file:
        frame: pd.DataFrame = pd.read_csv(
            file,
            sep=source.dialect.separator,
            encoding=source.dialect.encoding,
            decimal=source.dialect.decimal,
            index_col=False,
            low_memory=False,
            skipinitialspace=True,
            keep_default_na=False,
            na_values=[""],  # a country may be NA, and a finding None
            **options,
        )
    return frame.rename(columns=str.strip)


def _with_codes(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The table with columns that hold codes such as 01067 as they are written: they name things, and count nothing."""
    numbers = [place for place, kind in enumerate(frame.dtypes) if kind.kind in "iuf"]
    if not numbers or not _may_hold_codes(source):
        return frame
    written = _parsed(source, usecols=numbers, dtype=str)
    coded = [str(name) for name in written if written[name].str.strip().str.fullmatch(CODE.pattern).any()]
    return frame.assign(**{name: written[name] for name in coded})


def _with_numbers(frame: pd.DataFrame, dialect: Dialect, texts: Collection[str]) -> pd.DataFrame:
    """The table with numbers where words such as NA or points between thousands made texts of them."""
    held = {str(name): pd.api.types.infer_dtype(frame[name]) for name in frame}  # objects may be True, or 2**70
    names = [name for name, kind in held.items() if kind == "string" and name not in texts]
    return frame.assign(**{name: among_words(frame[name], dialect) for name in names})


def among_words(column: pd.Series, dialect: Dialect) -> pd.Series:
    """A column of texts as numbers or truth values, if words for gaps or signs alone stand in the way; else as it is.

    Examples
    --------
    >>> among_words(pd.Series(["1.681,5", "n/a", "inf"]), Dialect(";", decimal=",", is_grouped=True)).tolist()
    [1681.5, nan, inf]
    >>> among_words(pd.Series(["NA", "US"]), Dialect()).tolist()
    ['NA', 'US']
    """
    texts = {text: text.strip() for text in column.dropna().unique()}
    words = {text for text, plain in texts.items() if plain.casefold() in GAP_WORDS}
    values = [plain for text, plain in texts.items() if text not in words]
    if not values or not (words or dialect.is_grouped) or any(map(CODE.fullmatch, values)):
        return column
    if all(value.casefold() in BOOLEANS for value in values):
        return column.map({text: plain.casefold() == "true" for text, plain in texts.items() if text not in words})
    numbers = {text: _number(dialect.plain(plain)) for text, plain in texts.items()}
    return column if None in numbers.values() else column.map(numbers).astype("float64")


def _number(text: str) -> float | None:
    return float(text) if text.lstrip("+-").casefold() in INFINITIES else number_in(text)


def _may_hold_codes(source: Source) -> bool:
    """Whether a field somewhere looks like a code: asked of the text, since most tables need no second reading."""
    code, tail = re.compile(code_as_field(source.dialect.separator), re.ASCII), "\n"
    with io.TextIOWrapper(source.open(), encoding=source.dialect.encoding) as text:
        while block := text.read(BLOCK):
            tail += block
            if code.search(tail):
                return True
            tail = tail[-LONGEST_CODE:]
    return bool(code.search(f"{tail}\n"))


def _good_records(source: Source) -> tuple[Source, int]:
    """The records that have as many fields as the header, and how many others there are."""
    kept, bad, width = io.StringIO(), 0, 0
    writer = csv.writer(kept, delimiter=source.dialect.separator)
    for _, fields in source.records():
        width = width or len(fields)
        if len(fields) == width:
            writer.writerow(fields)
        else:
            bad += 1
    return replace(source, data=kept.getvalue().encode(source.dialect.encoding)), bad


def _may_be_short(source: Source, frame: pd.DataFrame) -> bool:
    """Whether a line may have too few fields, which pandas fills with gaps; asked quickly: few tables have any."""
    if not frame.iloc[:, -1].isna().any():
        return False
    n_signs = n_quotes = 0
    with io.TextIOWrapper(source.open(), encoding=source.dialect.encoding) as text:
        while block := text.read(BLOCK):
            n_signs, n_quotes = n_signs + block.count(source.dialect.separator), n_quotes + block.count('"')
    return n_quotes > 0 or n_signs != (len(frame.columns) - 1) * (len(frame) + 1)


def _uneven(source: Source, width: int) -> InputError | None:
    """The error that names the first line with too many or too few fields, if there is one."""
    for line, fields in source.records():
        if len(fields) != width and fields != [""]:  # a line of blanks is an empty one
            few, many = "a field left out? An empty one needs its separator too;", "a comma inside an unquoted field?"
            return InputError(
                say(
                    f"{source.name}, line {grouped(line)}: expected {width} fields, found {len(fields)}",
                    f"{line}: {_line(source, line)[:LINE_SHOWN]}",
                    fix=f"{many if len(fields) > width else few} --skip-bad-rows drops and counts such rows",
                ),
                error_id="E105",
            )
    return None


def _bad_line(source: Source, width: int, reason: str) -> InputError:
    """The error for a table that pandas refuses; it names the first line that is too long or too short."""
    uneven = _uneven(source, width)
    if uneven is not None:
        return uneven
    found = re.search(r"(EOF inside string starting at row \d+)", reason)
    why = "a quotation mark is opened and never closed" if found else " ".join(reason.split())
    return InputError(say(f"{source.name} cannot be read as a table: {why}", fix="mend the file"), error_id="E105")


def _line(source: Source, number: int) -> str:
    with source.open() as file:
        for line, content in enumerate(file, start=1):
            if line == number:
                return content.decode(source.dialect.encoding, "replace").rstrip("\r\n")
    return ""


@contextmanager
def refusing(source: Source) -> Iterator[None]:
    """Within it, whatever a file can do to its reader becomes an InputError."""
    try:
        yield
    except InputError:
        raise
    except UnicodeDecodeError as reason:
        raise InputError(
            say(
                f"{source.name} is not UTF-8 text",
                f"byte {reason.object[reason.start]:#04x} has no meaning there",
                fix="save it again as UTF-8 (in Excel: 'CSV UTF-8')",
            ),
            error_id="E106",
        ) from reason
    except (OSError, EOFError, zlib.error, csv.Error, ValueError) as reason:
        why = getattr(reason, "strerror", None) or " ".join(str(reason).split())[:200]
        raise InputError(say(f"{source.name} cannot be read: {why}", fix="check the file"), error_id="E106") from reason


def require_different(name: str, columns: list[str]) -> None:
    """Raise InputError if two columns have one name."""
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            raise InputError(
                say(f"{name} has two columns named {column!r}", fix="give each column a name of its own"),
                error_id="E204",
            )
        seen.add(column)
