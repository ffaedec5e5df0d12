"""Writes the first layer of columns that are spread over bins (eq. 12), without ever multiplying by all the bins.

A neuron's weights on a column's T bins are slopes; summed up, they are the neuron's values V at the T + 1 edges. A
position in bin k at share f then adds (1 - f) V_k + f V_{k+1} to z: two rows of numbers instead of T. Going back, delta
goes to the same two rows, and one sum over the edges turns the gradient of the values into that of the slopes. Same
function and same gradient as with A^1 written out, for a fraction of the work; the sums are made once per batch.
"""

from ..network.encoding import groups
from .program import Program
from .text import Lines, loop, noted


def is_short(program: Program) -> bool:
    """Whether the first layer is written this way; a mask on single bins, or single rows, need A^1 written out."""
    net = program.architecture
    return any(net.bins) and 1 not in net.dropout_rates() and not program.per_sample


def n_plain(program: Program) -> int:
    """How many columns are not spread over bins; they come first."""
    return program.architecture.bins.count(0)


def constants(program: Program) -> Lines:
    """Mean and 1 / deviation of each share, for each number of bins."""
    lines: Lines = []
    for T in sorted(set(program.architecture.bins) - {0}):
        body = [
            f"center = ({T} - i - 0.5) / {T}",
            f"spread = np.sqrt(({T} - i - 2 / 3) / {T} - center * center)",
            f"mean{T}[i], inverse{T}[i] = center, 1 / spread",
        ]
        lines += [f"mean{T}, inverse{T} = np.empty({T}, number), np.empty({T}, number)", *loop("i", T, body)]
    return lines


def spread(program: Program) -> Lines:
    """a^1 of row x, written out bin by bin (eq. 12)."""
    lines: Lines = []
    for T, column, count, start in groups(program.architecture.bins):
        if T == 0:
            lines += loop("c", count, [f"a1[{_from(start)}c] = x[{_from(column)}c]"])
            continue
        share = f"(min(max(p - number(i), zero), one) - mean{T}[i]) * inverse{T}[i]"
        body = [f"p = x[{_from(column)}c]", *loop("i", T, [f"a1[{_from(start)}{T} * c + i] = {share}"])]
        lines += noted(loop("c", count, body), f"columns {column} to {column + count - 1} in {T} bins (eq. 12)")
    return lines


def buffers(program: Program) -> Lines:
    """The values of the first neurons at all edges, and their gradient."""
    n_edges = sum(T + 1 for T in program.architecture.bins if T)
    m = program.architecture.sizes[1]
    return [f"V = np.empty(({n_edges}, {m}), number)", f"dV = np.empty(({n_edges}, {m}), number)"]


def values(program: Program) -> Lines:
    """V at every edge: -sum of mean W / deviation at the first, then W / deviation more from edge to edge."""
    m, lines = program.architecture.sizes[1], list[str]()
    for T, edge, count, start in _places(program):
        shift = loop("j", m, [f"V[e, j] -= lean * W2[{_from(start)}{T} * c + i, j]"])
        rise = loop("j", m, [f"V[e + i + 1, j] = V[e + i, j] + steep * W2[{_from(start)}{T} * c + i, j]"])
        body = [
            f"e = {_from(edge)}{T + 1} * c",
            "V[e] = zero",
            *loop("i", T, [f"lean = mean{T}[i] * inverse{T}[i]", *shift]),
            *loop("i", T, [f"steep = inverse{T}[i]", *rise]),
        ]
        lines += noted(loop("c", count, body), "what W2 makes of the edges of the bins")
    return lines


def add(program: Program) -> Lines:
    """z^2 of one row, so far without its columns in bins."""
    total = "a2[j] += rest * V[e, j] + share * V[e + 1, j]"
    return noted(_at_each_place(program, [total]), "z2: from edge to edge along a line (eq. 1, 12)")


def gather_gradient(program: Program) -> Lines:
    """The gradient of V: each row's delta goes to the edges of its bins."""
    parts = ["dV[e, j] += rest * delta2[j]", "dV[e + 1, j] += share * delta2[j]"]
    body = ["x, delta2 = X[order[first + s]], D2[s]", *_at_each_place(program, parts)]
    return ["dV[:] = zero", *noted(loop("s", "rows", body), "the gradient of V")]


def gradient(program: Program) -> Lines:
    """dW^2 of the bins from dV: bin i raises all edges above it, and its mean lowers every edge."""
    m, lines = program.architecture.sizes[1], list[str]()
    for T, edge, count, start in _places(program):
        dW = f"dW2[{_from(start)}{T} * c + i, j]"
        below = loop("j", m, ["dV[e + i, j] += dV[e + i + 1, j]"])
        slopes = loop("j", m, [f"{dW} = steep * (dV[e + i + 1, j] - center * dV[e, j])"])
        body = [
            f"e = {_from(edge)}{T + 1} * c",
            *loop("i", f"{T - 1}, -1, -1", below),
            *loop("i", T, [f"center, steep = mean{T}[i], inverse{T}[i]", *slopes]),
        ]
        lines += noted(loop("c", count, body), "dW2 of the bins: sums over the edges (eq. 6, 12)")
    return lines


def _from(start: int) -> str:
    """The start of an index, unless it is 0."""
    return f"{start} + " if start else ""


def _places(program: Program) -> list[tuple[int, int, int, int]]:
    """(bins, first edge in V, number of columns, first input) of each group of columns with equally many bins."""
    found, edge = [], 0
    for T, _, count, start in groups(program.architecture.bins):
        if T:
            found.append((T, edge, count, start))
            edge += count * (T + 1)
    return found


def _at_each_place(program: Program, body: Lines) -> Lines:
    """Body for every j, at the edges e and e + 1 around each position of row x, with share and rest of the way."""
    m, edge, lines = program.architecture.sizes[1], 0, list[str]()
    for T, column, count, _ in groups(program.architecture.bins):
        if T:
            head = [
                f"p = x[{_from(column)}c]",
                f"k = min(max(int(p), 0), {T - 1})",
                "share = min(max(p - number(k), zero), one)",
                f"rest, e = one - share, {_from(edge)}{T + 1} * c + k",
            ]
            lines += loop("c", count, [*head, *loop("j", m, body)])
            edge += count * (T + 1)
    return lines
