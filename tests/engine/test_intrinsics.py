"""The compiled forms of routines do what the plain forms do."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.engine.compiler import compile_source, load_plain
from glassnet.engine.routines import matrix, product

HEAD = f"import numpy as np\n\n{inspect.getsource(matrix)}\n\n{inspect.getsource(product)}\n\n"
PRODUCTS = f"""{HEAD}
def products(A, B, C, D, W, E):
    product(A, B, C)
    product(A.T, C, D)
    product(C, B.T, E)
    product(A[:1], W, C[:1])
"""
VIEW = f"""{HEAD}
def view(n, m):
    vector = np.arange(1000).astype(np.float32)
    part = matrix(vector, 7, n, m)
    part[n - 1, 0] = -1
    return part, vector
"""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=30, deadline=None)
@given(sizes=st.tuples(*[st.integers(1, 20)] * 3), seed=st.integers(0, 99))
def test_products_are_those_of_numpy(dtype, sizes, seed):
    (rows, n, m), rng = sizes, np.random.default_rng(seed)
    A, B, W = (rng.normal(size=shape).astype(dtype) for shape in ((rows, n), (n, m), (n, m)))
    C, D, E = (np.full(shape, np.nan, dtype) for shape in ((rows, m), (n, m), (rows, n)))
    compile_source(PRODUCTS)(A, B, C, D, W, E)
    rtol, atol = (1e-4, 1e-5) if dtype == np.float32 else (1e-12, 1e-13)
    AB = A @ B
    np.testing.assert_allclose(C, np.concatenate([A[:1] @ W, AB[1:]]), rtol, atol)
    np.testing.assert_allclose(D, A.T @ AB, rtol, atol)
    np.testing.assert_allclose(E, AB @ B.T, rtol, atol)


@given(n=st.integers(1, 30), m=st.integers(1, 30))
def test_a_matrix_is_a_view_that_keeps_its_vector_alive(n, m):
    expected, _ = load_plain(VIEW).view(n, m)
    part, vector = compile_source(VIEW)(n, m)
    assert part.shape == (n, m)
    assert np.shares_memory(part, vector)
    del vector
    np.empty(1000, np.float32)[:] = 0  # would be written over memory that was freed
    np.testing.assert_array_equal(part, expected)
