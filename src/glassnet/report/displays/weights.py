"""WeightsDisplay: the weights of every layer, as histograms."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...network.arrays import Array
from .axes import COLORS, axes_or_new

BINS = 40


class WeightsDisplay:
    """Histograms of the weights W^2, ..., W^L of all members, biases left out.

    Parameters
    ----------
    histograms : {layer: (edges, counts)}

    Attributes
    ----------
    histograms
        The numbers behind the figure.
    figure_, ax_
        matplotlib's, once drawn.
    """

    def __init__(self, histograms: Mapping[int, tuple[Array, Array]]) -> None:
        self.histograms = {layer: (np.asarray(e), np.asarray(c)) for layer, (e, c) in histograms.items()}

    @classmethod
    def of(cls, networks: Sequence[Any]) -> Self:
        """Count the weights of networks of one shape, without drawing."""
        layers: dict[int, list[Array]] = {}
        for network in networks:
            for layer, (W, _) in network.architecture.layers(network.theta).items():
                layers.setdefault(layer, []).append(np.ravel(W).astype(np.float64))
        return cls({layer: _counted(np.concatenate(parts)) for layer, parts in layers.items()})

    @classmethod
    def from_networks(cls, networks: Sequence[Any], *, ax: Any = None) -> Self:
        """Draw the weights of networks, such as `model.networks_`."""
        return cls.of(networks).plot(ax=ax)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> Self:
        """Draw the weights of a fitted model.

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor
        >>> from glassnet.report import WeightsDisplay
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> model = GlassNetRegressor(hidden_layer_sizes=(), solver="lbfgs", n_members=1, bins=0, scaling="standard")
        >>> display = WeightsDisplay.from_estimator(model.fit(X, 3 * X[:, 0] - X[:, 1]))
        >>> {layer: int(counts.sum()) for layer, (edges, counts) in display.histograms.items()}
        {2: 2}
        """
        check_is_fitted(estimator)
        return cls.from_networks(estimator.networks_, ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it, each layer's histogram with area 1."""
        ax = axes_or_new(ax)
        for k, (layer, (edges, counts)) in enumerate(self.histograms.items()):
            density = counts / max(counts.sum(), 1) / np.diff(edges)
            ax.stairs(density, edges, color=COLORS[k % len(COLORS)], label=f"layer {layer}", linewidth=1.3)
        ax.set(xlabel="weight", ylabel="density")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _counted(weights: Array) -> tuple[Array, Array]:
    low, high = (float(end) for end in np.quantile(weights, [0.001, 0.999]))
    if not high > low:
        low, high = low - 0.5, low + 0.5
    counts, edges = np.histogram(np.clip(weights, low, high), bins=BINS, range=(low, high))
    return edges, counts
