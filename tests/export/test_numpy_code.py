"""The NumPy file: needs NumPy alone, takes frames of any library, and reads cells as predict does."""

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from glassnet.export.numpy_code import numpy_code

from ..table.cases import LIBRARIES, mixed
from .scored import COVERAGE, MODELS, NUMBERS, N, hostile, model_of, odd, scorer_and_trial


def module_of(name):
    """What the exported file defines, run in a namespace of its own."""
    module = {"__name__": "scorer"}
    exec(numpy_code(*scorer_and_trial(name, COVERAGE.get(name))), module)
    return module


def predict_of(name):
    return module_of(name)["predict"]


def extreme():
    """Rows unlike those of training: gaps everywhere, infinite numbers, unseen levels, far dates."""
    frame = mixed(N).astype(object)
    frame.iloc[3] = None
    frame.loc[4:8, "size"] = [np.inf, -np.inf, 1e300, -1e9, Decimal("0.25")]
    frame.loc[4:5, "city"] = ['say "no"', "Zürich"]
    frame.loc[6, "sold"] = pd.Timestamp("1815-06-18 11:35:00.25")
    frame.loc[7, "built"] = " 29.02.2400 23:59 "
    frame.loc[8, "price"] = "?"
    return frame


def test_the_file_runs_where_glassnet_is_not_installed_and_tests_itself(tmp_path):
    path = tmp_path / "scorer.py"
    path.write_text(numpy_code(*scorer_and_trial("mixed columns, intervals", 0.8)), "ascii")
    alone = f"import sys; sys.modules.update(dict.fromkeys({['glassnet', 'pandas', 'scipy', 'sklearn']}))\n"
    run = f"{alone}import runpy; runpy.run_path({str(path)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-c", run], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "self-test passed\n", "")
    path.write_text(path.read_text().replace("EXPECTED = ", "EXPECTED = 1.001 * "))
    done = subprocess.run([sys.executable, "-I", "-c", run], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "self-test FAILED\n")


@pytest.mark.parametrize("library", LIBRARIES)
def test_frames_of_every_library_and_dicts_are_read(library):
    predict, model = predict_of("mixed columns, intervals"), model_of("mixed columns, intervals")
    found = predict(LIBRARIES[library](mixed(N)))
    assert list(found) == ["prediction", "lower", "upper"]
    assert np.allclose(found["prediction"], model.predict(mixed(N)), rtol=1e-7)
    assert np.allclose(np.column_stack([found["lower"], found["upper"]]), model.predict_interval(mixed(N), 0.8))
    columns = {name: column.tolist() for name, column in mixed(N).items()}
    assert np.allclose(predict(columns)["prediction"], model.predict(mixed(N)), rtol=1e-7)


def test_gaps_extremes_and_unseen_levels_are_scored_as_predict_does():
    found = predict_of("mixed columns, intervals")(extreme())
    assert np.allclose(found["prediction"], model_of("mixed columns, intervals").predict(extreme()), rtol=1e-7)


def test_true_and_one_are_two_levels_in_every_order_of_the_rows():
    code, levels = module_of("mixed columns, intervals")["_code"], {"1": 0, "True": 1, "a": 2}
    for values in ([True, 1, "a", 1.0], [1.0, 1, True]):
        known = {}
        assert [code(value, levels, known) for value in values] == [code(value, levels, {}) for value in values]
    assert code(True, levels, {}) == 1


def test_adaptive_intervals_are_those_of_predict_interval():
    module, model = {"__name__": "scorer"}, model_of("mixed columns, intervals")
    exec(numpy_code(*scorer_and_trial("mixed columns, intervals", 0.8, adaptive=True)), module)
    found = module["predict"](extreme())
    expected = model.predict_interval(extreme(), 0.8, adaptive=True)
    assert np.allclose(np.column_stack([found["lower"], found["upper"]]), expected, rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_the_answers_are_those_of_predict_and_of_the_same_type(name):
    model, predict = model_of(name), predict_of(name)
    X = {"odd columns": odd, "hostile names": hostile}.get(name, lambda: mixed(N))()
    X = X if hasattr(model, "feature_names_in_") else X.to_numpy() if name == "rows without names" else NUMBERS
    found = predict(X)
    if not hasattr(model, "classes_"):
        expected = model.predict(X).reshape(len(X), -1)
        names = [name for name in found if name.startswith("prediction")]
        assert np.allclose(np.column_stack([found[name] for name in names]), expected, rtol=1e-6, atol=1e-6)
        return
    probabilities = np.column_stack([found[f"probability_{name}"] for name in model.classes_])
    assert np.allclose(probabilities, model.predict_proba(X), atol=1e-6)
    said = np.column_stack([values for column, values in found.items() if column.startswith("prediction")])
    assert np.array_equal(said, model.predict(X).reshape(len(X), -1))
    assert said.dtype.kind == np.asarray(model.predict(X)).dtype.kind or said.dtype.kind == "U"


def test_blocks_of_rows_give_what_single_rows_give():
    module = module_of("two classes")
    whole = module["predict"](mixed(N))["probability_True"]
    module["BLOCK"] = 7
    assert np.allclose(module["predict"](mixed(N))["probability_True"], whole, atol=1e-7)
    assert len(module["predict"](mixed(N).iloc[:0])["prediction"]) == 0


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("size", ["many"] * N, "column 'size' holds 'many', which cannot be read"),
        ("size", pd.date_range("2020", periods=N), "column 'size' holds"),
        ("flag", [2] * N, "column 'flag' is true or false, and holds something else"),
        ("sold", np.arange(N), "column 'sold' holds 0, which cannot be read"),
        ("built", ["2020-01-01"] * N, "column 'built' holds '2020-01-01'"),
        ("built", ["31.02.2020"] * N, "column 'built' holds '31.02.2020'"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_column_and_value(column, values, words):
    with pytest.raises(ValueError, match=words):
        predict_of("two classes")(mixed(N).assign(**{column: values}))


def test_plain_numbers_know_no_gaps_and_rows_have_their_width():
    predict = predict_of("whole numbers as classes")
    gap = NUMBERS.copy()
    gap[3, 1] = np.nan
    with pytest.raises(ValueError, match="column 1 has a gap or an infinite number"):
        predict(gap)
    with pytest.raises(ValueError, match="rows of 3 columns are needed"):
        predict(NUMBERS[:, :2])
    with pytest.raises(ValueError, match="knows no names of columns"):
        predict(pd.DataFrame(NUMBERS))
    with pytest.raises(ValueError, match=r"row \d+ has no finite prediction"):
        predict_of("counts")(NUMBERS * 1e30)


def test_durations_are_numbers_of_seconds():
    read = module_of("two classes")["_read"]
    lengths = pd.Series(pd.to_timedelta([1.5, None, 60], unit="s"))
    assert np.array_equal(read("t", lengths, "number", "", {}), [1.5, np.nan, 60], equal_nan=True)
    assert np.array_equal(read("t", lengths.astype(object), "number", "", {}), [1.5, np.nan, 60], equal_nan=True)
