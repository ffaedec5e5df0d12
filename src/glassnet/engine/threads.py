"""BLAS with one thread, so that the bits of a product do not depend on how many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import scipy.linalg.cython_blas  # noqa: F401  the BLAS of compiled code: loaded now, so that it is among those limited
from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context, or a decorator, in which matrix products run in the calling thread alone.

    BLAS may cut a product differently for each number of threads, and then sums round differently. With one thread
    training gives the same bits on any machine of one kind.

    The setting belongs to the process: of contexts that overlap in several Python threads, the first to end lifts it
    for all. Train in several processes, or hold `threadpool_limits(1)` around all threads.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
