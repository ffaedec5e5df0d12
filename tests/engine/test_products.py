"""Products and transposes in tiles are those of NumPy, with every kind of registers; a row does not see the others."""

import inspect
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.engine import compiler, intrinsics, products, vectors
from glassnet.engine.routines import product, transpose

SOURCE = f"""import numpy as np

{inspect.getsource(product)}

{inspect.getsource(transpose)}


def work(A, B, C, D, W, T):
    product(A, B, C)
    product(A.T, C, D)
    transpose(W, T)
"""
OWN = vectors.registers()
KINDS = {"as it has": OWN, "none": None} | {name: kind for name, kind in vectors.KNOWN.items() if OWN and kind != OWN}
TOLERANCE = {"float32": (1e-4, 1e-4), "float64": (1e-12, 1e-12)}
sizes = st.integers(1, 70)
squares = st.integers(16, 50)


@pytest.fixture(scope="module", params=KINDS)
def work(request):
    """The source compiled for a kind of registers; LLVM makes do where the processor has others."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1" and request.param != "none":
        pytest.skip("plain Python has no registers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intrinsics, "registers", lambda: KINDS[request.param])
        intrinsics.by_name.cache_clear()
        function = compiler.compile_anew(SOURCE, None)
        function(*operands(2, 3, 4, 16, 16, "float32", 0))
        function(*operands(2, 3, 4, 16, 16, "float64", 0))
    intrinsics.by_name.cache_clear()
    return function


def operands(rows, n, m, height, width, dtype, seed):
    """A, B, and NaN where the products go; W, and NaN where its transpose goes."""
    rng = np.random.default_rng(seed)
    A, B, W = (rng.normal(size=shape).astype(dtype) for shape in ((rows, n), (n, m), (height, width)))
    C, D, T = (np.full(shape, np.nan, dtype) for shape in ((rows, m), (n, m), (width, height)))
    return A, B, C, D, W, T


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=150)
@given(rows=sizes, n=sizes, m=sizes, height=squares, width=squares, seed=st.integers(0, 99))
def test_products_and_transposes_are_those_of_numpy(work, dtype, rows, n, m, height, width, seed):
    A, B, C, D, W, T = given_ = operands(rows, n, m, height, width, dtype, seed)
    work(*given_)
    np.testing.assert_allclose(C, A @ B, *TOLERANCE[dtype])
    np.testing.assert_allclose(D, A.T @ C, *TOLERANCE[dtype])
    np.testing.assert_array_equal(T, W.T)


def test_matrices_beyond_the_caches_go_to_blas_and_are_the_same(work):
    side = int((products.LARGEST / 4) ** 0.5) + 8
    A, B, C, *_ = given_ = operands(3, side, side, 16, 16, "float32", 0)
    work(*given_)
    np.testing.assert_allclose(C, A @ B, 1e-3, 1e-3)


@given(rows=sizes, n=sizes, m=st.integers(16, 70), seed=st.integers(0, 99), data=st.data())
def test_a_row_is_the_same_in_whatever_company(rows, n, m, seed, data):
    if OWN is None:
        pytest.skip("as BLAS likes it")
    work = compiler.compile_source(SOURCE)
    A, B, C, *rest = operands(rows, n, m, 16, 16, "float32", seed)
    work(A, B, C, *rest)
    chosen = data.draw(st.lists(st.integers(0, rows - 1), min_size=1))
    some, few = A[chosen], np.empty((len(chosen), m), np.float32)
    work(some, B, few, *rest)
    np.testing.assert_array_equal(few, C[chosen])


def test_numbers_that_are_not_finite_stay_in_their_row_and_column(work):
    A, B, C, *rest = operands(9, 20, 40, 16, 16, "float32", 1)
    A[4, 3], B[5, 33] = np.inf, np.nan
    work(A, B, C, *rest)
    assert np.isnan(C[:, 33]).all()
    assert np.isinf(np.delete(C[4], 33)).all()
    assert np.isfinite(np.delete(np.delete(C, 4, axis=0), 33, axis=1)).all()
