"""Benchmarks are run by hand, so a name that has gone from glassnet would go unnoticed."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in sorted(ROOT.glob("benchmarks/**/*.py"))]


@pytest.mark.parametrize("module", [module for module in MODULES if not module.endswith("__init__")])
def test_every_benchmark_finds_what_it_uses_of_glassnet(module):
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as reason:
        if reason.name is None or reason.name.split(".")[0] in ("glassnet", "benchmarks"):
            raise
        pytest.skip(f"{reason.name} is not installed")  # another library to compare with
