"""The written code's small functions agree with `network/` over the whole range of floats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.engine import routines
from glassnet.engine.pointwise import ACTIVATION
from glassnet.network.activations import ACTIVATIONS
from glassnet.network.random_bits import threefry

WORDS = st.integers(0, 2**32 - 1)
FROM_A = ("tanh", "elu", "selu")
HELPERS = {name: value for name, value in vars(routines).items() if callable(value)}


@given(WORDS, WORDS, WORDS, WORDS)
def test_threefry_gives_the_words_of_the_readable_form(key_0, key_1, counter_0, counter_1):
    expected = threefry(key_0, key_1, np.array([counter_0]), np.array([counter_1]))
    assert routines.threefry(key_0, key_1, counter_0, counter_1) == (int(expected[0][0]), int(expected[1][0]))


def run_block(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a and slope of the lines that the writer writes for an activation, at every z, in float64."""
    code = compile("\n".join(ACTIVATION[name]), name, "exec")
    results = []
    for value in z:
        scope = {**HELPERS, "np": np, "number": np.float64, "zero": np.float64(0), "one": np.float64(1), "z": value}
        exec(code, scope)
        results.append((scope["a"], scope["slope"]))
    a, slope = np.array(results).T
    return a, slope


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_written_activations_agree_with_the_readable_ones(name):
    z = np.concatenate([np.linspace(-60, 60, 2001), [0.0, -0.0, 1e-300, -1e-300, 3e38, -3e38, 1e-8, -1e-8]])
    with np.errstate(under="ignore"):
        a, slope = run_block(name, z)
        expected_a, expected_slope = ACTIVATIONS[name].value(z), ACTIVATIONS[name].slope(z)
    # Values keep their relative precision in the tails. Slopes do too, but for those that are made from a.
    # The exponent of gelu, up to 600 here, is rounded on both sides, which moves e to its power by 2.3e-13 at most.
    np.testing.assert_allclose(a, expected_a, rtol=4e-13 if name == "gelu" else 1e-13, atol=1e-300)
    np.testing.assert_allclose(slope, expected_slope, rtol=1e-12, atol=1e-15 if name in FROM_A else 1e-300)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_stays_nan(name):
    a, _ = run_block(name, np.array([np.nan]))
    assert np.isnan(a[0])
