import csv
import io
from pathlib import Path

import pytest

from .conftest import QUICK

PRICE = ("houses.csv", "--target", "price", "--drop", "city", "weight", "--no-report", *QUICK)
DECIDED = ("--dropout", "0.1", "--bins", "8")  # nothing is left to a trial, which may choose otherwise with another l2


@pytest.fixture
def two(glassnet, houses):
    """Two runs that differ in one setting."""
    for name, words in (("a", ()), ("b", ("--l2", "0.1"))):
        assert glassnet("train", *PRICE, *DECIDED, "-o", f"runs/{name}", *words).code == 0
    return Path("runs")


def test_runs_are_listed_compared_and_removed(glassnet, two, houses):
    rows = glassnet("runs", "--json").facts["runs"]
    assert [(row["run"], row["data"], row["rows"], row["metric"]) for row in rows] == [
        ("a", "houses.csv", 40, "RMSE"), ("b", "houses.csv", 40, "RMSE"),
    ]  # fmt: skip
    listed = list(csv.DictReader(io.StringIO(glassnet("runs", "list", "--csv", "--sort", "test").out)))
    assert [float(row["test"]) for row in listed] == sorted(row["test"] for row in rows)
    shown = glassnet("runs").out
    assert shown.startswith("run  data        rows  network")
    assert "5 of " in shown

    changed = glassnet("runs", "diff", "a", "b", "--json").facts["changed"]
    assert changed["alpha"] == [0.0, 0.1]
    assert {name for name in changed if "RMSE" not in name} <= {"alpha"} | {f"{part} {metric}" for part in
            ("out of fold", "test") for metric in ("MAE", "R2")}  # fmt: skip
    assert glassnet("runs", "diff", "a", "runs/a").out == "No setting and no score differs.\n"
    assert "alpha                   0.1\n" in glassnet("runs", "show", "b").out

    answer = glassnet("runs", "remove", "a")  # nobody is there to agree
    assert (answer.code, answer.err.splitlines()[0]) == (2, "error[E309]: nothing was removed")
    (two / "b" / "thesis.txt").touch()
    assert glassnet("runs", "remove", "b", "--force").code == 5
    assert glassnet("runs", "remove", "a", "--force").out == "Removed runs/a\n"
    assert [path.name for path in two.iterdir()] == ["b"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("metrics.json", "{}"), ("metrics.json", "{"), ("data.json", "[]"), ("metrics.json", '{"metric": 1}')],
)
def test_a_damaged_run_hides_no_other_and_is_named(glassnet, two, name, content):
    (two / "a" / name).write_text(content)
    answer = glassnet("runs")
    assert answer.code == 0
    assert [line.split()[0] for line in answer.out.splitlines()] == ["run", "a", "b"]
    assert answer.err.startswith("! runs/a")
    listed = glassnet("runs", "--json").facts
    assert (listed["runs"][0]["data"], listed["runs"][1]["data"]) == (None, "houses.csv")
    for words in (("runs", "show", "a"), ("runs", "diff", "a", "b"), ("report", "runs/a")):
        answer = glassnet(*words)
        assert answer.code == 3, words
        assert answer.err.startswith("error[E110]: runs/a")
    assert glassnet("runs", "remove", "a", "--force").code == 0


def test_a_run_that_did_not_end_is_listed_too(glassnet, two):
    (two / "b" / "metrics.json").unlink()
    assert glassnet("runs", "--json").facts["runs"][1]["test"] is None
    assert glassnet("runs", "diff", "a", "b").code == 0
    assert glassnet("runs", "show", "b").code == 0


@pytest.mark.parametrize(
    ("words", "code", "error_id"),
    [
        (["diff", "a"], 3, "E111"),
        (["show"], 2, "E308"),
        (["list", "--sort", "colour"], 2, "E308"),
        (["lost"], 2, "E300"),
    ],
)
def test_what_has_no_meaning_is_refused(glassnet, words, code, error_id):
    answer = glassnet("runs", *words, "--json")
    assert (answer.code, answer.error["id"]) == (code, error_id)


def test_without_runs_the_first_step_is_said(glassnet):
    assert glassnet("runs").out == "No runs in runs/ yet. `glassnet train TABLE --target COLUMN` makes one.\n"
