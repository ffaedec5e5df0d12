"""A trace as JSON and back, to the bit.

The document is {"format": "glassnet.trace", "version": 1, "facts", "remarks", "labels", "arrays", "stages"}. `arrays`
has each array once, {name: {"dtype", "shape", "values"}} with the values in one flat list; numbers that JSON does not
know are the texts "nan", "inf" and "-inf". A stage names its arrays: {"id", "step", "layer", "title", "equation_tex",
"equation_text", "code", "note", "inputs": [names], "outputs": [names]}.
"""

import json
import math
from typing import Any

import numpy as np

from ..errors import InputError
from .arrays import Array
from .trace import Stage, StepTrace

FORMAT, VERSION = "glassnet.trace", 1
TEXTS = ("id", "title", "equation_tex", "equation_text", "code", "note")
DTYPES = ("float64", "float32", "int64", "bool", "object")


def to_json(trace: StepTrace) -> str:
    """One line of strict JSON.

    Examples
    --------
    >>> from glassnet import Network
    >>> trace = Network((2, 1), random_state=0).trace_step([[1.0, 2.0]], [[3.0]], learning_rate=0.1)
    >>> from_json(to_json(trace)).arrays["W2_new"].tolist() == trace.arrays["W2_new"].tolist()
    True
    """
    document = {
        "format": FORMAT,
        "version": VERSION,
        "facts": dict(trace.facts),
        "remarks": list(trace.remarks),
        "labels": {name: list(labels) for name, labels in trace.labels.items()},
        "arrays": {name: _written(array) for name, array in trace.arrays.items()},
        "stages": [_stage_written(stage) for stage in trace.stages],
    }
    return json.dumps(document, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> StepTrace:
    """The trace in the text; it makes numbers and texts, and runs nothing.

    Raises
    ------
    InputError
        If the text is no trace, or one of a newer version.
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError("it does not say that it is one")
        if document["version"] > VERSION:
            raise InputError(
                f"this trace has version {document['version']}, and this glassnet reads traces up to version "
                f"{VERSION}. Install a newer glassnet.",
                error_id="E243",
            )
        arrays = {name: _read(entry) for name, entry in document["arrays"].items()}
        return StepTrace(
            tuple(_stage_read(stage, arrays) for stage in document["stages"]),
            dict(document["facts"]),
            tuple(map(str, document["remarks"])),
            {str(name): tuple(map(str, labels)) for name, labels in document["labels"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as reason:
        if isinstance(reason, InputError):
            raise
        raise InputError(
            f"this is no trace of glassnet: {reason}. Hand in what trace.to_json() or `glassnet explain --json` wrote.",
            error_id="E243",
        ) from reason


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _stage_written(stage: Stage) -> dict[str, Any]:
    texts = {name: getattr(stage, name) for name in TEXTS}
    names = {"inputs": list(stage.inputs), "outputs": list(stage.outputs)}
    return texts | {"step": stage.step, "layer": stage.layer} | names


def _stage_read(facts: dict[str, Any], arrays: dict[str, Array]) -> Stage:
    layer = None if facts["layer"] is None else int(facts["layer"])
    inputs, outputs = ({name: arrays[name] for name in facts[part]} for part in ("inputs", "outputs"))
    texts = {name: str(facts[name]) for name in TEXTS}
    return Stage(**texts, step=int(facts["step"]), layer=layer, inputs=inputs, outputs=outputs)


def _written(array: Array) -> dict[str, Any]:
    values = [_plain(value) for value in array.ravel().tolist()]
    if array.dtype == np.float32:  # nine digits are enough for its bits
        values = [float(f"{value:.9g}") if isinstance(value, float) else value for value in values]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": values}


def _plain(value: Any) -> Any:
    """A number, a text, a truth or None; a number that JSON does not know as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _read(entry: dict[str, Any]) -> Array:
    if entry["dtype"] not in DTYPES:
        raise ValueError(f"{entry['dtype']!r} is no type of its arrays")
    values = entry["values"]
    if entry["dtype"] != "object":
        values = [float(value) if isinstance(value, str) else value for value in values]
    array = np.empty(len(values), entry["dtype"])
    array[:] = values
    array = array.reshape(entry["shape"])
    array.flags.writeable = False
    return array
