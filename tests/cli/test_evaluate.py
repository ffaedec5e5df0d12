import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, r2_score

from glassnet import load

from .conftest import LONE, QUICK

WORDS = ("houses.csv", "--target", "price")


def test_the_scores_are_those_of_scikit_learn(glassnet, model, houses):
    facts = glassnet("evaluate", model, *WORDS, "--json").facts
    predicted = load(model).predict(houses[["size", "age", "garden"]].astype(float))
    assert facts["metrics"]["MAE"] == mean_absolute_error(houses["price"], predicted)
    assert facts["metrics"]["R2"] == r2_score(houses["price"], predicted)
    assert facts["rows"] == 40
    weighted = glassnet("evaluate", model, *WORDS, "--weights", "weight", "--json").facts["metrics"]
    assert weighted["R2"] == r2_score(houses["price"], predicted, sample_weight=houses["weight"])


def test_intervals_are_counted(glassnet, model, houses):
    metrics = glassnet("evaluate", model, *WORDS, "--interval", "0.8", "--json").facts["metrics"]
    lower, upper = load(model).predict_interval(houses[["size", "age", "garden"]].astype(float), 0.8).T
    assert metrics["coverage"] == np.mean((lower <= houses["price"]) & (houses["price"] <= upper))


@pytest.mark.parametrize(
    ("conditions", "code"),
    [(["r2<2"], 6), (["R2 <= 2"], 6), (["r2 > 2"], 0), (["mae<0", "rmse>0"], 6), (["mae<0", "rmse<0"], 0)],
)
def test_a_condition_that_holds_is_exit_code_6(glassnet, model, conditions, code):
    answer = glassnet("evaluate", model, *WORDS, "--fail-if", *conditions)
    assert answer.code == code
    assert ("! --fail-if" in answer.err) == (code == 6)
    assert "  RMSE  " in answer.out  # scores are shown all the same


@pytest.mark.parametrize(
    ("words", "code", "error_id"),
    [
        (["--fail-if", "r2"], 2, "E307"),
        (["--fail-if", "r2<much"], 2, "E307"),
        (["--fail-if", "r2<nan"], 2, "E307"),
        (["--fail-if", "accuracy<0.5"], 2, "E307"),
        (["--interval", "2"], 2, "E301"),
        (["--weights", "wait"], 3, "E201"),
    ],
)
def test_what_has_no_meaning_is_refused(glassnet, model, words, code, error_id):
    answer = glassnet("evaluate", model, *WORDS, *words, "--json")
    assert (answer.code, answer.error["id"]) == (code, error_id)


def test_classes_are_judged_and_unknown_ones_are_named(glassnet, houses):
    glassnet("train", "houses.csv", "--target", "city", "--drop", "weight", *LONE, *QUICK)
    metrics = glassnet("evaluate", "houses.glassnet", "houses.csv", "--target", "city", "--json").facts["metrics"]
    assert set(metrics) == {"accuracy", "log loss"}
    houses.assign(city=["Paris", *houses["city"][1:]]).to_csv("houses.csv", index=False)
    answer = glassnet("evaluate", "houses.glassnet", "houses.csv", "--target", "city")
    assert answer.code == 3
    assert answer.err.splitlines()[-3] == (
        "error[E215]: the target is 'Paris' in row 1, a class that the model does not know"
    )


def test_a_target_that_is_an_input_is_called_that(glassnet, model):
    answer = glassnet("evaluate", model, "houses.csv", "--target", "age")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error[E312]: --target age is an input of the model, not what it predicts\n")


def test_a_row_without_a_class_is_a_gap_and_no_class(glassnet, houses):
    assert glassnet("train", "houses.csv", "--target", "city", "--features", "age", "size", *QUICK, *LONE).code == 0
    houses.assign(city=houses["city"].where(houses.index != 4)).to_csv("gaps.csv", index=False)
    answer = glassnet("evaluate", "houses.glassnet", "gaps.csv", "--target", "city")
    assert answer.code == 3
    assert answer.err.startswith("error[E203]: target 'city' has no value in row 5\n")
    words = ("explain", "houses.glassnet", "gaps.csv", "--target", "city", "--row", "1")
    assert glassnet(*words).code == 0


def test_a_model_of_one_quantile_is_judged_by_that_quantile(glassnet, houses):
    words = (*QUICK, "--drop", "city", "--loss", "quantile", "--quantile", "0.1")
    trained = glassnet("train", *WORDS, *words, "-o", "low.glassnet", "--json").facts
    for scores in (trained["test"], trained["out_of_fold"]):
        assert list(scores) == ["this model", "constant"]
        assert [list(of) for of in scores.values()] == [["pinball 0.1", "below 0.1"]] * 2
    found = glassnet("evaluate", "low.glassnet", *WORDS, "--json").facts["metrics"]
    predicted = load("low.glassnet").predict(houses.drop(columns=["price", "city"]).astype(float))
    assert found["pinball 0.1"] == mean_pinball_loss(houses["price"], predicted, alpha=0.1)
    assert found["below 0.1"] == np.mean(houses["price"] <= predicted)
