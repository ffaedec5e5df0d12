"""Matrix products inside run with one thread, and what was before comes back."""

import numpy as np
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
