import numpy as np
import pytest
from scipy import special, stats
from sklearn import metrics

from glassnet.errors import InputError, SettingError
from glassnet.network.losses import (
    LOSSES as LOSSES_BY_NAME,
)
from glassnet.network.losses import (
    Absolute,
    CrossEntropy,
    Gamma,
    Huber,
    Logistic,
    Pinball,
    Poisson,
    Squared,
    loss_named,
)

from .cases import EPS, LOSSES, H, by_name, central_differences, targets

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=by_name)


def outputs_and_targets(loss, seed, n_samples=20, n_outputs=6):
    rng = np.random.default_rng(seed)
    return 1.5 * rng.normal(size=(n_samples, n_outputs)), targets(loss, n_outputs, n_samples, rng)


def away_from_kinks(loss, output, Y):
    """The rows whose errors are not at a kink, 0 or +-0.7."""
    error = np.abs(output - np.repeat(Y, output.shape[1] // Y.shape[1], axis=1))
    keep = ((error > 1e-3) & (np.abs(error - 0.7) > 1e-3)).all(axis=1)
    return output[keep], Y[keep]


# ---- Values and slopes -----------------------------------------------------------------------------------------------


@every_loss
def test_slope_is_the_derivative_of_the_value(loss, seed):
    output, Y = away_from_kinks(loss, *outputs_and_targets(loss, seed))
    assert len(output) > 10
    for z, y in zip(output, Y, strict=True):
        differences = central_differences(lambda z, y=y: loss.values(y[None], z[None])[0], z)
        rounding = EPS / H * (1 + loss.values(y[None], z[None])[0])  # 300 seeds used at most 57 % of it
        np.testing.assert_allclose(loss.slopes(y[None], z[None])[0], differences, rtol=2e-11, atol=3 * rounding)


def closed_form(loss, Y, Z):
    """What each loss is in words, from SciPy: half deviances are log-likelihoods below the best possible one."""
    mu, n = np.exp(Z), np.arange(len(Y))
    forms = {
        "squared_error": lambda: (Z - Y) ** 2 / 2,
        "absolute_error": lambda: abs(Z - Y),
        "huber": lambda: special.huber(0.7, Z - Y),
        "quantile": lambda: np.maximum(*[c * (np.repeat(Y, 3, axis=1) - Z) for c in quantile_sides()]),
        "poisson": lambda: stats.poisson.logpmf(Y, Y) - stats.poisson.logpmf(Y, mu),
        "gamma": lambda: stats.gamma.logpdf(Y, 1, scale=Y) - stats.gamma.logpdf(Y, 1, scale=mu),
        "logistic": lambda: -stats.bernoulli.logpmf(Y.astype(int), special.expit(Z)),
        "cross_entropy": lambda: -special.log_softmax(Z, axis=1)[n, Y[:, 0].astype(int)][:, None],
    }
    return forms[loss.name]().sum(axis=1)


def quantile_sides():
    """The slopes of the two sides, for two targets with the quantiles of LOSSES."""
    q = np.tile([0.1, 0.5, 0.8], 2)
    return q, q - 1


@every_loss
def test_value_equals_its_closed_form(loss, seed):
    Z, Y = outputs_and_targets(loss, seed)
    # sums of 6 terms that cancel, each up to 60; 300 seeds used at most 24 % of it
    np.testing.assert_allclose(loss.values(Y, Z), closed_form(loss, Y, Z), rtol=1e-14, atol=1e-14)


def mean_of_quantiles(Y, Z):
    return sum(metrics.mean_pinball_loss(Y, Z[:, k::3], alpha=q) for k, q in enumerate((0.1, 0.5, 0.8))) * Y.shape[1]


@pytest.mark.parametrize(
    ("loss", "n_outputs", "metric"),
    [
        (Squared(), 2, lambda Y, Z: metrics.mean_squared_error(Y, Z)),  # half, of 2 outputs
        (Absolute(), 2, lambda Y, Z: 2 * metrics.mean_absolute_error(Y, Z)),
        (Pinball((0.1, 0.5, 0.8)), 6, mean_of_quantiles),
        (Poisson(), 1, lambda Y, Z: metrics.mean_poisson_deviance(Y[:, 0], np.exp(Z[:, 0])) / 2),
        (Gamma(), 1, lambda Y, Z: metrics.mean_gamma_deviance(Y[:, 0], np.exp(Z[:, 0])) / 2),
        (Logistic(), 1, lambda Y, Z: metrics.log_loss(Y[:, 0], special.expit(Z[:, 0]), labels=[0, 1])),
        (CrossEntropy(), 4, lambda Y, Z: metrics.log_loss(Y[:, 0], special.softmax(Z, axis=1), labels=range(4))),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_mean_value_is_the_metric_of_scikit_learn(loss, n_outputs, metric, seed):
    Z, Y = outputs_and_targets(loss, seed, 50, n_outputs)
    np.testing.assert_allclose(loss.values(Y, Z).mean(), metric(Y, Z), rtol=5e-15)  # 300 seeds used at most 12 % of it


@every_loss
def test_float32_stays_float32(loss):
    Z, Y = (array.astype(np.float32) for array in outputs_and_targets(loss, 0))
    assert loss.values(Y, Z).dtype == loss.slopes(Y, Z).dtype == np.float32


@every_loss
def test_nan_stays_nan_in_its_own_row(loss):
    Z, Y = outputs_and_targets(loss, 0, n_samples=3)
    Z[1, 2] = np.nan
    np.testing.assert_array_equal(np.isnan(loss.values(Y, Z)), [False, True, False])
    np.testing.assert_array_equal(np.isnan(loss.slopes(Y, Z)).any(axis=1), [False, True, False])


@pytest.mark.parametrize(
    ("loss", "slope"), [(Absolute(), 0), (Pinball((0.8,)), 0), (Huber(0.7), 0), (Squared(), 0)], ids=str
)
def test_a_perfect_prediction_has_loss_and_slope_0(loss, slope):
    assert loss.values(np.ones((1, 1)), np.ones((1, 1)))[0] == 0
    assert loss.slopes(np.ones((1, 1)), np.ones((1, 1)))[0, 0] == slope


def test_several_quantiles_of_several_targets_take_their_places():
    """Output j predicts quantile j % Q of target j // Q."""
    loss, Y = Pinball((0.1, 0.9)), np.array([[1.0, 10.0]])
    np.testing.assert_allclose(loss.slopes(Y, np.array([[0.0, 2.0, 9.0, 11.0]])), [[-0.1, 0.1, -0.9 + 0.8, 0.1]])
    np.testing.assert_allclose(loss.slopes(Y, np.array([[2.0, 0.0, 11.0, 9.0]])), [[0.9, -0.9, 0.9, -0.9]])
    for place, cost in enumerate([0.1, 0.9, 0.1, 0.9]):  # one output lies 1 below its target
        output = np.array([[1.0, 1.0, 10.0, 10.0]])
        output[0, place] -= 1
        assert loss.values(Y, output)[0] == pytest.approx(cost, rel=2 * EPS)


def test_quantiles_that_cross_change_places_whatever_their_order():
    """Of each target the largest output goes to the largest quantile, and so on; targets do not mix."""
    output = np.array([[3.0, 1.0, 2.0, 30.0, 10.0, 20.0], [1.0, 2.0, 3.0, 30.0, 20.0, 10.0]])
    order = Pinball((0.5, 0.9, 0.1)).order(output)
    in_order = np.take_along_axis(output, order, axis=1)
    assert in_order.tolist() == [[2, 3, 1, 20, 30, 10]] * 2


def test_losses_meet_at_their_borders(seed):
    output, Y = outputs_and_targets(Squared(), seed)
    np.testing.assert_array_equal(Huber(np.inf).values(Y, output), Squared().values(Y, output))
    np.testing.assert_allclose(2 * Pinball((0.5,)).values(Y, output), Absolute().values(Y, output), rtol=4 * EPS)
    # a narrow Huber loss is delta |e| - delta^2 / 2, here for 6 outputs; 1e-9 of it is left out
    np.testing.assert_allclose(Huber(1e-9).values(Y, output) / 1e-9, Absolute().values(Y, output), rtol=0, atol=6e-9)
    z, yes = output[:, :1], (Y[:, :1] > 0).astype(float)
    two_classes = CrossEntropy().values(yes, np.hstack([0 * z, z]))  # softmax over (0, z) holds the sigmoid of z
    np.testing.assert_allclose(two_classes, Logistic().values(yes, z), rtol=0, atol=2e-15)  # 300 seeds: equal bits


# ---- Far out ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [1e4, -1e4])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_logistic_is_stable_far_out(z, y):  # log(1 + e^z) is z or 0 there
    Y, Z = np.array([[y]]), np.array([[z]])
    assert Logistic().values(Y, Z)[0] == max(z, 0) - y * z
    assert Logistic().slopes(Y, Z)[0, 0] == (z > 0) - y


@pytest.mark.parametrize("c", [0, 1, 2])
def test_cross_entropy_is_stable_far_out(c):
    Y, Z = np.array([[float(c)]]), np.array([[1e4, 0.0, -1e4]])
    assert CrossEntropy().values(Y, Z)[0] == 1e4 * c
    np.testing.assert_array_equal(CrossEntropy().slopes(Y, Z)[0], np.eye(3)[0] - np.eye(3)[c])


@pytest.mark.parametrize("loss", [Poisson(), Gamma()], ids=by_name)
def test_counts_and_sizes_diverge_to_infinity_without_a_warning(loss):
    Y = np.ones((1, 1))
    for z, value in ((1e4, np.inf if loss.name == "poisson" else 1e4 - 1), (-1e4, 1e4 - 1)):
        expected = np.inf if (loss.name, z) == ("gamma", -1e4) else value
        assert loss.values(Y, np.array([[z]]))[0] == expected
        assert not np.isnan(loss.slopes(Y, np.array([[z]]))).any()


# ---- What each loss is minimised by ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "best"),
    [
        (Squared(), np.mean),
        (Poisson(), lambda y: np.log(np.mean(y))),
        (Gamma(), lambda y: np.log(np.mean(y))),
        (Logistic(), lambda y: special.logit(np.mean(y))),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_mean_minimises(loss, best, seed):
    _, Y = outputs_and_targets(loss, seed, 101, 1)
    total_slope = loss.slopes(Y, np.full((101, 1), best(Y))).sum()
    np.testing.assert_array_less(abs(total_slope), 4 * EPS * (1 + abs(Y).sum()))  # 300 seeds used at most 30 % of it


def test_class_shares_minimise_cross_entropy(seed):
    _, Y = outputs_and_targets(CrossEntropy(), seed, 300, 4)
    shares = np.bincount(Y[:, 0].astype(int), minlength=4) / 300
    total_slope = CrossEntropy().slopes(Y, np.tile(np.log(shares), (300, 1))).sum(axis=0)
    np.testing.assert_allclose(total_slope, 0, atol=2e-13)  # 300 seeds used at most 46 % of it


@pytest.mark.parametrize("q", [None, 0.1, 0.5, 0.9])
def test_the_median_and_the_quantiles_minimise(q, seed):
    loss = Absolute() if q is None else Pinball((q,))
    _, Y = outputs_and_targets(loss, seed, 101, 1)
    best = np.quantile(Y, 0.5 if q is None else q, method="inverted_cdf")
    below, at, above = (loss.values(Y, np.full((101, 1), a)).sum() for a in (best - 1e-6, best, best + 1e-6))
    assert at < below
    assert at < above


def test_huber_is_minimised_between_median_and_mean():
    Y = np.array([[0.0], [1.5], [2.0], [3.0], [100.0]])  # median 2, mean 21.3
    slopes = [Huber(1.35).slopes(Y, np.full((5, 1), a)).sum() for a in (2.0, 2.5, 21.3)]
    assert slopes[0] < 0 < slopes[1] < slopes[2]


# ---- Refusals and names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "y", "text"),
    [
        (Poisson(), -0.5, "0 or more. Use loss='squared_error' for a target with signs."),
        (Gamma(), 0, "above 0. Use loss='poisson' if some targets are 0."),
        (Logistic(), 2, "in [0, 1]. Code no as 0 and yes as 1."),
        (CrossEntropy(), 3, "a class number 0, ..., 2. Code the classes from 0."),
        (CrossEntropy(), 0.5, "a class number 0, ..., 2. Code the classes from 0."),
        (CrossEntropy(), -1, "a class number 0, ..., 2. Code the classes from 0."),
        (CrossEntropy(), np.nan, "a class number 0, ..., 2. Code the classes from 0."),
    ],
    ids=str,
)
def test_targets_outside_the_range_are_refused_with_row_and_reason(loss, y, text):
    with pytest.raises(InputError) as caught:
        loss.check_targets(np.array([[1.0], [y], [y]]), 3)
    assert str(caught.value) == f"y is {float(y)} in row 1, but loss={loss.name!r} needs targets that are {text}"
    assert caught.value.error_id == "E211"


@every_loss
def test_targets_inside_the_range_are_taken(loss):
    assert loss.check_targets(outputs_and_targets(loss, 0)[1], 6) is None


@every_loss
def test_a_loss_is_found_by_its_name_and_equals_its_like(loss):
    assert type(loss_named(loss.name)) is type(loss)
    assert loss_named(loss.name) == loss_named(loss.name)
    assert hash(loss_named(loss.name)) == hash(loss_named(loss.name))


def test_all_losses_are_tested():
    assert {loss.name for loss in LOSSES} == set(LOSSES_BY_NAME)


def test_an_unknown_loss_is_refused_with_a_suggestion(refusal):
    assert refusal(SettingError, loss_named, "posson") == (
        "loss='posson' is not a loss. Choose one of squared_error, absolute_error, huber, quantile, poisson, gamma, "
        "logistic, cross_entropy. Did you mean 'poisson'?"
    )


@pytest.mark.parametrize("delta", [0, -1, np.nan])
def test_a_huber_loss_without_a_border_is_refused(delta, refusal):
    assert refusal(SettingError, Huber, delta) == (
        f"delta={delta} is not a number above 0. It is the error from which the Huber loss grows linearly. "
        "Start with 1.35."
    )


@pytest.mark.parametrize("quantiles", [(), (0.0,), (0.5, 1.0), (np.nan,)], ids=str)
def test_quantiles_outside_0_to_1_are_refused(quantiles, refusal):
    assert refusal(SettingError, Pinball, quantiles) == (
        f"quantiles={quantiles} are not all inside (0, 1). The quantile q lies above the share q of all targets. "
        "Write for example (0.1, 0.5, 0.9)."
    )


def test_outputs_that_do_not_fit_the_quantiles_are_refused(refusal):
    assert refusal(SettingError, Pinball((0.1, 0.9)).n_targets, 3) == (
        "3 outputs cannot hold 2 quantiles of each target. The network needs one output per quantile and target."
    )


def test_numbers_and_targets_of_each_loss():
    assert [loss.numbers() for loss in (Squared(), Huber(2.0))] == [{}, {"delta": 2.0}]
    assert Pinball((0.1, 0.9)).numbers() == {"quantile_0": 0.1, "quantile_1": 0.9}
    assert [loss.n_targets(6) for loss in LOSSES] == [6, 6, 6, 2, 6, 6, 6, 1]
