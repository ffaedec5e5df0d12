from dataclasses import replace

import numpy as np
import pytest

from glassnet import GlassNetClassifier
from glassnet.doctor.steps import LayerStep, Pace, large_updates, over_the_limit, pace_of, small_updates, steps_of
from glassnet.training.history import History

from .cases import X, Y, examined, found, run
from .test_units import THROWN

WELL = LayerStep(2, 1e-3, 0.5, 0.01)


def test_usual_steps_are_well():
    assert small_updates([WELL]) is large_updates([WELL]) is over_the_limit(Pace(0.1, 0.09)) is None


def test_short_steps_do_no_harm_to_a_layer_that_has_come_far():
    assert small_updates([replace(WELL, ratio=1e-7)]) is None
    assert small_updates([replace(WELL, ratio=1e-7, moved=0.01)]).where == "layer 2"


def test_long_steps_are_named_by_layer():
    finding = large_updates([WELL, replace(WELL, layer=3, ratio=0.3), replace(WELL, layer=4, ratio=0.2)])
    assert finding.where == "layers 3, 4"
    assert finding.evidence["update_to_weight"] == [0.3, 0.2]


def test_a_rate_well_beyond_the_limit_is_severe():
    finding = over_the_limit(Pace(1.0, 0.3))
    assert finding.severity == "severe"
    assert finding.evidence["times_the_limit"] == pytest.approx(1 / 0.3)
    assert "learning_rate_init=0.1" in finding.remedy


def test_the_ratio_is_that_of_one_gradient_step():
    """Full batches of gradient descent: a step is eta times the gradient, and a hundred hardly change anything."""
    model = run(**THROWN | {"kind": GlassNetClassifier, "learning_rate_init": 1e-6}, y=(Y > 14).astype(int))
    y = (Y > 14).astype(int)
    (first, second) = steps_of(examined(model, y=y))
    for step in (first, second):
        dW, _ = model.gradients(X, y)[step.layer]
        W, _ = model.network_.layers()[step.layer]
        assert step.ratio == pytest.approx(1e-6 * np.linalg.norm(dW) / np.linalg.norm(W), rel=1e-3)
    assert first.learning_rate == 1e-6


def test_the_way_is_measured_from_the_first_weights(book):
    """Also in a model from a file, which does not hold them: they are drawn from the seed again."""
    run_ = book._runs[0]
    W, first = (run_.fitted.architecture.layers(theta)[2][0] for theta in (run_.fitted.theta, run_.learner.first_theta))
    expected = np.linalg.norm(W - first) / np.linalg.norm(W)
    assert steps_of(examined(book))[0].moved == pytest.approx(expected, rel=1e-5)


def test_a_tiny_learning_rate_is_named():
    assert found("small-updates", run(learning_rate_init=1e-7).diagnose(X, Y)).where == "layers 2, 3"


def test_a_huge_learning_rate_is_held_against_the_curvature():
    y = (Y > 14).astype(int)
    model = run(X, y, GlassNetClassifier, **THROWN | {"max_iter": 1})  # one step; after sixty, chance would decide
    findings = model.diagnose(X, y)
    finding = found("rate-over-stability-limit", findings)
    assert finding.evidence["stability_limit"] == pytest.approx(2 / model.sharpness(X, y).largest_eigenvalue, rel=1e-3)
    assert found("large-updates", findings).evidence["update_to_weight"][0] > 0.1


def test_adam_and_lbfgs_have_no_such_limit():
    adam = run(solver="adam", batch_size=32)
    assert pace_of(examined(adam)) is None
    assert "rate-over-stability-limit" in adam.diagnose(X, Y).left_out
    lbfgs = replace(examined(adam).runs[0], history=History(train_loss=[1.0] * 20))
    of_lbfgs = replace(examined(adam), runs=(lbfgs,))
    assert (steps_of(of_lbfgs), pace_of(of_lbfgs)) == ((), None)
