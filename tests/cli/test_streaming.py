"""Tables that are streamed: a run like any other, made from all rows, with a sample where rows are shown."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

import glassnet as package
from glassnet.cli import memory, predict, streaming
from glassnet.cli.evaluation import Part, joined, metrics_of
from glassnet.cli.memory import available_bytes, table_bytes
from glassnet.table import csv_chunks

QUICK = ("--hidden", "3", "--epochs", "2", "--members", "2", "--eta", "0.01", "--patience", "inf", "--bins", "0")
QUICK = tuple("--n-members" if word == "--members" else word for word in QUICK)


@pytest.fixture
def flats(folder):
    """200 rows in Parquet and CSV: two numbers, a text, a target and classes."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.uniform(1, 9, 200), "age": rng.integers(0, 90, 200)})
    frame["city"] = np.array(["Kent", "Oslo", "Rome"])[np.arange(200) % 3]
    frame["price"] = 3 * frame["size"] - frame["age"] / 30 + rng.normal(size=200)
    frame["is_dear"] = frame["price"] > frame["price"].median()
    frame.to_parquet("flats.parquet", row_group_size=30)
    frame.to_csv("flats.csv", index=False, sep=";", decimal=",")
    return frame


def test_a_streamed_run_has_the_scores_of_all_its_test_rows(glassnet, flats, monkeypatch):
    monkeypatch.setattr(streaming, "SCORED_ROWS", 16)
    words = (
        "flats.parquet",
        "--target",
        "price",
        "--drop",
        "is_dear",
        "--stream",
        "--test",
        "0.3",
        *QUICK,
        "-o",
        "run",
    )
    answer = glassnet("train", *words, "--json")
    assert answer.code == 0, answer.err
    facts = answer.facts
    data, metrics = (json.loads((streaming.Path("run") / name).read_text()) for name in ("data.json", "metrics.json"))
    assert facts["split"]["train"] + facts["split"]["test"] == data["table"]["rows"] == 200
    tested = pd.read_csv("run/predictions_test.csv")
    assert len(tested) == facts["split"]["test"]
    rows = flats.iloc[tested["row"] - 1]
    np.testing.assert_allclose(tested["y"], rows["price"])
    model = package.load("run/model.glassnet")
    found = model.predict(rows[["size", "age", "city"]])
    np.testing.assert_allclose(metrics["test"]["this model"]["R2"], r2_score(rows["price"], found), rtol=1e-6)
    assert metrics["out_of_fold"]["this model"]["RMSE"] > 0
    assert data["table"]["sampled"] == len(pd.read_csv("run/predictions_oof.csv")) == facts["split"]["train"]
    assert "streamed" in (streaming.Path("run") / "model_card.md").read_text()


def test_no_test_row_is_learnt_from(glassnet, flats):
    glassnet("train", "flats.parquet", "--target", "price", "--stream", *QUICK, "-o", "run")
    tested, learnt = (set(pd.read_csv(f"run/predictions_{part}.csv")["row"]) for part in ("test", "oof"))
    assert tested
    assert not tested & learnt
    assert tested | learnt == set(range(1, 201))


def test_a_csv_of_any_dialect_is_streamed_and_classes_are_predicted(glassnet, flats):
    words = ("flats.csv", "--target", "is_dear", "--drop", "price", "--stream", "-o", "dear.glassnet")
    answer = glassnet("train", *words, *QUICK)
    assert answer.code == 0, answer.err
    assert "200 rows, 5 columns" in answer.out
    assert "as --stream says" in answer.out
    assert "accuracy" in answer.out
    assert package.load("dear.glassnet").classes_.tolist() == [False, True]


def test_a_table_is_streamed_where_memory_is_too_small_and_the_screen_says_so(glassnet, flats, monkeypatch):
    monkeypatch.setattr(streaming, "available_bytes", lambda: 10_000)
    words = ("flats.parquet", "--target", "price", "--drop", "is_dear", *QUICK, "-o", "m.glassnet")
    answer = glassnet("train", *words)
    assert answer.code == 0, answer.err
    assert "are free; --no-stream tries it" in answer.out
    assert "Streaming" not in glassnet("train", *words, "--no-stream").out


def test_memory_is_measured():
    free = available_bytes()
    assert free is None or free > 1 << 20


def test_a_container_may_have_less_memory_than_the_machine(tmp_path, monkeypatch):
    (tmp_path / "max").write_text("123456\n")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path / "max")
    assert available_bytes() == 123456


def test_the_size_of_a_table_is_known_without_reading_it(flats, tmp_path):
    assert 200 * 5 * 8 <= table_bytes(tmp_path / "flats.parquet") < 200_000
    assert table_bytes(tmp_path / "flats.csv") == (tmp_path / "flats.csv").stat().st_size
    assert table_bytes(tmp_path) == table_bytes(tmp_path / "flats.parquet") + table_bytes(tmp_path / "flats.csv")
    assert table_bytes(tmp_path / "none.parquet") == table_bytes(streaming.Path("-")) == 0


@pytest.mark.parametrize(
    "words",
    [("--split-by", "city"), ("--time-column", "age"), ("--validation", "flats.csv"), ("--skip-bad-rows",)],
)
def test_flags_that_need_the_whole_table_are_refused(glassnet, flats, words):
    answer = glassnet("train", "flats.parquet", "--target", "price", "--stream", *words)
    assert answer.code == 2
    assert f"{words[0]} does not go with a table that is streamed" in answer.err
    assert "--no-stream" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("none.parquet", "--target", "price"), 3, "there is no file"),
        (("flats.parquet", "--target", "prize"), 3, "Did you mean 'price'?"),
        (("flats.parquet", "flats.csv", "--target", "price"), 2, "only a file or a folder"),
        (("flats.parquet", "--target", "city", "--task", "regression"), 3, "regression needs numbers"),
    ],
)
def test_what_cannot_be_streamed_is_refused_in_words(glassnet, flats, words, code, says):
    answer = glassnet("train", *words, "--stream")
    assert answer.code == code
    assert says in answer.err


def test_the_scores_of_blocks_join_to_those_of_all_rows():
    rng = np.random.default_rng(0)
    y, weight = rng.normal(size=60), rng.uniform(1, 2, 60)
    outputs = y + rng.normal(size=60)

    class Model:
        loss = "squared_error"

    parts = []
    for rows in np.split(np.arange(60), [7, 31]):
        scores = {"this model": metrics_of(Model(), y[rows], outputs[rows], weight[rows])}
        parts.append((scores, Part(None, y[rows], weight[rows])))
    whole = joined(parts)["this model"]
    for metric, score in (("RMSE", root_mean_squared_error), ("MAE", mean_absolute_error), ("R2", r2_score)):
        np.testing.assert_allclose(whole[metric], score(y, outputs, sample_weight=weight), rtol=1e-12)


def numbers(text):
    frame = pd.read_csv(io.StringIO(text))
    assert list(frame.columns) == ["prediction", "lower", "upper"]
    return frame.to_numpy()


def test_predictions_in_blocks_are_those_of_the_whole_table(glassnet, flats, monkeypatch):
    glassnet("train", "flats.parquet", "--target", "price", "--drop", "is_dear", *QUICK, "-o", "m.glassnet")
    whole = glassnet("predict", "m.glassnet", "flats.parquet", "--interval", "0.8").out
    monkeypatch.setattr(predict, "LARGE_BYTES", 100)
    monkeypatch.setattr(predict, "BLOCK_ROWS", 13)
    for table in ("flats.parquet", "flats.csv"):
        found = glassnet("predict", "m.glassnet", table, "--interval", "0.8").out
        np.testing.assert_allclose(numbers(found), numbers(whole), rtol=1e-6)  # sums in another order
    answer = glassnet("predict", "m.glassnet", "flats.csv", "--interval", "0.8", "-o", "out.csv")
    np.testing.assert_allclose(numbers(streaming.Path("out.csv").read_text()), numbers(whole), rtol=1e-6)
    assert "Wrote out.csv (200 predictions)" in answer.out


def test_an_error_in_a_later_block_names_the_row_of_the_table(glassnet, flats, monkeypatch):
    glassnet("train", "flats.parquet", "--target", "price", "--drop", "is_dear", *QUICK, "-o", "m.glassnet")
    monkeypatch.setattr(predict, "LARGE_BYTES", 100)
    monkeypatch.setattr(predict, "BLOCK_ROWS", 50)
    flats.assign(size=flats["size"].astype(str).where(flats.index != 120, "?!")).to_csv("bad.csv", index=False)
    answer = glassnet("predict", "m.glassnet", "bad.csv", "-o", "out.csv")
    assert answer.code == 3
    assert "'?!' in row 21" in answer.err
    assert "counted here from row 101 of the table" in answer.err
    assert not streaming.Path("out.csv").exists()


def test_a_tab_file_with_decimal_commas_is_streamed_and_one_with_points_between_thousands_is_not(glassnet, flats):
    words = ("train", "flats.csv", "--target", "price", "--drop", "is_dear", *QUICK, "--stream", "-o", "m.glassnet")
    flats.to_csv("flats.csv", index=False, sep="\t", decimal=",")
    answer = glassnet(*words)
    assert answer.code == 0, answer.err
    assert [one.kind for one in package.load("m.glassnet").columns_] == ["number", "number", "category"]
    flats["price"] = [f"1.{k:03},50" for k in range(200)]
    flats.to_csv("flats.csv", index=False, sep="\t", decimal=",")
    answer = glassnet(*words)
    assert answer.err.startswith("error[E106]: flats.csv has points between thousands, and cannot be streamed\n")


def test_a_table_that_is_not_utf8_is_read_in_blocks_as_it_is_at_once(glassnet, flats, monkeypatch):
    flats["city"] = flats["city"].replace({"Kent": "Köln", "Oslo": "5 €"})
    flats = flats.rename(columns={"size": "größe"}).drop(columns="is_dear")
    flats.to_csv("flats.csv", index=False, encoding="cp1252")
    for words in ((), ("--stream",), ("--stream", "--types", "city=category")):
        answer = glassnet("train", "flats.csv", "--target", "price", *words, *QUICK, "-o", "m.glassnet")
        assert answer.code == 0, answer.err
        assert "! flats.csv is not UTF-8, and was read as Windows-1252: look at the accents" in answer.err
        assert "city" in answer.out
    whole = glassnet("predict", "m.glassnet", "flats.csv").out
    monkeypatch.setattr(predict, "LARGE_BYTES", 100)
    monkeypatch.setattr(csv_chunks, "STRETCH_BYTES", 500)
    answer = glassnet("predict", "m.glassnet", "flats.csv")
    assert "look at the accents" in answer.err
    np.testing.assert_allclose(*(pd.read_csv(io.StringIO(text)) for text in (answer.out, whole)), rtol=1e-6)


@pytest.mark.parametrize("how", ["--stream", "--no-stream"])
def test_a_named_index_of_a_parquet_file_is_said_to_be_no_column(glassnet, flats, how):
    words = ("train", "indexed.parquet", "--target", "price", "-o", "m.glassnet", how, *QUICK)
    for name, notes in (("temperature", 1), (None, 0)):
        flats.set_index(pd.Index(np.arange(len(flats)) * 1.5, name=name)).to_parquet("indexed.parquet")
        answer = glassnet(*words)
        assert answer.code == 0, answer.err
        assert answer.err.count("is the index of a data frame and no column, and is not used") == notes
        assert answer.err.count("'temperature'") == notes
