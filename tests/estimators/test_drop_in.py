"""In a script that uses MLPRegressor or MLPClassifier, changing the name is all a user does."""

import copy
import inspect
import io
import pickle

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_digits
from sklearn.ensemble import StackingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_validate, train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glassnet import GlassNetClassifier, GlassNetRegressor

from .cases import DIABETES, IRIS, KINDS, ONE, PEERS, TINY, fitted, forward, short, table

VALUES = {
    "hidden_layer_sizes": [(), 4, (4,), [4], np.array([4]), (3, 3), range(3, 5)],
    "activation": ["identity", "logistic", "tanh", "relu"],
    "solver": ["lbfgs", "sgd", "adam"],
    "alpha": [0, 0.0, 0.0001, 1, np.float32(10.0)],
    "batch_size": ["auto", 1, 7, 60, np.int64(20)],
    "learning_rate": ["constant", "invscaling", "adaptive"],
    "learning_rate_init": [0.001, 1e-5, np.float64(0.1)],
    "power_t": [0, 0.5, 1.0, 2],
    "max_iter": [1, 3, np.int64(2)],
    "shuffle": [True, False, np.True_],
    "random_state": [None, 0, 2**32 - 1, np.int32(5), np.random.RandomState(3)],
    "tol": [0, 0.0001, 1, 1e9],
    "verbose": [False, True, 0, 1, 10],
    "warm_start": [False, True],
    "momentum": [0, 0.5, 0.9, 1.0],
    "nesterovs_momentum": [True, False],
    "early_stopping": [False, True],
    "validation_fraction": [0.0, 0.1, 0.5],
    "beta_1": [0, 0.9],
    "beta_2": [0.0, 0.999],
    "epsilon": [1e-8, 1],
    "n_iter_no_change": [1, 10, np.inf],
    "max_fun": [1, 5, 15000],
    "loss": ["squared_error", "poisson"],
}
NEEDS = {
    "momentum": {"solver": "sgd"},
    "nesterovs_momentum": {"solver": "sgd"},
    "learning_rate": {"solver": "sgd"},
    "power_t": {"solver": "sgd", "learning_rate": "invscaling"},
    "max_fun": {"solver": "lbfgs"},
}
CASES = [
    (kind, name, value)
    for kind, peer in PEERS.items()
    for name in inspect.signature(peer).parameters
    for value in VALUES[name]
]
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.mark.parametrize(("kind", "name", "value"), CASES, ids=lambda part: getattr(part, "__name__", str(part)))
def test_every_value_that_the_mlp_takes_is_taken(kind, name, value):
    settings = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0} | NEEDS.get(name, {}) | {name: value}
    X, y = table(kind)
    with short():
        model, peer = kind(**ONE | settings).fit(X, y), PEERS[kind](**settings).fit(X, y)
    assert model.predict(X).shape == peer.predict(X).shape
    assert model.n_iter_ <= settings["max_iter"]
    assert [W.shape for W in model.coefs_] == [W.shape for W in peer.coefs_]


@every_kind
def test_the_signature_begins_with_that_of_the_mlp(kind):
    ours, theirs = (list(inspect.signature(which).parameters.values()) for which in (kind, PEERS[kind]))
    assert [(p.name, p.kind) for p in ours[: len(theirs)]] == [(p.name, p.kind) for p in theirs]
    for method in ("fit", "predict", "score"):
        theirs = list(inspect.signature(getattr(PEERS[kind], method)).parameters)
        assert list(inspect.signature(getattr(kind, method)).parameters)[: len(theirs)] == theirs


RECIPE = {  # where our defaults differ: these are tuned to each other
    *("hidden_layer_sizes", "activation", "alpha", "learning_rate", "learning_rate_init", "max_iter", "beta_2"),
}


@every_kind
def test_only_the_recipe_has_other_defaults(kind):
    theirs, ours = PEERS[kind]().get_params(), kind().get_params()
    assert {name for name in theirs if ours[name] != theirs[name]} == RECIPE


def test_positional_arguments_mean_the_same():
    assert GlassNetRegressor("poisson", (3,), "tanh").get_params()["activation"] == "tanh"
    assert GlassNetClassifier((3,), "tanh").hidden_layer_sizes == (3,)
    with pytest.raises(TypeError):
        GlassNetClassifier((3,), "tanh", "sgd")


@every_kind
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_every_public_attribute_of_a_fitted_mlp_is_there_with_its_meaning(kind, early_stopping, activation):
    settings = {"early_stopping": early_stopping, "activation": activation}
    model, peer = fitted(kind, **settings), fitted(PEERS[kind], **settings)
    for name in [name for name in vars(peer) if name.endswith("_") and not name.startswith("_")]:
        ours, theirs = getattr(model, name), getattr(peer, name)
        if name == "best_loss_":  # the MLP has none with early stopping, we have the one that decides
            assert ours == min(model.validation_loss_curve_ or model.loss_curve_)
        elif isinstance(theirs, list):
            assert [np.shape(entry) for entry in ours] == [np.shape(entry) for entry in theirs]
        elif name in ("loss_", "best_validation_score_") and theirs is not None:
            assert np.isfinite(ours)
        else:
            assert np.array_equal(ours, theirs), name
    assert model.loss_ == model.loss_curve_[-1]


@every_kind
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_coefs_and_intercepts_are_the_network_for_raw_columns(kind, activation):
    model, (X, _) = fitted(kind, activation=activation, hidden_layer_sizes=(4, 3), dtype="float64"), table(kind)
    prediction = model.predict(X) if is_regressor(model) else model.predict_proba(X)
    output = forward(model, X)
    # float64; the folded biases are sums of up to 10 terms, 50 seeds used at most 27 %
    np.testing.assert_allclose(output.squeeze(), prediction, rtol=0, atol=1e-14 * np.abs(output).max())


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_coefs_and_intercepts_hold_for_outputs_that_go_through_exp(loss):
    model, (X, _) = fitted(GlassNetRegressor, loss=loss, dtype="float64"), table(GlassNetRegressor)
    np.testing.assert_allclose(forward(model, X)[:, 0], model.predict(X), rtol=2e-14)  # 50 seeds: at most 12 % of it


def test_two_classes_share_one_logistic_output():
    X, y = IRIS
    model = fitted(GlassNetClassifier, X, np.where(y == 2, "c", "a or b"), dtype="float64")
    assert (model.n_outputs_, model.out_activation_, list(model.classes_)) == (1, "logistic", ["a or b", "c"])
    np.testing.assert_allclose(forward(model, X)[:, 0], model.predict_proba(X)[:, 1], rtol=2e-14)  # 50 seeds: 17 %
    assert np.all(model.predict_proba(X).sum(axis=1) == 1)  # p and 1 - p: what 1 - p rounds off, the sum rounds back
    assert set(model.predict(X)) <= {"a or b", "c"}


@every_kind
def test_verbose_prints_a_line_per_epoch_as_the_mlp_does(kind, capsys):
    model = fitted(kind, verbose=True, early_stopping=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == model.n_iter_ == 3
    assert lines[0].startswith(f"Iteration 1, loss = {model.loss_curve_[0]:.8f}")
    assert lines[2].endswith(f"validation loss = {model.validation_loss_curve_[2]:.8f}")


@every_kind
@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array, sparse.csr_array])
def test_sparse_rows_give_what_dense_rows_give(kind, make):
    X, y = table(kind)
    X = np.where(np.abs(X) > np.median(np.abs(X)), X, 0)
    dense, thin = fitted(kind, X, y), fitted(kind, make(X), y)
    assert np.array_equal(dense.predict(X), thin.predict(make(X)))
    assert np.array_equal(dense._fitted.first.theta, thin._fitted.first.theta)


@pytest.mark.parametrize("layout", ["fortran", "read only", "strided", "list", "float32", "float16", "int"])
@every_kind
def test_the_layout_of_an_array_does_not_matter(kind, layout):
    X, y = table(kind)
    X = np.round(X * 100)  # whole numbers that float16 holds
    frozen = X.copy()
    frozen.flags.writeable = False
    same = {
        "fortran": np.asfortranarray(X),
        "read only": frozen,
        "strided": np.repeat(X, 2, axis=1)[:, ::2],
        "list": X.tolist(),
        "float32": X.astype(np.float32),
        "float16": X.astype(np.float16),
        "int": X.astype(int),
    }[layout]
    expected, model = fitted(kind, X, y), fitted(kind, same, list(y))
    assert np.array_equal(model._fitted.first.theta, expected._fitted.first.theta)
    raw = model.predict(same) if is_regressor(model) else model.predict_proba(same)
    assert raw.dtype == (np.float32 if layout == "float32" else np.float64)


def test_several_targets_keep_their_columns():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, X, np.column_stack([y, -1000 * y]), max_iter=300, learning_rate_init=0.01)
    prediction = model.predict(X)
    assert prediction.shape == (60, 2)
    assert model.n_outputs_ == 2
    assert prediction[:, 0].min() > 0 > prediction[:, 1].max()


def test_several_labels_are_answered_one_by_one():
    X, y = IRIS
    labels = np.column_stack([y == 0, y != 1]).astype(int)
    model = fitted(GlassNetClassifier, X, labels, max_iter=100, learning_rate_init=0.05)
    assert model.predict(X).shape == model.predict_proba(X).shape == (150, 2)
    assert model.score(X, labels) > 0.6
    assert np.array_equal(model.predict(X), (model.predict_proba(X) > 0.5).astype(int))
    thin = fitted(GlassNetClassifier, X, sparse.csr_array(labels), max_iter=100, learning_rate_init=0.05)
    assert np.array_equal(thin.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "classes",
    [["z", "y", "x"], [10, 20, 30], [-1.0, 0.0, 2.0], [False, True, True], np.array(["a", "b", "c"], object)],
    ids=str,
)
def test_classes_of_any_kind_come_back(classes):
    X, y = IRIS
    labels = np.asarray(classes)[y]
    model = fitted(GlassNetClassifier, X, labels, max_iter=60, learning_rate_init=0.05)
    assert np.array_equal(model.classes_, np.unique(labels))
    assert model.predict(X).dtype == labels.dtype
    assert model.score(X, labels) > 0.8
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), rtol=2e-14)  # 50 seeds: 18 %


def test_sample_weights_are_taken_where_the_mlp_takes_them():
    X, y = table(GlassNetRegressor)
    heavy = np.where(y > np.median(y), 50.0, 1.0)
    with short():
        settings = TINY | {"hidden_layer_sizes": 100, "max_iter": 40, "learning_rate_init": 0.01}
        plain, model = GlassNetRegressor(**settings).fit(X, y), GlassNetRegressor(**settings).fit(X, y, heavy)
        step = GlassNetRegressor(**ONE, random_state=0).partial_fit(X, y, sample_weight=heavy)
    assert model.score(X, y, sample_weight=heavy) > plain.score(X, y, sample_weight=heavy)
    assert step.n_iter_ == 1


@every_kind
def test_warm_start_goes_on_where_fit_stopped(kind):
    X, y = table(kind)
    model = kind(**TINY | {"warm_start": True, "learning_rate_init": 0.01})
    with short():
        first = model.fit(X, y).loss_curve_[0]
        again = model.fit(X, y)
    assert again.n_iter_ == 3
    assert len(again.loss_curve_) == 6
    assert again.t_ == 6 * 60
    assert again.loss_curve_[-1] < again.loss_curve_[3] < first


@every_kind
def test_partial_fit_goes_one_epoch_on(kind):
    X, y = table(kind)
    first = {"classes": np.unique(y)} if is_classifier(kind()) else {}
    model = kind(**TINY).partial_fit(X[:20], y[:20], **first)
    for start in (20, 40):
        assert model.partial_fit(X[start : start + 20], y[start : start + 20]) is model
    assert (model.n_iter_, model.t_, len(model.loss_curve_)) == (1, 60, 3)


@every_kind
def test_partial_fit_is_only_for_solvers_that_go_step_by_step(kind):
    assert hasattr(kind(), "partial_fit")
    assert not hasattr(kind(solver="lbfgs"), "partial_fit")
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'"):
        kind(solver="lbfgs").partial_fit(*table(kind))


@every_kind
def test_set_params_and_clone_keep_every_value_as_it_is(kind):
    sizes = [4, 4]
    model = kind().set_params(hidden_layer_sizes=sizes, alpha=1, random_state=3)
    assert model.hidden_layer_sizes is sizes
    twin = clone(fitted(kind))
    assert not hasattr(twin, "coefs_")
    assert twin.get_params() == kind(**TINY).get_params()
    with pytest.raises(NotFittedError):
        twin.predict(table(kind)[0])


@pytest.mark.parametrize("name", ["columns_", "coefs_", "intercepts_", "network_", "networks_"])
@every_kind
def test_before_fit_an_attribute_of_the_fit_is_not_there_and_says_so(kind, name):
    assert not hasattr(kind(), name)
    assert hasattr(fitted(kind), name)
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        getattr(kind(), name)


@every_kind
def test_copies_predict_the_same_bits(kind, tmp_path):
    model, (X, y) = fitted(kind), table(kind)
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), joblib.load(file)]
    joblib.dump(model, tmp_path / "mapped")
    copies.append(joblib.load(tmp_path / "mapped", mmap_mode="r"))
    for twin in copies:
        assert np.array_equal(twin.predict(X), model.predict(X))
        assert np.array_equal(twin.set_params(warm_start=True).partial_fit(X, y).predict(X).shape, (60,))


@every_kind
def test_the_picture_of_a_model_can_be_drawn(kind):
    for model in (kind(), fitted(kind)):
        assert kind.__name__ in model._repr_html_()
        assert kind.__name__ in repr(model)


@every_kind
def test_searches_and_pipelines_take_the_model(kind):
    X, y = table(kind)
    pipe = make_pipeline(StandardScaler(), kind(**TINY))
    with short():
        search = GridSearchCV(pipe, {f"{kind.__name__.lower()}__alpha": [0.0, 1.0]}, cv=2, error_score="raise").fit(
            X, y
        )
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_meta_estimators_take_the_model():
    X, y = table(GlassNetRegressor)
    with short():
        scaled = TransformedTargetRegressor(GlassNetRegressor(**TINY), transformer=StandardScaler()).fit(X, y)
        stack = StackingRegressor([("net", GlassNetRegressor(**TINY)), ("line", Ridge())], cv=2).fit(X, y)
        calibrated = CalibratedClassifierCV(GlassNetClassifier(**TINY), cv=2).fit(*table(GlassNetClassifier))
    assert np.isfinite(scaled.predict(X)).all()
    assert np.isfinite(stack.predict(X)).all()
    assert np.isfinite(calibrated.predict_proba(table(GlassNetClassifier)[0])).all()
    model = fitted(GlassNetRegressor)
    assert permutation_importance(model, X, y, n_repeats=2, random_state=0).importances.shape == (10, 2)
    assert partial_dependence(model, X, [0], grid_resolution=5)["average"].shape == (1, 5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@every_kind
def test_the_same_seed_gives_the_same_bits_in_other_processes(kind):
    X, y = table(kind)
    runs = [
        cross_validate(kind(**TINY), X, y, cv=2, n_jobs=n_jobs, return_estimator=True, error_score="raise")
        for n_jobs in (1, 2)
    ]
    for one, two in zip(*(run["estimator"] for run in runs), strict=True):
        assert np.array_equal(one._fitted.first.theta, two._fitted.first.theta)
        assert one.loss_curve_ == two.loss_curve_


def test_random_state_none_differs_and_a_random_state_object_goes_on():
    X, _y = table(GlassNetRegressor)
    predictions = [fitted(GlassNetRegressor, random_state=None).predict(X) for _ in range(2)]
    assert not np.array_equal(*predictions)
    stream = np.random.RandomState(0)
    first, second = (fitted(GlassNetRegressor, random_state=stream).predict(X) for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, fitted(GlassNetRegressor, random_state=np.random.RandomState(0)).predict(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_numbers_are_predicted_no_worse_than_by_the_mlp():
    X, y = DIABETES
    regularised = {
        "max_iter": 100,
        "hidden_layer_sizes": 100,
        "alpha": 10.0,
        "learning_rate_init": 0.005,
        "random_state": 0,
    }

    def score(model):
        return cross_validate(model, X, y, cv=5)["test_score"].mean()

    assert score(GlassNetRegressor(random_state=0)) > score(MLPRegressor(random_state=0)) + 1  # 0.47 against -3.1
    helped = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), MLPRegressor(**regularised)), transformer=StandardScaler()
    )
    # four seeds: 0.493 to 0.500 against 0.493 to 0.495 of an MLP whose columns and target were scaled by hand
    assert score(GlassNetRegressor(**ONE | regularised, batch_size=200)) > score(helped) - 0.01


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_digits_are_told_apart_no_worse_than_by_the_mlp():
    X, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    scores = {
        kind: kind(max_iter=30, random_state=0).fit(train, y_train).score(test, y_test)
        for kind in (GlassNetClassifier, PEERS[GlassNetClassifier])
    }
    assert scores[GlassNetClassifier] > 0.96
    assert scores[GlassNetClassifier] > scores[PEERS[GlassNetClassifier]] - 0.01
