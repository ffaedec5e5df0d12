"""Targets in the units of the network, and predictions in the units of y again."""

from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from ..network.losses import Loss
from .moments import Moments
from .standardizer import Standardizer, moments_of


@dataclass(frozen=True)
class TargetScale:
    """y = shift + size * (what the network says), target by target.

    Distances (squared, absolute, Huber, quantiles) see y with mean 0 and standard deviation 1. Losses with a built-in
    exp (Poisson, gamma) see y divided by its mean, so that counts stay counts and 0 stays 0. Then a target in other
    units (10 y) trains the same network and predicts in its own units (10 times as much).

    shift, size : (n_targets,), float64
    """

    shift: Array
    size: Array

    @classmethod
    def fit(cls, Y: Array, loss: Loss, weight: Array | None = None) -> "TargetScale":
        """The scale of targets Y (n_samples, n_targets), weighted if weights (n_samples,) are given."""
        with np.errstate(over="ignore", invalid="ignore"):
            return cls.of(moments_of(Y, np.arange(len(Y)), weight), loss)

    @classmethod
    def of(cls, moments: Moments, loss: Loss) -> "TargetScale":
        """The scale of targets with these moments."""
        names = "the target".format if len(moments.mean) == 1 else "target {}".format
        standard = Standardizer.of(moments, names)
        if loss.output_activation is None:
            return cls(standard.mean, standard.scale)
        if loss.output_activation == "exp":
            return cls(np.zeros_like(standard.mean), np.where(standard.mean > 0, standard.mean, 1))
        return cls(np.zeros_like(standard.mean), np.ones_like(standard.mean))

    def scaled(self, Y: Array, dtype: str) -> Array:
        """Targets as the network sees them, (n_samples, n_targets), C-contiguous."""
        return np.ascontiguousarray((Y - self.shift) / self.size, dtype)

    def in_units(self, output: Array) -> Array:
        """Outputs (n_samples, n_L) in the units of y; output j belongs to target j // (n_L / n_targets)."""
        repeats = output.shape[1] // len(self.size)
        return np.asarray(output * np.repeat(self.size, repeats) + np.repeat(self.shift, repeats))
