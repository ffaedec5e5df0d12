"""What stands in a CSV is what the network learns from: pandas alone would lose some of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import load
from glassnet.cli import csv_table, predict
from glassnet.cli.reading import read_table
from glassnet.errors import InputError
from glassnet.table import csv_chunks
from glassnet.table.chunks import big_table

from .conftest import LONE, QUICK
from .test_reading import write


@pytest.fixture(params=["at once", "in blocks"])
def how(request, monkeypatch):
    """Tables are read at once, or block by block as large ones are."""
    if request.param == "in blocks":
        monkeypatch.setattr(predict, "LARGE_BYTES", 0)
        monkeypatch.setattr(predict, "BLOCK_ROWS", 13)
        monkeypatch.setattr(csv_chunks, "STRETCH_BYTES", 100)
    return request.param


def written(name):
    """The texts of a CSV, as Python reads them when it is told to leave them as they are."""
    return pd.read_csv(name, dtype=str, keep_default_na=False, na_values=[""])


@pytest.mark.parametrize(
    "content",
    [
        "n,code\n1,01067\n2,10115\n",
        "n,code\n1,10115\n2,01067",
        'n,code\n1,"01067"\n2,\n',
        "n, code\n1, 01067\n2, 7\n",
        "n;code\n1;01067\n2;7\n",
        "n,code\r\n1,01067\r\n2,7.5\r\n",
    ],
)
@pytest.mark.parametrize("block", [1 << 22, 3])
def test_codes_stay_as_they_are_written(content, block, monkeypatch):
    monkeypatch.setattr(csv_table, "BLOCK", block)
    frame = read_table(write("t.csv", content)).frame
    assert frame["n"].tolist() == [1, 2]
    assert "01067" in frame["code"].tolist()


def test_numbers_that_only_begin_with_a_zero_are_numbers():
    frame = read_table(write("t.csv", "a,b,c\n0,0.5,00.5\n1,-01,0e1\n")).frame
    assert frame.to_dict("list") == {"a": [0, 1], "b": [0.5, -1], "c": [0.5, 0]}


def test_truth_values_with_gaps_and_numbers_of_any_length_are_what_pandas_reads():
    frame = read_table(write("t.csv", f"sunny,id,n\nTrue,{2**70},1\n,4,NA\nFalse,,3\n")).frame
    assert frame["sunny"].tolist() == [True, pytest.approx(np.nan, nan_ok=True), False]
    assert frame["id"].dropna().astype(float).tolist() == [2.0**70, 4]
    assert frame["n"].tolist() == [1, pytest.approx(np.nan, nan_ok=True), 3]


def test_a_column_that_is_named_stays_as_it_is_written():
    write("t.csv", "version,n\n1.10,1\n1.1,2\n,3\n")
    assert read_table("t.csv", ["version", "none"]).frame["version"].fillna("gap").tolist() == ["1.10", "1.1", "gap"]


def test_blanks_around_the_names_of_columns_belong_to_none():
    write("t.csv", ' version ,"n ", y\n1.10,1,3\n1.1,2,4\n')
    frame = read_table("t.csv", ["version"]).frame
    assert frame.to_dict("list") == {"version": ["1.10", "1.1"], "n": [1, 2], "y": [3, 4]}
    streamed = big_table(Path("t.csv"), csv_chunks.CsvForm(texts=("version",)))
    assert {field.name: str(field.type) for field in streamed.schema} == {
        "version": "string",
        "n": "int64",
        "y": "int64",
    }
    write("t.csv", "a,a ,b\n1,2,3\n")
    for read in (read_table, lambda name: big_table(Path(name))):
        with pytest.raises(InputError, match="two columns named 'a'"):
            read("t.csv")


CODES = np.array(["01067", "1067", "10115", "04109"])


@pytest.fixture
def zips():
    """60 rows whose target depends on a postcode of four."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"plz": CODES[np.arange(60) % 4], "x": rng.normal(size=60).round(3)})
    frame["y"] = 100.0 * (frame["plz"] == "01067") - 50 * (frame["plz"] == "1067") + frame["x"]
    frame.to_csv("zips.csv", index=False)
    return frame


def test_codes_mean_the_same_on_the_command_line_and_in_python(glassnet, zips, how):
    glassnet("train", "zips.csv", "--target", "y", *QUICK, *LONE)
    model = load("houses.glassnet")
    assert [(one.kind, one.n_inputs) for one in model.columns_] == [("category", 4), ("number", 1)]
    zips[zips["plz"] == "1067"].to_csv("some.csv", index=False)  # no field of it says that its column holds codes
    for name in ("zips.csv", "some.csv"):
        assert glassnet("predict", "houses.glassnet", name, "-o", "out.csv").code == 0
        rows = written(name).drop(columns="y").astype({"x": float})
        np.testing.assert_allclose(pd.read_csv("out.csv")["prediction"], model.predict(rows), rtol=1e-6)
    assert model.predict(zips[["plz", "x"]].assign(x=0.0)).round(9).tolist()[:2] != [0, 0]


def test_codes_that_differ_by_a_zero_are_two_levels(glassnet):
    frame = pd.DataFrame({"code": np.array(["0123", "123"])[np.arange(40) % 2], "y": np.arange(40) % 2 + 0.5})
    frame.to_csv("codes.csv", index=False)
    for words in ((), ("--types", "code=category"), ("--types", "code=category", "--stream")):
        answer = glassnet("train", "codes.csv", "--target", "y", *words, *QUICK, *LONE)
        assert answer.code == 0, answer.err
        assert [one.kind for one in load("houses.glassnet").columns_] == ["category"]


def test_whole_numbers_that_pandas_has_written_with_a_point_are_the_levels_without(glassnet):
    grade = np.array(["5.0", "6", ""])[np.arange(60) % 3]
    pd.DataFrame({"grade": grade, "y": np.arange(60) % 3 + 0.5}).to_csv("grades.csv", index=False)
    glassnet("train", "grades.csv", "--target", "y", "--types", "grade=category", *QUICK, *LONE)
    said = []
    for grade in ("5", "5.0"):
        write("one.csv", f"grade\n{grade}\n")
        said.append(glassnet("predict", "houses.glassnet", "one.csv").out)
    write("one.csv", "grade\n7\n")
    assert said[0] == said[1] != glassnet("predict", "houses.glassnet", "one.csv").out


def test_a_target_of_numbers_may_have_zeros_in_front(glassnet):
    digits = [f"{k:04}" for k in range(40)]
    pd.DataFrame({"t": digits, "x": range(40), "y": digits}).to_csv("t.csv", index=False)
    answer = glassnet("train", "t.csv", "--target", "y", "--task", "regression", "--time-column", "t", *QUICK, *LONE)
    assert answer.code == 0, answer.err
    assert glassnet("evaluate", "houses.glassnet", "t.csv", "--target", "y").code == 0


WORDS = np.array(["NA", "None", "null", "US", ""])


@pytest.fixture
def countries():
    """60 rows: countries, one of which is NA, and numbers, dates and truth values with words for gaps among them."""
    rng, places = np.random.default_rng(0), np.arange(60)
    frame = pd.DataFrame({"country": WORDS[places % 5], "x": rng.normal(size=60).round(3).astype(str)})
    frame["y"] = 40.0 * (frame["country"] == "NA") - 45 * (frame["country"] == "None") + places % 7
    frame["day"] = pd.date_range("2026-01-01", periods=60, freq="9D").strftime("%Y-%m-%d")
    frame["sunny"] = np.where(places % 3 == 0, "True", "False")
    frame.loc[places % 6 == 5, ["x", "day", "sunny"]] = ["n/a", "NA", "<NA>"]
    frame.to_csv("countries.csv", index=False)
    return frame


def test_words_for_gaps_are_levels_among_texts_and_gaps_among_all_else(glassnet, countries, how):
    answer = glassnet("train", "countries.csv", "--target", "y", *QUICK, *LONE)
    assert answer.code == 0, answer.err
    model = load("houses.glassnet")
    kinds = {one.name: (one.kind, one.n_inputs) for one in model.columns_}
    assert kinds["country"] == ("category", 4)
    assert {name: kind for name, (kind, _) in kinds.items()} == {
        "country": "category", "x": "number", "day": "date", "sunny": "boolean"
    }  # fmt: skip
    for words in ((), ("US", ""), ("NA",), ("None", "US")):  # without others a word says little of what its column is
        countries[countries["country"].isin(words or WORDS)].to_csv("some.csv", index=False)
        assert glassnet("predict", "houses.glassnet", "some.csv", "-o", "out.csv").code == 0
        expected = model.predict(written("some.csv").drop(columns="y"))
        np.testing.assert_allclose(pd.read_csv("out.csv")["prediction"], expected, rtol=1e-6)


def test_a_streamed_table_has_the_same_levels(glassnet, countries):
    answer = glassnet("train", "countries.csv", "--target", "y", "--stream", *QUICK, "--n-members", "2", *LONE)
    assert answer.code == 0, answer.err
    levels = {one.name: one.n_inputs for one in load("houses.glassnet").columns_}
    assert levels["country"] == 4


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        (["1", "NA", "2.5"], [1.0, None, 2.5]),
        (["1", "n/A", "inf", "?"], [1.0, None, np.inf, None]),
        (["True", "null", "false"], [True, None, False]),
        (["01", "NA", "2"], ["01", "NA", "2"]),
        (["NA", "null"], ["NA", "null"]),
        (["1", "NA", "US"], ["1", "NA", "US"]),
    ],
)
def test_a_word_is_a_gap_where_all_else_are_numbers_or_truth_values(fields, values):
    found = read_table(write("t.csv", "\n".join(["a", *fields]))).frame["a"]
    assert found.astype(object).where(found.notna(), None).tolist() == values


def test_a_target_of_numbers_with_a_word_in_it_has_a_gap(glassnet):
    pd.DataFrame({"x": range(40), "y": ["NA", *map(str, range(39))]}).to_csv("t.csv", index=False)
    answer = glassnet("train", "t.csv", "--target", "y")
    assert answer.err.startswith("error[E203]: target 'y' has no value in row 1\n")
