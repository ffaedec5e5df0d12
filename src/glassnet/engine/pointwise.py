"""Writes what happens to one row at the neurons of one layer: activation, dropout, loss."""

from ..network.activations import LEAK, SELU_ALPHA, SELU_SCALE
from ..network.losses import Loss
from .program import Program
from .text import Lines, inside, loop, noted

# From z to a = f(z) and slope = f'(z). NaN stays NaN; at a kink the slope is the one from the left.
ACTIVATION: dict[str, Lines] = {
    "identity": ["a, slope = z, one"],
    "relu": ["a, slope = zero if z < zero else z, one if z > zero else zero"],
    "leaky_relu": [f"slope = one if z > zero else number({LEAK})", "a = slope * z"],
    "elu": ["a = z if z > zero else e_to_less_1(-abs(z))", "slope = one if z > zero else a + one"],
    "selu": [
        f"scale, bottom = number({SELU_SCALE}), number({SELU_SCALE * SELU_ALPHA})",
        "a = scale * z if z > zero else bottom * e_to_less_1(-abs(z))",
        "slope = scale if z > zero else a + bottom",
    ],
    "sigmoid": ["a, slope = sigmoid(z), sigmoid_slope(z)"],
    "tanh": ["a = tanh(z)", "slope = one - a * a"],
    "softplus": ["a, slope = softplus(z), sigmoid(z)"],
    "gelu": [
        "steepness = normal_density(z)",
        "gate = normal_share(z, steepness)",
        "a, slope = z * gate, gate + z * steepness",
    ],
    "silu": ["gate, steepness = sigmoid(z), sigmoid_slope(z)", "a, slope = z * gate, gate + z * steepness"],
    "mish": ["gate, steepness = mish_gate(z)", "a, slope = z * gate, gate + z * steepness"],
}

# From prediction a (a distance) or z (a likelihood) and target to the loss l and its derivative d.
LOSS: dict[str, Lines] = {
    "squared_error": ["d = a - target", "l = number(0.5) * d * d"],
    "absolute_error": ["d = np.sign(a - target)", "l = abs(a - target)"],
    "huber": [
        "d = min(max(a - target, -delta), delta)",
        "l = abs(d) * (abs(a - target) - number(0.5) * abs(d))",
    ],
    "quantile": [
        "e = a - target",
        "d = -q if e < zero else (one - q if e > zero else zero * e)",
        "l = d * e",
    ],
    "poisson": [
        "mu = np.exp(z)",
        "d = mu - target",
        "l = d - target * z + (target * np.log(target) if target > zero else zero)",
    ],
    "gamma": ["share = target * np.exp(-z)", "d = one - share", "l = z - np.log(target) - d"],
    "logistic": ["d = sigmoid(z) - target", "l = softplus(z) - target * z"],
}


def activate(program: Program, layer: int, z: str) -> Lines:
    """a = f(z) and slope = f'(z) of a hidden layer, then its dropout; `z` is the text that yields z.

    In a shared step of some of the layer's neurons, with their masks, which were drawn before.
    """
    f, n = program.architecture.activation[layer - 2], program.architecture.sizes[layer - 1]
    width, drawn = (f"a{layer}.shape[0]", Lines()) if program.is_shared else (n, draw_mask(layer, n))
    body = [f"z = {z}", *ACTIVATION[f], f"a{layer}[j], slope{layer}[j] = a, slope"]
    lines = noted(loop("j", width, body), f"a{layer} = f(z{layer}), slope{layer} = f'(z{layer}): {f} (eq. 2)")
    if layer in program.dropout_rates():
        switch = [f"a{layer}[j] *= mask{layer}[j]", f"slope{layer}[j] *= mask{layer}[j]"]
        off = drawn + noted(loop("j", width, switch), "neurons that are off neither speak nor learn")
        lines += if_any_is_off(program, layer, off)
    return lines


def if_any_is_off(program: Program, layer: int, lines: Lines) -> Lines:
    """The lines, skipped as the code runs if they are written for any rate and the rate is 0."""
    return inside(f"if off{layer} > 0:", lines) if program.is_open else lines


def activate_alone(program: Program, layer: int, z: str) -> Lines:
    """a = f(z) of a hidden layer, without slopes and dropout: where nothing goes back."""
    f, width = program.architecture.activation[layer - 2], program.architecture.sizes[layer - 1]
    body = [f"z = {z}", *ACTIVATION[f], f"a{layer}[j] = a"]
    return noted(loop("j", width, body), f"a{layer} = f(z{layer}): {f} (eq. 2)")


def draw_mask(layer: int, width: int) -> Lines:
    """The dropout mask of one row: 0 for neurons that are off, 1 / (1 - rate) for the others."""
    half = (width + 1) // 2
    body = [
        f"bits, twin = threefry(step_0, step_1, {layer << 24} + j, s)",
        f"mask{layer}[j] = keep{layer} if bits >= off{layer} else zero",
        f"mask{layer}[{half} + j] = keep{layer} if twin >= off{layer} else zero",
    ]
    return noted(loop("j", half, body), f"dropout mask of layer {layer}, row s (eq. 11)")


def compare(program: Program, z: str) -> Lines:
    """delta^L of one row and its part of the loss; `z` is the text that yields z_j."""
    loss, net = program.loss, program.architecture
    L, width = net.n_layers, net.sizes[-1]
    if loss.name == "cross_entropy":
        lines = _cross_entropy(L, width, z)
    else:
        body = [f"z = {z}", *_output(program), f"target = y[{_target_index(loss)}]"]
        if loss.name == "quantile":
            body.append(f"q = quantiles[j % {len(loss.numbers())}]" if len(loss.numbers()) > 1 else "q = quantile_0")
        body += LOSS[loss.name]
        body += [f"delta{L}[j] = d" if _is_plain(program) else f"delta{L}[j] = slope * d"]
        body += ["row_loss += l"]
        lines = noted(loop("j", width, body), f"delta{L}: the derivative of the loss by z{L} (eq. 4)")
    lines, add = ["row_loss = 0.0", *lines], "losses[s] =" if program.is_shared else "total +="
    if not program.weighted:
        return [*lines, f"{add} row_loss"]
    weigh = loop("j", width, [f"delta{L}[j] *= w"])
    return [*lines, "w = weight[r]", *weigh, f"{add} w * row_loss"]


def _is_plain(program: Program) -> bool:
    """Whether a^L is z^L, or the loss is written in z^L."""
    return program.loss.output_activation is not None or program.architecture.output_activation == "identity"


def _output(program: Program) -> Lines:
    if program.loss.output_activation is not None:
        return []
    f = program.architecture.output_activation
    return ["a = z"] if f == "identity" else ACTIVATION[f]


def _target_index(loss: Loss) -> str:
    n_quantiles = len(loss.numbers()) if loss.name == "quantile" else 1
    return "j" if n_quantiles == 1 else f"j // {n_quantiles}"


def _cross_entropy(L: int, width: int, z: str) -> Lines:
    """Softmax and its loss; the largest z is subtracted first, so that nothing overflows."""
    first = loop("j", width, [f"delta{L}[j] = {z}", f"peak = max(peak, delta{L}[j])"])
    second = loop("j", width, [f"e = e_to(delta{L}[j] - peak)", "mass += e", f"delta{L}[j] = e"])
    return [
        "c, peak, mass = int(y[0]), number(-np.inf), zero",
        *noted(first, f"z{L}, and the largest of them"),
        f"row_loss = peak - delta{L}[c]",
        *second,
        "row_loss += np.log(mass)",
        *noted(loop("j", width, [f"delta{L}[j] /= mass"]), f"delta{L} = softmax(z{L}) - 1 at class c (eq. 4)"),
        f"delta{L}[c] -= one",
    ]


def row_mask(layer: int, width: int, source: str) -> Lines:
    """a^1 = x * mask^1: dropout of the inputs."""
    return [
        *draw_mask(layer, width),
        *noted(loop("i", width, [f"a{layer}[i] = {source}[i] * mask{layer}[i]"]), "inputs that are off (eq. 2)"),
    ]
