"""Tables of mixed columns go in as they are, through every door of the estimators."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import DataWarning, InputError
from glassnet.table.frames import read_frame

from ..table.cases import LIBRARIES, mixed
from .cases import KINDS, TINY, short

every_kind = pytest.mark.parametrize("kind", KINDS)
N = 120


def target(kind, n=N):
    rng = np.random.default_rng(2)
    return rng.choice(["u", "v", "w"], n) if kind is GlassNetClassifier else rng.normal(size=n)


def fitted(kind, frame=None, y=None, weight=None, **settings):
    with short():
        frame = mixed() if frame is None else frame
        return kind(**TINY | settings).fit(frame, target(kind, len(frame)) if y is None else y, weight)


def same(a, b):
    return np.array_equal(a.predict(mixed()), b.predict(mixed())) and np.array_equal(a.network_.theta, b.network_.theta)


@every_kind
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_gives_the_same_network(kind, library):
    make = LIBRARIES[library]
    model = fitted(kind, make(mixed()))
    assert list(model.feature_names_in_) == list(mixed().columns)
    assert np.array_equal(model.predict(make(mixed())), fitted(kind).predict(mixed()))
    backwards = mixed()[mixed().columns[::-1]]
    assert np.array_equal(model.predict(make(backwards)), fitted(kind).predict(mixed()))


@every_kind
def test_arrays_and_lists_are_tables_without_names(kind):
    rows = mixed().to_numpy()
    model, lists = fitted(kind, rows), fitted(kind, rows.tolist())
    assert np.array_equal(model.predict(rows), fitted(kind).predict(mixed()))
    assert np.array_equal(model.predict(rows), lists.predict(rows.tolist()))
    assert not hasattr(model, "feature_names_in_")
    words = np.array([["a", "1"], ["b", "2"], ["a", "3"]] * 20)
    columns = fitted(kind, words).columns_
    assert [(column.name, column.kind) for column in columns] == [(0, "category"), (1, "number")]


@pytest.mark.parametrize("make", [list, lambda rows: np.array(rows, dtype=object), np.array, pd.DataFrame])
def test_a_leading_zero_makes_a_category_in_every_kind_of_table(make):
    rows = [["01234", 1.0], ["1234", 2.0], ["02000", 0.5]] * 40
    assert [column.kind for column in fitted(GlassNetRegressor, make(rows)).columns_] == ["category", "number"]
    plain = [[text.lstrip("0"), number] for text, number in rows]
    assert [column.kind for column in fitted(GlassNetRegressor, make(plain)).columns_] == ["number", "number"]


@every_kind
@pytest.mark.parametrize("entry", [np.nan, np.inf, -np.inf])
def test_gaps_and_infinite_numbers_in_an_array_are_normal(kind, entry):
    X = np.random.default_rng(0).normal(size=(N, 3))
    X[::5, 1] = entry
    model = fitted(kind, X)
    assert [column.n_inputs for column in model.columns_] == [1, 2 if np.isnan(entry) else 1, 1]
    assert model.predict(np.full((2, 3), entry)).shape == (2,)


@every_kind
def test_numbers_alone_are_standardised_as_ever(kind):
    X = np.random.default_rng(0).normal(size=(N, 3))
    model = fitted(kind, X)
    assert model._fitted.first.table is None
    assert repr(model.columns_) == (
        "column  kind    inputs  note\n"
        "0       number       1\n"
        "1       number       1\n"
        "2       number       1"
    )  # fmt: skip


@every_kind
def test_the_users_word_decides_about_columns(kind):
    model = fitted(kind, column_kinds={"rooms": "category", "street": "drop"})
    kinds = {column.name: column.kind for column in model.columns_}
    assert (kinds["rooms"], kinds["street"], kinds["size"]) == ("category", "left out", "number")
    X = np.random.default_rng(0).integers(0, 4, (N, 2))
    assert [column.n_inputs for column in fitted(kind, X, column_kinds={1: "category"}).columns_] == [1, 4]
    with pytest.raises(InputError, match=r"^column_kinds speaks of column 'romms'.*Did you mean 'rooms'"):
        fitted(kind, column_kinds={"romms": "category"})


@every_kind
def test_a_name_of_several_levels_says_which_column_is_meant(kind, tmp_path):
    values = np.random.default_rng(0).integers(0, 4, (N, 2))
    X = pd.DataFrame(values, columns=pd.MultiIndex.from_tuples([("flat", "floor"), ("flat", 2)]))
    model = fitted(kind, X, column_kinds={("flat", 2): "category"})
    assert [column.n_inputs for column in model.columns_] == [1, 4]
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.column_kinds == {("flat", 2): "category"}
    assert np.array_equal(again.predict(X), model.predict(X))
    with pytest.raises(
        InputError, match=re.escape("column_kinds speaks of column \"('flat', 3)\", which X does not have")
    ):
        fitted(kind, X, column_kinds={("flat", 3): "category"})


@every_kind
def test_what_may_be_a_mistake_is_mentioned_once(kind):
    frame = mixed().assign(id=np.arange(N), one=1)
    with pytest.warns(DataWarning, match="^column 'id' is taken for an identifier") as caught:
        fitted(kind, frame)
    assert len(caught) == 1
    fitted(kind, frame, column_kinds={"id": "drop"})


@every_kind
def test_no_validation_row_has_a_say(kind):
    """The rows that early stopping keeps aside teach neither medians nor levels nor means, nor do rows of one's own."""
    frame, y = mixed(), target(kind)
    classes = y if kind is GlassNetClassifier else None
    _, held_out = train_test_split(np.arange(N), test_size=30, random_state=0, stratify=classes)
    changed = frame.copy()
    changed.loc[held_out, "city"], changed.loc[held_out, "size"] = "Paris", 1e6
    stopped, again = (fitted(kind, X, y, early_stopping=True, validation_fraction=0.25) for X in (frame, changed))
    assert np.array_equal(
        stopped._fitted.first.table.transform(read_frame(frame)), again._fitted.first.table.transform(read_frame(frame))
    )
    assert stopped.loss_curve_ == again.loss_curve_
    assert stopped.validation_loss_curve_ != again.validation_loss_curve_
    with short():
        own, other = (kind(**TINY).fit(frame, y, X_val=X[90:], y_val=y[90:]) for X in (frame, changed))
    assert own.loss_curve_ == other.loss_curve_


def test_a_planted_leak_is_not_used():
    """A category that names a pair of rows: naive target means would predict training rows well, and new ones not."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"pair": [f"p{k // 2}" for k in range(400)], "x": rng.normal(size=400)})
    y = rng.normal(size=400) + frame["x"].to_numpy()
    settings = {"hidden_layer_sizes": (16,), "max_iter": 100, "learning_rate_init": 0.01}
    with_leak = fitted(GlassNetRegressor, frame, y, **settings)
    without = fitted(GlassNetRegressor, frame[["x"]].astype(str), y, **settings)
    # what the network saw of the training rows: no better than x alone, but for what 400 rows of noise always allow
    assert with_leak.loss_curve_[-1] > 0.8 * without.loss_curve_[-1]


@every_kind
def test_rows_of_weight_0_are_as_if_not_there(kind):
    frame, y = mixed(), target(kind)
    frame["size"] = frame["size"].astype(object)
    frame.loc[100:, "size"], frame.loc[100:, "city"] = "no number", "Paris"
    weight = (np.arange(N) < 100).astype(float)
    clean = frame[:100].astype({"size": float})
    assert np.array_equal(fitted(kind, frame, y, weight).network_.theta, fitted(kind, clean, y[:100]).network_.theta)


def test_errors_count_the_rows_of_weight_0_too():
    frame, y, weight = pd.DataFrame({"a": ["1", "2"] * 60, "b": np.arange(N)}), target(GlassNetRegressor), np.ones(N)
    frame.loc[50, "a"], weight[:10] = "oops", 0
    with pytest.raises(InputError, match=r"^column 'a' is read as numbers, and holds the text 'oops' in row 50\."):
        fitted(GlassNetRegressor, frame, y, weight, column_kinds={"a": "number"})
    frame["a"] = [str(row) if row != 50 else "oops" for row in range(N)]
    with pytest.warns(DataWarning, match=r"although nearly all of its texts are numbers: row 50 holds 'oops'"):
        fitted(
            GlassNetRegressor, frame.assign(a=frame["a"].replace(dict.fromkeys(map(str, range(51, N)), "7"))), y, weight
        )


@every_kind
def test_later_calls_go_on_with_what_the_first_has_learnt(kind):
    frame, y = mixed(), target(kind)
    more = {"classes": ["u", "v", "w"]} if kind is GlassNetClassifier else {}
    model = kind(**TINY).partial_fit(frame, y, **more)
    table = model._fitted.first.table
    model.partial_fit(frame[:1].assign(city="new", street=None), y[:1])
    assert model._fitted.first.table is table
    assert np.isfinite(model.network_.theta).all()
    warm = fitted(kind, frame, y, warm_start=True)
    with short():
        warm.fit(frame.assign(city="new"), y)
    with pytest.raises(InputError, match=r"^column 'size' is read as numbers, and holds the text 'x' in row 0"):
        model.partial_fit(frame.assign(size="x"), y)


@every_kind
def test_the_tools_of_scikit_learn_take_tables_too(kind):
    frame, y = mixed(), target(kind)
    with short():
        assert np.isfinite(cross_val_score(kind(**TINY), frame, y, cv=3)).all()
        search = GridSearchCV(kind(**TINY), {"column_kinds": [None, {"rooms": "category"}]}, cv=2).fit(frame, y)
        pipeline = make_pipeline(FunctionTransformer(), kind(**TINY)).fit(frame, y)
    model = fitted(kind)
    assert search.best_estimator_.predict(frame).shape == (N,)
    assert np.array_equal(pipeline.predict(frame), model.predict(frame))
    assert permutation_importance(model, frame, y, n_repeats=1, random_state=0).importances.shape == (10, 1)
    assert same(pickle.loads(pickle.dumps(model)), model)
    assert clone(model).get_params() == model.get_params()


def test_several_targets_and_labels_have_their_own_means():
    frame, y = mixed(), np.random.default_rng(0).normal(size=(N, 2))
    sizes = {column.name: column.n_inputs for column in fitted(GlassNetRegressor, frame, y).columns_}
    assert sizes["street"] == 2
    labels = fitted(GlassNetClassifier, frame, (y > 0).astype(int))
    assert labels.predict_proba(frame).shape == (N, 2)
    three = {column.name: column.n_inputs for column in fitted(GlassNetClassifier).columns_}
    assert three["street"] == 3


def test_a_prediction_does_not_depend_on_the_rows_beside_it():
    model, frame = fitted(GlassNetRegressor, dtype="float64"), mixed()
    alone = np.concatenate([model.predict(frame.iloc[[k]]) for k in range(5)])
    np.testing.assert_allclose(alone, model.predict(frame)[:5], rtol=1e-12)


def test_folded_weights_take_the_numbers_that_columns_became():
    model, frame = fitted(GlassNetRegressor, dtype="float64"), mixed()
    a = model._fitted.first.table.transform(read_frame(frame))
    hidden = np.maximum(a @ model.coefs_[0] + model.intercepts_[0], 0)
    np.testing.assert_allclose((hidden @ model.coefs_[1] + model.intercepts_[1])[:, 0], model.predict(frame), rtol=1e-9)


def test_a_table_without_rows_or_of_another_shape_is_refused():
    model, frame = fitted(GlassNetRegressor), mixed()
    with pytest.raises(ValueError, match=re.escape("Found array with 0 sample(s)")):
        model.predict(frame.iloc[:0])
    array = fitted(GlassNetRegressor, frame.to_numpy())
    with pytest.raises(ValueError, match="X has 9 features, but GlassNetRegressor is expecting 10 features as input"):
        array.predict(frame.to_numpy()[:, :9])
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
        array.predict(frame.to_numpy()[0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted(GlassNetRegressor, frame, np.zeros(5))
