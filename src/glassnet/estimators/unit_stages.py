"""Both ends of a trace in the user's own terms: the row as it was handed in, and predictions in the target's units."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..network.arrays import Array
from ..network.losses import Pinball
from ..network.trace import Stage
from ..table.frames import Column, Frame
from ..table.numbers import BOUND
from ..table.script import code_of, given
from .fitted import Fitted
from .inputs import Selection

Labels = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Rows:
    """Rows as the user knows them, before and after they became numbers: `table` and `numbers` are the same rows."""

    table: Selection
    numbers: Selection
    fitted: Fitted

    def raw(self) -> Array:
        """The rows in the units of their columns, (n_samples, n_columns); of a table of mixed columns as objects."""
        X, rows = self.table.X, self.table.rows
        if isinstance(X, Frame):
            return np.column_stack([_readable(column) for column in X.take(rows).columns])
        return np.array(X[rows].toarray() if issparse(X) else X[rows])

    def names(self) -> tuple[str, ...]:
        """The names of the columns; x0, x1, ... where these are numbers, or places."""
        X, names = self.table.X, self.table.names
        known = [column.name for column in X.columns] if isinstance(X, Frame) else names or range(X.shape[1])
        return tuple(f"x{name}" if isinstance(name, int) else name for name in known)

    def names_in(self) -> tuple[str, ...]:
        """The names of the numbers that the network's scaled columns are."""
        return self.names() if self.fitted.table is None else self.fitted.table.names_out


def row_stages(rows: Rows, X: Array) -> tuple[list[Stage], Labels]:
    """From the columns in their units to X as the network sees it, and the names of all columns on the way."""
    fitted, names = rows.fitted, rows.names_in()
    places = () if fitted.bins is None else fitted.bins.columns
    after, scaled = "scaled" if places else "X", X[:, : len(names)]
    stages = [_encode(rows, after, scaled) if fitted.table is not None else _scale(rows, after, scaled)]
    labels = {"columns": rows.names(), after: names}
    if places:
        stages.append(_place(rows, scaled, X))
        labels["X"] = (*names, *(f"place of {names[column]}" for column in places))
    return stages, labels


def _encode(rows: Rows, after: str, scaled: Array) -> Stage:
    encoder = rows.fitted.table
    assert encoder is not None
    return Stage(
        "encode", 1, None, "The table becomes numbers", r"\text{columns} \to " + after, f"columns -> {after}",
        code_of(encoder, after, scaled.dtype.name),
        "Every column becomes numbers by what the training rows have shown of it: numbers are centred, scaled and "
        f"drawn smoothly between {-BOUND:g} and {BOUND:g}, a category has a 1 at its level, gaps get a mark. The "
        "model's columns_ say what each column was taken for.",
        {"columns": rows.raw(), **given(encoder, rows.table.X.take(rows.table.rows))}, {after: scaled},
    )  # fmt: skip


def _scale(rows: Rows, after: str, scaled: Array) -> Stage:
    inputs, dtype = rows.fitted.inputs, scaled.dtype
    tex, text = r"\frac{\text{columns} - \text{center}}{\text{scale}}", "(columns - center) / scale"
    code, note = f"{after} = (columns - center) / scale", "Columns in different units are made comparable: "
    if inputs.clips:
        tex = rf"u / \sqrt{{1 + (u / {BOUND:g})^2}}, \; u = {tex}"
        text = f"u / sqrt(1 + (u / {BOUND:g})^2), u = {text}"
        code += f"\n{after} = {after} / np.hypot(1, {after} / {BOUND:g})"
        note += "the median becomes 0, the middle half of the training rows gets the width 1, and outliers are drawn "
        note += f"smoothly between {-BOUND:g} and {BOUND:g}."
    else:
        note += "the mean of the training rows becomes 0, their standard deviation 1."
    given = {"columns": rows.raw(), "center": inputs.mean.copy(), "scale": inputs.scale.copy()}
    code += f"\n{after} = {after}.astype(np.{dtype})"
    return Stage(
        "scale", 1, None, "The row in its units is scaled", f"{after} = {tex}", f"{after} = {text}", code, note,
        given, {after: scaled},
    )  # fmt: skip


def _place(rows: Rows, scaled: Array, X: Array) -> Stage:
    bins = rows.fitted.bins
    assert bins is not None
    edges = {f"edges{column}": part.copy() for column, part in zip(bins.columns, bins.edges, strict=True)}
    pairs = ", ".join(f"({column}, edges{column})" for column in bins.columns)
    code = (
        f"places = [np.interp(scaled[:, j], edges, np.arange(len(edges))) for j, edges in ({pairs},)]\n"
        f"X = np.column_stack([scaled, *places]).astype(np.{X.dtype})"
    )
    return Stage(
        "place", 1, None, "Columns find their place among bins", r"X = (\text{scaled}, \text{place among the edges})",
        "X = scaled, and the place of each column among its edges", code,
        "Each column with bins gets a second number: its place among the edges that cut the training rows into equally "
        "full bins. 2.25 is a quarter of the way through the third bin.",
        {"scaled": scaled, **edges}, {"X": X},
    )  # fmt: skip


def target_stage(rows: Rows, Y: Array, classes: Array | None) -> Stage:
    """From targets in their units, or the names of classes, to Y as the network sees it.

    classes : (n_classes,), where each row has one of them; None for numbers.
    """
    y, targets = rows.table.Y[rows.table.rows], rows.fitted.targets
    if classes is not None:
        return Stage(
            "target", 1, None, "The class has a number", r"Y = \text{place of } y", "Y = the place of y in classes",
            f"Y = np.array([[classes.tolist().index(name)] for name in y.tolist()]).astype(np.{Y.dtype})",
            "The network knows a class by its place among the classes, counted from 0.",
            {
                "y": np.array(classes[y[:, 0].astype(int)].tolist(), dtype=object),
                "classes": np.array(classes.tolist(), dtype=object),
            },
            {"Y": Y},
        )  # fmt: skip
    return Stage(
        "target", 1, None, "The target in its units is scaled", r"Y = (y - \text{shift}) / \text{size}",
        "Y = (y - shift) / size", f"Y = ((y - shift) / size).astype(np.{Y.dtype})",
        "The network learns the target in its own units, and its answer is scaled back at the end.",
        {"y": y.copy(), "shift": targets.shift.copy(), "size": targets.size.copy()}, {"Y": Y},
    )  # fmt: skip


def prediction_stage(model: Any, fitted: Fitted, outputs: dict[str, Array]) -> Stage:
    """From the network's outputs before and after the step to predictions as users get them."""
    targets = fitted.targets
    raw = {name.replace("output", "prediction"): targets.in_units(output) for name, output in outputs.items()}
    predictions = {name: np.array(model._decoded(values)) for name, values in raw.items()}
    if hasattr(model, "classes_"):
        return _probability_stage(model, outputs, predictions)
    repeats = outputs["output_after"].shape[1] // len(targets.size)
    flat = "[:, 0]" if predictions["prediction_after"].ndim == 1 else ""
    code = []
    for name, source in zip(predictions, outputs, strict=True):
        code.append(f"{name} = ({source} * np.repeat(size, {repeats}) + np.repeat(shift, {repeats})){flat}")
        if isinstance(fitted.loss, Pinball) and not flat:
            rank = np.argsort(np.argsort(fitted.loss.quantiles)).tolist()  # a larger quantile is never below a smaller
            by_size = f"np.sort({name}.reshape(len({name}), -1, {repeats}), axis=2)[:, :, {rank}]"
            code.append(f"{name} = {by_size}.reshape({name}.shape)")
    return Stage(
        "prediction", 6, None, "The prediction in the units of the target",
        r"\text{prediction} = \text{output} \cdot \text{size} + \text{shift}", "prediction = output size + shift",
        "\n".join(code),
        "The network's answer in the units of the target, as this member predicts it before and after the step.",
        {**outputs, "shift": targets.shift.copy(), "size": targets.size.copy()}, predictions,
    )  # fmt: skip


def _probability_stage(model: Any, outputs: dict[str, Array], predictions: dict[str, Array]) -> Stage:
    """The same for classes."""
    code = []
    for name, source in zip(predictions, outputs, strict=True):
        p = f"{source}.astype(np.float64)"
        if not model._is_multilabel and outputs[source].shape[1] == 1:
            p = f"np.hstack([1 - {p}, {p}])"
        elif not model._is_multilabel:
            p = f"{p} / {p}.sum(axis=1, keepdims=True)"
        code.append(f"{name} = {p}")
    return Stage(
        "prediction", 6, None, "The probability of every class", r"\text{prediction} = \text{output}",
        "prediction = output, for every class", "\n".join(code),
        "The probability of every class, as this member predicts it before and after the step.", outputs, predictions,
    )  # fmt: skip


def _readable(column: Column) -> Array:
    """The values of a column as they are written: dates as such, booleans as true or false, gaps as None."""
    values = np.empty(len(column.values), dtype=object)
    for row, (value, gap) in enumerate(zip(column.values.tolist(), column.gaps.tolist(), strict=True)):
        if gap:
            continue
        if column.held == "date":
            values[row] = datetime.fromtimestamp(value, UTC).replace(tzinfo=None).isoformat(" ")
        else:
            values[row] = bool(value) if column.held == "boolean" else value
    return values
