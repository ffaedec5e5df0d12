"""How fast this machine could be: its rate of matrix products, and of loads and stores, on one thread."""

import time
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from .works import Work

SIZES = (256, 512, 1024)  # of square matrices
SECONDS = 0.02  # one repetition


def sgemm_flops_per_second() -> float:
    """Multiplications and additions a second in NumPy's BLAS, at the best of three sizes."""
    return max(_sgemm_rate(n) for n in SIZES)


def bound_seconds(work: Work, sgemm_rate: float) -> float:
    """What a step must take at least: its products at the sgemm rate, or per sample its loads and stores."""
    if work.batch_size > 1:
        return work.flops / sgemm_rate
    return load_store_seconds(work.architecture.n_parameters)


def load_store_seconds(n_parameters: int) -> float:
    """Two loads and a store for each of n_parameters float32 numbers, from the cache level in which that many lie.

    Measured as y += c x with x and y of half that length, twice, in a compiled loop: a per-sample step must load each
    weight for the forward pass, load it again for delta and update, and store it.
    """
    half = -(-n_parameters // 2)
    x, y = np.ones(half, np.float32), np.zeros(half, np.float32)
    run = _compiled_passes()

    def two_passes(n: int) -> None:
        run(x, y, np.float32(1e-9), 2 * n)

    two_passes(1)  # compiles
    return _seconds(two_passes)


def products_seconds(work: Work) -> float:
    """What the products of a step take by themselves, each of its own shape, called from compiled code as we call them.

    Beyond the bound by what BLAS loses on small or thin products. A layer with a single neuron is left out.
    """
    seconds, rows = 0.0, work.batch_size
    for layer, (n, m) in enumerate(pairwise(work.sizes), start=2):
        if m > 1:
            seconds += _product_seconds(rows, n, m) + _product_seconds(n, rows, m, "left")
            seconds += _product_seconds(rows, m, n, "right") if layer > 2 else 0
    return seconds


@cache
def _product_seconds(n: int, k: int, m: int, transposed: str = "") -> float:
    """Seconds of one (n, k) (k, m); the factor on the left or right may be a transposed view."""
    A = np.ones((k, n), np.float32).T if transposed == "left" else np.ones((n, k), np.float32)
    B = np.ones((m, k), np.float32).T if transposed == "right" else np.ones((k, m), np.float32)
    C, run = np.empty((n, m), np.float32), _compiled_products()
    run(A, B, C, 1)  # compiles
    return _seconds(lambda count: run(A, B, C, count))


def _sgemm_rate(n: int) -> float:
    A, B, C = np.ones((n, n), np.float32), np.ones((n, n), np.float32), np.empty((n, n), np.float32)

    def products(count: int) -> None:
        for _ in range(count):
            np.dot(A, B, C)

    return 2 * n**3 / _seconds(products)


def _seconds(run: Callable[[int], None], repetitions: int = 7) -> float:
    """Median seconds of one in run(n), n large enough to be timed."""
    n, seconds = 1, 0.0
    while seconds < SECONDS:
        n = n * 2 if seconds == 0 else max(n * 2, int(1.2 * n * SECONDS / seconds))
        seconds = _time(run, n)
    return median(_time(run, n) / n for _ in range(repetitions))


def _time(run: Callable[[int], None], n: int) -> float:
    begin = time.process_time()  # of all threads; there is one
    run(n)
    return time.process_time() - begin


@cache
def _compiled_passes() -> Callable[..., Any]:
    """run(x, y, c, n): n times y += c x."""
    import numba

    @numba.njit
    def run(x: Any, y: Any, c: Any, n: int) -> None:
        for _ in range(n):
            for i in range(x.size):
                y[i] += c * x[i]

    compiled: Callable[..., Any] = run
    return compiled


@cache
def _compiled_products() -> Callable[..., Any]:
    """run(A, B, C, n): n times C = A B."""
    import numba

    @numba.njit
    def run(A: Any, B: Any, C: Any, n: int) -> None:
        for _ in range(n):
            np.dot(A, B, C)

    compiled: Callable[..., Any] = run
    return compiled
