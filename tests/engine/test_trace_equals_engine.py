"""The trace equals the engine's update (T15): same rows, masks, optimizer memory; old weights in, new weights out.

Where all numbers are such that float64 holds every product and every sum exactly, no order of the sums can make a
difference, and the two agree to the last bit. Elsewhere they sum in different orders (the engine by BLAS, in blocks, or
bins from edge to edge, and its compiler may join a product and a sum), so that they agree up to rounding: each term of
a sum adds at most half a unit in the last place. The bounds are those of test_written_code: 3 000 random programs used
0.2 % of the bound in float64, 200 seeds of the compiled ones 12 % of theirs.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassnet.engine.compiler import compile_source, load_plain
from glassnet.engine.program import Program
from glassnet.engine.team import as_epochs, one_epoch
from glassnet.engine.writer import write_epochs
from glassnet.network.architecture import Architecture
from glassnet.network.one_step import Step, Update
from glassnet.network.optimizers import Optimizer
from glassnet.network.penalty import Penalty
from glassnet.network.random_bits import dropout_mask

from .programs import EPOCH, KEY, STEPS_BEFORE, case, programs
from .test_written_code import COMPILED

EXACT = {
    "per sample, sgd": COMPILED["per sample, sgd"],
    "batch, dropout, penalties, momentum, weights": Program(
        Architecture((4, 4, 1), "relu", 0.5, 0.5),
        optimizer=Optimizer("momentum", 0.5, weight_decay=0.5),
        penalty=Penalty(0.25, 0.125),
        weighted=True,
    ),
}


def step_of(this, memory, rows, eta):
    """The engine's next step with these rows of a case."""
    program, net, n = this.program, this.program.architecture, len(rows)
    masks = {
        layer: dropout_mask(KEY, EPOCH, 0, layer, (n, net.sizes[layer - 1]), rate)
        for layer, rate in net.dropout_rates().items()
    }
    weight = this.weight[rows] if program.weighted else None
    return Step(
        net,
        this.theta,
        this.X[rows],
        this.Y[rows],
        eta,
        float(n),
        program.loss,
        program.penalty,
        program.optimizer,
        memory,
        STEPS_BEFORE + 1,
        weight,
        masks,
    )


def engines(epochs, this, memory, rows, eta):
    """theta and memory after the engine has taken one step with these rows."""
    theta, memory = this.theta.copy(), memory.copy()
    data = this.X, this.Y, this.weight, np.array(rows)
    given = *data, len(rows), np.array([eta]), this.program.settings, this.counter
    one_epoch(as_epochs(this.program, epochs), theta, memory, *given)
    return theta, memory


def remembered(this, seed):
    """A memory as earlier steps may have left it; what Adam divides by is above 0."""
    memory = np.random.default_rng(seed).normal(size=this.memory.shape).astype(this.program.dtype)
    return np.abs(memory) if this.program.optimizer.is_adam else memory


def eighths(rng, shape, largest=1.0):
    """Multiples of 1/8: products and sums of a few of them are exact in float64, in any order."""
    return np.round(rng.uniform(-largest, largest, shape) * 8) / 8


@pytest.mark.parametrize("name", EXACT)
def test_the_trace_is_the_compiled_step_to_the_last_bit_where_no_sum_rounds(name):
    program = replace(EXACT[name], dtype="float64")
    epochs = compile_source(write_epochs(program))
    for seed in range(20):
        this, rng = case(program, seed, n_samples=8, batch_size=4), np.random.default_rng(seed)
        for array in (this.theta, this.X, this.Y):
            array[:] = eighths(rng, array.shape)
        this.weight[:] = np.abs(eighths(rng, this.weight.shape, 3.0))
        rows, memory = list(rng.permutation(8)[: 1 if program.per_sample else 4]), eighths(rng, this.memory.shape)
        update = Update.of(step_of(this, memory, rows, 0.125))
        theta, after = engines(epochs, this, memory, rows, 0.125)
        assert (update.theta != this.theta).any()
        assert (theta == update.theta).all()
        assert (after == update.memory).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", COMPILED)
def test_the_trace_is_the_compiled_step_up_to_rounding(name, dtype):
    program = replace(COMPILED[name], dtype=dtype)
    epochs = compile_source(write_epochs(program))
    rtol, atol = {"float32": (2e-5, 2e-6), "float64": (1e-13, 1e-14)}[dtype]
    for seed in range(5):
        this = case(program, seed, n_samples=9)
        rows, memory = [4] if program.per_sample else [7, 2, 5, 0, 8], remembered(this, seed)
        update = Update.of(step_of(this, memory, rows, 0.01))
        theta, after = engines(epochs, this, memory, rows, 0.01)
        assert (update.theta.dtype, update.memory.dtype) == (dtype, dtype)
        np.testing.assert_allclose(theta, update.theta, rtol=rtol, atol=atol)
        np.testing.assert_allclose(after, update.memory, rtol=rtol, atol=atol)


@settings(max_examples=150)
@given(program=programs(), seed=st.integers(0, 2**32 - 1), n_rows=st.integers(1, 7))
def test_the_trace_is_the_step_of_any_network(program, seed, n_rows):
    """Every architecture, loss, optimizer, penalty, mask, weight and short batch, as the engine writes it."""
    this = case(program, seed)
    rows, memory = list(range(1 if program.per_sample else n_rows)), remembered(this, seed)
    with np.errstate(all="ignore"):
        update = Update.of(step_of(this, memory, rows, 0.02))
        theta, after = engines(load_plain(write_epochs(program)).epochs, this, memory, rows, 0.02)
    assume(np.isfinite(update.losses).all())
    np.testing.assert_allclose(theta, update.theta, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(after, update.memory, rtol=1e-12, atol=1e-13)
