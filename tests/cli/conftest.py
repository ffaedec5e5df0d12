"""Commands run in this process, in an empty folder, with networks of a few neurons in plain Python."""

import io
import json
import sys
from dataclasses import dataclass
from types import FunctionType

import numpy as np
import pandas as pd
import pytest

from glassnet.cli import main
from glassnet.engine import compiled
from glassnet.engine.compiler import load_plain


def plain(source):
    return [value for value in vars(load_plain(source)).values() if isinstance(value, FunctionType)][-1]


@pytest.fixture(autouse=True)
def plain_engine(monkeypatch):
    monkeypatch.setattr(compiled, "compile_source", plain)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("GLASSNET_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GLASSNET_TRAIN_NO_REPORT", "true")  # figures take longer than all the rest
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def facts(self):
        """The one JSON document on stdout."""
        return json.loads(self.out, parse_constant=pytest.fail)

    @property
    def error(self):
        return self.facts["error"]


@pytest.fixture
def glassnet(capsys):
    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def stdin(monkeypatch):
    def say(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return say


@pytest.fixture
def houses(folder):
    """40 rows: two numbers, a boolean, a text of three values, a target and weights."""
    rng = np.random.default_rng(0)
    size, age = rng.uniform(40, 200, 40).round(1), rng.integers(0, 90, 40)
    frame = pd.DataFrame({"size": size, "age": age, "garden": age % 2 == 0})
    frame["city"] = np.array(["Kent", "Oslo", "Rome"])[np.arange(40) % 3]
    frame["price"] = (2000 * size - 300 * age + 10_000 * frame["garden"] + 50 * size * np.sin(age)).round()
    frame["weight"] = 1 + np.arange(40) % 4
    frame.to_csv("houses.csv", index=False)
    return frame


LONE = ("-o", "houses.glassnet")  # the model file alone, without a run folder
QUICK = ("--hidden", "3", "--epochs", "5", "--patience", "inf")


@pytest.fixture
def model(glassnet, houses):
    """A model of the prices, houses.glassnet."""
    answer = glassnet("train", "houses.csv", "--target", "price", "--drop", "city", "weight", *QUICK, *LONE)
    assert answer.code == 0, answer.err
    return "houses.glassnet"
