"""Several members: who learns from which rows, and what they say together."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import InputError
from glassnet.estimators.members import mean_history
from glassnet.training.history import History

from ..table.cases import mixed
from .cases import IRIS, KINDS, TINY, short, table

SEVERAL = TINY | {"n_members": 3, "max_iter": 4, "bins": 4, "scaling": "robust"}


def several(kind, X, y, **settings):
    with short():
        return kind(**SEVERAL | settings).fit(X, y)


@pytest.mark.parametrize("kind", KINDS)
def test_a_prediction_is_the_mean_of_the_members(kind):
    X, y = table(kind)
    model = several(kind, X, y)
    one_by_one = [member.predict(X) for member in model._fitted.members]
    assert len(one_by_one) == len(model.networks_) == 3
    assert np.ptp(one_by_one, axis=0).max() > 0
    # sums in another order: 50 seeds used at most 40 %
    np.testing.assert_allclose(model._raw_predictions(X), np.mean(one_by_one, axis=0), rtol=0, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_members_answer_in_the_shape_of_predictions_and_their_mean_is_the_prediction(kind):
    X, y = table(kind)
    model = several(kind, X, y)
    answers = model.predict(X) if kind is GlassNetRegressor else model.predict_proba(X)
    each = model.member_predictions(X)
    assert each.shape == (3, *answers.shape)
    np.testing.assert_allclose(
        each.mean(axis=0), answers, rtol=1e-6
    )  # probabilities are made to sum to 1 before and after


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_jobs_changes_no_bit(kind):
    X, y = table(kind)
    alone, together = several(kind, X, y, n_jobs=1), several(kind, X, y, n_jobs=3)
    assert np.array_equal(alone._raw_predictions(X), together._raw_predictions(X))
    assert np.array_equal(alone.oof_prediction_, together.oof_prediction_)


def test_a_single_large_network_is_shared_by_two_threads_and_no_bit_changes():
    X, y = table(GlassNetRegressor)
    large = {"n_members": 1, "bins": 0, "hidden_layer_sizes": (256, 256), "max_iter": 3}
    one, two = (several(GlassNetRegressor, X, y, **large, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert two._runs[0].learner.program.is_shared
    assert (one._runs[0].learner.n_threads, two._runs[0].learner.n_threads) == (1, 2)
    assert np.array_equal(one._runs[0].learner.theta, two._runs[0].learner.theta)
    assert np.array_equal(one.predict(X), two.predict(X))
    assert one.history_.train_loss == two.history_.train_loss
    assert not several(GlassNetRegressor, X, y, **large | {"n_members": 2})._runs[0].learner.program.is_shared


def test_the_target_of_a_row_has_no_say_in_its_own_out_of_fold_prediction():
    X, y = table(GlassNetRegressor)
    before = several(GlassNetRegressor, X, y, max_iter=1).oof_prediction_  # one epoch: there is none to choose
    other = y.copy()
    other[7] += 100
    after = several(GlassNetRegressor, X, other, max_iter=1).oof_prediction_
    assert after[7] == before[7]
    assert not np.array_equal(after, before)


def test_a_wide_category_that_names_the_row_gives_nothing_away():
    """Each member's encoder is taught by its own rows: naive target means would know every target."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    X = np.array([[f"row {k}", x] for k, x in enumerate(rng.normal(size=200))], dtype=object)
    model = several(GlassNetRegressor, X, y, max_iter=20, column_kinds={0: "category"})
    error = np.mean((y - model.oof_prediction_) ** 2)
    assert error > 0.9 * y.var()


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_has_an_out_of_fold_prediction_in_the_shape_of_the_answers(kind):
    X, y = table(kind)
    model = several(kind, X, y)
    answers = model.predict(X) if kind is GlassNetRegressor else model.predict_proba(X)
    assert model.oof_prediction_.shape == answers.shape
    assert np.isfinite(model.oof_prediction_).all()


def test_rows_of_weight_0_are_in_no_fold():
    X, y = table(GlassNetRegressor)
    weight = np.ones(len(y))
    weight[:5] = 0
    with short():
        model = GlassNetRegressor(**SEVERAL).fit(X, y, sample_weight=weight)
    assert np.isnan(model.oof_prediction_[:5]).all()
    assert np.isfinite(model.oof_prediction_[5:]).all()


def test_folds_keep_the_shares_of_the_classes():
    X, y = IRIS
    model = several(GlassNetClassifier, X, y, max_iter=60)
    assert log_loss(y, model.oof_prediction_) < 0.8  # ln 3 = 1.1 is the ignorant answer


def test_validation_rows_of_the_users_own_serve_all_members():
    X, y = table(GlassNetRegressor)
    with short():
        model = GlassNetRegressor(**SEVERAL).fit(X, y, X_val=X[:9], y_val=y[:9])
    assert model.oof_prediction_ is None
    assert len({network.theta.tobytes() for network in model.networks_}) == 3


def test_too_few_rows_are_refused_with_how_many_are_needed():
    X, y = table(GlassNetRegressor)
    with pytest.raises(InputError, match=r"n_members=3 .* Give at least 6 rows, or set n_members=1\."):
        GlassNetRegressor(**SEVERAL).fit(X[:5], y[:5])


X_MANY = np.random.default_rng(0).normal(size=(3001, 2))
OPEN = SEVERAL | {"n_members": "auto", "learning_rate_init": "auto", "dropout": 0.0, "weight_decay": 0.0, "max_iter": 1}


@pytest.mark.parametrize(
    ("n_rows", "settings", "more", "n_members"),
    [
        (3000, {}, {}, 10),
        (3001, {}, {}, 5),
        (50, {}, {}, 10),
        (49, {}, {}, 5),
        (100, {"learning_rate_init": 0.001}, {}, 5),
        (100, {}, {"X_val": X_MANY[:9], "y_val": X_MANY[:9, 0]}, 5),
        (100, {}, {"groups": np.arange(100) % 10}, 10),
        (100, {}, {"groups": np.arange(100) % 9}, 5),
        (100, {}, {"sample_weight": np.arange(100) < 50}, 10),
        (100, {}, {"sample_weight": np.arange(100) < 49}, 5),
        (100, {"n_members": 7}, {}, 7),
    ],
)
def test_few_rows_have_ten_folds_where_they_allow_it_and_the_recipe_is_followed(n_rows, settings, more, n_members):
    X = X_MANY[:n_rows]
    with short():
        model = GlassNetRegressor(**OPEN | settings).fit(X, X[:, 0], **more)
    assert len(model.networks_) == n_members


@pytest.mark.parametrize(("rarest", "n_members"), [(10, 10), (9, 5)])
def test_ten_folds_need_ten_rows_of_every_class(rarest, n_members):
    y = np.arange(100) < rarest
    with short():
        model = GlassNetClassifier(**OPEN).fit(X_MANY[:100], y)
    assert len(model.networks_) == n_members


def test_curves_are_the_mean_of_the_members():
    X, y = table(GlassNetRegressor)
    model = several(GlassNetRegressor, X, y)
    curves = [run.history.train_loss for run in model._runs]
    np.testing.assert_allclose(model.loss_curve_, np.mean(curves, axis=0), rtol=1e-15)
    assert len(model.best_iterations_) == 3
    assert isinstance(model.history_, History)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_mixed", [False, True])
def test_saved_and_loaded_members_answer_with_the_same_bits(kind, is_mixed, tmp_path):
    X, y = table(kind)
    X = mixed(len(y)) if is_mixed else X
    model = several(kind, X, y)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert np.array_equal(model._raw_predictions(X), again._raw_predictions(X))
    assert again.best_iterations_ == model.best_iterations_


def test_a_curve_goes_on_with_the_members_that_trained_longest():
    long, short_one = History([3.0, 2.0, 1.0], seconds=[1, 2, 3]), History([1.0, 0.0], seconds=[2, 4])
    mean = mean_history([long, short_one])
    assert mean.train_loss == [2.0, 1.0, 1.0]
    assert mean.seconds == [2, 4, 3]
    assert mean.validation_loss == []


def test_what_belongs_to_one_network_is_not_there_for_several():
    X, y = table(GlassNetRegressor)
    with pytest.raises(AttributeError, match="belongs to one network, and here are 3"):
        _ = several(GlassNetRegressor, X, y).coefs_
    with pytest.raises(AttributeError, match="raw columns"):
        _ = several(GlassNetRegressor, X, y, n_members=1).coefs_


def test_warm_start_goes_on_with_every_member():
    X, y = table(GlassNetRegressor)
    model = several(GlassNetRegressor, X, y, warm_start=True)
    thetas = [run.learner.theta.copy() for run in model._runs]
    with short():
        model.fit(X, y)
    assert all(not np.array_equal(run.learner.theta, theta) for run, theta in zip(model._runs, thetas, strict=True))
    assert len(model.loss_curve_) == 8
