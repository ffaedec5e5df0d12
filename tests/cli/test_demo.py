from pathlib import Path

import pandas as pd
from sklearn.datasets import load_diabetes


def test_the_table_is_scikit_learns_diabetes(glassnet):
    answer = glassnet("demo")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("\nNext:  glassnet train diabetes.csv --target target\n")
    expected = load_diabetes(as_frame=True, scaled=False).frame
    pd.testing.assert_frame_equal(pd.read_csv("diabetes.csv"), expected, check_dtype=False)


def test_another_file_is_overwritten_by_force_only(glassnet):
    Path("diabetes.csv").write_text("mine")
    answer = glassnet("demo")
    assert (answer.code, answer.out) == (5, "")
    assert answer.err.startswith("error[E502]: diabetes.csv exists here already and holds something else\n")
    assert glassnet("demo", "--json").error["id"] == "E502"
    assert Path("diabetes.csv").read_text() == "mine"
    assert glassnet("demo", "--force").code == 0
    assert glassnet("demo").code == 0  # the same file is no other file


def test_json_names_file_and_next_command(glassnet):
    facts = glassnet("demo", "--json").facts
    assert (facts["file"], facts["rows"]) == ("diabetes.csv", 442)
    assert facts["next"] == "glassnet train diabetes.csv --target target"
