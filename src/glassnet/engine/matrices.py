"""Writes forward pass, deltas and gradient of a batch as matrix products, which NumPy hands to BLAS."""

from .pointwise import activate, compare, row_mask
from .program import Program
from .text import Lines, loop, noted


def buffers(program: Program) -> Lines:
    """What a batch needs: A, slope and Delta of every layer, a row for each sample."""
    sizes, L = program.architecture.sizes, program.architecture.n_layers
    names = {1: "A"} | dict.fromkeys(range(2, L), "ASD") | {L: "AD"}
    return [
        f"{name}{layer}_all = np.empty((batch_size, {sizes[layer - 1]}), number)"
        for layer in names
        for name in names[layer]
    ]


def passes(program: Program) -> Lines:
    """Forward pass, deltas and gradient of the rows first, ..., first + rows - 1 of the order."""
    net = program.architecture
    lines = _views(program) + _gather(program)
    for layer in range(2, net.n_layers + 1):
        lines += noted([f"np.dot(A{layer - 1}, W{layer}, A{layer})"], f"A{layer - 1} W{layer} (eq. 1)")
        z = f"a{layer}[j] + b{layer}[j]"
        if layer == net.n_layers:
            head = ["r = order[first + s]", f"y, a{layer}, delta{layer} = Y[r], A{layer}[s], D{layer}[s]"]
            lines += loop("s", "rows", head + compare(program, z))
        else:
            head = [f"a{layer}, slope{layer} = A{layer}[s], S{layer}[s]"]
            lines += loop("s", "rows", head + activate(program, layer, z))
    for layer in range(net.n_layers, 1, -1):
        lines += _gradient(program, layer)
        if layer > 2:
            lines += _send_back(program, layer)
    return lines


def _views(program: Program) -> Lines:
    """The buffers cut to the rows of this batch; only the last one may have fewer."""
    L = program.architecture.n_layers
    lines = ["A1 = A1_all[:rows]"]
    lines += [f"A{k}, S{k}, D{k} = A{k}_all[:rows], S{k}_all[:rows], D{k}_all[:rows]" for k in range(2, L)]
    return [*lines, f"A{L}, D{L} = A{L}_all[:rows], D{L}_all[:rows]"]


def _gather(program: Program) -> Lines:
    n = program.architecture.sizes[0]
    head = ["x, a1 = X[order[first + s]], A1[s]"]
    if 1 in program.architecture.dropout_rates():
        return loop("s", "rows", head + row_mask(1, n, "x"))
    return noted(loop("s", "rows", head + loop("i", n, ["a1[i] = x[i]"])), "A1: the rows of this batch")


def _gradient(program: Program, layer: int) -> Lines:
    m = program.architecture.sizes[layer - 1]
    add = loop("s", "rows", [f"delta{layer} = D{layer}[s]", *loop("j", m, [f"db{layer}[j] += delta{layer}[j]"])])
    return [
        *noted([f"np.dot(A{layer - 1}.T, D{layer}, dW{layer})"], f"dW{layer} = A{layer - 1}^T D{layer} (eq. 6)"),
        f"db{layer}[:] = zero",
        *add,
    ]


def _send_back(program: Program, layer: int) -> Lines:
    below, n = layer - 1, program.architecture.sizes[layer - 2]
    body = [f"slope{below}, delta{below} = S{below}[s], D{below}[s]"]
    body += loop("i", n, [f"delta{below}[i] *= slope{below}[i]"])
    return [
        *noted([f"np.dot(D{layer}, W{layer}.T, D{below})"], f"D{below} = S{below} * (D{layer} W{layer}^T) (eq. 5)"),
        *loop("s", "rows", body),
    ]
