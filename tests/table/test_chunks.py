"""A table in pieces: whatever the files are, the pieces together are its rows, in order, each with its number."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from glassnet.errors import InputError
from glassnet.table import csv_chunks
from glassnet.table.chunks import big_table
from glassnet.table.csv_chunks import CsvForm

FRAME = pd.DataFrame(
    {
        "a": np.arange(25) / 4,
        "b": [f"line {k}\nwith, a comma" if k % 3 else None for k in range(25)],
        "c": [None] * 20 + [1] * 5,
    }
)


def rows_in(table, names=("b", "a"), n=4, order=None):
    """All rows as a frame, the pieces read in some order and put back by their numbers."""
    found = {}
    for chunk in order or table.chunks:
        first = chunk.first_row
        for block in chunk.read(list(names), n):
            assert block.num_rows <= n
            found[first] = block.to_pandas()
            first += block.num_rows
        assert first == chunk.first_row + chunk.n_rows
    return pd.concat([found[first] for first in sorted(found)], ignore_index=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_chunks, "STRETCH_BYTES", 100)  # a table of 25 rows has several stretches
    FRAME.to_parquet(tmp_path / "t.parquet", row_group_size=7)
    feather.write_feather(pa.Table.from_pandas(FRAME), tmp_path / "t.arrow", chunksize=6)
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    FRAME.to_csv(tmp_path / "semicolons.csv", index=False, sep=";", decimal=",")
    (tmp_path / "parts").mkdir()
    FRAME[:10].to_parquet(tmp_path / "parts" / "1.parquet")
    FRAME[10:].to_parquet(tmp_path / "parts" / "2.parquet")
    return tmp_path


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.csv", "parts"])
def test_the_pieces_together_are_the_rows_in_order(folder, name):
    table = big_table(folder / name)
    assert len(table.chunks) > 1
    assert table.n_rows == 25
    pd.testing.assert_frame_equal(rows_in(table), FRAME[["b", "a"]])


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.csv"])
def test_pieces_can_be_read_in_any_order(folder, name):
    table = big_table(folder / name)
    pd.testing.assert_frame_equal(rows_in(table, order=table.chunks[::-1]), FRAME[["b", "a"]])


def test_a_dataset_is_read_with_its_own_columns_of_folders(folder):
    for year in (2025, 2026):
        (folder / f"years/year={year}").mkdir(parents=True)
        pq.write_table(pa.table({"x": [1, 2]}), folder / f"years/year={year}/t.parquet")
    table = big_table(ds.dataset(folder / "years", partitioning="hive"))
    assert rows_in(table, ("year", "x")).year.tolist() == [2025, 2025, 2026, 2026]
    assert rows_in(big_table(ds.dataset(pa.table({"x": [1, 2, 3]}))), ("x",)).x.tolist() == [1, 2, 3]


def test_the_index_of_pandas_is_no_column_as_in_a_table_that_is_read_at_once(folder):
    FRAME.iloc[[3, 1, 4]].to_parquet(folder / "some.parquet")
    assert big_table(folder / "some.parquet").schema.names == ["a", "b", "c"]


def test_texts_that_polars_writes_as_views_are_texts(folder):
    views = pa.array(["x", None, "y"], pa.string_view())
    codes = pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.uint32()), pa.array(["x", "y"], pa.string_view()))
    table = pa.table({"b": views, "a": [1, 2, 3], "c": codes})
    feather.write_feather(table, folder / "views.arrow")
    found = big_table(folder / "views.arrow")
    assert found.schema.field("b").type == pa.string()
    for values in rows_in(found, ("b", "c")).to_dict("list").values():
        assert values == ["x", pytest.approx(np.nan, nan_ok=True), "y"]


def test_a_csv_may_have_other_signs(folder):
    table = big_table(folder / "semicolons.csv", CsvForm(";", ","))
    pd.testing.assert_frame_equal(rows_in(table), FRAME[["b", "a"]])


def test_the_type_of_a_csv_column_is_that_of_all_its_rows(folder):
    first, last = "1,2,,5\n", "1.5,007x,3,\n"
    (folder / "types.csv").write_text("a,b,c,d\n" + first * 50 + last)
    table = big_table(folder / "types.csv")
    assert [str(kind) for kind in table.schema.types] == ["double", "string", "int64", "int64"]
    assert rows_in(table, ("b",)).b.tolist() == ["2"] * 50 + ["007x"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ([2**63, 2**63 + 1, 5], "uint64"),
        ([2**63, 2**63 + 1, -5], "string"),
        ([2**63, 2**63 + 1, ""], "string"),
        ([2**70, 2**70 + 1, 5], "string"),
        ([2**63, 0.5, 5], "double"),
        (["true", "False", ""], "bool"),
        (["true", "false", "1"], "string"),
        (["0x1F", "0x20", "12"], "string"),
    ],
)
def test_ids_truth_values_and_codes_are_what_they_are_in_a_table_that_is_read_at_once(folder, fields, kind):
    (folder / "odd.csv").write_text("n,code\n" + "".join(f"1,{field}\n" for field in fields))
    table = big_table(folder / "odd.csv")
    assert str(table.schema.field("code").type) == kind
    found = rows_in(table, ("code",)).code
    assert found.nunique() == len(set(fields) - {""})
    if kind in ("uint64", "string"):
        assert [str(value) for value in found.dropna()] == [str(field) for field in fields if field != ""]


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ("2026-01-01", "date32[day]"),
        ("2026-01-01 23:30", "timestamp[s]"),
        ("2026-01-01 23:30:00.25", "string"),
        ("2026-01-01 23:30:00+02:00", "string"),
    ],
)
@pytest.mark.parametrize("n_days", [0, 50])
def test_moments_are_of_the_clock_on_the_wall_and_parts_of_seconds_count(folder, last, kind, n_days):
    (folder / "days.csv").write_text("day,n\n" + "2026-01-01,1\n" * n_days + f"{last},2\n" * 20)
    table = big_table(folder / "days.csv")
    assert str(table.schema.field("day").type) == kind
    found = rows_in(table, ("day",)).day.iloc[-1]
    assert found == last if kind == "string" else pd.Timestamp(found) == pd.Timestamp(last)


def test_times_of_day_are_texts_as_in_a_table_that_is_read_at_once(folder):
    (folder / "times.csv").write_text("t,n\n" + "08:30,1\n" * 40)
    assert rows_in(big_table(folder / "times.csv"), ("t",)).t.tolist() == ["08:30"] * 40


@pytest.mark.parametrize("content", [",a\n1,2\n", "\ufeff\r\n\r\n,a\r\n1,2\r\n"])
def test_an_index_is_called_as_pandas_calls_it_and_empty_lines_may_come_first(folder, content):
    (folder / "index.csv").write_bytes(content.encode())
    names = pd.read_csv(folder / "index.csv").columns.tolist()
    assert rows_in(big_table(folder / "index.csv"), names).to_numpy().tolist() == [[1, 2]]


def test_lines_of_a_csv_end_in_many_ways_and_quotation_marks_hold_line_feeds(folder):
    (folder / "windows.csv").write_bytes("\ufeffa,b\r\n".encode() + b'1,"x\r\ny ""z"""\r\n' * 40 + b"2,end")
    found = rows_in(big_table(folder / "windows.csv"))
    assert found.a.tolist() == [1] * 40 + [2]
    assert found.b.tolist() == ['x\r\ny "z"'] * 40 + ["end"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("none.csv", None, "there is no file"),
        ("t.xlsx", "x", "no table that can be read piece by piece"),
        ("packed.csv.gz", "x", "no table that can be read piece by piece"),
        ("empty.csv", "", "is empty"),
        ("header.csv", "a,b\n", "no rows"),
        ("returns.csv", "a,b\r1,2\r", "end in carriage returns alone"),
        ("twice.csv", "a,a\n1,2\n", "two columns named 'a'"),
        ("long.csv", "a,b\n1,2\n1,2,3\n", "Expected 2 columns, got 3"),
        ("bad.parquet", "no parquet", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path, name, text, says):
    if text is not None:
        (tmp_path / name).write_text(text, newline="")
    with pytest.raises(InputError, match=says):
        big_table(tmp_path / name)


def test_files_of_one_table_have_the_same_columns(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,c\n1,2\n")
    with pytest.raises(InputError, match=r"2\.csv has other columns"):
        big_table(tmp_path)


@pytest.mark.parametrize("write", [pd.DataFrame.to_parquet, feather.write_feather], ids=["parquet", "arrow"])
def test_files_of_types_have_the_same_columns_too_in_any_order(tmp_path, write):
    ending = "parquet" if write is pd.DataFrame.to_parquet else "arrow"
    write(pd.DataFrame({"a": [1], "b": [2]}), tmp_path / f"1.{ending}")
    write(pd.DataFrame({"b": [3], "a": [4]}), tmp_path / f"2.{ending}")
    assert rows_in(big_table(tmp_path)).to_numpy().tolist() == [[2, 1], [3, 4]]
    for columns in ({"a": [1]}, {"a": [1], "b": [2], "c": [3]}):  # gaps and losses in silence before
        write(pd.DataFrame(columns), tmp_path / f"2.{ending}")
        with pytest.raises(InputError, match=rf"2\.{ending} has other columns.*'[bc]' is in one") as error:
            big_table(tmp_path)
        assert error.value.error_id == "E108"


@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 2], [2.5, None]), ([None, None], [1.5, 2.0]), ([None, None], ["x", None]), ([1.5, 2.5], [1, 2])],
    ids=str,
)
def test_the_type_of_a_column_is_one_for_all_files(tmp_path, first, second):
    for place, values in enumerate((first, second)):
        pq.write_table(pa.table({"a": values}), tmp_path / f"{place}.parquet")
    table = big_table(tmp_path)
    assert [value for chunk in table.chunks for block in chunk.read(["a"], 9) for value in block["a"].to_pylist()] == [
        *first,
        *second,
    ]


def test_a_folder_of_files_of_several_kinds_is_refused_in_words(folder):
    with pytest.raises(InputError, match=r"several kinds: \.arrow, \.csv, \.parquet"):
        big_table(folder)


def test_a_file_whose_texts_are_no_numbers_of_the_first_is_named(tmp_path):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "0.parquet")
    pq.write_table(pa.table({"a": ["x", "y"]}), tmp_path / "1.parquet")
    table = big_table(tmp_path)
    with pytest.raises(InputError, match=r"column 'a' of .*1\.parquet holds string, and cannot be read as int64"):
        rows_in(table, names=["a"])


def test_rows_in_memory_are_for_fit(tmp_path):
    with pytest.raises(InputError, match=r"fit\(X, y\)"):
        big_table(FRAME)
