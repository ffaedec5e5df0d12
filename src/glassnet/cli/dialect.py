"""How a CSV is written: what parts its fields, which signs stand for which letters, and the sign for decimals."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 65_536  # bytes at the beginning of a file
UTF16 = (b"\xff\xfe", b"\xfe\xff")
COMMA_NUMBER, POINT_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+),\d+"), re.compile(r"[-+]?\d+\.\d+")
GROUPED = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?")  # 7.681,50 and 7.681, where commas stand before decimals


@dataclass(frozen=True)
class Dialect:
    """separator : between fields. encoding : Python's name of it. decimal : the sign in front of decimals.

    is_grouped : whether points part thousands
    """

    separator: str = ","
    encoding: str = "utf-8-sig"
    decimal: str = "."
    is_grouped: bool = False

    def plain(self, text: str) -> str:
        """A number as Python writes it; any other text as it is.

        Examples
        --------
        >>> Dialect(";", decimal=",", is_grouped=True).plain("7.681,50"), Dialect().plain("7,5")
        ('7681.50', '7,5')
        """
        if self.is_grouped and GROUPED.fullmatch(text):
            text = text.replace(".", "")
        return text.replace(",", ".") if self.decimal == "," and COMMA_NUMBER.fullmatch(text) else text


def dialect_of(head: bytes, encoding: str | None = None) -> Dialect:
    """The dialect of a file that begins with these bytes.

    The separator is the one that makes the most fields of the header, a comma if in doubt. Decimal commas are
    recognised where something else parts the fields, as many European programs write them, and points between thousands
    with them.

    encoding : if it is known; else UTF-8, or UTF-16 by its mark

    Examples
    --------
    >>> dialect_of("größe;preis".encode())
    Dialect(separator=';', encoding='utf-8-sig', decimal='.', is_grouped=False)
    """
    encoding = encoding or ("utf-16" if head.startswith(UTF16) else "utf-8-sig")
    text = head.decode(encoding, "ignore")
    separator = max(SEPARATORS, key=lambda sign: len(next(_records(text, sign), [])))
    records = list(_records(text, separator))
    whole = records[:-1] if len(head) >= LOOKED_AT else records  # the last may be cut in the middle of a number
    fields = [field.strip() for record in whole[1:] for field in record]
    if separator == "," or not any(map(COMMA_NUMBER.fullmatch, fields)):
        return Dialect(separator, encoding)
    grouped = [bool(GROUPED.fullmatch(field)) for field in fields]
    has_points = any(
        POINT_NUMBER.fullmatch(field) and not is_one for field, is_one in zip(fields, grouped, strict=True)
    )
    return Dialect(separator, encoding) if has_points else Dialect(separator, encoding, ",", any(grouped))


def _records(text: str, separator: str) -> Iterator[list[str]]:
    """The fields of each record; empty lines are left out."""
    return filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True))
