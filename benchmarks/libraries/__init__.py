"""One file per library. Each has `prepare(work, data)`, which returns a trainer or raises Skip with the reason."""

from ctypes.util import find_library
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from glassnet.network.arrays import Array

from ..ensembles import Ensemble, EnsembleData
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


class Library(NamedTuple):
    """The file here, what it needs (a Python package, or a library in C), and how to get that."""

    file: str
    needs: str
    get: str
    is_c: bool = False


LIBRARIES = {  # for the steps of one network
    "glassnet": Library("ours", "glassnet", "pip install -e ."),
    "JAX scan": Library("jax_scan", "jax", "pip install jax"),
    "PyTorch": Library("torch_eager", "torch", "pip install torch"),
    "torch.compile": Library("torch_compiled", "torch", "pip install torch"),
    "torch.compile x 10": Library("torch_unrolled", "torch", "pip install torch"),
    "scikit-learn": Library("sklearn_mlp", "sklearn", "pip install scikit-learn"),
    "FANN": Library("fann", "fann", "apt-get install libfann-dev", is_c=True),
}
MEMBERS = {  # for many networks at once
    "glassnet": Library("members_ours", "glassnet", "pip install -e ."),
    "glassnet, one by one": Library("members_alone", "glassnet", "pip install -e ."),
    "JAX vmap": Library("members_jax", "jax", "pip install jax"),
    "JAX map": Library("members_jax_map", "jax", "pip install jax"),
    "PyTorch vmap": Library("members_torch", "torch", "pip install torch"),
}


def is_installed(library: str) -> bool:
    _, needs, _, is_c = (LIBRARIES | MEMBERS)[library]
    return (find_library if is_c else find_spec)(needs) is not None


def how_to_get(library: str) -> str:
    """One line of words for where its results would stand."""
    return f"{library} is not installed ({(LIBRARIES | MEMBERS)[library].get})"


def prepare(library: str, work: Work | Ensemble, data: Data | EnsembleData) -> Trainer:
    table = MEMBERS if isinstance(work, Ensemble) else LIBRARIES
    trainer: Trainer = import_module(f".{table[library].file}", __name__).prepare(work, data)
    return trainer
