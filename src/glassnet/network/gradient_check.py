"""Is the gradient right? Compare it with finite differences, weight by weight."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .architecture import Architecture
from .arrays import Array
from .network import Network

STEP = float(np.cbrt(np.finfo(np.float64).eps))  # balances rounding (eps / h) against truncation (h^2)


@dataclass(frozen=True)
class GradientCheck:
    """The two gradients and where they differ most. Printing it shows the worst entry by layer and index.

    `backprop` and `differences` have shape (n_parameters,); `error` is |backprop - differences| divided by the sum of
    the norms of the two gradients (or by 1e-8, if that is larger), so 1e-7 is agreement and 1e-2 is a wrong formula.
    """

    architecture: Architecture
    backprop: Array
    differences: Array

    @property
    def error(self) -> Array:
        """Relative difference of every entry, (n_parameters,)."""
        gradients = (self.backprop, self.differences)
        scale = sum(float(np.linalg.norm(g[np.isfinite(g)])) for g in gradients)  # so that NaN stays in its own entry
        with np.errstate(invalid="ignore"):  # infinity minus infinity
            return np.asarray(np.abs(self.backprop - self.differences) / max(scale, 1e-8))

    @property
    def worst(self) -> int:
        """Index into theta of the entry that differs most; NaN counts as most."""
        return int(np.argmax(np.where(np.isnan(self.error), np.inf, self.error)))

    def __str__(self) -> str:
        k = self.worst
        return (
            f"worst of {self.error.size} entries: {entry_name(self.architecture, k)}, "
            f"backpropagation {self.backprop[k]:.10g}, finite differences {self.differences[k]:.10g}, "
            f"relative error {self.error[k]:.1e}"
        )


def gradient_check(
    net: Network,
    X: Any,
    Y: Any,
    *,
    sample_weight: Any = None,
    masks: dict[int, Array] | None = None,
    verbose: bool = True,
) -> GradientCheck:
    """Compare `net.gradient` with central differences of `net.loss`, one entry of theta at a time.

    (J(theta + h e_k) - J(theta - h e_k)) / (2 h), with h the cube root of the machine precision. At a kink (relu at
    exactly 0) the two sides differ and so do the two gradients: move the row a little.

    Parameters
    ----------
    net : Network
    X, Y, sample_weight, masks
        As in `Network.gradient`.
    verbose : bool
        Print the worst entry.

    Examples
    --------
    >>> import numpy as np
    >>> net = Network((2, 3, 1), activation="tanh", random_state=0)
    >>> check = gradient_check(net, np.ones((1, 2)), np.ones((1, 1)), verbose=False)
    >>> bool(check.error.max() < 1e-8)
    True
    """
    backprop, kept = net.gradient(X, Y, sample_weight=sample_weight, masks=masks), net.theta.copy()
    differences = np.empty_like(backprop)
    try:
        for k in range(kept.size):
            up, down = kept[k] + STEP, kept[k] - STEP
            net.theta[k] = up
            loss_up = net.loss(X, Y, sample_weight=sample_weight, masks=masks)
            net.theta[k] = down
            loss_down = net.loss(X, Y, sample_weight=sample_weight, masks=masks)
            differences[k] = (loss_up - loss_down) / (up - down)
            net.theta[k] = kept[k]
    finally:
        net.theta[:] = kept
    check = GradientCheck(net.architecture, backprop, differences)
    if verbose:
        print(check)
    return check


def entry_name(architecture: Architecture, k: int) -> str:
    """The name of theta[k], for example "W^2[3, 0]" or "b^3[1]".

    Examples
    --------
    >>> entry_name(Architecture((2, 3, 1)), 4), entry_name(Architecture((2, 3, 1)), 7)
    ('W^2[1, 1]', 'b^2[1]')
    """
    for layer, (weights, biases) in architecture.slices.items():
        if k < weights.stop:
            i, j = divmod(k - weights.start, architecture.sizes[layer - 1])
            return f"W^{layer}[{i}, {j}]"
        if k < biases.stop:
            return f"b^{layer}[{k - biases.start}]"
    raise IndexError(f"theta has {architecture.n_parameters} entries, so there is no entry {k}")
