"""How flat a minimum is: the largest eigenvalues of the Hessian, its trace, and how long a step it allows (T11)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from ..errors import DivergenceError, SettingError
from .architecture import Architecture
from .arrays import Array
from .backprop import NO_PENALTY
from .hessian import Hessian
from .losses import Loss
from .optimizers import Optimizer
from .penalty import Penalty
from .random_bits import generator

START_STREAM, PROBE_STREAM = 5, 6  # generator(0, 5) draws where Lanczos starts, generator(seed, 6) Hutchinson's signs
DENSE = 24  # so few parameters have their matrix written down: it takes no more products than Lanczos
PRECISION = 1e-8  # of an eigenvalue, relative to it
GRADIENT_DESCENT = Optimizer("sgd")
Pairs: TypeAlias = tuple[Array, Array]


def largest_eigenvalues(  # noqa: PLR0913 - the arguments of `gradient`, and k
    net: Architecture,
    theta: Array,
    X: Array,
    Y: Array,
    *,
    loss: Loss,
    penalty: Penalty = NO_PENALTY,
    sample_weight: Array | None = None,
    k: int = 1,
) -> Array:
    """The k largest eigenvalues of the Hessian of J (eq. 3) at theta, largest first, (k,).

    The first is how much the loss bends in the direction in which it bends most; near 0 is flat. A negative one is a
    direction in which the loss bends down. Arguments are those of `backprop.gradient`. The same arguments give the
    same numbers: Lanczos starts from a fixed vector.

    Raises
    ------
    SettingError
        If k is not a whole number from 1 to n_parameters.
    DivergenceError
        If the second derivatives are not finite numbers.

    Examples
    --------
    One linear neuron at x = 2: the Hessian is (2, 1)^T (2, 1), with the eigenvalues 5 and 0.

    >>> from glassnet.network.losses import Squared
    >>> net = Architecture((1, 1))
    >>> largest_eigenvalues(net, np.zeros(2), np.array([[2.0]]), np.array([[1.0]]), loss=Squared()).round(6)
    array([5.])
    """
    return eigenpairs(Hessian(net, theta, X, Y, loss, penalty, sample_weight), k)[0]


def eigenpairs(hessian: Hessian, k: int = 1, rates: Array | None = None) -> Pairs:
    """The k largest eigenvalues (k,), largest first, and their directions (k, n_parameters), each of length 1.

    Found by Lanczos, from products with the Hessian alone; of the two signs of a direction the one is taken whose
    largest entry is positive. Raises as `largest_eigenvalues`.

    rates : (n_parameters,)
        Factors of the learning rate of every entry of theta, if they differ. Then it is the matrix S H S, with
        S^2 = diag(rates): how much the loss bends for steps of that kind.
    """
    n = hessian.architecture.n_parameters
    if not (k == int(k) and 1 <= k <= n):
        raise SettingError(f"k={k} is not a number of eigenvalues. This network has {n}: ask for 1 to {n}.")
    S, random = np.ones(n) if rates is None else np.sqrt(rates), generator(0, START_STREAM)
    first = S * hessian.times(S * random.normal(size=n))
    if not np.isfinite(first).all():
        raise DivergenceError(
            "the second derivatives of the loss are not finite numbers here. Either the weights have grown without "
            "limit, or a row is far from all others. Train with a smaller learning_rate_init, or look at the rows."
        )
    if n <= DENSE or k > n // 2 or not first.any():  # a product of 0 with a random direction: all of it is 0
        H = hessian.matrix() if first.any() else np.zeros((n, n))
        values, vectors = np.linalg.eigh(S[:, None] * H * S)
    else:
        values, vectors = _lanczos(lambda v: S * hessian.times(S * v.ravel()), int(k), random.normal(size=(k + 1, n)))
    order = np.argsort(values)[::-1][: int(k)]
    values, directions = values[order], vectors[:, order].T
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return values, directions * np.sign(largest)


def _lanczos(times: Callable[[Array], Array], k: int, starts: Array) -> Pairs:
    """The k largest eigenvalues, in any order, and their vectors (n, k), from products alone.

    From one start Lanczos sees only one direction for each different eigenvalue. Networks with several linear outputs
    have equal ones. So, from another start, a look at what is left without the directions found, until it is smaller.
    """
    values, vectors = _run(times, k, starts[0])
    for start in starts[1:] if k > 1 else ():
        more, direction = _run(_without(times, vectors, 4 * np.abs(values).max()), 1, start)
        if more[0] <= values.min() + PRECISION * np.abs(values).max():
            break
        values, vectors = np.append(values, more), np.hstack([vectors, direction])
        largest = np.argsort(values)[-k:]
        values, vectors = values[largest], vectors[:, largest]
    return values, vectors


def _without(times: Callable[[Array], Array], vectors: Array, drop: float) -> Callable[[Array], Array]:
    """The same products, with the eigenvalues of these directions lowered by `drop`."""
    return lambda v: times(v) - drop * (vectors @ (vectors.T @ v.ravel()))


def _run(times: Callable[[Array], Array], k: int, start: Array) -> Pairs:
    operator = LinearOperator((start.size, start.size), matvec=times, dtype=np.float64)
    values, vectors = eigsh(operator, k, which="LA", v0=start, tol=PRECISION)
    return values, vectors


def trace(hessian: Hessian, n_probes: int = 32, known: Pairs | None = None, seed: int = 0) -> tuple[float, float]:
    """The trace of the Hessian, the sum of its eigenvalues, and the standard error of this estimate.

    tr H = E s^T H s, for a vector s of random signs                      (eq. 18)

    is estimated by the mean over n_probes such vectors (Hutchinson 1990). Where the diagonal has no more entries than
    that, they are added up instead, and the error is 0.

    known : eigenvalues (k,) and directions (k, n_parameters)
        Then these eigenvalues are added up, and only what is left of s at right angles to their directions estimates
        the rest. The few large eigenvalues would bring most of the error (Meyer et al. 2021, "Hutch++").

    Raises
    ------
    SettingError
        If there are fewer than 2 probes, which have no spread.
    """
    if n_probes < 2:
        raise SettingError(f"n_probes={n_probes} random vectors do not show how far off their mean is. Take 32.")
    n = hessian.architecture.n_parameters
    if n <= n_probes:
        return float(np.trace(hessian.matrix())), 0.0
    values, directions = (np.empty(0), np.empty((0, n))) if known is None else known
    signs = generator(seed, PROBE_STREAM).integers(0, 2, (n_probes, n)) * 2.0 - 1
    rest = signs - signs @ directions.T @ directions
    draws = values.sum() + np.array([s @ hessian.times(s) for s in rest])
    return float(draws.mean()), float(draws.std(ddof=1) / np.sqrt(n_probes))


def stability_limit(hessian: Hessian, optimizer: Optimizer = GRADIENT_DESCENT) -> float | None:
    """The learning rate from which steps along the sharpest direction grow instead of shrinking.

    2 / lambda for gradient descent, 2 (1 + momentum) / lambda with momentum, and with Nesterov's
    2 (1 + momentum) / ((1 + 2 momentum) lambda)                          (eq. 19)

    lambda is the largest eigenvalue; with the NTK parametrization, whose rates differ by layer, the largest of S H S
    (see `eigenpairs`). Below the limit the optimizer can stay at this minimum, above it is thrown out. That holds for
    steps with all rows, as far as J is a parabola; steps with few rows are noisy besides and may leave earlier. The
    limit is infinite where nothing bends up.

    None for Adam: it divides the step of each weight by the size of its gradients, so its limit is not a number of the
    Hessian alone (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability").

    Examples
    --------
    >>> hessian = Hessian(Architecture((1, 1)), np.zeros(2), np.array([[2.0]]), np.array([[1.0]]))  # lambda = 5
    >>> round(stability_limit(hessian), 6), round(stability_limit(hessian, Optimizer("momentum", momentum=0.5)), 6)
    (0.4, 0.6)
    """
    m = optimizer.momentum
    numerators = {"sgd": 2.0, "momentum": 2 * (1 + m), "nesterov": 2 * (1 + m) / (1 + 2 * m)}
    if optimizer.name not in numerators:
        return None
    rates = np.empty(hessian.architecture.n_parameters)
    factors = optimizer.factors(hessian.architecture)
    for layer, (W, b) in hessian.architecture.layers(rates).items():
        W[:], b[:] = factors[layer]
    largest = eigenpairs(hessian, 1, rates)[0][0]
    return float(numerators[optimizer.name] / largest) if largest > 0 else np.inf


@dataclass(frozen=True)
class Sharpness:
    """How the objective J bends around a network's weights. Printing it says what each number means.

    eigenvalues : (k,), the largest of the Hessian, largest first
    trace, trace_error : the sum of all eigenvalues, and the standard error of its estimate
    objective, gradient_norm : J, and the length of its gradient, which is 0 at a minimum
    n_rows, n_parameters : of which J is the mean, and on which it depends
    optimizer, learning_rate : what the network was trained with; None if that is not known, or was not in steps
    optimizer_limit : `stability_limit` of that optimizer, None if it has none
    """

    eigenvalues: tuple[float, ...]
    trace: float
    trace_error: float
    objective: float
    gradient_norm: float
    n_rows: int
    n_parameters: int
    optimizer: Optimizer | None = None
    learning_rate: float | None = None
    optimizer_limit: float | None = None

    @property
    def largest_eigenvalue(self) -> float:
        """How much J bends where it bends most; the usual meaning of sharpness."""
        return self.eigenvalues[0]

    @property
    def stability_limit(self) -> float:
        """2 / lambda: the learning rate from which gradient descent with all rows leaves this minimum (eq. 19)."""
        return 2 / self.largest_eigenvalue if self.largest_eigenvalue > 0 else np.inf

    def __str__(self) -> str:
        others = ", ".join(f"{value:.3g}" for value in self.eigenvalues[1:])
        per_weight = self.trace / self.n_parameters
        rows = [
            ("largest eigenvalue", f"{self.largest_eigenvalue:.3g}", "how much J bends where it bends most; flat is 0"),
            *([("next eigenvalues", others, "in directions at right angles to it")] if others else []),
            (
                "trace",
                f"{self.trace:.3g}" + (f" +- {self.trace_error:.1g}" if self.trace_error else ""),
                f"how much it bends in all directions together; {per_weight:.2g} per weight",
            ),
            ("J", f"{self.objective:.3g}", "mean loss and penalty"),
            ("gradient", f"{self.gradient_norm:.2g}", "its length; a minimum has 0"),
            ("stability limit", f"{self.stability_limit:.3g}", "2 / largest: faster gradient descent cannot stay here"),
            *self._training(),
        ]
        wide = max(len(number) for _, number, _ in rows)
        lines = [f"  {name:<18}  {number:<{wide}}  {meaning}" for name, number, meaning in rows]
        rows_of = f"{self.n_rows} row{'s' if self.n_rows > 1 else ''}"
        head = f"Sharpness of J over {rows_of}, as a function of {self.n_parameters} weights and biases"
        return "\n".join([head, *lines])

    def _training(self) -> list[tuple[str, str, str]]:
        if self.optimizer is None or self.learning_rate is None:
            return []
        name, limit = self.optimizer.name, self.optimizer_limit
        told = "that it was trained with"
        if limit is None:
            told = f"of {name}, whose steps are not the gradient's: the limit is not its own"
        elif f"{limit:.3g}" != f"{self.stability_limit:.3g}":
            told += f"; the limit of {name} is {limit:.3g}"
        return [("learning rate", f"{self.learning_rate:.3g}", told)]


def sharpness(
    hessian: Hessian,
    k: int = 3,
    n_probes: int = 32,
    optimizer: Optimizer | None = None,
    learning_rate: float | None = None,
) -> Sharpness:
    """Everything that `Sharpness` holds, with k eigenvalues and n_probes vectors for the trace.

    Raises as `eigenpairs` and `trace`; a network with fewer than k parameters has as many eigenvalues as parameters.
    """
    n = hessian.architecture.n_parameters
    pairs = eigenpairs(hessian, min(k, n))
    return Sharpness(
        tuple(pairs[0].tolist()),
        *trace(hessian, n_probes, pairs),
        hessian.objective(),
        float(np.linalg.norm(hessian.gradient())),
        len(hessian.X),
        n,
        optimizer,
        learning_rate,
        None if optimizer is None else stability_limit(hessian, optimizer),
    )
