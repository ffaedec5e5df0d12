"""LossSurfaceDisplay: a slice of the loss surface around a trained network, as a figure."""

from typing import Any, Self

import numpy as np

from ..network.arrays import Array
from ..network.surface import LossSurface, loss_surface

AXES = {
    "random": ("random direction 1, in lengths of the weights", "random direction 2, in lengths of the weights"),
    "eigenvectors": ("sharpest direction", "second sharpest direction"),
}


class LossSurfaceDisplay:
    """A slice of the loss surface, drawn as contour lines around the trained weights (Li et al. 2018).

    Make one with `from_estimator`. Drawing needs matplotlib: `pip install "glassnet[report]"`.

    Parameters
    ----------
    surface : LossSurface
        Directions, steps and values.
    labels : two texts
        What the axes are.

    Attributes
    ----------
    surface : LossSurface
        The numbers behind the figure.
    figure_, ax_, contours_
        matplotlib's figure, axes and contour set, once drawn.
    """

    def __init__(self, surface: LossSurface, labels: tuple[str, str] = ("direction 1", "direction 2")) -> None:
        self.surface, self.labels = surface, labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        member: int = 0,
        directions: str | Array = "random",
        span: float = 1.0,
        n_points: int = 21,
        random_state: int = 0,
        ax: Any = None,
    ) -> Self:
        """Compute the slice through the weights of a fitted GlassNetRegressor or GlassNetClassifier, and draw it.

        The height is the objective J of these rows (eq. 3), as in `sharpness`; it takes n_points^2 forward passes.

        Parameters
        ----------
        member : int
            Which of several networks.
        directions : "random", "eigenvectors" or (2, n_parameters)
            Random ones are as long as the weights, neuron by neuron, so that span 1 is a change as large as the weights
            (eq. 20). Eigenvectors are the two directions of length 1 in which the loss bends most.
        span : float
            How far the slice goes, in each direction and both ways.
        n_points : int
            Points per axis, an odd number.
        random_state : int
            Seed of random directions.
        ax : matplotlib axes
            Where to draw; a figure of its own if left out.

        Raises
        ------
        SettingError
            If directions, span, n_points or member make no slice.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor, LossSurfaceDisplay
        >>> X = np.random.default_rng(0).normal(size=(200, 2))
        >>> y = 3 * X[:, 0] - X[:, 1]
        >>> model = GlassNetRegressor(hidden_layer_sizes=(), solver="lbfgs", n_members=1, bins=0, scaling="standard")
        >>> display = LossSurfaceDisplay.from_estimator(model.fit(X, y), X, y, directions="eigenvectors", n_points=5)
        >>> display.surface.values.shape
        (5, 5)
        >>> display.ax_.get_xlabel()
        'sharpest direction'
        """
        _pyplot()  # first: without it all the computing would be in vain
        hessian = estimator.hessian(X, y, sample_weight, member=member)
        surface = loss_surface(hessian, directions, span=span, n_points=n_points, seed=random_state)
        labels = AXES[directions] if isinstance(directions, str) else ("direction 1", "direction 2")
        return cls(surface, labels).plot(ax=ax)

    def plot(self, *, ax: Any = None, levels: int = 12, **contour_options: Any) -> Self:
        """Draw it, with the trained weights as a cross: contour lines that stand at equal distances if it is a bowl.

        levels : how many of them
        contour_options : handed to matplotlib's `Axes.contour`
        """
        if ax is None:
            _, ax = _pyplot().subplots()
        steps, values = self.surface.steps, self.surface.values
        heights = np.where(np.isfinite(values), values, np.nan)
        options = {"levels": _heights(heights, levels), "cmap": "viridis"} | contour_options
        self.contours_ = ax.contour(steps, steps, heights.T, **options)  # rows of the array are the vertical axis
        ax.clabel(self.contours_, fontsize="small", fmt="%.3g")
        ax.plot([0], [0], "k+")
        ax.set(xlabel=self.labels[0], ylabel=self.labels[1], title="objective J around the weights")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _heights(values: Array, levels: int) -> Array:
    """Heights above the lowest point that grow like squares, as those of a bowl do on the way out."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not high > low:
        return np.array([low, low + 1.0])
    return np.asarray(low + (high - low) * (np.arange(1, levels + 1) / levels) ** 2)


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as reason:
        raise ImportError(
            'drawing needs matplotlib, which is not installed. Install it with: pip install "glassnet[report]". The '
            "numbers alone come from glassnet.network.surface.loss_surface(model.hessian(X, y))."
        ) from reason
    return pyplot
