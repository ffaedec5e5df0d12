import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.network.random_bits import WORDS, dropout_mask, generator, seed_key, shares, threefry, threshold

WORD = st.integers(0, WORDS - 1)
ONES = 2**32 - 1


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((ONES, ONES), (ONES, ONES), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_threefry_gives_the_known_answers_of_random123(key, counter, words):
    assert tuple(int(word[0]) for word in threefry(*key, *map(np.array, counter))) == words


@given(key=st.tuples(WORD, WORD), counter=st.tuples(WORD, WORD))
def test_threefry_takes_every_word_without_a_warning(key, counter):
    x_0, x_1 = threefry(*key, *map(np.array, counter))
    assert x_0.dtype == x_1.dtype == np.uint32


@given(key=st.tuples(WORD, WORD), counters=st.lists(WORD, min_size=2, max_size=20, unique=True))
def test_threefry_sends_different_counters_to_different_words(key, counters):
    x_0, x_1 = threefry(*key, np.array(counters), np.array([7]))
    assert len(set(zip(x_0.tolist(), x_1.tolist(), strict=True))) == len(counters)


@given(key=st.tuples(WORD, WORD), row=WORD, column=WORD)
def test_a_table_of_counters_gives_what_each_counter_gives_alone(key, row, column):
    table = threefry(*key, np.array([1, column, 3]), np.array([[0], [row]]))
    alone = threefry(*key, np.array(column), np.array(row))
    assert [words[1, 1] for words in table] == [words[0] for words in alone]


def test_one_flipped_bit_flips_half_of_all_bits():
    counters = np.arange(2000)
    before, after = threefry(1, 2, counters, np.array([0])), threefry(1, 2, counters ^ 1, np.array([0]))
    flipped = np.mean([np.bitwise_count(a ^ b) for a, b in zip(before, after, strict=True)])
    assert abs(flipped - 16) < 0.25  # 5 standard deviations: sqrt(32) / 2 / sqrt(4000) = 0.045 each


def mask(seed=0, epoch=0, step=0, layer=2, shape=(100, 200), rate=0.5):
    return dropout_mask(seed_key(seed), epoch, step, layer, shape, rate)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 1 - 2**-40])
def test_a_mask_holds_0_and_one_over_the_share_that_stays(rate):
    assert set(np.unique(mask(rate=rate))) <= {0.0, 1 / (1 - rate)}
    assert mask(rate=rate).shape == (100, 200)


def test_rate_0_keeps_all_neurons():
    np.testing.assert_array_equal(mask(rate=0.0), 1)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.8])
def test_the_rate_is_the_share_of_neurons_switched_off(rate, seed):
    """In the whole mask, in every unit and in every row."""
    off = mask(seed, rate=rate) == 0
    for share, n in ((off.mean(), off.size), (off.mean(axis=0), len(off)), (off.mean(axis=1), off.shape[1])):
        standard_deviation = np.sqrt(rate * (1 - rate) / n)  # binomial; 300 seeds used 5.2 of them
        np.testing.assert_array_less(np.abs(share - rate), 7 * standard_deviation)


def test_the_threshold_is_the_share_of_all_words():
    assert [threshold(rate) for rate in (0.0, 0.25, 0.5)] == [0, 2**30, 2**31]
    assert threshold(np.nextafter(1, 0)) < WORDS


@pytest.mark.parametrize(
    "other",
    [{"seed": 1000}, {"epoch": 1}, {"step": 1}, {"epoch": 1, "step": 1}, {"layer": 1}, {"layer": 3}],
    ids=str,
)
def test_masks_of_different_places_are_uncorrelated(other, seed):
    here, there = mask(seed).ravel(), mask(**{"seed": seed, **other}).ravel()
    # 5 standard deviations; 300 seeds used at most 80 % of it
    np.testing.assert_array_less(abs(np.corrcoef(here, there)[0, 1]), 5 / np.sqrt(here.size))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("lag", [1, 2, 50, 100])
def test_neighbouring_rows_and_units_are_uncorrelated(axis, lag, seed):
    M = mask(seed, shape=(200, 200))
    here, there = (np.moveaxis(M, axis, 0)[part].ravel() for part in (slice(None, -lag), slice(lag, None)))
    # 5 standard deviations; 300 seeds used at most 80 % of it
    np.testing.assert_array_less(abs(np.corrcoef(here, there)[0, 1]), 5 / np.sqrt(here.size))


def test_epoch_and_step_do_not_trade_places():
    assert not np.array_equal(mask(epoch=1, step=2), mask(epoch=2, step=1))


def test_the_same_place_has_the_same_mask():
    np.testing.assert_array_equal(mask(3, 1, 4, 1, (5, 9), 0.3), mask(3, 1, 4, 1, (5, 9), 0.3))


@pytest.mark.parametrize("width", [1, 2, 7, 8])
def test_a_row_does_not_depend_on_the_rows_after_it(width):
    batch = mask(shape=(64, width))
    for n_rows in (1, 2, 33):
        np.testing.assert_array_equal(mask(shape=(n_rows, width)), batch[:n_rows])


@pytest.mark.parametrize("width", [1, 2, 7, 8])
def test_each_unit_of_each_row_is_decided_by_its_own_word(width, seed):
    """Written out: the word of (layer, unit; row) under the key of (epoch, step)."""
    M, half = mask(seed, 5, 6, 3, (4, width), 0.3), (width + 1) // 2
    step_key = [int(word[0]) for word in threefry(*seed_key(seed), np.array(5), np.array(6))]
    for row in range(4):
        for unit in range(width):
            words = threefry(*step_key, np.array(3 * 2**24 + unit % half), np.array(row))
            off = int(words[unit // half][0]) < 0.3 * 2**32
            assert M[row, unit] == (0 if off else 1 / 0.7)


def test_every_seed_has_its_own_key():
    keys = {seed_key(seed) for seed in range(1000)}
    assert len(keys) == 1000
    assert all(0 <= word < WORDS for key in keys for word in key)
    assert seed_key(0) == seed_key(0)


def test_streams_of_one_seed_differ_and_repeat():
    def first_number(seed, *stream):
        return generator(seed, *stream).random()

    assert first_number(0, 1, 2) == first_number(0, 1, 2)
    streams = [(seed, *stream) for seed in range(5) for stream in [(), (0,), (1,), (0, 0), (0, 1), (1, 0)]]
    assert len({first_number(*stream) for stream in streams}) == len(streams)


def test_shares_are_uniform_and_told_apart_by_seed_stream_and_number():
    numbers = np.arange(20_000)
    first = shares(0, 8, numbers)
    assert 0 <= first.min() < first.max() < 1
    np.testing.assert_allclose(np.histogram(first, 10, (0, 1))[0], 2000, atol=200)  # 42 is one standard deviation
    for other in (
        shares(1, 8, numbers),
        shares(0, 9, numbers),
        shares(0, 8, numbers + WORDS),
        shares(0, 8, numbers + 1),
    ):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.04  # 0.007 is one standard deviation
    assert (first * WORDS % 1 > 0).mean() > 0.99  # finer than one word
