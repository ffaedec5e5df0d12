"""A fitted encoder as NumPy code that stands on its own: for scripts that recompute what became of a row."""

from dataclasses import astuple

from ..network.arrays import Array
from .dates import Dates
from .encoder import Part, TableEncoder
from .frames import Frame
from .levels import Levels
from .meaning import read_as
from .numbers import BOUND, Booleans, Numbers
from .target_means import TargetMeans

ROUTINES = {
    "numbers": f"""\
def numbers(values, median, size, low, high, marks_gaps):
    gaps = np.isnan(values)
    x = np.where(values > 1e150, high, np.where(values < -1e150, low, values))
    z = np.clip((np.where(gaps, median, x) - median) / size, -1e150, 1e150) if size else np.zeros(len(x))
    z = z / np.hypot(1, z / {BOUND:g})
    return np.column_stack([z, gaps]) if marks_gaps else z[:, None]""",
    "booleans": """\
def booleans(values, marks_gaps):
    gaps = np.isnan(values)
    signs = np.where(gaps, 0.0, 2 * values - 1)
    return np.column_stack([signs, gaps]) if marks_gaps else signs[:, None]""",
    "dates": """\
def dates(seconds, first, since, cycles):
    gaps = np.isnan(seconds)
    present = np.where(gaps, 0.0, seconds)
    months = np.floor(present / 86400).astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    share = {
        "month": months.astype(np.int64) % 12 / 12,
        "weekday": np.floor((present - 4 * 86400) / 86400) % 7 / 7,
        "hour": present % 86400 / 86400,
    }
    parts = [numbers(seconds - first, *since)]
    for name in cycles:
        angle = 2 * np.pi * share[name]
        parts.append(np.where(gaps[:, None], 0.0, np.column_stack([np.sin(angle), np.cos(angle)])))
    return np.hstack(parts)""",
    "levels": """\
def levels(values, groups, marks_gaps):
    out = np.array([[float(value in group) for group in groups] for value in values]).reshape(len(values), len(groups))
    if len(groups) != 2:
        return out
    gaps = [float(value is None) for value in values]
    return np.column_stack([out[:, 0] - out[:, 1], gaps]) if marks_gaps else out[:, :1] - out[:, 1:]""",
    "mean_targets": """\
def mean_targets(values, names, means, scales):
    places = {name: place for place, name in enumerate(names)}
    codes = [places.get(value, len(names) + (value is not None)) for value in values]
    return np.hstack([numbers(mean, *scale) for mean, scale in zip(means[codes].T, scales)])""",
}


def given(encoder: TableEncoder, frame: Frame) -> dict[str, Array]:
    """What the code starts from: of every column that is used its values as they are read, and means of levels."""
    arrays: dict[str, Array] = {}
    for k, (column, choice, part) in enumerate(zip(frame.columns, encoder.choices, encoder.parts, strict=True)):
        if part is not None:
            arrays[f"values{k}"] = read_as(column, choice, frame.number).copy()
        if isinstance(part, TargetMeans):
            arrays[f"means{k}"] = part.means.copy()
    return arrays


def code_of(encoder: TableEncoder, name: str, dtype: str) -> str:
    """Source that makes the array of that name and type, (n_rows, n_outputs), of what `given` has.

    Examples
    --------
    >>> import numpy as np
    >>> from glassnet.table.frames import read_frame
    >>> frame = read_frame([["Oslo", 7], ["Rome", None], ["Bonn", 9]])
    >>> encoder = TableEncoder.fit(frame, np.array([[1.0], [2.0], [3.0]]))
    >>> names = given(encoder, frame) | {"np": np}
    >>> exec(code_of(encoder, "out", "float64"), names)
    >>> bool((names["out"] == encoder.transform(frame)).all())
    True
    """
    calls = [_call(part, k) for k, part in enumerate(encoder.parts) if part is not None]
    used = {call.partition("(")[0] for call in calls}
    used |= {"numbers"} if used & {"dates", "mean_targets"} else set()
    routines = [text for routine, text in ROUTINES.items() if routine in used]
    return "\n\n".join([*routines, "\n".join([f"{name} = [", *(f"    {call}," for call in calls), "]"])]) + (
        f"\n{name} = np.hstack({name}).astype(np.{dtype})"
    )


def _call(part: Part, k: int) -> str:
    values = f"values{k}"
    if isinstance(part, Numbers):
        return f"numbers({values}, {', '.join(map(repr, astuple(part)))})"
    if isinstance(part, Booleans):
        return f"booleans({values}, {part.marks_gaps})"
    if isinstance(part, Dates):
        return f"dates({values}, {part.first!r}, {astuple(part.since)!r}, {part.cycles!r})"
    if isinstance(part, Levels):
        return f"levels({values}, {part.groups!r}, {part.marks_gaps})"
    return f"mean_targets({values}, {part.levels!r}, means{k}, {tuple(map(astuple, part.scales))!r})"
