"""Writes a scorer in Python that needs NumPy alone: `numpy_scorer.py`, with the numbers of a model behind it."""

import inspect
from base64 import b64encode
from typing import Any

import numpy as np

from .. import __version__
from ..network.arrays import Array
from . import numpy_scorer
from .scorer import Cycle, Feature, Lookup, Member, Number, Scorer
from .self_test import Trial

SHORT = 12  # arrays with more numbers are written in base 64


def numpy_code(scorer: Scorer, trial: Trial) -> str:
    """The text of a file with one public function, `predict(table)`; run as a program, it repeats its self-test."""
    return f"""{inspect.getsource(numpy_scorer)}

# ---- The model, written by glassnet {__version__} {"-" * (78 - len(__version__))}

MODEL |= {_literal(_facts(scorer))}
ROWS = {_literal(trial.cells)}
EXPECTED = {_literal(trial.expected)}
ALLOWED = {_literal(trial.allowed)}

if __name__ == "__main__":
    passed = _self_test(ROWS, EXPECTED, ALLOWED)
    print("self-test passed" if passed else "self-test FAILED")
    raise SystemExit(not passed)
"""


def found_by(code: str, scorer: Scorer, trial: Trial) -> Array:
    """What that code says of the rows of the trial, (n_rows, n_outputs)."""
    module: dict[str, Any] = {"__name__": "scorer"}
    exec(compile(code, "scorer.py", "exec"), module)
    names, columns = [column.name for column in scorer.columns], np.array(trial.cells, dtype=object).T
    rows = dict(zip(names, columns, strict=True)) if scorer.named else trial.cells
    found = module["predict"](rows)
    return np.column_stack([found[name] for name in scorer.outputs])


def _facts(scorer: Scorer) -> dict[str, Any]:
    return {
        "answers": scorer.answers,
        "named": scorer.named,
        "mixed": scorer.mixed,
        "dtype": scorer.dtype,
        "outputs": list(scorer.outputs),
        "classes": list(scorer.classes),
        "columns": [
            (
                column.name,
                column.kind,
                column.form or "year-month-day",
                {text: k for k, text in enumerate(column.levels)},
            )
            for column in scorer.columns
        ],
        "members": [_member(member, np.dtype(scorer.dtype)) for member in scorer.members],
        "ranks": scorer.ranks,
        "rank": 0.0 if scorer.interval is None else scorer.interval.rank,
        "residuals": []
        if scorer.interval is None
        else [[(fold.sizes, fold.weight) for fold in folds] for folds in scorer.interval.residuals],
        "narrowing": () if scorer.interval is None else scorer.interval.narrowing,
    }


def _member(member: Member, dtype: np.dtype[Any]) -> dict[str, Any]:
    pieces, layers = member.pieces(), [(layer.W, layer.b, layer.activation) for layer in member.layers]
    W, b, activation = layers[0]
    layers[0] = (W, (b + pieces.base).astype(dtype), activation)
    return {
        "features": [_feature(feature) for feature in member.features],
        "pieces": (pieces.inputs, *(part.astype(dtype) for part in (pieces.starts, pieces.lengths, pieces.rises))),
        "layers": layers,
        "shift": member.shift,
        "size": member.size,
        "spreads": None if member.spreads is None else _spreads(member),
    }


def _spreads(member: Member) -> tuple[Array, ...]:
    s = member.spreads
    assert s is not None
    return (s.b, s.said, s.squared, s.inputs, member.rises_of_spreads(), s.limits)


def _feature(feature: Feature) -> tuple[Any, ...]:
    if isinstance(feature, Number):
        ends = (feature.low, feature.high) if feature.fills else None
        scale = (feature.first, feature.median, feature.size)
        return ("number", feature.column, scale, ends, feature.clips, feature.marks_gaps)
    if isinstance(feature, Cycle):
        return ("cycle", feature.column, feature.name)
    assert isinstance(feature, Lookup)
    return ("lookup", feature.column, feature.rows)


def _literal(value: Any) -> str:
    """Python's words for a value, in ASCII; on one line."""
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        if value.size > SHORT:
            return f"_array({little.dtype.str!r}, {value.shape}, {b64encode(little.tobytes()).decode()!r})"
        return f"np.array({value.tolist()}, {little.dtype.str!r}).reshape({value.shape})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(f"{_literal(entry)}, " for entry in value) + ")"
    return ascii(value)
