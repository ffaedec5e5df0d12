"""An estimator's next step on paper: from the row in its units to the prediction in the target's units."""

import copy
import pickle
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.engine import team
from glassnet.engine.compiler import load_plain
from glassnet.errors import DivergenceError, InputError, SettingError
from glassnet.network.trace import StepTrace

from .cases import DIABETES, KINDS, TINY, fitted, short, table


@pytest.fixture(autouse=True)
def plain_engine(monkeypatch):
    """The written code as plain Python, so that nothing has to be compiled for these few rows."""

    def plain(write, program):
        return getattr(load_plain(write(program)), write.__name__.removeprefix("write_"))

    monkeypatch.setattr(team, "compiled", plain)


def mixed(n=40):
    """A table of a number with gaps, a category, dates and booleans, and a target."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(50, 9, n), "city": rng.choice(["Oslo", "Rome"], n)})
    frame["sold"], frame["garden"] = pd.date_range("2026-01-01", periods=n), rng.random(n) > 0.5
    frame.loc[3, "size"] = np.nan
    return frame, 3 * rng.normal(size=n) + 100


def state(model, member=0):
    """What a member has learnt and remembers."""
    run = model._runs[member].learner
    return run.theta.tobytes(), run.memory.tobytes(), run.steps, run.epochs, run.rows_seen


def assert_recomputed(trace):
    names = {}
    with redirect_stdout(StringIO()):
        exec(trace.to_numpy_code(), names)
    for name, array in trace.arrays.items():
        if array.dtype == object:
            assert names[name].tolist() == array.tolist()
        else:
            np.testing.assert_allclose(names[name], array, rtol=1e-4, atol=1e-6, err_msg=name)


# ---- The step --------------------------------------------------------------------------------------------------------

PLANS = {
    "adam": {},
    "dropout in every layer": {"dropout": 0.3, "input_dropout": 0.2, "dtype": "float64"},
    "not shuffled": {"dropout": 0.3, "shuffle": False},
    "penalties and limits": {"alpha": 0.5, "l1": 0.1, "weight_decay": 0.1, "max_norm": 0.5, "solver": "adamw"},
    "momentum, one row a step": {"solver": "sgd", "nesterovs_momentum": False, "batch_size": 1},
    "robbins-monro": {"solver": "sgd", "momentum": 0, "learning_rate": "invscaling"},
    "bins": {"bins": 4, "scaling": "robust", "parametrization": "ntk"},
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_commit_is_partial_fit_with_these_rows(kind, plan):
    model, (X, y) = fitted(kind, **PLANS[plan]), table(kind)
    chosen = slice(1 if model.batch_size == 1 else 7)
    for weight in (None, np.arange(1.0, 8.0)[chosen]):
        other = copy.deepcopy(model)
        trace = model.trace_step(X[chosen], y[chosen], weight)
        assert state(model) == state(other)
        trace.commit()
        with short():
            other.partial_fit(X[chosen], y[chosen], sample_weight=weight)
        ours, theirs = model._runs[0].learner, other._runs[0].learner
        assert (ours.steps, ours.epochs, ours.rows_seen) == (theirs.steps, theirs.epochs, theirs.rows_seen)
        np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(ours.memory, theirs.memory, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_that_is_explained_is_the_one_that_predicts(kind):
    model, (X, y) = fitted(kind, n_members=3), table(kind)
    for member in range(3):
        before = model.member_predictions(X[:2])
        trace = model.trace_step(X[:2], y[:2], member=member)
        assert trace.prediction_before.tolist() == before[member].tolist()
        trace.commit()
        after = model.member_predictions(X[:2])
        assert trace.prediction_after.tolist() == after[member].tolist()
        assert (np.delete(after, member, axis=0) == np.delete(before, member, axis=0)).all()


def test_a_step_on_a_row_brings_its_prediction_closer():
    model, (X, y) = fitted(GlassNetRegressor), table(GlassNetRegressor)
    trace = model.trace_step(X[[5]], y[[5]], learning_rate=0.01)
    before, after = abs(trace.prediction_before - y[5]), abs(trace.prediction_after - y[5])
    assert after < before
    assert trace.loss_after < trace.loss_before


def test_rows_of_weight_0_are_left_out():
    model, (X, y) = fitted(GlassNetRegressor), table(GlassNetRegressor)
    whole = model.trace_step(X[:3], y[:3], sample_weight=[1, 0, 1])
    assert whole.to_json() == model.trace_step(X[[0, 2]], y[[0, 2]]).to_json()


# ---- The ends --------------------------------------------------------------------------------------------------------


def test_the_trace_begins_with_columns_in_their_units_and_ends_in_those_of_the_target():
    frame = pd.DataFrame({"age": [30.0, 40, 50, 60] * 3, "income": [1e3, 2e3, 5e3, 4e3] * 3})
    model = fitted(GlassNetRegressor, frame, frame["income"] / 10 + frame["age"])
    trace = model.trace_step(frame.iloc[[2]], [550.0])
    first, last = trace.stages[0], trace.stages[-1]
    assert (first.id, first.inputs["columns"].tolist()) == ("scale", [[50, 5e3]])
    scaled = (frame.iloc[[2]] - frame.mean()) / frame.std(ddof=0)
    np.testing.assert_allclose(first.output, scaled.to_numpy(), rtol=1e-6)
    assert trace.labels["X"] == ("age", "income")
    assert trace.stage("target").inputs["y"].tolist() == [[550]]
    assert (last.id, last.output.tolist()) == ("prediction", trace.prediction_after.tolist())
    assert "columns: age = 50, income = 5000" in str(trace)


def test_a_table_of_mixed_columns_is_shown_as_it_was_written():
    frame, y = mixed()
    model = fitted(GlassNetRegressor, frame, y, bins=4)
    trace = model.trace_step(frame.iloc[[3]], y[[3]])
    assert [stage.id for stage in trace.stages[:4]] == ["encode", "place", "target", "input"]
    assert trace.stages[0].inputs["columns"].tolist() == [
        [None, frame.city[3], "2026-01-04 00:00:00", bool(frame.garden[3])]
    ]
    assert f"columns: size = missing, city = {frame.city[3]}, sold = 2026-01-04 00:00:00" in str(trace)
    assert trace.labels["scaled"] == model._fitted.first.table.names_out
    assert trace.prediction_before.tolist() == model.predict(frame.iloc[[3]]).tolist()
    assert StepTrace.from_json(trace.to_json()).to_json() == trace.to_json()
    assert_recomputed(trace)


def test_a_single_bin_has_no_place_to_show():
    X, y = DIABETES
    model = fitted(GlassNetRegressor, X, y, bins=1)
    trace = model.trace_step(X[[0]], y[[0]])
    assert [stage.id for stage in trace.stages[:3]] == ["scale", "target", "input"]
    assert_recomputed(trace)


ENDS = {
    "one number": (GlassNetRegressor, {}, lambda y: y),
    "two numbers": (GlassNetRegressor, {}, lambda y: np.column_stack([y, -y])),
    "quantiles": (GlassNetRegressor, {"loss": "quantile", "quantile": (0.9, 0.1, 0.5)}, lambda y: y),
    "counts": (GlassNetRegressor, {"loss": "poisson", "bins": 4}, lambda y: y),
    "huber, robust": (GlassNetRegressor, {"loss": "huber", "scaling": "robust"}, lambda y: y),
    "two classes": (GlassNetClassifier, {}, lambda y: np.where(y > 0, "yes", "no")),
    "three classes": (GlassNetClassifier, {"class_weight": "balanced"}, lambda y: y),
    "labels": (GlassNetClassifier, {}, lambda y: np.column_stack([y > 0, y > 1]).astype(int)),
}


def test_the_script_encodes_every_kind_of_column():
    n, rng = 200, np.random.default_rng(0)
    frame, y = mixed(n)
    frame["when"] = pd.date_range("2026-01-01", periods=n, freq="7h")
    frame["street"] = [f"{k % 50} 'Main\\ \nRoad" for k in range(n)]
    frame["county"] = rng.choice(["a", "b", "c", None], n)
    frame["price"] = [f"{k}.5" for k in range(n)]
    frame["paid"] = rng.choice([True, False, None], n)
    model = fitted(GlassNetRegressor, frame, np.column_stack([y, -y]))
    other = frame.iloc[:9].assign(county=["z", None, *"abcabca"], size=[np.inf, -np.inf, np.nan, *range(6)])
    kinds = {type(part).__name__ for part in model._fitted.first.table.parts}
    assert kinds == {"Numbers", "Booleans", "Dates", "Levels", "TargetMeans"}
    assert_recomputed(model.trace_step(other, np.column_stack([y, -y])[:9]))


@pytest.mark.parametrize("end", ENDS)
def test_every_kind_of_target_has_its_trace(end):
    kind, settings, made = ENDS[end]
    X, y = table(kind)
    y = made(y)
    model = fitted(kind, X, y, **settings)
    trace = model.trace_step(X[:3], y[:3])
    predict = getattr(model, "predict_proba", model.predict)
    assert trace.prediction_before.tolist() == predict(X[:3]).tolist()
    if kind is GlassNetClassifier:
        assert trace.labels["prediction_after"] == tuple(map(str, model.classes_))
    assert_recomputed(trace)
    assert StepTrace.from_json(trace.to_json()).to_json() == trace.to_json()


# ---- Commit ----------------------------------------------------------------------------------------------------------


def test_a_step_is_committed_once_and_only_from_where_it_started():
    model, (X, y) = fitted(GlassNetRegressor), table(GlassNetRegressor)
    first, second = model.trace_step(X[:1], y[:1]), model.trace_step(X[1:2], y[1:2])
    first.commit()
    kept = state(model)
    with pytest.raises(InputError, match="it was committed before"):
        first.commit()
    with pytest.raises(InputError, match="the network has learnt something else since"):
        second.commit()
    with short():
        third = model.trace_step(X[:1], y[:1])
        assert state(model) == kept
        model.partial_fit(X, y)
    with pytest.raises(InputError, match="the network has learnt something else since"):
        third.commit()


def test_the_masks_of_the_next_step_are_other_ones():
    model, (X, y) = fitted(GlassNetRegressor, dropout=0.5, input_dropout=0.5), table(GlassNetRegressor)
    first = model.trace_step(X[:5], y[:5])
    first.commit()
    assert (model.trace_step(X[:5], y[:5]).arrays["M1"] != first.arrays["M1"]).any()


def test_after_commit_nothing_speaks_of_the_network_before():
    model, (X, y) = fitted(GlassNetRegressor, n_members=3), table(GlassNetRegressor)
    trace = model.trace_step(X[:1], y[:1], member=1)
    model.predict_interval(X[:1], coverage=0.5)
    trace.commit()
    assert model.oof_prediction_ is None
    with pytest.raises(InputError, match="intervals are made from"):
        model.predict_interval(X[:1])
    assert pickle.loads(pickle.dumps(model)).predict(X).tolist() == model.predict(X).tolist()


def test_a_step_into_the_infinite_is_refused_and_changes_nothing():
    model, (X, y) = fitted(GlassNetRegressor, solver="sgd"), table(GlassNetRegressor)
    kept, trace = state(model), model.trace_step(X[:1], y[:1], learning_rate=3e38)
    with pytest.raises(DivergenceError, match=r"the learning rate 3e\+38 is too large\. Nothing was changed"):
        trace.commit()
    assert state(model) == kept


# ---- What is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "rate", "says"),
    [
        ({"learning_rate_init": 0.02}, 0.02, ""),
        ({"learning_rate_init": 0.02, "learning_rate": "invscaling"}, 0.02 / np.sqrt(1 + 180), ""),
        ({"learning_rate_init": 0.02, "learning_rate": "cosine"}, 0.02, "The learning rate has come down to 0"),
        ({"learning_rate_init": "auto"}, 0.03, "has come down to 0 (learning_rate='coslog4')"),
        ({"learning_rate_init": 0.02, "solver": "lbfgs"}, 0.02, "L-BFGS has trained this network"),
    ],
)
def test_the_learning_rate_is_the_next_one_of_the_schedule(settings, rate, says):
    model, (X, y) = fitted(GlassNetRegressor, **settings), table(GlassNetRegressor)
    trace = model.trace_step(X[:1], y[:1])
    assert trace.facts["learning rate"] == pytest.approx(rate, rel=1e-12)
    assert says in " ".join(trace.remarks)
    other = model.trace_step(X[:1], y[:1], learning_rate=0.5)
    assert (other.facts["learning rate"], other.arrays["eta"]) == (0.5, 0.5)
    assert not [remark for remark in other.remarks if "rate" in remark]


def test_an_adaptive_rate_goes_on_where_training_left_it():
    settings = {"learning_rate": "adaptive", "solver": "sgd", "tol": 1.0, "n_iter_no_change": 1, "max_iter": 8}
    model, (X, y) = fitted(GlassNetRegressor, **settings), table(GlassNetRegressor)
    assert model.trace_step(X[:1], y[:1]).facts["learning rate"] == model.history_.learning_rate[-1] < 0.001


def test_rows_that_came_piece_by_piece_have_the_plain_rate():
    X, y = table(GlassNetRegressor)
    model = GlassNetRegressor(**TINY | {"learning_rate_init": "auto"}).partial_fit(X, y)
    assert model.trace_step(X[:1], y[:1]).facts["learning rate"] == 0.001


def test_a_model_from_a_file_says_that_its_memory_is_empty(tmp_path):
    model, (X, y) = fitted(GlassNetRegressor), table(GlassNetRegressor)
    model.save(tmp_path / "m.glassnet")
    trace = load(tmp_path / "m.glassnet").trace_step(X[:1], y[:1])
    assert "memory is empty, as always in a model that came from a file" in " ".join(trace.remarks)
    assert (trace.arrays["mW2"] == 0).all()
    assert trace.arrays["t"] == 1
    assert "memory is empty" not in " ".join(model.trace_step(X[:1], y[:1]).remarks)


def test_the_member_is_named():
    model, (X, y) = fitted(GlassNetRegressor, n_members=3), table(GlassNetRegressor)
    trace = model.trace_step(X[:1], y[:1], member=2)
    assert trace.facts["member"] == "2, of 3"
    assert "The network of member 2 is traced; the model's prediction is the mean of all 3." in trace.remarks


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"member": 1}, SettingError, "member=1 is not one of the networks: there is 1, counted from 0"),
        ({"member": -1}, SettingError, "member=-1 is not one of the networks"),
        ({"learning_rate": -1}, SettingError, "learning_rate=-1 is not a number from 0 on"),
        ({"learning_rate": "high"}, SettingError, "learning_rate='high' is not a number from 0 on"),
        ({"learning_rate": np.inf}, SettingError, "learning_rate=inf is not a number"),
        ({"X": np.zeros((1, 3))}, ValueError, "X has 3 features"),
        ({"y": [[1.0, 2.0]]}, InputError, "y has 2 targets, but the network was made for 1"),
        ({"y": [np.nan]}, ValueError, "NaN"),
        ({"sample_weight": [0.0]}, InputError, "at least one non-zero"),
    ],
)
def test_what_cannot_be_traced_is_said(change, error, says):
    model, (X, y) = fitted(GlassNetRegressor), table(GlassNetRegressor)
    arguments = {"X": X[:1], "y": y[:1]} | change
    with pytest.raises(error, match=says):
        model.trace_step(**arguments)


def test_without_a_network_there_is_nothing_to_trace():
    with pytest.raises(NotFittedError):
        GlassNetRegressor().trace_step([[1.0]], [1.0])


def test_a_class_that_the_network_does_not_know_is_named():
    model, (X, _) = fitted(GlassNetClassifier), table(GlassNetClassifier)
    with pytest.raises(InputError, match="y holds the class 7"):
        model.trace_step(X[:1], [7])
