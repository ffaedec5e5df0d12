"""One update, stage by stage: its numbers are those of the step, and they can be recomputed, kept and read."""

import json
import re
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassnet import Network
from glassnet.errors import InputError
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.architecture import Architecture
from glassnet.network.one_step import Step, Update
from glassnet.network.optimizers import Optimizer
from glassnet.network.stages import stages_of
from glassnet.network.trace import Stage, StepTrace
from glassnet.network.trace_words import FORMULAS, LOSSES, ROUTINES

from . import cases
from .cases import page_of_paper, problems

TERMS = {
    "weight_decay": st.sampled_from([0.0, 0.3]),
    "max_norm": st.sampled_from([np.inf, 0.8]),
    "parametrization": st.sampled_from(["standard", "ntk"]),
}
OPTIMIZERS = st.one_of(
    st.builds(Optimizer, st.sampled_from(["sgd", "momentum", "nesterov", "adam", "adamw"]), **TERMS),
    st.builds(Optimizer, st.sampled_from(["adam", "adamw"]), scale_rate=st.just(2.0), **TERMS),
)


def on_paper():
    """The network of the page of paper as a `Network`, with its row and target."""
    architecture, theta, x, y = page_of_paper()
    net = Network(architecture.sizes, activation="tanh")
    net.theta[:] = theta
    return net, x, y


def step_of(problem, optimizer=Optimizer(), eta=0.1, t=1, memory=None):
    weight = problem.sample_weight
    return Step(
        problem.net,
        problem.theta,
        problem.X,
        problem.Y,
        eta,
        float(len(problem.X) if weight is None else weight.sum()),
        problem.loss,
        problem.penalty,
        optimizer,
        optimizer.start(problem.net) if memory is None else memory,
        t,
        weight,
        problem.masks or {},
    )


def trace_of(step):
    return StepTrace(stages_of(Update.of(step)), {"network": str(step.architecture)})


def recomputed(trace):
    """The names that the trace's script leaves behind."""
    names = {}
    with redirect_stdout(StringIO()):
        exec(trace.to_numpy_code(), names)
    return names


def assert_same_arrays(got, expected, rtol=0.0, atol=0.0):
    assert set(expected) <= set(got)
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, rtol=rtol, atol=atol, err_msg=name)


# ---- The numbers -----------------------------------------------------------------------------------------------------


@given(problem=problems())
def test_the_trace_of_a_network_is_its_step_to_the_last_bit(problem):
    update = Update.of(step_of(problem))
    assert (update.theta == problem.theta - 0.1 * problem.gradient()).all()


@given(problem=problems(), optimizer=OPTIMIZERS, seed=cases.SEEDS)
def test_the_trace_of_a_step_is_what_the_optimizer_does_to_the_last_bit(problem, optimizer, seed):
    memory = np.abs(np.random.default_rng(seed).normal(size=optimizer.start(problem.net).shape))
    theta, after = problem.theta.copy(), memory.copy()
    update = Update.of(step_of(problem, optimizer, t=7, memory=memory))
    optimizer.step(problem.net, theta, after, problem.gradient(), 0.1, 7)
    assert update.theta.tobytes() == theta.tobytes()
    assert update.memory.tobytes() == after.tobytes()


@given(problem=problems(), optimizer=OPTIMIZERS)
def test_the_script_recomputes_every_number_with_numpy_alone(problem, optimizer):
    trace = trace_of(step_of(problem, optimizer, t=3))
    assume(np.isfinite(trace.loss_after))
    assert_same_arrays(recomputed(trace), trace.arrays, rtol=1e-8, atol=1e-9)  # Adam divides by rounding near 0


@pytest.mark.parametrize("optimizer", [Optimizer(), Optimizer("adam", max_norm=0.8)])
def test_the_script_keeps_the_signs_of_weights(optimizer):
    net, rng = Architecture((3, 4, 3, 1), "tanh", bins=(0, 2), signs=(1, -1)), np.random.default_rng(0)
    theta = np.clip(rng.normal(size=net.n_parameters), *net.bounds)
    step = Step(net, theta, rng.normal(size=(4, 2)), rng.normal(size=(4, 1)), 0.5, 4.0, optimizer=optimizer)
    step = replace(step, memory=optimizer.start(net))
    trace, free = (trace_of(one) for one in (step, replace(step, architecture=replace(net, signs=()))))
    assert_same_arrays(recomputed(trace), trace.arrays, rtol=1e-8, atol=1e-9)
    assert (trace.arrays["W2_new"] != free.arrays["W2_new"]).any()


def test_the_script_needs_numpy_and_nothing_else(tmp_path):
    net, x, y = on_paper()
    file = tmp_path / "step.py"
    file.write_text(net.trace_step(x, y).to_numpy_code(), encoding="utf-8")
    code = f"import sys; sys.modules['scipy'] = sys.modules['glassnet'] = None; exec(open({str(file)!r}).read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    before, after = map(float, re.findall(r"[\d.]+", done.stdout)[-2:])
    assert (round(before, 4), round(after, 4)) == (0.0349, 0.0154)


def test_the_page_of_paper_stage_by_stage():
    net, x, y = on_paper()
    trace = net.trace_step(x, y, learning_rate=0.1)
    assert trace.stage("aggregate", 2).output.round(4).tolist() == [[0.4, -0.59, 0.64]]
    assert trace.stage("activate", 2).output.round(4).tolist() == [[0.3799, -0.5299, 0.5649]]
    assert trace.stage("delta_output", 3).output.round(4).tolist() == [[-0.2641]]
    assert trace.stage("delta_hidden", 2).output.round(4).tolist() == [[-0.2034, 0.114, -0.0719]]
    assert trace.prediction_before.round(4).tolist() == [[0.9359]]
    assert trace.prediction_after.round(4).tolist() == [[1.0246]]
    assert (round(trace.loss_before, 4), round(trace.loss_after, 4)) == (0.0349, 0.0154)


def test_stages_follow_the_six_steps_of_the_tutorial():
    trace = Network((2, 3, 4, 1)).trace_step([[1.0, 2.0]], [[1.0]])
    assert [(stage.step, stage.id, stage.layer) for stage in trace.stages] == [
        (1, "input", 1),
        *[(2, id, layer) for layer in (2, 3, 4) for id in ("aggregate", "activate")],
        (3, "loss", None),
        (3, "delta_output", 4),
        *[(4, "delta_hidden", layer) for layer in (3, 2)],
        *[(5, id, layer) for id in ("gradient", "penalty") for layer in (2, 3, 4)],
        *[(6, "update", layer) for layer in (2, 3, 4)],
        (6, "result", None),
    ]


@given(problem=problems())
def test_a_gradient_is_the_sum_of_outer_products_divided_by_the_weight(problem):
    trace = trace_of(step_of(problem))
    for layer in problem.net.slices:
        stage = trace.stage("gradient", layer)
        outer, w = stage.outputs[f"outer{layer}"], stage.inputs["w"]
        rows = zip(stage.inputs[f"A{layer - 1}"], stage.inputs[f"Delta{layer}"], strict=True)
        assert (outer == [np.outer(a, delta) for a, delta in rows]).all()
        np.testing.assert_allclose(stage.output, outer.sum(axis=0) / w, rtol=1e-9, atol=1e-12)


def test_outer_products_of_many_rows_and_weights_are_left_out(monkeypatch):
    monkeypatch.setattr("glassnet.network.stages_update.MOST_OUTER", 20)
    trace = Network((2, 3, 1), random_state=0).trace_step(np.ones((4, 2)), np.ones((4, 1)))
    assert not [name for name in trace.arrays if name.startswith("outer")]
    assert "too many to list" in trace.stage("gradient", 2).note
    assert_same_arrays(recomputed(trace), trace.arrays, rtol=1e-12)


@given(problem=problems())
def test_data_gradient_and_penalty_stand_apart_and_are_summed(problem):
    trace, arrays = trace_of(step_of(problem)), trace_of(step_of(problem)).arrays
    for layer, (W, _) in problem.net.layers(problem.theta).items():
        stage = trace.stage("penalty", layer)
        pull = (problem.penalty.alpha * W + problem.penalty.l1 * np.sign(W)) / arrays["w"]
        np.testing.assert_allclose(stage.outputs[f"rW{layer}"], pull, rtol=1e-12)
        assert (stage.output == stage.inputs[f"dW{layer}"] + stage.outputs[f"rW{layer}"]).all()
        assert (stage.outputs[f"gb{layer}"] == stage.inputs[f"db{layer}"]).all()


def test_a_switched_off_neuron_shows_its_mask_and_factor():
    trace = Network((2, 4, 1), dropout=0.5, random_state=0).trace_step([[1.0, 2.0]], [[1.0]], masks={2: [[0, 2, 2, 0]]})
    stage = trace.stage("activate", 2)
    assert stage.inputs["M2"].tolist() == [[0, 2, 2, 0]]
    assert stage.inputs["factor2"] == 2
    assert "switches 2 of the 4 answers off" in stage.note
    assert stage.output[0, [0, 3]].tolist() == [0, 0]


def test_where_all_neurons_are_off_none_is_said_to_be_louder():
    trace = Network((2, 4, 1), dropout=0.5, random_state=0).trace_step([[1.0, 2.0]], [[1.0]], masks={2: [[0] * 4]})
    stage = trace.stage("activate", 2)
    assert "factor2" not in stage.inputs
    assert stage.note.endswith("Dropout switches 4 of the 4 answers off (0 in M2).")


def test_float32_stays_float32():
    net = Architecture((3, 4, 1), "tanh", dropout=0.5)
    for optimizer in (Optimizer(), Optimizer("adam", parametrization="ntk", weight_decay=0.1, max_norm=0.5)):
        rng = np.random.default_rng(0)
        theta, X, Y = (rng.normal(size=shape).astype(np.float32) for shape in (net.n_parameters, (2, 3), (2, 1)))
        memory, masks = optimizer.start(net, "float32"), {2: np.full((2, 4), 2.0)}
        trace = trace_of(Step(net, theta, X, Y, 0.1, 2.0, optimizer=optimizer, memory=memory, masks=masks))
        floats = {name: a.dtype.name for name, a in trace.arrays.items() if a.ndim and name != "M2"}
        assert set(floats.values()) == {"float32"}
        assert_same_arrays(recomputed(trace), trace.arrays, rtol=1e-5, atol=1e-6)


# ---- Commit ----------------------------------------------------------------------------------------------------------


def test_nothing_changes_before_commit_and_commit_is_the_step():
    net, x, y = on_paper()
    other, before = on_paper()[0], net.theta.copy()
    trace = net.trace_step(x, y, learning_rate=0.1)
    assert (net.theta == before).all()
    trace.commit()
    other.step(x, y, learning_rate=0.1)
    assert net.theta.tobytes() == other.theta.tobytes()


def test_the_traced_step_of_rows_with_weights_and_masks_is_the_step():
    rng, masks = np.random.default_rng(0), {2: np.array([[0, 2, 2], [2, 0, 2], [2, 2, 0.0]])}
    rows = {"X": rng.normal(size=(3, 2)), "Y": rng.normal(size=(3, 1)), "sample_weight": [2, 0, 5], "masks": masks}
    traced, stepped = (Network((2, 3, 1), dropout=0.5, alpha=0.1) for _ in range(2))
    traced.trace_step(**rows, learning_rate=0.3).commit()
    stepped.step(**rows, learning_rate=0.3)
    np.testing.assert_array_equal(traced.theta, stepped.theta)


@pytest.mark.parametrize(("rate", "verb"), [(0.01, "fell"), (100.0, "rose"), (0.0, "stayed")])
def test_the_last_stage_says_which_way_the_objective_went(rate, verb):
    net, x, y = on_paper()
    assert f"the objective of these rows {verb} from" in net.trace_step(x, y, rate).stages[-1].note


def test_a_step_can_be_committed_once():
    net, x, y = on_paper()
    trace = net.trace_step(x, y, learning_rate=0.0)  # the weights stay, and yet
    trace.commit()
    with pytest.raises(InputError, match=r"it was committed before\. Call trace_step again"):
        trace.commit()


def test_a_step_from_weights_that_have_changed_is_refused():
    net, x, y = on_paper()
    trace = net.trace_step(x, y)
    net.theta[0] += 1
    changed = net.theta.copy()
    with pytest.raises(InputError, match="the weights of the network have changed") as error:
        trace.commit()
    assert error.value.error_id == "E242"
    assert (net.theta == changed).all()


def test_what_a_trace_shows_cannot_be_changed_nor_changes_with_the_network():
    net, x, y = on_paper()
    mask = np.full((1, 3), 2.0)
    trace = net.trace_step(x, y, masks={2: mask})
    before = trace.to_json()
    net.theta[:], x[:], y[:], mask[:] = 9, 9, 9, 0
    assert trace.to_json() == before
    with pytest.raises(ValueError, match="read-only"):
        trace.arrays["W2"][0, 0] = 1


@pytest.mark.parametrize("masks", [{3: np.ones((1, 1))}, {0: np.ones((1, 2))}, {2: np.ones((1, 2))}, {2: np.ones(3)}])
def test_masks_of_another_shape_are_refused(masks):
    net, x, y = on_paper()
    with pytest.raises(InputError, match="masks has an entry of shape"):
        net.trace_step(x, y, masks=masks)


# ---- JSON ------------------------------------------------------------------------------------------------------------


@given(problem=problems(), optimizer=OPTIMIZERS)
@settings(max_examples=30)
def test_json_keeps_every_bit(problem, optimizer):
    trace = trace_of(step_of(problem, optimizer))
    back = StepTrace.from_json(trace.to_json())
    assert [replace_arrays(stage) for stage in back.stages] == [replace_arrays(stage) for stage in trace.stages]
    for name, array in trace.arrays.items():
        assert back.arrays[name].dtype == array.dtype
        assert back.arrays[name].tobytes() == np.ascontiguousarray(array).tobytes()
    assert (back.facts, back.remarks, back.labels) == (trace.facts, trace.remarks, trace.labels)
    assert (str(back), back.to_numpy_code()) == (str(trace), trace.to_numpy_code())


def replace_arrays(stage):
    return replace(stage, inputs={name: np.empty(0) for name in stage.inputs}, outputs={}).__repr__()


def test_numbers_that_json_does_not_know_come_back():
    stage = Stage(
        "x", 1, None, "", "", "", "", "", {"a": np.array([np.nan, np.inf, -np.inf, -0.0])}, {"b": np.array(1)}
    )
    texts = Stage("y", 1, None, "", "", "", "", "", {"c": np.array(["nan", None, 1.5, True], dtype=object)}, {})
    trace = StepTrace((stage, texts), {})
    json.loads(trace.to_json(), parse_constant=pytest.fail)
    back = StepTrace.from_json(trace.to_json()).arrays
    assert back["a"].tobytes() == stage.inputs["a"].tobytes()
    assert back["c"].tolist() == ["nan", None, 1.5, True]


def test_every_float32_and_long_arrays_come_back_from_json_and_from_a_script():
    rng = np.random.default_rng(0)
    bits = np.frombuffer(rng.bytes(4 * 20_000), np.float32)
    arrays = {"a": bits[np.isfinite(bits)][:, None].copy(), "b": rng.normal(size=(50, 30)), "c": np.arange(2000)}
    trace = StepTrace((Stage("x", 1, None, "", "", "", "d = a", "", arrays, {}),), {})
    back, names = StepTrace.from_json(trace.to_json()).arrays, {}
    exec(trace.to_numpy_code().rpartition("print")[0], names)
    for name, array in arrays.items():
        assert back[name].tobytes() == names[name].tobytes() == array.tobytes()
        assert back[name].shape == names[name].shape == array.shape


def test_a_trace_from_a_file_cannot_be_committed():
    net, x, y = on_paper()
    with pytest.raises(InputError, match="read from a file and belongs to no network"):
        StepTrace.from_json(net.trace_step(x, y).to_json()).commit()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "this trace has version 2, and this glassnet reads traces up to version 1. Install a newer"),
        ({"format": "other"}, "no trace of glassnet: it does not say that it is one"),
        ({"arrays": {}}, "no trace of glassnet: 'X'"),
        ({"version": "x"}, "no trace of glassnet"),
        ({"arrays": {"X": {"dtype": "O8", "shape": [1], "values": [1]}}}, "'O8' is no type of its arrays"),
        ({"arrays": {"X": {"dtype": "float64", "shape": [3], "values": [1]}}}, "cannot reshape"),
        ({"arrays": {"X": {"dtype": "float64", "shape": [1], "values": [10**400]}}}, "no trace of glassnet: int too"),
        ({"facts": {"rows": float("nan")}}, "no trace of glassnet: NaN is no number of JSON"),
        ({"stages": 7}, "no trace of glassnet"),
    ],
)
def test_what_is_no_trace_is_refused_in_words(change, says):
    net, x, y = on_paper()
    document = json.loads(net.trace_step(x, y).to_json()) | change
    with pytest.raises(InputError, match=re.escape(says)) as error:
        StepTrace.from_json(json.dumps(document))
    assert error.value.error_id == "E243"
    for text in ("", "[]", "{", "[" * 100_000):
        with pytest.raises(InputError, match="no trace of glassnet"):
            StepTrace.from_json(text)


# ---- For readers -----------------------------------------------------------------------------------------------------


def test_every_activation_and_loss_has_its_words():
    assert set(FORMULAS) == {*ACTIVATIONS, "exp", "softmax"}
    assert set(LOSSES) == {loss.name for loss in cases.LOSSES}
    functions = {*FORMULAS, *LOSSES, *(f"{name}_slope" for name in (*ACTIVATIONS, *LOSSES))}
    assert functions <= set(ROUTINES)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_scripts_functions_are_those_of_the_network(name, dtype):
    """Not far from 0, where the plain formulas lose no digits."""
    names = {}
    exec("import math\nimport numpy as np\n" + "\n".join(ROUTINES.values()), names)
    Z = np.linspace(-9, 9, 1001, dtype=dtype).reshape(7, 143)
    for function, truth in ((names[name], "value"), (names[f"{name}_slope"], "slope")):
        got, expected = function(Z), getattr(ACTIVATIONS[name], truth)(Z)
        assert got.dtype == Z.dtype
        np.testing.assert_allclose(got, expected, rtol={"float32": 3e-5, "float64": 1e-12}[dtype], atol=1e-7)


def test_every_stage_says_what_it_does():
    net = Network((2, 3, 1), dropout=0.5, alpha=0.1, random_state=0)
    for stage in net.trace_step([[1.0, 2.0]], [[1.0]], masks={2: [[0, 2, 2]]}).stages:
        assert stage.note.endswith((".", "?")), stage.id
        assert len(stage.note.split()) >= 5, stage.id
        assert all((stage.title, stage.equation_tex, stage.equation_text, stage.code)), stage.id
        for sign, other in ("{}", "()"):
            assert stage.equation_tex.count(sign) == stage.equation_tex.count(other), stage.equation_tex


def test_a_large_network_still_fits_a_terminal():
    trace = Network((50, 80, 70, 3), random_state=0).trace_step(np.ones((40, 50)), np.ones((40, 3)))
    lines = str(trace).splitlines()
    assert max(map(len, lines)) <= 110
    assert len(lines) < 320
    assert "..." in str(trace)


def test_a_table_for_a_notebook_escapes_what_is_in_it():
    net, x, y = on_paper()
    trace = replace(
        net.trace_step(x, y), labels={"X": ("<script>", "b&b")}, remarks=("<b>",), facts={"<i>": "</table>"}
    )
    for page in (trace._repr_html_(), trace.to_html()):
        assert "&lt;script&gt; = 0.8, b&amp;b = -0.5" in page
        assert "&lt;b&gt;" in page
        assert not re.search("<script>|<i>|<p>! <b>", page)
        assert page.count("</table>") == 1
    assert "http" not in trace.to_html()


def test_a_name_cannot_steer_the_terminal_nor_leave_a_comment():
    net, x, y = on_paper()
    trace = replace(
        net.trace_step(x, y), labels={"X": ("a\x1b[2J", "b\nc")}, facts={"name": "x\nimport os\x1b"}, remarks=("\x1b",)
    )
    assert "\x1b" not in str(trace)
    assert "import os" not in trace.to_numpy_code().splitlines()


def test_a_stage_that_does_not_exist_is_named():
    net, x, y = on_paper()
    trace = net.trace_step(x, y)
    with pytest.raises(InputError, match=r"no stage 'agregate' of layer 2\. Did you mean 'aggregate'\?"):
        trace.stage("agregate", 2)
    with pytest.raises(InputError, match=re.escape("no stage 'update' of layer 4. It has the layers [2, 3].")):
        trace.stage("update", 4)
