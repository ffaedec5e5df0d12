import numpy as np
import pytest

from glassnet import GlassNetClassifier
from glassnet.doctor.curves import Curve, curves_of, left_behind, loss_jumps, overfitting, underfitting, validated

from .cases import X, Y, examined, found, noise, run
from .test_units import THROWN

FALL = 0.5 * np.exp(-np.arange(100) / 15) + 0.01  # arrives


def curve(train=FALL, validation=(), has_end=False):
    watched = np.array(validation) if len(validation) else train
    return Curve(np.array(train), np.array(validation, float), int(watched.argmin()) + 1, has_end)


def test_curves_that_fall_and_settle_are_well():
    wiggle = FALL * (1 + 0.1 * np.sin(np.arange(100)))
    for one in (curve(FALL, FALL), curve(wiggle, wiggle * 1.3), curve(FALL, FALL + 0.05, has_end=True)):
        assert not any(check([one] * 3) for check in (loss_jumps, overfitting, underfitting, left_behind))


def test_a_loss_that_doubles_in_an_epoch_jumps():
    train = FALL.copy()
    train[[30, 31, 70]] += 0.4
    finding = loss_jumps([curve(), curve(train)])
    assert finding.where == "member 2 of 2"
    assert finding.evidence["jumps"] == 2
    assert finding.evidence["first_epoch"] == 31
    assert finding.severity == "warning"
    train[-1] = 9.0
    assert loss_jumps([curve(train)]).severity == "severe"


def test_one_jump_that_is_over_is_well_and_one_that_is_not_is_none_the_less():
    train = FALL.copy()
    train[30] += 0.4
    assert loss_jumps([curve(train)]) is None
    train[30:] += 0.4
    assert loss_jumps([curve(train)]).evidence["jumps"] == 1


def test_a_jump_near_the_bottom_is_noise():
    train = FALL.copy()
    train[90] *= 3
    assert loss_jumps([curve(train)]) is None


def test_a_validation_curve_that_turns_up_is_overfitting():
    turned = np.r_[FALL[:20], FALL[19] + np.linspace(0, 0.6, 80)]
    finding = overfitting([curve(FALL, turned)])
    assert finding.evidence["best_epoch"] in (20, 21)
    assert finding.evidence["rise"] > 3
    assert overfitting([curve(FALL, turned), curve(FALL, FALL), curve(FALL, FALL)]) is None  # most members are well


def test_a_curve_that_goes_back_a_little_is_not():
    assert overfitting([curve(FALL, np.r_[FALL[:60], FALL[59] + np.linspace(0, 0.1, 40)])]) is None


def test_a_loss_that_still_falls_at_the_end_is_underfitting():
    steady = np.linspace(0.5, 0.3, 100)
    assert "was falling still" in underfitting([curve(steady)]).says
    assert "was falling still" in underfitting([curve(steady, steady + 0.01)]).says
    assert underfitting([curve(steady, has_end=True)]) is None  # the schedule ended it where it was meant to end
    flat = np.r_[steady[:50], np.full(50, steady[49])]
    assert underfitting([curve(steady, flat)]) is None  # more epochs would only be learnt by heart


def test_a_loss_that_never_left_its_start_is_underfitting():
    finding = underfitting([curve(np.linspace(0.5, 0.49, 100), np.full(100, 0.5), has_end=True)])
    assert "next to nothing was learnt" in finding.says
    assert finding.evidence["last_over_first_loss"] == pytest.approx(1.0)


def test_one_member_of_several_may_be_left_behind():
    late = curve(np.linspace(0.51, 0.3, 100), has_end=True)
    finding = left_behind([curve(), curve(), late, curve()])
    assert finding.where == "member 3 of 4"
    assert finding.evidence["loss_falls_by"][2] == pytest.approx(0.412, abs=1e-3)


def test_a_short_training_has_no_curve():
    assert curves_of(examined(run(max_iter=9))) == ()
    assert len(curves_of(examined(run(max_iter=10)))) == 1


def test_pure_noise_is_learnt_by_heart():
    X, y = noise(60, 10), noise(60, seed=1)
    model = run(X, y, early_stopping=True, validation_fraction=0.5, max_iter=200)
    finding = found("overfitting", model.diagnose())
    assert finding.evidence["validation_over_train"] > 2
    assert finding.evidence["epochs"] == 200


def test_a_tiny_learning_rate_leaves_the_loss_where_it_was():
    assert found("underfitting", run(learning_rate_init=1e-7).diagnose()).severity == "warning"


def test_a_large_learning_rate_makes_the_loss_jump():
    y = (Y > 14).astype(int)
    model = run(X, y, GlassNetClassifier, **THROWN)
    assert found("loss-jumps", model.diagnose()).evidence["largest_factor"] > 2


def test_curves_without_validation_have_nothing_to_turn_up(book):
    assert validated(examined(book)) == ()
    assert "overfitting" in book.diagnose().left_out
