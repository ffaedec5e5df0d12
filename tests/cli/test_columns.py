import numpy as np
import pandas as pd
import pytest

from glassnet.cli.choice import Choice
from glassnet.cli.columns import prepare
from glassnet.cli.reading import Table
from glassnet.cli.roles import kind_of
from glassnet.errors import InputError, SettingError


def prepared(frame, **choice):
    return prepare(Table("t.csv", pd.DataFrame(frame), 0, 0.0), Choice(**{"target": "y"} | choice))


def refused(frame, error_id, *lines, **choice):
    """Preparing the columns ends in exactly this message."""
    with pytest.raises(InputError) as reason:
        prepared(frame, **choice)
    assert reason.value.error_id == error_id
    assert str(reason.value).splitlines() == list(lines)


GOOD = {"a": [1, 2, 3], "b": [0.5, 1, 2], "flag": [True, False, True], "y": [1.0, 2, 3]}


def test_all_other_columns_are_inputs_in_their_order():
    data = prepared(GOOD)
    assert data.X.to_dict("list") == {"a": [1, 2, 3], "b": [0.5, 1, 2], "flag": [1, 0, 1]}
    assert (data.y.tolist(), data.weight) == ([1, 2, 3], None)


def test_inputs_can_be_chosen_and_dropped():
    assert prepared(GOOD, features=["b", "a"]).features == ["b", "a"]
    assert prepared(GOOD, drop=["b", "flag"]).features == ["a"]
    assert prepared(GOOD, features=["a", "b"], drop=["b"]).features == ["a"]
    data = prepared(GOOD, weights="b")
    assert data.features == ["a", "flag"]
    assert data.weight.tolist() == [0.5, 1, 2]


def test_nullable_and_small_types_are_numbers():
    frame = pd.DataFrame(GOOD).astype({"a": "Int64", "b": "Float32", "flag": "boolean", "y": "int8"})
    assert prepared(frame).X.to_numpy().tolist() == [[1, 0.5, 1], [2, 1, 0], [3, 2, 1]]


@pytest.mark.parametrize("role", ["target", "features", "drop", "weights"])
def test_a_missing_column_is_named_with_the_nearest_one(role):
    name = "flug" if role in ("target", "weights") else ["flug"]
    refused(GOOD, "E201", "column 'flug' is not in t.csv",
            "columns: a, b, flag, y            Did you mean 'flag'?", **{role: name})  # fmt: skip


def test_only_the_first_columns_are_listed():
    refused({f"column {k}": [1, 2] for k in range(9)}, "E201", "column 'y' is not in t.csv",
            "columns: " + "".join(f"column {k}, " for k in range(8)) + "...")  # fmt: skip


def test_columns_that_are_not_numbers_are_taken_as_they_are():
    more = {"city": ["Kent", "Oslo", None], "when": pd.to_datetime(["2020-01-01"] * 2 + ["2021-01-01"]), "id": "x"}
    data = prepared(GOOD | more)
    assert data.features == ["a", "b", "flag", "city", "when", "id"]
    assert [choice.kind for choice in data.choices] == ["number", "number", "boolean", "category", "date", "constant"]
    assert prepared(GOOD).choices == ()
    assert [choice.kind for choice in prepared(GOOD | {"b": [1, None, np.inf]}).choices] == [
        "number",
        "number",
        "boolean",
    ]


def test_the_user_may_say_what_columns_are():
    data = prepared(GOOD, column_kinds=["a=category", "b=drop"])
    assert [choice.kind for choice in data.choices] == ["category", "left out", "boolean"]
    assert data.column_kinds == {"a": "category", "b": "drop"}
    with pytest.raises(
        SettingError, match=r"^column_kinds=\{'a': 'text'\} is not None, or what some columns are, each"
    ):
        prepared(GOOD, column_kinds=["a=text"])
    with pytest.raises(InputError, match=r"^column_kinds speaks of column 'ab', which X does not have\."):
        prepared(GOOD, column_kinds=["ab=number"])
    with pytest.raises(InputError, match=r"^column 'b' is read as numbers, and holds the text '2,5' in row 2\."):
        prepared(GOOD | {"b": ["1.5", "2,5", "3"]}, column_kinds=["b=number"])


def test_dates_are_no_target():
    frame = pd.DataFrame(GOOD | {"when": pd.to_datetime(["2020-01-01"] * 3)})
    with pytest.raises(InputError, match="target 'when' holds dates"):
        prepared(frame, target="when")


def test_a_gap_in_the_target_is_named():
    refused(GOOD | {"y": [1, 2, None]}, "E203", "target 'y' has no value in row 3",
            "1 row of 3 have a gap there (row 1 is the first below the header)",
            "-> remove such rows: there is nothing to learn from them")  # fmt: skip


def test_an_infinite_number_in_the_target_is_named():
    refused(GOOD | {"y": [1, -np.inf, 2]}, "E205", "column 'y' is infinite in row 2",
            "-> the network multiplies and adds numbers: replace the value or remove the row")  # fmt: skip


@pytest.mark.parametrize("choice", [{"features": ["a", "y"]}, {"drop": ["y"]}, {"weights": "b", "features": ["b"]}])
def test_one_column_has_one_role(choice):
    with pytest.raises(InputError, match="cannot be an input or dropped as well") as reason:
        prepared(GOOD, **choice)
    assert reason.value.error_id == "E206"


@pytest.mark.parametrize("choice", [{"drop": ["a", "b", "flag"]}, {"features": ["a"], "drop": ["a"]}])
def test_at_least_one_input_must_be_left(choice):
    refused(GOOD, "E206", "no column is left to predict from", "columns: a, b, flag, y",
            "-> give a table with more columns, or drop fewer", **choice)  # fmt: skip


def test_the_target_cannot_be_the_weights():
    with pytest.raises(InputError, match="'y' cannot be two of target, weights"):
        prepared(GOOD, weights="y")


def test_one_row_is_too_few():
    refused({"a": [1], "y": [2]}, "E104", "t.csv has 1 row, and one row shows a point and no relation",
            "-> give at least 2 rows")  # fmt: skip


@pytest.mark.parametrize(("values", "what"), [([1, -2, 1], "is negative in row 2"), ([0, 0, 0], "is 0 in every row")])
def test_weights_are_from_0_on_and_not_all_0(values, what):
    refused(GOOD | {"w": values}, "E230", f"weights 'w': the column {what}",
            "-> a weight says how much a row counts, from 0 on", weights="w")  # fmt: skip


# ---- The task --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "task", "reason", "y"),
    [
        ([1, 2, 3], "regression", "since 'y' holds numbers", [1, 2, 3]),
        ([True, False, True], "classification", "since 'y' is true or false", [True, False, True]),
        (["x", "z", "x"], "classification", "since 'y' holds text", ["x", "z", "x"]),
        (pd.Categorical(["x", "z", "x"]), "classification", "since 'y' holds categories", ["x", "z", "x"]),
        (pd.Categorical([5, 6, 5]), "classification", "since 'y' holds categories", ["5", "6", "5"]),
    ],
)
def test_the_kind_of_the_target_decides_the_task(target, task, reason, y):
    data = prepared(GOOD | {"y": target})
    assert (data.task, data.reason, data.y.tolist()) == (task, reason, y)


def test_the_task_can_be_chosen():
    data = prepared(GOOD | {"y": [0, 1, 1]}, task="classification")
    assert (data.task, data.reason, data.y.tolist()) == ("classification", "as --task says", [0, 1, 1])
    assert data.y.dtype == np.int64
    assert prepared(GOOD | {"y": [0.5, 1, 1]}, task="classification").y.tolist() == ["0.5", "1.0", "1.0"]
    assert prepared(GOOD | {"y": [True, False, True]}, task="regression").y.tolist() == [1, 0, 1]


def test_regression_of_text_is_refused():
    refused(GOOD | {"y": ["Seattle", "Kent", "Kent"]}, "E210",
            "target 'y' holds text (2 different values), regression needs numbers",
            "first values: 'Seattle', 'Kent'", "-> leave out --task, or choose a numeric column",
            task="regression")  # fmt: skip


def test_one_class_is_refused():
    refused(GOOD | {"y": ["Kent"] * 3}, "E212",
            "target 'y' is 'Kent' in every row, so there is nothing to tell apart",
            "-> give rows of at least 2 classes")  # fmt: skip


def test_columns_have_kinds():
    frame = pd.DataFrame({"n": [1], "b": [True], "t": ["x"], "d": pd.to_datetime(["2020-01-01"])})
    assert [kind_of(frame[name]) for name in frame] == ["number", "boolean", "text", "date"]
    assert kind_of(pd.Series([True, None], dtype=object)) == "boolean"
    assert kind_of(pd.Series([1j])) == "text"
