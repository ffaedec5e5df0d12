"""A file is replaced in one step: whoever looks sees the old one or the new one, never a half."""

import os
import stat
import uuid
from collections.abc import Iterable
from glob import escape
from pathlib import Path

from ..errors import OutputError

HEX_DIGITS = 12  # random ones in the name of a temporary file
Data = bytes | Iterable[bytes]


def write_atomically(path: str | Path, data: Data) -> None:
    """Write data (or its parts) to a temporary file in the same folder, flush it to the disk, and give it its name.

    A link stays a link. Pipes and devices are written to as they are: they hold nothing to keep whole.

    Raises
    ------
    OutputError
        If that fails; an older file of that name is then left as it was, and the temporary one is gone.
    """
    path = Path(path)
    try:
        target = path.resolve()
        if target.exists() and not target.is_dir() and not stat.S_ISREG(target.stat().st_mode):
            with open(target, "wb") as file:
                file.writelines(_parts(data))
            return
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        _replace(target, data)
    except (OSError, RuntimeError) as reason:  # RuntimeError: links that go round in a circle
        why = getattr(reason, "strerror", None) or str(reason)
        raise OutputError(
            f"{str(path)!r} cannot be written: {why}. Nothing there was changed. Choose another folder or "
            "name, or make room and permissions.",
            error_id="E501",
        ) from reason


def remove_halves(path: str | Path) -> None:
    """Remove what a killed process left behind while it wrote this file; nobody else may be writing it now."""
    target = Path(path).resolve()
    for half in target.parent.glob(f".{escape(target.name[:100])}.{'[0-9a-f]' * HEX_DIGITS}.tmp"):
        half.unlink(missing_ok=True)


def _parts(data: Data) -> Iterable[bytes]:
    return (data,) if isinstance(data, bytes) else data


def _replace(target: Path, data: Data) -> None:
    new = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex[:HEX_DIGITS]}.tmp")
    try:
        with open(new, "xb") as file:
            file.writelines(_parts(data))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            new.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(new, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
