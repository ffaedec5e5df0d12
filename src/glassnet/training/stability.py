"""How long a gradient step may be on some rows: beyond 2 / curvature it lands higher on the other side of the valley.

On a parabola with curvature lambda a step of gradient descent multiplies the distance to the minimum by
1 - eta lambda, which grows once eta > 2 / lambda (Goodfellow, Bengio and Courville 2016, section 4.3).
"""

import numpy as np

from ..engine.program import Program
from ..errors import DivergenceError
from ..network.arrays import Array
from ..network.curvature import stability_limit
from ..network.hessian import Hessian
from .rows import Rows


def limit_on(program: Program, theta: Array, rows: Rows) -> float | None:
    """The learning rate beyond which the program's steps on these rows overshoot at theta, with dropout off.

    None where the curvature sets no limit: Adam scales each step by another rule, J may be flat or bend down, and
    second derivatives may be too large for numbers.
    """
    theta, X, Y = (part.astype(np.float64) for part in (theta, rows.X, rows.Y))
    weight = rows.weight.astype(np.float64) if rows.weight.size else None
    hessian = Hessian(program.architecture, theta, X, Y, program.loss, program.penalty, weight)
    try:
        with np.errstate(all="ignore"):
            limit = stability_limit(hessian, program.optimizer)
    except DivergenceError:
        return None
    if limit is None or not np.isfinite(limit):
        return None
    return limit * len(rows) / hessian.total_weight  # the Hessian's J is a weighted mean, a step divides by its rows
