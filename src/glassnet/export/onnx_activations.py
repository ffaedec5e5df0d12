"""The activations as ONNX operators that runtimes have for float and for double."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import SettingError
from ..network.activations import LEAK, SATURATED, SELU_ALPHA, SELU_SCALE
from .onnx_nodes import Graph


class Calculator:
    """A graph that writes formulas: its methods take names of values, or numbers, and give the name of the result."""

    def __init__(self, graph: Graph, real: np.dtype[Any]) -> None:
        self.graph, self.real = graph, real

    def __call__(self, operator: str, *values: str | float, **attributes: Any) -> str:
        """The output of a node; numbers become constants of the network's type."""
        names = [v if isinstance(v, str) else self.graph.constant(self.real.type(v)) for v in values]
        return self.graph.add(operator, *names, **attributes)


def activate(graph: Graph, name: str, z: str, real: np.dtype[Any]) -> str:
    """f(z).

    Raises
    ------
    SettingError
        If ONNX Runtime has no operator for it.
    """
    if name == "gelu" and real == np.float64:
        raise SettingError(
            "gelu in float64 has no operator in ONNX Runtime, which knows Erf for float32 alone. Export to C or NumPy, "
            "or train with dtype='float32' or another activation.",
            error_id="E305",
        )
    return z if name == "identity" else FORMULAS[name](Calculator(graph, real), z)


def _elu(on: Calculator, z: str, scale: float = 1.0, alpha: float = 1.0) -> str:
    below = on("Mul", on("Sub", on("Exp", on("Min", z, 0)), 1), alpha)
    return on("Mul", on("Where", on("Greater", z, 0), z, below), scale)


def _softplus(on: Calculator, z: str) -> str:
    tail = on("Log", on("Add", on("Exp", on("Neg", on("Abs", z))), 1))
    return on("Add", on("Max", z, 0), tail)


def _gelu(on: Calculator, z: str) -> str:
    return on("Mul", on("Mul", z, 0.5), on("Add", on("Erf", on("Mul", z, 0.5**0.5)), 1))


def _mish(on: Calculator, z: str) -> str:
    u = on("Exp", on("Min", z, SATURATED))
    top = on("Mul", u, on("Add", u, 2))
    return on("Mul", z, on("Div", top, on("Add", top, 2)))


FORMULAS: dict[str, Callable[[Calculator, str], str]] = {
    "relu": lambda on, z: on("Relu", z),
    "leaky_relu": lambda on, z: on("Max", z, on("Mul", z, LEAK)),
    "elu": _elu,
    "selu": lambda on, z: _elu(on, z, SELU_SCALE, SELU_ALPHA),
    "sigmoid": lambda on, z: on("Sigmoid", z),
    "tanh": lambda on, z: on("Tanh", z),
    "softplus": _softplus,
    "gelu": _gelu,
    # not z Sigmoid(z): older ONNX Runtimes join the two to an operator that they have for float alone
    "silu": lambda on, z: on("Div", z, on("Add", on("Exp", on("Neg", z)), 1)),
    "mish": _mish,
    "exp": lambda on, z: on("Exp", z),
    "softmax": lambda on, z: on("Softmax", z, axis=1),
}
