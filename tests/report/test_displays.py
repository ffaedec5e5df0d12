"""Displays draw what is there already: a fitted model, or numbers that were kept. None of them trains."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from glassnet import report
from glassnet.errors import SettingError
from glassnet.export.model_file import load
from glassnet.report import (
    IntervalDisplay,
    LearningCurvesDisplay,
    MembersDisplay,
    NetworkDisplay,
    PermutationImportanceDisplay,
    ResidualsDisplay,
    WeightsDisplay,
)

from .runs import houses

OF_ROWS = (IntervalDisplay, MembersDisplay, PermutationImportanceDisplay, ResidualsDisplay)
OF_MODELS = (LearningCurvesDisplay, NetworkDisplay, WeightsDisplay)


@pytest.fixture(autouse=True)
def _no_window():
    mpl.use("Agg")
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def model(run):
    """A model from its file, without a single training row."""
    return load(run / "model.glassnet")


@pytest.fixture
def ax():
    return Figure().subplots()


def test_every_name_of_the_folder_can_be_had():
    assert all(getattr(report, name).__name__ == name for name in report.__all__)
    assert set(dir(report)) == set(report.__all__)


@pytest.mark.parametrize("kind", OF_MODELS)
def test_a_display_of_a_model_draws_a_model_from_a_file(model, kind):
    display = kind.from_estimator(model)
    assert display.figure_ is display.ax_.figure
    assert display.ax_.has_data()


@pytest.mark.parametrize("kind", OF_ROWS)
def test_a_display_of_rows_draws_a_model_from_a_file(model, kind):
    display = kind.from_estimator(model, *houses(n=60, seed=1))
    assert display.figure_ is display.ax_.figure
    assert display.ax_.has_data()


def test_a_display_draws_on_the_axes_that_it_is_given_and_can_be_drawn_again(model, ax):
    display = LearningCurvesDisplay.from_estimator(model, ax=ax)
    assert display.ax_ is ax
    assert display.plot(log=True).ax_ is not ax


def test_learning_curves_show_every_member_and_the_epoch_that_was_kept(ax):
    curves = [{"train_loss": [3.0, 2.0, 1.0], "validation_loss": [3.0, 1.5, 2.0]}, {"train_loss": [2.0, 1.0]}]
    display = LearningCurvesDisplay.from_curves(curves, best_epochs=[2, 2], ax=ax)
    assert [line.get_ydata().tolist() for line in display.lines_] == [[3, 2, 1], [3, 1.5, 2], [2, 1]]
    kept = [line.get_xydata().tolist() for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert kept == [[[2.0, 1.5]], [[2.0, 1.0]]]


def test_unknown_kinds_are_refused(model, ax):
    with pytest.raises(SettingError, match="gradient_norm"):
        LearningCurvesDisplay.from_estimator(model, kind="accuracy", ax=ax)
    with pytest.raises(SettingError, match="coverage, width"):
        IntervalDisplay([1], [1], [1], [1]).plot(kind="length", ax=ax)


def test_residuals_are_counted_each_once(ax):
    rng = np.random.default_rng(0)
    y, prediction = rng.normal(size=(2, 1000))
    display = ResidualsDisplay.from_predictions(y, prediction, ax=ax)
    assert display.counts.sum() == 1000
    assert display.quantiles[0.5] == np.median(y - prediction)


def test_weights_are_counted_each_once(model):
    display = WeightsDisplay.of(model.networks_)
    counts = [counts.sum() for _, counts in display.histograms.values()]
    assert counts == [2 * 4 * 4, 2 * 4]  # two members of 4-4-1, without biases


def test_coverage_of_tenths_is_the_share_inside_and_their_mean_that_of_all():
    rng = np.random.default_rng(0)
    y, prediction = rng.normal(size=(2, 500))
    display = IntervalDisplay.of(y, prediction, prediction - 1, prediction + 1)
    assert np.average(display.coverage, weights=display.n_rows) == pytest.approx(np.mean(np.abs(y - prediction) <= 1))
    assert (np.diff(display.center) > 0).all()
    assert display.width == pytest.approx(2)


def test_the_column_that_counts_is_the_most_important(model):
    display = PermutationImportanceDisplay.from_estimator(model, *houses(n=60, seed=1))
    assert display.names[int(np.argmax(display.mean))] == "area"
    assert display.ax_.get_yticklabels()[-1].get_text() == "area"


def test_spread_of_classes_is_measured_against_the_chance_of_the_right_one():
    members = np.array([[[0.9, 0.1], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]]])
    display = MembersDisplay.of(members, np.array([0, 0]))
    assert display.spread == pytest.approx([0.0, 0.2])
    assert display.error == pytest.approx([0.1, 0.7])


def test_a_wide_layer_is_drawn_with_dots(ax):
    NetworkDisplay([3, 200, 1], ["relu", "identity"]).plot(ax=ax)
    assert [text.get_text() for text in ax.texts].count("...") == 1
