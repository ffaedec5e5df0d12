"""Writes the whole model as one ONNX graph of standard operators: columns in, predictions out.

A column of texts enters as strings (n, 1), any other column as doubles (n, 1); a model of plain numbers takes one
matrix `X` (n, n_columns). What the operators compute is said in `scorer.py`; what members read alike is read once.
"""

import json
from typing import Any

import numpy as np

from .. import __version__
from ..errors import SettingError
from ..network.arrays import Array
from .onnx_activations import activate
from .onnx_inputs import features_of, names_of_inputs
from .onnx_nodes import Graph
from .scorer import Member, Scorer
from .self_test import Trial


def onnx_model(scorer: Scorer, trial: Trial | None, takes: str = "float64") -> bytes:
    """The ONNX file, with the rows of the trial beside the graph.

    takes : the type of the input of a model of plain numbers.

    Raises
    ------
    SettingError
        If intervals are asked for, or a text cannot be written in UTF-8.
    """
    if scorer.interval is not None:
        raise SettingError(
            "intervals need a search through the errors of the training rows, for which ONNX has no good operator. "
            "Leave interval out, or export to C or NumPy.",
            error_id="E305",
        )
    _require_unicode([*(str(c.name) for c in scorer.columns), *(level for c in scorer.columns for level in c.levels)])
    graph = Graph(set(names_of_inputs(scorer)))
    read = features_of(graph, scorer, takes)
    answers = [_member(graph, member, *read(member), scorer.dtype) for member in scorer.members]
    mean = answers[0]
    for answer in answers[1:]:
        mean = graph.add("Add", mean, answer)
    outputs = _answer(graph, scorer, graph.add("Div", mean, graph.constant(np.array(float(len(answers))))))
    outputs = {output_name(scorer, name): value for name, value in outputs.items()}
    return graph.model(outputs, {"glassnet": json.dumps(_facts(scorer, trial))})


def output_name(scorer: Scorer, name: str) -> str:
    """`prediction` or `probabilities`, with a line behind it where a column has that name."""
    while name in names_of_inputs(scorer):
        name += "_"
    return name


def _require_unicode(texts: list[str]) -> None:
    for text in texts:
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
            raise SettingError(
                f"the text {text[:40]!r} holds half a letter (a lone surrogate), which UTF-8 and so ONNX cannot write. "
                "Correct it in the training table, or export to NumPy.",
                error_id="E305",
            )


def _member(graph: Graph, member: Member, inputs: str, order: Array, dtype: str) -> str:
    """What one network says, (n, n_L) double, in the units of y. `order` are the places of the inputs in A^1."""
    real, pieces = np.dtype(dtype), member.pieces()
    first, place = member.layers[0], np.argsort(order)
    A = inputs
    curves = ""
    if len(pieces.inputs):
        x = graph.add("Gather", A, graph.constant(place[pieces.inputs]), axis=1)
        gone = graph.add("Sub", x, graph.constant(pieces.starts.astype(real)))
        gone = graph.add("Div", gone, graph.constant(pieces.lengths.astype(real)))
        gone = graph.add("Clip", gone, graph.constant(real.type(0)), graph.constant(real.type(1)))
        curves = graph.add("MatMul", gone, graph.constant(pieces.rises.astype(real)))
    for layer in member.layers:
        W, b = (layer.W[order], (layer.b + pieces.base).astype(real)) if layer is first else (layer.W, layer.b)
        Z = graph.add("Add", graph.add("MatMul", A, graph.constant(W)), graph.constant(b))
        Z = graph.add("Add", Z, curves) if layer is first and curves else Z
        A = activate(graph, layer.activation, Z, real)
    scaled = graph.add("Mul", graph.cast(A, "float64"), graph.constant(member.size))
    return graph.add("Add", scaled, graph.constant(member.shift))


def _answer(graph: Graph, scorer: Scorer, mean: str) -> dict[str, tuple[str, str, int]]:
    """{name of an output: (value, type, columns; 0 for a single dimension)}."""
    n = len(scorer.outputs)
    if scorer.answers == "numbers":
        mean = _sorted(graph, mean, scorer.ranks, n) if scorer.ranks else mean
        return {"prediction": (graph.squeeze(mean) if n == 1 else mean, "float64", 0 if n == 1 else n)}
    if scorer.answers == "labels":
        yes = graph.cast(graph.add("Greater", mean, graph.constant(np.array(0.5))), "int64")
        return {"prediction": (yes, "int64", n), "probabilities": (mean, "float64", n)}
    if len(scorer.members[0].size) == 1:
        probabilities = graph.add("Concat", graph.add("Sub", graph.constant(np.array(1.0)), mean), mean, axis=1)
    else:
        total = graph.add("ReduceSum", mean, graph.constant(np.array([1])), keepdims=1)
        probabilities = graph.add("Div", mean, total)
    best = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    classes = np.array(scorer.classes)
    kind = {"i": "int64", "u": "int64", "f": "float64", "b": "bool"}.get(classes.dtype.kind, "string")
    classes = np.array([str(name) for name in scorer.classes], object) if kind == "string" else classes.astype(kind)
    label = graph.add("Gather", graph.constant(classes), best, axis=0)
    return {"prediction": (label, kind, 0), "probabilities": (probabilities, "float64", n)}


def _sorted(graph: Graph, mean: str, ranks: list[int], n_outputs: int) -> str:
    """The outputs of each target in the order that its quantiles have."""
    n_quantiles = len(ranks)
    by_target = graph.add("Reshape", mean, graph.constant(np.array([-1, n_outputs // n_quantiles, n_quantiles])))
    rising = graph.add("TopK", by_target, graph.constant(np.array([n_quantiles])), unused=1, axis=2, largest=0)
    ordered = graph.add("Gather", rising, graph.constant(np.array(ranks)), axis=2)
    return graph.add("Reshape", ordered, graph.constant(np.array([-1, n_outputs])))


def _facts(scorer: Scorer, trial: Trial | None) -> dict[str, Any]:
    """What stands beside the graph: where it comes from, the names of columns, and the rows of its self-test."""
    return {
        "version": __version__,
        "columns": [{"name": column.name, "kind": column.kind} for column in scorer.columns],
        "outputs": list(scorer.outputs),
        "classes": list(map(str, scorer.classes)),
        "self_test": None
        if trial is None
        else {
            "cells": trial.cells,
            "expected": trial.expected.tolist(),
            "allowed": trial.allowed.tolist(),
        },
    }
