"""How the gradient changes when theta moves: the Hessian times a vector, exactly, at the price of two gradients.

The Hessian of n_parameters weights has n_parameters^2 entries, too many to write down. Its product with one direction V
is the derivative of the gradient along V, and Pearlmutter (1994), "Fast exact multiplication by the Hessian", carries
it through the two passes: wherever those have a number x, his operator R has R x = d/dr x(theta + r V) at r = 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import InputError
from .activations import activation_named
from .architecture import Architecture
from .arrays import Array
from .backprop import NO_PENALTY, SQUARED, Forward, backpropagate, feedforward, gradient, objective, output_delta
from .losses import Loss
from .penalty import Penalty
from .second_derivatives import activation_bend, loss_bend

BLOCK_ROWS = 4096  # rows that go through the passes at a time
MOST_KEPT = 2**23  # neurons times rows whose numbers are kept from one product to the next: at most 0.4 GB


@dataclass(frozen=True)
class Hessian:
    """The matrix of the second derivatives of J (eq. 3) by theta, (n_parameters, n_parameters), known by its products.

    Parameters are those of `backprop.gradient`, with theta where the derivatives are taken. Everything is computed in
    float64. The L1 penalty is made of straight lines and adds nothing.

    Examples
    --------
    One linear neuron at x = 2, y = 1: J = 1/2 (2 W + b - 1)^2, so the Hessian is (2, 1)^T (2, 1).

    >>> hessian = Hessian(Architecture((1, 1)), np.zeros(2), np.array([[2.0]]), np.array([[1.0]]))
    >>> hessian.times(np.array([1.0, 0.0]))
    array([4., 2.])
    >>> hessian.matrix()
    array([[4., 2.],
           [2., 1.]])
    """

    architecture: Architecture
    theta: Array
    X: Array
    Y: Array
    loss: Loss = SQUARED
    penalty: Penalty = NO_PENALTY
    sample_weight: Array | None = None
    masks: dict[int, Array] | None = None

    def objective(self, theta: Array | None = None) -> float:
        """J at theta, or at another theta (eq. 3)."""
        theta, w = self.theta if theta is None else theta, self.total_weight
        total = sum(
            objective(part.architecture, part.theta, part.X, part.Y, part.loss, **part._terms, total_weight=w)
            for part in replace(self, theta=theta)._rows()
        )
        return total + self.penalty.value(self.architecture, theta) / w

    def gradient(self) -> Array:
        """Its gradient at theta, (n_parameters,) (eq. 6)."""
        w, total = self.total_weight, self.penalty.gradient(self.architecture, self.theta.astype(np.float64))
        total /= w
        for part in self._rows():
            total += gradient(part.architecture, part.theta, part.X, part.Y, part.loss, **part._terms, total_weight=w)
        return total

    @property
    def _terms(self) -> dict[str, Any]:
        return {"penalty": self.penalty, "sample_weight": self.sample_weight, "masks": self.masks}

    @property
    def total_weight(self) -> float:
        """w, what J is divided by: the number of rows, or the sum of their weights."""
        return float(len(self.X) if self.sample_weight is None else self.sample_weight.sum())

    def times(self, V: Array) -> Array:
        """The product with a direction V in theta's space, both (n_parameters,) and laid out like theta (eq. 14 to 17).

        The first call keeps what the two passes have found, unless there are too many rows; then every call goes
        through them again, in memory that does not grow with the table.

        Raises
        ------
        InputError
            If V is not laid out like theta.
        """
        V, n = np.asarray(V, np.float64), self.architecture.n_parameters
        if V.shape != (n,):
            raise InputError(f"V has shape {V.shape}, but a direction has an entry for each of theta's: ({n},).")
        product = replace(self.penalty, l1=0.0).gradient(self.architecture, V)  # alpha V for weights, 0 for biases
        views = self.architecture.layers(product)
        for part in self._parts:
            for layer, (dW, db) in part.products(self.architecture.layers(V)).items():
                views[layer][0][:] += dW
                views[layer][1][:] += db
        return np.asarray(product / self.total_weight)

    def matrix(self) -> Array:
        """The whole matrix, a product for every column: for small networks."""
        H = np.array([self.times(V) for V in np.eye(self.architecture.n_parameters)])
        return np.asarray((H + H.T) / 2)  # the same up to rounding

    @property
    def _parts(self) -> "list[_Part] | Iterator[_Part]":
        few = len(self.X) * sum(self.architecture.sizes) <= MOST_KEPT
        return self._kept if few else map(_Part.of, self._rows())

    @cached_property
    def _kept(self) -> "list[_Part]":
        return list(map(_Part.of, self._rows()))

    def _rows(self) -> "Iterator[Hessian]":
        """The same problem for blocks of rows, in float64, without the penalty."""
        theta = self.theta.astype(np.float64)
        for start in range(0, len(self.X), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            X, Y = self.X[rows].astype(np.float64), self.Y[rows].astype(np.float64)
            weight = None if self.sample_weight is None else self.sample_weight[rows]
            masks = {layer: mask[rows] for layer, mask in (self.masks or {}).items()}
            yield Hessian(self.architecture, theta, X, Y, self.loss, NO_PENALTY, weight, masks)


@dataclass(frozen=True)
class _Part:
    """What the two passes have found on some rows, ready to be multiplied with many directions."""

    problem: Hessian
    forward: Forward
    Delta: dict[int, Array]
    slopes: dict[int, Array]  # f'(Z^l) M^l
    blames: dict[int, Array]  # f''(Z^l) M^l * (Delta^{l+1} (W^{l+1})^T), what f'' is multiplied by R Z^l with

    @classmethod
    def of(cls, problem: Hessian) -> "_Part":
        """Both passes over the rows of the problem."""
        net, theta = problem.architecture, problem.theta
        forward = feedforward(net, theta, problem.X, problem.masks)
        Delta = backpropagate(
            net, theta, forward, output_delta(net, problem.loss, forward, problem.Y, problem.sample_weight)
        )
        slopes, blames = {}, {}
        for layer in range(2, net.n_layers):
            name, mask = net.activation[layer - 2], forward.masks.get(layer, 1.0)
            slopes[layer] = activation_named(name).slope(forward.Z[layer]) * mask
            W = net.layers(theta)[layer + 1][0]
            blames[layer] = activation_bend(name)(forward.Z[layer]) * mask * (Delta[layer + 1] @ W.T)
        return cls(problem, forward, Delta, slopes, blames)

    def products(self, V: dict[int, tuple[Array, Array]]) -> dict[int, tuple[Array, Array]]:
        """R of the sums (A^{l-1})^T Delta^l and sum of Delta^l over these rows, for every layer (eq. 17)."""
        RZ, RA = self._forward(V)
        RDelta = self._backward(V, RZ)
        products = {}
        for layer in V:
            dW = self.forward.A[layer - 1].T @ RDelta[layer]
            if layer > 2:
                dW += RA[layer - 1].T @ self.Delta[layer]
            products[layer] = dW, RDelta[layer].sum(axis=0)
        return products

    def _forward(self, V: dict[int, tuple[Array, Array]]) -> tuple[dict[int, Array], dict[int, Array]]:
        """R Z^l of every layer and R A^l of the hidden ones (eq. 14); the inputs do not move."""
        A, layers = self.forward.A, self.problem.architecture.layers(self.problem.theta)
        RZ: dict[int, Array] = {}
        RA: dict[int, Array] = {}
        for layer, (dW, db) in V.items():
            RZ[layer] = A[layer - 1] @ dW + db
            if layer > 2:
                RZ[layer] += RA[layer - 1] @ layers[layer][0]
            if layer in self.slopes:
                RA[layer] = self.slopes[layer] * RZ[layer]
        return RZ, RA

    def _backward(self, V: dict[int, tuple[Array, Array]], RZ: dict[int, Array]) -> dict[int, Array]:
        """R Delta^l of every layer (eq. 15 and 16)."""
        net, L = self.problem.architecture, self.problem.architecture.n_layers
        layers, RDelta = net.layers(self.problem.theta), {L: self._output(RZ[L])}
        for layer in range(L - 1, 1, -1):
            dW = V[layer + 1][0]
            back = RDelta[layer + 1] @ layers[layer + 1][0].T + self.Delta[layer + 1] @ dW.T
            RDelta[layer] = self.slopes[layer] * back + self.blames[layer] * RZ[layer]
        return RDelta

    def _output(self, RZ: Array) -> Array:
        """R Delta^L, where the loss bends, and for a distance the output activation too (eq. 15)."""
        problem, net = self.problem, self.problem.architecture
        Z, name = self.forward.Z[net.n_layers], net.output_activation
        if problem.loss.output_activation is not None:
            RDelta = loss_bend(problem.loss, problem.Y, Z, RZ)
        else:
            slope, A = activation_named(name).slope(Z), self.forward.output
            RDelta = slope * loss_bend(problem.loss, problem.Y, A, slope * RZ)
            RDelta += activation_bend(name)(Z) * RZ * problem.loss.slopes(problem.Y, A)
        return RDelta if problem.sample_weight is None else RDelta * problem.sample_weight[:, None]
