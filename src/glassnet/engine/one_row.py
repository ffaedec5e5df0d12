"""Writes the forward pass of one row as straight loops: for answers that are asked for one at a time.

A call of NumPy takes longer than a small layer. Here all layers are one compiled call. It reads each weight once, and
leaves out those behind a ReLU that is off (see `rows`).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from ..errors import InputError
from ..network.architecture import Architecture
from ..network.arrays import Array
from . import encoded
from .aligned import aligned_copy
from .compiled import compiled
from .pointwise import activate_alone
from .program import Program
from .rows import BLOCK, aggregate, list_on, lists_below
from .text import Lines, inside, loop, noted
from .writer import assemble, forward_program, views

HEAD = '''def one_row(theta, x, settings):
    """z^L of one row x (n_columns,), (n_L,)."""
'''


def one_row(
    architecture: Architecture, theta: Array, dtype: Literal["float32", "float64"] = "float32"
) -> Callable[[Array], Array]:
    """A function from one row as the network sees it, (n_columns,), to the prediction a^L, (n_L,) (eq. 1 and 2).

    It answers as `network.backprop.predict` does, up to rounding, and in a microsecond or two where that takes ten. The
    first answer takes a second, in which it is compiled or read from the cache. Several threads may share it.

    Parameters
    ----------
    theta : (n_parameters,)
        A copy is kept.
    dtype : "float32" or "float64"
        What it computes in, and the type of the answer. Rows of that type are taken as they are, others are converted.

    Raises
    ------
    InputError
        By the function, if a row has not n_columns numbers.

    Examples
    --------
    >>> answer = one_row(Architecture((1, 1, 1)), np.array([2.0, 1, 3, 0]))
    >>> answer(np.array([1.0]))  # a = max(2 * 1 + 1, 0) = 3, z = 3 * 3 + 0
    array([9.], dtype=float32)
    """
    program = replace(forward_program(architecture, dtype), per_sample=True)
    weights, settings, shape = aligned_copy(theta, dtype), program.settings, (architecture.n_columns,)
    function, contiguous, number = compiled(write_one_row, program), np.ascontiguousarray, np.dtype(dtype)
    output = None if architecture.output_activation == "identity" else architecture.value(architecture.n_layers)

    def answer(x: Array) -> Array:
        row = contiguous(x, number)
        if row.shape != shape:
            raise InputError(f"x has shape {np.shape(x)}. Give one row, a number for each column: shape {shape}.")
        z: Array = function(weights, row, settings)
        return z if output is None else output(z[None, :])[0]

    return answer


def write_one_row(program: Program) -> str:
    """Source of one_row(theta, x, settings), which returns z^L; for a `forward_program` that is `per_sample`.

    Examples
    --------
    >>> "for i in range(50): z += a2[i] * W3[i, 0]" in write_one_row(Program(Architecture((8, 50, 1)), per_sample=True))
    True
    """
    net = program.architecture
    names = ["a1"] if net.bins else []
    names += [f"a{layer}" for layer in range(2, net.n_layers + 1)]
    sizes = {f"a{layer}": size for layer, size in enumerate(net.sizes, start=1)}
    table = ["X = x.reshape(1, x.shape[0])"] if net.bins else []
    body = [*table, *encoded.constants(program), *views(program)]
    body += [f"{name} = np.empty({sizes[name]}, number)" for name in names]
    body += [*_lists(program), "zero, one = number(0), number(1)"]
    body += encoded.spread(program) if net.bins else ["a1 = x"]
    for layer in range(2, net.n_layers + 1):
        body += _layer(program, layer)
    return assemble(program, HEAD, [*body, f"return a{net.n_layers}"])


def _layer(program: Program, layer: int) -> Lines:
    """a of one layer, at the output z; with a list of its neurons that are on, if the next layer asks for one."""
    net = program.architecture
    n, m = net.sizes[layer - 2 : layer]
    if m == 1:
        lines = [f"z = b{layer}[0]", *loop("i", n, [f"z += a{layer - 1}[i] * W{layer}[i, 0]"]), f"a{layer}[0] = z"]
        lines = noted(lines, f"z{layer} = W{layer}^T a{layer - 1} + b{layer} (eq. 1)")
    elif lists_below(program, layer):
        lines = _add_those_on(layer, m)
    else:
        lines = aggregate(program, layer, on_alone=False)
    if layer == net.n_layers:
        return lines
    lines += activate_alone(program, layer, f"a{layer}[j]")
    return lines + (list_on(layer, m) if lists_below(program, layer + 1) else [])


def _add_those_on(layer: int, m: int) -> Lines:
    """z of one layer from the neurons below that are on, four rows of weights at a time: z is then read once for them.

    Measured for 256 neurons: 3.0 microseconds in place of 5.5.
    """
    below, start = layer - 1, loop("j", m, [f"a{layer}[j] = b{layer}[j]"])
    places = [f"i_{k} = on{below}[k + {k}]" for k in range(BLOCK)]
    values = [f"a_{k} = a{below}[i_{k}]" for k in range(BLOCK)]
    total = " + ".join(f"a_{k} * W{layer}[i_{k}, j]" for k in range(BLOCK))
    four = [*places, *values, *loop("j", m, [f"a{layer}[j] += {total}"])]
    one = [f"i = on{below}[k]", f"a = a{below}[i]", *loop("j", m, [f"a{layer}[j] += a * W{layer}[i, j]"])]
    return [
        *noted(start, f"z{layer} = W{layer}^T a{below} + b{layer} (eq. 1)"),
        f"in_blocks = n_on{below} - n_on{below} % {BLOCK}",
        *inside(f"for k in range(0, in_blocks, {BLOCK}):", four),
        *loop("k", f"in_blocks, n_on{below}", one),
    ]


def _lists(program: Program) -> Lines:
    """Room for the neurons that are on."""
    net = program.architecture
    listed = [layer - 1 for layer in range(3, net.n_layers + 1) if lists_below(program, layer)]
    return [f"on{layer} = np.empty({net.sizes[layer - 1]}, np.int64)" for layer in listed]
