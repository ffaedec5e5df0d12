"""Matrix products inside run with one thread, and what was before comes back."""

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


def test_of_overlapping_contexts_the_last_to_end_lifts_the_limit():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == before


def test_an_error_inside_lifts_the_limit_too():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with pytest.raises(ZeroDivisionError), one_blas_thread():
            _ = 1 / 0
        assert blas_threads() == before
