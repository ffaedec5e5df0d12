import numpy as np
import pytest

from glassnet.engine.aligned import CACHE_LINE, aligned_copy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(0,), (1,), (501,), (0, 7), (2, 501)])
def test_a_copy_starts_on_a_cache_line_and_is_equal(dtype, shape):
    array = np.random.default_rng(0).normal(size=shape)
    copy = aligned_copy(array, dtype)
    assert copy.ctypes.data % CACHE_LINE == 0 or copy.size == 0
    assert copy.flags.c_contiguous
    assert copy.flags.writeable
    np.testing.assert_array_equal(copy, array.astype(dtype))


def test_a_copy_is_its_own():
    array = np.zeros(3)
    aligned_copy(array, "float64")[:] = 1
    assert not array.any()
