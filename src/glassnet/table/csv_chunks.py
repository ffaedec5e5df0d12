"""A CSV file in stretches of bytes, each beginning and ending with a row, so that any of them can be read by itself."""

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from ..errors import InputError
from .texts import CODE, GAP_WORDS, code_as_field

STRETCH_BYTES = 4 << 20
NO_NUMBER = rf"{CODE.pattern}|[+-]?0[xX][0-9a-fA-F]+"  # names that pyarrow would take for numbers
WHOLE = r"[+-]?[0-9]+"
BEYOND_INT64 = 2.0**63  # from here on pyarrow takes whole numbers for others, and different ones for the same
TRUE, FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")  # 1 and 0 beside them are names of levels
# What is a gap among numbers and dates, in small letters and capitals; among texts pyarrow leaves such words alone.
GAPS = ["", *("".join(signs) for word in GAP_WORDS for signs in product(*({c, c.upper()} for c in word)))]


@dataclass(frozen=True)
class CsvForm:
    """How a CSV is written. Quotation marks are always double ones.

    texts : names of columns that stay as they are written
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """Bytes start, ..., start + n_bytes - 1 of a file: whole rows, the header not among them."""

    path: Path
    start: int
    n_bytes: int

    def data(self) -> bytes:
        """The bytes."""
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return file.read(self.n_bytes)


def csv_stretches(paths: Sequence[Path], form: CsvForm) -> tuple[Any, list[tuple[int, Any]]]:
    """The pyarrow schema of the files together, and (number of rows, function that reads them) for each stretch.

    The files are read once: the types of all rows decide what a column holds, not those of the first rows.

    Raises
    ------
    InputError
        If a file has no header, another one than the first, or rows with too few or too many fields.
    """
    found: list[tuple[Stretch, int]] = []
    schema, first_names = None, None
    for path in paths:
        names, begin = _header(path, form)
        first_names = first_names or names
        if names != first_names:
            raise InputError(
                f"{path} has other columns than {paths[0]}. Files that make one table have the same columns, in the "
                "same order.",
                error_id="E108",
            )
        n_before = 0
        for stretch in _stretches(path, begin):
            kinds, n_rows = _kinds_in(stretch, names, form, n_before)
            schema = kinds if schema is None else _joined(schema, kinds)
            found.append((stretch, n_rows))
            n_before += n_rows
    if schema is None or first_names is None:
        raise InputError(f"{paths[0]} holds no rows. Give a table with rows.", error_id="E103")
    agreed = dict(zip(schema.names, schema.types, strict=True))
    return schema, [(n_rows, partial(_read, stretch, first_names, form, agreed)) for stretch, n_rows in found]


def _read(
    stretch: Stretch, header: list[str], form: CsvForm, kinds: dict[str, Any], names: Sequence[str], n: int
) -> Iterator[Any]:
    """These columns of a stretch, at most n rows at a time, with the types that all rows have agreed on."""
    table = _parsed(stretch, header, form, kinds).select(list(names))
    for start in range(0, table.num_rows, n):
        yield _with_gaps(table.slice(start, n).combine_chunks())


def _with_gaps(table: Any) -> Any:
    """The table with gaps in place of empty texts: among texts nothing else is a gap."""
    import pyarrow
    import pyarrow.compute

    for place, field in enumerate(table.schema):
        if pyarrow.types.is_string(field.type):
            texts = table.column(place)
            full = pyarrow.compute.not_equal(texts, "")
            table = table.set_column(
                place, field, pyarrow.compute.if_else(full, texts, pyarrow.scalar(None, field.type))
            )
    return table


def _header(path: Path, form: CsvForm) -> tuple[list[str], int]:
    """The names of the columns, and where the rows begin."""
    with open(path, "rb") as file:
        head = file.readline()
        while head and not head.removeprefix(BOM_UTF8).strip(b"\r\n"):  # empty lines may come first
            head = file.readline()
        while head.count(b'"') % 2 and (more := file.readline()):  # a name may go over several lines
            head += more
        begin = file.tell()
    try:
        text = head.decode(form.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as reason:
        raise _undecodable(path, form, reason) from reason
    records = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator, skipinitialspace=True)
    names = [name.strip() for name in next(records, [])]
    if next(records, []):
        raise InputError(
            f"the lines of {path} end in carriage returns alone, as those of old programs do, and cannot be read in "
            "pieces. Save it again with line feeds.",
            error_id="E106",
        )
    if not names:
        raise InputError(f"{path} is empty. Give a table with a header and rows.", error_id="E102")
    if names.count("") == 1:  # an index, as pandas writes and calls it
        names[names.index("")] = f"Unnamed: {names.index('')}"
    return names, begin


def _stretches(path: Path, begin: int) -> Iterator[Stretch]:
    """Stretches of about 4 MB. A line feed ends a row where the quotation marks before it are even in number."""
    with open(path, "rb") as file:
        file.seek(begin)
        data, start = file.read(STRETCH_BYTES), begin
        while data:
            more = file.read(STRETCH_BYTES)
            cut = len(data) if not more else _end_of_rows(data)
            if cut:
                yield Stretch(path, start, cut)
            data, start = data[cut:] + more, start + cut


def _end_of_rows(data: bytes) -> int:
    """The place behind the last row that ends in the data; 0 if none does."""
    cut = data.rfind(b"\n") + 1
    while cut and data.count(b'"', 0, cut) % 2:
        cut = data.rfind(b"\n", 0, cut - 1) + 1
    return cut


def _kinds_in(stretch: Stretch, names: list[str], form: CsvForm, n_before: int) -> tuple[Any, int]:
    """The schema of a stretch, and how many rows it has. Columns that hold codes such as 01067 are texts."""
    import pyarrow
    import pyarrow.compute

    text = pyarrow.string()
    table = _parsed(stretch, names, form, dict.fromkeys(form.texts, text), n_before)
    if pyarrow.binary() in table.schema.types:  # what pyarrow calls texts that are not UTF-8
        _require_decodable(stretch, form)
    numbers = [one.name for one in table.schema if _is_number(one.type)]
    long = [name for name, column in zip(table.schema.names, table.columns, strict=True) if _is_long(column)]
    signs = code_as_field(form.separator).encode()
    coded, kinds_of_long = list[str](), dict[str, Any]()
    if long or (numbers and re.search(rb"%b|0[xX]" % signs, b"\n%b\n" % stretch.data())):
        written = _parsed(stretch, names, form, dict.fromkeys((*form.texts, *numbers), text), n_before)
        coded = [name for name in numbers if _matches(written[name], NO_NUMBER, pyarrow.compute.any)]
        whole = [name for name in long if _matches(written[name], WHOLE, pyarrow.compute.all)]
        kinds_of_long = {name: _kind_of_long(written[name]) for name in whole}
    kinds = [
        text if one.name in coded or _is_better_text(one.type) else kinds_of_long.get(one.name, one.type)
        for one in table.schema
    ]
    return pyarrow.schema(list(zip(table.schema.names, kinds, strict=True))), table.num_rows


def _is_long(column: Any) -> bool:
    """Whether whole numbers beyond 64 bits with a sign may be among these, which pyarrow reads as floats."""
    import pyarrow

    if not pyarrow.types.is_floating(column.type):
        return False
    low_high = pyarrow.compute.min_max(column).as_py()
    return any(end is not None and abs(end) >= BEYOND_INT64 for end in low_high.values())


def _kind_of_long(texts: Any) -> Any:
    """The type that keeps whole numbers written so apart: pandas has whole numbers without gaps, or else texts."""
    import pyarrow

    try:
        return texts.cast(pyarrow.uint64()).type
    except pyarrow.ArrowInvalid:  # a gap, a number below 0, or one of more than 64 bits
        return pyarrow.string()


def _matches(texts: Any, pattern: str, how_many: Any) -> bool:
    """Whether any, or all, of the texts that are no gaps are of that pattern, blanks around them aside."""
    import pyarrow.compute

    present = texts.filter(pyarrow.compute.invert(pyarrow.compute.is_in(texts, pyarrow.array(GAPS))))
    return bool(how_many(pyarrow.compute.match_substring_regex(present, rf"^\s*({pattern})\s*$")).as_py())


def _is_better_text(kind: Any) -> bool:
    """Whether texts.py reads such values otherwise: zones are read over, parts of seconds count, 08:30 is a text."""
    import pyarrow

    is_moment = pyarrow.types.is_timestamp(kind)
    return bool(pyarrow.types.is_time(kind) or (is_moment and (kind.tz is not None or kind.unit != "s")))


def _parsed(stretch: Stretch, names: list[str], form: CsvForm, kinds: dict[str, Any], n_before: int = 0) -> Any:
    """The rows of a stretch; `kinds` has the types of columns that are known."""
    import pyarrow
    import pyarrow.csv

    csv = pyarrow.csv
    try:
        return csv.read_csv(
            pyarrow.BufferReader(stretch.data()),
            csv.ReadOptions(
                use_threads=False, column_names=names, encoding=form.encoding, block_size=3 * stretch.n_bytes + 1
            ),
            csv.ParseOptions(delimiter=form.separator, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=kinds,
                null_values=GAPS,
                true_values=TRUE,
                false_values=FALSE,
                decimal_point=form.decimal,
            ),
        )
    except (pyarrow.ArrowInvalid, UnicodeDecodeError) as reason:
        _require_decodable(stretch, form)
        why = " ".join(str(reason).split())[:200]
        raise InputError(
            f"{stretch.path} cannot be read as a table, below row {n_before}: {why}. Mend the file, or look at its "
            "separator and quotation marks.",
            error_id="E105",
        ) from reason


def _require_decodable(stretch: Stretch, form: CsvForm) -> None:
    try:
        stretch.data().decode(form.encoding)
    except UnicodeDecodeError as reason:
        raise _undecodable(stretch.path, form, reason) from reason


def _undecodable(path: Path, form: CsvForm, reason: UnicodeDecodeError) -> InputError:
    return InputError(
        f"{path} is not {form.encoding.upper()} text: byte {reason.object[reason.start]:#04x} has no meaning there. "
        "Save it again as UTF-8.",
        error_id="E106",
    )


def _is_number(kind: Any) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind))


def _joined(one: Any, other: Any) -> Any:
    """The types that hold the values of both schemas: whole numbers and others are numbers, all else is text."""
    import pyarrow

    fields = []
    for a, b in zip(one, other, strict=True):
        kinds = {a.type, b.type} - {pyarrow.null()}
        if len(kinds) > 1:
            numbers = all(map(_is_number, kinds))
            dates = all(pyarrow.types.is_date(kind) or pyarrow.types.is_timestamp(kind) for kind in kinds)
            kinds = {pyarrow.float64() if numbers else pyarrow.timestamp("s") if dates else pyarrow.string()}
        fields.append(pyarrow.field(a.name, kinds.pop() if kinds else pyarrow.null()))
    return pyarrow.schema(fields)
