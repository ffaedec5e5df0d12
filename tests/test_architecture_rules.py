"""The tree reads top-down and stays small: see architecture_rules.py for the rules themselves."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from . import architecture_rules as rules

TESTS = Path(__file__).parent
PACKAGE = rules.sources(TESTS.parent / "src" / "glassnet")

# Loaded by a command or by training, never by `import glassnet`.
HEAVY = {
    "cyclopts",
    "dask",
    "jinja2",
    "llvmlite",
    "matplotlib",
    "numba",
    "onnx",
    "onnxruntime",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "sklearn",
}


def in_whole_package(rule):
    return [sentence for path, text in sorted(PACKAGE.items()) for sentence in rule(path, text)]


def top_level_modules_after(statements):
    code = f"{statements}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in json.loads(done.stdout)}


# ---- The package keeps the rules -------------------------------------------------------------------------------------


def test_the_package_was_found():
    assert {"__init__", "errors", "network", "engine", "training", "estimators", "cli"} <= set(
        map(rules.place_of, PACKAGE)
    )
    assert sum(1 for text in PACKAGE.values() for _ in rules.functions(text)) > 50


def test_imports_between_folders_were_found():
    pairs = {
        (rules.place_of(path), found.place) for path, text in PACKAGE.items() for found in rules.imports(path, text)
    }
    assert {("engine", "network"), ("training", "engine"), ("network", "errors")} <= pairs


@pytest.mark.parametrize(
    "rule",
    [rules.wrong_imports, rules.long_file, rules.long_functions, rules.many_arguments, rules.deep_nesting],
    ids=lambda rule: rule.__name__,
)
def test_the_package_has_no(rule):
    assert in_whole_package(rule) == []


def test_every_folder_says_what_it_is():
    assert rules.silent_folders(PACKAGE) == []


def test_no_test_file_is_longer_than_its_budget():
    files = rules.sources(TESTS)
    assert Path(__file__).name in files
    assert [line for path, text in files.items() for line in rules.long_file(path, text, rules.TEST_FILE_LINES)] == []


def test_import_glassnet_loads_nothing_heavy():
    loaded = top_level_modules_after("import glassnet")
    assert "glassnet" in loaded
    assert loaded & HEAVY == set()


def test_no_public_name_loads_numba_before_a_network_is_trained():
    loaded = top_level_modules_after("import glassnet\nfor name in glassnet.__all__: getattr(glassnet, name)")
    assert "glassnet" in loaded
    assert loaded & {"numba", "llvmlite"} == set()


def test_public_names_are_exactly_those_of_all():
    import glassnet

    for name in glassnet.__all__:  # also loads them all, so that whatever comes along is seen below
        assert hasattr(glassnet, name)
    assert len(glassnet.__all__) == len(set(glassnet.__all__)) > 0
    assert set(glassnet.__all__) <= set(dir(glassnet))
    assert rules.names_outside_all(glassnet) == set()


# ---- Each rule can fail ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "line", "complaint"),
    [
        ("network/a.py", "from ..engine import writer", "to the right of network"),
        ("network/a.py", "from .. import engine", "to the right of network"),
        ("network/a.py", "import glassnet.engine.writer", "to the right of network"),
        ("network/a.py", "from glassnet.engine.writer import write", "to the right of network"),
        ("network/a.py", "from importlib import import_module\nimport_module('glassnet.engine')", "to the right"),
        ("network/a.py", "import importlib\nimportlib.import_module('..engine', __package__)", "to the right"),
        ("network/a.py", "def f():\n    from ..engine import writer", "to the right of network"),
        ("network/__init__.py", "from ..engine import writer", "to the right of network"),
        ("network/deep/a.py", "from ...engine import writer", "to the right of network"),
        ("estimators/a.py", "from ..export import onnx", "to the right of estimators"),
        ("estimators/a.py", "if TYPE_CHECKING:\n    from ..cli import main", "to the right of estimators"),
        ("estimators/a.py", "from .. import Network", "front door"),
        ("estimators/a.py", "import glassnet", "front door"),
        ("report/a.py", "def f():\n    from ..playground import session", "only cli may"),
        ("cluster/a.py", "from ..cli import main", "only cli may"),
        ("cli/a.py", "from ..report import html", "inside the command"),
        ("cli/a.py", "class A:\n    from ..report import html", "inside the command"),
        ("__init__.py", "from .network import Network", "on first use"),
        ("__main__.py", "from .training import trainer", "all in cli"),
        ("errors.py", "from .network import architecture", "stands on nothing"),
        ("utilities/a.py", "from ..network import architecture", "no rank"),
        ("utilities.py", "from .network import architecture", "no rank"),
    ],
)
def test_an_import_against_the_direction_is_noticed(path, line, complaint):
    (sentence,) = rules.wrong_imports(path, line)
    assert sentence.startswith(f"{path}:")
    assert complaint in sentence


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("network/a.py", "from ..errors import SettingError"),
        ("network/a.py", "from . import losses"),
        ("network/a.py", "import numpy as np"),
        ("network/a.py", "from engine import something_of_another_package"),
        ("engine/a.py", "from ..network.architecture import Architecture"),
        ("export/a.py", "from .. import __version__"),
        ("export/a.py", "from ..estimators import regressor"),
        ("playground/a.py", "from ..training import trainer"),
        ("cli/a.py", "def report():\n    from ..report import html"),
        ("cli/a.py", "if TYPE_CHECKING:\n    from ..report import html"),
        ("__init__.py", "def __getattr__(name):\n    from .network import Network"),
        ("__init__.py", "if TYPE_CHECKING:\n    from .network import Network"),
        ("__main__.py", "from .cli import main"),
    ],
)
def test_an_import_along_the_direction_is_allowed(path, line):
    assert rules.wrong_imports(path, line) == []


def test_a_file_over_its_budget_is_noticed():
    assert rules.long_file("a.py", "pass\n" * 300) == []
    assert rules.long_file("a.py", "pass\n" * 301) == ["a.py has 301 lines, 300 at most"]


def test_a_function_over_its_budget_is_noticed():
    docstring = '    """One.\n\n    Two.\n    """\n'
    assert rules.long_functions("a.py", "def f():\n" + docstring + "    pass\n" * 39) == []
    assert rules.long_functions("a.py", "def f():\n" + docstring + "    pass\n" * 40) == [
        "a.py:1 f has 41 lines, 40 at most"
    ]
    assert len(rules.long_functions("a.py", "class A:\n  async def f():\n" + "    pass\n" * 40)) == 1


def test_one_argument_too_many_is_noticed():
    six, seven, ten, eleven = (", ".join("abcdefghijk"[:count]) for count in (6, 7, 10, 11))
    assert rules.many_arguments("table/a.py", f"def f({six}): pass") == []
    assert rules.many_arguments("table/a.py", f"def f({seven}): pass") == ["table/a.py:1 f has 7 arguments, 6 at most"]
    assert rules.many_arguments("table/a.py", "def f(a, /, b, c, *, d, e, f, g): pass") != []
    assert rules.many_arguments("table/a.py", f"class A:\n    def f(self, {six}): pass") == []
    assert rules.many_arguments("table/a.py", f"class A:\n    @staticmethod\n    def f({seven}): pass") != []
    assert rules.many_arguments("engine/a.py", f"def f({ten}): pass") == []
    assert rules.many_arguments("engine/a.py", f"def f({eleven}): pass") != []
    assert rules.many_arguments("estimators/a.py", f"class A:\n    def __init__(self, {eleven}): pass") == []
    assert rules.many_arguments("network/network.py", f"class A:\n    def __init__(self, {eleven}): pass") == []
    assert rules.many_arguments("network/a.py", f"class A:\n    def __init__(self, {eleven}): pass") != []
    assert rules.many_arguments("estimators/a.py", f"class A:\n    def fit(self, {seven}): pass") == []
    assert rules.many_arguments("estimators/a.py", f"class A:\n    def predict(self, {seven}): pass") != []


def test_a_fourth_level_is_noticed():
    three = "def f():\n for a in b:\n  if a:\n   with a:\n    pass\n"
    assert rules.deep_nesting("a.py", three) == []
    assert rules.deep_nesting("a.py", three + "    while a: pass\n") == ["a.py:1 f is 4 levels deep, 3 at most"]
    assert rules.deep_nesting("a.py", three + "    try: pass\n    finally: pass\n") != []
    assert rules.deep_nesting("a.py", three + "    def g():\n     if a: pass\n") == []


def test_elif_is_no_level_but_an_if_in_else_is():
    assert rules.deep_nesting("a.py", "def f():\n if a: b\n elif c: d\n elif e: g\n elif h: i\n else: j\n") == []
    nested = "def f():\n if a: b\n else:\n  if c: d\n  else:\n   if e: g\n   else:\n    if h: i\n    k\n"
    assert rules.deep_nesting("a.py", nested) != []


def test_a_folder_without_a_word_is_noticed():
    files = {
        "__init__.py": '"""Top."""',
        "network/__init__.py": "",
        "engine/writer.py": "",
        "cli/__init__.py": "'One.'",
    }
    assert rules.silent_folders(files) == [
        "engine/__init__.py has no docstring",
        "network/__init__.py has no docstring",
    ]


def test_a_heavy_module_is_noticed():
    assert top_level_modules_after("import rich") & HEAVY == {"rich"}


def test_a_public_name_outside_all_is_noticed():
    planted = ModuleType("planted")
    exec("from pathlib import Path\n__all__ = ['a']\na = b = _c = 1\ndef d(): pass", vars(planted))
    assert rules.names_outside_all(planted) == {"b", "d"}
