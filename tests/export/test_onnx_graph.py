"""The ONNX graph: standard operators, columns by name, the whole model."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from glassnet.errors import SettingError
from glassnet.estimators.intervals import Residuals
from glassnet.export.onnx_graph import onnx_model
from glassnet.export.onnx_interval import ends
from glassnet.export.onnx_nodes import Graph
from glassnet.export.onnx_runtime import feed_of
from glassnet.export.scorer import Interval
from glassnet.export.scorer_of import scorer_of
from glassnet.export.self_test import trial_of

from ..table.cases import mixed
from .scored import COVERAGE, HOSTILE, MEMBERS, NUMBERS, N, hostile, model_of, regressor, scorer_and_trial

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")


def session(name):
    return runtime.InferenceSession(onnx_model(*scorer_and_trial(name)), providers=["CPUExecutionProvider"])


def feed(frame, model):
    """Columns as a user hands them in: texts as strings with "" for gaps, everything else as doubles."""
    ready = {}
    for choice in model.columns_:
        column = frame[choice.name]
        if choice.kind == "category":
            ready[choice.name] = np.array([["" if pd.isna(text) else text] for text in column], dtype=object)
        elif choice.kind == "date":
            moments = pd.to_datetime(column, dayfirst=True)
            ready[choice.name] = ((moments - pd.Timestamp(0)) / pd.Timedelta("1s")).to_numpy(float)[:, None]
        else:
            ready[choice.name] = column.astype("Float64").to_numpy(float, na_value=np.nan)[:, None]
    return ready


def test_only_standard_operators_are_used():
    for name in ("mixed columns, intervals", "every activation, float32", "labels"):
        coverage = COVERAGE.get(name)
        model = onnx.load_from_string(onnx_model(*scorer_and_trial(name, coverage, coverage is not None)))
        assert {node.domain for node in model.graph.node} <= {"", "ai.onnx.ml"}
        assert {(opset.domain, opset.version) for opset in model.opset_import} == {("", 17), ("ai.onnx.ml", 3)}


def test_columns_go_in_by_name_and_the_answer_is_that_of_predict():
    model, run = model_of("mixed columns, intervals"), session("mixed columns, intervals").run
    frame = mixed(N)
    frame.loc[:2, "city"] = ["Zürich", "Oslo ", ""]
    frame.loc[4:6, "size"] = [np.inf, -np.inf, 1e300]
    (prediction,) = run(None, feed(frame, model))
    frame.loc[1, "city"] = "Zürich"  # ONNX cuts no blanks off
    assert prediction.shape == (N,)
    assert np.allclose(prediction, model.predict(frame), rtol=1e-7)


@pytest.mark.parametrize("adaptive", [False, True])
def test_intervals_are_outputs_in_the_shape_of_the_prediction(adaptive):
    graphs = [onnx_model(*scorer_and_trial(name, coverage, adaptive)) for name, coverage in COVERAGE.items()]
    one, several = (runtime.InferenceSession(graph, providers=["CPUExecutionProvider"]) for graph in graphs)
    first, second = map(model_of, COVERAGE)
    found = one.run(["lower", "upper"], feed(mixed(N), first))
    assert np.allclose(np.column_stack(found), first.predict_interval(mixed(N), 0.8, adaptive=adaptive), rtol=1e-6)
    found = several.run(["lower", "upper"], {"X": NUMBERS})
    assert np.allclose(np.stack(found, 2), second.predict_interval(NUMBERS, 0.7, adaptive=adaptive), rtol=1e-6)
    (nobody,) = several.run(["lower"], {"X": NUMBERS[:0]})
    assert nobody.shape == (0, 2)


def test_folds_of_every_length_are_searched_to_their_ends():
    """Sums by hand: the end of rank r among n + m of them, for folds shorter than, and as long as, a power of 2."""
    rng = np.random.default_rng(0)
    for lengths in [(1, 1), (3, 4), (7, 8), (1, 16)]:
        folds = tuple(Residuals.of(rng.normal(size=n), np.ones(n)) for n in lengths)
        mu = rng.normal(size=(5, 2))
        for rank in range(1, sum(lengths) + 1):
            graph = Graph(set())
            said = graph.input("mu", "float64", 2)
            columns = [graph.add("Gather", said, graph.constant(np.array([k])), axis=1) for k in (0, 1)]
            _, upper = ends(graph, Interval(0.5, False, float(rank), (folds,), np.ones(1)), columns, ["", ""])
            made = runtime.InferenceSession(graph.model({"upper": (upper, "float64", 1)}, {}))
            sums = np.hstack([mu[:, [k]] + fold.sizes for k, fold in enumerate(folds)])
            assert np.allclose(made.run(None, {"mu": mu})[0][:, 0], np.sort(sums, axis=1)[:, rank - 1], rtol=1e-9)


def test_classes_come_with_their_probabilities():
    model = model_of("whole numbers as classes")
    label, probabilities = session("whole numbers as classes").run(["prediction", "probabilities"], {"X": NUMBERS})
    assert np.array_equal(label, model.predict(NUMBERS))
    assert np.allclose(probabilities, model.predict_proba(NUMBERS), atol=1e-6)
    label, probabilities = session("two classes").run(None, feed(mixed(N), model_of("two classes")))
    assert label.dtype == bool
    assert np.array_equal(label, model_of("two classes").predict(mixed(N)))
    yes, probabilities = session("labels").run(None, {"X": NUMBERS})
    assert np.array_equal(yes, model_of("labels").predict(NUMBERS))


def test_several_outputs_are_columns_of_one_matrix():
    (prediction,) = session("quantiles of two targets").run(None, {"X": NUMBERS})
    assert np.allclose(prediction, model_of("quantiles of two targets").predict(NUMBERS), rtol=1e-6, atol=1e-5)


def test_any_name_of_a_column_will_do():
    model, ready = model_of("hostile names"), session("hostile names")
    names = [value.name for value in ready.get_inputs()]
    assert set(names) == {*HOSTILE, "*/ number"} - {""} | {"x10"}
    assert [value.name for value in ready.get_outputs()] == ["prediction_", "probabilities"]
    columns = {name or "x10": column for name, column in hostile().items()}
    given = {
        name: np.array([[cell.strip() if isinstance(cell, str) else cell] for cell in columns[name]]) for name in names
    }
    label, _ = ready.run(None, given)
    assert list(label) == model.predict(hostile()).tolist()


def test_the_graph_keeps_the_rows_of_its_self_test():
    scorer, _ = scorer_and_trial("mixed columns, intervals")
    metadata = session("mixed columns, intervals").get_modelmeta().custom_metadata_map
    kept = json.loads(metadata["glassnet"])
    assert [column["name"] for column in kept["columns"]] == list(mixed(N).columns)
    (again,) = session("mixed columns, intervals").run(None, feed_of(scorer, kept["self_test"]["cells"]))
    assert (np.abs(again - np.ravel(kept["self_test"]["expected"])) <= np.ravel(kept["self_test"]["allowed"])).all()


def test_members_share_the_reading_of_a_date():
    model = onnx.load_from_string(onnx_model(*scorer_and_trial("mixed columns, intervals")))
    operators = [node.op_type for node in model.graph.node]
    assert operators.count("Sin") == 5  # month and weekday of two columns, hour of one, though there are three members
    assert operators.count("LabelEncoder") == 4
    assert all(a.name != b.name for a, b in pairwise(model.graph.node))


def test_half_a_letter_is_refused():
    rows = np.array([["x\ud800", 1.0], ["y", 2.0]] * 30, dtype=object)
    model = regressor(rows, NUMBERS[:, 1], **MEMBERS)
    scorer = scorer_of(model)
    with pytest.raises(SettingError, match="half a letter"):
        onnx_model(scorer, trial_of(model, scorer))
