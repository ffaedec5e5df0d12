"""A graph of ONNX operators that grows node by node."""

from collections.abc import Callable, Sequence
from functools import reduce
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
        self.n_nodes = 0  # also those inside of loops

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

        node, value = (self._name(letter, self.n_nodes) for letter in "nv")
        self.n_nodes += 1
        outputs = [value, *(f"{value}_{k}" for k in range(unused))]
        self.nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, name=node, **attributes))
        return value

    def cast(self, value: str, dtype: str) -> str:
        """The value in another type."""
        return self.add("Cast", value, to=TYPES[dtype])

    def squeeze(self, value: str) -> str:
        """(n, 1) as (n,)."""
        return self.add("Squeeze", value, self.constant([1]))

    def sum(self, values: Sequence[str]) -> str:
        """The values added one after the other."""
        return reduce(lambda total, value: self.add("Add", total, value), values)

    def repeat(self, n: int, step: Callable[..., Sequence[str]], state: Sequence[str]) -> list[str]:
        """State after n steps, each a function from names of values, matrices of doubles, to names of the next."""
        from onnx import helper

        times, go_on = self.constant(n), self.constant(True)
        number, outside, self.nodes = self.n_nodes, self.nodes, []
        names = [self._name(letter, number) for letter in ("i", "t", *(f"s{k}_" for k in range(len(state))))]
        kinds = [(TYPES["int64"], []), (TYPES["bool"], []), *[(TYPES["float64"], ["n", None])] * len(state)]
        inputs = [helper.make_tensor_value_info(name, *kind) for name, kind in zip(names, kinds, strict=True)]
        last = [self.add("Identity", names[1]), *step(*names[2:])]
        ends = [helper.make_tensor_value_info(name, *kind) for name, kind in zip(last, kinds[1:], strict=True)]
        body, self.nodes = helper.make_graph(self.nodes, f"loop{number}", inputs, ends), outside
        first = self.add("Loop", times, go_on, *state, unused=len(state) - 1, body=body)
        return [first, *(f"{first}_{k}" for k in range(len(state) - 1))]

    def model(self, outputs: dict[str, tuple[str, str, int]], metadata: dict[str, str]) -> bytes:
        """The finished file. outputs : {name: (value, type, columns, or 0 for a single dimension)}."""
        from onnx import checker, helper

        ends: list[Any] = []
        for name, (value, dtype, width) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value], [name], name=self._name("o", len(ends))))
            ends.append(helper.make_tensor_value_info(name, TYPES[dtype], ["n", width] if width else ["n"]))
        graph = helper.make_graph(self.nodes, "glassnet", self.inputs, ends, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="glassnet")
        model.producer_version = __version__
        helper.set_model_props(model, metadata)
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())
