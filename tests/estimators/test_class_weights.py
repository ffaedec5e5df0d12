"""What a class counts is said once, for all its rows: those of training, of validation, and of every later call."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from glassnet import GlassNetClassifier
from glassnet.errors import SettingError
from glassnet.estimators.class_weights import class_counts, class_weights, row_weights

from .cases import TINY, fitted, short, table

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, size=(50, 1)).astype(float)
LABELS = RNG.integers(0, 2, size=(50, 4)).astype(float)
X, Y = table(GlassNetClassifier)
WITHOUT_1 = Y != 1


# ---- The numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1, 1: 5, 2: 0.5}, {1: 5}], ids=str)
def test_rows_weigh_what_scikit_learn_says(class_weight):
    weights = class_weights(class_weight, [0, 1, 2], class_counts(CODES, 3))
    assert np.array_equal(row_weights(weights, CODES), compute_sample_weight(class_weight, CODES))


@pytest.mark.parametrize("class_weight", ["balanced", [{0: 1, 1: k} for k in (2, 3, 5, 7)]], ids=str)
def test_labels_weigh_what_scikit_learn_says(class_weight):
    weights = class_weights(class_weight, [0, 1], class_counts(LABELS, 2))
    assert np.array_equal(row_weights(weights, LABELS), compute_sample_weight(class_weight, LABELS))


def test_balanced_classes_have_the_same_total():
    weight = row_weights(class_weights("balanced", "abc", class_counts(CODES, 3)), CODES)
    # sums of up to 50 numbers of size 1 in float64
    np.testing.assert_allclose([weight[CODES[:, 0] == k].sum() for k in range(3)], 50 / 3, rtol=1e-14)


def test_a_class_without_rows_takes_nothing_from_the_balance_of_the_others():
    counts = np.array([[10, 0, 30]])
    assert class_weights("balanced", "abc", counts)[0, [0, 2]].tolist() == [2.0, 2 / 3]


# ---- What cannot be a weight -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [-0.1, -1, np.nan, np.inf, "2", None])
def test_a_weight_that_is_no_number_from_0_on_is_named_with_its_class(weight):
    with pytest.raises(SettingError, match=f"^class_weight of the class 0 is {weight!r}\\. It says how often a row"):
        fitted(GlassNetClassifier, X, Y, class_weight={0: weight, 1: 1, 2: 1})


def test_a_class_that_does_not_exist_is_named():
    with pytest.raises(SettingError, match=r"^class_weight names the class 'higj', .* Did you mean 'high'\?$"):
        class_weights({"higj": 2}, ["high", "low"], np.array([[1, 1]]))
    assert class_weights({"a": 2, "b": 3, "c": 4}, "ab", np.array([[1, 1]])).tolist() == [[2, 3]]


@pytest.mark.parametrize("class_weight", ["balance", 3, [{0: 1}]], ids=str)
def test_another_form_is_refused(class_weight):
    with pytest.raises(SettingError, match=r"is neither a dict \{class: weight\} nor 'balanced'\."):
        fitted(GlassNetClassifier, X, Y, class_weight=class_weight)


@pytest.mark.parametrize(("named", "known"), [("0", 0), (0, "0")], ids=repr)
def test_a_class_in_another_type_is_suggested_as_it_is(named, known):
    with pytest.raises(SettingError, match=rf"names the class {named!r}, which y .* Did you mean {known!r}\?$"):
        class_weights({named: 2}, [known, type(known)(1)], np.array([[2, 6]]))


# ---- In the estimator ------------------------------------------------------------------------------------------------


def test_a_weighted_class_need_not_occur_in_every_piece_of_a_stream():
    weighted, plain = (GlassNetClassifier(**TINY, class_weight=given) for given in ({1: 5.0}, None))
    weighted.partial_fit(X, Y, classes=[0, 1, 2]).partial_fit(X[WITHOUT_1], Y[WITHOUT_1])
    plain.partial_fit(X, Y, np.where(Y == 1, 5.0, 1.0), classes=[0, 1, 2]).partial_fit(X[WITHOUT_1], Y[WITHOUT_1])
    assert np.array_equal(weighted.predict_proba(X), plain.predict_proba(X))


def test_the_balance_of_a_piece_is_refused():
    model = GlassNetClassifier(**TINY, class_weight="balanced")
    with pytest.raises(SettingError, match=r"^class_weight='balanced' needs to know how many of all rows"):
        model.partial_fit(X, Y, classes=[0, 1, 2])


@pytest.mark.parametrize("class_weight", ["balanced", {1: 5.0}], ids=str)
def test_validation_rows_weigh_what_their_classes_weigh_in_training(class_weight):
    learn, judge = np.arange(60) < 40, (np.arange(60) >= 40) & WITHOUT_1
    weight = compute_sample_weight(class_weight, Y[learn])
    of_class = {k: weight[Y[learn] == k][0] for k in range(3)}
    with short():
        by_class = GlassNetClassifier(**TINY, class_weight=class_weight)
        by_class.fit(X[learn], Y[learn], X_val=X[judge], y_val=Y[judge])
        by_row = GlassNetClassifier(**TINY)
        by_row.fit(X[learn], Y[learn], weight, X[judge], Y[judge], [of_class[k] for k in Y[judge]])
    assert by_class.validation_loss_curve_ == by_row.validation_loss_curve_


def test_a_row_of_weight_0_has_no_say_in_the_balance():
    weight = np.where(np.arange(60) < 20, 0.0, 1.0)
    with short():
        weighted = GlassNetClassifier(**TINY, class_weight="balanced").fit(X, Y, weight)
        absent = GlassNetClassifier(**TINY, class_weight="balanced").fit(X[20:], Y[20:])
    assert np.array_equal(weighted.predict_proba(X), absent.predict_proba(X))
