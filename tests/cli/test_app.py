import json
import re
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest

from glassnet.cli import app
from glassnet.errors import DivergenceError, GlassNetError, InputError, ModelFileError, OutputError, SettingError

from .conftest import Answer

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
HEAVY = {"numba", "sklearn", "scipy", "pandas", "pyarrow", "numpy", "safetensors"}


def modules_after(*words):
    code = (
        f"from glassnet.cli import main; main({list(words)!r}); import json, sys; print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout, {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_help_and_version_load_nothing_heavy(words):
    out, modules = modules_after(*words)
    assert "glassnet" in out
    assert modules & HEAVY == set()


def test_the_help_of_train_waits_for_no_library_that_only_training_needs():
    out, modules = modules_after("train", "--help")
    assert "--time-limit" in out
    assert modules & (HEAVY - {"numpy", "scipy"}) == set()  # settings are checked with NumPy


def test_code_loads_neither_numba_nor_the_readers_of_tables():
    out, modules = modules_after("code", "3-2-1")
    assert "def epochs(" in out
    assert modules & {"numba", "pandas", "pyarrow"} == set()


def test_info_loads_neither_numba_nor_sklearn():
    _, modules = modules_after("info")
    assert modules & {"numba", "sklearn", "pandas"} == set()


def test_python_m_glassnet_is_the_same_program_and_returns_the_exit_code():
    def run(*words):
        return subprocess.run([sys.executable, "-m", "glassnet", *words], capture_output=True, text=True)

    assert run("--version").stdout == f"glassnet {metadata.version('glassnet')}\n"
    assert run("predict", "none.glassnet", "none.csv").returncode == 7


def test_help_lists_every_command(glassnet):
    answer = glassnet("--help")
    assert answer.code == 0
    for name in app.COMMANDS:
        assert re.search(rf"\b{name} ", answer.out)
    assert CONTROL.search(answer.out) is None


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_help_without_control_characters(glassnet, name):
    answer = glassnet(name, "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: glassnet {name}")
    for flag in ("--json", "--quiet", "--verbose", "--no-color", "--debug"):
        assert flag in answer.out
    assert CONTROL.search(answer.out) is None


@pytest.mark.parametrize("name", app.COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name):
    command = getattr(import_module(f"glassnet.cli.{name}"), name)
    assert command.__doc__.startswith(app.COMMANDS[name].rstrip("."))


@pytest.mark.parametrize("missing", app.EXTRA)
@pytest.mark.parametrize("words", [["info"], ["--help"], []])
def test_a_missing_extra_is_one_line(glassnet, monkeypatch, missing, words):
    find = app.find_spec
    monkeypatch.setattr(app, "find_spec", lambda name: None if name == missing else find(name))
    answer = glassnet(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == 'glassnet needs the extra "cli": pip install "glassnet[cli]"\n'


def test_the_program_starts_without_the_extra_installed():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('cyclopts', 'rich', 'pandas', 'pyarrow')))\n"
        "from glassnet.cli import main; sys.exit(main(['info']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == 'glassnet needs the extra "cli": pip install "glassnet[cli]"\n'


# ---- Whatever goes wrong has an id, an exit code and a text ----------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["trian"], 'error[E300]: Unknown command "trian"\n  Did you mean "train"?'),
        (["train", "a.csv"], "--target"),
        (["train", "a.csv", "--target", "y", "--epoch", "3"], "Did you mean --epochs?"),
        (["train", "a.csv", "--target", "y", "--test", "much"], "--test"),
        (["train", "a.csv", "--target", "y", "--task", "guess"], "--task"),
        (["predict", "only-one"], "TABLE"),
        (["info", "surplus"], "surplus"),
    ],
)
def test_words_that_cannot_be_placed_are_usage_errors(glassnet, words, says):
    answer = glassnet(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error[E300]: ")
    assert says in answer.err
    as_json = glassnet(*words, "--json")
    assert (as_json.code, as_json.err) == (2, "")
    assert as_json.error["id"] == "E300"
    assert as_json.error["exit"] == 2


ERRORS = {SettingError: 2, InputError: 3, DivergenceError: 4, OutputError: 5, ModelFileError: 7}


@pytest.mark.parametrize("kind", ERRORS)
def test_each_kind_of_error_has_its_exit_code(glassnet, monkeypatch, kind):
    def fail(words):
        raise kind("what is wrong. Why it is. Do this.", error_id="E999")

    monkeypatch.setattr(app, "_call", fail)
    answer = glassnet("info")
    assert answer == Answer(ERRORS[kind], "", "error[E999]: what is wrong\n  Why it is.\n  -> Do this.\n")
    as_json = glassnet("info", "--json")
    assert as_json.code == ERRORS[kind]
    assert as_json.error == {
        "id": "E999", "exit": ERRORS[kind], "message": "what is wrong Why it is.", "fix": "Do this.",
    }  # fmt: skip


def test_every_kind_of_error_has_an_exit_code_of_the_table():
    kinds = set(GlassNetError.__subclasses__())
    assert kinds == set(ERRORS)
    assert {kind: kind.exit_code for kind in kinds} == ERRORS


def test_a_fault_of_ours_is_one_message_and_a_trace_in_a_file(glassnet, monkeypatch, tmp_path):
    def fail(words):
        raise ZeroDivisionError("in the deep")

    monkeypatch.setattr(app, "_call", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = glassnet("info")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("error[E000]: a fault of glassnet: ZeroDivisionError: in the deep\n")
    assert "Traceback" not in answer.err
    (trace,) = tmp_path.glob("glassnet-error-*.txt")
    assert trace.name in "".join(answer.err.split())
    assert "Traceback" in trace.read_text()
    assert "in the deep" in trace.read_text()
    assert glassnet("info", "--json").error["id"] == "E000"
    with pytest.raises(ZeroDivisionError):
        glassnet("info", "--debug")


def test_ctrl_c_before_training_is_said_and_nothing_more(glassnet, monkeypatch):
    def interrupt(words):
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "_call", interrupt)
    answer = glassnet("info")
    assert (answer.code, answer.out, answer.err) == (130, "", "\nStopped. Nothing was written.\n")


def test_a_reader_that_goes_away_is_no_error(model):
    command = f"{sys.executable} -m glassnet predict {model} houses.csv | {sys.executable} -c 'pass'; exit $?"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert done.returncode == 0
    assert "BrokenPipe" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize("words", [["code", "3-2-1"], ["code", "3-2-1", "--json"], ["info"]])
def test_a_full_disk_behind_stdout_has_its_own_error(words):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "glassnet", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 5
    assert done.stderr.startswith("error[E505]: the output cannot be written: No space left on device")
    assert "Traceback" not in done.stderr
