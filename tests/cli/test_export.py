import os
import sys
from importlib.util import find_spec
from pathlib import Path
from subprocess import run

import numpy as np
import pandas as pd
import pytest

from glassnet.export import deploy
from glassnet.export.c_compiler import compiler

from .conftest import LONE

needs_onnx = pytest.mark.skipif(find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C compiler here")


def test_a_model_becomes_a_file_with_its_name(glassnet, model):
    answer = glassnet("export", model, "--to", "numpy")
    assert answer.code == 0, answer.err
    first, second, third = answer.out.splitlines()
    assert first.startswith("Self-test: 100 rows within 1e-05 of predict, the farthest ")
    assert second.startswith("Wrote houses.py (")
    assert third == "Use   python -c 'from houses import predict; help(predict)'"
    done = run([sys.executable, "houses.py"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "self-test passed\n")


@pytest.mark.parametrize("name", ["houses.numpy", "my-model.py", "sub/houses.py"])
def test_a_file_that_python_cannot_import_by_its_name_has_no_such_advice(glassnet, model, name):
    Path("sub").mkdir(exist_ok=True)
    answer = glassnet("export", model, "--to", "numpy", "-o", name)
    assert answer.code == 0, answer.err
    assert "import" not in answer.out


@needs_compiler
def test_the_c_program_prints_what_glassnet_predict_prints(glassnet, model):
    assert glassnet("export", model, "--to", "c", "-o", "scorer.c").code == 0
    assert run([compiler(), "-std=c99", "-o", "scorer", "scorer.c", "-lm"]).returncode == 0
    with open("c.csv", "w") as found:
        assert run(["./scorer", "houses.csv"], stdout=found).returncode == 0
    assert glassnet("predict", model, "houses.csv", "-o", "python.csv").code == 0
    c, python = pd.read_csv("c.csv"), pd.read_csv("python.csv")
    assert list(c.columns) == list(python.columns)
    assert np.allclose(c, python, rtol=1e-6)


@needs_onnx
def test_json_says_what_was_written_and_tested(glassnet, model):
    facts = glassnet("export", model, "--to", "onnx", "--json").facts
    assert facts["output"] == "houses.onnx"
    assert facts["bytes"] == os.path.getsize("houses.onnx")
    assert facts["self_test"]["rows"] == 100
    assert facts["self_test"]["largest"] <= facts["self_test"]["bound"] == 1e-5
    assert facts["self_test"]["tested"] is True


def test_an_existing_file_is_kept_without_force(glassnet, model):
    for path in ("scorer.py", model):
        open(path, "ab").close()
    answer = glassnet("export", model, "--to", "numpy", "-o", "scorer.py")
    assert (answer.code, os.path.getsize("scorer.py")) == (5, 0)
    assert "error[E502]: scorer.py exists already" in answer.err
    assert glassnet("export", model, "--to", "numpy", "-o", "scorer.py", "--force").code == 0
    assert glassnet("export", model, "--to", "numpy", "-o", model, "--force", "--json").error["id"] == "E504"


def test_what_goes_wrong_is_told_in_words(glassnet, model, monkeypatch):
    answer = glassnet("export", model, "--to", "rust")
    assert answer.code == 2
    assert 'Choose from: "c", "numpy", "onnx"' in answer.err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    answer = glassnet("export", model, "--to", "onnx", "--json")
    assert (answer.code, answer.error["id"]) == (2, "E304")
    assert answer.error["message"] == 'export to ONNX needs the extra "onnx": pip install "glassnet[onnx]"'


@needs_onnx
def test_intervals_come_along_for_every_target(glassnet, houses):
    words = ("--target", "price", "--drop", "city", "weight", "--hidden", "3", "--epochs", "5", "--n-members", "2")
    assert glassnet("train", "houses.csv", *words, *LONE).code == 0
    for to in ("numpy", "onnx"):
        facts = glassnet("export", "houses.glassnet", "--to", to, "--interval", "0.8", "--adaptive", "--json").facts
        assert (facts["interval"], facts["adaptive"]) == (0.8, True)
    answer = glassnet("export", "houses.glassnet", "--to", "c", "--adaptive", "--json")
    assert (answer.code, answer.error["id"]) == (2, "E301")


@pytest.mark.parametrize("interval", ["0", "1", "1.5", "-0.1", "nan"])
def test_an_interval_that_is_no_probability_is_a_mistake_of_usage_as_in_predict(glassnet, model, interval):
    for words in (("export", model, "--to", "numpy"), ("predict", model, "houses.csv")):
        answer = glassnet(*words, f"--interval={interval}", "--json")
        assert (answer.code, answer.error["id"]) == (2, "E301")
        assert answer.error["message"] == f"--interval {float(interval):g} is not between 0 and 1"


def test_intervals_that_need_more_rows_than_the_model_had_say_that_there_are_too_few(glassnet, houses):
    assert glassnet("train", "houses.csv", "--target", "price", "--epochs", "2", "--n-members", "2", *LONE).code == 0
    for words in (("export", "houses.glassnet", "--to", "numpy"), ("predict", "houses.glassnet", "houses.csv")):
        answer = glassnet(*words, "--interval", "0.9999", "--json")
        assert (answer.code, answer.error["id"]) == (3, "E104")


def test_an_export_that_disagrees_ends_with_an_error_and_no_file(glassnet, model, monkeypatch):
    right = deploy.TARGETS["numpy"]

    def wrong(scorer, trial):
        data, found, tested = right(scorer, trial)
        return data, found * 1.001, tested

    monkeypatch.setitem(deploy.TARGETS, "numpy", wrong)
    answer = glassnet("export", model, "--to", "numpy", "--json")
    assert (answer.code, answer.error["id"]) == (5, "E506")
    assert "the NumPy export does not agree with predict: prediction of row 0" in answer.error["message"]
    assert not os.path.exists("houses.py")


def test_without_a_compiler_the_check_is_said_to_be_skipped(glassnet, model, monkeypatch):
    monkeypatch.setattr("glassnet.export.c_compiler.compiler", lambda: None)
    answer = glassnet("export", model, "--to", "c")
    assert answer.code == 0
    assert "(skipped: the same steps were run in NumPy)" in answer.out
    assert "! there is no C compiler here" in answer.err
