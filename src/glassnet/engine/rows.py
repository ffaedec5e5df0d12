"""Writes forward and backward pass of one row as straight loops: for per-sample SGD."""

from itertools import pairwise

from .pointwise import activate, compare, row_mask
from .program import Program
from .text import Lines, loop, noted


def buffers(program: Program) -> Lines:
    """What one row needs: a, slope and delta of every layer."""
    sizes, L = program.architecture.sizes, program.architecture.n_layers
    names: dict[int, tuple[str, ...]] = {1: ("a",)} if 1 in program.architecture.dropout_rates() else {}
    names |= {layer: ("a", "slope", "delta") for layer in range(2, L)} | {L: ("a", "delta")}
    return [
        f"{', '.join(f'{name}{layer}' for name in names[layer])} = "
        f"{', '.join(f'np.empty({sizes[layer - 1]}, number)' for _ in names[layer])}"
        for layer in names
    ]


def passes(program: Program) -> Lines:
    """Forward pass and output delta of row r of the table."""
    net = program.architecture
    lines = ["r = order[first + s]"]
    if 1 in net.dropout_rates():
        lines += ["x, y = X[r], Y[r]", *row_mask(1, net.sizes[0], "x")]
    else:
        lines += ["a1, y = X[r], Y[r]"]
    for layer, (n, m) in enumerate(pairwise(net.sizes), start=2):
        lines += _aggregate(layer, n, m)
        z = f"a{layer}[j]"
        lines += compare(program, z) if layer == net.n_layers else activate(program, layer, z)
    return lines


def send_back(program: Program, layer: int) -> Lines:
    """delta of the layer below: its slope times the delta of this layer, sent back through W."""
    n, m = program.architecture.sizes[layer - 2 : layer]
    below = layer - 1
    body = [
        "s_i = zero",
        *loop("j", m, [f"s_i += W{layer}[i, j] * delta{layer}[j]"]),
        f"delta{below}[i] = slope{below}[i] * s_i",
    ]
    return noted(loop("i", n, body), f"delta{below} = f'(z{below}) * (W{layer} delta{layer}) (eq. 5)")


def _aggregate(layer: int, n: int, m: int) -> Lines:
    body = [f"a = a{layer - 1}[i]", *loop("j", m, [f"a{layer}[j] += a * W{layer}[i, j]"])]
    return [
        *noted(loop("j", m, [f"a{layer}[j] = b{layer}[j]"]), f"z{layer} = W{layer}^T a{layer - 1} + b{layer} (eq. 1)"),
        *loop("i", n, body),
    ]
