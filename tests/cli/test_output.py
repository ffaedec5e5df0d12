"""A result never takes the place of what a command reads, nor of a file of a run."""

from pathlib import Path

import pytest

from .conftest import QUICK

TRAIN = ("train", "houses.csv", "--target", "price", "--drop", "city", *QUICK, "-o", "run")


@pytest.fixture
def run(glassnet, houses):
    """A run folder, whose files are as they were when the test ends."""
    assert glassnet(*TRAIN).code == 0
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    yield "run"
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before


@pytest.mark.parametrize("name", ["model.glassnet", "metrics.json", "predictions_test.csv", "report.html"])
def test_no_file_of_a_run_is_replaced_by_a_result(glassnet, run, name):
    for words in (
        ("predict", run, "houses.csv", "-o", f"run/{name}"),
        ("predict", "run/model.glassnet", "houses.csv", "-o", f"run/../run/{name}"),
        ("explain", run, "houses.csv", "--row", "1", "--target", "price", "--html", f"run/{name}"),
        ("export", run, "--to", "numpy", "--force", "-o", f"run/{name}"),
    ):
        answer = glassnet(*words)
        assert answer.code == 5
        assert answer.err.startswith("error[E504]")
    Path("link").symlink_to("run/model.glassnet")
    answer = glassnet("predict", run, "houses.csv", "-o", "link")
    assert answer.err.startswith("error[E504]: link is what this command reads, and the result would take its place")


def test_what_is_written_as_a_file_does_not_go_to_stdout(glassnet, run):
    before = set(Path().iterdir())
    for words in (
        ("export", run, "--to", "c", "-o", "-"),
        ("explain", run, "houses.csv", "--row", "1", "--target", "price", "--html", "-"),
        ("explain", run, "houses.csv", "--row", "1", "--target", "price", "--numpy", "-"),
        ("train", "houses.csv", "--target", "price", "-o", "-"),
    ):
        answer = glassnet(*words)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("error[E301]: - is stdout, and this result is written as a file\n")
    assert set(Path().iterdir()) == before


def test_no_run_is_overwritten_that_a_new_one_learns_from(glassnet, run):
    for words in (("run/predictions_test.csv",), ("houses.csv", "--validation", "run/predictions_oof.csv")):
        answer = glassnet("train", *words, "--target", "y", *QUICK, "-o", "run", "--force")
        assert answer.code == 5
        assert answer.err.splitlines() == [
            f"error[E504]: {words[-1]} is what this command reads, and --force would remove it with the run in run",
            "  -> choose another -o, or copy the file first",
        ]
