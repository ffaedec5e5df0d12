"""Networks of a few neurons, trained in plain Python: nothing is compiled here."""

from types import FunctionType

import pytest

from glassnet.engine.compiler import load_plain
from glassnet.training import lbfgs, learner


def plain(source):
    return [value for value in vars(load_plain(source)).values() if isinstance(value, FunctionType)][-1]


@pytest.fixture(autouse=True)
def plain_engine(monkeypatch):
    monkeypatch.setattr(learner, "compile_source", plain)
    monkeypatch.setattr(lbfgs, "compile_source", plain)
