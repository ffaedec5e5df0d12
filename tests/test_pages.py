"""The pages that `make docs` builds: each is found from the front page, and each chapter is a script that runs.

The build itself runs all of them and takes minutes. Here the chapters run that need no estimator, hence no compiler.
"""

import re
import runpy
from fnmatch import fnmatch
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
SCRIPTS = sorted(DOCS.glob("gallery/*/[0-9][0-9]_*.py"))
QUICK = [path for path in SCRIPTS if not re.search("GlassNet|subprocess", path.read_text(encoding="utf-8"))]
WRITTEN = {"inside", "howto"}  # folders that a build makes from docs/gallery/


def hand_written():
    """The names of all pages that are Markdown, as Sphinx has them."""
    pages = (path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md"))
    return {page for page in pages if page.split("/")[0] not in WRITTEN}


def entries(path):
    """The entries of a page's lists of contents, as patterns of page names."""
    text = path.read_text(encoding="utf-8")
    lists = re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL)
    lists += re.findall(r"\.\. toctree::\n((?:\n| {3}.*\n)*)", text)
    for entry in " \n".join(lists).split("\n"):
        if entry.strip() and not entry.strip().startswith(":"):
            place = DOCS if entry.strip().startswith("/") else path.parent
            yield (place / entry.strip().lstrip("/")).resolve().relative_to(DOCS).as_posix()


def test_every_page_is_in_a_list_of_contents():
    sources = [DOCS / f"{page}.md" for page in hand_written()] + list(DOCS.glob("gallery/*/GALLERY_HEADER.rst"))
    patterns = {entry for path in sources for entry in entries(path)}
    assert {"inside/index", "howto/index", "mathematics"} <= patterns
    missing = [page for page in hand_written() - {"index"} if not any(fnmatch(page, pattern) for pattern in patterns)]
    assert missing == []


def test_the_chapters_were_found():
    assert len(SCRIPTS) >= 17
    assert len(QUICK) >= 5


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_chapter_opens_with_its_title_and_compiles(path):
    text = path.read_text(encoding="utf-8")
    compile(text, path, "exec")
    assert re.match(r'r?"""\n(.+)\n=+\n\n', text)


@pytest.mark.filterwarnings("ignore:.*non-interactive:UserWarning")  # figures are drawn, and nobody looks
@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.stem)
def test_a_chapter_without_estimators_runs(path, monkeypatch, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    monkeypatch.syspath_prepend(path.parent)  # chapters share drawing.py
    runpy.run_path(str(path))
    plt.close("all")
    assert capsys.readouterr().out


def test_every_equation_that_a_chapter_cites_is_on_the_page():
    on_page = set(re.findall(r"\(eq\. (\d+)\)", (DOCS / "mathematics.md").read_text(encoding="utf-8")))
    text = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    cited = set(re.findall(r"(?:eq\. |:label: eq-)(\d+)", text))
    assert len(cited) > 10
    assert cited <= on_page
