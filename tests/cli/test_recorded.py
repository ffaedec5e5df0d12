"""What `glassnet train` leaves behind, looked at file by file."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import load
from glassnet.export.run_folder import FILES, REPORT, RunFolder

from .conftest import QUICK

PRICE = ("houses.csv", "--target", "price", "--drop", "city")
NOT_MADE = {REPORT}  # is drawn by another command


@pytest.fixture
def run(glassnet, houses):
    """A run with weights and gaps, in the folder one."""
    houses.loc[3:8, "size"] = None
    houses.to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, "--weights", "weight", "-o", "one", "--no-report", *QUICK)
    assert answer.code == 0, answer.err
    return RunFolder(Path("one"))


def test_a_run_can_be_read_again_in_every_part(run, houses):
    assert {file.name for file in run.path.iterdir()} == set(FILES) - NOT_MADE
    metrics, data = run.metrics, run.data
    model, test, oof = load("one/model.glassnet"), run.predictions("test"), run.predictions("oof")
    # every row is in one of the files, with its target
    rows = np.concatenate([test["row"], oof["row"]]).astype(int)
    assert sorted(rows) == list(range(1, 41))
    assert data["split"]["test_rows"] == test["row"].tolist()
    np.testing.assert_array_equal(test["y"], houses["price"].iloc[test["row"].astype(int) - 1])
    np.testing.assert_array_equal(oof["y"], houses["price"].iloc[oof["row"].astype(int) - 1])
    np.testing.assert_array_equal(test["weight"], houses["weight"].iloc[test["row"].astype(int) - 1])
    # predictions, scores and intervals are those of the model on the features that were kept
    assert test["prediction"].tolist() == model.predict(run.rows()).tolist()
    np.testing.assert_array_equal(test["residual"], test["y"] - test["prediction"])
    mse = np.average(test["residual"] ** 2, weights=test["weight"])
    assert metrics["test"]["this model"]["RMSE"] == pytest.approx(mse**0.5, rel=1e-12)
    mse = np.average(oof["residual"] ** 2, weights=oof["weight"])
    assert metrics["out_of_fold"]["this model"]["RMSE"] == pytest.approx(mse**0.5, rel=1e-12)
    held = np.average((test["lower"] <= test["y"]) & (test["y"] <= test["upper"]), weights=test["weight"])
    assert metrics["intervals"]["held"] == pytest.approx(held, rel=1e-12)
    # the curves are those of the members
    for member, epochs in run.history().items():
        assert [entry["train_loss"] for entry in epochs] == model._runs[member].history.train_loss
    assert len(run.history()) == metrics["network"]["members"] == 5


def test_the_table_is_described_column_by_column(run, houses):
    data = run.data
    assert data["table"]["sha256"] == hashlib.sha256(Path("houses.csv").read_bytes()).hexdigest()
    roles = {one["name"]: one["role"] for one in data["columns"]}
    assert roles == {"size": "feature", "age": "feature", "garden": "feature", "city": "left out",
                     "price": "target", "weight": "weights"}  # fmt: skip
    columns = {one["name"]: one for one in data["columns"]}
    assert columns["size"]["missing"] == 6
    assert sum(columns["size"]["histogram"]["counts"]) == 34
    assert columns["city"]["levels"] == {"Kent": 14, "Oslo": 13, "Rome": 13}
    assert columns["age"]["distinct"] == houses["age"].nunique()
    assert data["split"]["duplicates"] == 0


@pytest.mark.parametrize("values", [[2**63], [2**63, 2**63 + 4096], [1e18, 1e18 + 128]])
def test_a_table_with_numbers_so_large_and_near_that_no_bars_fit_between_them_is_trained_on(glassnet, houses, values):
    houses.assign(code=np.resize(values, len(houses))).to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, "--weights", "weight", "-o", "one", "--no-report", *QUICK)
    assert answer.code == 0, answer.err
    code = RunFolder(Path("one")).data["columns"][-1]
    assert (code["name"], sum(code["histogram"]["counts"])) == ("code", len(houses))
    assert (code["histogram"]["edges"][0], code["histogram"]["edges"][-1]) == (values[0], values[-1])


def test_its_settings_train_the_same_model_again(glassnet, run):
    assert glassnet("train", "--config", "one/config.toml", "-o", "again", "--no-report", "-q").code == 0
    again = RunFolder(Path("again"))
    for part in ("test", "out_of_fold", "intervals"):
        assert again.metrics[part] == run.metrics[part]


def test_the_model_card_says_what_the_numbers_say(run):
    card = (run.path / "model_card.md").read_text()
    assert "predicts `price` (regression) from 3 columns: `size`, `age`, `garden`" in card
    assert "34 to train on and 6 for the test" in card
    assert card.count("| RMSE |") == 2


def test_commands_that_take_a_model_take_its_run(glassnet, run):
    predicted = glassnet("predict", "one", "houses.csv", "--interval", "0.8")
    assert predicted.code == 0
    assert predicted.out == glassnet("predict", "one/model.glassnet", "houses.csv", "--interval", "0.8").out
    assert predicted.out.startswith("prediction,lower,upper\n")
    for words in (("doctor",), ("code",), ("export", "--to", "numpy")):
        assert glassnet(words[0], "one", *words[1:]).code == 0, words
    assert Path("one.py").exists()
    assert glassnet("explain", "one", "houses.csv", "--row", "1", "--target", "price").code == 0


def test_a_run_that_did_not_end_has_no_model_to_predict_with(glassnet, houses):
    words = ("train", *PRICE, *QUICK, "--solver", "sgd", "--eta", "1e30", "-o", "broken")
    answer = glassnet(*words)
    assert answer.code == 4
    assert "! the losses until then are in broken/history.jsonl\n" in answer.err or not Path("broken").exists()
    RunFolder(Path("broken")).path.mkdir(exist_ok=True)
    RunFolder(Path("broken")).write_json("data.json", {})
    answer = glassnet("predict", "broken", "houses.csv")
    assert (answer.code, answer.err.splitlines()[0]) == (
        7, "error[E711]: the run broken has no model: its training did not end",
    )  # fmt: skip


def test_a_fit_that_is_refused_leaves_no_folder(glassnet, houses):
    answer = glassnet("train", *PRICE, *QUICK, "--n-members", "30")
    assert answer.code == 3
    assert list(Path("runs").iterdir()) == []


def test_a_folder_that_holds_a_run_is_kept_without_force(glassnet, run):
    before = run.metrics
    answer = glassnet("train", *PRICE, *QUICK, "-o", "one", "--no-report")
    assert answer.code == 5
    assert answer.err.startswith("error[E502]: one exists already\n")
    assert run.metrics == before
    assert glassnet("train", *PRICE, *QUICK, "-o", "one", "--no-report", "--force").code == 0
    assert run.metrics != before


def test_two_runs_of_one_minute_have_two_folders(glassnet, houses):
    runs = {glassnet("train", *PRICE, *QUICK, "--no-report", "--name", "x", "--json").facts["run"] for _ in range(2)}
    assert len(runs) == 2
    assert all(re.search(r"_x(-2)?$", run) for run in runs)


def test_classes_and_quantiles_have_their_own_columns(glassnet, houses):
    words = ("houses.csv", "--no-report", *QUICK)
    assert glassnet("train", *words, "--target", "city", "-o", "city").code == 0
    oof, metrics = RunFolder(Path("city")).predictions("oof"), RunFolder(Path("city")).metrics
    assert list(oof) == ["row", "y", "prediction", "probability_Kent", "probability_Oslo", "probability_Rome"]
    assert metrics["classes"] == ["Kent", "Oslo", "Rome"]
    assert metrics["metric"] == "log loss"
    right = np.mean(oof["prediction"] == oof["y"])
    assert metrics["out_of_fold"]["this model"]["accuracy"] == pytest.approx(right)
    words = (*words, "--target", "price", "--loss", "quantile", "--quantile", "0.1", "0.9")
    assert glassnet("train", *words, "-o", "quantiles").code == 0
    run = RunFolder(Path("quantiles"))
    assert list(run.predictions("test")) == ["row", "y", "prediction_0.1", "prediction_0.9"]
    assert (run.metrics["quantiles"], run.metrics["metric"]) == ([0.1, 0.9], "pinball 0.1")


def test_a_row_that_is_there_twice_is_counted(glassnet, houses):
    pd.concat([houses, houses]).to_csv("houses.csv", index=False)
    glassnet("train", *PRICE, *QUICK, "-o", "one", "--no-report")
    assert RunFolder(Path("one")).data["split"]["duplicates"] >= 6


def test_the_environment_says_what_was_typed(run):
    facts = json.loads((run.path / "environment.json").read_text())
    assert facts["command"][:5] == ["glassnet", "train", "houses.csv", "--target", "price"]
    assert facts["versions"]["glassnet"]
