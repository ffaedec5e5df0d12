"""The terms of the objective (eq. 3) as a trace has them: their names, their numbers, and their code in NumPy."""

import numpy as np

from .arrays import Array
from .one_step import Step


def loss_input(step: Step) -> str:
    """The name of what the loss compares with Y: the prediction A^L, or Z^L for a likelihood."""
    L = step.architecture.n_layers
    return f"A{L}" if step.loss.output_activation is None else f"Z{L}"


def numbers_of_loss(step: Step) -> dict[str, Array]:
    """The loss's own numbers: Huber's delta, the quantiles."""
    numbers = step.loss.numbers()
    if step.loss.name == "quantile":
        return {"quantiles": np.array(list(numbers.values()))}
    return {name: np.array(value) for name, value in numbers.items()}


def objective_numbers(step: Step) -> dict[str, Array]:
    """What J needs besides losses and weights: the rows' weights, their sum, and the strength of the penalties."""
    weight = {} if step.sample_weight is None else {"weight": step.sample_weight}
    numbers = {"w": step.total_weight, "alpha": step.penalty.alpha, "l1": step.penalty.l1}
    return weight | {name: np.array(float(value)) for name, value in numbers.items()}


def penalty_code(step: Step, ending: str) -> str:
    """R in NumPy, of the weights whose names end so."""
    names = [f"W{layer}{ending}" for layer in step.architecture.slices]
    weights = f"({', '.join(names)},)"
    squares, sizes = f"sum(np.vdot(W, W) for W in {weights})", f"sum(np.abs(W).sum() for W in {weights})"
    return f"R{ending} = 0.5 * alpha * {squares} + l1 * {sizes}"


def objective_code(step: Step, losses: str, R: str) -> str:
    """J in NumPy."""
    total = f"{losses}.sum()" if step.sample_weight is None else f"{losses} @ weight"
    return f"({total} + {R}) / w"
