"""BLAS with one thread, so that the bits of a product do not depend on how many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Event, Lock, Thread
from typing import Any

import scipy.linalg.cython_blas  # noqa: F401  the BLAS of compiled code: loaded now, so that it is among those limited
from threadpoolctl import ThreadpoolController


class _Keeper:
    """Holds the limit for all Python threads, in a thread of its own: what one thread has limited no other can lift."""

    def __init__(self) -> None:
        self.lock, self.n_inside = Lock(), 0

    def enter(self) -> None:
        """Set the limit, unless another context has set it already."""
        with self.lock:
            if self.n_inside == 0:
                is_set, self.is_over = Event(), Event()
                self.thread = Thread(target=self._keep, args=(is_set, self.is_over), daemon=True)
                self.thread.start()
                is_set.wait()
            self.n_inside += 1

    def leave(self) -> None:
        """Lift the limit, unless another context still needs it."""
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                self.is_over.set()
                self.thread.join()

    @staticmethod
    def _keep(is_set: Event, is_over: Event) -> None:
        with _limit():
            is_set.set()
            is_over.wait()


_KEEPER = _Keeper()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context, or a decorator, in which matrix products run in the calling thread alone.

    BLAS may cut a product differently for each number of threads, and then sums round differently. With one thread
    training gives the same bits on any machine of one kind. Contexts may overlap in several Python threads: the first
    to begin sets the limit for all, the last to end lifts it. Each sets it for its own thread besides: BLAS on OpenMP
    counts for each thread, and a thread that has limited BLAS before is the only one that is heeded.
    """
    _KEEPER.enter()
    try:
        with _limit():
            yield
    finally:
        _KEEPER.leave()


def _limit() -> Any:
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
