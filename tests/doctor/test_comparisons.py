from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, cross_val_predict

from glassnet.doctor.comparisons import (
    Against,
    Spread,
    against_the_line,
    members_disagree,
    no_better_than_a_line,
    spread_of,
)

from .cases import X, Y, examined, found, noise, run

ONES = np.ones(100)


def test_a_network_that_beats_the_line_is_well():
    assert no_better_than_a_line(Against(0.5 * ONES, ONES, ONES, "linear regression")) is None


@pytest.mark.parametrize(("ours", "severity"), [(1.0, "note"), (1.5, "warning")])
def test_a_network_that_does_not_is_named(ours, severity):
    finding = no_better_than_a_line(Against(ours * ONES + 0.01 * noise(100), ONES, ONES, "linear regression"))
    assert finding.severity == severity


def test_weights_decide_whose_loss_counts():
    ours = np.r_[np.zeros(50), 3 * np.ones(50)]
    weight = np.r_[np.ones(50), np.zeros(50)] * 2
    assert no_better_than_a_line(Against(ours, ONES, ONES, ""))
    assert no_better_than_a_line(Against(ours, ONES, weight, "")) is None


def test_the_line_is_cross_validated_and_the_network_judged_by_held_out_rows(members):
    against = against_the_line(examined(members))
    prediction = cross_val_predict(LinearRegression(), X, Y, cv=KFold(5, shuffle=True, random_state=0))
    np.testing.assert_allclose(against.line, 0.5 * np.square((prediction - Y) / members._fitted.first.targets.size))
    size = members._fitted.first.targets.size
    ours = 0.5 * np.square((members.oof_prediction_ - Y) / size)
    np.testing.assert_allclose(against.ours, ours, rtol=1e-5, atol=1e-7)  # predictions near 1 are rounded to float32


def test_a_target_that_is_a_line_needs_no_network():
    y = X @ np.arange(10) + 2 * noise(120)
    finding = found("no-better-than-linear", run(y=y, n_members=5).diagnose(X, y))
    assert finding.evidence["loss"] > 0.98 * finding.evidence["loss_of_the_line"]


def test_members_that_agree_are_well(members):
    assert members_disagree(spread_of(examined(members))) is None
    assert spread_of(examined(run())) is None


def test_the_spread_is_the_variance_between_members(members):
    spread = spread_of(examined(members))
    assert spread.variance == pytest.approx(members.member_predictions(X).var(axis=0, ddof=1).mean(), rel=1e-5)
    assert spread.squared_error == pytest.approx(np.square(members.oof_prediction_ - Y).mean(), rel=1e-5)


def test_members_whose_spread_is_most_of_their_error_disagree():
    assert members_disagree(Spread(5, 0.4, 1.0)) is None
    assert members_disagree(Spread(5, 0.6, 1.0)).evidence["share"] == 0.6
    assert members_disagree(Spread(5, 0.0, 0.0)) is None


def test_steps_that_are_too_long_make_members_disagree():
    model = run(X[:60], Y[:60], n_members=5, learning_rate_init=0.05)
    assert found("members-disagree", model.diagnose(X[:60], Y[:60])).evidence["share"] > 0.5


def test_comparisons_need_rows(members):
    blind = replace(examined(members), rows=None)
    assert against_the_line(blind) is spread_of(blind) is None
