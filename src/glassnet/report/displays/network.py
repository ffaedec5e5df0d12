"""NetworkDisplay: the layers of a network with their neurons."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...network.arrays import Array
from .axes import BLUE, GREY, axes_or_new

DRAWN = 9  # neurons of a layer that are drawn; dots stand for the others


class NetworkDisplay:
    """Layers from left to right, the input being layer 1, with some of their neurons and what they do.

    Parameters
    ----------
    sizes : sequence of int
        Neurons of layers 1, ..., L.
    activations : sequence of str
        Of the hidden layers and of the output.

    Attributes
    ----------
    sizes, activations
        What is drawn.
    figure_, ax_
        matplotlib's, once drawn.

    Examples
    --------
    >>> from glassnet.report import NetworkDisplay
    >>> display = NetworkDisplay([2, 100, 1], ["relu", "identity"]).plot()
    >>> [text.get_text().split() for text in display.ax_.texts]
    [['2', 'input'], ['...'], ['100', 'relu'], ['1', 'identity']]
    """

    def __init__(self, sizes: Sequence[int], activations: Sequence[str]) -> None:
        self.sizes, self.activations = list(sizes), list(activations)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> Self:
        """Draw the network of a fitted model, or of each of its members, which have the same shape."""
        check_is_fitted(estimator)
        return cls.from_architecture(estimator._fitted.first.architecture, ax=ax)

    @classmethod
    def from_architecture(cls, architecture: Any, *, ax: Any = None) -> Self:
        """Draw an architecture, such as `network.architecture`."""
        return cls(architecture.sizes, names_of(architecture)).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it."""
        ax = axes_or_new(ax)
        heights = [_heights(size) for size in self.sizes]
        for x, (left, right) in enumerate(pairwise(heights)):
            pairs = [(a, b) for a in left for b in right]
            ax.plot([x, x + 1], np.array(pairs).T, color=GREY, linewidth=0.4, alpha=0.6, zorder=1)
        for x, (size, name) in enumerate(zip(self.sizes, ["input", *self.activations], strict=True)):
            ax.plot(np.full(len(heights[x]), x), heights[x], "o", color=BLUE, markersize=9, zorder=2)
            if size > DRAWN:
                ax.text(x, 0, "...", rotation=90, ha="center", va="center", fontsize="large")
            ax.text(x, -DRAWN / 2 - 0.9, f"{size}\n{name}", ha="center", va="top")
        ax.set(xlim=(-0.5, len(self.sizes) - 0.5), ylim=(-DRAWN / 2 - 2.6, DRAWN / 2 + 0.5))
        ax.axis("off")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def names_of(architecture: Any) -> list[str]:
    """What the neurons of layers 2, ..., L do; an output of no function of its own is the identity."""
    return [*architecture.activation, architecture.output_activation or "identity"]


def _heights(size: int) -> Array:
    """Where neurons are drawn, around 0; in the middle there is a gap if not all are."""
    n = min(size, DRAWN)
    heights = (n - 1) / 2 - np.arange(n)
    return heights if size <= DRAWN else heights[np.abs(heights) > 0.5]
