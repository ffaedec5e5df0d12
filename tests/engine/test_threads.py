"""Matrix products inside run with one thread, and what was before comes back."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from glassnet.engine.threads import one_blas_thread


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_inside_there_is_one_thread_and_afterwards_as_many_as_before():
    assert np.ones(2) @ np.ones(2) == 2  # BLAS is loaded
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == before


def test_an_error_inside_lifts_the_limit_too():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with pytest.raises(ZeroDivisionError), one_blas_thread():
            _ = 1 / 0
        assert blas_threads() == before


def test_of_overlapping_contexts_the_last_to_end_lifts_the_limit():
    """Whichever thread began, and though the threads live on, as those of a pool do."""
    before, seen = blas_threads(), []
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        for _ in range(2):
            first, second = one_blas_thread(), one_blas_thread()
            one.submit(first.__enter__).result()
            other.submit(second.__enter__).result()
            one.submit(first.__exit__, None, None, None).result()
            seen.append(blas_threads())
            other.submit(second.__exit__, None, None, None).result()
            assert blas_threads() == before
        with threadpool_limits(2, user_api="blas"):
            assert blas_threads() == {2}
    assert seen == [{1}, {1}]
