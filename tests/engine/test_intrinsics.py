"""The compiled forms of views and buffers do what the plain forms do."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.engine.compiler import compile_source, load_plain
from glassnet.engine.routines import matrix, part, room

VIEW = f"""import numpy as np

{inspect.getsource(matrix)}


def view(n, m):
    vector = np.arange(1000).astype(np.float32)
    part = matrix(vector, 7, n, m)
    part[n - 1, 0] = -1
    return part, vector
"""
PART = f"""import numpy as np

{inspect.getsource(part)}


def view(start, n):
    vector = np.arange(1000).astype(np.float32)
    return part(vector, start, n), vector
"""
ROOM = f"""import numpy as np

number = np.{{}}

{inspect.getsource(room)}


def rooms(n):
    return room(n), room(n + 1)
"""


@given(n=st.integers(1, 30), m=st.integers(1, 30))
def test_a_matrix_is_a_view_that_keeps_its_vector_alive(n, m):
    expected, _ = load_plain(VIEW).view(n, m)
    part, vector = compile_source(VIEW)(n, m)
    assert part.shape == (n, m)
    assert np.shares_memory(part, vector)
    del vector
    np.empty(1000, np.float32)[:] = 0  # would be written over memory that was freed
    np.testing.assert_array_equal(part, expected)


@given(start=st.integers(0, 900), n=st.integers(0, 100))
def test_a_part_is_a_view_that_keeps_its_vector_alive(start, n):
    expected, _ = load_plain(PART).view(start, n)
    found, vector = compile_source(PART)(start, n)
    assert found.shape == (n,)
    assert found.flags.c_contiguous
    del vector
    np.empty(1000, np.float32)[:] = 0
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_room_begins_on_a_cache_line_and_has_the_size_asked_for(dtype):
    source = ROOM.format(dtype)
    for rooms in (load_plain(source).rooms, compile_source(source)):
        for n in range(1, 40):
            for found, size in zip(rooms(n), (n, n + 1), strict=True):
                assert found.shape == (size,)
                assert found.dtype == dtype
                assert found.ctypes.data % 64 == 0
