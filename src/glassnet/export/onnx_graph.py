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
from .onnx_interval import ends, in_order, narrowed, spread
from .onnx_nodes import Graph
from .scorer import Member, Scorer
from .self_test import Trial


def onnx_model(scorer: Scorer, trial: Trial | None, takes: str = "float64") -> bytes:
    """The ONNX file, with the rows of the trial beside the graph.

    takes : the type of the input of a model of plain numbers.

    Raises
    ------
    SettingError
        If a text cannot be written in UTF-8.
    """
    _require_unicode([*(str(c.name) for c in scorer.columns), *(level for c in scorer.columns for level in c.levels)])
    graph = Graph(set(names_of_inputs(scorer)))
    read = features_of(graph, scorer, takes)
    found = [_member(graph, member, *read(member), scorer.dtype) for member in scorer.members]
    answers, units = [answer for answer, _ in found], [unit for _, unit in found]
    mean = graph.add("Div", graph.sum(answers), graph.constant(float(len(answers))))
    outputs = _answer(graph, scorer, mean)
    if scorer.interval is not None:
        n = len(scorer.interval.residuals)
        in_turn = in_order(graph, *ends(graph, scorer.interval, answers, units))
        both = zip(("lower", "upper"), (narrowed(graph, scorer.interval, mean, end) for end in in_turn), strict=True)
        outputs |= {name: _numbers(graph, value, n) for name, value in both}
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


def _member(graph: Graph, member: Member, inputs: str, order: Array, dtype: str) -> tuple[str, str]:
    """What one network says, (n, n_L) double, in the units of y, and its `spread`. order : of the inputs in A^1."""
    real, pieces = np.dtype(dtype), member.pieces()
    first, place = member.layers[0], np.argsort(order)
    A = inputs
    curves = shares = ""
    if len(pieces.inputs):
        x = graph.add("Gather", A, graph.constant(place[pieces.inputs]), axis=1)
        gone = graph.add("Sub", x, graph.constant(pieces.starts.astype(real)))
        gone = graph.add("Div", gone, graph.constant(pieces.lengths.astype(real)))
        shares = graph.add("Clip", gone, graph.constant(real.type(0)), graph.constant(real.type(1)))
        curves = graph.add("MatMul", shares, graph.constant(pieces.rises.astype(real)))
    for layer in member.layers:
        W, b = (layer.W[order], (layer.b + pieces.base).astype(real)) if layer is first else (layer.W, layer.b)
        Z = graph.add("Add", graph.add("MatMul", A, graph.constant(W)), graph.constant(b))
        Z = graph.add("Add", Z, curves) if layer is first and curves else Z
        A = activate(graph, layer.activation, Z, real)
    said = graph.cast(A, "float64")
    answer = graph.add("Add", graph.add("Mul", said, graph.constant(member.size)), graph.constant(member.shift))
    return answer, spread(graph, member, order, inputs, shares, said)


def _answer(graph: Graph, scorer: Scorer, mean: str) -> dict[str, tuple[str, str, int]]:
    """{name of an output: (value, type, columns; 0 for a single dimension)}."""
    n = len(scorer.members[0].size)
    if scorer.answers == "numbers":
        mean = _sorted(graph, mean, scorer.ranks, n) if scorer.ranks else mean
        return {"prediction": _numbers(graph, mean, n)}
    n = len(scorer.classes)
    if scorer.answers == "labels":
        yes = graph.cast(graph.add("Greater", mean, graph.constant(0.5)), "int64")
        return {"prediction": (yes, "int64", n), "probabilities": (mean, "float64", n)}
    if len(scorer.members[0].size) == 1:
        probabilities = graph.add("Concat", graph.add("Sub", graph.constant(1.0), mean), mean, axis=1)
    else:
        total = graph.add("ReduceSum", mean, graph.constant([1]), keepdims=1)
        probabilities = graph.add("Div", mean, total)
    best = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    classes = np.array(scorer.classes)
    kind = {"i": "int64", "u": "int64", "f": "float64", "b": "bool"}.get(classes.dtype.kind, "string")
    classes = np.array([str(name) for name in scorer.classes], object) if kind == "string" else classes.astype(kind)
    label = graph.add("Gather", graph.constant(classes), best, axis=0)
    return {"prediction": (label, kind, 0), "probabilities": (probabilities, "float64", n)}


def _numbers(graph: Graph, value: str, n: int) -> tuple[str, str, int]:
    """An output of n numbers for each row; a single number has no second dimension."""
    return (graph.squeeze(value) if n == 1 else value, "float64", 0 if n == 1 else n)


def _sorted(graph: Graph, mean: str, ranks: list[int], n_outputs: int) -> str:
    """The outputs of each target in the order that its quantiles have."""
    n_quantiles = len(ranks)
    by_target = graph.add("Reshape", mean, graph.constant([-1, n_outputs // n_quantiles, n_quantiles]))
    rising = graph.add("TopK", by_target, graph.constant([n_quantiles]), unused=1, axis=2, largest=0)
    ordered = graph.add("Gather", rising, graph.constant(ranks), axis=2)
    return graph.add("Reshape", ordered, graph.constant([-1, n_outputs]))


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
