"""One update of one network by the formulas of `backprop.py`, with everything kept that is made on the way."""

from dataclasses import dataclass, field
from numbers import Real

import numpy as np

from ..errors import SettingError
from .architecture import Architecture
from .arrays import Array
from .backprop import (
    NO_PENALTY,
    SQUARED,
    Forward,
    backpropagate,
    data_gradient,
    feedforward,
    objective,
    output_delta,
    predict,
    row_losses,
)
from .losses import Loss
from .optimizers import Optimizer
from .penalty import Penalty
from .scales import Scales


@dataclass(frozen=True)
class Step:
    """All that decides an update: network and weights, rows, objective, and the optimizer where it stands.

    Arrays have the float type of theta; none of them is written to, and none must change later.

    memory : (n_memory, n_parameters), what the optimizer remembers.
    t : the number of the step, from 1 on, which Adam divides by.
    sample_weight : (n_samples,), or None.
    total_weight : what sums over rows are divided by.
    masks : {layer: (n_samples, n_l)}, of layers with dropout.
    """

    architecture: Architecture
    theta: Array
    X: Array
    Y: Array
    eta: float
    total_weight: float
    loss: Loss = SQUARED
    penalty: Penalty = NO_PENALTY
    optimizer: Optimizer = Optimizer()
    memory: Array = field(default_factory=lambda: np.empty((0, 0)))
    t: int = 1
    sample_weight: Array | None = None
    masks: dict[int, Array] = field(default_factory=dict)

    def objective(self, theta: Array, masks: dict[int, Array] | None = None) -> float:
        """J of these rows (eq. 3) with these weights and masks."""
        terms = {"penalty": self.penalty, "sample_weight": self.sample_weight, "total_weight": self.total_weight}
        return objective(self.architecture, theta, self.X, self.Y, self.loss, **terms, masks=masks)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Update:
    """The numbers of a step, in the order in which they are made. Vectors are laid out like theta.

    Examples
    --------
    >>> step = Step(Architecture((1, 1)), np.array([2.0, 1.0]), np.ones((1, 1)), np.ones((1, 1)), 0.25, 1.0)
    >>> update = Update.of(step)  # z = 2 * 1 + 1, delta = 3 - 1
    >>> update.Delta[2], update.move, update.theta
    (array([[2.]]), array([-0.5, -0.5]), array([1.5, 0.5]))

    data, pull : the gradient of the rows' loss and that of the penalty (eq. 6).
    move : what the optimizer adds to theta; with scales, in layer 2 to V (eq. 22).
    scales : the inputs' scales before and after the step, or None.
    theta, memory : weights and optimizer's memory after the step.
    """

    step: Step
    forward: Forward
    losses: Array
    Delta: dict[int, Array]
    data: Array
    pull: Array
    move: Array
    scales: Scales | None
    theta: Array
    memory: Array

    @classmethod
    def of(cls, step: Step) -> "Update":
        """The numbers of this step; writes nothing of it."""
        net, old = step.architecture, step.theta
        forward = feedforward(net, old, step.X, step.masks)
        losses = row_losses(net, step.loss, forward, step.Y)
        Delta_L = output_delta(net, step.loss, forward, step.Y, step.sample_weight)
        Delta = backpropagate(net, old, forward, Delta_L)
        data = data_gradient(net, forward, Delta, step.total_weight)
        pull = step.penalty.share(net, old, step.total_weight)
        move, scales = step.optimizer.move(net, old, step.memory.copy(), data + pull, step.eta, step.t)
        theta, memory = old.copy(), step.memory.copy()
        step.optimizer.step(net, theta, memory, data + pull, step.eta, step.t)
        return cls(step, forward, losses, Delta, data, pull, move, scales, theta, memory)

    def output(self, theta: Array) -> Array:
        """Predictions for these rows with these weights, without dropout, (n_samples, n_L)."""
        return predict(self.step.architecture, theta, self.step.X)

    def named(self, layer: int, pattern: str, vector: Array) -> dict[str, Array]:
        """One layer's part of a vector laid out like theta, by names such as {"gW2": ..., "gb2": ...} for "g{}"."""
        W, b = self.step.architecture.layers(vector)[layer]
        return {pattern.format(f"W{layer}"): W, pattern.format(f"b{layer}"): b}


def checked_rate(learning_rate: float) -> float:
    """The learning rate of one step; a NaN would spoil every weight.

    Raises
    ------
    SettingError
        If it is not a finite number from 0 on.
    """
    if not isinstance(learning_rate, Real) or not 0 <= learning_rate < np.inf:
        raise SettingError(f"learning_rate={learning_rate!r} is not a number from 0 on. Start with 0.01.")
    return float(learning_rate)
