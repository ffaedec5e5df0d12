"""JAX: a whole epoch as one jitted lax.scan over the batches, its arguments donated."""

import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from glassnet.network.arrays import Array

from ..works import Data, Work


class JaxScan:
    def __init__(self, work: Work, data: Data) -> None:
        self.work, self.data = work, data
        X, Y = data.in_order()
        shape = (work.n_steps, work.batch_size, -1)
        self.X, Y = jnp.asarray(X.reshape(shape)), Y.reshape(shape)
        self.Y = jnp.asarray(Y[..., 0].astype(np.int32) if work.classes else Y)
        self.reset()
        begin = time.perf_counter()
        self.compiled = jax.jit(partial(_epoch, work), donate_argnums=0).lower(self.state, self.X, self.Y).compile()
        self.compile_seconds = time.perf_counter() - begin
        self.epoch()

    def reset(self) -> None:
        views = self.work.architecture.layers(self.data.theta)
        weights = [(jnp.array(W), jnp.array(b)) for W, b in views.values()]
        n_memory = {"sgd": 0, "momentum": 1, "adam": 2}[self.work.optimizer]
        memory = [jax.tree.map(jnp.zeros_like, weights) for _ in range(n_memory)]
        self.state = weights, memory, jnp.zeros((), jnp.int32), jax.random.key(0)

    def epoch(self) -> None:
        self.state, _ = self.compiled(self.state, self.X, self.Y)
        jax.block_until_ready(self.state)

    def theta(self) -> Array:
        return np.concatenate([np.asarray(array).ravel() for pair in self.state[0] for array in pair])


def _epoch(work: Work, state: Any, X: jax.Array, Y: jax.Array) -> Any:
    return lax.scan(lambda state, batch: _step(work, state, *batch), state, (X, Y))


def _step(work: Work, state: Any, x: jax.Array, y: jax.Array) -> Any:
    weights, memory, t, key = state
    if work.dropout:
        key, draw = jax.random.split(key)
    else:
        draw = key
    loss, grads = jax.value_and_grad(partial(_loss, work))(weights, x, y, draw)
    weights, memory = _move(work, weights, memory, grads, t + 1)
    return (weights, memory, t + 1, key), loss


def _loss(work: Work, weights: Any, x: jax.Array, y: jax.Array, key: jax.Array) -> jax.Array:
    a = x
    for k, (W, b) in enumerate(weights):
        a = a @ W + b
        if k < len(weights) - 1:
            a = getattr(jax.nn, work.activation)(a)
            if work.dropout:
                key, draw = jax.random.split(key)
                a = jnp.where(jax.random.bernoulli(draw, 1 - work.dropout, a.shape), a / (1 - work.dropout), 0)
    if work.classes:
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(a), y[:, None], axis=1))
    return 0.5 * jnp.mean((a - y) ** 2)


def _move(work: Work, weights: Any, memory: Any, grads: Any, t: jax.Array) -> Any:
    tree, eta = jax.tree.map, work.eta
    if work.optimizer == "sgd":
        return tree(lambda w, g: w - eta * g, weights, grads), memory
    if work.optimizer == "momentum":
        velocity = tree(lambda m, g: 0.9 * m - eta * g, memory[0], grads)
        return tree(lambda w, v: w + v, weights, velocity), [velocity]
    m = tree(lambda m, g: 0.9 * m + 0.1 * g, memory[0], grads)
    v = tree(lambda v, g: 0.999 * v + (1 - 0.999) * g * g, memory[1], grads)
    rest_1, rest_2 = -jnp.expm1(t * np.log([0.9, 0.999]))  # 1 - beta^t, to the last digit of float32
    rate, root = eta / rest_1, lax.rsqrt(rest_2)
    return tree(lambda w, m, v: w - rate * m / (jnp.sqrt(v) * root + work.epsilon), weights, m, v), [m, v]


prepare = JaxScan
