"""Writes the step of one number of theta: gradient, what draws it to 0, the optimizer's move, bounds (T9, T17)."""

from typing import NamedTuple

from .program import Program
from .text import Lines


class Cell(NamedTuple):
    """What the code calls a number of theta, its memory, the strengths of what draws it to 0, and its bounds."""

    w: str
    m: str
    v: str
    alpha: str
    l1: str
    shrink: str
    low: str
    high: str


def gradient_of(program: Program, cell: Cell, g: str) -> Lines:
    """The gradient of one cell: that of the rows, and the penalty's (eq. 7)."""
    lines = [f"g = {g}"]
    lines += [f"g += {cell.alpha} * {cell.w}"] if program.penalty.alpha else []
    return lines + ([f"g += {cell.l1} * np.sign({cell.w})"] if program.penalty.l1 else [])


def step_of(program: Program, cell: Cell, gradient: Lines, rate: str, *, has_scale: bool) -> Lines:
    """The step of one cell, with the lines that make its gradient g; a weight with a scale follows that (eq. 22).

    A weight on the wrong side of its bounds goes back to them; NaN stays NaN.
    """
    factors = ["ratio"] * has_scale + [cell.shrink] * program.has_decay
    lines = [*gradient, *(["g *= before"] if has_scale else [])]
    lines += [f"{cell.w} *= {' * '.join(factors)}"] if factors else []
    rate = f"({rate} * after)" if has_scale else rate
    lines += move(program.optimizer.name, cell.w, cell.m, cell.v, rate)
    limited = f"{cell.w} = min(max({cell.w}, {cell.low}), {cell.high})"
    return lines + ([limited] if program.architecture.signs else [])


def move(optimizer: str, w: str, m: str, v: str, rate: str) -> Lines:
    """One cell's step along -g; m and v are its cells in the optimizer's memory, `rate` its learning rate."""
    if optimizer == "sgd":
        return [f"{w} -= {rate} * g"]
    if optimizer in ("momentum", "nesterov"):
        way = "velocity" if optimizer == "momentum" else f"momentum * velocity - {rate} * g"
        return [f"velocity = faded(momentum * {m} - {rate} * g)", f"{m} = velocity", f"{w} += {way}"]
    return [
        f"mean = faded(beta1 * {m} + rest1 * g)",
        f"square = faded(beta2 * {v} + rest2 * g * g)",
        f"{m} = mean",
        f"{v} = square",
        "inverse = one / np.sqrt(square + tiny)",  # has an instruction of its own, faster than root and division
        f"{w} -= {rate} * mean / (square * inverse * root + epsilon)",
    ]
