"""Writes the gradient step: weight decay, penalty, optimizer and max-norm, cell by cell (T9, T17)."""

from .program import Program
from .text import Lines, loop, noted

FORMULA = {"sgd": "eq. 8", "momentum": "eq. 8", "nesterov": "eq. 8", "adam": "eq. 8", "adamw": "eq. 8"}


def step_numbers(program: Program) -> Lines:
    """What one step knows before it touches a weight: its learning rate and Adam's bias corrections."""
    lines = ["rate = number(eta[t])"]
    if program.optimizer.weight_decay:
        lines += noted(["shrink = number(1.0 - eta[t] * weight_decay)"], "decoupled weight decay (eq. 9)")
    if program.optimizer.name in ("adam", "adamw"):
        lines += [
            "after = counter[3] + t + 1",
            *noted(["adam_rate = number(eta[t] / (1.0 - beta_1**after))"], "m_hat = m / (1 - beta_1^t)"),
            *noted(["adam_root = number(1.0 / np.sqrt(1.0 - beta_2**after))"], "v_hat = v / (1 - beta_2^t)"),
        ]
    return lines


def update_row(program: Program, layer: int) -> Lines:
    """The step of one layer after one row: its gradient a delta^T is never stored."""
    n, m = program.architecture.sizes[layer - 2 : layer]
    below = layer - 1
    weights = _cell(program, layer, "i, j", f"a * delta{layer}[j]", is_weight=True)
    biases = _cell(program, layer, "j", f"delta{layer}[j]", is_weight=False)
    lines = [
        "length, reach = one, zero",
        *loop("i", n, [f"length += a{below}[i] * a{below}[i]"]),
        *loop("j", m, [f"reach += delta{layer}[j] * delta{layer}[j]"]),
        *noted(["squares += length * reach"], f"the squared length of layer {layer}'s gradient"),
        *noted(
            loop("i", n, [f"a = a{below}[i]", *loop("j", m, weights)]),
            f"W{layer} -= rate * a{below} delta{layer}^T (eq. 6, 8)",
        ),
        *loop("j", m, biases),
    ]
    return lines + limit_norm(program, layer)


def update_batch(program: Program) -> Lines:
    """The step of all layers after a batch, whose summed gradient is in `grad`."""
    net, lines = program.architecture, ["scale, squared = number(1.0 / rows), zero"]
    if _terms_on_weights(program):
        ranges = [
            (part.start, part.stop, is_weight, f"{name}{layer}")
            for layer, parts in net.slices.items()
            for part, is_weight, name in zip(parts, (True, False), ("W", "b"), strict=True)
        ]
    else:
        ranges = [(0, net.n_parameters, False, "all weights and biases")]
    for start, stop, is_weight, name in ranges:
        body = _cell(program, None, "p", "scale * grad[p]", is_weight=is_weight)
        lines += noted(loop("p", f"{start}, {stop}", body), f"the step of {name} (eq. 6, 8)")
    lines += ["squares += squared"]
    for layer in net.slices:
        lines += limit_norm(program, layer)
    return lines


def limit_norm(program: Program, layer: int) -> Lines:
    """A neuron whose incoming weights are longer than max_norm is scaled back to that length."""
    if "max_norm" not in program.numbers():
        return []
    n, m = program.architecture.sizes[layer - 2 : layer]
    W, norm = f"W{layer}[i, j]", f"norm{layer}[j]"
    return [
        *noted(loop("j", m, [f"{norm} = zero"]), f"max-norm of layer {layer} (eq. 10)"),
        *loop("i", n, loop("j", m, [f"{norm} += {W} * {W}"])),
        *loop("j", m, [f"{norm} = max_norm / max(np.sqrt({norm}), max_norm)"]),
        *loop("i", n, loop("j", m, [f"{W} *= {norm}"])),
    ]


def _terms_on_weights(program: Program) -> bool:
    return bool(program.optimizer.weight_decay or program.penalty.alpha or program.penalty.l1)


def _cell(program: Program, layer: int | None, index: str, g: str, *, is_weight: bool) -> Lines:
    """One cell's step. With a layer: `W2[i, j]` or `b2[j]` and its memory views; without: `theta[p]` and `grad[p]`."""
    if layer is None:
        w, memory, scaled = f"theta[{index}]", [f"memory_0[{index}]", f"memory_1[{index}]"], "scale * "
    else:
        name = f"{'W' if is_weight else 'b'}{layer}"
        w, memory, scaled = f"{name}[{index}]", [f"m{name}[{index}]", f"v{name}[{index}]"], ""
    lines = [f"g = {g}"]
    if layer is None:
        lines += ["squared += g * g"]
    if is_weight and program.penalty.alpha:
        lines += [f"g += {scaled}alpha * {w}"]
    if is_weight and program.penalty.l1:
        lines += [f"g += {scaled}l1 * np.sign({w})"]
    if is_weight and program.optimizer.weight_decay:
        lines += [f"{w} *= shrink"]
    return lines + _move(program.optimizer.name, w, memory)


def _move(optimizer: str, w: str, memory: list[str]) -> Lines:
    m, v = memory
    if optimizer == "sgd":
        return [f"{w} -= rate * g"]
    if optimizer in ("momentum", "nesterov"):
        way = "velocity" if optimizer == "momentum" else "momentum * velocity - rate * g"
        return [f"velocity = momentum * {m} - rate * g", f"{m} = velocity", f"{w} += {way}"]
    return [
        f"mean = beta1 * {m} + rest1 * g",
        f"square = beta2 * {v} + rest2 * g * g",
        f"{m} = mean",
        f"{v} = square",
        f"{w} -= adam_rate * mean / (np.sqrt(square) * adam_root + epsilon)",
    ]
