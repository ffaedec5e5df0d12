"""Data that cannot be used are refused in words: what is wrong, in which row and column, and what to do."""

import re
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import DataWarning, InputError, SettingError

from .cases import IRIS, KINDS, TINY, fitted, short, table

every_kind = pytest.mark.parametrize("kind", KINDS)
RNG = np.random.default_rng(0)
IN_Y = (
    "There is nothing to learn from a row without a target. Leave such rows out: keep = pd.notna(y) marks the others "
    "(np.isfinite(y) where some are infinite), then fit(X[keep], y[keep])."
)
IN_WEIGHTS = "A weight says how often a row counts. Give every row a number from 0 on; 0 leaves it out."
IN_X = (
    "The training rows had none, so the network has not learnt what it means. Fill it in (the median of the column is "
    "a good guess), or train with rows that have such entries too."
)


def refuses(kind, text, *args, method="fit", error=InputError, settings=TINY, **more):
    """The error text of a fit, which has to be this and nothing else."""
    with short(), pytest.raises(error, match=f"^{re.escape(text)}") as caught:
        getattr(kind(**settings), method)(*args, **more)
    return str(caught.value)


# ---- Gaps ------------------------------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize(("entry", "name"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
def test_a_gap_that_training_did_not_know_is_named_by_row_and_column(kind, entry, name):
    X, y = table(kind)
    names = [f"size {k}" for k in range(X.shape[1])]
    model, framed = fitted(kind), fitted(kind, pd.DataFrame(X, columns=names), y)
    X[7, 2] = entry
    with pytest.raises(InputError, match=f"^{re.escape(f'Input X contains {name} in row 7, column 2. {IN_X}')}$"):
        model.predict(X)
    with pytest.raises(InputError, match=rf"^Input X contains {name} in row 7, column 2\."):
        model.predict(X.astype(np.float32))
    X[9, 1] = np.nan
    text = f"Input X contains {name} in row 7, column 'size 2' (2 of 60 rows have such entries: 7, 9). {IN_X}"
    for new in (pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)):
        with pytest.raises(InputError, match=f"^{re.escape(text)}$"):
            framed.predict(new)


@every_kind
def test_a_sparse_table_has_no_gaps(kind):
    X, y = table(kind)
    X[7, 2] = np.nan
    fix = "A sparse table holds plain numbers only. Fill the entry in, or hand in X.toarray()."
    refuses(kind, f"Input X contains NaN in row 7, column 2. {fix}", sparse.coo_array(X), y)


@pytest.mark.parametrize("entry", [None, pd.NA, np.float32("nan"), pd.NaT], ids=str)
def test_missing_entries_of_any_kind_are_gaps(entry):
    X, y = table(GlassNetRegressor)
    holes = y.astype(object)
    holes[4] = entry
    for kind in KINDS:
        refuses(kind, f"Input y contains NaN in row 4. {IN_Y}", X, holes)
    expected = X.copy()
    expected[3, 1] = np.nan
    frame = pd.DataFrame(X).astype(object)
    frame.iloc[3, 1] = entry
    model = fitted(GlassNetRegressor, frame, y)
    assert [column.note for column in model.columns_] == ["", "1 gap", *[""] * 8]
    assert np.array_equal(model.predict(frame), fitted(GlassNetRegressor, expected, y).predict(expected))


def test_a_gap_in_y_is_named():
    X, y = table(GlassNetRegressor)
    y[5] = np.inf
    refuses(GlassNetRegressor, f"Input y contains infinity in row 5. {IN_Y}", X, y)
    two = np.column_stack([X[:, 0], y])
    refuses(GlassNetRegressor, f"Input y contains infinity in row 5, column 1. {IN_Y}", X, two)
    y[7:20] = np.nan
    text = f"Input y contains infinity in row 5 (14 of 60 rows have such entries: 5, 7, 8, 9, 10, ...). {IN_Y}"
    refuses(GlassNetRegressor, text, X, y)
    refuses(GlassNetRegressor, text, X, pd.Series(y))
    refuses(GlassNetClassifier, "Input y contains NaN in row 0 (60 of 60 rows", X, np.full(60, np.nan))
    classes = np.array(["a", "b"] * 30, object)
    classes[3] = np.nan
    refuses(GlassNetClassifier, "Input y contains NaN in row 3", X, pd.Series(classes))
    refuses(
        GlassNetClassifier,
        "Input y contains NaN in row 1",
        X,
        pl.Series([["a", "b"], [None]][k % 2][0] for k in range(60)),
    )


@every_kind
def test_weights_are_checked(kind):
    X, y = table(kind)
    for entry, name in ((np.nan, "NaN"), (np.inf, "infinity")):
        refuses(
            kind,
            f"Input sample_weight contains {name} in row 2. {IN_WEIGHTS}",
            *(X, y, np.where(np.arange(60) == 2, entry, 1)),
        )
    text = (
        "Negative values in data passed to `sample_weight`: it is -1 in row 6. A weight says how often a row counts. "
        "Weight 2 counts it twice, weight 0 leaves it out."
    )
    refuses(kind, text, X, y, np.where(np.arange(60) == 6, -1, 1))
    refuses(
        kind,
        "Sample weights must contain at least one non-zero number: sample_weight is zero for all rows, so there is "
        "nothing to learn. Give some row a weight above 0.",
        *(X, y, np.zeros(60)),
    )
    refuses(kind, "sample_weight.shape == (59,), expected (60,)", X, y, np.ones(59), error=ValueError)
    together = "the weights of rows (sample_weight, class_weight and exposure together) add up to "
    refuses(kind, f"{together}inf, which is too large to divide by. Divide all", X, y, np.full(60, 1e308))
    refuses(kind, f"{together}2.96439e-322, which is too small to divide by", X, y, np.full(60, 5e-324))


# ---- Shapes ----------------------------------------------------------------------------------------------------------


@every_kind
def test_wrong_shapes_are_refused(kind):
    X, y = table(kind)
    refuses(kind, "Expected 2D array, got 1D array instead", X[:, 0], y, error=ValueError)
    refuses(kind, "Found input variables with inconsistent numbers of samples: [1, 60]", X[None], y, error=ValueError)
    refuses(kind, "Found input variables with inconsistent numbers of samples: [60, 59]", X, y[1:], error=ValueError)
    refuses(kind, "Found array with 0 sample(s)", X[:0], y[:0], error=ValueError)
    refuses(kind, "Found array with 0 feature(s)", X[:, :0], y, error=ValueError)
    text = (
        "X has only 1 sample (n_samples = 1) with a weight above 0. One row shows a point and no relation. Give at "
        "least 2 rows, or use partial_fit for rows that come one by one."
    )
    if kind is GlassNetRegressor:
        refuses(kind, text, X[:1], y[:1])
    refuses(kind, text, X, y, np.eye(60)[0])


def test_one_row_is_enough_for_partial_fit():
    X, y = table(GlassNetRegressor)
    model = GlassNetRegressor(**TINY).partial_fit(X[:1], y[:1]).partial_fit(X[1:2], y[1:2])
    assert np.isfinite(model.predict(X)).all()


@every_kind
def test_a_column_as_target_is_flattened_with_a_warning(kind):
    X, y = table(kind)
    with short(), pytest.warns(DataConversionWarning):
        model = kind(**TINY).fit(X, y[:, None])
    assert model.predict(X).shape == (60,)


@every_kind
def test_other_columns_than_in_fit_are_refused_by_name(kind):
    X, y = table(kind)
    model = fitted(kind)
    with pytest.raises(ValueError, match=r"X has 2 features, but GlassNet.* is expecting"):
        model.predict(X[:, :2])
    names = [f"c{k}" for k in range(X.shape[1])]
    framed = fitted(kind, pd.DataFrame(X, columns=names), y)
    assert list(framed.feature_names_in_) == names
    start = "The feature names should match those that were passed during fit: "
    end = (
        ". Each weight belongs to one column. Hand in the columns of fit, in any order, and no others: "
        "X[list(model.feature_names_in_)]."
    )
    for new, text in (
        (
            pl.DataFrame(X, schema=[*names[:-1], "size"]),
            f"X has no {names[-1]!r}, and it has 'size', which fit did not see",
        ),
        (pd.DataFrame(X, columns=names).assign(size=1), "X has 'size', which fit did not see"),
        (pd.DataFrame(X[:, 2:], columns=names[2:]), "X has no 'c0', 'c1'"),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(start + text + end)}"):
            framed.predict(new)
    with pytest.raises(InputError, match=r"Did you mean 'c00'\?$"):
        framed.predict(pd.DataFrame(X, columns=["c00", *names[1:]]))


@every_kind
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_columns_in_another_order_are_put_right_by_name(kind, make):
    X, y = table(kind)
    columns = {f"c{k}": column for k, column in enumerate(X.T)}
    model = fitted(kind, make(columns), y)
    turned = make(dict(reversed(columns.items())))
    assert np.array_equal(model.predict(turned), fitted(kind).predict(X))
    with short():
        again = kind(**TINY).fit(make(columns), y, X_val=turned, y_val=y)
        expected = kind(**TINY).fit(X, y, X_val=X, y_val=y)
    assert again.validation_loss_curve_ == expected.validation_loss_curve_


LABELS = {
    "numbers": [3, 1, 2],
    "levels": pd.MultiIndex.from_tuples([("size", "cm"), ("size", "kg"), ("age", "")]),
    "dates": pd.date_range("2020-01-01", periods=3),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("first", [[1.5, 2.5], ["a", "b"], [None, 1.5]], ids=str)
def test_labels_that_are_no_texts_are_names_too(labels, first, tmp_path):
    """In plain numbers and in mixed columns, and after a model was saved."""
    values = RNG.normal(size=(60, 3)).astype(object)
    values[:, 0] = first * 30
    X = pd.DataFrame(values, columns=labels).infer_objects()
    model = fitted(GlassNetRegressor, X, RNG.normal(size=60))
    model.save(tmp_path / "model")
    expected = model.predict(X)
    for one in (model, load(tmp_path / "model")):
        assert not hasattr(one, "feature_names_in_")
        assert np.array_equal(one.predict(X[X.columns[::-1]]), expected)
        with pytest.raises(InputError, match=r"^The feature names should match .* X has no .*, and it has '7', which"):
            one.predict(X.set_axis([X.columns[0], X.columns[1], 7], axis=1))


@every_kind
def test_two_columns_of_the_same_name_are_refused(kind):
    X, y = table(kind)
    text = "X has two columns named 'b', so a name does not say which one is meant. Give each column a name of its own."
    refuses(kind, text, pd.DataFrame(X[:, :3], columns=["a", "b", "b"]), y)
    refuses(kind, text, pa.table(list(X[:, :3].T), names=["b", "a", "b"]), y)


def test_a_plan_for_a_table_is_not_a_table():
    X, y = table(GlassNetRegressor)
    refuses(GlassNetRegressor, "X is a LazyFrame, a plan for a table", pl.DataFrame(X).lazy(), y)


def test_validation_rows_are_checked_like_training_rows():
    X, y = table(GlassNetRegressor)
    missing = "is missing. Validation needs rows and their targets: give X_val and y_val."
    refuses(GlassNetRegressor, f"y_val {missing}", X, y, X_val=X)
    refuses(GlassNetRegressor, f"X_val {missing}", X, y, y_val=y)
    refuses(GlassNetRegressor, "sample_weight_val has no rows to weigh.", X, y, sample_weight_val=y)
    start = "X_val, y_val and sample_weight_val cannot be used, where they are called X, y and sample_weight: "
    text = refuses(GlassNetRegressor, start, X, y, X_val=X[:, :3], y_val=y)
    assert "X has 3 features, but GlassNetRegressor is expecting 10 features as input" in text
    refuses(GlassNetRegressor, start + "y_val has 2 targets, y has 1.", X, y, X_val=X, y_val=np.column_stack([y, y]))
    refuses(GlassNetRegressor, start + "Input y contains NaN in row 1", X, y, X_val=X[:2], y_val=[1, np.nan])
    poisson = TINY | {"loss": "poisson"}
    text = refuses(GlassNetRegressor, start, X, y, X_val=X, y_val=-y, settings=poisson)
    assert "loss='poisson' needs targets that are 0 or more" in text
    X, y = table(GlassNetClassifier)
    text = refuses(GlassNetClassifier, start, X, y, X_val=X, y_val=y + 1)
    assert "y holds the class 3 in row" in text


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.999])
def test_a_validation_part_that_is_too_small_is_refused(fraction):
    for kind in KINDS:
        X, y = table(kind)
        settings = TINY | {"early_stopping": True, "validation_fraction": fraction}
        text = refuses(
            kind, f"The validation set is too small: validation_fraction={fraction} of", X, y, settings=settings
        )
        assert text.endswith("Give more rows, another validation_fraction, or X_val and y_val.")


def test_a_class_with_one_row_cannot_be_split():
    X, y = table(GlassNetClassifier)
    y[:] = np.arange(60) % 2
    y[0] = 7
    settings = TINY | {"early_stopping": True}
    text = "class number 2 (counted from 0 in classes_) has only one row, which cannot be in the training and in the"
    refuses(GlassNetClassifier, text, X, y, settings=settings)


# ---- Sizes -----------------------------------------------------------------------------------------------------------


@every_kind
def test_one_constant_column_is_nothing_to_speak_of(kind):
    X, y = table(kind)
    X[:, 1] = 3
    model = fitted(kind, X, y)
    assert np.isfinite(model.predict(X)).all()
    moved = X.copy()
    moved[:, 1] = 4  # the column had scale 1, so another value is one step away and not infinitely far
    assert np.isfinite(model.predict(moved)).all()


@every_kind
def test_a_table_of_constant_columns_is_mentioned(kind):
    X, y = table(kind)
    text = (
        "^every column of X is constant, so all predictions will be the same. Check that the right columns were handed"
    )
    with short(), pytest.warns(DataWarning, match=text) as caught:
        model = kind(**TINY).fit(np.ones_like(X), y)
    assert caught[0].filename == __file__
    assert len(np.unique(model.predict(np.ones_like(X)))) == 1


def test_a_constant_target_is_mentioned():
    X, _ = table(GlassNetRegressor)
    text = (
        "^the target is 5 in every row, so there is nothing to learn but this number. Check that the right column was "
        "handed in as y.$"
    )
    with short(), pytest.warns(DataWarning, match=text):
        model = GlassNetRegressor(**TINY | {"solver": "lbfgs", "max_iter": 100}).fit(X, np.full(60, 5.0))
    np.testing.assert_allclose(model.predict(X), 5, rtol=0, atol=0.05)  # what L-BFGS leaves: 50 seeds, at most 23 %
    with short(), pytest.warns(DataWarning, match="^the target in column 1 is 5 in every row"):
        GlassNetRegressor(**TINY).fit(X, np.column_stack([X[:, 0], np.full(60, 5.0)]))


@every_kind
def test_a_value_that_drowns_the_others_is_named(kind):
    X, y = table(kind)
    X[11, 2] = 1e30
    rest = (
        "is 1e+30 in row 11, so large that the differences between the other rows drown in rounding. Is it a code for "
        "a missing value? Remove the row, or clip the column."
    )
    with short(), pytest.warns(DataWarning, match="^" + re.escape(f"column 2 {rest}")):
        model = kind(**TINY).fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    frame = pd.DataFrame(X, columns=[f"c{k}" for k in range(X.shape[1])])
    with short(), pytest.warns(DataWarning, match="^" + re.escape(f"column 'c2' {rest}")):
        kind(**TINY).fit(frame, y)


def test_a_target_that_drowns_the_others_is_named():
    X, y = table(GlassNetRegressor)
    y[4] = 1e30
    with short(), pytest.warns(DataWarning, match=r"^the target is 1e\+30 in row 4, so large that the differences"):
        model = GlassNetRegressor(**TINY).fit(X, y)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.filterwarnings("ignore::glassnet.errors.DataWarning")
@every_kind
def test_values_whose_squares_are_infinite_are_refused(kind):
    X, y = table(kind)
    X[11, 2] = 1e200
    rest = (
        "holds numbers so large that its variance is not a finite number. Divide them by a power of ten, or look for a "
        "code such as 1e300 that stands for a missing value."
    )
    refuses(kind, f"column 2 {rest}", X, y)
    frame = pd.DataFrame(X, columns=[f"c{k}" for k in range(X.shape[1])])
    refuses(kind, f"column 'c2' {rest}", frame, y)
    X, y = table(GlassNetRegressor)
    refuses(GlassNetRegressor, f"the target {rest}", X, 1e200 * y)
    refuses(GlassNetRegressor, f"target 1 {rest}", X, np.column_stack([y, 1e200 * y]))


@every_kind
def test_a_new_row_beyond_all_measure_is_refused(kind):
    model, (X, _) = fitted(kind), table(kind)
    X[3, 1] = 1e60
    with pytest.raises(InputError, match=r"^X is 1e\+60 in row 3, column 1, too far from the mean"):
        model.predict(X)


# ---- Targets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "entry", "rule"),
    [("poisson", -1.0, "0 or more. Use loss='squared_error' for a target with signs."),
     ("gamma", 0.0, "above 0. Use loss='poisson' if some targets are 0.")],
)  # fmt: skip
def test_targets_that_a_loss_is_not_made_for_are_named(loss, entry, rule):
    X, y = table(GlassNetRegressor)
    y[8] = entry
    text = f"y is {entry} in row 8, but loss='{loss}' needs targets that are {rule}"
    refuses(GlassNetRegressor, text, X, y, settings=TINY | {"loss": loss})


@pytest.mark.parametrize("target", [["one", "two"] * 30, np.array(["1.5 m"] * 60, object)], ids=["list", "object"])
def test_texts_are_no_numbers_to_predict(target):
    X, _ = table(GlassNetRegressor)
    text = f"y cannot be read as numbers: it holds {str(target[0])!r} in row 0. A regressor predicts numbers. Use Glass"
    for y in (target, pd.Series(target), pl.Series(list(target))):
        refuses(GlassNetRegressor, text, X, y)
    for text in ("x", "nan", "n/a", "inf"):
        refuses(GlassNetRegressor, f"y cannot be read as numbers: it holds '{text}' in row 1.", X, ["1", text] * 30)


def test_whole_numbers_beyond_the_range_of_floats_are_refused():
    X, _ = table(GlassNetRegressor)
    refuses(GlassNetRegressor, "y cannot be read as numbers: int too large to convert to float.", X, [10**400] * 60)


@pytest.mark.parametrize(
    "target",
    [pd.date_range("2024", periods=60, tz="Europe/Berlin"), pd.period_range("2024", periods=60), [date.today()] * 60],
    ids=["time zone", "period", "date"],
)
def test_dates_are_no_numbers_to_predict(target):
    X, _ = table(GlassNetRegressor)
    text = refuses(GlassNetRegressor, "y cannot be read as numbers: float() argument must be ", X, target)
    assert "A regressor predicts numbers" in text


@every_kind
def test_a_column_of_numbers_that_holds_a_text_later_is_named(kind):
    X, y = table(kind)
    frame = pd.DataFrame(X, columns=[f"c{k}" for k in range(X.shape[1])])
    words = frame.astype({"c1": object})
    words.loc[2, "c1"] = "1.5"  # a text too, but it reads as a number
    model, numbers = fitted(kind, frame, y), frame.copy()
    numbers.loc[2, "c1"] = 1.5
    assert np.array_equal(model.predict(words), model.predict(numbers))
    words.loc[5, "c1"] = "large"
    text = (
        "column 'c1' is read as numbers, and holds the text 'large' in row 5. A network takes a column in one meaning "
        "only, the one it had in training. Correct the value, leave it empty, or train again with column_kinds={'c1': "
        "'category'}."
    )
    mixed = fitted(kind, frame.assign(city=["a", "b", "c"] * 20), y)
    for trained, new in (
        (model, words),
        (model, pl.from_pandas(words.astype({"c1": str}))),
        (mixed, words.assign(city="a")),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(text)}$"):
            trained.predict(new)
    with pytest.raises(InputError, match=r"^column 1 is read as numbers, and holds the text 'large' in row 5\."):
        fitted(kind).predict(words.to_numpy())


@pytest.mark.parametrize("name", ["sample_weight", "exposure"])
def test_texts_that_are_no_numbers_are_refused_by_the_name_of_their_argument(name):
    X, y = table(GlassNetRegressor)
    for texts in (["1", "much"] * 30, np.array(["1", "much"] * 30, object), pd.Series(["1", "much"] * 30)):
        words = f"{name} cannot be read as numbers: could not convert string to float: "
        text = refuses(GlassNetRegressor, words, X, y, settings=TINY | {"loss": "poisson"}, **{name: texts})
        assert "Give" in text


def test_one_class_is_nothing_to_tell_apart():
    X, _ = IRIS
    text = "y holds only one class, 'a', so there is nothing to tell apart. Give rows of at least 2 classes."
    refuses(GlassNetClassifier, text, X, ["a"] * 150)


def test_classes_without_an_order_are_refused():
    X, y = IRIS
    mixed = np.where(y == 0, "a", y.astype(object))
    text = refuses(GlassNetClassifier, "y mixes kinds of classes that have no order (", X, mixed)
    assert text.endswith("Write all classes as texts or all as numbers.")


def test_classes_as_bytes_are_refused_as_what_they_are():
    X, y = IRIS
    for bytes_ in (y.astype("S"), y.astype("S").astype(object)):
        text = refuses(GlassNetClassifier, "y holds classes that cannot be told apart (", X, bytes_)
        assert "represented as bytes" in text


@pytest.mark.parametrize("entry", [True, 3, Decimal(3)])
def test_classes_as_objects_are_refused_with_the_way_out(entry):
    X, y = IRIS
    objects = np.array([entry if one else type(entry)(0) for one in y], dtype=object)
    text = refuses(GlassNetClassifier, "Unknown label type: unknown.", X, objects)
    assert f"such as {objects[0]!r}, a {type(entry).__name__}. Write classes as texts, whole numbers" in text


def test_classes_never_seen_are_named():
    X, y = IRIS
    model = GlassNetClassifier(**TINY)
    text = (
        "classes must be passed on the first call to partial_fit: later rows may hold classes that these do not. Write "
        "partial_fit(X, y, classes=np.unique(all_y))."
    )
    refuses(GlassNetClassifier, text, X, y, method="partial_fit")
    model.partial_fit(X, y, classes=[0, 1, 2])
    start = "^" + re.escape("y holds the class ")
    with pytest.raises(InputError, match=start + r"5 in row 3, which the network has no output for"):
        model.partial_fit(X[:4], [0, 1, 2, 5])
    with pytest.raises(InputError, match=start + r"'a' in row 0"):
        model.partial_fit(X[:4], ["a", "b", "a", "b"])
    with pytest.raises(InputError, match=r"^classes=\[0, 1\] is not the same as on the last call to partial_fit, was:"):
        model.partial_fit(X, y, classes=[0, 1])
    assert model.partial_fit(X, y, classes=[2, 1, 0]).n_iter_ == 1
    with pytest.raises(InputError, match=start):
        fitted(GlassNetClassifier, X[:100], y[:100], warm_start=True).fit(X, y)


def test_labels_and_classes_are_not_exchanged_on_the_way():
    X, y = IRIS
    labels = np.column_stack([y == 0, y == 1]).astype(int)
    model = fitted(GlassNetClassifier, X, labels, warm_start=True)
    with pytest.raises(InputError, match=r"^y has one class per row, but the network was made for 2 labels each\.$"):
        model.fit(X, y)
    with pytest.raises(InputError, match=r"^y has 3 labels, but the network was made for 2\.$"):
        model.fit(X, np.column_stack([labels, labels[:, 0]]))


def test_another_network_is_not_gone_on_with():
    X, y = table(GlassNetRegressor)
    model = fitted(GlassNetRegressor, warm_start=True)
    start = (
        "^the network to go on with is 10-4-1 with the output activation 'identity', but settings and data now ask for "
    )
    for change, text in (({"hidden_layer_sizes": 5}, "10-5-1"), ({"loss": "poisson"}, "10-4-1 with 'exp'")):
        before = model.get_params()
        with short(), pytest.raises(SettingError, match=start + text):
            model.set_params(**change).fit(X, y)
        model.set_params(**before)
    with short(), pytest.raises(SettingError, match=start + "10-4-2"):
        model.fit(X, np.column_stack([y, y]))


@pytest.mark.parametrize("is_loaded", [False, True])
@pytest.mark.parametrize(
    ("name", "value"),
    [("n_members", 3), ("bins", 5), ("bins_at_values", True), ("scaling", "standard"), ("column_kinds", {0: "number"})],
)
def test_what_a_network_was_made_for_does_not_change_on_the_way(name, value, is_loaded, tmp_path):
    X, y = table(GlassNetRegressor)
    made = {"bins": 4, "bins_at_values": False, "scaling": "robust", "column_kinds": None, "n_members": 2}
    model = fitted(GlassNetRegressor, warm_start=True, **made)
    if is_loaded:
        model.save(tmp_path / "model")
        model = load(tmp_path / "model")
    was = re.escape(f"{name}={value!r} differs from that of the model to go on with, {made[name]!r}, and cannot change")
    with short(), pytest.raises(SettingError, match=f"^{was}"):
        model.set_params(**{name: value}).fit(X, y)
    with short():
        model.set_params(**{name: made[name]}).fit(X, y)
        model.set_params(n_members="auto", bins="auto").fit(X, y)
    assert len(model.networks_) == 2
    model.set_params(n_members=5, bins=4).partial_fit(X, y)  # a stream goes on with the members that there are
    with pytest.raises(SettingError, match=r"^bins=8 differs"):
        model.set_params(bins=8).partial_fit(X, y)


# ---- Kinds of tables -------------------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_are_tables(kind, make):
    X, y = table(kind)
    names = [f"c{k}" for k in range(X.shape[1])]
    frame = make(dict(zip(names, X.T, strict=True)))
    model = fitted(kind, frame, y)
    assert list(model.feature_names_in_) == names
    assert np.array_equal(model.predict(frame), fitted(kind).predict(X))


def test_whole_numbers_booleans_and_nullable_columns_are_numbers():
    _, y = table(GlassNetRegressor)
    frame = pd.DataFrame(
        {
            "whole": pd.array(np.arange(60), dtype="Int64"),
            "flag": np.arange(60) % 2 == 0,
            "small": np.arange(60, dtype=np.int8),
            "real": pd.array(np.linspace(0, 1, 60), dtype="Float64"),
        }
    )
    expected = fitted(GlassNetRegressor, frame.astype(float).to_numpy(), y)
    assert np.array_equal(fitted(GlassNetRegressor, frame, y)._fitted.first.theta, expected._fitted.first.theta)
