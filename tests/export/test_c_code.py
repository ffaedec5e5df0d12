"""The C file: compiled without a warning, a program for tables, two functions for programs."""

import ctypes
import re
import subprocess
from functools import cache

import numpy as np
import pandas as pd
import pytest

from glassnet.cli.predict import predicted_columns
from glassnet.errors import SettingError
from glassnet.export import c_text
from glassnet.export.c_code import c_code
from glassnet.export.c_compiler import compiler
from glassnet.export.scorer_of import scorer_of
from glassnet.export.self_test import trial_of
from glassnet.table.frames import read_frame
from glassnet.table.texts import DATE_FORMS, boolean_in, date_in, number_in

from ..table.cases import mixed
from .scored import (
    COVERAGE,
    MEMBERS,
    MODELS,
    NUMBERS,
    TARGET,
    N,
    built,
    c_text_of,
    hostile,
    model_of,
    odd,
    regressor,
    run,
    scored,
)

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler here")


def csv_of(frame, **more):
    return frame.to_csv(index=False, **more)


@pytest.fixture(scope="module")
def program_of(tmp_path_factory):
    """The programs of the models, each compiled once."""

    @cache
    def program(name):
        return built(c_text_of(name), tmp_path_factory.mktemp("c"))

    return program


@pytest.mark.parametrize("name", MODELS)
def test_the_file_compiles_without_a_warning_allocates_nothing_and_passes_its_own_test(program_of, name):
    code = c_text_of(name)
    assert run_self_test(program_of(name)) == b"self-test: 100 of 100 rows agree\n"
    assert re.findall(r"\b(?:m|c|re)alloc\b|\balloca\b", code) == []
    assert set(re.findall(r"#include <(.*)>", code)) == {"math.h", "stdio.h", "stdlib.h", "string.h"}


def run_self_test(program):
    return subprocess.run([program, "--self-test"], capture_output=True).stdout


def test_a_wrong_number_fails_the_test_that_the_file_carries(tmp_path):
    code = c_text_of("whole numbers as classes")
    spoilt = re.sub(r"(m0_b3\[\d\] = \{\s*)", r"\g<1>1.5f + ", code)
    assert spoilt != code
    assert run_self_test(built(spoilt, tmp_path)) != b"self-test: 100 of 100 rows agree\n"


def new_rows(kind):
    """Rows that are not in the self-test: with quotes, gaps, unseen levels and extremes."""
    frame = kind().astype(object)
    frame.iloc[3] = None
    frame.iloc[5] = None
    return frame.sample(40, random_state=1)


def test_a_table_of_mixed_columns_is_scored_as_predict_does(program_of):
    model = model_of("mixed columns, intervals")
    frame = new_rows(lambda: mixed(N))
    frame.loc[frame.index[:3], "city"] = ['say "no", Rome', "Zürich\nOerlikon", " Oslo "]
    frame.loc[frame.index[4:8], "size"] = [np.inf, -np.inf, 1e300, -1e9]
    shuffled = frame[frame.columns[::-1]].assign(extra="not used")
    found = scored(program_of("mixed columns, intervals"), csv_of(shuffled))
    assert list(found) == ["prediction", "lower", "upper"]
    assert np.allclose(np.array(found["prediction"], float), model.predict(frame), rtol=1e-7)
    ends = np.column_stack([found["lower"], found["upper"]]).astype(float)
    assert np.allclose(ends, model.predict_interval(frame, COVERAGE["mixed columns, intervals"]), rtol=1e-7)


@pytest.mark.parametrize("name", COVERAGE)
def test_adaptive_intervals_are_those_of_predict_interval(tmp_path, name):
    model, rows = model_of(name), new_rows(lambda: mixed(N) if name.startswith("mixed") else pd.DataFrame(NUMBERS))
    rows = rows if name.startswith("mixed") else pd.DataFrame(3 * NUMBERS)
    program = built(c_text_of(name, adaptive=True), tmp_path)
    assert run_self_test(program) == b"self-test: 100 of 100 rows agree\n"
    found = scored(program, csv_of(rows))
    ends = np.column_stack([column for end, column in found.items() if end.startswith(("lower", "upper"))])
    X = rows if name.startswith("mixed") else rows.to_numpy()
    expected = model.predict_interval(X, COVERAGE[name], adaptive=True).reshape(len(X), -1)
    assert np.allclose(ends.astype(float), expected, rtol=1e-6)
    assert not np.allclose(expected, model.predict_interval(X, COVERAGE[name]).reshape(len(X), -1), rtol=1e-2)


def test_levels_that_are_numbers_go_by_value(program_of):
    model = model_of("odd columns")
    found = scored(program_of("odd columns"), csv_of(odd()))
    assert np.allclose(np.array(found["prediction"], float), model.predict(odd()), rtol=1e-7)
    row = odd().head(1).astype(object)
    grades = ("10", "10.0", " 1e1", "+10.", "10.01", "?", "010", "")
    tables = [csv_of(row.assign(grade=grade)) for grade in grades]
    ten, *same, unseen, odd_one, code, gap = [
        scored(program_of("odd columns"), table)["prediction"] for table in tables
    ]
    assert same == [ten] * 3
    assert ten != unseen == odd_one == code == gap


def test_ids_that_a_double_cannot_tell_apart_go_by_their_texts():
    ids = [2**60 + 256 * (k % 3) for k in range(N)]
    frame = mixed(N)[["size"]].assign(id=ids)
    column = scorer_of(regressor(frame, TARGET, column_kinds={"id": "category"}, **MEMBERS)).columns[1]
    assert (column.levels, column.values) == (tuple(map(str, ids[:3])), ())


def test_names_and_levels_cannot_break_out_of_the_file(program_of):
    model = model_of("hostile names")
    found = scored(program_of("hostile names"), csv_of(hostile()))
    assert list(found["prediction"]) == model.predict(hostile()).tolist()
    names = [f"probability_{name}" for name in model.classes_]
    assert list(found) == ["prediction", *names]
    assert np.allclose(np.column_stack([found[name] for name in names]).astype(float), model.predict_proba(hostile()))


@pytest.mark.parametrize("name", ["rows without names", "labels", "quantiles of two targets", "two classes"])
def test_columns_are_those_of_glassnet_predict(program_of, name):
    X = mixed(N) if name in ("rows without names", "two classes") else pd.DataFrame(NUMBERS)
    expected = predicted_columns(model_of(name), X if name == "two classes" else X.to_numpy())
    found = scored(program_of(name), csv_of(X))
    assert list(found) == list(expected)
    for column, values in expected.items():
        assert (
            list(found[column]) == [str(value) for value in values]
            if values.dtype.kind in "biu"
            else np.allclose(np.array(found[column], float), values, rtol=1e-6, atol=1e-6)
        )


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    frame = pd.DataFrame({"age": NUMBERS[:, 0], "on": pd.date_range("2020-01-01", periods=N), "town": ["a", "b"] * 30})
    model = regressor(frame, TARGET, **MEMBERS)
    scorer = scorer_of(model)
    return built(c_code(scorer, trial_of(model, scorer)), tmp_path_factory.mktemp("c"))


TABLES = [
    ("", "The table has no header."),
    ("age,on\n1,2020-01-01\n", "The table has no column town."),
    ("age,on,town\n1,2020-01-01,a\n1,2020-01-01\n", "Line 3: expected 3 fields, found 2"),
    ('age,on,town\n1,2020-01-01,"a\n', "Line 2: expected 3 fields, found -1"),
    ("age,on,town\n0x10,2020-01-01,a\n", 'Line 2: column age holds "0x10", which cannot be read.'),
    ("age,on,town\n1,2020-02-30,a\n", 'Line 2: column on holds "2020-02-30", which cannot be read.'),
    ("age,on,town\n1,01/02/2020,a\n", "column on holds"),
    ("age,on,town\n1,2020-01-01,a\0b\n", "found -1"),
    ("age,on,town\n1,2020-01-01," + "a" * (1 << 20) + "\n", "found -1"),
    ("age,on,town" + "," * 2000 + "\n", "The table has no header."),
]


@pytest.mark.parametrize(("table", "words"), TABLES)
def test_a_table_that_cannot_be_read_is_refused_in_words(program, table, words):
    done = run(program, table)
    assert done.returncode == 3
    assert words in done.stderr.decode()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("age,on,town\n1,2020-01-01,a\n1,2020-01-01,Köln\n", "Line 3: column town is not UTF-8: save the table so."),
        ("age,on,town,größe\n1,2020-01-01,a,1\n", "Line 1: the name of column 4 is not UTF-8: save the table so."),
    ],
)
def test_a_table_that_is_not_utf8_is_refused(program, table, words):
    assert run(program, table).returncode == 0
    done = subprocess.run([program], input=table.encode("cp1252"), capture_output=True)
    assert (done.returncode, done.stderr.decode().strip()) == (3, words)


def test_every_sign_of_unicode_is_read(program):
    signs = "".join(chr(k) for k in range(0x20, 0x110000, 97) if not 0xD800 <= k < 0xE000 and chr(k) not in '",')
    assert len(scored(program, f"age,on,town\n1,2020-01-01,{signs}\n")["prediction"]) == 1


def test_tables_of_every_system_are_read(program):
    plain = "age,on,town\n1,2020-01-01,a\n,,\n"
    said = scored(program, plain)
    assert len(said["prediction"]) == 2
    for table in (
        plain.replace("\n", "\r\n"),
        plain.replace("\n", "\r"),
        "\ufeff" + plain,
        plain.rstrip(),
        plain.replace("\n", "\n\n"),
        'town,"age", "on"\n"a",1,"2020-01-01 "\n"NA",null,?\n',
    ):
        assert scored(program, table) == said


def test_a_column_without_a_name_is_called_as_pandas_calls_it(tmp_path):
    frame = pd.DataFrame({"x": NUMBERS[:, 0], "Unnamed: 1": NUMBERS[:, 1]})  # as read_csv reads "x,\n"
    model = regressor(frame, TARGET, **MEMBERS)
    scorer = scorer_of(model)
    found = scored(built(c_code(scorer, trial_of(model, scorer)), tmp_path), csv_of(frame).replace("Unnamed: 1", ""))
    np.testing.assert_allclose(np.array(found["prediction"], float), model.predict(frame), rtol=1e-6)


def test_the_program_says_how_it_is_used(program, tmp_path):
    (tmp_path / "table.csv").write_text("age,on,town\n1,2020-01-01,a\n")
    assert subprocess.run([program, tmp_path / "table.csv"], capture_output=True).returncode == 0
    assert subprocess.run([program, tmp_path / "none.csv"], capture_output=True).returncode == 3
    wrong = subprocess.run([program, "--help"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("usage: ")


# ---- The two functions -----------------------------------------------------------------------------------------------

CELLS = [
    "1", "-1.5e3", "+.5", "5.", ".", "e5", "1e", "1e+", "1e+x", "1,5", "0x10", "1_0", " 7 ", "nan", "N/A", "?", "-", "",
    "#n/A", "<NA>",
    "1e999", "--1", "1.2.3", "true", "TRUE", "False", "yes", "0", "2020-01-01", "0001-01-01", "0000-01-01", "2020-2-9",
    "2019-02-29", "2020-02-29", "1900-02-29", "2000-02-29", "2020-13-01", "2020-1-01T3:04", "2020-01-01 23:59:59.25",
    "2020-01-01 24:00", "2020-01-01 3:4", "2020-01-01 03:04:", "2020-01-01T03:04Z", "2020-01-01 03:04 UTC",
    "2020-01-01 03:04+01:00", "2020-01-01 03:04 -0130", "2020-01-01+1", "2020-01-01 Z", "2020-01-01Q", "9999-12-31",
    "2020/01/31", "31.1.2020", "1.31.2020", "1/31/2020", "31/1/2020", "31-1-2020", "1969-12-31 12:00", "12020-01-01",
    "2020-01-01 00:00:60", "2020-01-01 03:04:05,123456789", "2020-01-01 03:04:05.1234567890",
]  # fmt: skip


def test_cells_are_read_as_python_reads_them(tmp_path):
    frame = pd.DataFrame({"n": NUMBERS[:, 0], "b": np.arange(N) % 2 == 0})
    for form in DATE_FORMS:
        pattern = form.replace("year", "%Y").replace("month", "%m").replace("day", "%d")
        frame[form] = pd.date_range("2020-01-02", periods=N, freq="17D").strftime(pattern)
    model = regressor(frame, TARGET, **MEMBERS | {"column_kinds": dict.fromkeys(DATE_FORMS, "date")})
    scorer = scorer_of(model)
    code = c_code(scorer, trial_of(model, scorer))
    library = ctypes.CDLL(str(built(code, tmp_path, "-shared", "-fPIC", "-DGLASSNET_NO_MAIN")))
    value = ctypes.c_double()
    readers = [number_in, boolean_in, *(date_in(column.form) for column in scorer.columns[2:])]
    assert {column.form for column in scorer.columns[2:]} == set(DATE_FORMS)
    for place, reader in enumerate(readers):
        for cell in CELLS:
            expected = reader(cell.strip()) if cell.strip() else np.nan
            could = library.glassnet_read(place, cell.encode(), ctypes.byref(value))
            if place == 1 and cell in ("0", "1"):  # as a CSV may write it
                expected = float(cell)
            assert could == (expected is not None), (place, cell)
            if expected is not None:
                assert value.value == pytest.approx(expected, rel=1e-12, nan_ok=True), (place, cell)


def test_without_main_the_file_goes_into_a_program(tmp_path):
    model = model_of("whole numbers as classes")
    code = c_text_of("whole numbers as classes")
    library = ctypes.CDLL(str(built(code, tmp_path, "-shared", "-fPIC", "-DGLASSNET_NO_MAIN")))
    assert not hasattr(library, "main")
    row, out = (ctypes.c_double * 3)(*NUMBERS[7]), (ctypes.c_double * 3)()
    assert library.glassnet_predict(row, out) == 1
    assert np.allclose(out, model.predict_proba(NUMBERS[[7]])[0])
    for entry in (np.nan, np.inf, -np.inf):
        assert library.glassnet_predict((ctypes.c_double * 3)(1.0, entry, 2.0), out) == 0


def test_numbers_that_are_no_places_of_levels_are_unseen_levels(tmp_path):
    code = c_text_of("two classes")
    library = ctypes.CDLL(str(built(code, tmp_path, "-shared", "-fPIC", "-DGLASSNET_NO_MAIN")))
    columns = read_frame(mixed(N)).columns
    city = [column.name for column in columns].index("city")

    def said(code):
        row, out = (ctypes.c_double * len(columns))(), (ctypes.c_double * 2)()
        row[city] = code
        assert library.glassnet_predict(row, out) == 1
        return list(out)

    unseen = said(-1.0)
    assert said(1e300) == said(-1e300) == said(99.0) == said(np.inf) == unseen
    assert said(0.0) != unseen


def test_texts_that_c_cannot_hold_are_refused():
    with pytest.raises(SettingError, match="cannot stand in a C file"):
        c_text.text("a\0b")
    with pytest.raises(SettingError, match="4095"):
        c_text.text("a" * 5000)
