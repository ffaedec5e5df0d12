"""Scales of the inputs (eq. 22): what tells nothing is turned down."""

import re

import numpy as np
import pytest

from glassnet import GlassNetRegressor
from glassnet.errors import SettingError
from glassnet.network.scales import scales_in

from .cases import short, table

N_NOISE = 40
SETTINGS = {"dropout": 0.1, "weight_decay": 0.02, "bins_at_values": False, "n_members": 3, "random_state": 0}


def noisy_table(n=200):
    """A curve of two columns among many that tell nothing."""
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(n, 2 + N_NOISE))
    return X, np.sin(4 * X[:, 0]) + X[:, 1] ** 2


def fitted(X, y, **settings):
    with short():
        return GlassNetRegressor(**SETTINGS | {"max_iter": 64, "bins": 2} | settings).fit(X, y)


def scales_of(run):
    learner = run.learner
    return scales_in(learner.memory, learner.program.architecture.sizes[0])[0]


def test_inputs_that_tell_nothing_fade():
    model = fitted(*noisy_table(), bins=1, scale_rate=6.0)  # an input for each column
    for run in model._runs:
        scales = scales_of(run)
        assert scales[:2].min() > 2 * np.median(scales[2:])


def test_scales_halve_the_error_where_most_columns_tell_nothing():
    X, y = noisy_table()
    with_scales, without = (np.mean((fitted(X, y, scale_rate=rate).oof_prediction_ - y) ** 2) for rate in (6.0, 0.0))
    assert with_scales < 0.5 * without


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_scales_go_with_adam_alone(solver):
    text = f"scale_rate=6.0 does not go with solver='{solver}'"
    with pytest.raises(SettingError, match=f"^{re.escape(text)}"):
        GlassNetRegressor(solver=solver, scale_rate=6.0).fit(*table(GlassNetRegressor))


def test_without_a_word_only_the_recipe_has_scales():
    X, y = noisy_table(60)
    assert fitted(X, y, max_iter=2)._runs[0].learner.program.optimizer.scale_rate == 2
    assert fitted(X, y, max_iter=2, learning_rate_init=0.001)._runs[0].learner.program.optimizer.scale_rate == 0
