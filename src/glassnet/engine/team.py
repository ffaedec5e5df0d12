"""The epochs of a program as one function, whether one thread takes them or two share their steps."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..network.arrays import Array
from .aligned import aligned_room
from .barrier import new_barrier, open_for_good
from .compiled import compiled
from .program import Program
from .shared import space_needed
from .writer import write_epochs

MOST = 1000  # helping threads at a time: more than anyone has processors


def epochs_of(program: Program, n_threads: int = 1) -> Callable[..., Any]:
    """The compiled function of a program, with the arguments that `write_epochs` states.

    n_threads : how many may share a step if the program is shared, 1 or 2; the bits are the same
    """
    return as_epochs(program, compiled(write_epochs, program), n_threads)


def as_epochs(program: Program, function: Callable[..., Any], n_threads: int = 1) -> Callable[..., Any]:
    """A written function of a program, plain or compiled, with the arguments that all of them have."""
    return Team(program, function, n_threads) if program.is_shared else function


def no_thetas(theta: Array) -> Array:
    """No room for theta behind each epoch, where nobody wants it."""
    return np.empty((0, len(theta)), theta.dtype)


def one_epoch(epochs: Callable[..., Any], theta: Array, memory: Array, *given: Any) -> tuple[float, float, int]:
    """A single epoch by the function of many.

    given : X, Y, weight, order (n_samples,), batch_size, eta (n_steps,), settings, counter, as `write_epochs` has them

    Returns the summed loss, the summed squared length of the gradients, and the number of steps done.
    """
    *rows, order, batch_size, eta, settings, counter = given
    sums = np.empty((1, 2))
    steps = epochs(theta, memory, *rows, order[None], batch_size, eta[None], settings, counter, sums, no_thetas(theta))
    return float(sums[0, 0]), float(sums[0, 1]), steps


@dataclass(frozen=True)
class Team:
    """The function of a shared program with the threads that carry it out; called as any other is."""

    program: Program
    function: Callable[..., Any]
    n_threads: int

    def __call__(self, *given: Any) -> Any:
        """The function's result, which all threads have alike.

        If anything ends a thread before its time, the others no longer wait for it: what they write is of no use.
        """
        from numba import config

        batch_size = given[6]
        is_plain = config.DISABLE_JIT  # type: ignore[attr-defined]  # read from the environment
        n_threads = 1 if is_plain else self.n_threads  # plain Python waits for nobody
        space = aligned_room(space_needed(self.program, batch_size), self.program.dtype)
        barrier, helpers = new_barrier(n_threads), list[Future[Any]]()
        try:
            for thread in range(1, n_threads):
                helpers.append(_threads().submit(self._share, *given, space, barrier, thread))
            return self._share(*given, space, barrier, 0)
        finally:
            open_for_good(barrier)
            for helper in helpers:
                helper.result()

    def _share(self, *given: Any) -> Any:
        try:
            return self.function(*given)
        except BaseException:
            open_for_good(given[-2])
            raise


@cache
def _threads() -> Executor:
    """Threads that stay, because to start one takes as long as some epochs; another is started if none is idle."""
    return ThreadPoolExecutor(MOST, thread_name_prefix="glassnet")


if hasattr(os, "register_at_fork"):  # a process that is forked has none of its parent's threads
    os.register_at_fork(after_in_child=_threads.cache_clear)
