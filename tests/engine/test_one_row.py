"""One row through compiled code: the formulas' answer, whatever the network, and NaN is not hidden."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.engine.compiler import load_plain
from glassnet.engine.one_row import one_row, write_one_row
from glassnet.engine.program import Program
from glassnet.errors import InputError
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import predict

from .programs import programs

LISTED = Architecture((5, 40, 37, 2), "relu", dropout=0.1, output_activation="softmax")
BINNED = Architecture((8, 6, 1), "mish", input_dropout=0.1, bins=(0, 3, 4))


def numbers(net, seed=0):
    """Weights and a row."""
    random = np.random.default_rng(seed)
    return random.normal(size=net.n_parameters), 2 * random.normal(size=net.n_columns)


def plain(net, theta, x):
    """z^L by the written text as plain Python."""
    lean = replace(net, dropout=0.0, input_dropout=0.0, output_activation="identity", signs=())
    program = Program(lean, per_sample=True, dtype="float64")
    return load_plain(write_one_row(program)).one_row(theta, x, program.settings)


@given(program=programs(), seed=st.integers(0, 9))
def test_the_written_text_is_the_formula(program, seed):
    net = program.architecture
    theta, x = numbers(net, seed)
    output = net.value(net.n_layers)
    np.testing.assert_allclose(
        output(plain(net, theta, x)[None, :]), predict(net, theta, x[None, :]), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("net", [LISTED, BINNED], ids=["listed", "bins"])
def test_compiled_it_is_the_formula_too(net):
    theta, x = numbers(net)
    got = one_row(net, theta)(x)
    assert got.dtype == np.float32
    assert got.shape == (net.sizes[-1],)
    expected = predict(net, theta.astype(np.float32), x[None, :].astype(np.float32))[0]
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_is_seen_and_theta_is_copied(dtype):
    theta, x = numbers(LISTED)
    theta = theta.astype(dtype)
    answer = one_row(LISTED, theta, dtype)
    before = answer(x)
    theta[:] = 0
    np.testing.assert_array_equal(answer(x), before)
    x[3] = np.nan
    assert np.isnan(answer(x)).all()


def test_a_row_of_another_length_is_refused():
    answer = one_row(LISTED, numbers(LISTED)[0])
    with pytest.raises(InputError, match=r"x has shape \(4,\)\. Give one row, a number for each column: shape \(5,\)"):
        answer(np.zeros(4))
    with pytest.raises(InputError, match=r"x has shape \(1, 5\)"):
        answer(np.zeros((1, 5)))
