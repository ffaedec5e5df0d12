"""The report is one file that anybody can open, and says the same about the same run."""

import hashlib
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from glassnet.errors import InputError, ModelFileError
from glassnet.report import build_report
from glassnet.report.finished import Finished
from glassnet.report.language import Say
from glassnet.report.page import page as made_page
from glassnet.report.parts import Cards, Figure, Section, Table, Terms, Verbatim, Words
from glassnet.report.spark import spark

from .pages import Page
from .runs import houses, write_run

LIMIT = 1_500_000
PAGE_SHA256 = "f8555bc1b3740b39e5bc90fb31f75c35482fb7129b4c40b6e09145f1847cc43b"
SECTIONS = ["verdict", "curves", "predictions", "importance", "uncertainty", "network", "data", "reproduce", "glossary"]
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pytest.fixture(params=["run", "class_run"])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def page(folder):
    return Page(folder / "report.html")


def page_of(path, X, y, **settings):
    return Page(build_report(write_run(path / "run", X, y, **settings)))


# ---- The page as a page ----------------------------------------------------------------------------------------------


def test_it_has_nine_sections_in_the_order_of_a_readers_questions(page):
    assert [value for tag, name, value in page.attributes if tag == "section" and name == "id"] == SECTIONS


def test_every_tag_is_closed_and_every_id_is_given_once(page):
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


def test_every_reference_inside_the_page_has_its_place(page):
    targets = {value[1:] for _, name, value in page.attributes if "href" in name and value.startswith("#")}
    labels = {
        id_ for _, name, value in page.attributes if name.startswith("aria-") and "by" in name for id_ in value.split()
    }
    clips = set(re.findall(r"url\(#([^)]+)\)", page.source))
    assert targets >= set(SECTIONS)
    assert targets | labels | clips <= set(page.ids)


def test_it_asks_nobody_for_anything_and_has_no_script(page):
    outside = {(tag, value) for tag, name, value in page.attributes if "://" in value and not name.startswith("xmlns")}
    assert {tag for tag, _ in outside} == {"a"}
    assert not page.tags["script"] + page.tags["link"] + page.tags["iframe"] + page.tags["object"]
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    style = page.source[page.source.index("<style>") : page.source.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style
    assert all(
        value.startswith("data:") for tag, name, value in page.attributes if tag in ("img", "image") and "href" in name
    )


def test_every_figure_has_a_title_a_description_and_its_numbers(page):
    assert page.tags["figure"] >= 12
    drawings = page.source.count('role="img"')
    assert drawings == page.tags["figure"] == page.tags["desc"] == page.tags["figcaption"]
    for figure in re.findall(r"<figure>.*?</figure>", page.source, re.DOTALL):
        assert "<details>" in figure
        assert figure.count("<tr>") >= 2


def test_it_follows_the_readers_light_or_dark_and_the_printer(page):
    assert "prefers-color-scheme: dark" in page.source
    assert "@media print" in page.source
    drawings = re.findall(r"<svg .*?</svg>", page.source, re.DOTALL)
    assert all("#000000" not in drawing and "#1b1b1b" not in drawing for drawing in drawings)
    assert sum("currentColor" in drawing for drawing in drawings) >= page.tags["figure"]


def test_no_sentence_has_a_hole(page):
    assert not re.search(r"\{|\bNone\b|\bnan\b", page.text)


# ---- The same run, the same bytes ------------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_bytes_and_only_the_report_is_written(run, tmp_path):
    again = shutil.copytree(run, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report.html"))
    build_report(again)
    files = [{path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")} for folder in (again, run)]
    assert files[0] == files[1]


def test_another_process_with_other_hashes_of_texts_writes_the_same_bytes(class_run, tmp_path):
    again = shutil.copytree(class_run, tmp_path / "run", ignore=shutil.ignore_patterns("figures", "report.html"))
    program = f"from glassnet.report import build_report; build_report({str(again)!r})"
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | {"PYTHONHASHSEED": "12345"})
    assert (again / "report.html").read_bytes() == (class_run / "report.html").read_bytes()


def test_the_page_around_the_parts_is_the_one_that_was_looked_at(run):
    """Of parts by hand, so that it is the same everywhere. If you changed the look: look at it, then write the hash."""
    table = Table("Rows", ["name", "n", "note"], [["a<b", 1234.5, "x" * 40], ["", None, spark([1, 2])]], "cut")
    svg = '<?xml version="1.0"?><svg width="9pt" viewBox="0 0 9 9"><path style="stroke: #1b1b1b"/></svg>'
    looks = [Words("text & more", look) for look in ("plain", "headline", "note", "warning")]
    parts = [
        *looks,
        Cards([("RMSE", "1")]),
        table,
        Figure("f", "Title", "Words", svg, table),
        Verbatim("A file", "<x>"),
    ]
    sections = [
        Section("one", "One", parts),
        Section("two", "Two", [Terms([("Loss", "small", "https://example.org")])]),
    ]
    whole = made_page(Finished.at(run), sections, Say())
    assert hashlib.sha256(whole.encode()).hexdigest() == PAGE_SHA256


def test_figures_are_files_too(run):
    files = sorted((run / "figures").glob("*.svg"))
    assert len(files) == Page(run / "report.html").tags["figure"]
    assert all(file.read_text(encoding="utf-8").startswith("<?xml") for file in files)


# ---- What tables may hold --------------------------------------------------------------------------------------------


def test_names_and_values_of_a_table_are_texts_and_never_code(tmp_path):
    X, y = houses()
    evil = "<script>alert('x')</script>"
    X = X.rename(columns={"area": evil, "age": "$\\frac{1$", "rooms": 'a & {b} "c" </svg>'})
    X["town"] = np.where(X[evil] > 0, "<b>Oslo</b>", "]]>'\"")
    page = page_of(tmp_path, X, y, target="</title><img src=x onerror=alert(1)>")
    assert page.tags["script"] == page.tags["b"] == page.tags["img"] == 0
    assert evil in page.text
    assert page.open == []
    assert "$\\frac{1$" in page.text


def test_a_wide_table_gives_a_report_below_its_limit(tmp_path):
    n_columns = 500
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, n_columns)), columns=[f"measurement number {k}" for k in range(n_columns)])
    page = page_of(tmp_path, X, X.iloc[:, 0].to_numpy() + 0.1, n_test=100, n_members=1, max_iter=2)
    assert len(page.source.encode()) < LIMIT
    assert f"measurement number {n_columns - 1}" in page.text


def test_long_texts_are_cut_short(tmp_path):
    X, y = houses()
    X["review"] = [f"{'very ' * 500} good {k % 3}" for k in range(len(X))]
    page = page_of(tmp_path, X, y, max_iter=2)
    assert "review" in page.text
    assert "very " * 20 not in page.text


def test_many_rows_are_drawn_as_a_picture(tmp_path):
    X, y = houses(n=6000)
    page = page_of(tmp_path, X, y, n_test=5000, max_iter=2)
    assert len(page.source.encode()) < LIMIT / 2
    assert page.tags["use"] < 4000
    assert "data:image/png" in page.source


def test_duplicates_give_a_report(tmp_path):
    X, y = houses(n=8)
    page_of(tmp_path, pd.concat([X] * 20, ignore_index=True), np.tile(y, 20))


@pytest.mark.filterwarnings("ignore::glassnet.errors.DataWarning")
def test_a_constant_target_gives_a_report(tmp_path):
    X, y = houses()
    page_of(tmp_path, X, np.full_like(y, 7.0), max_iter=2)


@pytest.mark.parametrize("n_test", [0, 1, 2])
def test_few_test_rows_or_none_give_a_report(tmp_path, n_test):
    page = page_of(tmp_path, *houses(n=60), n_test=n_test, max_iter=2)
    assert ("These are few rows" in page.text) == (n_test > 0)


def test_one_test_row_of_classes_gives_a_report(tmp_path):
    X, y = houses(n=60)
    page = page_of(tmp_path, X, np.where(y > 0, 1, 0), n_test=1, max_iter=2)
    assert "no ROC curve" in page.text


def test_a_table_without_numbers_gives_a_report(tmp_path):
    X, y = houses()
    texts = pd.DataFrame({name: np.where(X[name] > 0, "up", "down") for name in ("age", "rooms")}).astype(object)
    texts.iloc[::7, 1] = None
    texts["new"] = X["area"].to_numpy() > 0
    texts["sold"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(X)) % 90, unit="D")
    page = page_of(tmp_path, texts, y, max_iter=2)
    assert {"price by new", "price by sold", "price by age", "price by rooms"} <= set(page.texts)


def test_quantiles_give_a_report(tmp_path):
    page = page_of(tmp_path, *houses(), loss="quantile", quantile=[0.1, 0.5, 0.9], max_iter=2)
    assert "Intervals that should hold 80 %" in page.text


# ---- What may be missing ---------------------------------------------------------------------------------------------


def test_without_the_rows_sections_say_so(run, tmp_path):
    again = shutil.copytree(run, tmp_path / "run")
    (again / "rows_test.parquet").unlink()
    page = Page(build_report(again))
    assert "this run has none of them" in page.text
    assert "Neurons are examined on rows kept aside" in page.text


def test_a_run_that_did_not_end_is_refused_in_words(run, tmp_path):
    again = shutil.copytree(run, tmp_path / "run")
    (again / "metrics.json").unlink()
    before = (again / "report.html").read_bytes()
    with pytest.raises(InputError, match="did its training end"):
        build_report(again)
    assert (again / "report.html").read_bytes() == before


def test_a_damaged_model_is_refused_in_words(run, tmp_path):
    again = shutil.copytree(run, tmp_path / "run")
    (again / "model.glassnet").write_bytes(b"no model")
    with pytest.raises(ModelFileError):
        build_report(again)
