"""The written code takes the steps of the formulas: the engine's half of the three truths."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassnet.engine import rows, writer
from glassnet.engine.compiler import compile_source, load_plain
from glassnet.engine.forward import output_aggregates
from glassnet.engine.program import Program
from glassnet.engine.team import as_epochs, one_epoch
from glassnet.engine.writer import forward_program, write_epochs, write_forward, write_full_gradient
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import feedforward, gradient, row_losses
from glassnet.network.losses import CrossEntropy, Gamma, Pinball, Poisson, Squared
from glassnet.network.optimizers import Optimizer
from glassnet.network.penalty import Penalty

from .programs import case, formula_epoch, programs, written_epoch

# Programs that are compiled: each names something that the others lack.
COMPILED = {
    "per sample, sgd": Program(Architecture((8, 50, 1)), per_sample=True),
    "per sample, adam, weights": Program(
        Architecture((3, 7, 5, 2), ["tanh", "mish"]),
        optimizer=Optimizer("adam", max_norm=1.5),
        weighted=True,
        per_sample=True,
    ),
    "classes, dropout, momentum": Program(
        Architecture((4, 9, 3), "selu", 0.3, 0.2, "softmax"), CrossEntropy(), Optimizer("momentum"), Penalty(0.1, 0.01)
    ),
    "matrices, adamw, gelu": Program(
        Architecture((30, 150, 2), "gelu"), Pinball((0.2, 0.8)), Optimizer("adamw", weight_decay=0.1)
    ),
    "bins, signs, adam": Program(
        Architecture((8, 5, 4, 1), ["softplus", "tanh"], bins=(0, 0, 2, 4), signs=(1, 0, 1, -1)),
        optimizer=Optimizer("adam", weight_decay=0.1, parametrization="ntk", scale_rate=6.0),
        is_open=True,
    ),
    "bins that no column has, adam": Program(
        Architecture((3, 5, 4, 1), bins=(0, 0, 0)), optimizer=Optimizer("adam", parametrization="ntk"), is_open=True
    ),
    "halves, dropout, adamw, weights": Program(
        Architecture((9, 37, 18, 3), ["mish", "relu"], [0.3, 0.0], 0.2, "softmax"),
        CrossEntropy(),
        Optimizer("adamw", weight_decay=0.1, parametrization="ntk", scale_rate=6.0),
        Penalty(0.1, 0.01),
        weighted=True,
        is_shared=True,
    ),
    "counts, nesterov, silu": Program(
        Architecture((5, 6, 6, 1), ["silu", "softplus"], output_activation="exp"),
        Poisson(),
        Optimizer("nesterov"),
        weighted=True,
    ),
}

# Programs that random ones seldom are: strengths that act in every step, on ways through the text that few take.
ONE_ROW = Program(Architecture((3, 6, 5, 2)), per_sample=True)
IN_BINS = Program(Architecture((6, 5, 1), "tanh", bins=(0, 2, 3)))
SELDOM = {
    "listed neurons, L2": replace(ONE_ROW, penalty=Penalty(alpha=0.5)),
    "listed neurons, L1": replace(ONE_ROW, penalty=Penalty(l1=0.5)),
    "listed neurons, decay": replace(ONE_ROW, optimizer=Optimizer(weight_decay=2.0)),
    "listed neurons, momentum": replace(ONE_ROW, optimizer=Optimizer("momentum")),
    "one row, max-norm": replace(ONE_ROW, optimizer=Optimizer(max_norm=0.2)),
    "one row, scales": replace(ONE_ROW, optimizer=Optimizer("adam", scale_rate=6.0)),
    "one row, dropout of inputs": replace(ONE_ROW, architecture=Architecture((3, 6, 5, 2), input_dropout=0.5)),
    "one row, scales at their lowest": replace(ONE_ROW, optimizer=Optimizer("adam", scale_rate=100.0)),
    "bins, max-norm": replace(IN_BINS, optimizer=Optimizer(max_norm=0.2)),
    "bins, NTK": replace(IN_BINS, optimizer=Optimizer("nesterov", parametrization="ntk")),
    "bins, scales at their lowest": replace(IN_BINS, optimizer=Optimizer("adam", scale_rate=100.0)),
}


def assert_same_epoch(got, expected, rtol, atol):
    np.testing.assert_allclose(got.theta, expected.theta, rtol=rtol, atol=atol)
    np.testing.assert_allclose(got.memory, expected.memory, rtol=rtol, atol=atol)
    np.testing.assert_allclose([got.total, got.squares], [expected.total, expected.squares], rtol=rtol, atol=atol)
    assert got.steps == expected.steps


def by_both(this, *, narrow):
    """What the text, as plain Python, and the formulas make of a case."""
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(rows, "AHEAD_UNDER", 0)
        if not narrow:  # so that these small layers are written as wide ones are
            patch.setattr(rows, "AHEAD_UNDER", 1000)
            patch.setattr(rows, "LIST_FROM", 1)
            patch.setattr(rows, "BLOCK_FROM", 1)
            patch.setattr(rows, "BLOCK", 2)
        return written_epoch(load_plain(write_epochs(this.program)).epochs, this), formula_epoch(this)


@pytest.mark.parametrize("narrow", [True, False])
@settings(max_examples=200)
@given(program=programs(), seed=st.integers(0, 2**32 - 1))
def test_written_code_takes_the_steps_of_the_formulas(narrow, program, seed):
    got, expected = by_both(case(program, seed), narrow=narrow)
    assume(expected.total < 1e30)  # e^z of an exploding loss multiplies the rounding of z
    # Most programs keep to 1e-13. One in thousands needs ten times that: Adam divides by the root of a small square.
    assert_same_epoch(got, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("name", SELDOM)
def test_programs_that_random_ones_seldom_are_take_the_steps_of_the_formulas_too(name, narrow):
    for seed in range(3):
        got, expected = by_both(case(replace(SELDOM[name], dtype="float64"), seed), narrow=narrow)
        assert_same_epoch(got, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("per_sample", [True, False])
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "selu"])
def test_at_a_kink_the_written_step_has_the_slope_from_the_left(name, per_sample):
    """Hidden neurons without weights stand at z = 0 for every row."""
    this = case(Program(Architecture((3, 4, 1), name), per_sample=per_sample, dtype="float64"), 0, 1)
    this.theta[: this.program.architecture.slices[2][1].stop] = 0
    got, expected = by_both(this, narrow=True)
    assert np.any(expected.theta[:16] != 0) == (name != "relu")
    assert_same_epoch(got, expected, rtol=1e-11, atol=1e-14)


@settings(max_examples=100)
@given(program=programs(), seed=st.integers(0, 2**32 - 1), n_samples=st.integers(1, 9))
def test_written_full_gradient_is_the_gradient_of_the_summed_loss(program, seed, n_samples):
    program = without_dropout(program)
    this, net = case(program, seed, n_samples), program.architecture
    weight = this.weight if program.weighted else np.ones(n_samples)
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(writer, "GRADIENT_ROWS", 4)  # so that these few rows come in several blocks
        written = load_plain(write_full_gradient(program)).full_gradient
        grad = np.empty_like(this.theta)
        total = written(this.theta, grad, this.X, this.Y, this.weight, this.order, program.settings)
    expected = gradient(net, this.theta, this.X, this.Y, program.loss, sample_weight=weight, total_weight=1.0)
    losses = row_losses(net, program.loss, feedforward(net, this.theta, this.X), this.Y)
    np.testing.assert_allclose(grad, expected, rtol=1e-9, atol=1e-10)
    assert total == pytest.approx(losses @ weight, rel=1e-10, abs=1e-12)


def written_forward(forward, program, this):
    Z = np.empty((len(this.X), program.architecture.sizes[-1]), program.dtype)
    forward(this.theta[None], this.X, Z[None], forward_program(program.architecture, program.dtype).settings)
    return Z


@settings(max_examples=100)
@given(program=programs(), seed=st.integers(0, 2**32 - 1), n_samples=st.integers(1, 9))
def test_written_forward_pass_is_that_of_the_formulas_without_dropout(program, seed, n_samples):
    this, net = case(program, seed, n_samples), program.architecture
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(writer, "FORWARD_ROWS", 4)  # so that these few rows come in several blocks
        Z = written_forward(load_plain(write_forward(forward_program(net, program.dtype))).forward, program, this)
        np.testing.assert_allclose(Z, feedforward(net, this.theta, this.X).Z[net.n_layers], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("float32", 2e-5, 2e-6), ("float64", 1e-13, 1e-14)])
def test_compiled_forward_pass_is_that_of_the_formulas(dtype, rtol, atol):
    program = replace(COMPILED["bins, signs, adam"], dtype=dtype)
    this, net = case(program, 0, n_samples=1030), program.architecture
    Z = written_forward(compile_source(write_forward(forward_program(net, dtype))), program, this)
    np.testing.assert_allclose(Z, feedforward(net, this.theta, this.X).Z[net.n_layers], rtol, atol)


def test_one_compiled_forward_pass_serves_all_losses_and_strengths():
    net = Architecture((9, 4, 1), bins=(0, 8), dropout=0.1)
    other = replace(net, sizes=(5, 4, 1), bins=(5,), dropout=(0.3,), signs=(1,))
    programs = [Program(n, loss) for n in (net, other) for loss in (Squared(), Pinball())]
    texts = {write_forward(forward_program(program.architecture, program.dtype)) for program in programs}
    assert len(texts) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", COMPILED)
def test_compiled_code_takes_the_steps_of_the_formulas(name, dtype):
    program = replace(COMPILED[name], dtype=dtype)
    epochs = compile_source(write_epochs(program))
    # Sums in another order round differently: 200 seeds used at most 5 % of this, but for Adam. It divides by the size
    # of the gradient, so where a gradient nearly cancels its rounding is magnified: at most 39 % of 100 times as much.
    rtol, atol = {"float32": (2e-5, 2e-6), "float64": (1e-13, 1e-14)}[dtype]
    if program.optimizer.name.startswith("adam"):
        rtol, atol = 100 * rtol, 100 * atol
    for seed in range(5):
        this = case(program, seed, n_samples=23, batch_size=8)
        assert_same_epoch(written_epoch(epochs, this), formula_epoch(this), rtol, atol)


@pytest.mark.parametrize("name", ["per sample, sgd", "classes, dropout, momentum"])
def test_a_loss_that_leaves_the_finite_numbers_ends_the_epoch_at_its_step(name):
    program = COMPILED[name]
    this = case(program, 0, n_samples=23, batch_size=8)
    bad_step = 2
    this.X[this.order[bad_step * this.batch_size]] = np.nan
    for epochs in (compile_source(write_epochs(program)), load_plain(write_epochs(program)).epochs):
        got = written_epoch(epochs, this)
        assert np.isnan(got.total)
        assert got.steps == bad_step


def test_the_loss_of_the_last_partial_batch_counts():
    program = Program(Architecture((2, 3, 1)), dtype="float64")
    this = case(program, 0, n_samples=7, batch_size=3)
    assert len(this.eta) == 3
    assert_same_epoch(written_epoch(load_plain(write_epochs(program)).epochs, this), formula_epoch(this), 1e-12, 1e-14)


def test_the_same_epoch_gives_the_same_bits():
    program = COMPILED["classes, dropout, momentum"]
    this, epochs = case(program, 1, n_samples=23, batch_size=8), compile_source(write_epochs(program))
    first, second = written_epoch(epochs, this), written_epoch(epochs, this)
    assert first.theta.tobytes() == second.theta.tobytes()
    assert first.total == second.total


def test_gamma_targets_near_zero_stay_finite():
    program = Program(Architecture((2, 3, 1), output_activation="exp"), Gamma(), dtype="float64")
    this = case(program, 0)
    this.Y[:] = 1e-300
    assert np.isfinite(written_epoch(load_plain(write_epochs(program)).epochs, this).total)


def without_dropout(program: Program) -> Program:
    net = program.architecture
    plain = replace(net, dropout=0.0, input_dropout=0.0)
    return replace(program, architecture=plain, is_open=False)


@pytest.mark.parametrize("name", ["momentum", "adam"])
@pytest.mark.parametrize("per_sample", [True, False])
def test_what_is_remembered_of_a_weight_that_no_longer_learns_ends_at_0(name, per_sample):
    """Numbers too small to be normal would make every later step many times slower."""
    net = Architecture((1, 1, 1))  # one ReLU neuron
    program = Program(net, optimizer=Optimizer(name), per_sample=per_sample)
    this = case(program, 0, n_samples=4, batch_size=2)
    this.theta[:] = [0.0, -1.0, 1.0, 0.0]  # the neuron is off for every row
    memory = this.memory
    memory[:] = 1e-3
    epochs = compile_source(write_epochs(program))
    order, eta = np.zeros(9000, np.int64), np.full(9000 if per_sample else 4500, 1e-9)
    for _ in range(40):
        arguments = this.X, this.Y, this.weight, order, this.batch_size, eta, program.settings, this.counter
        one_epoch(epochs, this.theta, memory, *arguments)
    assert (memory[:, :2] == 0).all()


@pytest.mark.parametrize("name", COMPILED)
def test_epochs_in_one_call_are_those_of_a_call_each_to_the_last_bit(name):
    program = COMPILED[name]
    epochs = as_epochs(program, compile_source(write_epochs(program)), n_threads=2)
    this, rng = case(program, 2, n_samples=23, batch_size=8), np.random.default_rng(2)
    orders, etas = np.array([rng.permutation(23) for _ in range(3)]), np.stack([this.eta, 0.5 * this.eta, 2 * this.eta])
    theta, memory, counter, alone = this.theta.copy(), this.memory, this.counter, []
    data = this.X, this.Y, this.weight
    for order, eta in zip(orders, etas, strict=True):
        given = *data, order, this.batch_size, eta, program.settings, counter
        total, squares, steps = one_epoch(epochs, theta, memory, *given)
        alone.append((total, squares, theta.tobytes()))
        counter += [0, 0, 1, steps]
    together, remembered = this.theta.copy(), this.memory
    sums, thetas = np.empty((3, 2)), np.empty((3, len(theta)), theta.dtype)
    given = *data, orders, this.batch_size, etas, program.settings, this.counter, sums, thetas
    assert epochs(together, remembered, *given) == etas.size
    assert [(*pair, one.tobytes()) for pair, one in zip(sums.tolist(), thetas, strict=True)] == alone
    assert (together.tobytes(), remembered.tobytes()) == (theta.tobytes(), memory.tobytes())


def test_the_forward_pass_takes_theta_after_theta():
    program = COMPILED["bins, signs, adam"]
    this, net = case(program, 0, n_samples=9), program.architecture
    thetas = np.stack([this.theta, -this.theta, 2 * this.theta])
    together = output_aggregates(net, thetas, this.X, program.dtype)
    alone = [output_aggregates(net, theta, this.X, program.dtype) for theta in thetas]
    assert together.shape == (3, 9, net.sizes[-1])
    assert together.tobytes() == np.stack(alone).tobytes()
