"""Networks of a few neurons, trained in plain Python: nothing is compiled here."""

from contextlib import contextmanager
from types import FunctionType

import pytest

from glassnet.engine import compiled
from glassnet.engine.compiler import load_plain


def plain(source):
    return [value for value in vars(load_plain(source)).values() if isinstance(value, FunctionType)][-1]


@contextmanager
def plain_python():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "compile_source", plain)
        yield


@pytest.fixture(autouse=True)
def plain_engine():
    with plain_python():
        yield
