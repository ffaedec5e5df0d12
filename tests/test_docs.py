"""What the documentation shows is what happens: its code runs, its laws exist."""

import doctest
import re
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from pkgutil import walk_packages

import pytest

import glassnet

ROOT = Path(__file__).parent.parent
LAWS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
WITH_EXAMPLES = ("engine", "training", "table", "estimators", "doctor", "export", "report")  # network/ has its own test
MODULES = [
    module.name
    for module in walk_packages(glassnet.__path__, "glassnet.")
    if module.name.split(".")[1] in WITH_EXAMPLES and ">>> " in Path(import_module(module.name).__file__).read_text()
]

EXAMPLES = [  # python, and what it prints behind it
    pytest.param(path.relative_to(ROOT).as_posix(), code, output, id=f"{path.stem} {k}")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for k, (code, output) in enumerate(
        re.findall(r"(?s)```python\n((?:(?!```).)*)```\s+```text\n((?:(?!```).)*)```", path.read_text(encoding="utf-8"))
    )
]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def printed_by(code: str) -> str:
    with redirect_stdout(StringIO()) as printed:
        exec(code, {})
    return printed.getvalue()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("page", "code", "output"), EXAMPLES)
def test_a_page_shows_the_real_output_of_its_example(page, code, output):
    assert printed_by(code) == output


def test_the_pages_have_examples():
    with_examples = {page for page, _, _ in (example.values for example in EXAMPLES)}
    assert with_examples >= {"README.md", *(f"docs/{page}.md" for page in ("tables", "doctor", "export", "tutorial"))}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_about_reports_shows_the_real_output_of_its_example():
    assert printed_by(blocks("docs/report.md", "python")[0]) == blocks("docs/report.md", "text")[0]


def test_the_code_in_the_docs_prints_what_it_says():
    (code,) = blocks("docs/mathematics.md", "python")
    said = re.findall(r"print\(.*\)  # (.*)", code)
    assert len(said) == 2
    assert printed_by(code).splitlines() == said


def test_the_tutorial_has_its_laws():
    assert len(LAWS) > 20


@pytest.mark.parametrize(("file", "name"), LAWS)
def test_every_law_of_the_tutorial_is_a_test(file, name):
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_say(name):
    failed, attempted = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert attempted > 0
    assert failed == 0


def test_every_equation_that_the_code_cites_is_on_the_page():
    page = (ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8")
    on_page = {int(number) for number in re.findall(r"\(eq\. (\d+)\)", page)}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    cited = {int(number) for text in sources for number in re.findall(r"eq\. (\d+)", text)}
    assert on_page == set(range(1, 23))
    assert cited <= on_page
