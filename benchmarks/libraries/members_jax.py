"""JAX: the whole training of one member as lax.scan over its steps, vmap over the members, all of it jitted."""

import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from glassnet.network.arrays import Array

from ..ensembles import BATCH, Ensemble, EnsembleData
from ..works import Work
from .jax_scan import _step


class MembersJax:
    all_members = staticmethod(jax.vmap)

    def __init__(self, ensemble: Ensemble, data: EnsembleData) -> None:
        self.work, self.data = ensemble.work, data
        self.X, self.Y, self.order = map(jnp.asarray, (data.X, data.Y, data.order.astype(np.int32)))
        self.reset()
        begin = time.perf_counter()
        member = partial(_train, self.work, self.X, self.Y)
        self.compiled = jax.jit(self.all_members(member), donate_argnums=0).lower(self.state, self.order).compile()
        self.compile_seconds = time.perf_counter() - begin
        self.epoch()

    def reset(self) -> None:
        layers = [self.work.architecture.layers(theta).values() for theta in self.data.theta]
        weights = [tuple(jnp.stack(parts) for parts in zip(*pairs, strict=True)) for pairs in zip(*layers, strict=True)]
        memory = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
        self.state = weights, memory, jnp.zeros(len(layers), jnp.int32)

    def epoch(self) -> None:
        self.state = self.compiled(self.state, self.order)
        jax.block_until_ready(self.state)

    def theta(self) -> Array:
        parts = [np.asarray(part) for pair in self.state[0] for part in pair]
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


def _train(work: Work, X: jax.Array, Y: jax.Array, state: Any, order: jax.Array) -> Any:
    """One member; order is (n_epochs, n_rows). The last batch of an epoch is smaller, so it has a step of its own."""
    n_full = order.shape[1] // BATCH * BATCH

    def step(state: Any, rows: jax.Array) -> Any:
        *state, _ = _step(work, (*state, jax.random.key(0)), X[rows], Y[rows])[0]
        return tuple(state), None

    def epoch(state: Any, rows: jax.Array) -> Any:
        state, _ = lax.scan(step, state, rows[:n_full].reshape(-1, BATCH))
        return step(state, rows[n_full:]) if n_full < rows.size else (state, None)

    return lax.scan(epoch, state, order)[0]


prepare = MembersJax
