"""Facts as JSON that every reader takes: JSON knows no NaN and no infinity, so these become null."""

import json
import math
from typing import Any


def strict_json(facts: Any, *, indent: int | None = None) -> str:
    """The facts as one JSON document; what is neither number, text nor container is written as its text.

    Examples
    --------
    >>> strict_json({"R2": float("nan"), "rows": (1, 2)})
    '{"R2": null, "rows": [1, 2]}'
    """
    return json.dumps(_without_nan(facts), default=str, ensure_ascii=False, indent=indent)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(entry) for entry in value]
    if hasattr(value, "tolist"):  # numbers and arrays of NumPy
        return _without_nan(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
