import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import load

from .conftest import LONE, QUICK

INPUTS = ["size", "age", "garden"]


def more(houses):
    """Three times as many houses, no two of them alike."""
    table = pd.concat([houses] * 3).reset_index(drop=True)[[*INPUTS, "price"]]
    noise = np.random.default_rng(0).normal(size=(120, 2))
    return table.assign(size=table["size"] + 20 * noise[:, 0], price=table["price"] + 50_000 * noise[:, 1])


@pytest.fixture
def leaky(glassnet, houses):
    """A model of a table in which one column is the price in other units."""
    table = more(houses)
    table["euros"] = table["price"] * 0.9
    table.to_csv("leaky.csv", index=False)
    assert glassnet("train", "leaky.csv", "--target", "price", "--test", "0", *QUICK, "-o", "leaky.glassnet").code == 0
    return "leaky.glassnet"


def test_findings_are_shown_and_are_no_failure(glassnet, leaky):
    answer = glassnet("doctor", leaky, "leaky.csv")
    assert (answer.code, answer.err) == (0, "")
    assert "severe   leak, column 'euros': alone predicts the target almost perfectly" in answer.out
    assert " checks done, " in answer.out


def test_settings_are_named_as_flags(glassnet, leaky):
    out = glassnet("doctor", leaky, "leaky.csv", "--target", "price").out
    assert "note     no-better-than-linear" in out or "warning  no-better-than-linear" in out
    assert "learning_rate_init" not in out
    assert "sample_weight" not in out.replace("as sample_weight", "")


def test_json_is_one_document_with_all_findings(glassnet, leaky):
    facts = glassnet("doctor", leaky, "leaky.csv", "--json").facts
    table = pd.read_csv("leaky.csv")
    findings = load(leaky).diagnose(table.drop(columns="price"), table["price"])
    assert [finding["id"] for finding in facts["findings"]] == list(findings.ids)
    assert facts["command"] == "doctor"
    assert facts["findings"][0] == json.loads(findings.to_json())["findings"][0]


def test_without_a_table_the_curves_are_looked_at(glassnet, model):
    answer = glassnet("doctor", model)
    assert answer.code == 0
    assert "not possible here: " in answer.out


def test_the_target_is_named_where_it_is_not_clear(glassnet, model, houses):
    answer = glassnet("doctor", model, "houses.csv")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "error[E312]: which column of houses.csv is the target? The model does not take 3 of them\n"
        "  columns: city, price, weight\n"
        "  -> name it with --target, the column that says what would have been right\n"
    )
    assert glassnet("doctor", model, "houses.csv", "--target", "price").code == 0
    assert glassnet("doctor", model, "houses.csv", "--target", "prise", "--json").error["id"] == "E201"
    assert glassnet("doctor", model, "houses.csv", "--target", "city", "--json").error["id"] == "E210"
    assert glassnet("doctor", model, "--target", "price", "--json").error["id"] == "E301"


def test_classes_are_read_as_in_training(glassnet, houses):
    glassnet("train", "houses.csv", "--target", "garden", "--drop", "city", "--test", "0", *QUICK, *LONE)
    answer = glassnet("doctor", "houses.glassnet", "houses.csv", "--target", "garden")
    assert (answer.code, " checks done" in answer.out) == (0, True)


def test_rows_are_counted_from_one(glassnet, houses):
    table = more(houses)
    table.loc[6, "price"] = 1e9
    table.to_csv("wrong.csv", index=False)
    glassnet("train", "wrong.csv", "--target", "price", "--test", "0", *QUICK, "-o", "wrong.glassnet")
    answer = glassnet("doctor", "wrong.glassnet", "wrong.csv", "--json")
    (finding,) = [finding for finding in answer.facts["findings"] if finding["id"] == "influential-rows"]
    assert finding["evidence"]["rows"][0] == 7


def test_bad_tables_and_models_have_their_own_errors(glassnet, model, houses):
    assert glassnet("doctor", "none.glassnet").code == 7
    assert glassnet("doctor", model, "none.csv", "--target", "price").code == 3
    houses.assign(price=np.nan).to_csv("gaps.csv", index=False)
    assert glassnet("doctor", model, "gaps.csv", "--target", "price", "--json").error["id"] == "E220"
    assert Path(model).exists()
