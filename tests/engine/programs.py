"""Random programs with data to run them on, and the same steps taken with the formulas of `network/`."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st

from glassnet.engine.program import Program
from glassnet.engine.team import as_epochs, one_epoch
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.architecture import Architecture
from glassnet.network.arrays import Array
from glassnet.network.backprop import feedforward, gradient, row_losses
from glassnet.network.encoding import width
from glassnet.network.losses import (
    Absolute,
    CrossEntropy,
    Gamma,
    Huber,
    Logistic,
    Loss,
    Pinball,
    Poisson,
    Squared,
)
from glassnet.network.monotone import NEVER_FALL
from glassnet.network.optimizers import N_MEMORY, Optimizer
from glassnet.network.penalty import Penalty
from glassnet.network.random_bits import dropout_mask

KEY, EPOCH, STEPS_BEFORE = (123456789, 987654321), 3, 7
LOSSES = (
    Squared(),
    Absolute(),
    Huber(0.7),
    Pinball((0.3,)),
    Pinball((0.1, 0.5, 0.9)),
    Poisson(),
    Gamma(),
    Logistic(),
    CrossEntropy(),
)


@st.composite
def programs(draw, dtype: str = "float64") -> Program:
    """Any architecture, loss, optimizer and penalty that the engine can write."""
    loss = draw(st.sampled_from(LOSSES))
    n_quantiles = len(loss.quantiles) if isinstance(loss, Pinball) else 1
    n_outputs = draw(st.integers(2 if isinstance(loss, CrossEntropy) else 1, 3)) * n_quantiles
    hidden = draw(st.lists(st.integers(1, 5), max_size=3))
    rate = st.sampled_from([0.0, 0.0, 0.25, 0.5])
    bins = tuple(sorted(draw(st.lists(st.integers(0, 3), max_size=4)), key=bool))
    output = loss.output_activation or draw(st.sampled_from(["identity", "identity", "sigmoid", "tanh"]))
    n_inputs = width(bins) or draw(st.integers(1, 5))
    wishes = st.tuples(*[st.sampled_from([0, 1, -1, None])] * (len(bins) or n_inputs))
    signs = draw(st.sampled_from([(), draw(wishes)])) if output != "softmax" else ()
    per_sample, max_norm = draw(st.booleans()), draw(st.sampled_from([np.inf, 0.8]))
    optimizer = draw(st.sampled_from(list(N_MEMORY)))
    functions = [name for name in ACTIVATIONS if name in NEVER_FALL or all(sign == 0 for sign in signs)]
    architecture = Architecture(
        (n_inputs, *hidden, n_outputs),
        activation=[draw(st.sampled_from(functions)) for _ in hidden],
        dropout=[draw(rate) for _ in hidden],
        input_dropout=draw(rate),
        output_activation=output,
        bins=bins,
        signs=signs,
    )
    return Program(
        architecture,
        loss,
        Optimizer(
            optimizer,
            weight_decay=draw(st.sampled_from([0.0, 0.3])),
            max_norm=max_norm,
            parametrization=draw(st.sampled_from(["standard", "ntk"])),
            scale_rate=draw(st.sampled_from([0.0, 2.0])) if optimizer in ("adam", "adamw") else 0.0,
        ),
        Penalty(draw(st.sampled_from([0.0, 0.1])), draw(st.sampled_from([0.0, 0.05]))),
        weighted=draw(st.booleans()),
        per_sample=per_sample,
        is_open=draw(st.booleans()),
        is_shared=not (per_sample or bins or np.isfinite(max_norm)) and draw(st.booleans()),
        dtype=dtype,
    )


@dataclass(frozen=True)
class Case:
    """A program with everything that its epoch takes."""

    program: Program
    theta: Array
    X: Array
    Y: Array
    weight: Array
    order: Array
    batch_size: int
    eta: Array

    @property
    def memory(self) -> Array:
        """The optimizer's memory before the first step."""
        return self.program.optimizer.start(self.program.architecture, self.theta.dtype)

    @property
    def counter(self) -> Array:
        """Key, epoch and steps before it, as the written code takes them."""
        return np.array([*KEY, EPOCH, STEPS_BEFORE])


def case(program: Program, seed: int, n_samples: int = 7, batch_size: int = 3) -> Case:
    """Random weights, rows, targets, row weights and learning rates for a program."""
    rng, net = np.random.default_rng(seed), program.architecture
    batch_size = 1 if program.per_sample else batch_size
    weight = rng.uniform(0, 2, n_samples) if program.weighted else np.empty(0)
    theta, (lower, upper) = rng.normal(size=net.n_parameters) / np.sqrt(max(net.sizes)), net.bounds
    theta = np.clip(np.where((theta < lower) | (theta > upper), -theta, theta), lower, upper)
    return Case(
        program,
        theta=theta.astype(program.dtype),
        X=columns(net, rng, n_samples).astype(program.dtype),
        Y=targets(program.loss, rng, n_samples, net.sizes[-1]).astype(program.dtype),
        weight=weight.astype(program.dtype),
        order=rng.permutation(n_samples),
        batch_size=batch_size,
        eta=rng.uniform(0.005, 0.02, -(-n_samples // batch_size)),
    )


def columns(net: Architecture, rng: np.random.Generator, n_samples: int) -> Array:
    """Random rows of X: positions in, at and a little beyond the ends of bins, normal numbers for plain columns."""
    if not net.bins:
        return rng.normal(size=(n_samples, net.n_columns))
    inside = rng.uniform(-0.2, 1.2, (n_samples, net.n_columns)) * net.bins
    inside = np.where(rng.random(inside.shape) < 0.2, np.round(inside), inside)
    return np.where(np.array(net.bins) > 0, inside, rng.normal(size=inside.shape))


def targets(loss: Loss, rng: np.random.Generator, n_samples: int, n_outputs: int) -> Array:
    """Random targets that the loss is defined for, (n_samples, n_targets)."""
    shape = (n_samples, loss.n_targets(n_outputs))
    if isinstance(loss, Poisson):
        return rng.poisson(1.5, shape)
    if isinstance(loss, Gamma):
        return rng.gamma(2.0, size=shape)
    if isinstance(loss, Logistic):
        return rng.integers(0, 2, shape)
    if isinstance(loss, CrossEntropy):
        return rng.integers(0, n_outputs, shape)
    return rng.normal(size=shape)


def written_epoch(epochs, case: Case, n_threads: int = 1) -> SimpleNamespace:
    """What the written function `epochs` makes of a case."""
    theta, memory = case.theta.copy(), case.memory
    total, squares, steps = one_epoch(
        as_epochs(case.program, epochs, n_threads),
        theta,
        memory,
        case.X,
        case.Y,
        case.weight,
        case.order,
        case.batch_size,
        case.eta,
        case.program.settings,
        case.counter,
    )
    return SimpleNamespace(theta=theta, memory=memory, total=total, squares=squares, steps=steps)


def formula_epoch(case: Case) -> SimpleNamespace:
    """The same epoch, step by step, with the formulas of `network/`, in float64."""
    program, net = case.program, case.program.architecture
    theta, memory = case.theta.astype(np.float64), case.memory.astype(np.float64)
    X, Y, weight = (array.astype(np.float64) for array in (case.X, case.Y, case.weight))
    total = squares = 0.0
    for t, eta in enumerate(case.eta):
        batch = case.order[t * case.batch_size : (t + 1) * case.batch_size]
        masks = {
            layer: dropout_mask(KEY, EPOCH, t, layer, (len(batch), net.sizes[layer - 1]), rate)
            for layer, rate in net.dropout_rates().items()
        }
        w = weight[batch] if program.weighted else np.ones(len(batch))
        total += row_losses(net, program.loss, feedforward(net, theta, X[batch], masks), Y[batch]) @ w
        arguments = {"sample_weight": w, "total_weight": len(batch), "masks": masks}
        data = gradient(net, theta, X[batch], Y[batch], program.loss, **arguments)
        squares += data @ data
        step = gradient(net, theta, X[batch], Y[batch], program.loss, penalty=program.penalty, **arguments)
        program.optimizer.step(net, theta, memory, step, eta, STEPS_BEFORE + t + 1)
    return SimpleNamespace(theta=theta, memory=memory, total=total, squares=squares, steps=len(case.eta))
