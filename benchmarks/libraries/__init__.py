"""One file per library. Each has `prepare(work, data)`, which returns a trainer or raises Skip with the reason."""

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from glassnet.network.arrays import Array

from ..works import Data, Work


class Skip(Exception):
    """This library cannot do this work, and why."""


class Trainer(Protocol):
    """A network in training. `compile_seconds` is what the first epoch took more than a later one."""

    compile_seconds: float

    def reset(self) -> None:
        """Back to the first weights and an empty memory."""

    def epoch(self) -> None:
        """One step for each batch, in the order of the data; returns when all is computed."""

    def theta(self) -> Array:
        """All weights and biases, laid out as glassnet lays them out."""


# name in the table: (file here, package that it needs)
LIBRARIES = {
    "glassnet": ("ours", "glassnet"),
    "JAX scan": ("jax_scan", "jax"),
    "PyTorch": ("torch_eager", "torch"),
    "torch.compile": ("torch_compiled", "torch"),
    "scikit-learn": ("sklearn_mlp", "sklearn"),
}


def is_installed(library: str) -> bool:
    return find_spec(LIBRARIES[library][1]) is not None


def prepare(library: str, work: Work, data: Data) -> Trainer:
    trainer: Trainer = import_module(f".{LIBRARIES[library][0]}", __name__).prepare(work, data)
    return trainer
