import numpy as np
import pytest

from glassnet.table.encoder import TableEncoder
from glassnet.table.frames import read_frame
from glassnet.table.script import ROUTINES, code_of, given

N = 120
RNG = np.random.default_rng(0)
COLUMNS = {
    "numbers": [*range(N - 3), None, np.inf, -np.inf],
    "constant but for a gap": [None, *[7.0] * (N - 1)],
    "numbers as texts": [f"{k}.5" for k in range(N)],
    "booleans": [True, False, None] * (N // 3),
    "yes and no": ["yes", "no"] * (N // 2),
    "dates": [np.datetime64("2026-01-01T00:00") + np.timedelta64(9 * k, "h") for k in range(N - 1)] + [None],
    "a pair with gaps": ["a", "b", None] * (N // 3),
    "levels, some rare": ["a", "b", "c"] * (N // 3 - 1) + ["d", 'e"\n', "\\'f"],
    "a wide category": [f"street {k % 50}" for k in range(N - 5)] + [None] * 5,
}


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("name", COLUMNS)
def test_the_code_makes_the_numbers_of_the_encoder(name, n_targets):
    frame = read_frame([[value, k % 7] for k, value in enumerate(COLUMNS[name])])
    encoder = TableEncoder.fit(frame, RNG.normal(size=(N, n_targets)))
    for rows in (np.arange(N), np.array([3]), np.array([N - 1])):
        part = frame.take(rows)
        names = given(encoder, part) | {"np": np}
        exec(code_of(encoder, "out", "float32"), names)
        assert names["out"].dtype == np.float32
        np.testing.assert_array_equal(names["out"], encoder.transform(part).astype(np.float32))


def test_a_level_that_no_row_had_is_none_of_the_levels():
    frame = read_frame([[name, f"s{k % 50}"] for k, name in enumerate(["a", "b", "c"] * 50)])
    encoder = TableEncoder.fit(frame, RNG.normal(size=(150, 1)))
    new = read_frame([["x", "s7"], ["a", "nowhere"]])
    names = given(encoder, new) | {"np": np}
    exec(code_of(encoder, "out", "float64"), names)
    assert (names["out"] == encoder.transform(new)).all()


def test_the_code_has_the_functions_that_it_needs_and_no_others():
    encoder = TableEncoder.fit(read_frame([[k, k % 3] for k in range(9)]), np.arange(9.0)[:, None])
    code = code_of(encoder, "out", "float64")
    assert [name for name in ROUTINES if f"def {name}(" in code] == ["numbers"]
