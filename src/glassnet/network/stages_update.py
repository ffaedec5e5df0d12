"""The last stages of an update: the gradient, the penalty, the optimizer's step, and what the step has brought."""

import numpy as np

from .arrays import Array
from .one_step import Step, Update
from .scales import LEAST, scales_in
from .stage_terms import loss_input, numbers_of_loss, objective_code, objective_numbers, penalty_code
from .trace import Stage

MOST_OUTER = 2_000_000  # numbers in the outer products of all rows and layers, above which a trace leaves them out
MEMORY = {"sgd": "", "momentum": "v", "nesterov": "v", "adam": "mv", "adamw": "mv"}  # letters of the memory's rows
ADAM = (
    r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \; v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \;"
    r" W \leftarrow W - \eta \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}",
    "m = beta_1 m + (1 - beta_1) g, v = beta_2 v + (1 - beta_2) g^2, "
    "W -= eta (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon), with g = gW{l}",
)
EQUATIONS = {  # TeX and text of the step of one layer
    "sgd": (r"W^{l} \leftarrow W^{l} - \eta \, g", "W{l}_new = W{l} - eta gW{l}"),
    "momentum": (
        r"v \leftarrow \mu v - \eta g, \; W^{l} \leftarrow W^{l} + v",
        "v = momentum v - eta gW{l}, W{l}_new = W{l} + v",
    ),
    "nesterov": (
        r"v \leftarrow \mu v - \eta g, \; W^{l} \leftarrow W^{l} + \mu v - \eta g",
        "v = momentum v - eta gW{l}, W{l}_new = W{l} + momentum v - eta gW{l}",
    ),
    "adam": ADAM,
    "adamw": ADAM,
}
SCALES = (  # TeX and text of what scales add
    r"\frac{\partial J}{\partial s_i} = \sum_j W^2_{ij} g_{ij} / s_i, \;"
    r" W^2_{ij} = s_i V_{ij}, \; \frac{\partial J}{\partial V_{ij}} = s_i g_{ij}",
    "gs = sum over j of W2 gW2 / s, W2 = s V, gV = s gW2",
)
NOTES = {
    "sgd": "The gradient points uphill, so every weight takes a small step against it.",
    "momentum": "The step goes on in the direction of earlier steps (the velocity v), bent by this gradient.",
    "nesterov": "As with momentum, but the step already looks ahead to where the velocity v will lead.",
    "adam": "Each weight's gradient, averaged over the last steps (m), is divided by its usual size (the root of v): "
    "all weights move at about the same pace.",
}
MOVES = {  # code of one step, for p in W2, b2, ...
    "sgd": "{p}_step = -{rate} * g{p}",
    "momentum": "v{p}_new = momentum * v{p} - {rate} * g{p}\n{p}_step = v{p}_new",
    "nesterov": "v{p}_new = momentum * v{p} - {rate} * g{p}\n{p}_step = momentum * v{p}_new - {rate} * g{p}",
    "adam": (
        "m{p}_new = beta_1 * m{p} + (1 - beta_1) * g{p}\n"
        "v{p}_new = beta_2 * v{p} + (1 - beta_2) * g{p} * g{p}\n"
        "{p}_step = -{rate} * (m{p}_new / (1 - beta_1**t)) / (np.sqrt(v{p}_new / (1 - beta_2**t)) + epsilon)"
    ),
}


def gradient_stages(update: Update) -> list[Stage]:
    """For every layer the gradient of the rows' loss, then the penalty's share of it."""
    layers = update.step.architecture.slices
    n_outer = len(update.step.X) * update.step.architecture.n_parameters
    keep = n_outer <= MOST_OUTER
    return [_gradient(update, layer, keep_outer=keep) for layer in layers] + [
        _penalty(update, layer) for layer in layers
    ]


def _gradient(update: Update, layer: int, *, keep_outer: bool) -> Stage:
    k, A, Delta = layer - 1, update.forward.A[layer - 1], update.Delta[layer]
    outputs, outer = _bias_first(update.named(layer, "d{}", update.data)), {}
    code = f"db{layer} = Delta{layer}.sum(axis=0) / w\ndW{layer} = A{k}.T @ Delta{layer} / w"
    note = (
        f"What a weight changes is what went in, times the blame for what came out: the outer product of a row of A{k} "
        f"and the same row of Delta{layer} has an entry for every weight. A bias hears a constant 1."
    )
    if keep_outer:
        outer = {f"outer{layer}": A[:, :, None] * Delta[:, None, :]}
        code = f"outer{layer} = A{k}[:, :, None] * Delta{layer}[:, None, :]\n{code}"
        note += f" outer{layer} has one such table per row; dW{layer} is their sum, divided by w = {_w(update)}."
    else:
        note += f" dW{layer} is the sum of these tables over all rows, too many to list, divided by w = {_w(update)}."
    return Stage(
        "gradient", 5, layer, f"The gradient of layer {layer}",
        rf"dW^{layer} = \tfrac{{1}}{{w}} \sum_s a^{k}_s (\delta^{layer}_s)^T, \;"
        rf" db^{layer} = \tfrac{{1}}{{w}} \sum_s \delta^{layer}_s",
        f"dW{layer} = (sum over the rows of a{k} delta{layer}^T) / w", code, note,
        {f"A{k}": A, f"Delta{layer}": Delta, "w": np.array(float(update.step.total_weight))}, outer | outputs,
    )  # fmt: skip


def _w(update: Update) -> str:
    return f"{update.step.total_weight:.6g}"


def _penalty(update: Update, layer: int) -> Stage:
    step = update.step
    weights = {name: a for name, a in update.named(layer, "{}", step.theta).items() if name[0] == "W"}
    numbers = {name: a for name, a in objective_numbers(step).items() if name != "weight"}
    pull = {name: a for name, a in update.named(layer, "r{}", update.pull).items() if name[1] == "W"}
    has_none = step.penalty.alpha == step.penalty.l1 == 0
    return Stage(
        "penalty", 5, layer, f"The pull of the penalty on layer {layer}",
        rf"g = dW^{layer} + \tfrac{{1}}{{w}}"
        rf" \left(\alpha W^{layer} + \lambda_1 \operatorname{{sign}}(W^{layer})\right)",
        f"gW{layer} = dW{layer} + dR/dW{layer} / w",
        f"rW{layer} = (alpha * W{layer} + l1 * np.sign(W{layer})) / w\n"
        f"gb{layer} = db{layer}\ngW{layer} = dW{layer} + rW{layer}",
        "There is no penalty here, so the gradient stays what it is."
        if has_none
        else "The penalty pulls every weight towards 0 (the sign of 0 is 0) and leaves biases alone. The step follows "
        "the sum of both.",
        update.named(layer, "d{}", update.data) | weights | numbers,
        pull | _bias_first(update.named(layer, "g{}", update.data + update.pull)),
    )  # fmt: skip


def _bias_first(parts: dict[str, Array]) -> dict[str, Array]:
    """The bias first, so that the weights, which a stage is about, come last."""
    return {name: parts[name] for name in reversed(parts)}


def update_stages(update: Update) -> list[Stage]:
    """The optimizer's step of every layer: old, step, new."""
    return [_update(update, layer) for layer in update.step.architecture.slices]


def _update(update: Update, layer: int) -> Stage:
    step, name = update.step, update.step.optimizer.name
    letters, kind = MEMORY[name], "adam" if name == "adamw" else name
    inputs = update.named(layer, "{}", step.theta) | update.named(layer, "g{}", update.data + update.pull)
    outputs: dict[str, Array] = {}
    for row, letter in enumerate(letters):
        inputs |= update.named(layer, letter + "{}", step.memory[row])
        outputs |= update.named(layer, letter + "{}_new", update.memory[row])
    outputs |= update.named(layer, "{}_step", update.move)
    outputs |= _bias_first(update.named(layer, "{}_new", update.theta))
    tex, text = EQUATIONS[name]
    notes = [NOTES[kind]]
    if step.optimizer.weight_decay:
        tex, text = (
            rf"W^{{l}} \leftarrow (1 - \eta \lambda) W^{{l}}, \; {tex}",
            f"W{{l}} shrinks by 1 - eta weight_decay, {text}",
        )
        notes.append("Weight decay shrinks the weights a little before they take the step.")
    if _has_rates(step):
        notes.append("Weights and biases have learning rates of their own here, etaW and etab (NTK parametrization).")
    if _has_scales(step, layer):
        tex, text = rf"{SCALES[0]}, \; {tex}", f"{SCALES[1]}, {text}"
        notes.append(
            "Every input has a scale s, which learns too: W2 is s times weights V, and the step is that of s and V."
        )
        inputs |= _scales(step, step.memory, "")
        outputs = _scales(step, update.memory, "_new") | outputs
    if step.architecture.signs:
        notes.append("A weight that has to keep a sign goes back to 0 if it has lost it (eq. 21).")
        inputs |= _bounds(update, layer)
    if np.isfinite(step.optimizer.max_norm):
        notes.append("After the step no neuron's incoming weights are longer than max_norm.")
    return Stage(
        "update", 6, layer, f"Layer {layer} takes the step", tex.replace("{l}", str(layer)),
        text.replace("{l}", str(layer)), _code_of_update(step, layer), " ".join(notes),
        inputs | _numbers_of_update(step, layer), outputs,
    )  # fmt: skip


def _has_scales(step: Step, layer: int) -> bool:
    """Whether the inputs of this layer have scales (eq. 22)."""
    return layer == 2 and step.optimizer.scale_rate > 0


def _scales(step: Step, memory: Array, ending: str) -> dict[str, Array]:
    """The scales and Adam's memory of them, by names with this ending."""
    names = (f"{name}{ending}" for name in ("s", "ms", "vs"))
    return dict(zip(names, scales_in(memory, step.architecture.sizes[0]), strict=True))


def _bounds(update: Update, layer: int) -> dict[str, Array]:
    """Lowest and highest values of the layer's weights, {"lowW2": ..., "highW2": ...}."""
    ends = zip(("low{}", "high{}"), update.step.architecture.bounds, strict=True)
    parts = [update.named(layer, name, end.astype(update.theta.dtype)) for name, end in ends]
    return {name: end for part in parts for name, end in part.items() if "W" in name}


def _numbers_of_update(step: Step, layer: int) -> dict[str, Array]:
    """Learning rate and the optimizer's own numbers."""
    optimizer, names = step.optimizer, {"momentum": ("momentum",), "nesterov": ("momentum",)}
    adam = ("beta_1", "beta_2", "epsilon") if optimizer.is_adam else ()
    numbers: dict[str, float] = {"eta": step.eta}
    if _has_rates(step):
        of_weights, of_biases = optimizer.factors(step.architecture)[layer]
        numbers |= {f"etaW{layer}": step.eta * of_weights, f"etab{layer}": step.eta * of_biases}
    numbers |= {name: getattr(optimizer, name) for name in names.get(optimizer.name, adam)}
    numbers |= {"t": step.t} if adam else {}
    numbers |= {"weight_decay": optimizer.weight_decay} if optimizer.weight_decay else {}
    if _has_scales(step, layer):
        numbers |= {"scale_rate": optimizer.scale_rate, "least_scale": LEAST}
    numbers |= {"max_norm": optimizer.max_norm} if np.isfinite(optimizer.max_norm) else {}
    return {name: np.array(value) for name, value in numbers.items()}


def _has_rates(step: Step) -> bool:
    """Whether layers have learning rates of their own (the NTK parametrization)."""
    return step.optimizer.parametrization != "standard"


def _code_of_update(step: Step, layer: int) -> str:
    name = "adam" if step.optimizer.name == "adamw" else step.optimizer.name
    lines = []
    for part in (f"W{layer}", f"b{layer}"):
        rate, is_weight = f"eta{part}" if _has_rates(step) else "eta", part[0] == "W"
        start = f"(1 - eta * weight_decay) * {part}" if is_weight and step.optimizer.weight_decay else part
        move, added = MOVES[name].format(p=part, rate=rate), f"{part}_step"
        if is_weight and _has_scales(step, layer):
            lines += [f"gs = (W2 * gW2).sum(axis=1) / s\n{MOVES[name].format(p='s', rate='eta * scale_rate')}"]
            lines += ["s_new = np.maximum(s + s_step, least_scale)"]
            move = move.replace("gW2", "(s[:, None] * gW2)")
            start, added = f"(s_new / s)[:, None] * {start}", "s_new[:, None] * W2_step"
        lines += [move, f"{part}_new = {start} + {added}"]
        if is_weight and step.architecture.signs:
            lines.append(f"{part}_new = np.clip({part}_new, low{part}, high{part})")
        if is_weight and np.isfinite(step.optimizer.max_norm):
            lines.append(f"{part}_new = limited({part}_new, max_norm)")
    return "\n".join(lines)


def result_stage(update: Update) -> Stage:
    """Prediction and objective of the rows before and after the step, without dropout."""
    step, net = update.step, update.step.architecture
    before, after = step.objective(step.theta), step.objective(update.theta)
    inputs: dict[str, Array] = {"X": step.X} | ({"bins": np.array(net.bins)} if net.has_bins else {})
    for layer in net.slices:
        inputs |= update.named(layer, "{}", step.theta) | update.named(layer, "{}_new", update.theta)
    inputs |= {"Y": step.Y, **numbers_of_loss(step), **objective_numbers(step)}
    outputs = {"J_before": np.array(before), "J_after": np.array(after)}
    outputs |= {"output_before": update.output(step.theta), "output_after": update.output(update.theta)}
    verb = "fell" if after < before else "rose" if after > before else "stayed"
    why = {
        "fell": "The step has helped with these rows.",
        "rose": "The step went too far, or in a direction that these rows do not like: try a smaller learning rate.",
        "stayed": "Nothing was left to learn here, or nothing got through (dead neurons, a learning rate of 0).",
    }[verb]
    return Stage(
        "result", 6, None, "What the step has brought", r"J_{\text{after}} < J_{\text{before}}?", "J_after < J_before?",
        _code_of_result(step, "") + "\n" + _code_of_result(step, "_new"),
        f"Without dropout, the objective of these rows {verb} from {before:.6g} to {after:.6g}. {why}", inputs, outputs,
    )  # fmt: skip


def _code_of_result(step: Step, ending: str) -> str:
    """The forward pass with the weights whose names end so, without masks, and J."""
    net, when = step.architecture, "after" if ending else "before"
    lines = ["A = spread(X, bins)" if net.has_bins else "A = X"]
    for layer in net.slices:
        name = net.output_activation if layer == net.n_layers else net.activation[layer - 2]
        lines += [f"Z = A @ W{layer}{ending} + b{layer}{ending}", f"A = {name}(Z)"]
    compared = loss_input(step)[0]
    lines += [f"output_{when} = A", penalty_code(step, ending)]
    return "\n".join([*lines, f"J_{when} = {objective_code(step, f'{step.loss.name}(Y, {compared})', f'R{ending}')}"])
