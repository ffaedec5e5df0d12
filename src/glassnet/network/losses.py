"""How wrong an output is: the losses l(y, .), each with its derivative.

A *distance* (squared, absolute, Huber, pinball) compares y with the prediction a^L, whatever the output activation is.
A *likelihood* (Poisson, gamma, logistic, cross-entropy) is written in z^L with its own output activation built in: the
chain rule through exp, sigmoid or softmax then collapses to "prediction minus target", and nothing overflows.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, logsumexp, softmax, xlogy

from ..errors import InputError, SettingError, nearest
from .activations import activation_named
from .arrays import Array


class Loss(ABC):
    """One loss: its value per row and its derivative at the output, both for outputs of shape (n_samples, n_L).

    `output_activation` names the output activation that a likelihood has built in; None marks a distance.
    """

    name: ClassVar[str]
    output_activation: ClassVar[str | None] = None

    @abstractmethod
    def values(self, Y: Array, output: Array) -> Array:
        """The loss of every row, (n_samples,): the sum over its outputs. `output` is a^L, for a likelihood z^L."""

    @abstractmethod
    def slopes(self, Y: Array, output: Array) -> Array:
        """The derivative of `values` by `output`, (n_samples, n_L)."""

    def n_targets(self, n_outputs: int) -> int:
        """How many columns Y has when the network has n_outputs outputs."""
        return n_outputs

    def check_targets(self, Y: Array, n_outputs: int) -> None:  # noqa: B027 - most losses take every target
        """Raise InputError for targets that the loss is not defined for, naming the first such row (none here)."""

    def numbers(self) -> dict[str, float]:
        """The loss's own numbers by name, in a fixed order (none here)."""
        return {}

    def order(self, output: Array) -> Array | None:
        """Which output (n_samples, n_L) stands for which in a prediction; None (here): each for itself."""
        return None


@dataclass(frozen=True)
class Squared(Loss):
    """l = 1/2 (a - y)^2, dl/da = a - y. Its minimum is the mean."""

    name: ClassVar[str] = "squared_error"

    def values(self, Y: Array, output: Array) -> Array:
        """1/2 (a - y)^2, summed over the outputs."""
        return np.asarray(0.5 * np.square(output - Y).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """The error a - y."""
        return output - Y


@dataclass(frozen=True)
class Absolute(Loss):
    """l = |a - y|, dl/da = sign(a - y), 0 at the kink. Its minimum is the median."""

    name: ClassVar[str] = "absolute_error"

    def values(self, Y: Array, output: Array) -> Array:
        """|a - y|, summed over the outputs."""
        return np.asarray(np.abs(output - Y).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """sign(a - y)."""
        return np.asarray(np.sign(output - Y))


@dataclass(frozen=True)
class Huber(Loss):
    """l = 1/2 e^2 where |e| <= delta, else delta (|e| - delta / 2), with e = a - y (Huber 1964).

    The default 1.35 keeps 95 % of the efficiency of the mean under normal noise of standard deviation 1.
    """

    name: ClassVar[str] = "huber"
    delta: float = 1.35

    def __post_init__(self) -> None:
        """Refuse a delta that is not above 0."""
        if not self.delta > 0:
            raise SettingError(
                f"delta={self.delta} is not a number above 0. It is the error from which the Huber loss grows "
                "linearly. Start with 1.35."
            )

    def values(self, Y: Array, output: Array) -> Array:
        """Quadratic near 0, linear far away; summed over the outputs."""
        size = np.abs(output - Y)
        near = np.minimum(size, self.delta)
        return np.asarray((near * (size - 0.5 * near)).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """The error a - y, cut to [-delta, delta]."""
        return np.asarray(np.clip(output - Y, -self.delta, self.delta))

    def numbers(self) -> dict[str, float]:
        """The one number delta."""
        return {"delta": self.delta}


@dataclass(frozen=True)
class Pinball(Loss):
    """l = q (y - a) where y > a, else (1 - q) (a - y), for every quantile q (Koenker and Bassett 1978).

    Several quantiles at once: output j predicts quantile j % Q of target j // Q, with Q = len(quantiles).
    The derivative is -q below y, 1 - q above y, and 0 at the kink.
    """

    name: ClassVar[str] = "quantile"
    quantiles: tuple[float, ...] = (0.5,)

    def __post_init__(self) -> None:
        """Refuse quantiles outside (0, 1)."""
        if not self.quantiles or not all(0 < q < 1 for q in self.quantiles):
            raise SettingError(
                f"quantiles={self.quantiles} are not all inside (0, 1). The quantile q lies above the share q of all "
                "targets. Write for example (0.1, 0.5, 0.9)."
            )

    def _errors_and_quantiles(self, Y: Array, output: Array) -> tuple[Array, Array]:
        n_quantiles = len(self.quantiles)
        error = output - np.repeat(Y, n_quantiles, axis=1)
        return error, np.tile(np.asarray(self.quantiles, output.dtype), output.shape[1] // n_quantiles)

    def values(self, Y: Array, output: Array) -> Array:
        """The tilted absolute error, summed over quantiles and targets."""
        error, q = self._errors_and_quantiles(Y, output)
        return np.asarray(np.where(error < 0, -q * error, (1 - q) * error).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """-q below y, 1 - q above y."""
        error, q = self._errors_and_quantiles(Y, output)
        return np.where(error < 0, -q, np.where(error > 0, 1 - q, error)).astype(output.dtype)  # NaN stays

    def n_targets(self, n_outputs: int) -> int:
        """One target column for every Q outputs."""
        if n_outputs % len(self.quantiles):
            raise SettingError(
                f"{n_outputs} outputs cannot hold {len(self.quantiles)} quantiles of each target. The network needs "
                "one output per quantile and target."
            )
        return n_outputs // len(self.quantiles)

    def numbers(self) -> dict[str, float]:
        """The quantiles, in order."""
        return {f"quantile_{k}": q for k, q in enumerate(self.quantiles)}

    def order(self, output: Array) -> Array:
        """The outputs of each target by size, so that a larger quantile is never below a smaller one.

        Sorting never makes the loss larger (Chernozhukov, Fernandez-Val and Galichon 2010).
        """
        n_quantiles, rank = len(self.quantiles), np.argsort(np.argsort(self.quantiles))
        by_target = output.reshape(len(output), -1, n_quantiles)
        first = n_quantiles * np.arange(by_target.shape[1])[:, None]
        return (np.argsort(by_target, axis=2, kind="stable")[:, :, rank] + first).reshape(output.shape)


@dataclass(frozen=True)
class Poisson(Loss):
    """Half the Poisson deviance, for counts: with mu = e^z, l = mu - y + y log(y / mu), dl/dz = mu - y."""

    name: ClassVar[str] = "poisson"
    output_activation: ClassVar[str | None] = "exp"

    def values(self, Y: Array, output: Array) -> Array:
        """e^z - y z + (y log y - y), summed over the outputs."""
        with np.errstate(over="ignore"):  # an infinite loss is divergence, and reported as that
            return np.asarray((np.exp(output) - Y * output + xlogy(Y, Y) - Y).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """e^z - y."""
        with np.errstate(over="ignore"):
            return np.exp(output) - Y

    def check_targets(self, Y: Array, n_outputs: int) -> None:
        """Counts are 0 or more."""
        _require_targets(self.name, Y, Y >= 0, "0 or more", "Use loss='squared_error' for a target with signs.")


@dataclass(frozen=True)
class Gamma(Loss):
    """Half the gamma deviance, for sizes above 0: with mu = e^z, l = log(mu / y) + y / mu - 1, dl/dz = 1 - y / mu."""

    name: ClassVar[str] = "gamma"
    output_activation: ClassVar[str | None] = "exp"

    def values(self, Y: Array, output: Array) -> Array:
        """Z - log y + y e^-z - 1, summed over the outputs."""
        with np.errstate(over="ignore"):
            return np.asarray((output - np.log(Y) + Y * np.exp(-output) - 1).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """1 - y e^-z."""
        with np.errstate(over="ignore"):
            return 1 - Y * np.exp(-output)

    def check_targets(self, Y: Array, n_outputs: int) -> None:
        """Sizes are above 0."""
        _require_targets(self.name, Y, Y > 0, "above 0", "Use loss='poisson' if some targets are 0.")


@dataclass(frozen=True)
class Logistic(Loss):
    """Minus the log-likelihood of yes or no, y in {0, 1}: l = log(1 + e^z) - y z, dl/dz = sigmoid(z) - y.

    Several outputs are several yes-or-no questions about the same row.
    """

    name: ClassVar[str] = "logistic"
    output_activation: ClassVar[str | None] = "sigmoid"

    def values(self, Y: Array, output: Array) -> Array:
        """log(1 + e^z) - y z, summed over the outputs."""
        return np.asarray((activation_named("softplus").value(output) - Y * output).sum(axis=1))

    def slopes(self, Y: Array, output: Array) -> Array:
        """sigmoid(z) - y."""
        return np.asarray(expit(output) - Y)

    def check_targets(self, Y: Array, n_outputs: int) -> None:
        """A share between no (0) and yes (1)."""
        _require_targets(self.name, Y, (Y >= 0) & (Y <= 1), "in [0, 1]", "Code no as 0 and yes as 1.")


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Minus the log-likelihood of one class out of n_L: l = log(sum_k e^z_k) - z_c, dl/dz_j = softmax(z)_j - [j = c].

    Y has one column that holds the number c of the row's class, counted from 0.
    """

    name: ClassVar[str] = "cross_entropy"
    output_activation: ClassVar[str | None] = "softmax"

    def values(self, Y: Array, output: Array) -> Array:
        """log(sum_k e^z_k) - z_c."""
        return np.asarray(logsumexp(output, axis=1) - output[np.arange(len(Y)), Y[:, 0].astype(int)])

    def slopes(self, Y: Array, output: Array) -> Array:
        """Probabilities, minus 1 at the row's class."""
        Delta = softmax(output, axis=1)
        Delta[np.arange(len(Y)), Y[:, 0].astype(int)] -= 1
        return np.asarray(Delta)

    def n_targets(self, n_outputs: int) -> int:
        """One column: the class number."""
        return 1

    def check_targets(self, Y: Array, n_outputs: int) -> None:
        """Whole numbers from 0 to n_L - 1."""
        valid = (Y >= 0) & (Y < n_outputs) & (Y == np.floor(Y))
        _require_targets(self.name, Y, valid, f"a class number 0, ..., {n_outputs - 1}", "Code the classes from 0.")


LOSSES = {loss.name: loss for loss in (Squared, Absolute, Huber, Pinball, Poisson, Gamma, Logistic, CrossEntropy)}


def loss_named(name: str) -> Loss:
    """The loss of that name, with its usual numbers.

    Raises
    ------
    SettingError
        If there is no such loss.

    Examples
    --------
    >>> import numpy as np
    >>> loss_named("squared_error").values(np.array([[1.0]]), np.array([[3.0]]))
    array([2.])
    """
    if name not in LOSSES:
        raise SettingError(f"loss={name!r} is not a loss. Choose one of {', '.join(LOSSES)}. {nearest(name, LOSSES)}")
    return LOSSES[name]()


def _require_targets(name: str, Y: Array, valid: Array, rule: str, fix: str) -> None:
    if valid.all():
        return
    row, column = np.argwhere(~valid)[0]
    raise InputError(
        f"y is {Y[row, column]} in row {row}, but loss={name!r} needs targets that are {rule}. {fix}",
        error_id="E211",
    )
