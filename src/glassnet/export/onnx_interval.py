"""Prediction intervals as ONNX operators: the search of `estimators/intervals.py` for all rows at once.

Ends e are counted over targets, lower and upper in turn: e = 0, 1 are those of the first target. Lower ends are the
upper ends of the mirror image, -prediction.
"""

import numpy as np

from ..estimators.intervals import HALVINGS
from ..network.arrays import Array
from .onnx_nodes import Graph
from .scorer import Interval, Member


def spread(graph: Graph, member: Member, order: Array, inputs: str, shares: str, said: str) -> str:
    """How far off a member is likely to be, (n, n_targets) double; "" if it has not learnt that.

    order : the places of the inputs in A^1.
    shares : how far inputs are through the pieces of their curves; "" without curves.
    said : A^L, double.
    """
    s = member.spreads
    if s is None:
        return ""
    parts = [
        graph.constant(s.b),
        graph.add("MatMul", graph.cast(inputs, "float64"), graph.constant(s.inputs[order])),
        graph.add("Mul", said, graph.constant(s.said)),
        graph.add("Mul", graph.add("Mul", said, said), graph.constant(s.squared)),
    ]
    if shares:
        parts.append(graph.add("MatMul", graph.cast(shares, "float64"), graph.constant(member.rises_of_spreads())))
    low, high = (graph.constant(limit) for limit in s.limits)
    return graph.add("Exp", graph.add("Max", graph.add("Min", graph.sum(parts), high), low))


def ends(graph: Graph, interval: Interval, predictions: list[str], units: list[str]) -> tuple[str, str]:
    """Lower and upper ends, (n, n_targets) each, which may cross, of the members' predictions (n, n_targets).

    units : what each member's errors are multiplied by, (n, n_targets); texts "" stand for 1.
    """
    n_targets = len(interval.residuals)
    sign = np.tile([-1.0, 1.0], n_targets)
    mu = graph.add("Mul", _by_end(graph, predictions, n_targets), graph.constant(sign[:, None]))
    unit = _by_end(graph, units, n_targets) if all(units) else graph.constant(1.0)
    low, high = _around(graph, interval, mu, unit)
    high = _upper(graph, interval, (mu, unit), low, high)
    found = graph.add("Mul", high, graph.constant(sign))
    places = (np.arange(start, 2 * n_targets, 2) for start in (0, 1))
    lower, upper = (graph.add("Gather", found, graph.constant(of_ends), axis=1) for of_ends in places)
    return lower, upper


def narrowed(graph: Graph, interval: Interval, mean: str, end: str) -> str:
    """Lower or upper ends, (n, n_targets), as near to the mean of the members as they are to be."""
    kept = graph.add("Mul", end, graph.constant(interval.narrowing))
    return graph.add("Add", kept, graph.add("Mul", mean, graph.constant(1 - interval.narrowing)))


def in_order(graph: Graph, lower: str, upper: str) -> tuple[str, str]:
    """The same ends, and where they would cross, both in their middle."""
    half = graph.add("Mul", graph.add("Sub", upper, lower), graph.constant(0.5))
    middle = graph.add("Add", lower, half)
    return graph.add("Min", lower, middle), graph.add("Max", upper, middle)


def _by_end(graph: Graph, values: list[str], n_targets: int) -> str:
    """What members say of targets, (n, n_targets) each, for every end and member: (n, n_ends, n_members)."""
    last = graph.constant([2])
    joined = graph.add("Concat", *(graph.add("Unsqueeze", value, last) for value in values), axis=2)
    return graph.add("Gather", joined, graph.constant(np.repeat(np.arange(n_targets), 2)), axis=1)


def _around(graph: Graph, interval: Interval, mu: str, unit: str) -> tuple[str, str]:
    """Below and above all sums prediction + unit * size, (n, n_ends)."""
    sizes = np.array([[fold.sizes[[0, -1]] for fold in folds] for folds in interval.residuals])
    outermost: Array = np.repeat(sizes, 2, axis=0)  # (n_ends, n_members, 2)
    first, last = (
        graph.add("Add", mu, graph.add("Mul", unit, graph.constant(outermost[:, :, side]))) for side in (0, 1)
    )
    low = graph.add("ReduceMin", first, axes=[2], keepdims=0)
    high = graph.add("ReduceMax", last, axes=[2], keepdims=0)
    margin = graph.add("Add", graph.add("Abs", low), graph.add("Abs", high))
    return graph.add("Sub", low, graph.add("Mul", margin, graph.constant(1e-9))), high


def _upper(graph: Graph, interval: Interval, members: tuple[str, str], low: str, high: str) -> str:
    """The smallest t, (n, n_ends), that as much weight as the rank of the sums does not exceed: bisection in a loop."""
    sizes, weight, n = _tables(interval)
    n_ends, n_members = 2 * len(interval.residuals), len(interval.residuals[0])
    starts = n * np.repeat(np.arange(n_ends * n_members // 2).reshape(-1, n_members), 2, axis=0)
    sizes_name, weight_name, first = graph.constant(sizes), graph.constant(weight), graph.constant(starts)
    mu, unit = members

    def halve(low: str, high: str) -> tuple[str, str]:
        middle = graph.add("Mul", graph.add("Add", low, high), graph.constant(0.5))
        size = graph.add("Sub", graph.add("Unsqueeze", middle, graph.constant([2])), mu)
        size, place, step = graph.add("Div", size, unit), first, n // 2
        while step:  # how many errors are at most that size: a binary search in steps of powers of 2
            further = graph.add("Add", place, graph.constant(step))
            is_behind = graph.add("LessOrEqual", graph.add("Gather", sizes_name, further), size)
            place, step = graph.add("Where", is_behind, further, place), step // 2
        below = graph.add("Gather", weight_name, place)
        below = graph.add("ReduceSum", below, graph.constant([2]), keepdims=0)
        enough = graph.add("GreaterOrEqual", below, graph.constant(interval.rank))
        return graph.add("Where", enough, low, middle), graph.add("Where", enough, middle, high)

    return graph.repeat(HALVINGS, halve, (low, high))[1]


def _tables(interval: Interval) -> tuple[Array, Array, int]:
    """Sizes and weights of all folds one after the other, each with n entries, a power of 2.

    Entry i of a fold is the i-th smallest size, counted from 1, and the weight up to it; behind the last one are
    infinite sizes.
    """
    folds = [fold for folds in interval.residuals for fold in folds]
    n = 1 << max(len(fold.sizes) for fold in folds).bit_length()
    sizes = [np.pad(fold.sizes, (1, n - 1 - len(fold.sizes)), constant_values=np.inf) for fold in folds]
    weight = [np.pad(fold.weight, (0, n - len(fold.weight)), mode="edge") for fold in folds]
    return np.concatenate(sizes), np.concatenate(weight), n
