"""The forward pass by compiled code: for rows of columns in bins, of which the formulas write out every bin."""

from typing import Literal

import numpy as np

from ..network.architecture import Architecture
from ..network.arrays import Array
from .compiled import compiled
from .writer import forward_program, write_forward


def output_aggregates(
    architecture: Architecture, theta: Array, X: Array, dtype: Literal["float32", "float64"] = "float32"
) -> Array:
    """Z^L of the rows X, (n_samples, n_L), without dropout, as `network.backprop.feedforward` has it up to rounding.

    theta : (n_parameters,), or (n_thetas, n_parameters) for a Z each, (n_thetas, n_samples, n_L)
        Of that type, and writable, as X is: code is compiled for each kind of array.

    Examples
    --------
    >>> output_aggregates(Architecture((1, 1)), np.array([2, 1], np.float32), np.array([[3]], np.float32))
    array([[7.]], dtype=float32)
    """
    program = forward_program(architecture, dtype)
    Z = np.empty((*theta.shape[:-1], len(X), architecture.sizes[-1]), dtype)
    thetas, Zs = theta.reshape(-1, theta.shape[-1]), Z.reshape(-1, *Z.shape[-2:])
    compiled(write_forward, program)(thetas, X, Zs, program.settings)
    return Z
