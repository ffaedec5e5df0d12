"""The gradient step (T9): how theta moves against its gradient, written with the formulas.

An optimizer's memory is an array of shape (n_memory, n_parameters) that starts at 0: nothing for "sgd", the velocity
for "momentum" and "nesterov", the two running means of "adam" and "adamw".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import SettingError, nearest
from .architecture import Architecture
from .arrays import Array
from .scales import LEAST, Scales, rows_needed, scales_in

PARAMETRIZATIONS = ("standard", "ntk")
NTK_BIAS_RATE = 0.1
N_MEMORY = {"sgd": 0, "momentum": 1, "nesterov": 1, "adam": 2, "adamw": 2}


@dataclass(frozen=True)
class Optimizer:
    """Which step, and its numbers.

    | name | step, with gradient g and learning rate eta | source |
    |---|---|---|
    | sgd | theta -= eta g (eq. 8) | Robbins and Monro 1951 |
    | momentum | v = momentum v - eta g; theta += v | Polyak 1964 |
    | nesterov | v = momentum v - eta g; theta += momentum v - eta g | Sutskever et al. 2013 |
    | adam, adamw | theta -= eta m_hat / (sqrt(v_hat) + epsilon) | Kingma and Ba 2015 |

    m and v are running means, m = beta_1 m + (1 - beta_1) g and v = beta_2 v + (1 - beta_2) g^2; at step t = 1, 2, ...
    m_hat = m / (1 - beta_1^t) and v_hat = v / (1 - beta_2^t). Before any step the weights, not the biases, shrink by
    the factor 1 - eta weight_decay (eq. 9; Loshchilov and Hutter 2019); after it, a neuron whose incoming weights are
    longer than max_norm is scaled back to that length (eq. 10; Srivastava et al. 2014). "adamw" is "adam" under the
    name by which the decay is known.

    parametrization : "standard" or "ntk"
        "ntk" learns as if every layer were z = W^T a / sqrt(n_in) + b, with weights that start at size 1 in all layers
        (Jacot, Gabriel and Hongler 2018), and biases at a tenth of the learning rate (Holzmueller et al. 2024); see
        `factors`. Steps are then in proportion to the weights of a layer, however many they are.
    scale_rate : float
        With a number above 0 the inputs have scales (eq. 22), which learn at that multiple of the learning rate; of
        Adam alone.
    """

    name: str = "sgd"
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    max_norm: float = np.inf
    parametrization: str = "standard"
    scale_rate: float = 0.0

    def __post_init__(self) -> None:
        """Refuse unknown names and numbers outside their range."""
        if self.name not in N_MEMORY:
            raise SettingError(
                f"optimizer={self.name!r} is not an optimizer. Choose one of {', '.join(N_MEMORY)}. "
                f"{nearest(self.name, N_MEMORY)}"
            )
        if self.parametrization not in PARAMETRIZATIONS:
            raise SettingError(
                f"parametrization={self.parametrization!r} is not one of {', '.join(PARAMETRIZATIONS)}. "
                f"{nearest(self.parametrization, PARAMETRIZATIONS)}"
            )
        for name, low_ok, range_ in (
            ("momentum", 0 <= self.momentum <= 1, "in [0, 1]"),
            ("beta_1", 0 <= self.beta_1 < 1, "in [0, 1)"),
            ("beta_2", 0 <= self.beta_2 < 1, "in [0, 1)"),
            ("epsilon", self.epsilon > 0, "above 0"),
            ("weight_decay", 0 <= self.weight_decay < np.inf, "from 0 on"),
            ("max_norm", self.max_norm > 0, "above 0"),
            ("scale_rate", 0 <= self.scale_rate < np.inf, "from 0 on"),
        ):
            if not low_ok:
                raise SettingError(f"{name}={getattr(self, name)} is not a number {range_}.")
        if self.scale_rate and not self.is_adam:
            raise SettingError(
                f"scale_rate={self.scale_rate} does not go with {self.name}: scales and weights differ in size, which "
                "Adam's steps do not mind. Use adam, or scale_rate=0."
            )

    @property
    def is_adam(self) -> bool:
        """Whether steps are Adam's."""
        return self.name in ("adam", "adamw")

    def start(self, architecture: Architecture, dtype: np.dtype | type = np.float64) -> Array:
        """The memory before the first step, (n_memory, n_parameters): zeros, and behind them scales of 1 if any."""
        n, n_parameters = architecture.sizes[0], architecture.n_parameters
        n_more = rows_needed(n, n_parameters) if self.scale_rate else 0
        memory = np.zeros((N_MEMORY[self.name] + n_more, n_parameters), dtype)
        if self.scale_rate:
            scales_in(memory, n)[0] = 1
        return memory

    def factors(self, architecture: Architecture) -> dict[int, tuple[float, float]]:
        """{layer: factors of the learning rate for (W^l, b^l)}, 1 in the standard parametrization.

        With W = V / sqrt(n), a step of V by eta moves W by eta / sqrt(n). Adam's step does not depend on the size of
        the gradient; the others' is proportional to dJ/dV = dJ/dW / sqrt(n), which brings a second factor.
        """
        if self.parametrization == "standard":
            return dict.fromkeys(architecture.slices, (1.0, 1.0))
        sizes, power = architecture.sizes, self.ntk_power
        return {layer: (1 / sizes[layer - 2] ** power, NTK_BIAS_RATE) for layer in architecture.slices}

    @property
    def ntk_power(self) -> float:
        """With the NTK parametrization the learning rate of weights is divided by n_in to this power."""
        return 0.5 if self.name in ("adam", "adamw") else 1.0

    def step(self, architecture: Architecture, theta: Array, memory: Array, grad: Array, eta: float, t: int) -> None:
        """One step, number t = 1, 2, ...; writes theta and memory."""
        layers = architecture.layers(theta)
        move, scales = self.move(architecture, theta, memory, grad, eta, t)
        if self.weight_decay:
            for W, _ in layers.values():
                W *= 1 - eta * self.weight_decay
        if scales is not None:
            layers[2][0][:] *= (scales.after / scales.before)[:, None]
            architecture.layers(move)[2][0][:] *= scales.after[:, None]
        theta += move
        if architecture.signs:
            np.clip(theta, *architecture.bounds, out=theta)
        if np.isfinite(self.max_norm):
            for W, _ in layers.values():
                length = np.sqrt(np.square(W).sum(axis=0))
                W *= np.where(length > self.max_norm, self.max_norm / np.maximum(length, self.max_norm), 1)

    def _rates(self, architecture: Architecture, eta: float, dtype: np.dtype[Any]) -> Array | float:
        """eta, or the learning rate of every entry of theta where they differ."""
        if self.parametrization == "standard":
            return float(eta)  # a number of NumPy's would make float32 weights move in float64
        rates = np.empty(architecture.n_parameters, dtype)
        for layer, (W, b) in architecture.layers(rates).items():
            W[:], b[:] = (eta * factor for factor in self.factors(architecture)[layer])
        return rates

    def move(
        self, architecture: Architecture, theta: Array, memory: Array, grad: Array, rate: float, t: int
    ) -> tuple[Array, Scales | None]:
        """What step number t adds to theta, (n_parameters,), before max-norm; writes memory.

        With scales, the part of layer 2 is what it adds to V (eq. 22), and the scales around the step come with it.
        """
        eta, scales = self._rates(architecture, rate, grad.dtype), None
        if self.scale_rate:
            scales, grad = self._move_scales(architecture, theta, memory, grad, rate, t)
        if self.name == "sgd":
            return -eta * grad, scales
        if self.name in ("momentum", "nesterov"):
            memory[0] = self.momentum * memory[0] - eta * grad
            return np.asarray(self.momentum * memory[0] - eta * grad if self.name == "nesterov" else memory[0]), scales
        return self._adam(memory, grad, eta, t), scales

    def _adam(self, memory: Array, grad: Array, eta: Array | float, t: int) -> Array:
        """Adam's move along -grad; writes the two rows of its memory."""
        memory[0] = self.beta_1 * memory[0] + (1 - self.beta_1) * grad
        memory[1] = self.beta_2 * memory[1] + (1 - self.beta_2) * grad * grad
        mean, square = memory[0] / (1 - self.beta_1**t), memory[1] / (1 - self.beta_2**t)
        return np.asarray(-eta * mean / (np.sqrt(square) + self.epsilon))

    def _move_scales(
        self, architecture: Architecture, theta: Array, memory: Array, grad: Array, rate: float, t: int
    ) -> tuple[Scales, Array]:
        """The scales' own step (eq. 22), written to memory, and the gradient of V in place of that of W^2."""
        state = scales_in(memory, architecture.sizes[0])
        s, before, grad = state[0], state[0].copy(), grad.copy()
        W, G = architecture.layers(theta)[2][0], architecture.layers(grad)[2][0]
        s += self._adam(state[1:], (W * G).sum(axis=1) / before, float(rate * self.scale_rate), t)
        np.maximum(s, LEAST, out=s)
        G *= before[:, None]
        return Scales(before, s.copy()), grad
