"""Writes the step of a large network in two halves, for one thread or for two.

To a half belongs half of the inputs of every layer, with their weights: these never leave the cache of the core that
moves them. Only numbers of the batch go from core to core: what each half of the inputs adds to Z, and Delta. Threads
wait for each other before they read them. One thread takes both halves in turn and does the same sums, so the bits are
the same. All that is seen by both lies in one vector, `space`.
"""

from . import matrices
from .layout import half_of
from .pointwise import activate, compare, draw_mask, if_any_is_off
from .program import Program
from .text import Lines, inside, loop, noted
from .updates import update_halves

FROM = 65_536  # weights from which two threads take 0.6 to 0.8 of the time of one; see benchmarks/
LINE = 16  # numbers: matrices in `space` begin at multiples of it


def pays_to_share(program: Program) -> bool:
    """Whether a program's network is so large that two threads should share its steps, and can."""
    return program.can_be_shared and program.architecture.n_parameters >= FROM


def space_needed(program: Program, batch_size: int) -> int:
    """How many numbers `space` has."""
    per_row, others = (sum(map(_whole_lines, sizes.values())) for sizes in (_for_rows(program), _others(program)))
    return per_row * batch_size + others


def buffers(program: Program) -> Lines:
    """The vectors in `space`, first those with room for each row of a batch, and the halves that this thread takes."""
    lines, place, further = Lines(), 0, 0
    for name, n in _for_rows(program).items():
        lines += [f"{name} = part(space, {place} * batch_size, {n} * batch_size)"]
        place += _whole_lines(n)
    lines += [f"behind = {place} * batch_size"]
    for name, n in _others(program).items():
        lines += [f"{name} = part(space, behind + {further}, {n})"]
        further += _whole_lines(n)
    return [
        *lines,
        "n_threads, goal = barrier[1], 0",
        "first_half, last_half = thread * 2 // n_threads, (thread + 1) * 2 // n_threads",
    ]


def passes(program: Program) -> Lines:
    """One step, all of it."""
    net, L = program.architecture, program.architecture.n_layers
    lines = ["begin, end = rows * first_half // 2, rows * last_half // 2"]
    lines += [f"D{layer} = matrix(D{layer}_all, 0, rows, {net.sizes[layer - 1]})" for layer in range(2, L + 1)]
    lines += _masks(program)
    for layer in range(2, L + 1):
        lines += [*_in_halves(program, layer, _there(program, layer)), *_wait()]
    lines += [*_output(program), *_wait()]
    lines += noted(loop("s", "rows", ["total += losses[s]"]), "the losses of the batch")
    for layer in range(L, 1, -1):
        lines += _in_halves(program, layer, _back(program, layer)) + (_wait() if layer > 2 else [])
    lines += _bias_gradient_of_output(program)
    return [*lines, *update_halves(program), *_wait(), *loop("k", 4 * len(net.slices), ["squares += lengths[k]"])]


def _for_rows(program: Program) -> dict[str, int]:
    """What lies in `space`: {name: how many numbers for each row of a batch}."""
    L, sizes = program.architecture.n_layers, program.architecture.sizes
    n = {f"A{k}_all": sizes[k - 1] for k in range(1, L)} | {f"D{k}_all": sizes[k - 1] for k in range(2, L + 1)}
    n |= {f"Z{k}_all": 2 * sizes[k - 1] for k in range(2, L + 1)}
    return n | {f"M{k}_all": sizes[k - 1] + 1 for k in program.dropout_rates()} | {"losses": 1}


def _others(program: Program) -> dict[str, int]:
    """What lies behind it: {name: how many numbers}."""
    net = program.architecture
    turned = {f"T{k}_all": net.sizes[k - 1] * net.sizes[k - 2] for k in range(3, net.n_layers + 1)}
    return {"grad": net.n_parameters, "lengths": 4 * len(net.slices)} | turned


def _whole_lines(n: int) -> int:
    return -(-n // LINE) * LINE


def _wait() -> Lines:
    return ["goal += n_threads", *noted(["wait_at(barrier, goal)"], "until both halves are done")]


def _in_halves(program: Program, layer: int, body: Lines) -> Lines:
    """Body for each half of the layer's inputs, from start to stop, with A of these neurons below."""
    below, n = layer - 1, program.architecture.sizes[layer - 2]
    head = [f"start, stop = {half_of(n)}"]
    head += [f"A{below} = matrix(A{below}_all, batch_size * start, rows, stop - start)"]
    return inside("for half in range(first_half, last_half):", head + body)


def _masks(program: Program) -> Lines:
    """The dropout masks of the batch, drawn row by row."""
    lines, sizes = Lines(), program.architecture.sizes
    for layer in program.dropout_rates():
        draw = [f"mask{layer} = M{layer}[s]", *draw_mask(layer, sizes[layer - 1])]
        lines += [f"M{layer} = matrix(M{layer}_all, 0, rows, {sizes[layer - 1] + 1})"]
        lines += if_any_is_off(program, layer, loop("s", "begin, end", draw))
    return lines + (_wait() if 1 in program.dropout_rates() else [])


def _there(program: Program, layer: int) -> Lines:
    """What one half of the inputs adds to the layer's Z."""
    below, m = layer - 1, program.architecture.sizes[layer - 1]
    lines = _gather(program) if layer == 2 else _activate(program, below)
    lines += [
        _rows_of_weights(program, "theta", layer),
        f"Z = matrix(Z{layer}_all, half * batch_size * {m}, rows, {m})",
    ]
    return lines + noted([f"product(A{below}, W, Z)"], f"this half of A{below} W{layer} (eq. 1)")


def _gather(program: Program) -> Lines:
    is_off = 1 in program.dropout_rates()
    head = ["x, a1 = part(X[order[first + s]], start, stop - start), A1[s]"]
    head += [_of_row("mask1", "M1", program.architecture.sizes[0] + 1)] if is_off else []
    copy = loop("i", "a1.shape[0]", ["a1[i] = x[i] * mask1[i]" if is_off else "a1[i] = x[i]"])
    return noted(loop("s", "rows", head + copy), "A1: the rows of this batch")


def _activate(program: Program, layer: int) -> Lines:
    """A of this half of a hidden layer, from what both halves of the layer below made of it; slopes wait in D."""
    m = program.architecture.sizes[layer - 1]
    head = [f"a{layer} = A{layer}[s]", _of_row(f"slope{layer}", f"D{layer}", m)]
    head += [_of_row("z_0", f"Z{layer}", m), _of_row("z_1", f"Z{layer}", m, "(batch_size + s)")]
    head += [_of_row(f"mask{layer}", f"M{layer}", m + 1)] if layer in program.dropout_rates() else []
    lines = [f"b = part(b{layer}, start, stop - start)"]
    return lines + loop("s", "rows", [*head, *activate(program, layer, "z_0[j] + z_1[j] + b[j]")])


def _of_row(name: str, matrix: str, width: int, s: str = "s") -> str:
    """The numbers of row s that belong to this half."""
    return f"{name} = part({matrix}_all, {s} * {width} + start, stop - start)"


def _rows_of_weights(program: Program, vector: str, layer: int) -> str:
    """W, or dW, of this half of the inputs."""
    first, m = program.architecture.slices[layer][0].start, program.architecture.sizes[layer - 1]
    name = "W" if vector == "theta" else "dW"
    return f"{name} = matrix({vector}, {first} + start * {m}, stop - start, {m})"


def _output(program: Program) -> Lines:
    """Delta^L and the losses of this thread's rows."""
    L = program.architecture.n_layers
    m = program.architecture.sizes[-1]
    both = [f"Z_{half} = matrix(Z{L}_all, {half} * batch_size * {m}, rows, {m})" for half in (0, 1)]
    head = ["r = order[first + s]", f"y, delta{L}, z_0, z_1 = Y[r], D{L}[s], Z_0[s], Z_1[s]"]
    return [*both, *loop("s", "begin, end", head + compare(program, f"z_0[j] + z_1[j] + b{L}[j]"))]


def _back(program: Program, layer: int) -> Lines:
    """dW of this half of the inputs, and their Delta and db."""
    below, (n, m) = layer - 1, program.architecture.sizes[layer - 2 : layer]
    lines = [_rows_of_weights(program, "grad", layer)]
    lines += noted([f"product(A{below}.T, D{layer}, dW)"], f"dW{layer} = A{below}^T D{layer} (eq. 6)")
    if layer == 2:
        return lines
    lines += [_rows_of_weights(program, "theta", layer), f"T = matrix(T{layer}_all, start * {m}, {m}, stop - start)"]
    by_hand = loop("i", "W.shape[0]", loop("j", m, ["T[j, i] = W[i, j]"]))
    lines += ["transpose(W, T)"] if min(n // 2, m) >= matrices.SQUARE else by_hand
    lines += [f"U = matrix(Z{below}_all, half * batch_size * {n}, rows, stop - start)"]
    lines += noted([f"product(D{layer}, T, U)"], f"D{below} = slopes * (D{layer} W{layer}^T) (eq. 5)")
    return lines + _bias_gradient(program, below, ["u = U[s]"], [f"delta{below}[j] *= u[j]"])


def _bias_gradient_of_output(program: Program) -> Lines:
    L, m = program.architecture.n_layers, program.architecture.sizes[-1]
    return loop("half", "first_half, last_half", [f"start, stop = {half_of(m)}", *_bias_gradient(program, L, [], [])])


def _bias_gradient(program: Program, layer: int, of_row: Lines, of_neuron: Lines) -> Lines:
    """db of this half of a layer, the sum of its deltas, after some lines for each row and each neuron."""
    first, m = program.architecture.slices[layer][1].start, program.architecture.sizes[layer - 1]
    lines = [f"db = part(grad, {first} + start, stop - start)", *loop("j", "db.shape[0]", ["db[j] = zero"])]
    add = loop("j", "db.shape[0]", [*of_neuron, f"db[j] += delta{layer}[j]"])
    return lines + loop("s", "rows", [*of_row, _of_row(f"delta{layer}", f"D{layer}", m), *add])
