"""How a CSV is written: what parts its fields, which signs stand for which letters, and the sign for decimals."""

import csv
import re
from dataclasses import dataclass

SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 65_536  # bytes at the beginning of a file
UTF16 = (b"\xff\xfe", b"\xfe\xff")
COMMA_NUMBER, POINT_NUMBER = re.compile(r"[-+]?\d+,\d+"), re.compile(r"[-+]?\d+\.\d+")


@dataclass(frozen=True)
class Dialect:
    """separator : between fields. encoding : Python's name of it. decimal : the sign in front of decimals."""

    separator: str = ","
    encoding: str = "utf-8-sig"
    decimal: str = "."


def dialect_of(head: bytes, encoding: str | None = None) -> Dialect:
    """The dialect of a file that begins with these bytes.

    The separator is the one that makes the most fields of the header, a comma if in doubt. Decimal commas are
    recognised where semicolons part the fields, as many European programs write them.

    encoding : if it is known; else UTF-8, or UTF-16 by its mark

    Examples
    --------
    >>> dialect_of("größe;preis".encode())
    Dialect(separator=';', encoding='utf-8-sig', decimal='.')
    """
    encoding = encoding or ("utf-16" if head.startswith(UTF16) else "utf-8-sig")
    lines = [line for line in head.decode(encoding, "ignore").splitlines() if line.strip()][:100]
    if not lines:
        return Dialect(encoding=encoding)
    separator = max(SEPARATORS, key=lambda sign: len(_fields(lines[0], sign)))
    fields = [field.strip() for line in lines[1:] for field in _fields(line, separator)]
    is_comma = any(map(COMMA_NUMBER.fullmatch, fields)) and not any(map(POINT_NUMBER.fullmatch, fields))
    return Dialect(separator, encoding, "," if separator == ";" and is_comma else ".")


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
