"""The loss surface around a trained network, as a figure and as numbers."""

import sys

import numpy as np
import pytest

from glassnet import GlassNetRegressor, LossSurfaceDisplay
from glassnet.errors import SettingError
from glassnet.network.surface import LossSurface

from .cases import KINDS, fitted, table
from .test_members import several

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture
def axes():
    from matplotlib import pyplot

    figure, ax = pyplot.subplots()
    yield ax
    pyplot.close(figure)


@pytest.mark.parametrize("kind", KINDS)
def test_the_middle_is_the_objective_of_the_trained_network(kind, axes):
    X, y = table(kind)
    model = several(kind, X, y, alpha=0.1)
    display = LossSurfaceDisplay.from_estimator(model, X, y, member=2, n_points=3, ax=axes)
    assert display.surface.objective == pytest.approx(model.sharpness(X, y, member=2).objective)
    assert display.surface.values.shape == (3, 3)


def test_the_first_direction_runs_along_the_horizontal_axis(axes):
    """Of a bowl that is steep in the first direction the lines are far longer upwards than sideways."""
    steps = np.linspace(-1, 1, 21)
    surface = LossSurface(np.eye(2), steps, 25 * steps[:, None] ** 2 + steps[None, :] ** 2)
    display = LossSurfaceDisplay(surface).plot(ax=axes, levels=5)
    line = next(path for path in display.contours_.get_paths() if len(path.vertices))
    wide, tall = np.ptp(line.vertices, axis=0)
    assert tall > 3 * wide


def test_the_figure_says_what_it_shows(axes):
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y)
    display = LossSurfaceDisplay.from_estimator(model, X, y, directions="eigenvectors", n_points=3, ax=axes)
    assert display.ax_ is axes
    assert display.figure_ is axes.figure
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sharpest direction", "second sharpest direction")
    assert axes.get_title() == "objective J around the weights"
    own = np.eye(2, model.network_.theta.size)
    display = LossSurfaceDisplay.from_estimator(model, X, y, directions=own, n_points=3, ax=axes)
    assert axes.get_xlabel() == "direction 1"
    assert np.array_equal(display.surface.directions, own)


def test_a_surface_that_leaves_the_finite_numbers_or_is_level_is_drawn_all_the_same(axes):
    values = np.array([[np.inf, 1.0, 2.0], [1.0, 0.0, 1.0], [2.0, 1.0, np.inf]])
    for surface in (values, np.zeros((3, 3))):
        LossSurfaceDisplay(LossSurface(np.eye(2), np.linspace(-1, 1, 3), surface)).plot(ax=axes)


def test_a_misspelt_direction_is_refused():
    X, y = table(GlassNetRegressor)
    with pytest.raises(SettingError, match="Did you mean 'eigenvectors'"):
        LossSurfaceDisplay.from_estimator(fitted(GlassNetRegressor, X, y), X, y, directions="eigenvector")


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    X, y = table(GlassNetRegressor)
    with pytest.raises(ImportError, match=r'pip install "glassnet\[report\]"'):
        LossSurfaceDisplay.from_estimator(fitted(GlassNetRegressor, X, y), X, y)
