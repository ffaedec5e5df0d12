"""Settings as TOML, which Python reads by itself and does not write."""

import json
from collections.abc import Mapping
from typing import Any


def toml_value(value: Any) -> str:
    """A text, number, boolean or list of those.

    Examples
    --------
    >>> [toml_value(value) for value in ("a", True, float("inf"), (64, 32))]
    ['"a"', 'true', 'inf', '[64, 32]']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_lines(values: Mapping[str, Any]) -> list[str]:
    """`name = value` for every value that is not None, the names as flags have them."""
    return [f"{name.replace('_', '-')} = {toml_value(value)}" for name, value in values.items() if value is not None]
