"""Every flag of `glassnet train`: it is in the help and the reference, and what it says reaches the run."""

import re
import tomllib
import webbrowser
from pathlib import Path

import pytest

from glassnet.cli import app

from .test_reference import PAGE

EVERYWHERE = "--json --quiet -q --verbose -v --no-color --debug --config --threads".split()
TRAIN = {
    "Data": "--target --features --drop --weights --types --column-kinds --task --test --split-by --time-column "
    "--validation --skip-bad-rows --seed",
    "Network": "--hidden-layer-sizes --hidden --activation --dropout --input-dropout --l1 --alpha --l2 --weight-decay "
    "--max-norm --initialization --loss --textbook",
    "Training": "--n-members --max-iter --epochs --batch-size --solver --learning-rate-init --eta --learning-rate "
    "--schedule --n-iter-no-change --patience --time-limit",
    "Output": "--output -o --name --no-report --open --interval --force --keep-checkpoint --resume --show-config",
}


def section_of(command):
    """What the reference says of a command."""
    return PAGE.read_text(encoding="utf-8").split(f"\n## glassnet {command}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("command", app.COMMANDS)
def test_every_command_has_the_flags_that_go_everywhere(glassnet, command):
    shown = glassnet(command, "--help").out
    for flag in EVERYWHERE:
        assert re.search(rf"(?<![\w-]){flag}(?![\w-])", shown), flag
        assert re.search(rf"`[^`]*(?<![\w-]){flag}(?![\w-])[^`]*`", section_of(command)), flag


@pytest.mark.parametrize("group", TRAIN)
def test_every_flag_of_train_is_in_its_group_and_in_the_reference(glassnet, group):
    shown = glassnet("train", "--help").out.split(f"─ {group} ")[1].split("╰")[0]
    described = section_of("train").split(f"**{group}**")[1].split("\n**")[0]
    for flag in TRAIN[group].split():
        assert re.search(rf"(?<![\w-]){flag}(?![\w-])", shown), flag
        assert re.search(rf"(?<![\w-]){flag}(?![\w-])", described), flag


SAID = {  # {key in config.toml: (words, value)}
    "features": (["--features", "size", "age"], ["size", "age"]),
    "drop": (["--drop", "city"], ["city"]),
    "weights": (["--weights", "weight"], "weight"),
    "column-kinds": (["--types", "age=category"], ["age=category"]),
    "monotonic-constraints": (["--monotonic-constraints", "size=1"], ["size=1"]),
    "task": (["--task", "regression"], "regression"),
    "test": (["--test", "0.2"], 0.2),
    "seed": (["--seed", "3"], 3),
    "skip-bad-rows": (["--skip-bad-rows"], True),
    "hidden-layer-sizes": (["--hidden", "2"], 2),
    "activation": (["--activation", "softplus"], "softplus"),
    "dropout": (["--dropout", "0.1"], 0.1),
    "input-dropout": (["--input-dropout", "0.1"], 0.1),
    "l1": (["--l1", "0.001"], 0.001),
    "alpha": (["--l2", "0.002"], 0.002),
    "weight-decay": (["--weight-decay", "0.01"], 0.01),
    "max-norm": (["--max-norm", "3"], 3),
    "initialization": (["--initialization", "lecun"], "lecun"),
    "loss": (["--loss", "huber"], "huber"),
    "n-members": (["--n-members", "2"], 2),
    "max-iter": (["--epochs", "2"], 2),
    "batch-size": (["--batch-size", "10"], 10),
    "solver": (["--solver", "adamw"], "adamw"),
    "learning-rate-init": (["--eta", "0.01"], 0.01),
    "learning-rate": (["--schedule", "constant"], "constant"),
    "n-iter-no-change": (["--patience", "7"], 7),
    "time-limit": (["--time-limit", "1h"], 3600),
    "bins": (["--bins", "3"], 3),
    "interval": (["--interval", "0.5"], 0.5),
    "no-report": (["--no-report"], True),
    "keep-checkpoint": (["--keep-checkpoint"], True),
}


def test_what_the_flags_say_is_what_the_run_did(glassnet, houses):
    words = [word for flag, _ in SAID.values() for word in flag]
    answer = glassnet("train", "houses.csv", "--target", "price", *words, "--name", "all of them")
    assert answer.code == 0, answer.err
    (run,) = Path("runs").glob("*_all of them")
    written = tomllib.loads((run / "config.toml").read_text())["train"]
    assert {name: written[name] for name in SAID} == {name: value for name, (_, value) in SAID.items()}
    assert written["target"] == "price"


def test_open_shows_the_report_that_was_written(glassnet, houses, monkeypatch):
    shown = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    monkeypatch.setattr("glassnet.cli.train.report_of", lambda run: run / "report.html")
    monkeypatch.setenv("GLASSNET_TRAIN_NO_REPORT", "false")
    words = ("train", "houses.csv", "--target", "price", "--drop", "city", "--textbook", "--epochs", "1", "-o", "run")
    assert glassnet(*words).code == 0
    assert shown == []
    assert glassnet(*words, "--force", "--open").code == 0
    assert shown == [Path("run/report.html").resolve().as_uri()]
