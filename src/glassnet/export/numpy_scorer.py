"""Scores rows with NumPy alone. An exported scorer is this file with the numbers of a model behind it.

predict(table) takes a data frame, a dict of columns, or rows (a two-dimensional array or a list of rows), and gives a
dict of columns: the prediction and what goes with it. A gap is None, NaN or an empty text.
"""

import base64
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

MODEL: dict[str, Any] = {}
BLOCK = 4096  # rows at a time
LARGEST = 1e150  # numbers beyond this count as infinite
BOUND = 6.0  # what numbers that are drawn in never reach
GAP_WORDS = ("", "na", "n/a", "nan", "null", "none", "#n/a", "<na>", "?", "-")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
CLOCK = r"(?:[T ]\s*(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?"
PARTS = {"year": r"(?P<y>\d{4})", "month": r"(?P<m>\d{1,2})", "day": r"(?P<d>\d{1,2})"}


def predict(table: Any) -> dict[str, Any]:
    """{name: values (n_rows,)} for a data frame, a dict of columns, or rows. Raises ValueError for what it cannot read.

    Numbers give `prediction` (with the number of the target, or the quantile, where there are several), and `lower` and
    `upper` if the model was exported with intervals. Classes give the most probable as `prediction`, and their
    probabilities; labels give 0 or 1 and the probability of a 1.
    """
    columns = _columns(table)
    starts = range(0, max(map(len, columns.values()), default=0), BLOCK)
    blocks = [_scored({k: values[start : start + BLOCK] for k, values in columns.items()}) for start in starts]
    out = np.vstack([np.empty((0, len(MODEL["outputs"]))), *blocks])
    bad = ~np.isfinite(out).all(axis=1)
    if bad.any():
        raise ValueError(f"row {np.argmax(bad)} has no finite prediction: it has a gap, or is far from all known rows")
    found: dict[str, Any] = {}
    if MODEL["answers"] == "classes":
        found["prediction"] = np.array(MODEL["classes"])[out.argmax(axis=1)]
    elif MODEL["answers"] == "labels":
        found = {f"prediction_{name}": (out[:, k] > 0.5).astype(int) for k, name in enumerate(MODEL["classes"])}
    return found | {name: out[:, k] for k, name in enumerate(MODEL["outputs"])}


# ---- From cells to numbers ------------------------------------------------------------------------------------------


def _columns(table: Any) -> dict[int, Any]:
    """{place: one number for each row} of the columns in use."""
    named = hasattr(table, "keys") or hasattr(table, "columns")
    rows = None if named else table if isinstance(table, np.ndarray) else np.array(table, dtype=object)
    if rows is not None and (rows.ndim != 2 or rows.shape[1] != len(MODEL["columns"])):
        raise ValueError(f"rows of {len(MODEL['columns'])} columns are needed, found an array of shape {rows.shape}")
    if rows is None and not MODEL["named"]:
        raise ValueError("the model knows no names of columns: give rows, not named columns")
    found = {}
    for place, (name, kind, form, levels) in enumerate(MODEL["columns"]):
        if kind != "unused":
            found[place] = _read(name, table[name] if rows is None else rows[:, place], kind, form, levels)
    return found


def _read(name: Any, values: Any, kind: str, form: str, levels: dict[str, int]) -> Any:
    values = np.asarray(values) if hasattr(values, "__array__") else np.array(list(values), dtype=object)
    if kind == "category":
        codes: dict[Any, float] = {}
        return np.array([_code(value, levels, codes) for value in values.tolist()], dtype=np.float64)
    if values.dtype.kind in "mM" and (values.dtype.kind == "M") == (kind == "date"):
        return np.where(np.isnat(values), np.nan, values.astype(f"{values.dtype.kind}8[us]").astype(np.int64) / 1e6)
    if values.dtype.kind in "iufb" and kind != "date":
        numbers = values.astype(np.float64)
    else:
        pattern = re.compile(re.sub("year|month|day", lambda part: PARTS[part[0]], re.escape(form)) + CLOCK, re.ASCII)
        readers: dict[str, Callable[[Any], float]] = {
            "number": _number,
            "boolean": lambda value: {"true": 1.0, "false": 0.0}[value.lower()] if type(value) is str else float(value),
            "date": lambda value: _seconds(value, pattern),
        }
        numbers = np.array([_one(name, value, readers[kind]) for value in values.tolist()], dtype=np.float64)
    if kind == "boolean" and not (np.isin(numbers, (0, 1)) | np.isnan(numbers)).all():
        raise ValueError(f"column {name!r} is true or false, and holds something else")
    if not (MODEL["mixed"] or np.isfinite(numbers).all()):
        raise ValueError(f"column {name!r} has a gap or an infinite number, which the model has not learnt to read")
    return numbers


def _is_gap(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _one(name: Any, value: Any, reader: Callable[[Any], float]) -> float:
    """The number that a cell stands for; NaN for a gap and for a word that means one."""
    value = value.strip() if isinstance(value, str) else value
    if _is_gap(value) or (isinstance(value, str) and value.lower() in GAP_WORDS):
        return math.nan
    try:
        return reader(value)
    except (ValueError, TypeError, KeyError, AttributeError) as reason:
        raise ValueError(f"column {name!r} holds {value!r}, which cannot be read") from reason


def _number(value: Any) -> float:
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        raise ValueError("no number")
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)


def _seconds(value: Any, pattern: re.Pattern[str]) -> float:
    """Seconds since 1970 of a date, or of a text; the zone is read over."""
    if not isinstance(value, str):
        clock = [getattr(value, part, 0) for part in ("hour", "minute", "second", "microsecond")]
        moment = datetime(*(value.year, value.month, value.day), *clock)  # type: ignore[arg-type]
        return (moment - datetime(1970, 1, 1)).total_seconds()
    found = pattern.fullmatch(value)
    if found is None:
        raise ValueError("no date of this form")
    moment = datetime(*(int(found[part] or 0) for part in "ymdHMS"))  # type: ignore[arg-type]
    return (moment - datetime(1970, 1, 1)).total_seconds() + float(f"0.{found['f'] or 0}")


def _code(value: Any, levels: dict[str, int], known: dict[Any, float]) -> float:
    """The place among the levels, then one for a gap, then one for an unseen level; 5 and 5.0 are the same level."""
    if _is_gap(value):
        return len(levels)
    key = type(value), value  # True == 1 for Python, but not as the name of a level
    if key not in known:
        whole = isinstance(value, float) and math.isfinite(value) and value == math.floor(value)
        text = str(int(value) if whole else value).strip()
        known[key] = levels.get(text, len(levels) + 1) if text else len(levels)
    return known[key]


# ---- From numbers to predictions -------------------------------------------------------------------------------------


def _scored(columns: dict[int, Any]) -> Any:
    """The outputs (n_rows, n_outputs) of columns of numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        members, units = map(np.array, zip(*[_member(member, columns) for member in MODEL["members"]], strict=True))
    out = members.mean(axis=0)
    if MODEL["ranks"]:  # a larger quantile is never below a smaller one
        by_target = out.reshape(len(out), -1, len(MODEL["ranks"]))
        out = np.sort(by_target, axis=2)[:, :, MODEL["ranks"]].reshape(out.shape)
    if MODEL["answers"] == "classes":
        out = np.hstack([1 - out, out]) if out.shape[1] == 1 else out / out.sum(axis=1, keepdims=True)
    found = enumerate(zip(MODEL["residuals"], MODEL["narrowing"], strict=True))
    ends = [_interval(members[:, :, t], units[:, :, t], folds, factor) for t, (folds, factor) in found]
    return np.hstack([out, *ends])


def _member(member: dict[str, Any], columns: dict[int, Any]) -> Any:
    """What one network says, (n_rows, n_L), in the units of y, and the units that its errors are measured in."""
    inputs = np.hstack([FEATURES[kind](columns[column], *facts) for kind, column, *facts in member["features"]])
    A = inputs.astype(MODEL["dtype"])
    owners, starts, lengths, rises = member["pieces"]
    inputs, shares = A, np.clip((A[:, owners] - starts) / lengths, 0, 1)
    curves = shares @ rises  # eq. 12, and what it adds to Z^2
    for layer, (W, b, activation) in enumerate(member["layers"]):
        Z = A @ W + b
        A = ACTIVATIONS[activation](Z + curves if layer == 0 else Z)
    unit = _spreads(member["spreads"], inputs, shares, A.astype(np.float64)) if member["spreads"] else np.ones(A.shape)
    return A * member["size"] + member["shift"], unit


def _spreads(spreads: tuple[Any, ...], inputs: Any, shares: Any, said: Any) -> Any:
    """sigma (n_rows, n_L): how far off the network is likely to be, row by row, as it has learnt besides."""
    b, times_said, times_squared, W, rises, limits = spreads
    s = b + said * times_said + said**2 * times_squared + inputs @ W + shares @ rises
    return np.exp(np.clip(s, *limits))


def _number_inputs(x: Any, scale: tuple[float, float, float], ends: Any, clips: bool, marks_gaps: bool) -> Any:
    """z = (x - median) / size, drawn in where `clips`; behind it 1 where x is missing, where `marks_gaps`."""
    first, median, size = scale
    gaps, x = np.isnan(x), x - first
    if ends is not None:
        x = np.where(x > LARGEST, ends[1], np.where(x < -LARGEST, ends[0], np.where(gaps, median, x)))
    z = np.clip((x - median) / size, -LARGEST, LARGEST) if size else np.zeros(len(x))
    z = z / np.hypot(1, z / BOUND) if clips else z
    return np.column_stack([z, gaps] if marks_gaps else [z])


def _cycle_inputs(seconds: Any, name: str) -> Any:
    """Sine and cosine of where the moments stand in their month, weekday or hour; 0 and 0 for a gap."""
    gaps, seconds = np.isnan(seconds), np.where(np.isnan(seconds), 0.0, seconds)
    days = np.floor(seconds / 86400)
    if name == "month":
        share = days.astype(np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 / 12
    else:
        share = (days - 4) % 7 / 7 if name == "weekday" else seconds % 86400 / 86400
    return np.where(gaps[:, None], 0.0, np.column_stack([np.sin(2 * np.pi * share), np.cos(2 * np.pi * share)]))


def _lookup_inputs(codes: Any, rows: Any) -> Any:
    return rows[np.where(np.isnan(codes), len(rows) - 2, codes).astype(np.int64)]


def _interval(predictions: Any, units: Any, folds: Any, factor: float) -> Any:
    """Lower and upper ends (n_rows, 2) by CV+, from predictions, units (n_members, n_rows) and members' residuals.

    factor : what the way from the members' mean to the ends is multiplied by.
    """
    lower, upper = -_upper(-predictions, units, folds), _upper(predictions, units, folds)
    middle = lower + (upper - lower) / 2  # where ends would cross, both are there
    ends = np.column_stack([np.minimum(lower, middle), np.maximum(upper, middle)])
    return factor * ends + (1 - factor) * predictions.mean(axis=0)[:, None]


def _upper(predictions: Any, units: Any, folds: Any) -> Any:
    """The smallest number that as much weight as the rank of the sums prediction + unit * residual does not exceed."""
    members = list(zip(predictions, units, folds, strict=True))
    low = np.min([mu + unit * sizes[0] for mu, unit, (sizes, _) in members], axis=0)
    high = np.max([mu + unit * sizes[-1] for mu, unit, (sizes, _) in members], axis=0)
    low = low - (np.abs(low) + np.abs(high)) * 1e-9
    for _ in range(80):
        middle = low + (high - low) / 2
        places = [np.searchsorted(sizes, (middle - mu) / unit, side="right") for mu, unit, (sizes, _) in members]
        weight = sum(upto[place] for (_, upto), place in zip(folds, places, strict=True))
        enough = weight >= MODEL["rank"]
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _sigmoid(Z: Any) -> Any:
    return 1 / (1 + np.exp(-Z))


def _softmax(Z: Any) -> Any:
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _mish(Z: Any) -> Any:
    u = np.exp(np.minimum(Z, 40))
    return Z * (u * (u + 2) / (u * (u + 2) + 2))


def _gelu(Z: Any) -> Any:
    return Z * (np.frompyfunc(math.erfc, 1, 1)(-Z / math.sqrt(2)) / 2).astype(Z.dtype)


def _elu(Z: Any) -> Any:
    return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)))


FEATURES: dict[str, Callable[..., Any]] = {
    "number": _number_inputs,
    "cycle": _cycle_inputs,
    "lookup": _lookup_inputs,
}
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda Z: Z,
    "relu": lambda Z: np.maximum(Z, 0),
    "leaky_relu": lambda Z: np.maximum(Z, Z * Z.dtype.type(0.01)),
    "elu": _elu,
    "selu": lambda Z: 1.0507009873554805 * np.where(Z > 0, Z, 1.6732632423543772 * _elu(Z)),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softplus": lambda Z: np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z))),
    "gelu": _gelu,
    "silu": lambda Z: Z * _sigmoid(Z),
    "mish": _mish,
    "exp": np.exp,
    "softmax": _softmax,
}


def _array(dtype: str, shape: tuple[int, ...], text: str) -> Any:
    """The numbers that a text in base 64 holds."""
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape)


def _self_test(cells: list[list[str]], expected: Any, allowed: Any) -> bool:
    """Whether the rows that came with the model are scored as they were at its export."""
    names = [column[0] for column in MODEL["columns"]]
    columns = dict(zip(names, np.array(cells, dtype=object).T, strict=True))
    found = predict(columns if MODEL["named"] else cells)
    return bool((np.abs(np.column_stack([found[name] for name in MODEL["outputs"]]) - expected) <= allowed).all())
