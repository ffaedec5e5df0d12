"""Writes forward and backward pass of one row as straight loops: for per-sample SGD.

About half of all ReLU neurons are off for a given row. Such a neuron has a = 0 and slope 0, so its outgoing weights add
nothing, send nothing back and do not change: where it pays, the loops visit only the neurons that are on.

A narrow or a large first layer looks ahead: the row after this one is known, so the pass that moves a weight also adds
it to the next row's z^2. Then each weight is read once per step.
"""

from . import encoded
from .pointwise import activate, compare, row_mask
from .program import Program
from .text import Lines, inside, loop, noted

LIST_FROM = 32  # neurons above, from which a list of the neurons that are on pays; see benchmarks/
AHEAD_UNDER = 64  # neurons of the first layer, below which looking ahead pays
AHEAD_FROM = 8192  # weights of the first layer, from which it pays again: they no longer fit the nearest cache
BLOCK_FROM = 64  # neurons above, from which adding four rows of weights at a time pays
BLOCK = 4


def buffers(program: Program) -> Lines:
    """What one row needs: a, slope and delta of every layer."""
    sizes, L = program.architecture.sizes, program.architecture.n_layers
    written_out = 1 in program.dropout_rates() or program.architecture.bins
    names: dict[int, tuple[str, ...]] = {1: ("a",)} if written_out else {}
    names |= {layer: ("a", "slope", "delta") for layer in range(2, L)} | {L: ("a", "delta")}
    lines = [
        f"{', '.join(f'{name}{layer}' for name in names[layer])} = "
        f"{', '.join(f'np.empty({sizes[layer - 1]}, number)' for _ in names[layer])}"
        for layer in names
    ]
    listed = [layer - 1 for layer in range(3, L + 1) if lists_below(program, layer)]
    return lines + [f"on{layer} = np.empty({sizes[layer - 1]}, np.int64)" for layer in listed]


def passes(program: Program) -> Lines:
    """Forward pass and output delta of row r of the table."""
    net = program.architecture
    lines = ["r = order[first + s]"]
    if net.bins:
        lines += ["x, y = X[r], Y[r]", *encoded.spread(program)]
        lines += row_mask(1, net.sizes[0], "a1") if 1 in program.dropout_rates() else []
    elif 1 in program.dropout_rates():
        lines += ["x, y = X[r], Y[r]", *row_mask(1, net.sizes[0], "x")]
    else:
        lines += ["a1, y = X[r], Y[r]"]
    for layer in range(2, net.n_layers + 1):
        if layer > 2 or not looks_ahead(program):
            lines += aggregate(program, layer, on_alone=lists_below(program, layer))
        z = f"a{layer}[j]"
        lines += compare(program, z) if layer == net.n_layers else activate(program, layer, z)
        if layer < net.n_layers and lists_below(program, layer + 1):
            lines += list_on(layer, net.sizes[layer - 1])
    return lines


def before_the_first(program: Program) -> Lines:
    """What has to be known before the first row: its z^2, if the first layer looks ahead."""
    return ["a1 = X[order[0]]", *aggregate(program, 2, on_alone=False)] if looks_ahead(program) else []


def looks_ahead(program: Program) -> bool:
    """Whether z^2 of the next row is made while the weights move.

    Not if bins or masks change x, or if max-norm changes weights; and not beside the step of scales.
    """
    net, (n, m) = program.architecture, program.architecture.sizes[:2]
    if net.bins or 1 in program.dropout_rates() or "max_norm" in program.numbers() or program.has_scales:
        return False
    return m < AHEAD_UNDER or n * m >= AHEAD_FROM


def for_inputs(program: Program, layer: int, body: Lines, *, on_alone: bool) -> Lines:
    """Body for every input i of the layer, or only for the listed ones that are on."""
    if on_alone:
        return loop("k", f"n_on{layer - 1}", [f"i = on{layer - 1}[k]", *body])
    return loop("i", program.architecture.sizes[layer - 2], body)


def lists_below(program: Program, layer: int) -> bool:
    """Whether the neurons below this layer that are on are listed: they are ReLUs, and their weights are many."""
    net = program.architecture
    return layer > 2 and net.activation[layer - 3] == "relu" and net.sizes[layer - 1] >= LIST_FROM


def list_on(layer: int, width: int) -> Lines:
    """The neurons with a != 0, NaN among them; written without an `if`, which the processor would guess wrong."""
    body = [f"on{layer}[n_on{layer}] = i", f"n_on{layer} += a{layer}[i] != zero"]
    return [f"n_on{layer} = 0", *noted(loop("i", width, body), f"the neurons of layer {layer} that are on")]


def aggregate(program: Program, layer: int, *, on_alone: bool) -> Lines:
    """z of one layer and row: the biases, then the weights of each input (of those that are on) times that input."""
    n, m = program.architecture.sizes[layer - 2 : layer]
    start = loop("j", m, [f"a{layer}[j] = b{layer}[j]"])
    lines = noted(start, f"z{layer} = W{layer}^T a{layer - 1} + b{layer} (eq. 1)")
    one_row = [f"a = a{layer - 1}[i]", *loop("j", m, [f"a{layer}[j] += a * W{layer}[i, j]"])]
    if m < BLOCK_FROM or n < BLOCK or on_alone:
        return lines + for_inputs(program, layer, one_row, on_alone=on_alone)
    several = [f"a_{k} = a{layer - 1}[i + {k}]" for k in range(BLOCK)]
    total = " + ".join(f"a_{k} * W{layer}[i + {k}, j]" for k in range(BLOCK))
    return lines + by_blocks(n, BLOCK, [*several, *loop("j", m, [f"a{layer}[j] += {total}"])], one_row)


def by_blocks(n: int, size: int, several: Lines, one: Lines) -> Lines:
    """The lines `several` for every `size` of n inputs, from i on, and `one` for each that is left."""
    in_blocks = n - n % size
    lines = inside(f"for i in range(0, {in_blocks}, {size}):", several)
    return lines + (loop("i", f"{in_blocks}, {n}", one) if in_blocks < n else [])
