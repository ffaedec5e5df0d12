"""`--threads N`: how many processor threads a command may use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import SettingError
from .failures import say

LIMIT = "LOKY_MAX_CPU_COUNT"  # read by joblib's cpu_count(), by which members are trained side by side


@contextmanager
def at_most(n_threads: int) -> Iterator[None]:
    """A context in which networks, matrix products and readers of tables use so many threads at most.

    The numbers that come out are the same whatever it is.

    Raises
    ------
    SettingError
        If it is no whole number above 0.
    """
    if n_threads < 1:
        raise SettingError(say(f"--threads {n_threads} is not a whole number above 0", fix="leave it out to use all"))
    import pyarrow
    from threadpoolctl import threadpool_limits

    before, readers = os.environ.get(LIMIT), pyarrow.cpu_count()
    os.environ[LIMIT] = str(n_threads)
    pyarrow.set_cpu_count(n_threads)
    try:
        with threadpool_limits(n_threads):
            yield
    finally:
        pyarrow.set_cpu_count(readers)
        if before is None:
            del os.environ[LIMIT]
        else:
            os.environ[LIMIT] = before
