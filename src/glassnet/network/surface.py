"""Slices of the loss surface: J along two directions from theta, as numbers to draw (Li et al. 2018)."""

from dataclasses import dataclass

import numpy as np

from ..errors import SettingError, nearest
from .architecture import Architecture
from .arrays import Array
from .curvature import eigenpairs
from .hessian import Hessian
from .random_bits import generator

DIRECTIONS_STREAM = 7  # generator(seed, 7) draws random directions
KINDS = ("random", "eigenvectors")


@dataclass(frozen=True)
class LossSurface:
    """J(theta + alpha d_1 + beta d_2) on a grid around theta.

    directions : (2, n_parameters), d_1 and d_2
    steps : (n_points,), the values of alpha, and of beta; the middle one is 0
    values : (n_points, n_points), J; row i has alpha = steps[i], column j has beta = steps[j]
    """

    directions: Array
    steps: Array
    values: Array

    @property
    def objective(self) -> float:
        """J at theta itself, in the middle."""
        middle = len(self.steps) // 2
        return float(self.values[middle, middle])


def random_directions(architecture: Architecture, theta: Array, seed: int = 0) -> Array:
    """Two random directions, (2, n_parameters), as long as theta neuron by neuron (filter normalisation).

    d_j <- d_j |W_j| / |d_j|   for every column j of every W              (eq. 20)

    and every bias by itself, so a bias of 0 stays. ReLU neurons can be made ten times louder and their successors ten
    times deafer, and the network is the same: without this such a network would look flat in the one layer and sharp in
    the other (Li et al. 2018, "Visualizing the loss landscape of neural nets").
    """
    directions = generator(seed, DIRECTIONS_STREAM).normal(size=(2, architecture.n_parameters))
    for direction in directions:
        lengths = zip(architecture.layers(direction).values(), architecture.layers(theta).values(), strict=True)
        for drawn, own in lengths:
            for d, part in zip(drawn, own, strict=True):
                d *= _length(part) / _length(d)
    return directions


def _length(part: Array) -> Array:
    """Of every column of weights; of every bias by itself."""
    return np.asarray(np.linalg.norm(np.atleast_2d(part), axis=0))


def loss_surface(
    hessian: Hessian, directions: str | Array = "random", *, span: float = 1.0, n_points: int = 21, seed: int = 0
) -> LossSurface:
    """J on a square grid around theta, n_points by n_points, from -span to span in each direction.

    Parameters
    ----------
    hessian : Hessian
        The problem: it knows J, rows and theta.
    directions : "random", "eigenvectors" or (2, n_parameters)
        Filter-normalised random directions, for which span 1 is a change as large as the weights themselves; the two
        directions of length 1 in which J bends most; or your own.
    n_points : int
        Odd, so that the middle is theta.

    Raises
    ------
    SettingError
        If the directions are unknown or have another shape, n_points is not odd from 3 on, or span is not above 0.
    DivergenceError
        If eigenvectors are asked for and J has no finite second derivatives.

    Examples
    --------
    J = 1/2 (2 W + b - 1)^2 from W = b = 0 along W and along b.

    >>> hessian = Hessian(Architecture((1, 1)), np.zeros(2), np.array([[2.0]]), np.array([[1.0]]))
    >>> loss_surface(hessian, np.eye(2), n_points=3).values
    array([[8. , 4.5, 2. ],
           [2. , 0.5, 0. ],
           [0. , 0.5, 2. ]])
    """
    if n_points != int(n_points) or n_points < 3 or n_points % 2 == 0:
        raise SettingError(f"n_points={n_points} has no middle for theta to stand in. Take an odd number from 3 on.")
    if not 0 < span < np.inf:
        raise SettingError(f"span={span} is not a number above 0. It is how far the slice goes, in both directions.")
    d = _directions(hessian, directions, seed)
    steps = span * np.linspace(-1, 1, int(n_points))
    with np.errstate(over="ignore"):  # far away J may be infinite
        values = [[hessian.objective(hessian.theta + a * d[0] + b * d[1]) for b in steps] for a in steps]
    return LossSurface(d, steps, np.array(values))


def _directions(hessian: Hessian, directions: str | Array, seed: int) -> Array:
    n = hessian.architecture.n_parameters
    if isinstance(directions, str):
        if directions not in KINDS:
            raise SettingError(
                f"directions={directions!r} is not one of {', '.join(KINDS)}. {nearest(directions, KINDS)} You may "
                f"also give your own, an array of shape (2, {n})."
            )
        if directions == "random":
            return random_directions(hessian.architecture, hessian.theta, seed)
        return eigenpairs(hessian, 2)[1]
    if np.shape(directions) != (2, n):
        raise SettingError(f"directions have shape {np.shape(directions)}. Give two vectors like theta: (2, {n}).")
    return np.asarray(directions, np.float64)
