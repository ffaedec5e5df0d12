"""Scales of the inputs: how loud the first layer hears each of them, learnt with the weights (eq. 22).

The first layer's weights are W_ij = s_i V_ij, and the scales s_i, which begin at 1, learn as the V_ij do. From the
gradient G of W follow, by the chain rule, those of both:

    dJ/ds_i = sum_j V_ij G_ij = sum_j W_ij G_ij / s_i,    dJ/dV_ij = s_i G_ij          (eq. 22)

A network with scales computes what one without them computes; only the way there is another. An input that tells
nothing is turned down as a whole, and one that tells much learns faster. Among the names for it are front scale
(Holzmueller et al. 2024) and, for one-to-one layers in general, diagonal scaling.
"""

from typing import NamedTuple

from .arrays import Array

LEAST = 1e-3  # a scale of 0 would leave nothing to divide by, and one below 0 would turn the signs of weights


class Scales(NamedTuple):
    """The scales before and after a step, each (n_1,)."""

    before: Array
    after: Array


def rows_needed(n_inputs: int, n_parameters: int) -> int:
    """How many rows, as long as theta, hold the scales and Adam's memory of them: 3 n_1 numbers."""
    return -(-3 * n_inputs // n_parameters)


def scales_in(memory: Array, n_inputs: int) -> Array:
    """The scales s and their means m and v as a view (3, n_1) of the optimizer's memory, behind the rows of theta's.

    Examples
    --------
    >>> from .architecture import Architecture
    >>> from .optimizers import Optimizer
    >>> memory = Optimizer("adam", scale_rate=6.0).start(Architecture((2, 3, 1)))  # 13 weights and biases
    >>> memory.shape, scales_in(memory, 2)[0]
    ((3, 13), array([1., 1.]))
    """
    return memory[2:].reshape(-1)[: 3 * n_inputs].reshape(3, n_inputs)
