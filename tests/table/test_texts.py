import numpy as np
import pytest

from glassnet.table.texts import DATE_FORMS, boolean_in, date_form, date_in, number_in, reads_all, values_of


@pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "1e-3", "3.", "007"])
def test_numbers_are_read(text):
    assert number_in(text) == float(text)


@pytest.mark.parametrize("text", ["1,5", "1 000", "1_000", "0x1f", "inf", "1e", "--1", "1.2.3", "٣", ""])
def test_what_only_looks_like_a_number_is_none(text):
    assert number_in(text) is None


def test_true_and_false_are_read_in_any_letters():
    assert [boolean_in(text) for text in ("True", "FALSE", "yes")] == [1, 0, None]


@pytest.mark.parametrize("word", ["NA", "n/a", "NaN", "null", "None", "?", "-"])
def test_words_for_missing_are_gaps_among_numbers_booleans_and_dates(word):
    for reader in (number_in, boolean_in, date_in("year-month-day")):
        assert np.isnan(reader(word))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2020-02-03", "year-month-day"),
        ("2020/2/3", "year/month/day"),
        ("3.2.2020", "day.month.year"),
        ("02/03/2020", "month/day/year"),
        ("3-2-2020", "day-month-year"),
    ],
)
@pytest.mark.parametrize("clock", ["", " 04:05", "T04:05:06", "T04:05:06.500Z", " 04:05:06+02:00"])
def test_dates_of_each_form_are_read(text, form, clock):
    assert date_form([text + clock]) == form
    expected = np.datetime64("2020-02-03", "s").astype(float)
    if clock:
        expected += 4 * 3600 + 5 * 60 + 6 * (":06" in clock) + 0.5 * (".500" in clock)
    assert date_in(form)(text + clock) == expected


def test_days_above_12_tell_where_the_day_stands():
    assert date_form(["01/02/2020", "03/04/2020"]) == "month/day/year"
    assert date_form(["01/02/2020", "13/04/2020"]) == "day/month/year"
    assert date_form(["13/14/2020"]) is None


@pytest.mark.parametrize("text", ["2020-13-01", "2021-02-29", "2020-01-01 25:00", "20200101", "1.2.20", "May 1, 2020"])
def test_what_is_no_date_is_none(text):
    assert date_form([text]) is None


def test_a_form_fits_all_texts_or_none():
    assert date_form(["2020-01-01", "2020/01/01"]) is None
    assert all(date_form([]) is None for _ in DATE_FORMS)


def test_words_for_missing_alone_are_no_numbers():
    assert not reads_all(["NA", "?"], number_in)
    assert reads_all(["NA", "1"], number_in)


def test_the_first_text_that_cannot_be_read_is_told():
    values, odd = values_of(np.array(["1", None, "?", "x", "y"], dtype=object), number_in)
    assert (len(values), odd) == (0, 3)
    values, odd = values_of(np.array(["1", None, "?"], dtype=object), number_in)
    assert odd is None
    assert values.tolist()[0] == 1
    assert np.isnan(values[1:]).all()
