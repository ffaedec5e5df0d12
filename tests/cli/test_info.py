import os
from importlib import metadata
from pathlib import Path

import pytest

from glassnet.cli import app


def fill(cache):
    """A cache as the engine leaves it, and two files that are not its own."""
    (cache / "__pycache__").mkdir(parents=True)
    for name in (
        "written_1.py",
        "__pycache__/written_1.epoch-8.py311.nbi",
        "__pycache__/written_1.epoch-8.py311.1.nbc",
    ):
        (cache / name).write_bytes(b"x" * 500_000)
    for name in ("notes.txt", "__pycache__/other.pyc"):
        (cache / name).write_text("mine")


def test_versions_cache_and_extras_are_shown(glassnet, folder):
    fill(folder / "cache")
    answer = glassnet("info")
    assert (answer.code, answer.err) == (0, "")
    for name in ("glassnet", "numpy", "numba", "scikit-learn", "pandas", "cyclopts"):
        assert f"{name}" in answer.out
        assert metadata.version(name) in answer.out
    assert f"{folder / 'cache'} (3 files, 1.5 MB)" in answer.out
    assert f"\nprocessors    {os.cpu_count()}" in answer.out


def test_json_holds_the_same(glassnet, folder, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    facts = glassnet("info", "--json").facts
    assert facts["versions"]["glassnet"] == metadata.version("glassnet")
    assert facts["cache"] == {"folder": str(folder / "cache"), "files": 0, "bytes": 0, "removed": None}
    assert facts["threads"]["OMP_NUM_THREADS"] == "3"
    assert set(facts["extras"]["cli"]) == set(app.EXTRA)


def test_clearing_removes_what_the_engine_keeps_and_nothing_else(glassnet, folder):
    fill(folder / "cache")
    answer = glassnet("info", "--clear-cache")
    assert "3 files removed" in answer.out
    left = sorted(path.name for path in (folder / "cache").rglob("*") if path.is_file())
    assert left == ["notes.txt", "other.pyc"]
    assert glassnet("info", "--clear-cache", "--json").facts["cache"]["removed"] == 0


def test_a_cache_that_cannot_be_cleared_is_an_error_of_output(glassnet, folder, monkeypatch):
    fill(folder / "cache")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    answer = glassnet("info", "--clear-cache")
    assert (answer.code, answer.out) == (5, "")
    assert answer.err.startswith("error[E501]: ")
    assert "cannot be removed: Permission denied" in answer.err


@pytest.mark.parametrize("words", [("-q",), ("--quiet",)])
def test_quiet_shows_nothing(glassnet, words):
    assert glassnet("info", *words).out == ""
