"""A table in, numbers out: laws that hold for any mix of columns."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import InputError
from glassnet.export.plain import from_json, to_json
from glassnet.table.encoder import MOST_LEVELS, TableEncoder
from glassnet.table.frames import read_frame
from glassnet.table.kinds import decide
from glassnet.table.meaning import read_as, read_frame_as
from glassnet.table.report import ColumnReport
from glassnet.table.state import encoder_from, facts_of

from .cases import LIBRARIES, encoder_of, mixed, tables, targets


def numbers(encoder, frame):
    return encoder.transform(read_frame(frame))


@given(frame=tables())
def test_any_mix_of_kinds_and_gaps_gives_finite_numbers(frame):
    encoder = encoder_of(frame)
    for out in (numbers(encoder, frame), encoder.transform_training(read_frame(frame), targets(len(frame)))):
        assert out.shape == (len(frame), len(encoder.outputs))
        assert out.dtype == np.float64
        assert np.isfinite(out).all()
        assert (np.abs(out) <= 6).all()


@given(frame=tables(), data=st.data())
def test_the_order_of_columns_does_not_matter(frame, data):
    turned = frame[data.draw(st.permutations(list(frame.columns)))]
    here, there = encoder_of(frame), encoder_of(turned)
    places = [there.names_out.index(name) for name in here.names_out]
    assert np.array_equal(numbers(here, frame), numbers(there, turned)[:, places])


@given(frame=tables(), seed=st.integers(0, 99))
def test_a_row_of_weight_2_is_the_row_twice_and_one_of_weight_0_is_none(frame, seed):
    """For new rows: which rows share a fold of a wide category is another matter."""
    weight = np.random.default_rng(seed).integers(0, 3, len(frame))
    weight[:2] = 1
    Y, rows = targets(len(frame)), np.repeat(np.arange(len(frame)), weight)
    choices = decide(read_frame(frame))
    weighted = encoder_of(frame, Y, weight=weight.astype(float), choices=choices)
    often = encoder_of(frame.iloc[rows], Y[rows], choices=choices)
    assert weighted.names_out == often.names_out
    narrow = [place for place, output in enumerate(often.outputs) if "mean target" not in output.name]
    # means are not scaled the same, since the folds are others
    assert np.array_equal(numbers(weighted, frame)[:, narrow], numbers(often, frame)[:, narrow])


@given(frame=tables(), unit=st.sampled_from([1e-3, 7.0, 1e6]))
def test_only_shares_count_where_weights_are_small(frame, unit):
    weight = np.random.default_rng(0).uniform(0.1, 1, len(frame)) / len(frame)
    small, smaller = (encoder_of(frame, weight=weight / part) for part in (1.0, 1024.0))
    np.testing.assert_allclose(numbers(small, frame), numbers(smaller, frame), atol=1e-9)


@given(frame=tables())
def test_an_encoder_comes_back_from_its_facts_to_the_bit(frame):
    encoder = encoder_of(frame)
    again = encoder_from(from_json(to_json(facts_of(encoder))))
    assert to_json(facts_of(again)) == to_json(facts_of(encoder))
    assert numbers(again, frame).tobytes() == numbers(encoder, frame).tobytes()
    assert again.report == encoder.report


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_gives_the_same_numbers(library):
    frame = mixed()
    ours, theirs = encoder_of(frame), encoder_of(LIBRARIES[library](frame))
    assert ours.names_out == theirs.names_out
    assert np.array_equal(numbers(ours, frame), numbers(theirs, LIBRARIES[library](frame)))
    array = encoder_of(frame.to_numpy())
    assert np.array_equal(numbers(ours, frame), numbers(array, frame.to_numpy()))


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y"])
@pytest.mark.parametrize("clock", ["", " %H:%M:%S"])
def test_dates_and_numbers_in_text_are_dates_and_numbers(form, clock):
    days = pd.date_range("2020-01-01", periods=50, freq="31h" if clock else "D").to_series().where(np.arange(50) > 3)
    values = np.random.default_rng(0).normal(size=50)
    plain = pd.DataFrame({"day": days.to_numpy(), "value": values})
    text = pd.DataFrame({"day": days.dt.strftime(form + clock).to_numpy(), "value": values.astype(str)})
    assert np.array_equal(numbers(encoder_of(plain), plain), numbers(encoder_of(text), text))


def test_outputs_say_where_they_come_from_and_what_they_are():
    encoder = encoder_of(mixed())
    found = {}
    for output in encoder.outputs:
        found.setdefault(output.column, []).append((output.name.removeprefix(output.column), output.what))
    waves = [(f" {cycle} {wave}", "cycle") for cycle in ("month", "weekday", "hour") for wave in ("sin", "cos")]
    assert found == {
        "size": [("", "number"), (" missing", "indicator")],
        "rooms": [("", "number"), (" missing", "indicator")],
        "flag": [("", "level"), (" missing", "indicator")],
        "city": [("=Bonn", "level"), ("=Oslo", "level"), ("=Rome", "level")],
        "sex": [("=f", "level")],
        "street": [(" mean target", "number")],
        "grade": [("=high", "level"), ("=low", "level"), ("=top", "level")],
        "sold": [("", "number"), (" missing", "indicator"), *waves],
        "built": [("", "number"), *waves[:4]],
        "price": [("", "number")],
    }


def test_what_was_decided_prints_as_a_table():
    frame = mixed()[["size", "sex", "street", "built"]].assign(id=np.arange(120), one=1)
    assert repr(encoder_of(frame).report) == (
        "column  kind        inputs  note\n"
        "size    number           2  15 gaps\n"
        "sex     category         1  2 levels\n"
        "street  category         1  37 levels, each as its mean target\n"
        "built   date             5  read from text as day.month.year\n"
        "id      identifier       0  a different whole number in every row\n"
        "one     constant         0  the same value in every row"
    )
    assert encoder_of(frame).report[1] == ColumnReport("sex", "category", 1, "2 levels")


@pytest.mark.parametrize(("n_levels", "wide"), [(MOST_LEVELS, False), (MOST_LEVELS + 1, True)])
def test_categories_of_many_levels_are_mean_targets(n_levels, wide):
    texts = [f"level {k % n_levels}" for k in range(20 * n_levels)]
    names = encoder_of(pd.DataFrame({"c": texts})).names_out
    assert (names == ("c mean target",)) == wide
    assert len(names) == (1 if wide else n_levels)


def test_a_planted_leak_is_not_used():
    """The name of the row is a category, so its mean target would be the target itself."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"name": [f"row {k}" for k in range(400)], "x": rng.normal(size=400)})
    Y = rng.normal(size=(400, 1))
    choices = decide(read_frame(frame), {"name": "category"})
    encoder = encoder_of(frame, Y, choices=choices)
    assert encoder.names_out == ("name mean target", "x")
    leaky = encoder.transform_training(read_frame(frame), Y)[:, 0]
    assert np.ptp(leaky) == 0
    pairs = pd.DataFrame({"name": [f"pair {k // 2}" for k in range(400)], "x": frame["x"]})
    crossed = encoder_of(pairs, Y).transform_training(read_frame(pairs), Y)[:, 0]
    assert abs(np.corrcoef(crossed, Y[:, 0])[0, 1]) < 0.15  # 3 standard deviations of pure chance
    assert np.corrcoef(numbers(encoder_of(pairs, Y), pairs)[:, 0], Y[:, 0])[0, 1] > 0.5  # what a naive mean would show


def test_other_rows_change_nothing():
    frame, Y = mixed(200), targets(200)
    read = read_frame(frame)
    first, rest = read.take(np.arange(120)), frame.iloc[120:]
    choices = decide(read)
    before = TableEncoder.fit(first, Y[:120], choices=choices)
    frame.loc[120:, "size"], frame.loc[120:, "city"] = 1e9, "Paris"
    after = TableEncoder.fit(read_frame(frame).take(np.arange(120)), Y[:120], choices=choices)
    assert np.array_equal(numbers(before, rest), numbers(after, rest))


def test_reading_once_or_every_time_is_the_same():
    frame = read_frame(mixed())
    choices = decide(frame)
    once = read_frame_as(frame, choices)
    here, there = (TableEncoder.fit(table, targets(), choices=choices) for table in (frame, once))
    assert to_json(facts_of(here)) == to_json(facts_of(there))
    assert np.array_equal(here.transform(frame), there.transform(once))


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("size", "big", "column 'size' is read as numbers, and holds the text 'big' in row 3."),
        ("size", pd.Timestamp("2020"), "column 'size' is read as numbers, and holds dates in row 3."),
        ("flag", "maybe", "column 'flag' is read as true and false, and holds the text 'maybe' in row 3."),
        ("flag", 2, "column 'flag' is read as true and false, and holds the number 2 in row 3."),
        ("sold", 7, "column 'sold' is read as dates, and holds numbers in row 3."),
        ("built", "2020-01-01", "of the form day.month.year, and holds the text '2020-01-01' in row 3."),
    ],
)
def test_a_value_of_another_meaning_is_named_by_column_and_row(column, value, text):
    encoder, frame = encoder_of(mixed()), mixed()
    frame[column] = pd.Series([None] * 3 + [value] + [None] * 116, dtype=object)
    with pytest.raises(InputError) as caught:
        numbers(encoder, frame)
    assert text in str(caught.value)
    assert caught.value.error_id == "E202"
    with pytest.raises(InputError, match="in row 103"):
        encoder.transform(replace(read_frame(frame), first_row=100))


@pytest.mark.parametrize("column", mixed().columns)
def test_a_column_that_is_empty_later_is_all_gaps(column):
    encoder, frame = encoder_of(mixed()), mixed()
    for empty in (None, np.nan, ""):
        assert np.isfinite(numbers(encoder, frame.assign(**{column: empty}))).all()


@pytest.mark.parametrize("column", ["city", "grade", "street"])
def test_a_category_takes_values_of_any_kind_later(column):
    encoder, frame = encoder_of(mixed()), mixed()
    for value in (5, 5.0, True, pd.Timestamp("2020")):
        assert np.array_equal(
            numbers(encoder, frame.assign(**{column: value})), numbers(encoder, frame.assign(**{column: "new"}))
        )


def test_numbers_can_be_levels():
    frame = pd.DataFrame({"zip": [98001, 98002, 98003] * 5, "x": np.arange(15)})
    read = read_frame(frame)
    encoder = encoder_of(frame, choices=decide(read, {"zip": "category"}))
    assert encoder.names_out[:3] == ("zip=98001", "zip=98002", "zip=98003")
    as_text = frame.astype({"zip": str})
    assert np.array_equal(encoder.transform(read), numbers(encoder, as_text))
    assert read_as(read.columns[0], encoder.choices[0]).tolist()[:2] == ["98001", "98002"]


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts["parts"][0].update(median=float("nan")),
        lambda facts: facts["parts"][0].update(type="os.system"),
        lambda facts: facts["parts"][0].pop("size"),
        lambda facts: facts["parts"].__setitem__(0, None),
        lambda facts: facts["parts"].pop(),
        lambda facts: facts["parts"][5].update(means=np.zeros((3, 1))),
        lambda facts: facts["parts"][7].update(cycles=("__class__",)),
        lambda facts: facts["parts"][5]["scales"][0].update(marks_gaps=True),
        lambda facts: facts["choices"][0].update(unknown=1),
        lambda facts: facts["choices"][0].update(kind="category"),
        lambda facts: facts["choices"][4].update(kind="number"),
        lambda facts: facts["choices"][7].update(form="year-month-dax"),
        lambda facts: facts.pop("notes"),
    ],
)
def test_facts_that_make_no_encoder_are_refused(change):
    facts = facts_of(encoder_of(mixed()))
    change(facts)
    with pytest.raises((KeyError, TypeError, ValueError)):
        encoder_from(facts)


def test_the_way_back_is_the_derivative_for_numbers_and_none_for_other_columns():
    frame = mixed()
    encoder, rng = encoder_of(frame), np.random.default_rng(0)
    G = rng.normal(size=(len(frame), 2, len(encoder.outputs)))
    back = encoder.backward(read_frame(frame), G)
    assert back.shape == (len(frame), 2, frame.shape[1])
    for place, choice in enumerate(encoder.choices):
        if choice.kind != "number":
            assert np.isnan(back[:, :, place]).all(), choice.name
    moved = [frame.assign(size=frame["size"] + h) for h in (1e-6, -1e-6)]
    up, down = (numbers(encoder, side) for side in moved)
    expected = np.einsum("no,nko->nk", (up - down) / 2e-6, G)
    expected[frame["size"].isna()] = np.nan
    np.testing.assert_allclose(back[:, :, list(frame).index("size")], expected, rtol=0, atol=1e-8)
