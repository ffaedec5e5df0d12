"""The model file: safetensors for the numbers, JSON beside them for everything that has a name.

A file holds theta, the scaling of columns and targets, the settings, the classes and the curves of training; of
categories the names of their levels. It holds no row of the training table, and reading it makes arrays, numbers and
texts: it never runs code, as a pickle would.
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from .. import __version__
from ..errors import GlassNetError, ModelFileError, OutputError
from ..estimators.base import GlassNetBase
from ..estimators.state import State, architectures_in, restored, state_of
from ..network.architecture import Architecture
from ..network.arrays import Array
from ..table.state import encoder_from
from .atomic import write_atomically
from .plain import from_json, to_json

KEY = "glassnet"  # the one entry of the metadata, so that the bytes do not depend on an order
FORMAT_VERSION = OLDEST_VERSION = 3  # older ones were never released
TENSORS = ("theta", "inputs.mean", "inputs.scale", "targets.shift", "targets.size")
# What values of a wrong kind, length or depth lead to, wherever they are used first.
MAKES_NO_MODEL = (
    GlassNetError,
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(RecursionError, MemoryError),
)
LARGEST_HEADER = 100_000_000  # bytes; safetensors' own limit


def save_model(model: GlassNetBase, path: str | Path) -> None:
    """Write a fitted model to a file that `load` reads. An older file is replaced in one step, or left as it was.

    Callbacks, metadata requests and a random_state that is neither a whole number nor None are not kept.

    Raises
    ------
    OutputError
        If the file cannot be written, or a setting or class is of a kind that a model file cannot hold.
    sklearn.exceptions.NotFittedError
        If the model was not trained yet.
    """
    state = state_of(model)
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in state.tensors.items()}
    facts = dict(state.facts)
    classes = facts["targets"].get("classes_")
    if isinstance(classes, np.ndarray) and classes.dtype.kind in "biuf":
        tensors["classes"] = classes
        facts["targets"] = {name: value for name, value in facts["targets"].items() if name != "classes_"}
    head = {"format": "glassnet", "format_version": FORMAT_VERSION, "versions": _versions()}
    try:
        data = to_safetensors(tensors, {KEY: to_json(head | facts)})
    except (TypeError, ValueError) as reason:
        raise OutputError(
            f"this model cannot be written to a file: {reason}. A model file holds numbers and texts. Give settings "
            "and classes as such.",
            error_id="E503",
        ) from reason
    write_atomically(path, data)


def load(path: str | Path) -> Any:
    """The model that `save` wrote, ready to predict: the same bits as before.

    `partial_fit`, and `fit` with warm_start=True, go on from its weights. The optimizer's memory is not in the file, so
    it starts anew. Nothing in the file is run.

    Warns
    -----
    UserWarning
        If another minor version of glassnet wrote the file: it can be read, but defaults may have changed since.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, of another program, or written in a newer format.
    """
    path = Path(path)
    text, tensors = _read(path)
    facts = _facts(path, text)
    if "classes" in tensors:
        facts["targets"]["classes_"] = tensors["classes"]
    try:
        _check_shapes(path, facts, tensors)
        model = restored(State(tensors, facts))
        writer = str(facts["versions"]["glassnet"])
    except ModelFileError:
        raise
    except MAKES_NO_MODEL as reason:
        raise _damaged(path, f"its description does not make a model ({type(reason).__name__}: {reason})") from reason
    _warn_of_other_version(path, writer)
    return model


def _versions() -> dict[str, str]:
    return {"glassnet": __version__, "numpy": np.__version__, "scikit-learn": version("scikit-learn")}


def _read(path: Path) -> tuple[str, dict[str, Array]]:
    """The description and the tensors in the file."""
    if not path.exists():
        raise ModelFileError(
            f"{str(path)!r} does not exist. A model file is what save writes. Check the name and the folder.",
            error_id="E701",
        )
    try:
        with open(path, "rb") as file:
            start = file.read(9)
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if KEY not in metadata:
                raise _foreign(path, "it is a safetensors file of another program")
            tensors = {name: np.array(file.get_tensor(name)) for name in file.keys()}
    except ModelFileError:
        raise
    except OSError as reason:
        why = "is a folder. Name the file in it" if path.is_dir() else f"cannot be read: {reason.strerror or reason}"
        raise ModelFileError(f"{str(path)!r} {why}.", error_id="E701") from reason
    except (SafetensorError, TypeError, ValueError) as reason:
        raise _unreadable(path, start, str(reason)) from reason
    return metadata[KEY], tensors


def _facts(path: Path, text: str) -> dict[str, Any]:
    """The description as values, once its format is known to be one that we read."""
    try:
        head = json.loads(text)
        _check_version(path, int(head["format_version"]), str(head["versions"]["glassnet"]))
        facts = from_json(text)
        assert isinstance(facts["targets"], dict)
    except ModelFileError:
        raise
    except MAKES_NO_MODEL as reason:
        raise _damaged(path, f"its description cannot be read ({type(reason).__name__}: {reason})") from reason
    return dict(facts)


def _check_shapes(path: Path, facts: dict[str, Any], tensors: dict[str, Array]) -> None:
    """Every tensor is there, fits its member's architecture, and holds finite numbers."""
    architectures = architectures_in(facts)
    if not architectures:
        raise _damaged(path, "it holds no network")
    for k, (architecture, member) in enumerate(zip(architectures, facts["members"], strict=True)):
        _check_member(path, k, architecture, member, tensors)
        n_targets = tensors[f"{k}.targets.size"].size
        _check_targets(path, facts, n_targets, architecture.sizes[-1])
        _check_columns(path, facts["columns"], member, architecture)


def _check_version(path: Path, found: int, writer: str) -> None:
    if OLDEST_VERSION <= found <= FORMAT_VERSION:
        return
    if found > FORMAT_VERSION:
        known, advice = f"up to format version {FORMAT_VERSION}", "Install a newer one: pip install --upgrade glassnet"
    else:
        known, advice = f"format versions from {OLDEST_VERSION} on", "Train the model again."
    raise ModelFileError(
        f"{str(path)!r} has format version {found}, written by glassnet {writer}. This is glassnet {__version__}, "
        f"which reads {known}. {advice}",
        error_id="E704",
    )


def _check_member(
    path: Path, k: int, architecture: Architecture, member: dict[str, Any], tensors: dict[str, Array]
) -> None:
    n_in, n_bins = architecture.bins.count(0) or architecture.sizes[0], tuple(filter(None, architecture.bins))
    n_targets = tensors[f"{k}.targets.size"].size if f"{k}.targets.size" in tensors else 1
    sizes = dict(zip(TENSORS, (architecture.n_parameters, n_in, n_in, n_targets, n_targets), strict=True))
    sizes |= {f"edges.{place}": T + 1 for place, T in enumerate(n_bins)}
    for name, size in sizes.items():
        if f"{k}.{name}" not in tensors:
            raise _damaged(path, f"the tensor {f'{k}.{name}'!r} is missing")
        tensor = tensors[f"{k}.{name}"]
        if tensor.shape != (size,):
            raise _misfit(path, f"the network {architecture} needs {size} numbers in {name!r}, found {tensor.shape}")
        if tensor.dtype.kind != "f" or not np.isfinite(tensor).all():
            raise ModelFileError(
                f"{str(path)!r} holds numbers in {name!r} that are not finite. They would spoil every prediction. "
                "Train again, or take an older copy.",
                error_id="E706",
            )
    theta, dtype = tensors[f"{k}.theta"], member["program"]["dtype"]
    if theta.dtype.name != dtype:
        raise _misfit(path, f"'theta' is {theta.dtype.name}, described as {dtype!r}")
    if len(member["bins"] or ()) != len(n_bins) or any(not 0 <= column < n_in for column in member["bins"] or ()):
        raise _misfit(path, f"the network {architecture} has bins for other columns than the file describes")


def _check_columns(path: Path, columns: dict[str, Any], member: dict[str, Any], architecture: Architecture) -> None:
    """The network takes the columns of the table, or the numbers that an encoder makes of them."""
    encoder, n_in = member["table"], architecture.bins.count(0) or architecture.sizes[0]
    n_columns, n_numbers = (n_in, n_in) if encoder is None else _sizes(encoder)
    names = columns["names"]
    if names is not None and not all(isinstance(name, str) for name in names):
        raise _damaged(path, "a column's name is no text")
    if n_numbers != n_in or columns["count"] != n_columns or (names is not None and len(names) != n_columns):
        inputs = "columns" if encoder is None else "numbers from an encoder"
        raise _misfit(path, f"the network takes {n_in} {inputs}, the file describes another number")


def _sizes(facts: dict[str, Any]) -> tuple[int, int]:
    encoder = encoder_from(facts)
    return len(encoder.choices), len(encoder.outputs)


def _check_targets(path: Path, facts: dict[str, Any], n_targets: int, n_out: int) -> None:
    """Outputs belong to targets, and classes to outputs."""
    targets, is_classifier = facts["targets"], facts["class"] == "GlassNetClassifier"
    if type(targets["_is_multilabel" if is_classifier else "_y_is_flat"]) is not bool:
        raise _damaged(path, "it does not say whether targets have one dimension or two")
    if not n_targets or n_out % n_targets:
        raise _misfit(path, f"{n_out} outputs cannot belong to {n_targets} targets")
    if not is_classifier:
        return
    if not isinstance(targets["classes_"], np.ndarray) or targets["classes_"].ndim != 1:
        raise _damaged(path, "its classes are no list of values")
    n_classes = len(targets["classes_"])
    expected = n_classes if targets["_is_multilabel"] or n_classes > 2 else 1
    if n_out != expected:
        raise _misfit(path, f"{n_classes} classes need {expected} outputs, the network has {n_out}")


def _unreadable(path: Path, start: bytes, reason: str) -> ModelFileError:
    """Cut short, or never a model file: the first nine bytes of safetensors are a length and a brace."""
    looks_right = len(start) == 9 and start[8:] == b"{" and int.from_bytes(start[:8], "little") <= LARGEST_HEADER
    if looks_right:
        return _damaged(path, f"it is cut short or was changed ({reason})")
    if not start:
        return _damaged(path, "it is empty")
    if start[:1] == b"\x80":
        return _foreign(path, "it looks like a pickle, which could run any code when it is read")
    return _foreign(path, "it is not safetensors")


def _foreign(path: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"{str(path)!r} is no model file of glassnet: {what}. Name a file that model.save or `glassnet train` wrote.",
        error_id="E702",
    )


def _damaged(path: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"{str(path)!r} is damaged: {what}. Copy it again from where it was made, or train again.", error_id="E703"
    )


def _misfit(path: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"{str(path)!r} does not fit together: {what}. The file was changed after it was written. Take an older "
        "copy, or train again.",
        error_id="E705",
    )


def _warn_of_other_version(path: Path, writer: str) -> None:
    if writer.split(".")[:2] != __version__.split(".")[:2]:
        warnings.warn(
            f"{str(path)!r} was written by glassnet {writer}, this is {__version__}. Predictions are the same; "
            "settings that the file does not name have the defaults of this version.",
            UserWarning,
            stacklevel=3,
        )
