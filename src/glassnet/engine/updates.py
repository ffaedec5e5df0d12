"""Writes the gradient step: weight decay, penalty, optimizer and max-norm, cell by cell (T9, T17)."""

from ..network.optimizers import N_MEMORY
from . import encoded, scales
from .cells import Cell, gradient_of, move, step_of
from .layout import bounds, half_of, is_short, n_inputs, n_parameters
from .program import Program
from .rows import AHEAD_UNDER, BLOCK, by_blocks, for_inputs, lists_below, looks_ahead
from .text import Lines, loop, noted


def limits(program: Program) -> Lines:
    """Between which values weights have to stay (eq. 21), from the end of `settings`; nothing without signs."""
    if not program.architecture.signs:
        return []
    sizes, n = program.architecture.sizes, n_parameters(program)
    lines = noted([f"limits = settings[settings.shape[0] - 2 * {n} :].astype(number)"], "bounds of weights (eq. 21)")
    lines += [f"lower, upper = limits[:{n}], limits[{n}:]"]
    for layer, (start, _, _) in bounds(program).items() if program.per_sample else ():
        place = f"{start}, {sizes[layer - 2]}, {sizes[layer - 1]}"
        lines += [f"low{layer}, high{layer} = matrix(lower, {place}), matrix(upper, {place})"]
    return lines


def step_numbers(program: Program) -> Lines:
    """What one step knows before it touches a weight: its learning rate and Adam's bias corrections."""
    lines: Lines = []
    if program.has_decay:
        lines += noted(["shrink = number(1.0 - eta[t] * weight_decay)"], "decoupled weight decay (eq. 9)")
    if not program.optimizer.is_adam:
        return [*lines, "rate = number(eta[t])"]
    return [
        *lines,
        "after = float(counter[3] + epoch * eta.shape[0] + t + 1)",
        *noted(["rate = number(eta[t] / (1.0 - beta_1**after))"], "m_hat = m / (1 - beta_1^t)"),
        "tiny = number(1e-30)",
        *noted(["root = number(1.0 / np.sqrt(1.0 - beta_2**after))"], "v_hat = v / (1 - beta_2^t)"),
    ]


def update_row(program: Program, layer: int) -> Lines:
    """The step of one layer after one row, and the delta of the layer below it.

    Both are made in one pass, so that each weight is read once: its old value sends the blame back, then it moves. The
    gradient a delta^T is never stored; its squared length is that of (1, a) times that of delta.
    """
    m, b, (_, rate) = program.architecture.sizes[layer - 1], f"b{layer}[j]", _rates_of(program, layer)
    step = move(program.optimizer.name, b, f"m{b}", f"v{b}", rate)
    return [
        "length, reach = one, zero",
        *loop("j", m, [f"g = delta{layer}[j]", "reach += g * g", *step]),
        *_back_and_step(program, layer),
        *noted(["squares += length * reach"], f"the squared length of layer {layer}'s gradient"),
        *limit_norm(program, layer),
    ]


def _back_and_step(program: Program, layer: int) -> Lines:
    """For every input of the layer: its delta, from the weights as they were, and then their step."""
    (n, m), below = program.architecture.sizes[layer - 2 : layer], layer - 1
    step, head = _step_of_weight(program, layer, "i", "a"), [f"a = a{below}[i]", "length += a * a"]
    if layer == 2:
        head += scales.step(program, "W2[i, j]", gradient_of(program, _weight(2, "i"), "a * delta2[j]"), "j")
        lines = _step_ahead(program) if looks_ahead(program) else loop("i", n, [*head, *loop("j", m, step)])
        return noted(lines, "W2 -= rate * a1 delta2^T (eq. 6, 8)")
    # Without memory and pull the weights of an input that is 0 stay where they are.
    on_alone = lists_below(program, layer) and not _is_drawn(program) and not N_MEMORY[program.optimizer.name]
    start = loop("i", n, [f"delta{below}[i] = zero"]) if on_alone else []
    body = noted(["s_i = zero"], f"delta{below} = f'(z{below}) * (W{layer} delta{layer}) (eq. 5)")
    body += loop("j", m, [f"s_i += W{layer}[i, j] * delta{layer}[j]", *step])
    body += [f"delta{below}[i] = slope{below}[i] * s_i"]
    lines = for_inputs(program, layer, [*head, *body], on_alone=on_alone)
    return start + noted(lines, f"W{layer} -= rate * a{below} delta{layer}^T (eq. 6, 8)")


def _step_ahead(program: Program) -> Lines:
    """The step of W^2, and z^2 of the row that follows; in a narrow layer z is read once for some rows of weights."""
    n, m = program.architecture.sizes[:2]
    at_once = BLOCK if m < AHEAD_UNDER and not N_MEMORY[program.optimizer.name] else 1
    lines = ["following = X[order[min(t + 1, order.shape[0] - 1)]]", *loop("j", m, ["a2[j] = b2[j]"])]
    return lines + by_blocks(n, at_once, _rows_ahead(program, at_once), _rows_ahead(program, 1))


def _rows_ahead(program: Program, at_once: int) -> Lines:
    places = {k: f"i + {k}" if k else "i" for k in range(at_once)}
    head = [f"a_{k}, x_{k} = a1[{i}], following[{i}]" for k, i in places.items()]
    head += [f"length += a_{k} * a_{k}" for k in places]
    body = [line for k, i in places.items() for line in _step_of_weight(program, 2, i, f"a_{k}")]
    body += [f"a2[j] += {' + '.join(f'x_{k} * W2[{i}, j]' for k, i in places.items())}"]
    return [*head, *noted(loop("j", program.architecture.sizes[1], body), "and z2 of the next row (eq. 1)")]


def _weight(layer: int, i: str) -> Cell:
    """The weight from input i to neuron j."""
    W, place = f"W{layer}[{i}, j]", f"{layer}[{i}, j]"
    return Cell(W, f"m{W}", f"v{W}", "alpha", "l1", "shrink", f"low{place}", f"high{place}")


def _step_of_weight(program: Program, layer: int, i: str, a: str) -> Lines:
    """The step of the weight from input i, whose value is a, to neuron j."""
    cell, (rate, _) = _weight(layer, i), _rates_of(program, layer)
    gradient = gradient_of(program, cell, f"{a} * delta{layer}[j]")
    return step_of(program, cell, gradient, rate, has_scale=layer == 2 and program.has_scales)


def update_batch(program: Program) -> Lines:
    """The step of all layers after a batch, whose summed gradient is in `grad`."""
    lines = ["scale, squared = number(1.0 / rows), zero"]
    if is_short(program) or program.has_scales or _strengths(program):
        lines += _update_parts(program)
    else:
        step = _step_of_cell(program, "", "rate")
        lines += noted(loop("p", n_parameters(program), step), "the step of all weights and biases (eq. 6, 8)")
    plain = "n_plain" if is_short(program) else n_inputs(program)
    lines += _update_inputs(program, plain) if program.has_scales else []
    lines += _update_bins(program) if is_short(program) else []
    lines += ["squares += squared"]
    for layer in program.architecture.slices:
        lines += limit_norm(program, layer)
    return lines + (encoded.edges(program) if is_short(program) and _has_limit(program) else [])


def _update_parts(program: Program) -> Lines:
    """The step of weights and biases part by part, where the parts differ in what draws them or in their rate.

    Each part is a view that is counted from 0: the compiler can then tell that no index is negative, and takes many
    cells at once; measured, that is three times as fast.
    """
    slices = program.architecture.slices
    edges = [edge for W, b, end in bounds(program).values() for edge in ((W, b), (b, end))]
    if program.has_scales:  # W2 has an update of its own, input by input
        edges[0] = (edges[0][0], edges[0][0])
    elif is_short(program):  # so have the rows of W2 behind those of plain columns
        edges[0] = (edges[0][0], f"n_plain * {program.architecture.sizes[1]}")
    begins, ends = (", ".join(column) for column in zip(*edges, strict=True))
    body = [*_views_of_part(program, "begins[k]", "ends[k]"), *_strengths(program)]
    body += loop("p", "theta_k.shape[0]", _step_of_cell(program, "_k", _rate_of_part(program)))
    parts = noted(loop("k", 2 * len(slices), body), _note_of_steps(program))
    return [f"begins, ends = ({begins}), ({ends})", *_factors(program), *parts]


def _note_of_steps(program: Program) -> str:
    return f"the steps of {', '.join(f'W{layer}, b{layer}' for layer in program.architecture.slices)} (eq. 6 to 9)"


def update_halves(program: Program) -> Lines:
    """The step of the halves that a thread takes: the weights of their inputs, and the biases of their neurons."""
    sizes, slices = program.architecture.sizes, program.architecture.slices
    parts = [part for k, (W, b) in slices.items() for part in ((W, sizes[k - 2], sizes[k - 1]), (b, sizes[k - 1], 1))]
    if program.has_scales:  # W2 has an update of its own
        parts[0] = (parts[0][0], 0, parts[0][2])
    starts, heights, widths = zip(*((vector.start, height, width) for vector, height, width in parts), strict=True)
    body = [f"squared, start, stop = zero, {half_of('heights[k]')}"]
    body += _views_of_part(program, "starts[k] + start * widths[k]", "starts[k] + stop * widths[k]")
    body += [*_strengths(program), *loop("p", "theta_k.shape[0]", _step_of_cell(program, "_k", _rate_of_part(program)))]
    body += ["lengths[2 * k + half] = squared"]
    of_inputs = [f"squared, start, stop = zero, {half_of(sizes[0])}", *_update_inputs(program, "start, stop")]
    of_inputs += ["lengths[half] = squared"]
    return [
        "scale = number(1.0 / rows)",
        f"starts, heights, widths = {starts}, {heights}, {widths}",
        *_factors(program),
        *noted(loop("k", len(parts), loop("half", "first_half, last_half", body)), _note_of_steps(program)),
        *(loop("half", "first_half, last_half", of_inputs) if program.has_scales else []),
    ]


def _update_bins(program: Program) -> Lines:
    """The step of the first layer's weights on bins: bin by bin its gradient, its step, and the values at its edge.

    All is done with a row of weights while it is near: measured, a step on 16 columns of 128 bins takes 0.83 of what it
    does with a pass for each.
    """
    m = program.architecture.sizes[1]
    body = [*_step_of_input(program, "slopes"), *encoded.values(program)]
    rows = encoded.each_row_of_weights(program, body)
    lines = ["k = 0", *_strengths(program), *loop("j", m, ["base2[j] = b2[j]"]), *rows]
    return noted(lines, "the steps of W2 on bins (eq. 6 to 9, 12)")


def _update_inputs(program: Program, inputs: str) -> Lines:
    """The steps of scales and weights of the first layer, input by input."""
    steps = loop("i", inputs, _step_of_input(program, "grad[part_k]"))
    return ["k = 0", *_strengths(program), *noted(steps, "the steps of scales and W2 (eq. 6 to 9, 22)")]


def _step_of_input(program: Program, grad: str) -> Lines:
    """The step of input i's scale, if it has one, and of its weights, whose gradient is in `grad`."""
    m = program.architecture.sizes[1]
    lines = _views_of_part(program, f"i * {m}", f"(i + 1) * {m}", grad=grad)
    gradient = gradient_of(program, _cell("_k"), "scale * grad_k[p]")
    lines += scales.step(program, "theta_k[p]", gradient, "p")
    return lines + loop("p", m, _step_of_cell(program, "_k", _rate_of_part(program), has_scale=program.has_scales))


def _views_of_part(program: Program, begin: str, end: str, grad: str = "grad[part_k]") -> Lines:
    """Part k of all vectors as long as theta; as slices, since with `part` a step on bins takes 1.2 times as long."""
    vectors = ["theta", *(f"memory_{k}" for k in range(N_MEMORY[program.optimizer.name]))]
    vectors += ["lower", "upper"] if program.architecture.signs else []
    lines = [f"part_k = slice({begin}, {end})", f"grad_k = {grad}"]
    return lines + [f"{vector}_k = {vector}[part_k]" for vector in vectors]


def _rate_of_part(program: Program) -> str:
    return "rate_k" if _has_factors(program) else "rate"


def _cell(k: str) -> Cell:
    """Cell p; `k` is what the names of vectors and strengths of a part end in."""
    w, m, v = (f"{vector}{k}[p]" for vector in ("theta", "memory_0", "memory_1"))
    return Cell(w, m, v, f"alpha{k}", f"l1{k}", f"shrink{k}", f"lower{k}[p]", f"upper{k}[p]")


def _step_of_cell(program: Program, k: str, rate: str, *, has_scale: bool = False) -> Lines:
    """The step of cell p, whose gradient's square is added to `squared`."""
    first, *pull = gradient_of(program, _cell(k), f"scale * grad{k}[p]")
    return step_of(program, _cell(k), [first, "squared += g * g", *pull], rate, has_scale=has_scale)


def limit_norm(program: Program, layer: int) -> Lines:
    """A neuron whose incoming weights are longer than max_norm is scaled back to that length."""
    if not _has_limit(program):
        return []
    n, m = program.architecture.sizes[layer - 2 : layer]
    height = n_inputs(program) if layer == 2 else n
    W, norm = f"W{layer}[i, j]", f"norm{layer}[j]"
    return [
        *noted(loop("j", m, [f"{norm} = zero"]), f"max-norm of layer {layer} (eq. 10)"),
        *loop("i", height, loop("j", m, [f"{norm} += {W} * {W}"])),
        *loop("j", m, [f"{norm} = max_norm / max(np.sqrt({norm}), max_norm)"]),
        *loop("i", height, loop("j", m, [f"{W} *= {norm}"])),
    ]


def _has_limit(program: Program) -> bool:
    return "max_norm" in program.numbers()


def _is_drawn(program: Program) -> bool:
    return bool(program.penalty.alpha or program.penalty.l1 or program.has_decay)


def _has_factors(program: Program) -> bool:
    """Whether the parts of theta have learning rates of their own."""
    return program.optimizer.parametrization != "standard"


def _rates_of(program: Program, layer: int) -> tuple[str, str]:
    """The learning rates of W and b of one layer, as text."""
    if not _has_factors(program):
        return "rate", "rate"
    of_weights, of_biases = program.optimizer.factors(program.architecture)[layer]
    return f"(rate * number({of_weights}))", f"(rate * number({of_biases}))"


def _factors(program: Program) -> Lines:
    if not _has_factors(program):
        return []
    pairs = program.optimizer.factors(program.architecture)
    factors = [str(factor) for pair in pairs.values() for factor in pair]
    if is_short(program):
        factors[0] = f"1.0 / n_in**{program.optimizer.ntk_power}"
    return [f"factors = ({', '.join(factors)})"]


def _strengths(program: Program) -> Lines:
    """What differs between the parts of theta. The even ones are weights, the odd ones biases, which nothing draws."""
    lines = ["alpha_k = scale * alpha if k % 2 == 0 else zero"] if program.penalty.alpha else []
    lines += ["l1_k = scale * l1 if k % 2 == 0 else zero"] if program.penalty.l1 else []
    lines += ["shrink_k = shrink if k % 2 == 0 else one"] if program.has_decay else []
    return lines + (["rate_k = rate * number(factors[k])"] if _has_factors(program) else [])
