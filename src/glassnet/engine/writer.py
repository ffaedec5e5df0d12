"""Writes epochs of training as plain Python, for exactly one network.

The source is a function of the program alone: sizes are literals, loops are straight, and every block carries the
number of its equation. A step on one row is written as loops, a step on a batch as matrix products: measured, that is
faster from batches of 16 rows on even for 8-50-1 (see benchmarks/).
"""

import inspect
import re
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from ..network.architecture import Architecture
from ..network.optimizers import N_MEMORY
from . import encoded, matrices, routines, rows, scales, shared
from .layout import bounds, is_short, is_wide, n_inputs, n_parameters, title
from .program import Program
from .text import Lines, aligned, inside, loop, noted
from .updates import limits, step_numbers, update_batch, update_row

ROUTINES = (
    *("widest_vectors", "room", "part", "matrix", "product", "transpose", "wait_at", "word", "mix", "threefry"),
    *("e_parts", "e_to", "e_to_less_1", "log_1_plus", "sigmoid", "sigmoid_slope", "tanh", "softplus"),
    *("normal_density", "normal_share", "mish_gate", "faded"),
)
GRADIENT_ROWS = 256  # how many rows the full gradient takes at a time

EPOCHS_HEAD = '''def epochs(theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas):
    """Epochs one after the other: a step for each entry of eta, over batch_size rows of the order each.

    Writes theta and the optimizer's memory; of each epoch the summed loss and the summed squared length of the steps'
    gradients to sums, and theta behind it to thetas, if that has room. Returns the number of steps done, fewer than
    asked for if the loss left the finite numbers.
    """
'''
SHARED_HEAD = '''def epochs(
    theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas, space, barrier, thread
):
    """One thread's share of epochs one after the other: a step for each entry of eta, over batch_size rows each.

    Writes theta and the optimizer's memory; of each epoch the summed loss and the summed squared length of the steps'
    gradients to sums, and theta behind it to thetas, if that has room. Returns the number of steps done, fewer than
    asked for if the loss left the finite numbers.
    """
'''
WRITE_SUMS = "sums[epoch, 0], sums[epoch, 1] = total, squares"
GRADIENT_HEAD = '''def full_gradient(theta, grad, X, Y, weight, order, settings):
    """Writes the summed gradient of all rows, without the penalty, to grad; returns the summed loss."""
'''
FORWARD_ROWS = 512  # how many rows the forward pass takes at a time: their layers stay in the processor's cache
FORWARD_HEAD = '''def forward(thetas, X, Zs, settings):
    """Writes Z^L of the rows X, as each theta makes it, to Zs."""
'''


def write_epochs(program: Program) -> str:
    """Source of epochs(theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas).

    Epochs of a small table are short. Several in one call, with the same bits as in a call each, keep Python out.

    Parameters of the written function
    ----------------------------------
    theta : (n_parameters,), written
    memory : (n_memory, n_parameters), written
    X, Y : (n_samples, n_1), (n_samples, n_targets)
    weight : (n_samples,)
        Row weights with mean 1; empty if the program is not weighted.
    orders : (n_epochs, n_samples) integers
        The rows in the order of each epoch.
    batch_size : int
        1 if the program is per_sample; the last batch of an epoch may be smaller.
    etas : (n_epochs, n_steps)
        The learning rate of every step, float64.
    settings : `Program.settings`
    counter : 4 integers
        The two words of the seed's key, the number of the first epoch, the number of steps before it.
    sums : (n_epochs, 2), float64, written
    thetas : (n_epochs, n_parameters), written; (0, n_parameters) if they are not wanted
    space, barrier, thread
        Only of a shared program: room for `shared.space_needed` numbers, a `new_barrier`, and which thread this is.

    Examples
    --------
    >>> from glassnet.network.architecture import Architecture
    >>> source = write_epochs(Program(Architecture((8, 50, 1)), per_sample=True))
    >>> "for j in range(50): a2[j] += a * W2[i, j]" in source
    True
    """
    net = program.architecture
    body = [*_numbers(program), *limits(program), *encoded.constants(program), *views(program), *_memory(program)]
    body += [*_buffers(program), "zero, one = number(0), number(1)"]
    step = _batch_bounds(program) + _dropout_key(program) + step_numbers(program)
    if program.per_sample:
        step += ["s = 0", *rows.passes(program)]
        for layer in range(net.n_layers, 1, -1):
            step += update_row(program, layer)
    elif program.is_shared:
        step += shared.passes(program)
    else:
        step += matrices.passes(program) + update_batch(program)
    step += inside("if not abs(total) < np.inf:", [WRITE_SUMS, "return epoch * eta.shape[0] + t"])
    one = ["order, eta, total, squares = orders[epoch], etas[epoch], 0.0, 0.0"]
    one += rows.before_the_first(program) if program.per_sample else []
    one += [*loop("t", "eta.shape[0]", step), WRITE_SUMS]
    one += inside("if thetas.shape[0] > 0:", loop("p", n_parameters(program), ["thetas[epoch, p] = theta[p]"]))
    body += encoded.edges(program) if is_short(program) else []
    body += [*loop("epoch", "etas.shape[0]", one), "return etas.size"]
    return assemble(program, SHARED_HEAD if program.is_shared else EPOCHS_HEAD, body)


def write_full_gradient(program: Program) -> str:
    """Source of full_gradient(theta, grad, X, Y, weight, order, settings), for optimizers that see all rows at once."""
    program = replace(program, per_sample=False, is_shared=False)
    body = [*_numbers(program), *encoded.constants(program), *views(program)]
    body += [f"batch_size = min({GRADIENT_ROWS}, order.shape[0])", *_buffers(program, "addend")]
    body += ["zero, one = number(0), number(1)", "total = 0.0", "grad[:] = zero"]
    body += encoded.edges(program) if is_short(program) else []
    step = ["rows = min(batch_size, order.shape[0] - first)"]
    step += matrices.passes(program)
    if is_short(program):
        store = loop("j", program.architecture.sizes[1], ["dW2[i, j] = slopes[j]"])
        step += noted(encoded.each_row_of_weights(program, store), "dW2 of the bins (eq. 6, 12)")
    step += loop("p", n_parameters(program), ["grad[p] += addend[p]"])
    body += [*inside("for first in range(0, order.shape[0], batch_size):", step), "return total"]
    return assemble(program, GRADIENT_HEAD, body)


@lru_cache(maxsize=64)
def forward_program(net: Architecture, dtype: Literal["float32", "float64"]) -> Program:
    """A program of what the forward pass needs of a network; all networks that share it share one compiled function.

    What the outputs make of Z^L, and the loss, are a few numbers a row: they stay with the formulas of `network/`.
    """
    bare = replace(net, dropout=(0.0,) * len(net.dropout), input_dropout=0.0, output_activation="identity", signs=())
    return Program(bare, dtype=dtype)


def write_forward(program: Program) -> str:
    """Source of forward(thetas, X, Zs, settings), for a `forward_program`.

    It writes Zs (n_thetas, n_samples, n_L), the output's Z of each row of thetas (n_thetas, n_parameters).
    """
    body = [*encoded.constants(program), f"batch_size = min({FORWARD_ROWS}, X.shape[0])"]
    body += [*matrices.forward_buffers(program), "zero, one = number(0), number(1)", "order = np.arange(X.shape[0])"]
    step = ["rows = min(batch_size, X.shape[0] - first)", *matrices.forward(program)]
    of_one = [
        "theta, Z = thetas[network], Zs[network]",
        *views(program),
        *(encoded.edges(program) if is_short(program) else []),
    ]
    of_one += inside("for first in range(0, X.shape[0], batch_size):", step)
    body += loop("network", "thetas.shape[0]", of_one)
    return assemble(program, FORWARD_HEAD, body)


def _batch_bounds(program: Program) -> Lines:
    if program.per_sample:
        return ["first = t"]
    return ["first = t * batch_size", "rows = min(batch_size, order.shape[0] - first)"]


def _dropout_key(program: Program) -> Lines:
    if not program.dropout_rates():
        return []
    return ["step_0, step_1 = threefry(word(counter[0]), word(counter[1]), np.int64(counter[2] + epoch), t)"]


def _numbers(program: Program) -> Lines:
    """Local names for the entries of settings; those that enter powers or thresholds stay double."""
    lines, names = [], list(program.numbers())
    for k, name in enumerate(names):
        value = f"settings[{k}]"
        if name.startswith("dropout"):
            layer = name.removeprefix("dropout")
            lines += [f"off{layer}, keep{layer} = np.uint32({value} * 2**32), number(1.0 / (1.0 - {value}))"]
        elif name in ("beta_1", "beta_2"):
            digit = name[-1]
            lines += [
                f"{name} = {value}",
                f"beta{digit}, rest{digit} = number({name}), number(1.0 - {name})",
            ]
        else:
            lines += [f"{name} = {value if name == 'weight_decay' else f'number({value})'}"]
    quantiles = [name for name in names if name.startswith("quantile_")]
    return lines + ([f"quantiles = ({', '.join(quantiles)})"] if len(quantiles) > 1 else [])


def views(program: Program) -> Lines:
    """W and b as views of theta."""
    return _layer_views(program, "theta", "W", "b")


def _memory(program: Program) -> Lines:
    """The rows of the optimizer's memory; per sample also as views like W and b."""
    lines: Lines = []
    for k in range(N_MEMORY[program.optimizer.name]):
        lines += [f"memory_{k} = memory[{k}]"]
        if program.per_sample:
            lines += _layer_views(program, f"memory_{k}", f"{'mv'[k]}W", f"{'mv'[k]}b")
    return lines + scales.views(program)


def _layer_views(program: Program, vector: str, W: str, b: str) -> Lines:
    sizes = program.architecture.sizes
    heights = {layer: str(sizes[layer - 2]) for layer in program.architecture.slices} | {2: n_inputs(program)}
    return [
        f"{W}{layer}, {b}{layer} = matrix({vector}, {start}, {heights[layer]}, {sizes[layer - 1]}), "
        f"part({vector}, {middle}, {sizes[layer - 1]})"
        for layer, (start, middle, _) in bounds(program).items()
    ]


def _buffers(program: Program, gradient: str = "grad") -> Lines:
    """Where a step puts what it makes: matrices or vectors, the gradient of a batch with its views dW and db, masks."""
    net = program.architecture
    if program.is_shared:
        return shared.buffers(program)
    if program.per_sample:
        lines = rows.buffers(program)
    else:
        lines = [f"{gradient} = room({n_parameters(program)})", *_layer_views(program, gradient, "dW", "db")]
        lines += matrices.buffers(program)
    masks = [f"mask{layer} = np.empty({net.sizes[layer - 1] + 1}, number)" for layer in program.dropout_rates()]
    norms = [f"norm{layer} = np.empty({net.sizes[layer - 1]}, number)" for layer in net.slices]
    return lines + masks + (norms if "max_norm" in program.numbers() else [])


def assemble(program: Program, head: str, body: Lines) -> str:
    """The whole file: what it is, the routines that it calls, and the function."""
    asked = ["widest_vectors()"] if is_wide(program) else []
    function = head + "\n".join(aligned([f"    {line}" for line in (*asked, *body)]))
    first = f'"""The network {title(program)}, written out by glassnet: read it, do not edit it."""\n'
    routines = _routines(function)
    imports = f"import numpy as np\n\nnumber = np.{program.dtype}  # the network's float type\n"
    return "\n".join([first, imports, *routines, function]).rstrip() + "\n"


def _routines(text: str) -> list[str]:
    """Source of the routines that the text calls, each before its first use."""
    found: list[str] = []
    for name in reversed(ROUTINES):
        if any(re.search(rf"\b{name}\(", part) for part in (text, *found)):
            found.insert(0, "\n" + inspect.getsource(getattr(routines, name)))
    return [*found, ""] if found else [""]
