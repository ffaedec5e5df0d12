"""A run that was killed goes on in its folder, and ends as if nothing had been."""

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from glassnet import load
from glassnet.export.checkpoint import Checkpoint
from glassnet.export.run_folder import CHECKPOINTS, RunFolder

from .test_train import PRICE, press_ctrl_c

RUN = Path("run")
FIT = (
    *PRICE,
    "--hidden",
    "3",
    "--epochs",
    "12",
    "--patience",
    "inf",
    "--n-members",
    "2",
    "--eta",
    "0.01",
    "--no-report",
)


def trained(glassnet, *words):
    answer = glassnet("train", *words)
    assert answer.code == 0, answer
    return answer


def thetas(path):
    return [network.theta.tobytes() for network in load(path / "model.glassnet").networks_]


def curves(path):
    """The log of epochs without the seconds."""
    return {
        network: [{name: value for name, value in entry.items() if name != "seconds"} for entry in entries]
        for network, entries in RunFolder(path).history().items()
    }


def assert_same_run(path, other):
    assert thetas(path) == thetas(other)
    assert curves(path) == curves(other)
    assert (path / "predictions_oof.csv").read_text() == (other / "predictions_oof.csv").read_text()
    assert {file.name for file in path.iterdir()} == {file.name for file in other.iterdir()}


def test_ctrl_c_and_resume_give_the_run_that_was_never_stopped(glassnet, houses, monkeypatch):
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, [9])
        stopped = glassnet("train", *FIT, "-o", RUN)
    assert stopped.code == 130
    assert "Go on: glassnet train --resume run\n" in stopped.out
    assert RunFolder(RUN).has_checkpoint
    trained(glassnet, "--resume", RUN)
    trained(glassnet, *FIT, "-o", "whole")
    assert_same_run(RUN, Path("whole"))
    assert len((RUN / "history.jsonl").read_text().splitlines()) == sum(map(len, RunFolder(RUN).history().values()))
    assert not RunFolder(RUN).has_checkpoint


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_sigkill_and_resume_give_the_run_that_was_never_stopped(glassnet, houses, monkeypatch):
    words = ["150" if word == "12" else word for word in FIT]
    trained(glassnet, *words, "-o", "whole")
    child = os.fork()
    if not child:
        try:
            monkeypatch.setattr(Checkpoint, "is_due", lambda self, n_epochs, seconds: True)
            glassnet("train", *words, "-o", RUN)
        finally:
            os._exit(1)
    end = time.perf_counter() + 60
    while not (RUN / CHECKPOINTS[1]).exists() and time.perf_counter() < end:
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    with (RUN / "history.jsonl").open("a") as log:
        log.write('{"network": 0, "epo')  # as a process that is killed may leave it
    assert 1 <= max(len(entries) for entries in RunFolder(RUN).history().values()) < 150
    trained(glassnet, "--resume", RUN)
    assert_same_run(RUN, Path("whole"))


def test_other_settings_are_refused_and_the_run_stays(glassnet, houses, monkeypatch):
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, [5])
        assert glassnet("train", *FIT, "-o", RUN).code == 130
    refused = glassnet("train", "--resume", RUN, "--eta", "0.5")
    assert refused.code == 7
    assert "fit with other settings" in refused.err
    changed = houses.assign(price=houses["price"] + np.arange(len(houses)))
    changed.to_csv("houses.csv", index=False)
    refused = glassnet("train", "--resume", RUN)
    assert refused.code == 7
    assert "fit with other rows" in refused.err
    assert RunFolder(RUN).has_checkpoint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--resume", "nothing"), "no run folder"),
        (("--resume", "done"), "has ended"),
        (("--resume=done", "-o", "other"), "has ended"),
    ],
)
def test_what_cannot_go_on_is_refused(glassnet, houses, words, said):
    trained(glassnet, *FIT, "-o", "done")
    refused = glassnet("train", *words, "--json")
    assert (refused.code, refused.error["id"]) == (2, "E310")
    assert said in refused.error["message"]


def test_a_checkpoint_is_left_if_asked_for(glassnet, houses):
    trained(glassnet, *FIT, "-o", RUN, "--keep-checkpoint")
    before = thetas(RUN)
    answer = trained(glassnet, "--resume", RUN, "--json")
    assert json.loads(answer.out)
    assert thetas(RUN) == before
    assert RunFolder(RUN).has_checkpoint  # the settings of the run ask for it
    trained(glassnet, "--resume", RUN, "--keep-checkpoint=false")
    assert thetas(RUN) == before
    assert not RunFolder(RUN).has_checkpoint
