import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

import glassnet.errors
import glassnet.network

MODULES = ["glassnet.errors", *(f"glassnet.network.{found.name}" for found in iter_modules(glassnet.network.__path__))]
WITHOUT_EXAMPLES = {"arrays", "optimizers", "penalty", "stage_terms", "stages_update", "trace_words"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_say(name):
    failed, attempted = doctest.testmod(import_module(name))
    assert failed == 0
    assert (attempted == 0) == (name.split(".")[-1] in WITHOUT_EXAMPLES)
