"""The program as a user meets it: real processes, signals, a terminal, a pipe, disks that are full. No compiling."""

import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from glassnet import load

PATIENCE = 60  # seconds until something is wrong
TRAIN = ("train", "houses.csv", "--target", "price", "--drop", "city", "weight", "--hidden", "3", "--no-report")
LONG = ("--n-members", "1", "--epochs", "100000", "--patience", "inf", "--early-stopping", "-o", "run")
PLAIN = {"NUMBA_DISABLE_JIT": "1"}


def start(*words, **options):
    command = [sys.executable, "-m", "glassnet", *words]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen(command, env=os.environ | PLAIN, **options)


def wait_until(holds, process):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def epochs():
    file = Path("run/history.jsonl")
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_ctrl_c_once_saves_the_best_epoch_and_all_that_belongs_to_a_run(houses):
    process = start(*TRAIN, *LONG)
    wait_until(epochs, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert "Finishing this epoch, then saving. Ctrl-C again stops at once." in err
    assert re.search(r"Trained in \S+; best epoch \d+ restored; \d+ epochs?, stopped by Ctrl-C\.", out)
    assert load("run/model.glassnet").n_iter_ == epochs()
    assert '"interrupted": true' in Path("run/metrics.json").read_text()
    assert "Traceback" not in err


def test_ctrl_c_twice_stops_in_the_middle_of_an_epoch(houses):
    houses.sample(4000, replace=True, random_state=0).to_csv("houses.csv", index=False)  # an epoch takes a second
    process = start(*TRAIN, *LONG, "--batch-size", "1", "--bins", "32")
    wait_until(epochs, process)
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "\n"
    assert process.stderr.readline().startswith("Finishing this epoch")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.endswith("\nStopped. run holds the losses, and no model.\nGo on:  glassnet train --resume run\n")
    assert not Path("run/model.glassnet").exists()


def test_a_terminal_has_a_bar_and_a_pipe_has_plain_lines(houses):
    words = (*TRAIN, "--epochs", "30", "--n-members", "1", "--patience", "inf", "-o", "run", "--force")
    main, terminal = pty.openpty()
    process = start(*words, stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # which Linux raises when the other end is closed
        while part := os.read(main, 65536):
            shown += part
    os.close(main)
    assert process.wait(PATIENCE) == 0
    assert b"epoch " in shown
    assert b"\x1b[" in shown  # the bar moves
    _, err = start(*words).communicate(timeout=PATIENCE)
    assert re.match(r"Training  epoch 30/30  loss \S+\n", err)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", err)


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))  # as if the disk were full after 3 kB


@pytest.mark.parametrize(("words", "file"), [(("-o", "run"), "run"), (("-o", "m.glassnet"), "m.glassnet")])
def test_a_disk_that_fills_up_is_an_error_with_a_text(houses, words, file):
    Path("m.glassnet").write_text("the model before")
    process = start(*TRAIN, "--epochs", "3", "--patience", "inf", *words, preexec_fn=limited)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert re.search(rf"^error\[E501\]: '?{file}\S* cannot be written: File too large", err, re.MULTILINE)
    assert "Traceback" not in err
    assert Path("m.glassnet").read_text() == "the model before"
    assert not list(Path().glob("*.tmp"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_predictions_to_a_full_disk_are_an_error_with_a_text(model):
    process = start("predict", model, "houses.csv", "-o", "/dev/full")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert "error[E501]: '/dev/full' cannot be written: No space left on device" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(houses):
    Path("closed").mkdir(mode=0o500)
    for place in ("closed/run", "closed/m.glassnet"):
        process = start(*TRAIN, "-o", place)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 5
        assert err.startswith("error[E501]: ")


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00",
        bytes(range(256)) * 40,
        b"PAR1 not really",
        b"\x00" * 5000,
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.arrow", "t.csv.gz"])
def test_a_file_that_is_no_table_is_refused_with_a_text(glassnet, content, name):
    Path(name).write_bytes(content)
    answer = glassnet("train", name, "--target", "y")
    assert answer.code == 3, answer.err
    assert re.match(r"error\[E[12]\d\d\]: ", answer.err)
