"""Settings and attributes as JSON, and back as the same values: tuples stay tuples, infinity stays infinity."""

import json
import math
import re
from typing import Any

import numpy as np

DTYPE = re.compile(r"[<>|=]?[biufUO]\d{0,9}")  # such as "<U3"; NumPy knows far more, and looks at them with a parser
MOST_BYTES = 10**8  # of an array of texts that are all shorter than its type says
TAGS = ("float", "tuple", "array", "dict")  # {"float": "inf"}, {"tuple": [...]}, ...


def to_json(value: Any) -> str:
    """One line of strict JSON, with keys in their own order.

    Raises
    ------
    TypeError
        If a value is neither None, a bool, a number, a text, nor a list, tuple, dict or array of those.
    """
    return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Any:
    """The value that `to_json` wrote; it makes numbers, texts and containers, and runs nothing.

    Raises
    ------
    ValueError, KeyError, TypeError, RecursionError
        If the text is not JSON or a tag holds the wrong thing.
    """
    return _value(json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, tuple):
        return {"tuple": [_plain(entry) for entry in value]}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufUO":
        return {"array": [value.dtype.str, _plain(value.tolist())]}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value) and not (len(value) == 1 and set(value) & set(TAGS)):
            return {key: _plain(entry) for key, entry in value.items()}
        return {"dict": [[_plain(key), _plain(entry)] for key, entry in value.items()]}
    raise TypeError(f"{type(value).__name__} {value!r} cannot be written as JSON")


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(entry) for entry in plain]
    if not isinstance(plain, dict):
        return plain
    if set(plain) == {"float"}:
        return float(plain["float"])
    if set(plain) == {"tuple"}:
        return tuple(_value(entry) for entry in plain["tuple"])
    if set(plain) == {"array"}:
        dtype, entries = plain["array"]
        if not DTYPE.fullmatch(dtype):
            raise ValueError(f"{dtype!r} is no type of a list of numbers or texts")
        return _array(dtype, _value(entries))
    if set(plain) == {"dict"}:
        return {_value(key): _value(entry) for key, entry in plain["dict"]}
    return {key: _value(entry) for key, entry in plain.items()}


def _array(dtype: str, entries: Any) -> Any:
    """The array, unless a few short texts would become a huge one."""
    found, width = np.array(entries, dtype="U" if "U" in dtype else dtype), np.dtype(dtype).itemsize
    if "U" in dtype and found.size * width > MOST_BYTES and width > found.itemsize:
        raise ValueError(f"{found.size} short texts do not need the type {dtype!r}")
    return found.astype(dtype)
