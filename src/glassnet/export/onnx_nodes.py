"""A graph of ONNX operators that grows node by node."""

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
    """Nodes in the order of their computation. No column is called as a value (v0), a constant (c0) or a node (n0)."""

    def __init__(self, taken: set[str]) -> None:
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.constants: list[Any] = []
        self.taken = taken

    def _name(self, letter: str, number: int) -> str:
        name = f"{letter}{number}"
        while name in self.taken:
            name += "_"
        return name

    def input(self, name: str, dtype: str, width: int) -> str:
        """A matrix (n, width) that the user hands in."""
        from onnx import helper

        self.inputs.append(helper.make_tensor_value_info(name, TYPES[dtype], ["n", width]))
        return name

    def constant(self, values: Any) -> str:
        """A fixed array of numbers, or of texts (dtype object)."""
        from onnx import helper, numpy_helper

        array, name = np.asarray(values), self._name("c", len(self.constants))
        if array.dtype == object:
            texts = [text.encode() for text in array.ravel().tolist()]
            tensor = helper.make_tensor(name, TYPES["string"], array.shape, texts)
        else:
            tensor = numpy_helper.from_array(np.array(array, order="C"), name)
        self.constants.append(tensor)
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", unused: int = 0, **attributes: Any) -> str:
        """The first output of a new node, which may have others that nobody uses."""
        from onnx import helper

        node, value = (self._name(letter, len(self.nodes)) for letter in "nv")
        outputs = [value, *(f"{value}_{k}" for k in range(unused))]
        self.nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, name=node, **attributes))
        return value

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
            self.nodes.append(helper.make_node("Identity", [value], [name], name=f"n{len(self.nodes)}"))
            ends.append(helper.make_tensor_value_info(name, TYPES[dtype], ["n", width] if width else ["n"]))
        graph = helper.make_graph(self.nodes, "glassnet", self.inputs, ends, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="glassnet")
        model.producer_version = __version__
        helper.set_model_props(model, metadata)
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
