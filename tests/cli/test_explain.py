import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassNetRegressor, load
from glassnet.network.trace import StepTrace

from .conftest import QUICK

INPUTS = ["size", "age", "garden"]
WORDS = ("--row", 17, "--target", "price")


def test_a_step_on_a_row_is_shown_stage_by_stage(glassnet, model, houses):
    answer = glassnet("explain", model, "houses.csv", *WORDS)
    assert answer.code == 0
    row = houses.iloc[16]
    trace = load(model).trace_step(houses[INPUTS].astype(float).iloc[[16]], [row["price"]])
    assert answer.out.splitlines() == str(trace).splitlines()
    assert f"size = {row['size']:.5g}, age = {row['age']:.5g}, garden = {row['garden']:d}" in answer.out
    steps = ["1. Input", "2. Feed forward", "3. Output error", "4. Backpropagate", "5. Gradient", "6. Gradient step"]
    assert [line for line in answer.out.splitlines() if line[:1].isdigit()] == steps
    assert max(map(len, answer.out.splitlines())) <= 110
    assert answer.err == "! 2 columns not used by the model: city, weight\n"


def test_json_is_a_trace_that_can_be_read_again(glassnet, model, houses):
    answer = glassnet("explain", model, "houses.csv", *WORDS, "--json")
    trace = load(model).trace_step(houses[INPUTS].astype(float).iloc[[16]], houses["price"].iloc[[16]])
    assert StepTrace.from_json(answer.out).to_json() == trace.to_json()
    assert (answer.facts["command"], answer.facts["rows"]) == ("explain", [17])
    assert answer.err == ""


def test_the_model_stays_as_it_is(glassnet, model, houses):
    before = Path(model).read_bytes()
    glassnet("explain", model, "houses.csv", *WORDS)
    assert Path(model).read_bytes() == before


def test_a_page_and_a_script_go_to_files(glassnet, model, houses, capsys):
    houses.rename(columns={"size": "<script>"}).to_csv("odd.csv", index=False)
    glassnet("train", "odd.csv", "--target", "price", "--drop", "city", "weight", *QUICK, "-o", "odd.glassnet")
    answer = glassnet("explain", "odd.glassnet", "odd.csv", *WORDS, "--html", "p.html", "--numpy", "p.py", "-q")
    assert (answer.code, answer.out) == (0, "")
    page = Path("p.html").read_text(encoding="utf-8")
    assert "&lt;script&gt; = " in page
    assert "<script>" not in page
    names = {}
    exec(Path("p.py").read_text(encoding="utf-8"), names)
    assert names["J_after"] < names["J_before"]
    again = glassnet("explain", "odd.glassnet", "odd.csv", *WORDS, "--html", "p.html", "--numpy", "p.py")
    assert again.out == "Wrote p.html\nWrote p.py\n"


def test_several_rows_make_one_batch_of_a_member(glassnet, model, houses):
    words = ("--row", 2, 5, "--target", "price", "--member", 1, "--eta", 0.5, "--json")
    trace = StepTrace.from_json(glassnet("explain", model, "houses.csv", *words).out)
    assert trace.stage("target").inputs["y"].tolist() == houses["price"].iloc[[1, 4]].to_numpy()[:, None].tolist()
    assert (trace.facts["member"], trace.facts["learning rate"]) == ("1, of 5", 0.5)


def test_the_target_is_the_column_that_the_model_does_not_take(glassnet, model, houses):
    houses[[*INPUTS, "price"]].to_csv("right.csv", index=False)
    assert (
        glassnet("explain", model, "right.csv", "--row", 17).out == glassnet("explain", model, "right.csv", *WORDS).out
    )
    answer = glassnet("explain", model, "houses.csv", "--row", 17)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "error[E312]: which column of houses.csv is the target? The model does not take 3 of them\n"
        "  columns: city, price, weight\n"
        "  -> name it with --target, the column that says what would have been right\n"
    )


def test_a_model_of_classes_shows_probabilities(glassnet, houses):
    glassnet("train", "houses.csv", "--target", "city", "-o", "city.glassnet", *QUICK)
    answer = glassnet("explain", "city.glassnet", "houses.csv", "--row", 3)
    assert answer.code == 0
    assert "prediction_after: Kent = " in answer.out
    assert "y (1,)  [Rome]" in answer.out


def test_a_model_without_names_takes_columns_by_their_place(glassnet, houses):
    X, y = houses[["size", "age"]].to_numpy(), houses["price"].to_numpy()
    GlassNetRegressor(hidden_layer_sizes=3, max_iter=2, n_iter_no_change=np.inf, random_state=0).fit(X, y).save("m")
    houses[["price", "size", "age"]].to_csv("right.csv", index=False)
    answer = glassnet("explain", "m", "right.csv", *WORDS)
    assert answer.code == 0
    assert f"x0 = {houses['size'][16]:.5g}, x1 = {houses['age'][16]:.5g}" in answer.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--row", 0, "--target", "price"), 2, "error[E311]: --row 0 is no row of houses.csv, which has 40\n"),
        (("--row", 41, "--target", "price"), 2, "give a number from 1, the first row below the header, to 40"),
        (("--target", "price"), 2, "error[E300]: "),
        (("--row", 1, "--target", "prize"), 3, "Did you mean 'price'?"),
        (("--row", 1, "--target", "city"), 3, "error[E210]: target 'city' holds no numbers"),
        ((*WORDS, "--member", 5), 2, "error[E301]: member=5 is not one of the networks: there are 5"),
        ((*WORDS, "--eta", -1), 2, "error[E301]: --eta -1 is no learning rate"),
        ((*WORDS, "--html", "no/p.html"), 5, "error[E501]: there is no folder"),
        ((*WORDS, "--numpy", "houses.csv"), 5, "error[E504]: houses.csv is what this command reads"),
    ],
)
def test_what_cannot_be_explained_is_said(glassnet, model, words, code, says):
    answer = glassnet("explain", model, "houses.csv", *words)
    assert (answer.code, answer.out) == (code, "")
    assert says in answer.err


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("age", np.inf, "in row 17"), ("price", np.nan, "in row 17"), ("age", "old", "the text 'old' in row 17")],
)
def test_an_error_has_the_number_of_the_row_in_the_file(glassnet, model, houses, column, value, says):
    houses[column] = houses[column].astype(object)
    houses.loc[16, column] = value
    houses.to_csv("odd.csv", index=False)
    answer = glassnet("explain", model, "odd.csv", *WORDS)
    assert answer.code == 3
    assert says in answer.err
    assert glassnet("explain", model, "odd.csv", "--row", 3, "--target", "price").code == 0


def test_a_table_from_stdin(glassnet, model, houses, stdin):
    stdin(pd.read_csv("houses.csv").to_csv(index=False))
    assert json.loads(glassnet("explain", model, "-", *WORDS, "--json").out)["table"] == "-"
