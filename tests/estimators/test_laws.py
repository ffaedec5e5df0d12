"""What holds for every table: units do not matter, weights count rows, the best weights are kept, seeds decide."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from glassnet import TEXTBOOK, GlassNetClassifier, GlassNetRegressor
from glassnet.errors import DivergenceError, SettingError
from glassnet.estimators import base
from glassnet.network.architecture import Architecture
from glassnet.network.backprop import gradient
from glassnet.network.initialization import initialize
from glassnet.network.random_bits import generator
from glassnet.training.learner import ORDER_STREAM

from .cases import DIABETES, IRIS, KINDS, SINGLE, TINY, fitted, short, table

LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_loss = pytest.mark.parametrize("loss", LOSSES)


def answers(model, X):
    return model.predict(X) if isinstance(model, GlassNetRegressor) else model.predict_proba(X)


# ---- Units -----------------------------------------------------------------------------------------------------------


@every_loss
def test_ten_times_the_target_gives_ten_times_the_prediction(loss):
    X, y = table(GlassNetRegressor)
    one, ten = (fitted(GlassNetRegressor, X, scale * y, loss=loss, max_iter=20) for scale in (1, 10))
    assert np.array_equal(one._fitted.first.theta, ten._fitted.first.theta)
    expected = 10 * one.predict(X)
    atol = 2e-15 * np.abs(expected).max()  # float64 turns outputs into units; 50 seeds used at most 31 % of it
    np.testing.assert_allclose(ten.predict(X), expected, rtol=0, atol=atol)


@every_kind
def test_columns_in_other_units_give_the_same_answers(kind):
    X, y = table(kind)
    plain, converted = fitted(kind, X, y, max_iter=20), fitted(kind, X * 1000 + 5, y, max_iter=20)
    # the conversion rounds, but in float64, and the network sees float32: 500 seeds had the same bits
    assert np.array_equal(answers(converted, X * 1000 + 5), answers(plain, X))


@every_kind
def test_a_single_bin_leaves_columns_as_they_are(kind):
    """Only the compiled code is another: one text for tables of all widths."""
    X, y = table(kind)
    one, none = (fitted(kind, X, y, max_iter=20, solver="adam", bins=bins) for bins in (1, 0))
    np.testing.assert_allclose(answers(one, X), answers(none, X), rtol=1e-3, atol=1e-4)  # sums in another order
    assert [W.shape for W in one.coefs_] == [W.shape for W in none.coefs_]


def test_a_target_far_from_0_is_predicted_with_all_its_digits():
    X, y = table(GlassNetRegressor)
    near, far = fitted(GlassNetRegressor, X, y, max_iter=20), fitted(GlassNetRegressor, X, y + 1e6, max_iter=20)
    # the last digit of a number near 1e6 is 1.2e-10: 500 seeds used at most 11 %
    np.testing.assert_allclose(far.predict(X) - 1e6, near.predict(X), rtol=0, atol=1e-9)


# ---- Lines and ridges ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_an_identity_network_is_least_squares(hidden):
    X, y = DIABETES
    model = GlassNetRegressor(
        hidden_layer_sizes=hidden,
        activation="identity",
        solver="lbfgs",
        alpha=0,
        tol=1e-12,
        max_iter=10_000,
        random_state=0,
        **SINGLE,
    ).fit(X, y)
    expected = LinearRegression().fit(X, y)
    assert model.stop_reason_ == "converged"
    # what L-BFGS leaves: 200 starts used at most 13 % of the first and 10 % of the second
    np.testing.assert_allclose(model.predict(X), expected.predict(X), rtol=0, atol=2e-6 * y.std())
    slopes = np.linalg.multi_dot(model.coefs_) if hidden else model.coefs_[0]
    np.testing.assert_allclose(slopes[:, 0], expected.coef_, rtol=0, atol=5e-6 * np.abs(expected.coef_).max())


@pytest.mark.parametrize("alpha", [1, 100])
def test_alpha_is_that_of_ridge_regression_on_standardised_columns(alpha):
    X, y = DIABETES
    Z = StandardScaler().fit_transform(X)
    settings = {"hidden_layer_sizes": (), "solver": "lbfgs", "tol": 1e-10, "max_iter": 10_000, "random_state": 0}
    settings |= SINGLE
    model = GlassNetRegressor(**settings, alpha=alpha).fit(X, y)
    expected = Ridge(alpha=alpha).fit(Z, y).predict(Z)
    np.testing.assert_allclose(model.predict(X), expected, rtol=0, atol=5e-6 * y.std())  # 200 starts: at most 34 %


def test_a_robbins_monro_schedule_reaches_least_squares_row_by_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = X @ [1.0, -2.0] + 0.1 * rng.normal(size=200)
    model = GlassNetRegressor(
        **TEXTBOOK
        | {"hidden_layer_sizes": (), "learning_rate": "invscaling", "power_t": 0.6, "learning_rate_init": 0.5},
        max_iter=200,
        random_state=0,
    )
    expected = LinearRegression().fit(X, y).predict(X)
    # 200 epochs leave some noise: 200 seeds used at most 26 %
    np.testing.assert_allclose(model.fit(X, y).predict(X), expected, rtol=0, atol=2e-3 * y.std())


# ---- Weights ---------------------------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("alpha", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_weight_says_how_often_a_row_stands_there(kind, alpha, seed):
    X, y = table(kind)
    weight = np.random.default_rng(seed).integers(0, 4, len(y))
    settings = {"activation": "tanh", "solver": "lbfgs", "alpha": alpha, "max_iter": 10}
    with short():
        weighted = kind(**TINY | settings).fit(X, y, weight)
    repeated = fitted(kind, np.repeat(X, weight, axis=0), np.repeat(y, weight), **settings)
    # float64, ten iterations: 50 seeds used at most 29 %
    np.testing.assert_allclose(answers(weighted, X), answers(repeated, X), rtol=1e-12, atol=1e-12)


@every_kind
@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"solver": "lbfgs"}, TEXTBOOK], ids=str)
def test_a_row_of_weight_0_is_not_there(kind, settings):
    X, y = table(kind)
    weight = np.ones(len(y))
    weight[::3] = 0
    with short():
        weighted = kind(**settings | TINY).fit(X, y, weight)
    absent = fitted(kind, X[weight > 0], y[weight > 0], **settings | TINY)
    assert np.array_equal(weighted._fitted.first.theta, absent._fitted.first.theta)
    assert np.array_equal(weighted.predict(X), absent.predict(X))


@every_kind
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_equal_weights_are_no_weights_if_alpha_counts_as_often(kind, solver):
    X, y = table(kind)
    with short():
        tripled = kind(**TINY | {"solver": solver, "alpha": 0.75}).fit(X, y, np.full(len(y), 3.0))
        none = kind(**TINY | {"solver": solver, "alpha": 0.25}).fit(X, y)
    assert np.array_equal(tripled._fitted.first.theta, none._fitted.first.theta)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1, 1: 5, 2: 0.5}], ids=str)
def test_class_weights_are_row_weights(class_weight):
    X, y = IRIS
    X, y = X[20:], y[20:]
    with short():
        by_row = GlassNetClassifier(**TINY).fit(X, y, compute_sample_weight(class_weight, y))
    by_class = fitted(GlassNetClassifier, X, y, class_weight=class_weight)
    assert np.array_equal(by_row._fitted.first.theta, by_class._fitted.first.theta)


def test_class_weights_of_several_labels_are_those_of_scikit_learn():
    X, y = IRIS
    labels = np.column_stack([y == 0, y != 1]).astype(int)
    for class_weight in ("balanced", [{0: 1, 1: 2}, {0: 3, 1: 1}]):
        with short():
            by_row = GlassNetClassifier(**TINY).fit(X, labels, compute_sample_weight(class_weight, labels))
        by_class = fitted(GlassNetClassifier, X, labels, class_weight=class_weight)
        assert np.array_equal(by_row._fitted.first.theta, by_class._fitted.first.theta)
    with pytest.raises(ValueError, match=r"list of dict"):
        fitted(GlassNetClassifier, X, labels, class_weight={0: 1, 1: 2})


def test_class_weights_multiply_row_weights():
    X, y = IRIS
    rows = np.linspace(0.5, 1.5, 150)
    with short():
        both = GlassNetClassifier(**TINY, class_weight={0: 1, 1: 2, 2: 3}).fit(X, y, rows)
        product = GlassNetClassifier(**TINY).fit(X, y, rows * (y + 1))
    assert np.array_equal(both._fitted.first.theta, product._fitted.first.theta)


def test_a_step_with_one_row_moves_by_its_weight():
    X, y = table(GlassNetRegressor)
    weight = np.where(np.arange(60) < 30, 1.0, 3.0)
    settings = TEXTBOOK | {"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 1, "dtype": "float64"}
    model = GlassNetRegressor(**settings).fit(X, y, weight)
    expected = per_sample_sgd(model, X, y, weight / 2, n_epochs=1)
    # 60 steps in float64, weights of size 1: 50 seeds used at most 11 %
    np.testing.assert_allclose(model._fitted.first.theta, expected, rtol=0, atol=2e-15)


# ---- The tutorial ----------------------------------------------------------------------------------------------------


def standardised(values, weight):
    """Mean 0 and standard deviation 1, in every column."""
    centred = values - np.average(values, axis=0, weights=weight)
    return centred / np.sqrt(np.average(centred**2, axis=0, weights=weight))


def per_sample_sgd(model, X, y, weight, n_epochs):
    """The tutorial's algorithm with the formulas of network/: one row, one gradient, one step (T9)."""
    net = Architecture((X.shape[1], *model.hidden_layer_sizes, 1))
    theta = initialize(net, "gaussian", generator(0, 0))
    X, y = (standardised(values, weight) for values in (X, y[:, None]))
    for epoch in range(n_epochs):
        for s in generator(0, ORDER_STREAM, epoch).permutation(len(X)):
            theta -= 0.01 * weight[s] * gradient(net, theta, X[[s]], y[[s]])
    return theta


def test_other_starts_end_in_other_minima():  # T8: two tanh neurons cannot follow all humps of a wave
    X = np.linspace(-2, 2, 60)[:, None]
    y = np.sin(3 * X[:, 0])
    settings = {"hidden_layer_sizes": 2, "activation": "tanh", "solver": "lbfgs", "alpha": 0.1, "tol": 1e-7}
    settings |= SINGLE
    losses = set()
    for seed in range(4):
        model = GlassNetRegressor(**settings, max_iter=5000, random_state=seed).fit(X, y)
        z, t = StandardScaler().fit_transform(X), StandardScaler().fit_transform(y[:, None])
        assert np.abs(model.network_.gradient(z, t)).max() < 2e-5  # 60 seeds: 6.3e-6 at most, so each is stationary
        losses.add(round(model.loss_, 6))
    assert min(losses) == 0.109592  # the best of all; there are at least three more that are only local
    assert len(losses) > 1


@pytest.mark.parametrize(("dtype", "atol"), [("float64", 2e-15), ("float32", 3e-6)])  # 50 seeds: at most 17 and 21 %
def test_textbook_is_the_tutorial_to_the_letter(dtype, atol):
    X, y = table(GlassNetRegressor)
    model = GlassNetRegressor(**TEXTBOOK, max_iter=2, random_state=0, dtype=dtype).fit(X, y)
    expected = per_sample_sgd(model, X, y, np.ones(60), n_epochs=2)
    np.testing.assert_allclose(model._fitted.first.theta, expected, rtol=0, atol=atol)
    net = model._fitted.first.architecture
    assert (net.activation, net.output_activation, net.sizes) == (("relu",), "identity", (10, 50, 1))


@pytest.mark.parametrize("initialization", ["zeros"])
def test_a_relu_network_of_zeros_never_learns(initialization):
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, initialization=initialization, max_iter=20)
    W, b = model.network_.layers()[2]
    assert not W.any()
    assert not b.any()
    assert np.ptp(model.predict(X)) == 0


# ---- Which weights are kept ------------------------------------------------------------------------------------------


def loss_on(model, X, y):
    """Half the mean squared error on the standardised target, or the cross-entropy: what training measures."""
    if isinstance(model, GlassNetRegressor):
        return mean_squared_error(y, model.predict(X)) / 2 / model._fitted.first.targets.size[0] ** 2
    return -model.predict_log_proba(X)[np.arange(len(y)), np.searchsorted(model.classes_, y)].mean()


@every_kind
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_kept_weights_have_the_lowest_loss_on_my_own_validation_rows(kind, solver):
    X, y = table(kind, 150)
    own = {"hidden_layer_sizes": (20,), "solver": solver, "learning_rate_init": 0.1, "max_iter": 60, "tol": 0}
    model = kind(**TINY | own)
    with short():
        model.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    curve = model.validation_loss_curve_
    assert model.best_loss_ == min(curve) == curve[model.best_iteration_ - 1] < curve[-1]
    # Adam measured them in float32: 50 seeds used at most 30 % of the first and 8 % of the second
    assert loss_on(model, X[80:], y[80:]) == pytest.approx(min(curve), rel=2e-6)
    assert model.score(X[80:], y[80:]) == pytest.approx(model.validation_scores_[model.best_iteration_ - 1], abs=1e-7)
    assert len(curve) == len(model.loss_curve_) == len(model.validation_scores_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_)


def test_validation_weights_count():
    X, y = table(GlassNetRegressor)
    weight = np.linspace(0, 1, 20)
    with short():
        model = GlassNetRegressor(**TINY).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:], sample_weight_val=weight)
    error = mean_squared_error(y[40:], model.predict(X[40:]), sample_weight=weight)
    assert model.best_loss_ == pytest.approx(error / 2 / y[:40].var(), rel=1e-6)  # float32: 50 seeds used at most 10 %


@every_kind
def test_rows_held_out_by_early_stopping_are_never_trained_on(kind):
    X, y = table(kind)
    settings = {"early_stopping": True, "validation_fraction": 0.25, "max_iter": 10}
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        divide = base.parts_of

        def note(*what):
            parts = divide(*what)
            seen.append([part.rows for part in parts[0]])
            return parts

        patch.setattr(base, "parts_of", note)
        model = fitted(kind, X, y, **settings)
    train, held_out = seen[0]
    assert len(held_out) == 15
    assert set(train) | set(held_out) == set(range(60))
    assert not set(train) & set(held_out)
    # sums of 45 rows: 50 seeds used at most 24 %
    np.testing.assert_allclose(model._fitted.first.inputs.mean, X[train].mean(axis=0), rtol=5e-15, atol=2e-16)
    spoilt = y.copy()  # nonsense targets of the same classes in the held-out rows: the last weights must not change
    spoilt[held_out] = spoilt[held_out][::-1]
    with short():
        same = kind(**TINY | settings | {"early_stopping": False}).fit(X[train], y[train])
        own = kind(**TINY | settings).fit(X[train], y[train], X_val=X[held_out], y_val=spoilt[held_out])
    assert same.loss_curve_ == own.loss_curve_


def test_a_stratified_split_keeps_the_shares_of_the_classes():
    X, y = IRIS
    held_out = []
    with pytest.MonkeyPatch.context() as patch:
        divide = base.parts_of

        def note(*what):
            parts = divide(*what)
            held_out.append(parts[0][1].rows)
            return parts

        patch.setattr(base, "parts_of", note)
        fitted(GlassNetClassifier, X, y, early_stopping=True, validation_fraction=0.2)
    assert np.bincount(y[held_out[0]]).tolist() == [10, 10, 10]


def test_a_failed_fit_leaves_the_model_as_it_was():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, warm_start=True)
    before, curve = model.predict(X), list(model.loss_curve_)
    model.set_params(solver="sgd", learning_rate_init=1e30, batch_size=5)
    for train in (model.fit, model.partial_fit):
        with pytest.raises(DivergenceError, match="training diverged in epoch"):
            train(X, y)
        assert np.array_equal(model.predict(X), before)
        assert model.loss_curve_ == curve


@every_kind
def test_a_fit_on_another_table_that_fails_leaves_names_and_classes_as_they_were(kind):
    X, y = table(kind)
    model = fitted(kind)
    before = answers(model, X)
    words = np.array(["low", "high"])[np.arange(60) % 2]
    others = {GlassNetRegressor: np.column_stack([y, y]), GlassNetClassifier: words}
    model.set_params(solver="sgd", learning_rate_init=1e30, batch_size=5)
    with pytest.raises(DivergenceError, match="training diverged in epoch"):
        model.fit(pd.DataFrame(X[:, :2], columns=["a", "b"]), others[kind])
    assert np.array_equal(answers(model, X), before)
    assert np.isin(model.predict(X), y).all() or kind is GlassNetRegressor
    assert model.n_features_in_ == X.shape[1]


def test_a_network_on_the_way_to_infinity_says_so_when_asked():
    X, y = table(GlassNetRegressor)
    with short():
        model = GlassNetRegressor(**TINY).fit(X, y)
    model._fitted.first.theta[:] = 1e25
    with pytest.raises(
        DivergenceError, match=r"^the answer for row 0 is not a finite number\. Either training was about"
    ):
        model.predict(X)


def test_several_quantiles_have_no_single_score():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, loss="quantile", quantile=(0.1, 0.9), early_stopping=True)
    assert np.isnan(model.validation_scores_).all()
    assert model.best_validation_score_ is None
    assert np.isfinite(model.best_loss_)
    with pytest.raises(SettingError, match=r"quantile=\(0\.1, 0\.9\) are several\. Judge each column"):
        model.score(X, y)
    middle = fitted(GlassNetRegressor, X, y, loss="quantile", quantile=[0.5])
    assert middle.score(X, y) == r2_score(y, middle.predict(X))


# ---- Going on --------------------------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw"])
def test_two_calls_of_partial_fit_are_two_epochs_of_fit(kind, solver):
    X, y = table(kind)
    first = {"classes": np.unique(y)} if kind is GlassNetClassifier else {}
    whole = fitted(kind, solver=solver, max_iter=2, batch_size=7)
    model = kind(**TINY, solver=solver, batch_size=7)
    model.partial_fit(X, y, **first).partial_fit(X, y)
    assert np.array_equal(model._fitted.first.theta, whole._fitted.first.theta)
    assert np.array_equal(model._runs[0].learner.memory, whole._runs[0].learner.memory)
    assert model.loss_curve_ == whole.loss_curve_


def test_a_warm_start_begins_the_optimizer_anew():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, warm_start=True, max_iter=50)
    before = model._fitted.first.theta.copy()
    with short():
        model.set_params(max_iter=1, learning_rate_init=0.5).fit(X, y)
    # a fresh Adam first moves every weight by the learning rate, give or take epsilon: 50 seeds used at most 14 %
    moved = np.abs(model._fitted.first.theta - before)
    assert np.median(moved) == pytest.approx(0.5, rel=1e-5)


def test_a_model_goes_on_with_another_solver_or_type():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, warm_start=True)
    with short():
        model.set_params(solver="lbfgs").fit(X, y)
        model.set_params(solver="sgd", dtype="float64").fit(X, y)
        model.set_params(dtype="float32").partial_fit(X, y)
    assert model._fitted.first.theta.dtype == np.float32
    assert {len(values) for values in model.history_.as_dict().values()} == {10}


# ---- What losses mean ------------------------------------------------------------------------------------------------


def noisy_line(n=1000):
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 3, size=(n, 1))
    return X, X[:, 0] + rng.exponential(1 + X[:, 0])


def test_quantiles_cover_their_shares():
    X, y = noisy_line()
    quantiles = (0.1, 0.5, 0.9)
    model = fitted(GlassNetRegressor, X, y, loss="quantile", quantile=quantiles, max_iter=60, learning_rate_init=0.02)
    prediction = model.predict(X)
    assert prediction.shape == (1000, 3)
    shares = (y[:, None] < prediction).mean(axis=0)
    np.testing.assert_allclose(shares, quantiles, rtol=0, atol=0.1)  # Adam's last steps: 50 seeds used at most 48 %
    assert (np.diff(prediction, axis=1) > 0).mean() > 0.99


def test_the_absolute_loss_finds_the_median_and_the_squared_one_the_mean():
    X, y = noisy_line()
    settings = {"max_iter": 60, "learning_rate_init": 0.02}
    median = fitted(GlassNetRegressor, X, y, loss="absolute_error", **settings).predict(X)
    mean = fitted(GlassNetRegressor, X, y, loss="squared_error", **settings).predict(X)
    # Adam's last steps: 50 seeds used at most 43 % of the first and 46 % of the second
    assert (y < median).mean() == pytest.approx(0.5, abs=0.08)
    assert mean.mean() == pytest.approx(y.mean(), rel=0.06)
    assert mean.mean() > median.mean() + 0.3


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_counts_and_sizes_are_calibrated(loss):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(1000, 2))
    mean = np.exp(1 + X[:, 0] - X[:, 1])
    y = rng.poisson(mean) if loss == "poisson" else rng.gamma(3, mean / 3)
    model = fitted(GlassNetRegressor, X, y, loss=loss, solver="lbfgs", activation="tanh", max_iter=300, alpha=0)
    prediction = model.predict(X)
    # the slope at the output bias; what L-BFGS leaves of it: 50 seeds used at most 33 % for counts and 12 % for sizes
    if loss == "poisson":
        assert prediction.sum() == pytest.approx(y.sum(), rel=1e-2)
    else:
        assert (y / prediction).mean() == pytest.approx(1, rel=1e-2)
    assert np.corrcoef(np.log(prediction), np.log(mean))[0, 1] > 0.95
    assert prediction.min() > 0


# ---- Memory ----------------------------------------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_number_of_epochs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 10)).astype(np.float32)
    y = X[:, 0]
    peaks = []
    for max_iter in (1, 1, 12):  # the first compiles
        tracemalloc.start()
        fitted(GlassNetRegressor, X, y, max_iter=max_iter, early_stopping=True, n_iter_no_change=np.inf)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.05 * peaks[1]
    assert peaks[2] < 6 * X.nbytes  # the standardised table, targets in float64, an order of rows, blocks


@pytest.mark.parametrize("kind", KINDS)
def test_folded_weights_refuse_a_change_that_would_be_lost(kind):
    model = fitted(kind)
    for array in (*model.coefs_, *model.intercepts_):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
