import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import StandardScaler

from glassnet.errors import InputError
from glassnet.table.standardizer import BLOCK_ROWS, SAMPLE_ROWS, Standardizer, remarks

SIZES = [1, 2, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS + 5]


def columns(n, seed=0):
    """Four columns of different sizes: a far one, a small one, a skewed one, a constant one."""
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=(n, 2)) * [5, 1e-6] + [1e4, 0]
    return np.column_stack([normal, rng.exponential(size=n), np.full(n, 3.0)])


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("weighted", [False, True])
def test_block_by_block_is_all_at_once(n, weighted):
    X = columns(n)[:, :3]  # scikit-learn's weighted variance of a constant column may round to less than 0
    weight = np.random.default_rng(1).uniform(size=n) if weighted else None
    ours, theirs = Standardizer.fit(X, np.arange(n), weight), StandardScaler().fit(X, sample_weight=weight)
    # 200 seeds used at most 28 % for means and rows (two rows close together, far from 0), and 6 % for scales
    np.testing.assert_array_less(np.abs(ours.mean - theirs.mean_), 1e-10 * theirs.scale_)
    np.testing.assert_allclose(ours.scale, theirs.scale_, rtol=1e-13)
    np.testing.assert_allclose(ours.transform(X, dtype="float64"), theirs.transform(X), rtol=0, atol=1e-10)


def test_only_the_chosen_rows_count():
    X, rows = columns(BLOCK_ROWS + 100), np.arange(3, BLOCK_ROWS + 100, 2)[::-1]
    ours, theirs = Standardizer.fit(X, rows), StandardScaler().fit(X[rows])
    # in standard deviations; 200 seeds used at most 16 %
    np.testing.assert_array_less(np.abs(ours.mean - theirs.mean_), 5e-11 * theirs.scale_)
    assert np.array_equal(ours.transform(X, rows), ours.transform(X)[rows])


@pytest.mark.parametrize("n", SIZES)
def test_sparse_rows_are_dense_rows(n):
    X = columns(n)
    X[X < np.median(X)] = 0
    dense, thin = (Standardizer.fit(table, np.arange(n)) for table in (X, sparse.csr_array(X)))
    assert np.array_equal(dense.mean, thin.mean)
    assert np.array_equal(dense.scale, thin.scale)
    assert np.array_equal(dense.transform(X), thin.transform(sparse.csr_array(X)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_for_the_engine_are_contiguous(dtype, order):
    X = np.array(columns(BLOCK_ROWS + 3), order=order)
    out = Standardizer.fit(X, np.arange(len(X))).transform(X, dtype=dtype)
    assert out.flags.c_contiguous
    assert out.dtype == dtype


def test_a_constant_column_becomes_0_and_stays_near_its_value():
    X = columns(10)
    ours = Standardizer.fit(X, np.arange(10))
    assert ours.scale[3] == 1
    assert not ours.transform(X)[:, 3].any()


@pytest.mark.parametrize("value", [0.1, 1e-300, -3e7, 1e100])
@pytest.mark.parametrize("n", SIZES)
def test_a_weighted_constant_column_has_scale_1(value, n):
    ours = Standardizer.fit(np.full((n, 1), value), np.arange(n), np.random.default_rng(0).uniform(size=n))
    assert (ours.mean, ours.scale) == (value, 1)


def test_a_column_that_differs_by_rounding_alone_is_constant():
    X = np.full((100, 1), 0.3)
    X[::2] = 0.1 + 0.2
    assert Standardizer.fit(X, np.arange(100)).scale == 1


def test_a_column_without_a_variance_is_refused_by_its_name():
    X = columns(10)
    X[3, 1] = 1e200
    with pytest.raises(
        InputError, match=r"^column 1 holds numbers so large that its variance is not a finite number\."
    ):
        Standardizer.fit(X, np.arange(10))
    with pytest.raises(InputError, match=r"^width holds numbers"):
        Standardizer.fit(X, np.arange(10), None, ["length", "width", "x", "y"].__getitem__)


def test_a_row_too_far_away_is_refused_by_its_number():
    X = columns(BLOCK_ROWS + 10)
    ours, far = Standardizer.fit(X, np.arange(len(X))), X.copy()
    far[BLOCK_ROWS + 4, 2] = 1e60
    with pytest.raises(InputError, match=rf"^X is 1e\+60 in row {BLOCK_ROWS + 4}, column 2, too far from the mean"):
        ours.transform(far)
    assert np.isfinite(ours.transform(far, dtype="float64")).all()


def test_the_table_is_in_memory_once():
    X = np.random.default_rng(0).normal(size=(200_000, 20)).astype(np.float32)
    tracemalloc.start()
    ours = Standardizer.fit(X, np.arange(len(X)))
    fitting = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    out = ours.transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fitting < 0.4 * X.nbytes  # a block in float64, its copies, and the numbers of the rows
    assert peak < 1.3 * out.nbytes
    np.testing.assert_allclose(out.mean(axis=0, dtype=float), 0, atol=1e-8)  # float32; 200 seeds used at most 16 %


# ---- Remarks ---------------------------------------------------------------------------------------------------------


def test_ordinary_columns_are_not_remarked_on():
    assert remarks(columns(100)[:, :3]) == []
    assert remarks(sparse.csr_array(columns(100)[:, :3])) == []


def test_a_constant_column_is_remarked_on():
    (remark,) = remarks(columns(100))
    assert (remark.column, remark.is_constant) == (3, True)
    assert remark.text == "column 3 is 3 in every row, so it carries no information."


def test_a_column_that_is_constant_in_the_sample_alone_is_not():
    X = np.zeros((3 * SAMPLE_ROWS, 1))
    sample = np.linspace(0, len(X) - 1, SAMPLE_ROWS).astype(int)
    X[np.setdiff1d(np.arange(len(X)), sample)[0]] = 1
    assert remarks(X) == []


@pytest.mark.parametrize("value", [1e30, -1e9, 1e200])
def test_a_value_that_drowns_the_others_is_remarked_on(value):
    X = columns(100)
    X[17, 2] = value
    found = [remark for remark in remarks(X, ["a", "b", "c", "d"].__getitem__) if not remark.is_constant]
    assert found[0].text.startswith(f"c is {value:g} in row 17, so large that the differences between the other rows")


def test_a_column_of_mostly_zeros_is_not_taken_for_an_outlier():
    X = np.zeros((100, 1))
    X[3] = 1e9
    assert remarks(X) == []


@pytest.mark.parametrize("make", [Standardizer.fit, Standardizer.robust], ids=["standard", "robust"])
def test_the_way_back_is_the_derivative_of_the_way_in(make):
    X, rng = columns(200), np.random.default_rng(1)
    scaling, G = make(X, np.arange(200)), rng.normal(size=(9, 2, 4))
    new = X[:9] + 3 * rng.normal(size=(9, 4)) * X.std(axis=0)  # some of it far outside
    back = scaling.backward(new, G)
    for j, h in enumerate(1e-6 * scaling.scale):
        step = h * np.eye(4)[j]
        up, down = (scaling.transform(new + side * step, dtype="float64") for side in (1, -1))
        change = ((up - down) / (2 * h))[:, j]
        # the first column lies at 1e4, where a step of 5e-6 keeps six digits
        np.testing.assert_allclose(back[:, :, j], G[:, :, j] * change[:, None], rtol=1e-5, atol=1e-5 / scaling.scale[j])
    np.testing.assert_array_equal(scaling.backward(sparse.csr_array(new), G), back)
