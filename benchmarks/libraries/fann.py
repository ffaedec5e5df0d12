"""FANN, the C library of 2003: incremental training, a whole epoch in one call of fann_train_epoch.

FANN adds learning_rate f'(z) (y - z) a to a weight, which is our step once its error function is the linear one. Its
"sigmoid" is 1 / (1 + exp(-2 steepness z)), so a steepness of 1/2 gives ours. It has no ReLU (as of 2.2), and it takes a
for at least 0.01 and at most 0.99 in the slope a (1 - a); the networks here stay between.
"""

import re
from ctypes import CDLL, CFUNCTYPE, POINTER, c_char_p, c_float, c_uint, c_void_p
from ctypes.util import find_library
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from glassnet.network.arrays import Array

from ..works import Data, Work
from . import Skip

LINEAR, SIGMOID, INCREMENTAL, LINEAR_ERROR = 0, 3, 0, 0  # FANN's numbers for its names
CONNECTION = np.dtype([("from", np.uint32), ("to", np.uint32), ("weight", np.float32)])
FILL = CFUNCTYPE(None, c_uint, c_uint, c_uint, POINTER(c_float), POINTER(c_float))


class Fann:
    compile_seconds = 0.0

    def __init__(self, work: Work, data: Data) -> None:
        if (work.optimizer, work.batch_size, work.activation) != ("sgd", 1, "sigmoid"):
            raise Skip("FANN trains per sample, without ReLU and softmax")
        self.work, self.data, self.library = work, data, CDLL(find_library("fann"))
        X, Y = data.in_order()

        def fill(row: int, n: int, m: int, x: Any, y: Any) -> None:
            np.ctypeslib.as_array(x, (n,))[:] = X[row]
            np.ctypeslib.as_array(y, (m,))[:] = Y[row]

        create = "fann_create_train_from_callback"
        self.rows = self._call(create, *map(c_uint, (len(X), X.shape[1], Y.shape[1])), FILL(fill), result=c_void_p)
        self.net = None
        self.reset()

    def reset(self) -> None:
        """A new network that has the first weights, through FANN's own file: it can set them one by one only."""
        self._call("fann_destroy", c_void_p(self.net))
        sizes = self.work.sizes
        blank = self._call("fann_create_standard_array", len(sizes), (c_uint * len(sizes))(*sizes), result=c_void_p)
        for function, hidden, output in (("function", SIGMOID, LINEAR), ("steepness", c_float(0.5), c_float(1))):
            self._call(f"fann_set_activation_{function}_hidden", c_void_p(blank), hidden)
            self._call(f"fann_set_activation_{function}_output", c_void_p(blank), output)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "net"
            self._call("fann_save", c_void_p(blank), c_char_p(bytes(file)))
            file.write_text(self._with_weights(file.read_text()))
            self.net = self._call("fann_create_from_file", c_char_p(bytes(file)), result=c_void_p)
        self._call("fann_destroy", c_void_p(blank))
        self._set("training_algorithm", INCREMENTAL)
        self._set("train_error_function", LINEAR_ERROR)
        self._set("learning_rate", c_float(self.work.eta))
        self._set("learning_momentum", c_float(0))

    def epoch(self) -> None:
        self._call("fann_train_epoch", c_void_p(self.net), c_void_p(self.rows), result=c_float)

    def theta(self) -> Array:
        connections = np.empty(self.work.architecture.n_parameters, CONNECTION)
        self._call("fann_get_connection_array", c_void_p(self.net), c_void_p(connections.ctypes.data))
        parts, start = [], 0
        for W, b in self.work.architecture.layers(self.data.theta).values():
            end = start + W.size + b.size
            parts.append(connections["weight"][start:end].reshape(b.size, -1).T.ravel())
            start = end
        return np.concatenate(parts)

    def _with_weights(self, file: str) -> str:
        """The text of a saved network with our weights: for each neuron those from the layer below, then its bias."""
        layers = self.work.architecture.layers(self.data.theta).values()
        weights = iter(np.concatenate([np.vstack([W, b]).T.ravel() for W, b in layers]).tolist())
        head, connections = file.split("\nconnections ")
        return f"{head}\nconnections " + re.sub(r"(?<=\d, )[^)]+", lambda _: f"{next(weights):.9e}", connections)

    def _set(self, setting: str, value: Any) -> None:
        self._call(f"fann_set_{setting}", c_void_p(self.net), value)

    def _call(self, function: str, *arguments: Any, result: Any = None) -> Any:
        called = getattr(self.library, function)
        called.restype = result
        return called(*arguments)


prepare = Fann
