"""The rules of the tree as functions: source text in, sentences about what is wrong out.

Each function looks at text alone, so that a test can hand it a planted violation and see that the rule can fail. Paths
are relative to src/glassnet and use forward slashes, as in "engine/writer.py".
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ORDER = ("network", "engine", "training", "table", "estimators", "doctor", "export")  # each imports only from its left
WAYS_OUT = ("cli", "report", "playground", "cluster")  # these import from all of ORDER
RANK = {place: rank for rank, place in enumerate(ORDER)} | dict.fromkeys(WAYS_OUT, len(ORDER))

FILE_LINES = 300
TEST_FILE_LINES = 600
FUNCTION_LINES = 40
ARGUMENTS = 6
KERNEL_ARGUMENTS = 10
NESTING = 3

# Functions that may take any number of arguments: where the file lies, the name, and why.
MORE_ARGUMENTS = {
    ("estimators/", "__init__"): "scikit-learn reads the settings from this signature",
    ("estimators/", "fit"): "scikit-learn hands over what belongs to the rows (weights, groups) by these names",
    ("network/architecture.py", "__init__"): "a frozen dataclass that converts its fields",
    ("estimators/", "importances"): "rows and what belongs to them as fit has them, and by keyword how to judge",
    ("network/network.py", "__init__"): "Network takes the settings of the estimators, by the same names",
    ("network/backprop.py", "gradient"): "the objective (eq. 3) names all its terms, those after the loss by keyword",
    ("network/backprop.py", "objective"): "as gradient",
    ("network/curvature.py", "largest_eigenvalues"): "as gradient, and how many",
    ("estimators/surface.py", "from_estimator"): "scikit-learn's displays take by keyword what they compute and where",
}

# Imports against the flow: from where, of what, and why. Only inside a function.
AGAINST_THE_FLOW = {
    ("estimators", "export"): "model.save(path) hands the model itself to the right",
    ("estimators", "doctor"): "model.diagnose() does the same",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def sources(folder: Path) -> dict[str, str]:
    """{relative path: text} of every Python file below folder."""
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}


# ---- Who imports whom ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One import of glassnet by glassnet. `place` is a folder, "errors", or a name from the front door."""

    place: str
    line: int
    when_called: bool  # inside a function, or only for the type checker: costs nothing at import
    only_types: bool


def place_of(path: str) -> str:
    """The folder a file belongs to; for a file at the top, its own name."""
    return path.split("/")[0].removesuffix(".py")


def imports(path: str, text: str) -> list[Import]:
    """Every import of glassnet in this file, import_module("glassnet. ...") included."""
    package = ["glassnet", *path.split("/")[:-1]]
    found = []
    for node, when_called, only_types in walk_with_context(ast.parse(text)):
        for module in modules_named_by(node, package):
            if module[0] == "glassnet":
                place = module[1] if len(module) > 1 else "glassnet"
                found.append(Import(place, node.lineno, when_called or only_types, only_types))
    return found


def walk_with_context(
    node: ast.AST, when_called: bool = False, only_types: bool = False
) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Every node below this one, and whether it stands in a function, and whether under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        yield child, when_called, only_types
        guard = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from walk_with_context(child, when_called or isinstance(child, FUNCTIONS), only_types or guard)


def modules_named_by(node: ast.AST, package: list[str]) -> list[list[str]]:
    """Full dotted names, split, that an import statement or an import_module call asks for."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = package[: len(package) + 1 - node.level] if node.level else []
        module = base + (node.module.split(".") if node.module else [])
        return [[*module, alias.name] for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")) and node.args:
        name = node.args[0]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            level = len(name.value) - len(name.value.lstrip("."))
            base = package[: len(package) + 1 - level] if level else []
            return [base + name.value.lstrip(".").split(".")]
    return []


def wrong_imports(path: str, text: str) -> list[str]:
    """network <- engine <- ... <- cli: sentences about the imports of this file that point the other way."""
    reasons = ((found.line, why_wrong(place_of(path), found)) for found in imports(path, text))
    return [f"{path}:{line} {reason}" for line, reason in reasons if reason]


def why_wrong(place: str, found: Import) -> str:
    """Empty if a file in this place may have this import, else the reason why not."""
    target = found.place
    if target in (place, "errors", "__version__"):
        return ""
    if place == "__init__":
        return "" if found.when_called else f"loads {target} at once: the names of glassnet load on first use"
    if place == "__main__":
        return "" if target == "cli" else f"imports {target}: the program is all in cli"
    if place == "errors":
        return f"imports {target}: errors is free to all, so it stands on nothing"
    if place not in RANK:
        return f"lies in {place!r}, which has no rank: add it to ORDER or move the file"
    if target not in RANK:
        return f"imports {target} from the front door: name the folder it lives in"
    if place in WAYS_OUT and target in WAYS_OUT:
        return why_wrong_way_out(place, found)
    if found.when_called and (place, target) in AGAINST_THE_FLOW:
        return ""
    return "" if RANK[target] < RANK[place] else f"imports {target}, which stands to the right of {place}"


def why_wrong_way_out(place: str, found: Import) -> str:
    """Of cli, report, playground and cluster only cli may import another one, and only when it is called."""
    if place != "cli":
        return f"imports {found.place}: only cli may import other ways out"
    return "" if found.when_called else f"imports {found.place} at once: do it inside the command that needs it"


# ---- Sizes -----------------------------------------------------------------------------------------------------------


def functions(text: str) -> Iterator[tuple[Function, bool]]:
    """Every function of the file, nested ones too, and whether it is a method that gets self or cls."""
    for parent in ast.walk(ast.parse(text)):
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, FUNCTIONS):
                static = any(ast.unparse(decorator) == "staticmethod" for decorator in node.decorator_list)
                yield node, isinstance(parent, ast.ClassDef) and not static


def long_file(path: str, text: str, limit: int = FILE_LINES) -> list[str]:
    """A file is one idea."""
    lines = len(text.splitlines())
    return [f"{path} has {lines} lines, {limit} at most"] if lines > limit else []


def long_functions(path: str, text: str) -> list[str]:
    """A function is one screen; the docstring is not counted."""
    found = []
    for node, _ in functions(text):
        lines = node.end_lineno - node.lineno + 1 - docstring_lines(node)
        if lines > FUNCTION_LINES:
            found.append(f"{path}:{node.lineno} {node.name} has {lines} lines, {FUNCTION_LINES} at most")
    return found


def docstring_lines(node: Function) -> int:
    """Lines that the docstring takes."""
    if ast.get_docstring(node) is None:
        return 0
    return node.body[0].end_lineno - node.body[0].lineno + 1


def many_arguments(path: str, text: str) -> list[str]:
    """Six arguments, self not counted; compiled code, which takes arrays and numbers only, may have ten."""
    limit = KERNEL_ARGUMENTS if path.startswith("engine/") else ARGUMENTS
    found = []
    for node, is_method in functions(text):
        if any(path.startswith(place) and node.name == name for place, name in MORE_ARGUMENTS):
            continue
        arguments = node.args
        named = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs) - is_method
        if named > limit:
            found.append(f"{path}:{node.lineno} {node.name} has {named} arguments, {limit} at most")
    return found


def deep_nesting(path: str, text: str) -> list[str]:
    """Three levels of for, while, if, with, try and match."""
    found = []
    for node, _ in functions(text):
        levels = depth(node)
        if levels > NESTING:
            found.append(f"{path}:{node.lineno} {node.name} is {levels} levels deep, {NESTING} at most")
    return found


def depth(node: ast.AST) -> int:
    """Levels of blocks below a node. A nested function is measured by itself, and `elif` opens no level."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and child.col_offset == node.col_offset
        deepest = max(deepest, depth(child) + (isinstance(child, BLOCKS) and not is_elif))
    return deepest


# ---- Folders and names -----------------------------------------------------------------------------------------------


def silent_folders(files: Mapping[str, str]) -> list[str]:
    """Folders whose __init__.py does not say what comes in, what goes out, and which file to read first."""
    folders = {path.rpartition("/")[0] for path in files}
    opening = {folder: files.get(f"{folder}/__init__.py".lstrip("/"), "") for folder in sorted(folders)}
    return [
        f"{folder or 'glassnet'}/__init__.py has no docstring"
        for folder, text in opening.items()
        if not ast.get_docstring(ast.parse(text))
    ]


def names_outside_all(module: ModuleType) -> set[str]:
    """Names that a user meets in vars(module) although __all__ does not promise them; modules do not count."""
    found = set()
    for name, value in vars(module).items():
        public = not name.startswith("_") and name != "TYPE_CHECKING" and not isinstance(value, ModuleType)
        ours = str(getattr(value, "__module__", None) or module.__name__).split(".")[0] == module.__name__
        if public and ours and name not in module.__all__:
            found.add(name)
    return found
