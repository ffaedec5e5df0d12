"""Compiled code and its cache: private, self-checking, safe with several processes, and never a reason to fail."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from glassnet.engine import compiler
from glassnet.engine.compiler import CACHE_VARIABLE, cache_folder, compile_source, load_plain
from glassnet.errors import CacheWarning

SOURCE = '''"""A tiny program."""

import numpy as np

number = np.float32


def double(x):
    """Twice x."""
    return x + x


def epoch(theta):
    """Doubles theta in place; returns the sum."""
    total = 0.0
    for p in range(theta.shape[0]):
        theta[p] = double(theta[p])
        total += theta[p]
    return total
'''
WIDE_SOURCE = SOURCE.replace("def double", "def widest_vectors():\n    pass\n\n\ndef double").replace(
    "    total = 0.0", "    widest_vectors()\n    total = 0.0"
)
IN_A_PROCESS = """
import sys
import numpy as np
from glassnet.engine.compiler import compile_source
function = compile_source(open(sys.argv[1], encoding="utf-8").read())
print(function(np.arange(4, dtype=np.float32)), sum(function.function.stats.cache_hits.values()))
"""

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="plain Python leaves no copy on disk")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder of its own, and no function left over from another test."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    compile_source.cache_clear()
    yield tmp_path / "cache"
    compile_source.cache_clear()


def run_process(folder: Path, source: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, CACHE_VARIABLE: str(folder)}
    command = [sys.executable, "-c", IN_A_PROCESS, str(source)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_compiled_and_plain_code_agree(folder):
    for function in (compile_source(SOURCE), load_plain(SOURCE).epoch):
        theta = np.arange(3, dtype=np.float32)
        assert function(theta) == 6
        np.testing.assert_array_equal(theta, [0, 2, 4])


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
def test_a_new_folder_belongs_to_the_user_alone(folder):
    compile_source(SOURCE)(np.zeros(1, np.float32))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o705])
def test_a_folder_that_others_may_use_is_not_trusted_and_not_changed(folder, mode):
    folder.mkdir()
    folder.chmod(mode)
    with pytest.warns(CacheWarning, match="others may use it; chmod 700"):
        assert compile_source(SOURCE)(np.ones(2, np.float32)) == 4
    assert stat.S_IMODE(folder.stat().st_mode) == mode
    assert not list(folder.iterdir())


@needs_jit
def test_a_damaged_copy_is_done_without(folder):
    compile_source(SOURCE)(np.zeros(1, np.float32))
    (index,) = folder.glob("__pycache__/*.nbi")
    whole = index.read_bytes()
    damages = [whole.replace(b"numba.core", changed) for changed in (b"numba.c\xffre", b"numba.cOre")]
    damages += [whole.replace(b"_reconstruct", b"_reCONstruct")]
    assert whole not in damages
    for damage in (b"", b"not what it was", *damages):
        index.write_bytes(damage)
        compile_source.cache_clear()
        with pytest.warns(CacheWarning, match="clear-cache"):
            assert compile_source(SOURCE)(np.ones(2, np.float32)) == 4


def test_a_full_disk_is_done_without(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiler.os, "replace", full)
    with pytest.warns(CacheWarning, match="No space left on device"):
        assert compile_source(SOURCE)(np.ones(2, np.float32)) == 4


@needs_jit
def test_a_second_process_reads_what_the_first_compiled_and_any_number_may_start_at_once(tmp_path):
    folder, source = tmp_path / "Zwischen speicher \u00fc\u732b", tmp_path / "source.py"
    source.write_text(SOURCE, encoding="utf-8")
    processes = [run_process(folder, source) for _ in range(3)]
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert (output.split()[0], errors) == ("12.0", "")
    kept = {file.suffix for file in folder.rglob("*") if file.is_file()}
    assert kept == {".py", ".nbi", ".nbc"}  # no halves
    output, errors = run_process(folder, source).communicate(timeout=120)
    assert output.split() == ["12.0", "1"], errors


def test_a_cached_text_that_differs_is_never_run(folder):
    compile_source(SOURCE)(np.zeros(1, np.float32))
    (kept,) = folder.glob("written_*.py")
    kept.write_text(SOURCE.replace("x + x", "x * 1000"), encoding="utf-8")
    compile_source.cache_clear()
    assert compile_source(SOURCE)(np.ones(2, np.float32)) == 4
    assert kept.read_text(encoding="utf-8") == SOURCE


def test_another_text_gets_another_file(folder):
    compile_source(SOURCE)
    compile_source(SOURCE.replace("tiny", "small"))
    assert len(list(folder.glob("written_*.py"))) == 2


def test_flags_and_bounds_checks_are_part_of_the_name(folder, monkeypatch):
    monkeypatch.delenv("NUMBA_BOUNDSCHECK", raising=False)
    names = {compiler._name(SOURCE)}
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    names.add(compiler._name(SOURCE))
    monkeypatch.setattr(compiler, "FLAGS", ("contract",))
    names.add(compiler._name(SOURCE))
    assert len(names) == 3


def test_the_flags_keep_nan_visible():
    assert not {"fast", "nnan", "ninf"} & set(compiler.FLAGS)


@needs_jit
def test_vectors_are_as_wide_as_the_source_asks_for(folder):
    for source, is_asked in ((SOURCE, False), (WIDE_SOURCE, True)):
        function = compile_source(source)
        assert function(np.ones(2, np.float32)) == 4
        (text,) = function.function.inspect_llvm().values()
        assert ('"prefer-vector-width"="512"' in text) == is_asked


def test_a_folder_that_cannot_be_made_costs_a_warning_and_no_error(tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv(CACHE_VARIABLE, str(blocker / "cache"))
    compile_source.cache_clear()
    with pytest.warns(CacheWarning, match="every process compiles its networks again. Empty the folder"):
        function = compile_source(SOURCE)
    assert function(np.ones(2, np.float32)) == 4
    compile_source.cache_clear()


@pytest.mark.skipif(os.name != "posix", reason="owners are POSIX")
def test_a_folder_of_another_user_is_not_trusted(folder, monkeypatch):
    folder.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    with pytest.warns(CacheWarning, match="it belongs to user"):
        assert compile_source(SOURCE)(np.ones(2, np.float32)) == 4
    assert not list(folder.iterdir())


def test_without_the_jit_the_same_code_runs_as_plain_python(folder, tmp_path):
    source = tmp_path / "source.py"
    source.write_text(WIDE_SOURCE, encoding="utf-8")
    script = IN_A_PROCESS.replace(
        "sum(function.function.stats.cache_hits.values())", "type(function.function).__name__"
    )
    environment = {**os.environ, CACHE_VARIABLE: str(folder), "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", script, str(source)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["12.0", "function"]


def test_the_usual_folder_is_the_users_cache_directory(monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    assert cache_folder().parts[-2:] == ("glassnet", "engine") or "glassnet" in cache_folder().parts


@needs_jit
@pytest.mark.usefixtures("folder")
def test_the_time_to_compile_is_told():
    with compiler.compiling() as spent:
        assert spent() == 0
        compile_source(SOURCE.replace("tiny", "timed"))(np.ones(3, np.float32))
        assert spent() > 0
