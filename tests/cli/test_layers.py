"""Flags, environment, glassnet.toml and defaults: which of them wins, and what each may say."""

import re
from pathlib import Path

import pytest

from glassnet.cli.flags import FLAGS
from glassnet.estimators.parameters import SETTINGS
from glassnet.export.run_folder import RunFolder

from .conftest import QUICK

PRICE = ("houses.csv", "--target", "price", "--drop", "city", "weight")


def settings(glassnet, *words):
    answer = glassnet("train", *PRICE, "--show-config", "--json", *words)
    assert answer.code == 0, answer.err
    return {name: (one["value"], one["source"]) for name, one in answer.facts["settings"].items()}


def test_a_flag_wins_over_the_environment_over_the_file_over_the_default(glassnet, monkeypatch):
    assert settings(glassnet)["--max-iter"] == ("auto", "default")
    Path("glassnet.toml").write_text("[train]\nmax-iter = 7\nl2 = 0.5\nhidden-layer-sizes = [3, 2]\nshuffle = false\n")
    found = settings(glassnet)
    assert found["--max-iter"] == (7, "glassnet.toml")
    assert found["--alpha"] == (0.5, "glassnet.toml")
    assert found["--hidden-layer-sizes"] == ([3, 2], "glassnet.toml")
    assert found["--shuffle"] == (False, "glassnet.toml")
    monkeypatch.setenv("GLASSNET_TRAIN_MAX_ITER", "8")
    monkeypatch.setenv("GLASSNET_TRAIN_HIDDEN", "4 5")
    found = settings(glassnet)
    assert found["--max-iter"] == (8, "environment")
    assert found["--hidden-layer-sizes"] == ([4, 5], "environment")
    assert settings(glassnet, "--epochs", "9")["--max-iter"] == (9, "flag")
    Path("other.toml").write_text("[train]\nseed = 5\n")
    found = settings(glassnet, "--config", "other.toml")
    assert (found["--seed"], found["--alpha"]) == ((5, "other.toml"), (0.0, "default"))


def test_every_setting_is_shown(glassnet):
    found = settings(glassnet)
    for name in FLAGS:
        default = SETTINGS[name].default
        value = list(default) if isinstance(default, tuple) else default
        assert found[f"--{name.replace('_', '-')}"] == (value, "default")
    shown = glassnet("train", *PRICE, "--show-config").out
    assert re.search(r"^--target +price ", shown, re.MULTILINE)
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[train]\nepocs = 3\n", 'Unknown option: "[epocs]" from glassnet.toml'),
        ("[tarin]\nepochs = 3\n", "glassnet.toml has a section [tarin], which is no command\n  Did you mean 'train'?"),
        ("[train]\nepochs = 3 4\n", "glassnet.toml cannot be read as TOML: Expected newline or end of document"),
        ("[train]\nepochs = 0\n", "--max-iter 0 is not a whole number above 0"),
    ],
)
def test_what_a_file_may_not_say_is_refused(glassnet, houses, text, says):
    Path("glassnet.toml").write_text(text)
    answer = glassnet("train", *PRICE, *QUICK[:2])
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err


@pytest.mark.parametrize(
    ("content", "says"), [(b"[train\n", "(at line 1, column 7)"), (b"[train]\neta =\n", "line 2"), (b"\xff", "utf-8")]
)
def test_a_file_that_is_no_toml_is_named_and_help_is_there_all_the_same(glassnet, content, says):
    Path("glassnet.toml").write_bytes(content)
    for words in (("train", *PRICE), ("info",)):
        answer = glassnet(*words)
        assert answer.code == 2
        assert answer.err.startswith("error[E306]: glassnet.toml cannot be read as TOML: ")
        assert says in answer.err
    for words in ((), ("--help",), ("--version",), ("train", "--help")):
        assert glassnet(*words).code == 0


def test_a_variable_that_names_no_flag_is_refused(glassnet, monkeypatch):
    monkeypatch.setenv("GLASSNET_TRAIN_EPOCS", "3")
    answer = glassnet("train", *PRICE)
    assert answer.code == 2
    assert "Did you mean 'GLASSNET_TRAIN_EPOCHS'?" in answer.err


@pytest.mark.parametrize("words", [("--config", "none.toml"), ("--config=none.toml",), ("--config",)])
def test_a_file_that_is_not_there_is_refused(glassnet, words):
    assert glassnet("train", *PRICE, *words, "--json").error["id"] == "E306"


def test_the_file_of_init_has_every_setting_and_trains(glassnet, houses):
    answer = glassnet("init", "houses.csv", "--target", "price")
    assert answer.code == 0
    text = Path("glassnet.toml").read_text()
    for name in FLAGS:
        assert f"\n# {name.replace('_', '-')} = " in text
    assert "\n#   city: category" in text
    answer = glassnet("init", "houses.csv", "--target", "price")
    assert answer.code == 5
    assert answer.err == "error[E502]: glassnet.toml exists already\n  -> --force overwrites it\n"  # init has no -o
    Path("glassnet.toml").write_text(text.replace("\n# max-norm =", "\nmax-norm =").replace("\n# tol =", "\ntol ="))
    run = glassnet("train", "--no-report", "-o", "run", *QUICK, "--json")
    assert run.code == 0
    assert run.facts["target"] == "price"


OUTPUT = ("--interval", "0.8", "--keep-checkpoint")


@pytest.fixture
def first(glassnet, houses, monkeypatch):
    """A run in the folder `first` without a report, with intervals of 80 % and its checkpoint."""
    monkeypatch.delenv("GLASSNET_TRAIN_NO_REPORT")
    answer = glassnet("train", *PRICE, *QUICK, "--n-members", "2", *OUTPUT, "--no-report", "-o", "first")
    assert answer.code == 0, answer.err
    return Path("first")


def metrics(folder):
    found = RunFolder(folder).metrics
    found["training"].pop("seconds")
    return found


def test_the_config_of_a_run_does_the_same_again_without_a_flag(glassnet, first):
    answer = glassnet("train", "--config", "first/config.toml", "-o", "again", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert metrics(Path("again")) == metrics(first)
    assert metrics(first)["intervals"]["coverage"] == 0.8
    assert {file.name for file in Path("again").iterdir()} == {file.name for file in first.iterdir()}
    assert not Path("again/report.html").exists()
    assert (Path("again/config.toml").read_text()) == (first / "config.toml").read_text()


def test_a_flag_wins_over_the_config_of_a_run(glassnet, first, monkeypatch):
    drawn = []
    monkeypatch.setattr("glassnet.cli.train.report_of", lambda path: drawn.append(path))
    words = ("--config", "first/config.toml", "-o", "again")
    assert glassnet("train", *words, "--interval", "0.5", "--keep-checkpoint=false", "--no-report=false").code == 0
    assert metrics(Path("again"))["intervals"]["coverage"] == 0.5
    assert not RunFolder(Path("again")).has_checkpoint
    assert drawn == [Path("again")]


def test_resume_needs_no_repetition_of_output_flags(glassnet, first):
    before = metrics(first)
    answer = glassnet("train", "--resume", "first")
    assert answer.code == 0, answer.err
    after = metrics(first)
    assert after["training"] == before["training"]
    assert after == before
    assert not Path("first/report.html").exists()
    assert RunFolder(first).has_checkpoint
