"""Writes the step of the inputs' scales (eq. 22): one scale before each row of the first layer's weights.

The network that runs has the weights W_ij = s_i V_ij; V is never stored. With s' and V' after the step,

    W'_ij = s'_i V'_ij = (s'_i / s_i) W_ij + s'_i (V'_ij - V_ij)

so that a row of weights is read twice while it is near: for the scale's gradient, and for its own step.
"""

from ..network.optimizers import N_MEMORY
from ..network.scales import LEAST
from .cells import move
from .layout import n_inputs
from .program import Program
from .text import Lines, inside, loop, noted


def views(program: Program) -> Lines:
    """The scales and Adam's memory of them, which lie behind its memory of theta; nothing without scales."""
    if not program.has_scales:
        return []
    n = n_inputs(program)
    names = ("scales", "scales_m", "scales_v")
    places = [f"part(behind_theta, {k} * {n}, {n})" for k in range(len(names))]
    return [
        # measured: with reshape(-1) a step of 128-128 takes half as long again, all of it elsewhere
        f"behind_theta = memory.ravel()[{N_MEMORY[program.optimizer.name]} * memory.shape[1] :]",
        *noted([f"{', '.join(names)} = {', '.join(places)}"], "the inputs' scales (eq. 22)"),
        f"least = number({LEAST})",
    ]


def step(program: Program, w: str, gradient: Lines, index: str) -> Lines:
    """The step of input i's scale, whose weights are w, with the lines that make the gradient g of one; if it has any.

    Then `before` and `after` are the scale around the step, and `ratio` is by how much all of the row's weights grow.
    """
    if not program.has_scales:
        return []
    turn = loop(index, program.architecture.sizes[1], [*gradient, f"turn += {w} * g"])
    body = ["before, turn = scales[i], zero", *noted(turn, "the scale's gradient (eq. 22)")]
    body += ["g, after = turn / before, before"]
    body += move(program.optimizer.name, "after", "scales_m[i]", "scales_v[i]", "(rate * scale_rate)")
    body += ["after = max(after, least)", "scales[i] = after"]
    own = inside("if scale_rate > zero:", body) if program.is_open else body
    return ["before, after = one, one", *own, "ratio = after / before"]
