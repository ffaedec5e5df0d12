"""A folder belongs to one process while it writes into it; others are refused, and never mix their files with its."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError

try:
    import fcntl
except ImportError:  # Windows, which does not lock folders; there new folders alone are safe, by their making
    fcntl = None  # type: ignore[assignment]

TAKEN = (errno.EWOULDBLOCK, errno.EACCES)


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """A context in which no other process can claim the existing folder. A process that is killed claims nothing.

    The lock is on the folder itself, so nothing is left behind. Where the file system knows no locks there are none.

    Raises
    ------
    OutputError
        If another process has claimed it.
    """
    if fcntl is None:
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as reason:
            if reason.errno in TAKEN:
                raise OutputError(
                    f"{folder} is being written by another process\n-> wait until it ends, or choose another folder",
                    error_id="E507",
                ) from reason
        yield
    finally:
        os.close(place)  # ends the lock
