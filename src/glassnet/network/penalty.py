"""The penalty on the weights, apart from the loss (T17): L1 and L2. Biases are never penalised."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..errors import SettingError
from .architecture import Architecture
from .arrays import Array


@dataclass(frozen=True)
class Penalty:
    """R(theta) = alpha / 2 * sum of W^2 + l1 * sum of |W|, over the weights of all layers (eq. 7).

    The objective divides loss and penalty by the same number, J = (sum of losses + R) / total weight of the rows, so
    that `alpha` means what it means in ridge regression and in scikit-learn's networks.
    """

    alpha: float = 0.0
    l1: float = 0.0

    def __post_init__(self) -> None:
        """Refuse negative strengths."""
        for name, strength in (("alpha", self.alpha), ("l1", self.l1)):
            if not (isinstance(strength, Real) and 0 <= strength < np.inf):
                raise SettingError(
                    f"{name}={strength} is not a number from 0 on. A negative penalty would reward large weights. "
                    "Start with 0.0001."
                )

    def value(self, architecture: Architecture, theta: Array) -> float:
        """R(theta), a number from 0 on."""
        weights = [W for W, _ in architecture.layers(theta).values()]
        squares = sum(float(np.vdot(W, W)) for W in weights)
        sizes = sum(float(np.abs(W).sum()) for W in weights)
        return 0.5 * self.alpha * squares + self.l1 * sizes

    def gradient(self, architecture: Architecture, theta: Array) -> Array:
        """dR/dW = alpha W + l1 sign(W), 0 for biases; laid out like theta. The sign of 0 is 0 (T12)."""
        grad = np.zeros_like(theta)
        for (W, _), (dW, _) in zip(
            architecture.layers(theta).values(), architecture.layers(grad).values(), strict=True
        ):
            dW[:] = self.alpha * W + self.l1 * np.sign(W)
        return grad

    def share(self, architecture: Architecture, theta: Array, total_weight: float) -> Array:
        """What the penalty adds to the gradient of the objective: dR/dtheta / w (eq. 6), laid out like theta."""
        return np.asarray(self.gradient(architecture, theta) / theta.dtype.type(total_weight))
