"""The activations as the compiler makes them: their errors over all of float32, their tails, and NaN.

The compiler may reorder sums, so what holds for the plain functions is looked at once more here.
"""

import inspect
import os

import numpy as np
import pytest

from glassnet.engine import routines
from glassnet.engine.compiler import compile_source, load_plain
from glassnet.engine.pointwise import ACTIVATION
from glassnet.network.activations import ACTIVATIONS

from ..network import truth

FLOATS = ["float32", "float64"]
FROM_A = ("tanh", "elu", "selu")  # their slopes are made from a, and have its absolute error
SELF_GATED = ("gelu", "silu", "mish")  # z times a gate; their slopes cross 0, where gate and z times its slope cancel
BELOW_0, TO_1 = (0x80000000, 0xFF800000), (0x00000000, 0x3F800000)  # the bits of -0 ... -inf, and of 0 ... 1
EVERY = 2**17 - 1 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 2**10 - 1  # plain Python takes a second for 10^5

every_activation = pytest.mark.parametrize("name", ACTIVATION)
every_float = pytest.mark.parametrize("dtype", FLOATS)


def source(line, dtype):
    """The routines as they are copied into written code, and a loop that fills A and S with a and slope."""
    text = inspect.getsource(routines).replace("number = np.float64", f"number = np.{dtype}")
    body = "".join(f"        {part}\n" for part in [*line, "A[j], S[j] = a, slope"])
    head = (
        "def run(Z, A, S):\n    zero, one = number(0), number(1)\n    for j in range(Z.shape[0]):\n        z = Z[j]\n"
    )
    return f"{text}\n\n{head}{body}"


def run(line, Z, *, plain=False):
    """a and slope of the lines at every z."""
    text = source(line, Z.dtype.name)
    function = load_plain(text).run if plain else compile_source(text)
    A, S = np.empty_like(Z), np.empty_like(Z)
    with np.errstate(all="ignore"):  # as compiled code does
        function(Z, A, S)
    return A, S


def values_of(call, Z, **how):
    """What a routine of one number returns at every z."""
    return run([f"a, slope = {call}, zero"], Z, **how)[0]


def float32_from(first, last, every=EVERY):
    """float32 numbers evenly spread over the bit patterns from first to last, both among them."""
    bits = np.append(np.arange(first, last, every, dtype=np.uint64), last)
    return bits.astype(np.uint32).view(np.float32)


def ulps(got, exact):
    """Errors in units of the last place; below the smallest normal number, of that number."""
    unit = np.spacing(np.maximum(np.abs(exact).astype(got.dtype), np.finfo(got.dtype).tiny))
    return np.abs(got - exact) / unit.astype(float)


@pytest.mark.parametrize(
    ("call", "formula", "bits", "bound"),  # the largest error over every single one of these numbers:
    [
        ("e_to(z)", np.exp, (0x80000000, 0xC2AE999A), 1.1),  # 1.06, up to z = -87.3
        ("e_to_less_1(z)", np.expm1, BELOW_0, 1.0),  # 0.88
        ("tanh(z)", np.tanh, BELOW_0, 2.6),  # 2.50
        ("log_1_plus(z)", np.log1p, TO_1, 2.1),  # 1.98
    ],
)
def test_errors_in_float32_are_those_that_are_stated(call, formula, bits, bound):
    Z = float32_from(*bits)
    assert ulps(values_of(call, Z), formula(Z.astype(float))).max() < bound


@every_float
def test_what_is_below_the_normal_numbers_fades_to_0(dtype):
    info = np.finfo(dtype)
    Z = -np.append(np.linspace(-np.log(info.tiny), 800, 1000), np.inf).astype(dtype)
    powers = values_of("e_to(z)", Z)
    assert (powers >= 0).all()
    assert (powers <= 1.01 * info.tiny).all()
    assert (powers[Z < 1.01 * np.log(info.tiny)] == 0).all()


def assert_close(name, Z, got, expected):
    """Values and slopes within 4 roundings; for gelu, whose exponent z^2 / 2 is rounded, z^2 more.

    Slopes made from a have its absolute error; where a gate and z times its slope cancel, the gate's. And a factor
    below the smallest normal number may become 0; the other factor is at most |z| or 1. At most 70 % was used.
    """
    (a, slope), (expected_a, expected_slope), info = got, expected, np.finfo(Z.dtype)
    gate = np.abs(expected_a / np.where(Z == 0, 1, Z)) if name in SELF_GATED else 0
    cancelled = np.maximum(2 if name in FROM_A else 0, gate)
    roundings = 4 + (np.minimum(Z.astype(float), 0) ** 2 if name == "gelu" else 0)
    faded = 2 * info.tiny * np.maximum(1, np.abs(Z.astype(float)))
    np.testing.assert_array_less(np.abs(a - expected_a), roundings * info.eps * np.abs(expected_a) + faded)
    allowed = roundings * info.eps * (np.abs(expected_slope) + cancelled) + faded
    np.testing.assert_array_less(np.abs(slope - expected_slope), allowed)


@every_activation
@every_float
def test_values_and_slopes_equal_the_definitions_in_130_digits(name, dtype):
    rng = np.random.default_rng(0)
    magnitudes = rng.choice([-1, 1], 100) * 10.0 ** rng.uniform(-30, 2, 100)
    Z = np.concatenate([[0.0], magnitudes, *(rng.uniform(-width, width, 100) for width in (1, 5, 15, 100))])
    Z = Z.astype(dtype)
    exact = [truth.exactly(of[name], Z).astype(dtype) for of in (truth.VALUES, truth.SLOPES)]
    assert_close(name, Z, run(ACTIVATION[name], Z), exact)


@every_activation
def test_float32_agrees_with_the_readable_form_in_float64(name):
    Z = float32_from(0, 0x7E7FFFFF, 8 * EVERY)  # below 2^126: see mish_gate
    Z = np.concatenate([Z, -Z])
    a, slope = run(ACTIVATION[name], Z)
    exact_a, exact_slope = (f(Z.astype(float)) for f in (ACTIVATIONS[name].value, ACTIVATIONS[name].slope))
    assert_close(name, Z, (a, slope), (exact_a.astype(np.float32), exact_slope.astype(np.float32)))


@every_activation
@every_float
def test_plain_and_compiled_code_agree(name, dtype):
    Z = np.concatenate([np.linspace(-30, 30, 301), 10.0 ** -np.arange(1, 20), -(10.0 ** -np.arange(1, 20))])
    Z = Z.astype(dtype)
    assert_close(name, Z, run(ACTIVATION[name], Z), run(ACTIVATION[name], Z, plain=True))


@every_activation
@every_float
@pytest.mark.parametrize("plain", [True, False])
def test_nan_stays_nan_and_stays_alone(name, dtype, plain):
    Z = np.ones(40, dtype)
    Z[[0, 7, 39]] = np.nan  # within what is done at once, and in what is left over
    a, _ = run(ACTIVATION[name], Z, plain=plain)
    np.testing.assert_array_equal(np.isnan(a), np.isnan(Z))


@pytest.mark.parametrize(
    ("name", "at_minus", "at_plus"),
    [("sigmoid", 0, 1), ("tanh", -1, 1), ("softplus", 0, np.inf), ("elu", -1, np.inf), ("relu", 0, np.inf)],
)
@every_float
@pytest.mark.parametrize("plain", [True, False])
def test_infinity_has_the_limit(name, at_minus, at_plus, dtype, plain):
    a, _ = run(ACTIVATION[name], np.array([-np.inf, np.inf] * 10, dtype), plain=plain)
    np.testing.assert_array_equal(a, [at_minus, at_plus] * 10)


@every_float
def test_sigmoid_and_tanh_stay_within_their_limits_and_tanh_is_odd(dtype):
    Z = float32_from(*BELOW_0, 8 * EVERY).astype(dtype)
    for side in (Z, -Z):
        sigmoid = values_of("sigmoid(z)", side)
        assert (sigmoid >= 0).all()
        assert (sigmoid <= 1).all()
    tanh = values_of("tanh(z)", Z)
    assert (tanh >= -1).all()
    np.testing.assert_array_equal(tanh, -values_of("tanh(z)", -Z))
