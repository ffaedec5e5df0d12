"""A trace as a script that stands on its own: what is given, and each stage's formula in NumPy."""

import re
import textwrap

import numpy as np

from .arrays import Array
from .trace import StepTrace
from .trace_words import ROUTINES

WIDTH = 110
TABLE = 1000  # numbers up to which an array is laid out as a table
IN_A_ROW = 8


def script(trace: StepTrace) -> str:
    """Source that needs NumPy alone and leaves every array of the trace under its name.

    Examples
    --------
    >>> from glassnet import Network
    >>> net = Network((1, 1))
    >>> net.theta[:] = [2, 1]
    >>> exec(net.trace_step([[1.0]], [[1.0]], learning_rate=0.25).to_numpy_code(), {})
    J before and after the step: 2.0 0.5
    """
    body, known, arrays = [], set[str](), trace.arrays
    for stage in trace.stages:
        given = [name for name in stage.inputs if name not in known]
        where = "" if stage.layer is None else f", layer {stage.layer}"
        body += ["", f"# {stage.step}. {stage.id}{where}: {_one_line(stage.equation_text)}"]
        body += [_given(name, arrays[name]) for name in given]
        body += stage.code.splitlines()
        known |= {*stage.inputs, *stage.outputs}
    formulas = "\n".join(stage.code for stage in trace.stages)
    title = [f"# {line}" for line in textwrap.wrap(_one_line(_title(trace)), WIDTH)]
    routines = _routines(formulas)
    standard = ["import math", ""] if any("math." in line for line in routines) else []
    head = [*title, *standard, "import numpy as np", "from numpy import inf, nan", *routines]
    return "\n".join([*head, *body, "", 'print("J before and after the step:", J_before, J_after)', ""])


def _title(trace: StepTrace) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in trace.facts.items())
    return f"One update, recomputed: {facts}."


def _routines(text: str) -> list[str]:
    """The functions that the text calls, and those that they call."""
    found: list[str] = []
    names = list(ROUTINES)
    wanted = [name for name in names if _calls(text, name)]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.append(name)
            wanted += [other for other in names if other != name and _calls(ROUTINES[name], other)]
    return [line for name in names if name in found for line in ("", "", *ROUTINES[name].splitlines())]


def _calls(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){name}\(", text) is not None


def _given(name: str, array: Array) -> str:
    """An array as a line of source that makes the same bits."""
    if array.ndim == 0:
        return f"{name} = {array.item()!r}"
    if array.dtype.kind not in "biuf":
        return f"{name} = np.array({array.tolist()!r}, dtype=object)"
    if array.size <= TABLE:
        with np.printoptions(threshold=TABLE, floatmode="unique", linewidth=WIDTH):
            numbers = np.array2string(array, separator=", ", prefix=f"{name} = np.array(")
        return f"{name} = np.array({numbers}, np.{array.dtype})"
    form = "{:.9g}" if array.dtype == np.float32 else "{!r}"  # nine digits are enough for the bits of a float32
    texts = [form.format(value) for value in array.ravel().tolist()]
    rows = [", ".join(texts[start : start + IN_A_ROW]) for start in range(0, len(texts), IN_A_ROW)]
    flat = ",\n    ".join(rows)
    return f"{name} = np.array([\n    {flat},\n], np.{array.dtype}).reshape({array.shape})"


def _one_line(text: str) -> str:
    """Text for a comment: no name of a column can break out of it."""
    return " ".join(text.split())
