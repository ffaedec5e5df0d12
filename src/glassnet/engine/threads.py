"""BLAS with one thread, so that the bits of a product do not depend on how many there are."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock

import scipy.linalg.cython_blas  # noqa: F401  the BLAS of compiled code: loaded now, so that it is among those limited
from threadpoolctl import ThreadpoolController


class _Limit:
    """One limit for the whole process: BLAS has a single setting, whichever Python thread asks for it."""

    def __init__(self) -> None:
        self.lock, self.n_inside, self.stack = Lock(), 0, ExitStack()

    def enter(self) -> None:
        """Set the limit, unless another context has set it already."""
        with self.lock:
            if self.n_inside == 0:
                self.stack.enter_context(_controller().limit(limits=1, user_api="blas"))
            self.n_inside += 1

    def leave(self) -> None:
        """Lift the limit, unless another context still needs it."""
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                self.stack.close()


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context, or a decorator, in which matrix products run in the calling thread alone.

    BLAS may cut a product differently for each number of threads, and then sums round differently. With one thread
    training gives the same bits on any machine of one kind. Contexts may overlap in several Python threads: the first
    to begin sets the limit, the last to end lifts it.
    """
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
