"""The stages of an update, one formula each: from the input to the deltas. Gradient and step are in `stages_update`."""

from collections.abc import Mapping

import numpy as np

from .arrays import Array
from .one_step import Step, Update
from .stage_terms import loss_input, numbers_of_loss, objective_code, objective_numbers, penalty_code
from .stages_update import gradient_stages, result_stage, update_stages
from .trace import Stage
from .trace_words import FORMULAS, LOSSES


def stages_of(update: Update) -> tuple[Stage, ...]:
    """All stages of an update, in the order of the tutorial's six steps.

    Examples
    --------
    >>> from .architecture import Architecture
    >>> step = Step(Architecture((1, 1)), np.array([2.0, 1.0]), np.ones((1, 1)), np.ones((1, 1)), 0.1, 1.0)
    >>> for stage in stages_of(Update.of(step)): print(stage.id, stage.equation_text)
    input A1 = X
    aggregate Z2 = A1 W2 + b2
    activate A2 = Z2
    loss l = 1/2 (a - y)^2, J = (sum of l + R) / w
    delta_output Delta2 = a - y
    gradient dW2 = (sum over the rows of a1 delta2^T) / w
    penalty gW2 = dW2 + dR/dW2 / w
    update W2_new = W2 - eta gW2
    result J_after < J_before?
    """
    net = update.step.architecture
    stages = [_input(update)]
    for layer in net.slices:
        stages += [_aggregate(update, layer), _activate(update, layer)]
    stages += [_loss(update), _delta_output(update)]
    stages += [_delta_hidden(update, layer) for layer in range(net.n_layers - 1, 1, -1)]
    return (*stages, *gradient_stages(update), *update_stages(update), result_stage(update))


def _input(update: Update) -> Stage:
    step, net = update.step, update.step.architecture
    inputs: dict[str, Array] = {"X": step.X}
    code, tex, text = "X", "X", "X"
    note = "The network's first layer is the row itself: one number per input."
    if net.has_bins:
        inputs["bins"] = np.array(net.bins)
        code, tex, text = "spread(X, bins)", r"\operatorname{spread}(X)", "spread(X)"
        note = (
            "Columns in bins are spread out: each bin hears how much of it has been passed (0 to 1, then centred and "
            "scaled), so that a neuron's line can bend at every edge."
        )
    if 1 in step.masks:
        code, tex, text, note = _masked(update, 1, (code, tex, text, note))
        inputs |= _mask(step, 1)
    return Stage(
        "input", 1, 1, "What goes in", f"A^1 = {tex}", f"A1 = {text}", f"A1 = {code}", note, inputs,
        {"A1": update.forward.A[1]},
    )  # fmt: skip


def _aggregate(update: Update, layer: int) -> Stage:
    k, net = layer - 1, update.step.architecture
    W, b = net.layers(update.step.theta)[layer]
    return Stage(
        "aggregate", 2, layer, f"Layer {layer} adds up",
        f"Z^{layer} = A^{k} W^{layer} + b^{layer}", f"Z{layer} = A{k} W{layer} + b{layer}",
        f"Z{layer} = A{k} @ W{layer} + b{layer}",
        "A neuron multiplies everything that it hears by its weights, adds it up, and adds its bias.",
        {f"A{k}": update.forward.A[k], f"W{layer}": W, f"b{layer}": b}, {f"Z{layer}": update.forward.Z[layer]},
    )  # fmt: skip


def _activate(update: Update, layer: int) -> Stage:
    step, net = update.step, update.step.architecture
    is_last = layer == net.n_layers
    name = net.output_activation if is_last else net.activation[layer - 2]
    tex, text = FORMULAS[name][0].replace("z", f"Z^{layer}"), FORMULAS[name][1].replace("z", f"Z{layer}")
    inputs = {f"Z{layer}": update.forward.Z[layer]}
    code = f"{name}(Z{layer})"
    note = "What a neuron answers is a function of its sum: here {}.".format(
        "the sum itself" if name == "identity" else name
    )
    if layer in step.masks:
        code, tex, text, note = _masked(update, layer, (code, tex, text, note))
        inputs |= _mask(step, layer)
    title = "The output is made" if is_last else f"The neurons of layer {layer} answer"
    return Stage(
        "activate", 2, layer, title, f"A^{layer} = {tex}", f"A{layer} = {text}", f"A{layer} = {code}", note,
        inputs, {f"A{layer}": update.forward.A[layer]},
    )  # fmt: skip


def _mask(step: Step, layer: int) -> Mapping[str, Array]:
    """The mask, and the factor by which it makes the neurons that stay on louder, if any do."""
    mask = step.masks[layer]
    return {f"M{layer}": mask} | ({f"factor{layer}": np.array(mask.max())} if mask.any() else {})


def _masked(update: Update, layer: int, of: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    """Code, TeX, text and note of what is then multiplied by the mask (eq. 2, 11)."""
    code, tex, text, note = of
    mask, dtype = update.step.masks[layer], update.step.theta.dtype
    n_off, what = int((mask == 0).sum()), "inputs" if layer == 1 else "answers"
    louder = f" and multiplies the others by {mask.max():.4g}, so that the mean stays" if n_off < mask.size else ""
    return (
        f"({code} * M{layer}).astype(np.{dtype})",
        rf"{tex} \odot M^{layer}",
        f"{text} * M{layer}",
        f"{note} Dropout switches {n_off} of the {mask.size} {what} off (0 in M{layer}){louder}.",
    )


def _loss(update: Update) -> Stage:
    step, net = update.step, update.step.architecture
    o, name = loss_input(step), step.loss.name
    tex, text, _, _ = LOSSES[name]
    inputs = {o: _loss_array(update), "Y": step.Y, **numbers_of_loss(step), **objective_numbers(step)}
    inputs |= {f"W{layer}": W for layer, (W, _) in net.layers(step.theta).items()}
    R = step.penalty.value(net, step.theta)
    weighted = "" if step.sample_weight is None else "weight "
    code = f"losses = {name}(Y, {o})\n{penalty_code(step, '')}\nJ = {objective_code(step, 'losses', 'R')}"
    return Stage(
        "loss", 3, None, "How wrong the output is",
        rf"l = {tex}, \quad J = \frac{{\sum_s {'w_s ' * bool(weighted)}l_s + R}}{{w}}",
        f"l = {text}, J = (sum of {weighted}l + R) / w", code,
        "Each row's loss says in one number how far its output is from the target; J is their mean, plus the penalty R "
        "on large weights. Learning means to make J small.",
        inputs, {"losses": update.losses, "R": np.array(R), "J": np.array(step.objective(step.theta, step.masks))},
    )  # fmt: skip


def _loss_array(update: Update) -> Array:
    name, L = loss_input(update.step), update.step.architecture.n_layers
    return update.forward.A[L] if name.startswith("A") else update.forward.Z[L]


def _delta_output(update: Update) -> Stage:
    step, net = update.step, update.step.architecture
    L, o, name = net.n_layers, loss_input(step), step.loss.name
    _, _, tex, text = LOSSES[name]
    inputs = {o: _loss_array(update), "Y": step.Y, **numbers_of_loss(step)}
    code = f"Delta{L} = {name}_slope(Y, {o})"
    if step.loss.output_activation is None and net.output_activation != "identity":
        tex, text = rf"f'(Z^{L}) \odot ({tex})", f"f'(Z{L}) * ({text})"
        code += f" * {net.output_activation}_slope(Z{L})"
        inputs |= {f"Z{L}": update.forward.Z[L]}
    if step.sample_weight is not None:
        tex, text, code = f"w_s ({tex})", f"weight * ({text})", f"{code} * weight[:, None]"
        inputs |= {"weight": step.sample_weight}
    return Stage(
        "delta_output", 3, L, "The error of the output", rf"\Delta^{L} = {tex}", f"Delta{L} = {text}", code,
        "Delta says how fast the loss rises when an output neuron's sum z rises a little: its sign tells in which "
        "direction the output is wrong, its size how much it matters.",
        inputs, {f"Delta{L}": update.Delta[L]},
    )  # fmt: skip


def _delta_hidden(update: Update, layer: int) -> Stage:
    step, net, above = update.step, update.step.architecture, layer + 1
    Z, name = update.forward.Z[layer], net.activation[layer - 2]
    inputs = {f"Z{layer}": Z, f"W{above}": net.layers(step.theta)[above][0], f"Delta{above}": update.Delta[above]}
    tex = rf"f'(Z^{layer}) \odot \left(\Delta^{above} (W^{above})^T\right)"
    text = f"f'(Z{layer}) * (Delta{above} W{above}^T)"
    back = f"slope{layer} * (Delta{above} @ W{above}.T)"
    note = (
        "A hidden neuron is blamed for what its successors are blamed for, times its weight to them, times its own "
        "slope f'(z): a neuron that would not have answered differently is not to blame."
    )
    if layer in step.masks:
        inputs |= {f"M{layer}": step.masks[layer]}
        tex, text = rf"M^{layer} \odot {tex}", f"M{layer} * {text}"
        back = f"({back} * M{layer}).astype(np.{step.theta.dtype})"
        note += " Nor is one that dropout had switched off."
    return Stage(
        "delta_hidden", 4, layer, f"The error goes back to layer {layer}", rf"\Delta^{layer} = {tex}",
        f"Delta{layer} = {text}", f"slope{layer} = {name}_slope(Z{layer})\nDelta{layer} = {back}", note,
        inputs, {f"slope{layer}": net.slope(layer)(Z), f"Delta{layer}": update.Delta[layer]},
    )  # fmt: skip
