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


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def printed_by(code: str) -> str:
    with redirect_stdout(StringIO()) as printed:
        exec(code, {})
    return printed.getvalue()


def test_the_readme_shows_the_real_output_of_its_example():
    assert printed_by(blocks("README.md", "python")[0]) == blocks("README.md", "text")[0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_about_tables_shows_the_real_output_of_its_example():
    assert printed_by(blocks("docs/tables.md", "python")[0]) == blocks("docs/tables.md", "text")[0]


def test_the_page_about_the_doctor_shows_the_real_findings_of_its_example():
    assert printed_by(blocks("docs/doctor.md", "python")[0]) == blocks("docs/doctor.md", "text")[0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_about_exports_shows_the_real_output_of_its_example():
    assert printed_by(blocks("docs/export.md", "python")[0]) == blocks("docs/export.md", "text")[0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_about_reports_shows_the_real_output_of_its_example():
    assert printed_by(blocks("docs/report.md", "python")[0]) == blocks("docs/report.md", "text")[0]


def test_the_code_in_the_docs_prints_what_it_says():
    (code,) = blocks("docs/mathematics.md", "python")
    said = re.findall(r"print\(.*\)  # (.*)", code)
    assert len(said) == 2
    assert printed_by(code).splitlines() == said


def test_the_tutorial_shows_the_real_output_of_its_examples():
    shown = list(zip(blocks("docs/tutorial.md", "python"), blocks("docs/tutorial.md", "text"), strict=True))
    assert shown
    for code, output in shown:
        assert printed_by(code) == output


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
    assert on_page == set(range(1, 21))
    assert cited <= on_page
