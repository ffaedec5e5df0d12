"""A column is called the same whoever writes it: `predict` on the command line, or a file that scores by itself."""

import pytest

from glassnet.cli.predict import interval_columns, predicted_columns
from glassnet.export.numpy_code import numpy_code
from glassnet.export.output_names import names_of_interval, names_of_labels, names_of_outputs

from ..table.cases import mixed
from .scored import COVERAGE, NUMBERS, N, hostile, model_of, scorer_and_trial

ROWS = {
    "mixed columns, intervals": mixed(N),
    "hostile names": hostile(),
    "two classes": mixed(N),
    "whole numbers as classes": NUMBERS,
    "labels": NUMBERS,
    "several targets, intervals": NUMBERS,
    "quantiles of two targets": NUMBERS,
    "one quantile of two targets": NUMBERS,
    "counts": NUMBERS,
}


@pytest.mark.parametrize("name", ROWS)
def test_predict_and_the_exported_scorer_have_the_same_columns_in_the_same_order(name):
    module = {"__name__": "scorer"}
    exec(numpy_code(*scorer_and_trial(name, COVERAGE.get(name))), module)
    model, X = model_of(name), ROWS[name]
    columns = predicted_columns(model, X)
    if name in COVERAGE:
        columns |= interval_columns(model, X, COVERAGE[name])
    exported = module["predict"](X)
    assert list(columns) == list(exported)
    for column, values in columns.items():
        assert len(values) == N, column


def test_a_name_tells_apart_what_there_are_several_of():
    model = model_of("quantiles of two targets")
    assert names_of_outputs(model, 4) == (
        "prediction_0_0.1",
        "prediction_0_0.9",
        "prediction_1_0.1",
        "prediction_1_0.9",
    )
    assert names_of_outputs(model, 2) == ("prediction_0.1", "prediction_0.9")
    assert names_of_outputs(model_of("one quantile of two targets"), 2) == ("prediction_0", "prediction_1")
    assert names_of_outputs(model_of("counts"), 1) == ("prediction",)
    assert names_of_outputs(model_of("two classes"), 1) == ("probability_False", "probability_True")
    assert names_of_labels(model_of("labels")) == ("prediction_0", "prediction_1")
    assert names_of_labels(model_of("two classes")) == ("prediction",)
    assert names_of_interval(2) == ("lower_0", "upper_0", "lower_1", "upper_1")
    assert names_of_interval(1) == ("lower", "upper")
