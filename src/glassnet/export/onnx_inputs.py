"""The columns of a table become the inputs of the networks, as ONNX operators."""

from collections.abc import Callable

import numpy as np

from ..network.arrays import Array
from ..table.numbers import BOUND, LARGEST
from .onnx_nodes import Graph
from .scorer import Column, Cycle, Lookup, Member, Number, Scorer

ReadBy = Callable[[Member], tuple[str, Array]]


def features_of(graph: Graph, scorer: Scorer, takes: str) -> ReadBy:
    """A function that adds a member's inputs to the graph: their value (n, n_inputs), and their places in A^1.

    What all members read in the same way is added once. takes : the type of the matrix of plain numbers.
    """
    columns = _inputs(graph, scorer, takes)
    cycles: dict[tuple[int, str], str] = {}

    def read(member: Member) -> tuple[str, Array]:
        starts = np.cumsum([0, *(feature.width for feature in member.features)]).tolist()
        placed = list(zip(member.features, starts, strict=False))
        scaled = [(feature, place) for feature, place in placed if isinstance(feature, Number)]
        values, order = _scaled(graph, columns, scaled) if scaled else ([], [])
        for feature, place in placed:
            if isinstance(feature, Cycle):
                key = feature.column, feature.name
                if key not in cycles:
                    cycles[key] = _cycle(graph, columns[feature.column], feature.name)
                values.append(cycles[key])
            elif isinstance(feature, Lookup) and feature.width:
                rows = graph.add("Gather", graph.constant(feature.rows), columns[feature.column], axis=0)
                values.append(graph.squeeze(rows))
            else:
                continue
            order += range(place, place + feature.width)
        joined = graph.add("Concat", *values, axis=1) if len(values) > 1 else values[0]
        return graph.cast(joined, scorer.dtype), np.array(order)

    return read


def names_of_inputs(scorer: Scorer) -> list[str]:
    """How the graph calls the columns of the table: by their names, or x0, x1, ... where they have none."""
    taken, names = {column.name for column in scorer.columns}, []
    for place, column in enumerate(scorer.columns):
        name = column.name if isinstance(column.name, str) and column.name else f"x{place}"
        while name != column.name and name in taken:
            name += "_"
        names.append(name)
    return names


def _inputs(graph: Graph, scorer: Scorer, takes: str) -> dict[int, str]:
    """For each column in use its numbers (n, 1), double; or the places of its levels (n, 1), whole numbers."""
    if not scorer.mixed:
        X = graph.cast(graph.input("X", takes, len(scorer.columns)), "float64")
        return dict.fromkeys(range(len(scorer.columns)), X)
    names = names_of_inputs(scorer)
    return {place: _column(graph, scorer.columns[place], names[place]) for place in scorer.used}


def _column(graph: Graph, column: Column, name: str) -> str:
    if column.kind == "category":
        texts = [*column.levels, ""]
        return graph.add(
            "LabelEncoder",
            graph.input(name, "string", 1),
            domain="ai.onnx.ml",
            keys_strings=texts,
            values_int64s=list(range(len(texts))),
            default_int64=len(texts),
        )
    x = graph.input(name, "float64", 1)
    if column.kind != "boolean":
        return x
    sign = graph.cast(graph.add("Greater", x, graph.constant(0.5)), "int64")
    return graph.add("Where", graph.add("IsNaN", x), graph.constant(2), sign)


def _scaled(graph: Graph, columns: dict[int, str], placed: list[tuple[Number, int]]) -> tuple[list[str], list[int]]:
    """z of all numbers side by side, then the marks of gaps; and their places in A^1."""
    numbers, places = [feature for feature, _ in placed], [place for _, place in placed]
    names = [columns[feature.column] for feature in numbers]
    x = names[0] if len(set(names)) == 1 else graph.add("Concat", *names, axis=1)
    facts = {name: np.array([float(getattr(f, name)) for f in numbers]) for name in ("first", "median", "low", "high")}
    size = np.array([feature.size for feature in numbers])
    gaps = graph.add("IsNaN", x)
    if facts["first"].any():
        x = graph.add("Sub", x, graph.constant(facts["first"]))
    if numbers[0].fills:
        x = graph.add("Where", gaps, graph.constant(facts["median"]), x)
        for end, operator, limit in (("high", "Greater", LARGEST), ("low", "Less", -LARGEST)):
            beyond = graph.add(operator, x, graph.constant(limit))
            x = graph.add("Where", beyond, graph.constant(facts[end]), x)
    z = graph.add("Sub", x, graph.constant(facts["median"]))
    z = graph.add("Div", z, graph.constant(np.where(size == 0, 1, size)))
    if (size == 0).any():
        z = graph.add("Mul", z, graph.constant((size != 0).astype(float)))
    z = _clipped(graph, z) if numbers[0].clips else z
    marked = [k for k, feature in enumerate(numbers) if feature.marks_gaps]
    if not marked:
        return [z], places
    marks = graph.cast(graph.add("Gather", gaps, graph.constant(marked), axis=1), "float64")
    return [z, marks], places + [places[k] + 1 for k in marked]


def _clipped(graph: Graph, z: str) -> str:
    """z / sqrt(1 + (z / BOUND)^2)."""
    z = graph.add("Clip", z, graph.constant(-LARGEST), graph.constant(LARGEST))
    share = graph.add("Div", z, graph.constant(BOUND))
    root = graph.add("Sqrt", graph.add("Add", graph.add("Mul", share, share), graph.constant(1.0)))
    return graph.add("Div", z, root)


def _cycle(graph: Graph, seconds: str, name: str) -> str:
    """Sine and cosine (n, 2) of where moments stand in their month, weekday or hour; 0, 0 for a gap."""
    gap = graph.add("IsNaN", seconds)
    moment = graph.add("Where", gap, graph.constant(0.0), seconds)
    day = _quotient(graph, moment, 86400)
    if name == "month":
        share = _share(graph, _month(graph, day), 12)
    elif name == "weekday":
        share = _share(graph, graph.add("Sub", day, graph.constant(4.0)), 7)
    else:
        share = _share(graph, moment, 86400)
    angle = graph.add("Mul", share, graph.constant(2 * np.pi))
    ahead = graph.add("Add", angle, graph.constant(np.pi / 2))  # older runtimes have no cosine of doubles
    waves = graph.add("Sin", graph.add("Concat", angle, ahead, axis=1))
    return graph.add("Where", gap, graph.constant(0.0), waves)


def _quotient(graph: Graph, x: str, divisor: float) -> str:
    return graph.add("Floor", graph.add("Div", x, graph.constant(float(divisor))))


def _share(graph: Graph, x: str, length: float) -> str:
    """What share of 0, ..., length - 1 x has gone through, also for x below 0."""
    gone = graph.add("Mul", _quotient(graph, x, length), graph.constant(float(length)))
    return graph.add("Div", graph.add("Sub", x, gone), graph.constant(float(length)))


def _month(graph: Graph, day: str) -> str:
    """The month of days since 1970, January being 0 (or 12, or 13): years here begin in March, as in scorer.c."""

    def combined(parts: list[tuple[float, str]], shift: float = 0.0) -> str:
        total = graph.constant(float(shift))
        for factor, value in parts:
            total = graph.add("Add", total, graph.add("Mul", value, graph.constant(float(factor))))
        return total

    z = combined([(1, day)], 719468)
    of_era = combined([(1, z), (-146097, _quotient(graph, z, 146097))])
    leaps = [(sign, _quotient(graph, of_era, days)) for sign, days in ((-1, 1460), (1, 36524), (-1, 146096))]
    year = _quotient(graph, combined([(1, of_era), *leaps]), 365)
    of_year = combined([(1, of_era), (-365, year), (-1, _quotient(graph, year, 4)), (1, _quotient(graph, year, 100))])
    return combined([(1, _quotient(graph, combined([(5, of_year)], 2), 153))], 2)
