"""Ctrl-C once and twice in every stage: what is left is whole, what is said is true, and the exit code is 130."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from glassnet import load
from glassnet.cli import evaluation, train
from glassnet.engine import compiled
from glassnet.export.run_folder import RunFolder

from .conftest import QUICK, plain

PATIENCE = 60  # seconds until something is wrong
RUN = ("houses.csv", "--target", "price", "--drop", "city", "weight", *QUICK, "-o", "run")
KNOWN = ("--n-members", "1", "--dropout", "0", "--bins", "4")  # nothing is tried out


@pytest.fixture(autouse=True)
def signals_as_in_a_shell():
    """Whoever starts the tests may have turned the signal off."""
    before, threads = signal.signal(signal.SIGINT, signal.default_int_handler), set(threading.enumerate())
    yield
    signal.signal(signal.SIGINT, before)
    for thread in set(threading.enumerate()) - threads:  # what was stopped stands still before the next test begins
        thread.join(10)


def press(*_, **__):
    signal.raise_signal(signal.SIGINT)


def test_while_the_table_is_read_nothing_is_written():
    """In a process that waits for its table on stdin."""
    words = ["train", "-", "--target", "y"]
    before = sorted(os.listdir())
    process = subprocess.Popen(
        [sys.executable, "-c", f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
         "from glassnet.cli import main, source\nread = source.Source.of\n"
         "source.Source.of = lambda name: print('reads', flush=True) or read(name)\n"
         f"raise SystemExit(main({words!r}))"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "reads\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, "\nStopped. Nothing was written.\n")
    assert sorted(os.listdir()) == before


def compiled_with(presses):
    """A compiler in which Ctrl-C is pressed so often, and that takes its time."""
    left = [presses]

    def slow(source):
        while left[0]:
            left[0] -= 1
            press()
            time.sleep(0.5)
        return plain(source)

    return slow


def test_once_while_the_engine_is_compiled_an_epoch_is_learnt_and_saved(glassnet, houses, monkeypatch):
    monkeypatch.setattr(compiled, "compile_source", compiled_with(1))
    answer = glassnet("train", *RUN, *KNOWN, "--activation", "selu")  # which no other test has compiled
    assert answer.code == 130
    assert "Finishing this epoch, then saving. Ctrl-C again stops at once." in answer.err
    assert re.search(r"1 epoch, stopped by Ctrl-C\.", answer.out)
    assert "Go on: glassnet train --resume run\n" in answer.out
    assert load("run/model.glassnet").n_iter_ == 1


def test_twice_while_the_engine_is_compiled_nothing_is_left(glassnet, houses, monkeypatch):
    monkeypatch.setattr(compiled, "compile_source", compiled_with(2))
    answer = glassnet("train", *RUN, *KNOWN, "--activation", "elu")  # which no other test has compiled
    assert answer.code == 130
    assert answer.err.endswith("\nStopped. Nothing was written.\n")
    assert not Path("run/model.glassnet").exists()
    assert not Path("run/data.json").exists()


def test_while_the_model_is_judged_training_can_be_taken_up_at_its_end(glassnet, houses, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(train, "compare", press)
        answer = glassnet("train", *RUN, *KNOWN)
    assert answer.code == 130
    assert answer.err.endswith("\nStopped. run holds the losses, and no model.\nGo on:  glassnet train --resume run\n")
    assert glassnet("train", "--resume", "run").code == 0
    assert load("run/model.glassnet").n_iter_ == 5


def test_while_the_report_is_drawn_the_run_is_complete_but_for_it(glassnet, houses, monkeypatch):
    monkeypatch.setenv("GLASSNET_TRAIN_NO_REPORT", "false")
    monkeypatch.setattr(train, "report_of", press)
    answer = glassnet("train", *RUN, *KNOWN)
    assert answer.code == 130
    assert answer.err.endswith(
        "\nStopped. run holds the model and its scores, and no report.\nGo on:  glassnet report run\n"
    )
    run = RunFolder(Path("run"))
    assert run.metrics["training"]["interrupted"] is False
    assert load("run/model.glassnet").n_iter_ == 5
    assert not run.has_checkpoint


def test_in_json_too_the_answer_is_one_document(glassnet, houses, monkeypatch):
    monkeypatch.setattr(evaluation, "metrics_of", press)
    answer = glassnet("train", *RUN, *KNOWN, "--json")
    assert answer.code == 130
    assert json.loads(answer.out)["error"] == {
        "id": None, "exit": 130, "message": "Stopped. run holds the losses, and no model.",
        "fix": "Go on:  glassnet train --resume run",
    }  # fmt: skip


def test_once_while_settings_are_tried_every_member_learns_an_epoch(glassnet, houses, monkeypatch):
    monkeypatch.setattr(compiled, "compile_source", compiled_with(1))
    answer = glassnet("train", *RUN, "--n-members", "2", "--activation", "leaky_relu")
    assert answer.code == 130
    assert "stopped by Ctrl-C" in answer.out
    assert [len(network.theta) > 0 for network in load("run/model.glassnet").networks_] == [True, True]
