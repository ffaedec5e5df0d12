import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassNetClassifier, GlassNetRegressor, load

from .conftest import LONE, QUICK

SMALL = {"hidden_layer_sizes": 3, "max_iter": 2, "n_iter_no_change": np.inf, "random_state": 0}
INPUTS = ["size", "age", "garden"]


def table(text):
    return pd.read_csv(io.StringIO(text))


def test_predictions_go_to_stdout_to_the_last_digit(glassnet, model, houses):
    answer = glassnet("predict", model, "houses.csv")
    assert answer.code == 0
    expected = load(model).predict(houses[INPUTS].astype(float))
    assert table(answer.out)["prediction"].tolist() == expected.tolist()
    assert answer.err == "! 3 columns not used by the model: city, price, weight\n"


def test_predictions_go_to_a_file_in_one_step(glassnet, model, houses):
    Path("p.csv").write_text("old")
    answer = glassnet("predict", model, "houses.csv", "-o", "p.csv")
    assert (answer.code, answer.out) == (0, "Wrote p.csv (40 predictions)\n")
    assert Path("p.csv").read_text() == glassnet("predict", model, "houses.csv", "-o", "-").out
    assert not [path for path in Path().iterdir() if path.suffix == ".tmp"]


def test_columns_count_by_name_in_any_order(glassnet, model, houses):
    expected = glassnet("predict", model, "houses.csv").out
    houses[["garden", "age", "size"]].to_csv("turned.csv", index=False)
    assert glassnet("predict", model, "turned.csv") == type(glassnet("info"))(0, expected, "")


def test_a_table_from_stdin(glassnet, model, houses, stdin):
    stdin(houses[INPUTS].to_csv(index=False))
    assert glassnet("predict", model, "-").out == glassnet("predict", model, "houses.csv").out


def test_missing_columns_are_named(glassnet, model, houses):
    houses.drop(columns=["age", "garden"]).rename(columns={"size": "sise"}).to_csv("less.csv", index=False)
    answer = glassnet("predict", model, "less.csv")
    assert (answer.code, answer.out) == (7, "")
    assert answer.err == (
        "error[E710]: columns differ: less.csv has no 'size', 'age', 'garden', which the model was trained on\n"
        "  columns: sise, city, price, weight            Did you mean 'sise'?\n"
        "  -> give a table with the columns of the training table, in any order\n"
    )
    assert glassnet("predict", model, "less.csv", "--json").error["id"] == "E710"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"age": "old"}, "error[E202]: column 'age' is read as numbers, and holds the text 'old' in row 1\n"),
        ({"age": np.nan}, "error[E220]: Input X contains NaN in row 1, column 'age' (40 of 40 rows have"),
        ({"age": np.inf}, "error[E220]: Input X contains infinity in row 1, column 'age'"),
    ],
)
def test_values_that_cannot_be_used_are_named(glassnet, model, houses, change, says):
    houses.assign(**change).to_csv("other.csv", index=False)
    answer = glassnet("predict", model, "other.csv")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.splitlines()[-1].startswith("  -> ")
    assert says in answer.err


def test_a_gap_in_a_column_that_is_not_used_does_not_matter(glassnet, model, houses):
    houses.assign(city=np.nan, price=None).to_csv("other.csv", index=False)
    assert glassnet("predict", model, "other.csv").out == glassnet("predict", model, "houses.csv").out


def test_classes_come_with_their_probabilities(glassnet, houses):
    glassnet("train", "houses.csv", "--target", "city", *QUICK, *LONE)
    found = table(glassnet("predict", "houses.glassnet", "houses.csv").out)
    assert list(found) == ["prediction", "probability_Kent", "probability_Oslo", "probability_Rome"]
    network = load("houses.glassnet")
    X = houses[[*INPUTS, "price", "weight"]].astype(float)
    assert found["prediction"].tolist() == network.predict(X).tolist()
    assert found.iloc[:, 1:].to_numpy().tolist() == network.predict_proba(X).tolist()


def test_two_classes_have_two_probabilities(glassnet, houses):
    glassnet("train", "houses.csv", "--target", "garden", "--drop", "city", *QUICK, *LONE)
    found = table(glassnet("predict", "houses.glassnet", "houses.csv").out)
    assert list(found) == ["prediction", "probability_False", "probability_True"]
    assert np.all(found["probability_False"] + found["probability_True"] == 1)


def test_quantiles_have_a_column_each(glassnet, houses):
    words = ("--loss", "quantile", "--quantile", "0.1", "0.5", "0.95")
    glassnet("train", "houses.csv", "--target", "price", "--drop", "city", *words, *QUICK, *LONE)
    found = table(glassnet("predict", "houses.glassnet", "houses.csv").out)
    assert list(found) == ["prediction_0.1", "prediction_0.5", "prediction_0.95"]


@pytest.mark.parametrize(
    ("build", "columns"),
    [
        (lambda X, y: GlassNetRegressor(**SMALL).fit(X, np.c_[y, -y]), ["prediction_0", "prediction_1"]),
        (
            lambda X, y: GlassNetRegressor(loss="quantile", quantile=(0.2, 0.8), **SMALL).fit(X, np.c_[y, -y]),
            ["prediction_0_0.2", "prediction_0_0.8", "prediction_1_0.2", "prediction_1_0.8"],
        ),
        (
            lambda X, y: GlassNetClassifier(**SMALL).fit(X, np.c_[y > 9e4, y > 2e5].astype(int)),
            ["prediction_0", "prediction_1", "probability_0", "probability_1"],
        ),
    ],
)
def test_models_of_python_with_several_targets_predict_too(glassnet, houses, build, columns):
    build(houses[INPUTS].astype(float), houses["price"]).save("m.glassnet")
    assert list(table(glassnet("predict", "m.glassnet", "houses.csv").out)) == columns


def test_a_model_of_an_array_takes_columns_by_their_place(glassnet, houses):
    X = houses[INPUTS].to_numpy(dtype=float)
    fitted = GlassNetRegressor(**SMALL).fit(X, houses["price"])
    fitted.save("m.glassnet")
    houses[INPUTS].to_csv("x.csv", index=False)
    answer = glassnet("predict", "m.glassnet", "x.csv")
    assert table(answer.out)["prediction"].tolist() == fitted.predict(X).tolist()
    answer = glassnet("predict", "m.glassnet", "houses.csv")
    assert answer.code == 7
    assert answer.err.startswith("error[E710]: columns differ: houses.csv has 6, the model takes 3\n")


def test_json_holds_the_predictions_or_the_name_of_their_file(glassnet, model, houses):
    answer = glassnet("predict", model, "houses.csv", "--json")
    assert answer.err == ""
    assert answer.facts["rows"] == 40
    assert answer.facts["predictions"]["prediction"] == table(
        glassnet("predict", model, "houses.csv").out)["prediction"].tolist()  # fmt: skip
    assert answer.facts["notes"] == ["3 columns not used by the model: city, price, weight"]
    answer = glassnet("predict", model, "houses.csv", "--json", "-o", "p.csv")
    assert (answer.facts["output"], "predictions" in answer.facts) == ("p.csv", False)


def test_quiet_leaves_the_predictions(glassnet, model):
    answer = glassnet("predict", model, "houses.csv", "-q")
    assert answer.err == ""
    assert len(table(answer.out)) == 40


@pytest.mark.parametrize(
    ("content", "error_id", "says"),
    [
        (None, "E701", "does not exist"),
        (b"a,b\n1,2\n", "E702", "is no model file of glassnet: it is not safetensors"),
        (b"\x80\x05.", "E702", "it looks like a pickle"),
    ],
)
def test_a_file_that_is_no_model_is_refused(glassnet, houses, content, error_id, says):
    if content is not None:
        Path("m.glassnet").write_bytes(content)
    answer = glassnet("predict", "m.glassnet", "houses.csv")
    assert (answer.code, answer.out) == (7, "")
    assert answer.err.startswith(f"error[{error_id}]: 'm.glassnet' ")
    assert says in answer.err
    assert glassnet("predict", "m.glassnet", "houses.csv", "--json").error["exit"] == 7


def test_a_damaged_model_is_refused(glassnet, model):
    whole = Path(model).read_bytes()
    Path(model).write_bytes(whole[:-10])
    answer = glassnet("predict", model, "houses.csv")
    assert answer.code == 7
    assert answer.err.startswith("error[E703]: 'houses.glassnet' is damaged: it is cut short or was changed")


def test_a_model_of_another_version_is_used_with_a_note(glassnet, model):
    expected = glassnet("predict", model, "houses.csv").out
    content = Path(model).read_bytes()
    from glassnet import __version__

    other = json.dumps("0." * 0 + "9" + __version__[1:])  # as long as ours, so that no length in the file changes
    Path(model).write_bytes(content.replace(json.dumps(__version__)[1:-1].encode(), other[1:-1].encode(), 1))
    answer = glassnet("predict", model, "houses.csv")
    assert (answer.code, answer.out) == (0, expected)
    assert answer.err.startswith(
        f"! 'houses.glassnet' was written by glassnet 9{__version__[1:]}, this is {__version__}."
    )


@pytest.mark.parametrize(
    ("output", "error_id"), [("houses.glassnet", "E504"), ("houses.csv", "E504"), ("no/p.csv", "E501")]
)
def test_an_output_that_would_do_harm_is_refused(glassnet, model, output, error_id):
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    answer = glassnet("predict", model, "houses.csv", "-o", output)
    assert (answer.code, answer.out) == (5, "")
    assert answer.err.startswith(f"error[{error_id}]: ")
    assert before == {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
