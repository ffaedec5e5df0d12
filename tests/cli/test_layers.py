"""Flags, environment, glassnet.toml and defaults: which of them wins, and what each may say."""

import re
from pathlib import Path

import pytest

from glassnet.cli.flags import FLAGS
from glassnet.estimators.parameters import SETTINGS

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
        ("[train]\nepochs = 3 4\n", "TOMLDecodeError"),
        ("[train]\nepochs = 0\n", "--max-iter 0 is not a whole number above 0"),
    ],
)
def test_what_a_file_may_not_say_is_refused(glassnet, houses, text, says):
    Path("glassnet.toml").write_text(text)
    answer = glassnet("train", *PRICE, *QUICK[:2])
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err


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
    assert glassnet("init", "houses.csv", "--target", "price").code == 5
    Path("glassnet.toml").write_text(text.replace("\n# max-norm =", "\nmax-norm =").replace("\n# tol =", "\ntol ="))
    run = glassnet("train", "--no-report", "-o", "run", *QUICK, "--json")
    assert run.code == 0
    assert run.facts["target"] == "price"
