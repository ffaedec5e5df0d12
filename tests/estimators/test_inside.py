"""What an estimator shows of its networks at work, for all rows at once, and how flat they lie."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import make_friedman1

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import InputError, SettingError
from glassnet.estimators.members import Ensemble
from glassnet.network.curvature import largest_eigenvalues

from ..table.cases import mixed
from .cases import KINDS, SINGLE, TINY, fitted, short, table
from .test_members import several

every_kind = pytest.mark.parametrize("kind", KINDS)


def in_float64(model):
    """The same model with its weights in float64, so that differences of predictions have digits enough."""
    runs = tuple(replace(run, fitted=replace(run.fitted, theta=run.fitted.theta.astype(float))) for run in model._runs)
    model._runs, model._fitted = runs, Ensemble(tuple(run.fitted for run in runs))
    return model


def answers(model, X):
    return model.predict(X) if isinstance(model, GlassNetRegressor) else model.predict_proba(X)


def differences(model, X):
    """Central differences of the predictions by every column, in its own unit; the columns' axis comes last."""
    steps = 1e-6 * np.ptp(X, axis=0)
    sides = [(answers(model, X + step), answers(model, X - step)) for step in np.diag(steps)]
    return np.stack([(up - down) / (2 * h) for (up, down), h in zip(sides, steps, strict=True)], axis=-1)


def new_rows(X, n=30):
    """Rows between those of the table, where no bin has an edge; some of them far outside."""
    rng = np.random.default_rng(1)
    one, other = X[rng.integers(len(X), size=n)], X[rng.integers(len(X), size=n)]
    rows = one + rng.uniform(0.1, 0.9, X.shape)[:n] * (other - one) + 1e-3 * rng.normal(size=one.shape) * X.std(axis=0)
    rows[:3] += 5 * np.ptp(X, axis=0)
    return rows


def assert_slopes(model, X):
    slopes, expected = model.input_gradients(X), differences(model, X)
    assert slopes.shape == (*answers(model, X).shape, X.shape[1])
    scale = np.abs(expected).max(axis=tuple(range(expected.ndim - 1)))  # columns have units of their own
    assert (scale > 0).all()
    np.testing.assert_allclose(slopes / scale, expected / scale, rtol=0, atol=1e-6)


# ---- Activations, deltas, gradients ----------------------------------------------------------------------------------


@every_kind
def test_the_last_activations_are_the_prediction_before_it_gets_its_units(kind):
    X, y = table(kind)
    model = several(kind, X, y)
    for member, trained in enumerate(model._fitted.members):
        A = model.activations(X, member=member)
        assert list(A) == [1, 2, 3]
        # the model computes in float32
        in_units = trained.targets.in_units(A[3])
        np.testing.assert_allclose(in_units, trained.predict(X), rtol=1e-5, atol=1e-6 * np.abs(in_units).max())


@every_kind
def test_deltas_and_gradients_are_those_of_the_network(kind):
    X, y = table(kind)
    model = fitted(kind, X, y)
    net, A, Delta = model.network_, model.activations(X), model.deltas(X, y)
    for layer, (dW, db) in model.gradients(X, y).items():
        np.testing.assert_allclose(dW, A[layer - 1].T @ Delta[layer] / len(X), rtol=0, atol=1e-14)
        np.testing.assert_allclose(db, Delta[layer].mean(axis=0), rtol=0, atol=1e-14)
        each = model.gradients(X, y, per_sample=True)[layer]
        np.testing.assert_allclose(each[0].mean(axis=0), dW, rtol=0, atol=1e-14)
        assert net.layers()[layer][0].shape == dW.shape


def test_the_delta_of_the_output_is_prediction_minus_scaled_target():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y)
    scaled = (y - y.mean()) / y.std()
    Delta = model.deltas(X, y)[3]
    np.testing.assert_allclose(Delta[:, 0], model.activations(X)[3][:, 0] - scaled, rtol=0, atol=1e-6)


@every_kind
def test_a_row_twice_is_weight_2(kind):
    X, y = table(kind)
    model = fitted(kind, X, y)
    weight = np.ones(len(X))
    weight[7] = 2
    twice = model.gradients(np.vstack([X, X[7:8]]), np.append(y, y[7]))
    for layer, parts in model.gradients(X, y, weight).items():
        for part, expected in zip(parts, twice[layer], strict=True):
            np.testing.assert_allclose(part, expected, rtol=0, atol=1e-14)


def test_class_weights_count_as_in_fit():
    X, y = table(GlassNetClassifier)
    model = fitted(GlassNetClassifier, X, y)
    expected = model.gradients(X, y, np.where(y == 1, 3.0, 1.0))[3][1]
    model.set_params(class_weight={0: 1, 1: 3, 2: 1})
    np.testing.assert_allclose(model.gradients(X, y)[3][1], expected, rtol=1e-12)


# ---- Input gradients -------------------------------------------------------------------------------------------------


@every_kind
def test_input_gradients_equal_central_differences_in_the_units_of_the_table(kind):
    """Through three members, robust clipping and bins."""
    X, y = table(kind)
    X = X * 10.0 ** np.arange(-2, X.shape[1] - 2) + 7
    assert_slopes(in_float64(several(kind, X, y, max_iter=20)), new_rows(X))


def test_at_an_edge_of_a_bin_the_slope_is_the_one_from_the_left():
    """Edges are values of training rows, so many of those lie on one."""
    X, y = table(GlassNetRegressor)
    model = several(GlassNetRegressor, X, y, n_members=1, max_iter=20)
    fitted_, step = model._runs[0].fitted, np.zeros(10)
    column = fitted_.bins.columns[-1]
    p = fitted_.numbers(X, range(60))[:, -1]
    on_an_edge = (p == np.round(p)) & (p > 0)
    assert on_an_edge.sum() >= 4
    step[column] = 1e-3 * np.ptp(X[:, column])  # no smaller: the network counts in float32
    here, left, right = (model.predict(X + k * step)[on_an_edge] for k in (0, -1, 1))
    ours, h = model.input_gradients(X)[on_an_edge, column], step[column]
    scale = np.abs(ours).max()
    np.testing.assert_allclose(ours, (here - left) / h, rtol=0, atol=0.01 * scale)
    assert np.abs(ours - (right - here) / h).max() > 0.1 * scale


@pytest.mark.parametrize("settings", [{}, {"loss": "poisson"}, {"loss": "quantile", "quantile": (0.1, 0.9)}], ids=str)
def test_every_kind_of_output_has_its_slopes(settings):
    X, y = table(GlassNetRegressor)
    assert_slopes(in_float64(fitted(GlassNetRegressor, X, y, max_iter=20, **settings)), new_rows(X))


def test_several_targets_have_slopes_each():
    X, y = table(GlassNetRegressor)
    model = in_float64(fitted(GlassNetRegressor, X, np.column_stack([y, -3 * y]), max_iter=20))
    assert model.input_gradients(X).shape == (60, 2, 10)
    assert_slopes(model, new_rows(X))


def test_what_one_class_gains_the_other_loses():
    X, y = table(GlassNetClassifier)
    model = in_float64(fitted(GlassNetClassifier, X, y > 0, max_iter=20))
    slopes = model.input_gradients(X)
    assert slopes.shape == (60, 2, 4)
    np.testing.assert_array_equal(slopes[:, 0], -slopes[:, 1])
    assert_slopes(model, new_rows(X))


def test_a_linear_network_answers_with_its_coefficients():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, activation="identity")
    slope = (model.coefs_[0] @ model.coefs_[1])[:, 0]
    np.testing.assert_allclose(model.input_gradients(X), np.tile(slope, (60, 1)), rtol=1e-10)


def test_numbers_of_a_mixed_table_have_slopes_and_what_is_no_number_has_none():
    frame = mixed()
    with short():
        model = GlassNetRegressor(**TINY | {"bins": 4}).fit(frame, np.arange(120.0))
    model = in_float64(model)
    kinds = {column.name: column.kind for column in model.columns_}
    slopes = pd.DataFrame(model.input_gradients(frame), columns=model.feature_names_in_)
    for name in frame:
        if kinds[name] == "number":
            gaps = pd.to_numeric(frame[name]).isna()
            np.testing.assert_array_equal(slopes[name].isna(), gaps)
        else:
            assert slopes[name].isna().all(), name
    rows = frame.dropna().head(20).reset_index(drop=True)
    rows["size"] += 1e-3  # away from the edges of bins, which are values of the table
    step = 1e-6
    up, down = (model.predict(rows.assign(size=rows["size"] + h)) for h in (step, -step))
    expected = (up - down) / (2 * step)
    ours = model.input_gradients(rows)[:, list(frame).index("size")]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def test_a_column_that_is_left_out_changes_nothing():
    frame = mixed().assign(always="the same")
    with short():
        model = GlassNetRegressor(**TINY).fit(frame, np.arange(120.0))
    assert (model.input_gradients(frame)[:, list(frame).index("always")] == 0).all()


@every_kind
def test_a_data_frame_and_a_sparse_matrix_give_what_an_array_gives(kind):
    X, y = table(kind)
    names = [f"column {j}" for j in range(X.shape[1])]
    model, of_frame = several(kind, X, y), several(kind, pd.DataFrame(X, columns=names), y)
    expected = model.input_gradients(X)
    assert np.array_equal(of_frame.input_gradients(pd.DataFrame(X, columns=names)[names[::-1]]), expected)
    assert np.array_equal(model.input_gradients(sparse.csr_array(X)), expected)
    for layer, A in model.activations(sparse.csr_array(X)).items():
        np.testing.assert_array_equal(A, of_frame.activations(pd.DataFrame(X, columns=names))[layer])


# ---- Sharpness -------------------------------------------------------------------------------------------------------


@every_kind
def test_sharpness_is_that_of_the_network_on_the_rows_as_it_sees_them(kind):
    X, y = table(kind)
    model = several(kind, X, y, alpha=0.1)
    for member in range(3):
        run, net = model._runs[member], model.networks_[member]
        numbers = run.fitted.numbers(X, range(len(X)))
        Y = run.fitted.targets.scaled(model._encode_targets(y, reset=False), "float64")
        (expected,) = largest_eigenvalues(
            net.architecture, net.theta, numbers, Y, loss=net.loss_function, penalty=net.penalty
        )
        assert model.sharpness(X, y, member=member, k=1).largest_eigenvalue == pytest.approx(expected, rel=1e-6)


SGD = {"solver": "sgd", "momentum": 0, "learning_rate": "invscaling", "max_iter": 5}


@every_kind
def test_the_hessian_of_a_model_is_the_change_of_its_gradient(kind):
    X, y = table(kind)
    model, h = in_float64(fitted(kind, X, y)), 1e-6
    theta = model._runs[0].fitted.theta
    V, sides = np.random.default_rng(0).normal(size=theta.size), []
    product = model.hessian(X, y).times(V)
    alpha = np.concatenate([part.ravel() for W, b in model.network_.layers().values() for part in (0 * W + 1, 0 * b)])
    kept = theta.copy()
    for side in (h, -h):
        theta[:] = kept + side * V
        parts = model.gradients(X, y).values()
        sides.append(np.concatenate([part.ravel() for pair in parts for part in pair]))
    expected = (sides[0] - sides[1]) / (2 * h) + 0.0001 * alpha * V / len(X)  # gradients leave the penalty out
    np.testing.assert_allclose(product, expected, rtol=0, atol=1e-7)


def test_sharpness_knows_the_optimizer_and_its_last_learning_rate():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y, **SGD)
    found = model.sharpness(X, y)
    assert found.optimizer.name == "sgd"
    assert found.learning_rate == model.history_.learning_rate[-1]
    assert found.optimizer_limit == found.stability_limit
    assert str(found).endswith("that it was trained with")


def test_weights_of_the_best_epoch_are_shown_with_its_learning_rate():
    X, y = table(GlassNetRegressor)
    X_val, y_val = X[:5], 2 * y.mean() - y[:5]  # rows that say the contrary, so an early epoch is the best
    with short():
        model = GlassNetRegressor(**TINY | SGD).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.best_iteration_ < 5
    assert model.sharpness(X, y).learning_rate == model.history_.learning_rate[model.best_iteration_ - 1]


def test_weights_count_and_only_by_their_shares():
    X, y = table(GlassNetRegressor)
    model, weight = fitted(GlassNetRegressor, X, y, alpha=1.0), np.arange(1.0, 61)
    plain, once, doubled = (model.sharpness(X, y, w) for w in (None, weight, 2 * weight))
    assert once.eigenvalues == pytest.approx(doubled.eigenvalues)
    assert once.objective == pytest.approx(doubled.objective)
    assert once.objective != pytest.approx(plain.objective)


@every_kind
def test_a_loaded_model_shows_the_same(kind, tmp_path):
    X, y = table(kind)
    model = several(kind, X, y)
    model.save(tmp_path / "model.glassnet")
    again = load(tmp_path / "model.glassnet")
    assert np.array_equal(again.input_gradients(X), model.input_gradients(X))
    assert again.sharpness(X, y) == model.sharpness(X, y)


@pytest.mark.parametrize(("rate", "n_epochs"), [(0.3, 2500), (0.4, 2000)])
def test_gradient_descent_ends_as_sharp_as_its_steps_allow(rate, n_epochs):
    """The edge of stability: with all rows in every step the largest eigenvalue rises to 2 / rate and stays there."""
    X, y = make_friedman1(n_samples=500, noise=1.0, random_state=0)
    model = GlassNetRegressor(
        **SINGLE | {"hidden_layer_sizes": 16, "activation": "tanh", "solver": "sgd", "momentum": 0, "dtype": "float64"},
        batch_size=500,
        learning_rate_init=rate,
        max_iter=n_epochs,
        n_iter_no_change=np.inf,
        random_state=0,
    )
    found = model.fit(X, y).sharpness(X, y, k=1)
    assert found.stability_limit == pytest.approx(rate, rel=0.15)  # bouncing; 4 starts were at most 6 % off


# ---- What cannot be shown --------------------------------------------------------------------------------------------


def test_a_member_that_does_not_exist_is_refused():
    X, y = table(GlassNetRegressor)
    model = several(GlassNetRegressor, X, y)
    with pytest.raises(SettingError, match="member=3 is not one of the networks: there are 3, counted from 0"):
        model.activations(X, member=3)


def test_targets_of_another_number_and_rows_without_targets_are_refused():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, y)
    with pytest.raises(InputError, match="y has 2 targets, but the model was trained on 1"):
        model.deltas(X, np.column_stack([y, y]))
    with pytest.raises(InputError, match="X has 60 rows and Y has 59"):
        model.deltas(X, y[:-1])


def test_a_class_that_training_did_not_see_is_refused():
    X, y = table(GlassNetClassifier)
    with pytest.raises(InputError, match="which the network has no output for"):
        fitted(GlassNetClassifier, X, y).gradients(X, np.full(60, 9))
