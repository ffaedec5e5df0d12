"""The file of a checkpoint: every network of a fit that has begun, as safetensors with JSON; nothing in it is run.

docs/resume.md lists what is in it. The newest two are kept, as NAME and NAME.before. A file carries a SHA-256 of its
content: where the newest one was damaged, by a disk that lost its power say, the one before it takes its place.
"""

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from .. import __version__
from ..errors import ModelFileError, OutputError
from ..network.arrays import Array
from ..training.checkpoint import Identity, Snapshot
from .atomic import remove_halves, write_atomically
from .plain import from_json, to_json

KEY, HASH = "glassnet-checkpoint", "sha256"  # the entries of the metadata
FORMAT_VERSION = 1
UNREADABLE = (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass
class Contents:
    """What a checkpoint holds.

    first : whom the first network of the fit is; None as long as there is none.
    seed : of a fit that was given no seed; None if its settings name one.
    networks : {key of a network's identity: where it stands}
    """

    first: Identity | None = None
    seed: int | None = None
    networks: dict[str, Snapshot] = field(default_factory=dict)


def write(path: Path, contents: Contents) -> None:
    """Write a checkpoint; the one that was there becomes the one before.

    Raises
    ------
    OutputError
        If it cannot be written; the one that was there is then still there, perhaps as the one before.
    """
    tensors = {
        f"{key}/{name}": array for key, kept in contents.networks.items() for name, array in kept.tensors.items()
    }
    facts = {
        "format_version": FORMAT_VERSION,
        "versions": {"glassnet": __version__, "numpy": np.__version__},
        "first": None if contents.first is None else asdict(contents.first),
        "seed": contents.seed,
        "networks": {key: kept.facts for key, kept in contents.networks.items()},
    }
    text = to_json(facts)
    data = to_safetensors(tensors, {KEY: text, HASH: _digest(text, tensors)})
    try:
        if path.exists():
            os.replace(path, before(path))
    except OSError as reason:
        raise OutputError(f"{str(path)!r} cannot be replaced: {reason.strerror}.", error_id="E501") from reason
    write_atomically(path, data)


def read(path: Path) -> Contents:
    """The newest checkpoint that is whole; an empty one if there is none at all.

    Warns
    -----
    UserWarning
        If the newest file is damaged, so that the one before it is taken, or if another glassnet wrote it.

    Raises
    ------
    ModelFileError
        If the files there are all damaged, or the newest is a folder, of another program, or of a newer format.
    """
    remove_halves(path)
    if before(path).exists() and not path.exists():  # the process was killed between two steps of `write`
        os.replace(before(path), path)
    if not path.exists():
        return Contents()
    if path.is_dir():
        raise ModelFileError(f"{str(path)!r} is a folder. Name a file in it for the checkpoint.", error_id="E701")
    try:
        return _read(path)
    except ModelFileError:  # whole, and not ours to replace
        raise
    except UNREADABLE as reason:
        if not before(path).exists():
            raise ModelFileError(
                f"{str(path)!r} cannot be gone on from: it is damaged, or no checkpoint ({reason}). Remove it to begin "
                "anew, or choose another name.",
                error_id="E703",
            ) from reason
    warnings.warn(f"{str(path)!r} is damaged. Training goes on from the checkpoint before it.", UserWarning, 2)
    os.replace(before(path), path)
    return read(path)


def remove(path: Path) -> None:
    """Remove a checkpoint, and the one before it."""
    for file in (path, before(path)):
        file.unlink(missing_ok=True)


def before(path: Path) -> Path:
    """Where the checkpoint before the newest one is."""
    return path.with_name(f"{path.name}.before")


def _read(path: Path) -> Contents:
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        if KEY not in metadata and HASH not in metadata:  # a file of ours that is damaged has one of them still
            raise ModelFileError(
                f"{str(path)!r} is no checkpoint: it is a safetensors file of another kind. Choose another name for "
                "the checkpoint; this file is left as it is.",
                error_id="E702",
            )
        tensors = {name: np.array(file.get_tensor(name)) for name in file.keys()}
    if metadata[HASH] != _digest(metadata[KEY], tensors):
        raise ValueError("its content is not what was written")
    _check_version(path, json.loads(metadata[KEY]))
    facts = from_json(metadata[KEY])
    networks = {key: Snapshot(_part(tensors, key), numbers) for key, numbers in facts["networks"].items()}
    return Contents(facts["first"] and Identity(**facts["first"]), facts["seed"], networks)


def _part(tensors: Mapping[str, Array], key: str) -> dict[str, Array]:
    """The tensors of one network, by their own names."""
    return {name.removeprefix(f"{key}/"): array for name, array in tensors.items() if name.startswith(f"{key}/")}


def _check_version(path: Path, head: dict[str, Any]) -> None:
    found, writer = int(head["format_version"]), str(head["versions"]["glassnet"])
    if found > FORMAT_VERSION:
        raise ModelFileError(
            f"{str(path)!r} has format version {found}, written by glassnet {writer}. This is glassnet {__version__}, "
            f"which reads checkpoints up to format version {FORMAT_VERSION}. Go on with the version that began.",
            error_id="E704",
        )
    if writer != __version__:
        warnings.warn(
            f"{str(path)!r} was written by glassnet {writer}, this is {__version__}. Training goes on, but the last "
            "bits may be others than without the interruption.",
            UserWarning,
            stacklevel=2,
        )


def _digest(text: str, tensors: Mapping[str, Array]) -> str:
    found = sha256(text.encode())
    for name, array in sorted(tensors.items()):
        found.update(f"{name}{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()
