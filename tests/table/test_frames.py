"""What a table holds is read the same from every library."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from glassnet.errors import InputError
from glassnet.table.frames import Frame, as_text, is_gap, read_frame
from glassnet.table.kinds import decide

from .cases import LIBRARIES, mixed

GAPS = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), decimal.Decimal("NaN")]


def column(values, **more):
    """The one column of a pandas frame."""
    return read_frame(pd.DataFrame({"c": pd.Series(values, **more)})).columns[0]


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_gives_the_same_columns(library):
    frame = mixed()
    for ours, theirs in zip(
        read_frame(LIBRARIES[library](frame)).columns, read_frame(frame.to_numpy()).columns, strict=True
    ):
        kinds = {"text": "text", "category": "text"}
        assert kinds.get(ours.held, ours.held) == theirs.held
        assert np.array_equal(ours.gaps, theirs.gaps)
        assert ours.values[~ours.gaps].tolist() == theirs.values[~ours.gaps].tolist()


def test_lists_of_rows_keep_the_types_of_their_values():
    frame = read_frame([["a", 1, True, 1.5], ["b", None, False, "x"]])
    assert [one.held for one in frame.columns] == ["text", "number", "boolean", "text"]
    assert frame.columns[3].values.tolist() == ["1.5", "x"]
    assert [one.name for one in frame.columns] == [0, 1, 2, 3]


@pytest.mark.parametrize("gap", GAPS, ids=repr)
def test_every_sign_of_a_gap_is_one(gap):
    assert is_gap(gap)
    assert not is_gap(float("inf"))
    assert not is_gap("")
    assert column([1.0, gap], dtype=object).gaps.tolist() == [False, True]


def test_blank_texts_are_gaps_and_blanks_around_texts_are_nothing():
    assert column(["a", " a ", "", "  "]).values.tolist() == ["a", "a", None, None]


def test_whole_numbers_are_named_the_same_with_and_without_a_point():
    assert as_text(5.0) == as_text(np.int64(5)) == as_text("5 ") == "5"
    assert column(pd.Categorical([5, 6])).values.tolist() == ["5", "6"]


def test_true_and_one_are_two_levels_in_every_order_of_the_rows():
    values = [True, 1, "a", 1.0, False, 0, "True"]
    expected = ["True", "1", "a", "1", "False", "0", "True"]
    assert column(values, dtype=object).values.tolist() == expected
    assert column(values[::-1], dtype=object).values.tolist() == expected[::-1]


def test_dates_keep_the_time_of_their_own_clock():
    moments = pd.Series(pd.to_datetime(["2020-07-01 05:30"])).dt.tz_localize("Europe/Berlin")
    for one in (column(moments), column(moments, dtype=object), read_frame(pl.DataFrame({"c": moments})).columns[0]):
        assert one.held == "date"
        assert one.values[0] == (dt.datetime(2020, 7, 1, 5, 30) - dt.datetime(1970, 1, 1)).total_seconds()
    assert read_frame(pl.DataFrame({"c": [dt.date(1970, 1, 2)]})).columns[0].values[0] == 86400
    assert read_frame(np.array([["1970-01-02"]], "datetime64[D]")).columns[0].values[0] == 86400


@pytest.mark.parametrize("value", [dt.timedelta(seconds=90), dt.time(0, 1, 30), np.timedelta64(90, "s")], ids=repr)
def test_lengths_and_times_of_day_are_seconds(value):
    for table in (pd.DataFrame({"c": [value]}, dtype=object), pa.table({"c": [value]}), np.array([[value]], object)):
        (one,) = read_frame(table).columns
        assert (one.held, one.values.tolist()) == ("number", [90.0])


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s"])
def test_a_duration_is_the_same_number_of_seconds_in_every_table(unit):
    numbers = np.array([250, 1999, -3, 10**9 + 1, 0])
    expected = [*(numbers[:4] / {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1}[unit]), np.nan]
    lengths = numbers.astype(f"timedelta64[{unit}]")
    lengths[4] = "NaT"
    arrow = pd.Series(lengths).astype(pd.ArrowDtype(pa.duration(unit)))
    tables = [lengths[:, None], pa.table({"c": lengths}), pd.DataFrame({"c": lengths}), pd.DataFrame({"c": arrow})]
    tables += [pl.DataFrame({"c": lengths})] if unit != "s" else []  # polars has no seconds
    for table in tables:
        found = read_frame(table).columns[0].values
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=0)  # an array's may be rounded twice


def test_decimals_and_huge_numbers_are_numbers():
    assert column([decimal.Decimal("1.5"), 10**400, -(10**400)], dtype=object).values.tolist() == [1.5, np.inf, -np.inf]
    (one,) = read_frame(pl.DataFrame({"c": [decimal.Decimal("1.5")]})).columns
    assert (one.held, one.whole) == ("number", False)


@pytest.mark.parametrize(
    "make",
    [
        lambda ids: pd.DataFrame({"c": ids}),
        lambda ids: pd.DataFrame({"c": [*ids[:-1], None]}, dtype="Int64"),
        lambda ids: pd.DataFrame({"c": [*ids[:-1], None]}, dtype=object),
        lambda ids: pl.DataFrame({"c": ids}),
        lambda ids: pa.table({"c": ids}),
        lambda ids: np.array(ids)[:, None],
        lambda ids: [[one] for one in ids],
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_ids_of_64_bits_stay_apart(make, sign):
    ids = [sign * (2**60 + k) for k in range(5)]
    (one,) = read_frame(make(ids)).columns
    assert one.values[:4].tolist() == list(map(str, ids[:4]))
    assert decide(Frame((one,), 5), {one.name: "category"})[0].kind == "category"
    assert (decide(Frame((one,), 5))[0].kind, decide(Frame((one,), 5))[0].note) == ("number", "")
    (small,) = read_frame(make([1, 2, 3, 4, sign * 2**53])).columns
    assert small.held == "number"


@pytest.mark.parametrize("dtype", ["uint8", "uint64", "UInt64", "uint64[pyarrow]"])
def test_whole_numbers_without_a_sign_are_numbers_unless_they_are_too_long(dtype):
    (small,) = read_frame(pd.DataFrame({"c": pd.array([1, 2, 255], dtype=dtype)})).columns
    assert (small.held, small.values.tolist()) == ("number", [1, 2, 255])
    if dtype != "uint8":
        (long,) = read_frame(pd.DataFrame({"c": pd.array([2**63, 2**63 + 1], dtype=dtype)})).columns
        assert (long.held, long.values.tolist()) == ("text", [str(2**63), str(2**63 + 1)])


@pytest.mark.parametrize("value", [[1], b"1", {"a": 1}, 1j], ids=repr)
def test_what_is_no_value_is_refused(value):
    text = rf"^column 'c' holds {type(value).__name__} in row 1\. A column holds numbers, booleans, dates or texts, and"
    with pytest.raises(InputError, match=text):
        column([None, value], dtype=object)


def test_dates_among_numbers_are_refused():
    with pytest.raises(InputError, match=r"^column 'c' holds int in row 0, date in row 2\. A column holds numbers"):
        column([1, 2, dt.date(2020, 1, 1), 3], dtype=object)


def test_rows_keep_their_numbers_in_a_part_and_in_a_selection():
    frame = read_frame(mixed())
    part = frame.part(50, 1000)
    assert (part.n_rows, part.first_row, part.part(10, 20).first_row) == (70, 50, 60)
    assert frame.take(np.array([5, 3])).shape == (2, 10)
    some = part.take(np.array([5, 3, 7]))
    assert [some.number(row) for row in range(3)] == [55, 53, 57]
    assert [some.part(1, 3).number(row) for row in range(2)] == [53, 57]
    assert some.take(np.array([False, True, True])).number(1) == 57
    assert frame.take(np.array([5, 3])).columns[5].values.tolist() == frame.columns[5].values[[5, 3]].tolist()


def test_columns_that_are_empty_are_read():
    for table in (pa.table({"c": pa.nulls(2)}), pl.DataFrame({"c": [None, None]}), pd.DataFrame({"c": [None, None]})):
        assert read_frame(table).columns[0].is_empty
