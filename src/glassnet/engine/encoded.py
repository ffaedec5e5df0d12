"""Writes the first layer of columns that are spread over bins (eq. 12), without ever multiplying by all the bins.

A neuron's weights on a column's T bins are slopes; summed up, they are the neuron's values V at the T + 1 edges. A
position in bin k at share f then adds (1 - f) V_k + f V_{k+1} to z: two rows of numbers instead of T. Going back, delta
goes to the same two rows, and one sum over the edges turns the gradient of the values into that of the slopes. Same
function and same gradient as with A^1 written out, for a fraction of the work. The sums are made once per batch, in one
pass over the weights: gradient of a bin's weights, their step, and the values that the next batch finds at its edge.

How many columns and bins there are is read at run time, at the end of `settings`: tables of all shapes share one
compiled network.
"""

from .program import Program
from .text import Lines, inside, loop, matrix_room, noted


def constants(program: Program) -> Lines:
    """Where each column's inputs start, and mean and 1 / deviation of every share; nothing without bins."""
    if not program.architecture.bins:
        return []
    mean, square = "(T - (i - start[c]) - 0.5) / T", "(T - (i - start[c]) - 2 / 3) / T"
    last = " settings.shape[0] - 2 * theta.shape[0]" if program.architecture.signs else ""
    moments = [f"mid, power = {mean}, {square}", "center[i], steep[i] = mid, 1 / np.sqrt(power - mid**2)"]
    return [
        *noted([f"bins = settings[{len(program.numbers())}:{last}]"], "how many bins each of the last columns has"),
        "n_plain, n_binned = X.shape[1] - bins.shape[0], bins.shape[0]",
        "start = np.empty(n_binned + 1, np.int64)",
        "start[0] = n_plain",
        *loop("c", "n_binned", ["start[c + 1] = start[c] + int(bins[c])"]),
        "n_in = start[n_binned]",
        "center, steep = np.empty(n_in, number), np.empty(n_in, number)",
        *loop("c", "n_binned", ["T = bins[c]", *_each_bin(moments)]),
    ]


def spread(program: Program) -> Lines:
    """a^1 of row x, written out bin by bin (eq. 12)."""
    share = "(min(max(place - number(i - start[c]), zero), one) - center[i]) * steep[i]"
    body = ["place = x[n_plain + c]", *_each_bin([f"a1[i] = {share}"])]
    return [
        *loop("i", "n_plain", ["a1[i] = x[i]"]),
        *noted(loop("c", "n_binned", body), "the last columns, spread over their bins (eq. 12)"),
    ]


def buffers(program: Program) -> Lines:
    """V, the values of the first neurons at all edges, and base2, what z^2 is without columns."""
    m = program.architecture.sizes[1]
    return [matrix_room("V", "n_in - n_plain + n_binned", m), f"base2 = np.empty({m}, number)"]


def gradient_buffers(program: Program) -> Lines:
    """dV, the gradient of V, empty; and what goes from bin to bin: the sum of dV above it, the slopes' gradient."""
    m = program.architecture.sizes[1]
    lines = [matrix_room("dV", "V.shape[0]", m), "dV[:] = number(0)"]
    return [*lines, f"above, slopes = np.empty({m}, number), np.empty({m}, number)"]


def edges(program: Program) -> Lines:
    """V and base2 from W^2 and b^2; z^2 is base2, and from each column in bins its value between two edges."""
    m = program.architecture.sizes[1]
    body = [*_top(program), *_each_bin_from_the_top([*_place(), *values(program)])]
    lines = [*loop("j", m, ["base2[j] = b2[j]"]), *loop("c", "n_binned", body)]
    return noted(lines, "what W2 makes of the edges of the bins")


def _top(program: Program) -> Lines:
    """The last edge of column c, where its value is 0."""
    zero = loop("j", program.architecture.sizes[1], ["V[edge + int(bins[c]), j] = zero"])
    return ["edge = start[c] - n_plain + c", *zero]


def _place() -> Lines:
    """Of input i, a bin of column c: the edge below it, and the mean and 1 / deviation of its share."""
    return ["below, rise, middle = edge + i - start[c], steep[i], center[i]"]


def values(program: Program) -> Lines:
    """The neurons' values at the edge below bin i, from those at the edge above: they fall by W / deviation.

    At the mean of all shares z is b: what the last edge lies above it is base2's.
    """
    fall = "rise * W2[i, j]"
    body = [f"V[below, j] = V[below + 1, j] - {fall}", f"base2[j] += (one - middle) * {fall}"]
    return loop("j", program.architecture.sizes[1], body)


def plain() -> Lines:
    """A^2, still without biases, as far as it comes from plain columns."""
    return [
        *noted(["A2[:] = zero"], "A1 W2 (eq. 1): plain columns"),
        *inside("if n_plain > 0:", ["product(A1, W2[:n_plain], A2)"]),
    ]


def add(program: Program) -> Lines:
    """z^2 of one row: what its columns in bins add to it."""
    body = loop("j", program.architecture.sizes[1], ["a2[j] += rest * V[edge, j] + share * V[edge + 1, j]"])
    return [
        "x = X[order[first + s]]",
        *noted(_each_position(body), "columns in bins: from edge to edge along a line (eq. 1, 12)"),
    ]


def gradient(program: Program) -> Lines:
    """dW^2 of plain columns, and dV, which was emptied before: each row's delta goes to two edges of a column."""
    m = program.architecture.sizes[1]
    to_edges = loop("j", m, ["dV[edge, j] += rest * delta2[j]"])
    to_edges += loop("j", m, ["dV[edge + 1, j] += share * delta2[j]"])
    body = ["x, delta2 = X[order[first + s]], D2[s]", *_each_position(to_edges)]
    return [
        *inside("if n_plain > 0:", ["product(A1.T, D2, dW2[:n_plain])"]),
        *noted(loop("s", "rows", body), "dV: the gradient at the edges"),
    ]


def each_row_of_weights(program: Program, body: Lines) -> Lines:
    """Body for every bin i of every column, from the last: with `slopes`, the gradient of its weights, and dV emptied.

    Bin i raises all edges above it, and its mean lowers all of them (eq. 6, 12). All deltas together are db^2.
    """
    m = program.architecture.sizes[1]
    slope = ["above[j] += dV[below + 1, j]", "dV[below + 1, j] = zero"]
    slope += ["slopes[j] = rise * (above[j] - middle * db2[j])"]
    return loop(
        "c",
        "n_binned",
        [
            *_top(program),
            *loop("j", m, ["above[j] = zero"]),
            *_each_bin_from_the_top([*_place(), *loop("j", m, slope), *body]),
            *loop("j", m, ["dV[edge, j] = zero"]),
        ],
    )


def _each_bin(body: Lines) -> Lines:
    """Body for every input i that is a bin of column c."""
    return loop("i", "start[c], start[c + 1]", body)


def _each_bin_from_the_top(body: Lines) -> Lines:
    return loop("i", "start[c + 1] - 1, start[c] - 1, -1", body)


def _each_position(body: Lines) -> Lines:
    """Body for the two edges around each position of row x, with share and rest of the way between them."""
    head = [
        "place = x[n_plain + c]",
        "k = min(max(int(place), 0), int(bins[c]) - 1)",
        "share = min(max(place - number(k), zero), one)",
        "rest, edge = one - share, start[c] - n_plain + c + k",
    ]
    return loop("c", "n_binned", [*head, *body])
