"""Whatever the surroundings are: several processes, a clock that jumps, another country, odd names, closed folders."""

import errno
import locale
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import load
from glassnet.cli import place
from glassnet.cli.evaluation import metrics_of
from glassnet.export import atomic, claim
from glassnet.export.run_folder import RunFolder

from .conftest import LONE
from .test_process import PATIENCE, PLAIN, start, wait_until

SMALL = ("--hidden", "3", "--epochs", "5", "--patience", "inf", "--n-members", "1", "--dropout", "0", "--bins", "4")
TRAIN = ("train", "houses.csv", "--target", "price", "--drop", "city", "weight", *SMALL, "--no-report")
needs_locks = pytest.mark.skipif(claim.fcntl is None, reason="this system does not lock folders")


def assert_whole(run):
    """All files of a run are those of one model."""
    rows, test = run.rows(), run.predictions("test")
    model = load(run.path / "model.glassnet")
    assert test["prediction"].tolist() == model.predict(rows).tolist()
    assert run.metrics["test"]["this model"] == metrics_of(model, test["y"], test["prediction"])
    assert [len(epochs) for epochs in run.history().values()] == [model.n_iter_]


# ---- Several processes -----------------------------------------------------------------------------------------------


@needs_locks
def test_of_processes_in_one_folder_one_wins_and_without_a_folder_each_has_its_own(houses):
    """Two with different seeds write to `run`, two to the folder of this minute."""
    together = [start(*TRAIN, "--seed", str(seed), "-o", "run") for seed in range(2)]
    apart = [start(*TRAIN, "--seed", str(seed)) for seed in range(2)]
    ended = [(process.communicate(timeout=PATIENCE)[1], process.returncode) for process in together]
    assert sorted(code for _, code in ended) == [0, 5], ended
    for err, code in ended:
        said = r"error\[E507\]: run is being written by another process|error\[E502\]: run exists already"
        assert code == 0 or re.search(said, err), err
    winner = next(seed for seed, (_, code) in enumerate(ended) if code == 0)
    assert RunFolder(Path("run")).data["seed"] == winner
    assert_whole(RunFolder(Path("run")))
    for process in apart:
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    runs = [RunFolder(path) for path in sorted(Path("runs").iterdir())]
    assert sorted(run.data["seed"] for run in runs) == [0, 1]
    for run in runs:
        assert_whole(run)


@needs_locks
def test_a_run_that_runs_is_neither_resumed_nor_overwritten_nor_removed(glassnet, houses):
    words = [word if word != "5" else "1000000" for word in TRAIN]
    process = start(*words, "-o", "run")
    try:
        history = Path("run/history.jsonl")
        wait_until(lambda: history.is_file() and history.stat().st_size, process)
        for others in (
            ("train", "--resume", "run"),
            (*TRAIN, "-o", "run", "--force"),
            ("runs", "remove", "run", "--force"),
        ):
            answer = glassnet(*others, "--json")
            assert (answer.code, answer.error["id"]) == (5, "E507"), others
    finally:
        process.kill()
        process.communicate()
    assert Path("run/config.toml").is_file()
    assert glassnet("runs", "remove", "run", "--force").code == 0
    assert not Path("run").exists()


def test_two_runs_of_one_minute_have_names_of_their_own(glassnet, houses, monkeypatch):
    monkeypatch.setattr(place.time, "strftime", lambda form: "2026-11-22_0704")
    for name in ("2026-11-22_0704_houses", "2026-11-22_0704_houses-2", "2026-11-22_0704_houses-3"):
        assert glassnet(*TRAIN, "--json").facts["run"] == f"runs/{name}"


# ---- A clock that jumps ----------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_or_ahead_changes_nothing(glassnet, houses, monkeypatch):
    assert glassnet(*TRAIN, "-o", "before").code == 0
    jumps = iter(np.random.default_rng(0).normal(size=10**6) * 1e9)
    true = time.time()
    monkeypatch.setattr(time, "time", lambda: true + next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: int(1e9 * (true + next(jumps))))
    answer = glassnet(*TRAIN, "-o", "after", "--time-limit", "1h", "--schedule", "constant")
    assert answer.code == 0
    assert re.search(r"Trained in 0:00:\d\d; .*5 epochs, all asked for", answer.out)
    assert glassnet(*TRAIN, "-o", "same").code == 0
    before, same = (RunFolder(Path(name)) for name in ("before", "same"))
    assert load("same/model.glassnet").networks_[0].theta.tolist() == (
        load("before/model.glassnet").networks_[0].theta.tolist()
    )
    assert same.metrics["test"] == before.metrics["test"]
    seconds = [epoch["seconds"] for epoch in RunFolder(Path("after")).history()[0]]
    assert seconds == sorted(seconds)
    assert 0 <= seconds[0] <= seconds[-1] < 60


# ---- Another country -------------------------------------------------------------------------------------------------


@pytest.fixture
def german(tmp_path):
    """The environment of a process whose numbers have commas."""
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("this system cannot make a locale")
    made = ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"]
    subprocess.run(made, check=False, capture_output=True)  # warnings are no failure
    return {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}


IN_GERMANY = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")
assert f"{1.5:n}" == "1,5", "no German numbers here"
from glassnet.cli import main
words = sys.argv[1:]
sys.exit(main(words) or main(["predict", "there", words[1]]))
"""


def test_where_numbers_have_commas_everything_is_written_with_points(glassnet, houses, german):
    command = [sys.executable, "-c", IN_GERMANY, *TRAIN, "-o", "there"]
    done = subprocess.run(command, env=os.environ | PLAIN | german, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    at_home = glassnet(*TRAIN, "-o", "here").out + glassnet("predict", "here", "houses.csv").out
    assert mask_seconds(done.stdout) == mask_seconds(at_home).replace("here", "there")
    for name in ("config.toml", "predictions_test.csv", "model_card.md", "findings.json"):
        assert Path("here", name).read_text() == Path("there", name).read_text()


def mask_seconds(text):
    return re.sub(r"\d+\.\d s\)|in \d:\d\d:\d\d|\d+ kB", "#", text)


def test_the_program_never_asks_for_the_locale_of_numbers(glassnet, houses, monkeypatch):
    def ask(*_):
        raise AssertionError("the locale decides how numbers look")

    for name in ("format_string", "localeconv", "atof", "str"):
        monkeypatch.setattr(locale, name, ask)
    assert glassnet(*TRAIN, *LONE).code == 0
    assert glassnet("predict", "houses.glassnet", "houses.csv").code == 0


def test_a_table_with_decimal_commas_trains_and_predicts_the_same(glassnet, houses):
    assert glassnet(*TRAIN, *LONE).code == 0
    expected = glassnet("predict", "houses.glassnet", "houses.csv").out
    houses.to_csv("häuser.csv", index=False, sep=";", decimal=",")
    words = ["häuser.csv" if word == "houses.csv" else word for word in TRAIN]
    assert glassnet(*words, "-o", "m.glassnet").code == 0
    for model in ("houses.glassnet", "m.glassnet"):
        assert glassnet("predict", model, "häuser.csv").out == expected


# ---- Odd names -------------------------------------------------------------------------------------------------------

ODD = "Größe & 猫's (1)"


def test_names_with_blanks_and_letters_of_all_countries_go_all_the_way(glassnet, houses, folder, monkeypatch):
    here = folder / f"in {ODD}"
    here.mkdir()
    monkeypatch.setenv("GLASSNET_CACHE_DIR", str(here / "cache é"))
    table, run = here / f"täble {ODD}.csv", here / f"run {ODD}"
    houses.rename(columns={"size": "größe m²", "price": "prix €"}).to_csv(table, index=False)
    words = ("train", table, "--target", "prix €", "--drop", "city", "weight", *SMALL)
    answer = glassnet(*words, "-o", run, "--keep-checkpoint")
    assert answer.code == 0, answer.err
    predictions = here / "prédictions 1.csv"
    assert glassnet("predict", run, table, "-o", predictions).code == 0
    assert len(pd.read_csv(predictions)) == 40
    assert glassnet("evaluate", run, table, "--target", "prix €").code == 0
    assert glassnet("export", run, "--to", "numpy", "-o", here / "scörer 1.py").code == 0
    assert glassnet("report", run).code == 0
    assert "prix €" in (run / "report.html").read_text(encoding="utf-8")
    assert (
        glassnet("explain", run, table, "--target", "prix €", "--row", "1", "--html", here / "schritt ü.html").code == 0
    )
    assert glassnet("train", "--resume", run).code == 0
    again = here / f"again {ODD}"
    assert glassnet("train", "--config", run / "config.toml", "-o", again, "--no-report").code == 0
    assert (again / "predictions_test.csv").read_text() == (run / "predictions_test.csv").read_text()
    assert glassnet("runs", "diff", run, again).out == "No setting and no score differs.\n"
    assert glassnet("runs", "remove", again, "--force").code == 0


def test_odd_names_go_through_a_terminal_that_knows_ascii_alone(houses):
    language = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shutil.copy("houses.csv", f"h {ODD}.csv")
    words = [f"h {ODD}.csv" if word == "houses.csv" else word for word in TRAIN]
    command = [sys.executable, "-m", "glassnet", *words]
    environment = os.environ | PLAIN | language
    done = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).isascii()
    assert len(list(Path("runs").glob(f"*_h {ODD}/metrics.json"))) == 1


# ---- Full disks and closed folders -----------------------------------------------------------------------------------

WRITES = {
    "train": (*TRAIN, "-o", "OUT.glassnet"),
    "predict": ("predict", "houses.glassnet", "houses.csv", "-o", "OUT.csv"),
    "export": ("export", "houses.glassnet", "--to", "numpy", "-o", "OUT.py", "--force"),
    "explain": ("explain", "houses.glassnet", "houses.csv", "--target", "price", "--row", "1", "--html", "OUT.html"),
}


def out(command, name):
    return [word.replace("OUT", name) for word in WRITES[command]]


@pytest.mark.parametrize("command", WRITES)
def test_on_a_full_disk_the_older_file_stays_and_no_half_is_left(glassnet, model, monkeypatch, command):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (name,) = [word for word in out(command, "result") if word.startswith("result.")]
    Path(name).write_text("older")
    before = sorted(os.listdir())
    monkeypatch.setattr(atomic.os, "fsync", full)
    answer = glassnet(*out(command, "result"))
    assert answer.code == 5
    assert f"error[E501]: '{name}' cannot be written: No space left on device" in answer.err
    assert Path(name).read_text() == "older"
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize("folder_of", ["houses.csv", "/proc", "none"])
def test_a_place_that_nobody_can_write_to_is_named_also_to_root(glassnet, model, command, folder_of):
    if folder_of == "/proc" and not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    for more in ((), ("--json",)):
        answer = glassnet(*out(command, f"{folder_of}/result"), *more)
        assert answer.code == 5
        if more:
            assert answer.error["id"] == "E501"
        else:
            assert "error[E501]: " in answer.err
            assert folder_of in answer.err


@pytest.mark.parametrize("words", [(), ("-o", "houses.csv/run"), ("-o", "/proc/run")])
def test_a_run_folder_that_cannot_be_made_is_named_before_training(glassnet, houses, monkeypatch, words):
    Path("runs").write_text("a file in the way")
    monkeypatch.setattr("glassnet.cli.train.learn", lambda *_: pytest.fail("training began"))
    answer = glassnet(*TRAIN, *words)
    assert (answer.code, answer.out) == (5, "")
    assert re.match(r"error\[E501\]: \S+ cannot be written: ", answer.err)
