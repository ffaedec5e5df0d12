"""Writes forward pass, deltas and gradient of a batch as matrix products."""

from . import encoded
from .layout import is_short
from .pointwise import activate, activate_alone, compare, row_mask
from .program import Program
from .rows import aggregate
from .text import Lines, loop, matrix_room, noted

SQUARE = 16  # rows and columns that are turned at once
THIN = 128  # inputs of a single neuron up to which loops beat BLAS; see benchmarks/


def buffers(program: Program) -> Lines:
    """What a batch needs: A, slope and Delta of every layer, a row for each sample."""
    L = program.architecture.n_layers
    lines = _buffers(program, {1: "A"} | dict.fromkeys(range(2, L), "ASD") | {L: "AD"})
    sizes = program.architecture.sizes
    turned = [layer for layer in range(3, L + 1) if not is_thin(program, layer)]
    lines += [matrix_room(f"T{k}", str(sizes[k - 1]), sizes[k - 2]) for k in turned]
    return lines + ([*encoded.buffers(program), *encoded.gradient_buffers(program)] if is_short(program) else [])


def forward_buffers(program: Program) -> Lines:
    """What the forward pass alone needs: A of every layer but the last."""
    lines = _buffers(program, dict.fromkeys(range(1, program.architecture.n_layers), "A"))
    return lines + (encoded.buffers(program) if is_short(program) else [])


def _buffers(program: Program, names: dict[int, str]) -> Lines:
    sizes = program.architecture.sizes
    widths = {layer: str(size) for layer, size in enumerate(sizes, start=1)}
    if is_short(program):
        widths[1] = "n_plain"
    return [matrix_room(f"{name}{layer}_all", "batch_size", widths[layer]) for layer in names for name in names[layer]]


def passes(program: Program) -> Lines:
    """Forward pass, deltas and gradient of the rows first, ..., first + rows - 1 of the order."""
    net = program.architecture
    lines = _views(program) + _gather(program)
    for layer in range(2, net.n_layers + 1):
        lines += _forward(program, layer)
    for layer in range(net.n_layers, 1, -1):
        lines += _backward_thin(program, layer) if is_thin(program, layer) else _backward(program, layer)
    return lines


def forward(program: Program) -> Lines:
    """Only the forward pass, and only to Z^L, which goes into the rows of Z."""
    L = program.architecture.n_layers
    lines = [*(f"A{k} = A{k}_all[:rows]" for k in range(1, L)), f"A{L} = Z[first : first + rows]", *_gather(program)]
    for layer in range(2, L + 1):
        batch, product, z = _aggregate(program, layer)
        if layer < L:
            values = activate_alone(program, layer, z)
        else:
            values = noted(loop("j", program.architecture.sizes[-1], [f"a{L}[j] = {z}"]), f"z{L} (eq. 1)")
        lines += [*batch, *loop("s", "rows", [f"a{layer} = A{layer}[s]", *product, *values])]
    return lines


def is_thin(program: Program, layer: int) -> bool:
    """Whether the layer is a single neuron: loops over its weights are faster than BLAS, measured up to 128 inputs."""
    n, m = program.architecture.sizes[layer - 2 : layer]
    return m == 1 and n <= THIN and not _is_short(program, layer)


def _is_short(program: Program, layer: int) -> bool:
    """Whether the layer is a first one whose columns are spread over bins in short form."""
    return layer == 2 and is_short(program)


def _forward(program: Program, layer: int) -> Lines:
    """Z and A of one layer; at the output also Delta and the loss."""
    lines, product, z = _aggregate(program, layer)
    if layer == program.architecture.n_layers:
        head = [f"y, a{layer}, delta{layer} = Y[r], A{layer}[s], D{layer}[s]"]
        return lines + loop("s", "rows", ["r = order[first + s]", *head, *product, *compare(program, z)])
    head = [f"a{layer}, slope{layer} = A{layer}[s], S{layer}[s]"]
    return lines + loop("s", "rows", [*head, *product, *activate(program, layer, z)])


def _aggregate(program: Program, layer: int) -> tuple[Lines, Lines, str]:
    """Z of one layer (eq. 1): what is done for the whole batch, then for row s, and the text that yields z_j."""
    below = layer - 1
    if is_thin(program, layer):
        return [], [f"a{below} = A{below}[s]", *aggregate(program, layer, on_alone=False)], f"a{layer}[j]"
    z = f"a{layer}[j] + b{layer}[j]"
    if _is_short(program, layer):
        return encoded.plain(), encoded.add(program), "a2[j] + base2[j]"
    return noted([f"product(A{below}, W{layer}, A{layer})"], f"A{below} W{layer} (eq. 1)"), [], z


def _views(program: Program) -> Lines:
    """The buffers, those that enter products cut to the rows of this batch; only the last one may have fewer."""
    L = program.architecture.n_layers
    lines = ["A1 = A1_all[:rows]"]
    lines += [f"A{k}, D{k}, S{k} = A{k}_all[:rows], D{k}_all[:rows], S{k}_all" for k in range(2, L)]
    cut = "" if is_thin(program, L) else "[:rows]"
    return [*lines, f"A{L}, D{L} = A{L}_all{cut}, D{L}_all{cut}"]


def _gather(program: Program) -> Lines:
    net, head = program.architecture, ["x, a1 = X[order[first + s]], A1[s]"]
    if 1 in program.dropout_rates():
        source = encoded.spread(program) if net.bins else []
        return loop("s", "rows", [*head, *source, *row_mask(1, net.sizes[0], "a1" if net.bins else "x")])
    n = "n_plain" if is_short(program) else net.sizes[0]
    return noted(loop("s", "rows", head + loop("i", n, ["a1[i] = x[i]"])), "A1: the rows of this batch")


def _backward(program: Program, layer: int) -> Lines:
    """Gradient of one layer and Delta of the one below, by products."""
    below, (n, m) = layer - 1, program.architecture.sizes[layer - 2 : layer]
    lines = _weight_gradient(program, layer)
    if layer == program.architecture.n_layers or is_thin(program, layer + 1):
        add = [f"delta{layer} = D{layer}[s]", *loop("j", m, [f"db{layer}[j] += delta{layer}[j]"])]
        lines += [*loop("j", m, [f"db{layer}[j] = zero"]), *loop("s", "rows", add)]
    if layer == 2:
        return lines
    lines += loop("i", n, [f"db{below}[i] = zero"])
    slopes = [f"slope{below}, delta{below} = S{below}[s], D{below}[s]"]
    slopes += loop("i", n, [f"delta{below}[i] *= slope{below}[i]", f"db{below}[i] += delta{below}[i]"])
    product = [*_transpose(layer, n, m), f"product(D{layer}, T{layer}, D{below})"]
    return [*lines, *noted(product, f"D{below} = S{below} * (D{layer} W{layer}^T) (eq. 5)"), *loop("s", "rows", slopes)]


def _transpose(layer: int, n: int, m: int) -> Lines:
    """T, the transpose of W."""
    if min(n, m) >= SQUARE:
        return [f"transpose(W{layer}, T{layer})"]
    return loop("i", n, loop("j", m, [f"T{layer}[j, i] = W{layer}[i, j]"]))


def _weight_gradient(program: Program, layer: int) -> Lines:
    """dW of one layer."""
    if _is_short(program, layer):
        return encoded.gradient(program)
    return noted([f"product(A{layer - 1}.T, D{layer}, dW{layer})"], f"dW{layer} = A{layer - 1}^T D{layer} (eq. 6)")


def _backward_thin(program: Program, layer: int) -> Lines:
    """The same by loops, row after row."""
    below, (n, m) = layer - 1, program.architecture.sizes[layer - 2 : layer]
    body = [f"a = a{below}[i]", *loop("j", m, [f"dW{layer}[i, j] += a * delta{layer}[j]"])]
    head = [f"a{below}, delta{layer} = A{below}[s], D{layer}[s]"]
    note = f"dW{layer} += a{below} delta{layer}^T (eq. 6)"
    if layer > 2:
        head += [f"slope{below}, delta{below} = S{below}[s], D{below}[s]"]
        body += ["s_i = zero", *loop("j", m, [f"s_i += W{layer}[i, j] * delta{layer}[j]"])]
        body += [f"delta{below}[i] = slope{below}[i] * s_i"]
        note = f"delta{below} = slope{below} * (W{layer} delta{layer}) (eq. 5), and {note}"
    add = loop("j", m, [f"db{layer}[j] += delta{layer}[j]"])
    return [
        *loop("i", n, loop("j", m, [f"dW{layer}[i, j] = zero"])),
        *loop("j", m, [f"db{layer}[j] = zero"]),
        *loop("s", "rows", [*head, *noted(loop("i", n, body), note), *add]),
    ]
