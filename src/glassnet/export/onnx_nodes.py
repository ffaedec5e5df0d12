"""A graph of ONNX operators that grows node by node, and the activations as such nodes."""

from typing import Any

import numpy as np

from .. import __version__
from ..errors import SettingError

OPSET, ML_OPSET, IR = 17, 3, 8  # of 2022: old enough for every runtime in use
TYPES = {"float32": 1, "int64": 7, "string": 8, "bool": 9, "float64": 11}  # as TensorProto numbers them


def require_extra() -> None:
    """Raise SettingError unless the packages that write and check ONNX are here."""
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("onnx", "onnxruntime")):
        raise SettingError('export to ONNX needs the extra "onnx": pip install "glassnet[onnx]"', error_id="E304")


class Graph:
    """Nodes in the order of their computation. Values have names of our own, which no column has."""

    def __init__(self, taken: set[str]) -> None:
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.constants: list[Any] = []
        self.stem = "v"
        while any(name.startswith(self.stem) for name in taken):
            self.stem += "_"

    def _name(self) -> str:
        return f"{self.stem}{len(self.nodes) + len(self.constants)}"

    def input(self, name: str, dtype: str, width: int) -> str:
        """A matrix (n, width) that the user hands in."""
        from onnx import helper

        self.inputs.append(helper.make_tensor_value_info(name, TYPES[dtype], ["n", width]))
        return name

    def constant(self, values: Any) -> str:
        """A fixed array of numbers, or of texts (dtype object)."""
        from onnx import helper, numpy_helper

        array, name = np.asarray(values), self._name()
        if array.dtype == object:
            texts = [text.encode() for text in array.ravel().tolist()]
            tensor = helper.make_tensor(name, TYPES["string"], array.shape, texts)
        else:
            tensor = numpy_helper.from_array(np.array(array, order="C"), name)
        self.constants.append(tensor)
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """The output of a new node."""
        from onnx import helper

        name = self._name()
        self.nodes.append(helper.make_node(operator, inputs, [name], domain=domain, name=name, **attributes))
        return name

    def cast(self, value: str, dtype: str) -> str:
        """The value in another type."""
        return self.add("Cast", value, to=TYPES[dtype])

    def squeeze(self, value: str) -> str:
        """(n, 1) as (n,)."""
        return self.add("Squeeze", value, self.constant(np.array([1])))

    def model(self, outputs: dict[str, tuple[str, str, int]], metadata: dict[str, str]) -> bytes:
        """The finished file. outputs : {name: (value, type, columns, or 0 for a single dimension)}."""
        from onnx import checker, helper

        ends = []
        for name, (value, dtype, width) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value], [name], name=name))
            ends.append(helper.make_tensor_value_info(name, TYPES[dtype], ["n", width] if width else ["n"]))
        graph = helper.make_graph(self.nodes, "glassnet", self.inputs, ends, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="glassnet")
        model.producer_version = __version__
        helper.set_model_props(model, metadata)
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def activate(graph: Graph, name: str, z: str, real: np.dtype[Any]) -> str:
    """f(z) from operators that runtimes have for float and double."""

    def number(value: float) -> str:
        return graph.constant(real.type(value))

    if name == "identity":
        return z
    if name == "softmax":
        return graph.add("Softmax", z, axis=1)
    if name in SINGLE:
        return graph.add(SINGLE[name], z)
    if name == "leaky_relu":
        return graph.add("Max", z, graph.add("Mul", z, number(0.01)))
    if name in ("elu", "selu"):
        return _elu(graph, z, number, *((1.0507009873554805, 1.6732632423543772) if name == "selu" else (1.0, 1.0)))
    if name == "softplus":
        tail = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
        return graph.add("Add", graph.add("Max", z, number(0)), graph.add("Log", graph.add("Add", tail, number(1))))
    if name == "gelu":
        half = graph.add("Erf", graph.add("Mul", z, number(0.5**0.5)))
        return graph.add("Mul", graph.add("Mul", z, number(0.5)), graph.add("Add", half, number(1)))
    if name == "silu":
        return graph.add("Mul", z, graph.add("Sigmoid", z))
    u = graph.add("Exp", graph.add("Min", z, number(40)))  # mish
    top = graph.add("Mul", u, graph.add("Add", u, number(2)))
    return graph.add("Mul", z, graph.add("Div", top, graph.add("Add", top, number(2))))


SINGLE = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "exp": "Exp"}


def _elu(graph: Graph, z: str, number: Any, scale: float, alpha: float) -> str:
    below = graph.add("Sub", graph.add("Exp", graph.add("Min", z, number(0))), number(1))
    bent = graph.add("Where", graph.add("Greater", z, number(0)), z, graph.add("Mul", below, number(alpha)))
    return graph.add("Mul", bent, number(scale))
