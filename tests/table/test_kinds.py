"""The rules of docs/tables.md, one by one."""

import re

import numpy as np
import pandas as pd
import pytest

from glassnet.errors import InputError
from glassnet.table.frames import read_frame
from glassnet.table.kinds import decide

N = 40


def choice(values, name="c", kinds=None):
    """What a column is taken for beside one that can always be learnt from."""
    frame = pd.DataFrame({name: values, "other": np.arange(len(values)) % 2})
    return decide(read_frame(frame), kinds)[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.linspace(0, 1, N), "number"),
        (np.arange(N), "number"),
        (np.arange(N) % 2, "number"),
        (np.arange(N) % 2 == 0, "boolean"),
        ([True, False, None] * 10, "boolean"),
        (["true", "False", "NA"] * 10, "boolean"),
        (["1", "2.5", "?"] * 10, "number"),
        (["01234", "98765"] * 10, "category"),
        (["a", "b"] * 10, "category"),
        (pd.Categorical(["1", "2"] * 10), "category"),
        (pd.date_range("2020", periods=N), "date"),
        (["2020-01-01", "2020-02-01", None] * 10, "date"),
        (["2020-01-01", "soon"] * 10, "category"),
        ([None] * N, "empty"),
        ([5.0] * N, "constant"),
        (["a"] * N, "constant"),
        ([5.0, None] * 10, "number"),
        (["a", None] * 10, "category"),
        ([f"text {k}" for k in range(N)], "identifier"),
        ([f"text {k}" for k in range(19)], "category"),
        ([f"text {k % 30}" for k in range(N)], "category"),
    ],
)
def test_a_column_is_what_its_values_say(values, kind):
    assert choice(values).kind == kind


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "CustomerId", "Row Number", "Unnamed: 0", "index", ""])
def test_whole_numbers_that_name_rows_are_identifiers(name):
    rng = np.random.default_rng(0)
    assert choice(np.arange(N), name).kind == "identifier"
    assert choice(rng.permutation(N) + 1000, name).kind == "identifier"
    assert choice([str(k) for k in range(N)], name).kind == "identifier"
    assert choice(np.arange(N) % (N - 1), name).kind == "number"
    assert choice(np.arange(N) + 0.0, name).kind == "number"
    assert choice(np.arange(19), name).kind == "number"


@pytest.mark.parametrize("name", ["year", "x", "covid", "paid", "width", "number of rooms", "heat_index"])
def test_other_whole_numbers_are_never_dropped(name):
    assert choice(np.arange(N), name).kind == "number"


def test_the_users_word_is_above_the_rules():
    texts = [f"text {k}" for k in range(N)]
    assert choice(texts, kinds={"c": "category"}).kind == "category"
    assert choice(np.arange(N), "id", {"id": "number"}).kind == "number"
    assert choice(np.arange(N) % 3, kinds={"c": "category"}).kind == "category"
    assert choice(texts, kinds={"c": "drop"}).kind == "left out"
    assert choice(["3.2.2020", "4.2.2020"] * 10, kinds={"c": "date"}).form == "day.month.year"
    assert choice([7.0] * N, kinds={"c": "number"}).kind == "constant"


def test_a_doubtful_choice_says_so():
    assert choice(np.arange(N), "id").doubt == (
        "is taken for an identifier (a different whole number in every row) and left out, since what names a row says "
        "nothing about new rows. If it means something, set column_kinds={'id': 'number'}; 'drop' leaves it out "
        "without this warning."
    )
    values = [str(k / 7) for k in range(N)]
    values[9] = "2,5"
    assert choice(values * 2).doubt == (
        "is taken for a category, although nearly all of its texts are numbers: row 9 holds '2,5'. Correct such values "
        "or leave them empty to have numbers. If a category is meant, column_kinds={'c': 'category'} says so without "
        "this warning."
    )
    assert choice(["a", "b"] * 10).doubt == choice(["1", "2", "b"] * 10).doubt == ""


def test_a_wish_for_a_column_that_is_not_there_is_refused():
    text = (
        "column_kinds speaks of column 'citty', which X does not have. Columns of X: city, other. Did you mean 'city'?"
    )
    with pytest.raises(InputError, match=f"^{re.escape(text)}$"):
        choice(["a", "b"], "city", {"citty": "category"})


def test_a_wish_for_dates_that_are_none_is_refused():
    with pytest.raises(
        InputError, match=r"^column_kinds says that column 'c' holds dates, but its texts, such as 'a',"
    ):
        choice(["a", "b"], kinds={"c": "date"})


def test_a_table_without_a_usable_column_is_refused():
    frame = pd.DataFrame({"a": ["x"] * N, "b": [f"{k}." for k in range(N)], "c": [None] * N, "d": np.arange(N)})
    frame["b"] += "x"
    text = (
        r"^no column of X can be learnt from \(column 'a': constant; column 'b': identifier; column 'c': empty; column "
        r"'d': left out\)\. Give columns whose values repeat and differ, or say what a column is: column_kinds="
    )
    with pytest.raises(InputError, match=text):
        decide(read_frame(frame), {"d": "drop"})


def test_a_column_without_a_name_is_suggested_by_its_number():
    with pytest.raises(InputError, match=r"speaks of column '1', which X does not have\. .* Did you mean 1\?$"):
        decide(read_frame([["a", 1], ["b", 2]]), {"1": "category"})
