"""A fitted table encoder taken apart into names, numbers and arrays, and put together again."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from ..network.arrays import Array
from .choices import Choice
from .dates import CYCLES, Dates
from .encoder import Part, TableEncoder
from .levels import Levels
from .numbers import Booleans, Numbers
from .target_means import TargetMeans
from .texts import DATE_FORMS

PARTS = {"number": Numbers, "boolean": Booleans, "category": Levels | TargetMeans, "date": Dates}


def facts_of(encoder: TableEncoder) -> dict[str, Any]:
    """All that a fitted encoder knows, as texts, numbers, arrays, and lists, tuples and dicts of those."""
    return {
        "choices": [asdict(choice) for choice in encoder.choices],
        "parts": [None if part is None else {"type": type(part).__name__} | asdict(part) for part in encoder.parts],
        "notes": list(encoder.notes),
    }


def encoder_from(facts: Mapping[str, Any]) -> TableEncoder:
    """The encoder that `facts_of` took apart: the same bits.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing, unknown, of the wrong kind, or not a finite number.

    Examples
    --------
    >>> from glassnet.table.frames import read_frame
    >>> frame = read_frame([["Oslo", 7], ["Rome", None], ["Bonn", 9]])
    >>> encoder = TableEncoder.fit(frame, np.array([[1.0], [2.0], [3.0]]))
    >>> encoder_from(facts_of(encoder)) == encoder
    True
    """
    choices = tuple(Choice(**choice) for choice in facts["choices"])
    parts = tuple(None if part is None else _part(part) for part in facts["parts"])
    for choice, part in zip(choices, parts, strict=True):
        if not isinstance(part, PARTS.get(choice.kind, type(None))):
            raise ValueError(f"column {choice.name!r} of kind {choice.kind!r} has parts of another kind")
        if choice.form not in ("", *DATE_FORMS):
            raise ValueError(f"column {choice.name!r} has dates of the form {choice.form!r}, which is unknown")
    notes = tuple(str(note) for note in facts["notes"])
    if len(notes) != len(choices):
        raise ValueError(f"{len(choices)} columns and {len(notes)} notes")
    return TableEncoder(choices, parts, notes)


def _part(facts: Mapping[str, Any]) -> Part:
    makers: dict[str, Callable[[Mapping[str, Any]], Part]] = {
        "Numbers": _numbers,
        "Booleans": _booleans,
        "Dates": _dates,
        "Levels": _levels,
        "TargetMeans": _means,
    }
    return makers[facts["type"]](facts)


def _numbers(facts: Mapping[str, Any]) -> Numbers:
    median, size, low, high = (_finite(float(facts[name])) for name in ("median", "size", "low", "high"))
    return Numbers(float(median), float(size), float(low), float(high), bool(facts["marks_gaps"]))


def _booleans(facts: Mapping[str, Any]) -> Booleans:
    return Booleans(bool(facts["marks_gaps"]))


def _dates(facts: Mapping[str, Any]) -> Dates:
    cycles = tuple({name: name for name in CYCLES}[name] for name in facts["cycles"])
    return Dates(float(_finite(facts["first"])), _numbers(facts["since"]), cycles)


def _levels(facts: Mapping[str, Any]) -> Levels:
    groups = tuple(tuple(str(level) for level in group) for group in facts["groups"])
    return Levels(groups, bool(facts["marks_gaps"]))


def _means(facts: Mapping[str, Any]) -> TargetMeans:
    levels = tuple(str(level) for level in facts["levels"])
    means, mean = _finite(facts["means"]), _finite(facts["mean"])
    scales = tuple(_numbers(scale) for scale in facts["scales"])
    if means.shape != (len(levels) + 2, len(scales)) or mean.shape != (len(scales),):
        raise ValueError(f"{len(levels)} levels and {len(scales)} targets need other means than {means.shape}")
    if any(scale.marks_gaps for scale in scales):
        raise ValueError("a mean target that marks gaps, of which it has none")
    return TargetMeans(levels, means, mean, scales, int(facts["seed"]))


def _finite(values: Any) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("a number that is not finite")
    return array
