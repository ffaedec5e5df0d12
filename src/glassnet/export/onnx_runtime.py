"""Lets ONNX Runtime score the rows of a self-test."""

import numpy as np

from ..network.arrays import Array
from ..table.choices import Choice
from ..table.frames import Column as TableColumn
from ..table.meaning import read_as
from .onnx_graph import output_name
from .onnx_inputs import names_of_inputs
from .scorer import Column, Scorer
from .self_test import Trial


def found_by(model: bytes, scorer: Scorer, trial: Trial) -> Array:
    """What ONNX Runtime says of the rows of the trial, (n_rows, n_outputs)."""
    from onnxruntime import InferenceSession

    session = InferenceSession(model, providers=["CPUExecutionProvider"])
    names = ["prediction" if scorer.answers == "numbers" else "probabilities", "lower", "upper"]
    names = names if scorer.interval else names[:1]
    found = session.run([output_name(scorer, name) for name in names], feed_of(scorer, trial.cells))
    first, *ends = (np.reshape(values, (len(trial.cells), -1)) for values in found)
    by_target = [np.column_stack(both) for both in zip(*(end.T for end in ends), strict=True)] if ends else []
    return np.hstack([first, *by_target])


def feed_of(scorer: Scorer, cells: list[list[str]]) -> dict[str, Array]:
    """The inputs of the graph for rows of texts, "" being a gap."""
    if not scorer.mixed:
        return {"X": np.array(cells, dtype=np.float64)}
    rows = np.array([[cell.strip() for cell in row] for row in cells], dtype=object)
    names = names_of_inputs(scorer)
    return {names[k]: _values(scorer.columns[k], rows[:, [k]]) for k in scorer.used}


def _values(column: Column, texts: Array) -> Array:
    if column.kind == "category":
        return texts
    given = np.array([text or None for text in texts[:, 0]], dtype=object)
    return read_as(TableColumn(column.name, "text", given), Choice(column.name, column.kind, form=column.form))[:, None]
