"""What is exported says what the model says, or is not written."""

import os
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from glassnet import GlassNetRegressor, export_model
from glassnet.errors import InputError, OutputError, SettingError
from glassnet.export import c_compiler, deploy

from .scored import COVERAGE, MODELS, NUMBERS, TARGET, TINY, model_of, regressor, scorer_and_trial

needs_compiler = pytest.mark.skipif(c_compiler.compiler() is None, reason="no C compiler here")
needs_onnx = pytest.mark.skipif(find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
MARKS = {"c": needs_compiler, "numpy": (), "onnx": needs_onnx}
every_target = pytest.mark.parametrize("to", [pytest.param(to, marks=marks) for to, marks in MARKS.items()])


IN_C = "two classes"  # tests/export/test_c_code.py has the others
PAIRS = [(IN_C, "c"), *((name, to) for to in ("numpy", "onnx") for name in MODELS)]
PAIRS.remove(("every activation, float64", "onnx"))  # refused, see below


@pytest.mark.parametrize(("name", "to"), [pytest.param(name, to, marks=MARKS[to]) for name, to in PAIRS])
def test_every_model_passes_the_self_test_of_every_target(tmp_path, name, to):
    done = export_model(model_of(name), tmp_path / "scorer", to, COVERAGE.get(name))
    assert (done.n_rows, done.to, done.tested) == (100, to, True)
    assert 0 <= done.largest <= done.bound == (1e-9 if name.endswith("float64") else 1e-5)
    assert os.listdir(tmp_path) == ["scorer"]


@every_target
@pytest.mark.parametrize("name", COVERAGE)
def test_adaptive_intervals_pass_the_self_test_of_every_target(tmp_path, name, to):
    done = export_model(model_of(name), tmp_path / "scorer", to, COVERAGE[name], adaptive=True)
    assert done.tested
    assert done.largest <= 1e-5


def with_another_spread(scorer):
    """The same scorer whose last member takes its errors to be a little larger."""
    *others, member = scorer.members
    wider = replace(member.spreads, b=member.spreads.b + 0.01, limits=member.spreads.limits + 0.01)
    return replace(scorer, members=(*others, replace(member, spreads=wider)))


@every_target
def test_a_spread_that_disagrees_is_found_by_the_self_test(tmp_path, monkeypatch, to):
    right = deploy.TARGETS[to]
    monkeypatch.setitem(deploy.TARGETS, to, lambda scorer, trial: right(with_another_spread(scorer), trial))
    with pytest.raises(OutputError, match=r"(does not agree with predict|did not pass).* No file was written"):
        export_model(model_of("mixed columns, intervals"), tmp_path / "scorer", to, 0.8, adaptive=True)


def tampered(scorer):
    """The same scorer with one weight of the last member's last layer a little larger."""
    *others, member = scorer.members
    *layers, last = member.layers
    W = last.W.copy()
    W[0, 0] += 0.01
    return replace(scorer, members=(*others, replace(member, layers=(*layers, replace(last, W=W)))))


@every_target
def test_a_file_that_disagrees_is_not_written_and_an_older_one_stays(tmp_path, monkeypatch, to):
    right = deploy.TARGETS[to]
    monkeypatch.setitem(deploy.TARGETS, to, lambda scorer, trial: right(tampered(scorer), trial))
    model = regressor(NUMBERS, TARGET, **TINY)
    with pytest.raises(
        OutputError, match=r"(does not agree with predict|did not pass).* No file was written"
    ) as reason:
        export_model(model, tmp_path / "new", to)
    assert reason.value.error_id == "E506"
    (tmp_path / "old").write_text("older")
    with pytest.raises(OutputError):
        export_model(model, tmp_path / "old", to)
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "older"


def test_without_a_compiler_a_c_file_is_written_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(c_compiler.shutil, "which", lambda name: None)
    model = model_of("two classes")
    with pytest.warns(UserWarning, match="no C compiler here .* --self-test"):
        done = export_model(model, tmp_path / "scorer.c")
    assert not done.tested
    monkeypatch.setattr(deploy, "scorer_of", lambda *args: tampered(deploy_scorer(*args)))
    with pytest.warns(UserWarning, match="no C compiler"), pytest.raises(OutputError, match="does not agree"):
        export_model(model, tmp_path / "other.c")
    assert os.listdir(tmp_path) == ["scorer.c"]


deploy_scorer = deploy.scorer_of


@needs_compiler
def test_what_does_not_compile_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(deploy.c_code, "c_code", lambda scorer, trial: "int main(void) { return nothing; }\n")
    with pytest.raises(OutputError, match="the C export did not pass") as reason:
        export_model(model_of("two classes"), tmp_path / "scorer.c")
    assert reason.value.error_id == "E506"
    assert os.listdir(tmp_path) == []


def test_a_missing_extra_is_one_line_that_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingError) as reason:
        export_model(model_of("two classes"), tmp_path / "scorer.onnx", "onnx")
    assert str(reason.value) == 'export to ONNX needs the extra "onnx": pip install "glassnet[onnx]"'
    assert reason.value.error_id == "E304"


@every_target
def test_ends_of_intervals_that_would_cross_pass_the_self_test(tmp_path, to):
    model = model_of("several targets, intervals")
    ends = model.predict_interval(NUMBERS, 0.02)
    assert (ends[:, :, 0] == ends[:, :, 1]).any()
    export_model(model, tmp_path / "scorer", to, interval=0.02)


def test_what_cannot_be_exported_is_refused_in_words(tmp_path):
    model = model_of("mixed columns, intervals")
    with pytest.raises(SettingError, match=r"to='onxn' is no target of an export.*Did you mean 'onnx'"):
        export_model(model, tmp_path / "scorer", "onxn")
    with pytest.raises(SettingError, match="a Pipeline cannot be exported"):
        export_model(make_pipeline(model), tmp_path / "scorer")
    with pytest.raises(NotFittedError):
        export_model(GlassNetRegressor(), tmp_path / "scorer")
    with pytest.raises(InputError, match="coverage=2 is not between 0 and 1"):
        export_model(model, tmp_path / "scorer", interval=2)
    with pytest.raises(InputError, match="this model has none"):
        export_model(model_of("counts"), tmp_path / "scorer", interval=0.9)
    with pytest.raises(SettingError, match="this model predicts classes"):
        export_model(model_of("two classes"), tmp_path / "scorer", interval=0.9)
    with pytest.raises(SettingError, match="adaptive=True is about intervals, and none are asked for"):
        export_model(model, tmp_path / "scorer", adaptive=True)
    with pytest.raises(OutputError, match="cannot be written"):
        export_model(model, tmp_path / "no" / "scorer", "numpy")
    assert os.listdir(tmp_path) == []


@needs_onnx
def test_what_onnx_runtime_has_no_operator_for_is_refused(tmp_path):
    with pytest.raises(SettingError, match="gelu in float64"):
        export_model(model_of("every activation, float64"), tmp_path / "scorer", "onnx")


def test_the_rows_of_the_self_test_hold_gaps_extremes_and_levels_that_nobody_has_seen():
    scorer, trial = scorer_and_trial("mixed columns, intervals", 0.8)
    cells = dict(zip([column.name for column in scorer.columns], zip(*trial.cells, strict=True), strict=True))
    assert "" in cells["size"]
    assert max(abs(float(x)) for x in cells["size"] if x.strip() and x != "NaN") > 1e150
    assert {"", "Oslo", "Rome", "Bonn"} < set(cells["city"])
    assert {"street 0", "street 39"} < set(cells["street"])
    assert any(cell not in scorer.columns[3].levels and cell for cell in cells["city"])
    assert {cell[:4] for cell in cells["sold"]} >= {"1920", "2120"} or any(
        cell.startswith("19") for cell in cells["sold"]
    )
    assert np.isfinite(trial.expected).all()
