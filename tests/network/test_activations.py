import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from glassnet.errors import SettingError
from glassnet.network.activations import ACTIVATIONS, activation_named, output_named

from . import truth
from .cases import EPS, KINKED, H

SELF_GATED = ("gelu", "silu", "mish")  # z times a gate between 0 and 1; their slopes cross 0 at a negative z
INCREASING = [name for name in ACTIVATIONS if name not in SELF_GATED]
FLOATS = [np.float32, np.float64]
LARGEST = float(np.finfo(np.float32).max)
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)

every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
every_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)


def sums(seed, dtype):
    """Sums z of every size: around 0, up to where the tails end, and over all magnitudes that float32 has."""
    rng = np.random.default_rng(seed)
    magnitudes = rng.choice([-1, 1], 40) * 10.0 ** rng.uniform(-45, 2 if dtype is np.float64 else 38.5, 40)
    uniform = [rng.uniform(-width, width, 40) for width in (3, 15, truth.FARTHEST)]
    return np.concatenate([[0.0], magnitudes, *uniform]).astype(dtype)


def allowed_error(name, Z, exact, cancelled):
    """4 roundings; for gelu, whose exponent z^2 / 2 is rounded before exp, 2 z^2 more. And a factor below the smallest
    normal number may become 0; the other factor is at most |z| or 1.
    """
    Z_64 = Z.astype(float)
    roundings = 4 + (2 * np.minimum(Z_64, 0) ** 2 if name == "gelu" else 0)
    return roundings * np.finfo(Z.dtype).eps * (np.abs(exact) + cancelled) + np.finfo(Z.dtype).tiny * np.maximum(
        1, np.abs(Z_64)
    )


def finite_float32():
    """Half a million float32 numbers, evenly spread over all bit patterns: subnormal and extreme ones included."""
    Z = np.arange(0, 2**32, 2**13 - 1, dtype=np.uint64).astype(np.uint32).view(np.float32)
    return np.concatenate([Z[np.isfinite(Z)], np.array([0.0, -0.0, LARGEST, -LARGEST], np.float32)])


@every_activation
@every_float
def test_value_equals_the_definition_in_130_digits(name, dtype, seed):
    Z = sums(seed, dtype)
    with np.errstate(over="ignore"):  # the largest float32 numbers, rounded from the 130 digits
        exact = truth.exactly(truth.VALUES[name], Z).astype(dtype)
    # 40 seeds used at most 69 % of it
    np.testing.assert_array_less(np.abs(ACTIVATIONS[name].value(Z) - exact), allowed_error(name, Z, exact, 0))


@every_activation
@every_float
def test_slope_equals_the_definition_in_130_digits(name, dtype, seed):
    Z = sums(seed, dtype)
    exact = truth.exactly(truth.SLOPES[name], Z).astype(dtype)
    # A self-gated slope is the gate f(z) / z plus z times the slope of the gate; near its root the two cancel.
    gate = np.abs(truth.exactly(truth.VALUES[name], Z) / np.where(Z == 0, 1, Z)) if name in SELF_GATED else 0
    # 40 seeds used at most 57 % of it
    np.testing.assert_array_less(np.abs(ACTIVATIONS[name].slope(Z) - exact), allowed_error(name, Z, exact, gate))


@every_activation
def test_slope_equals_central_differences_away_from_kinks(name, seed):
    Z = np.random.default_rng(seed).uniform(-6, 6, 200)
    Z = Z[np.abs(Z) > 1e-3]
    f, slope = ACTIVATIONS[name].value, ACTIVATIONS[name].slope(Z)
    # rounding 6 EPS / H and truncation H^2 / 6 are both about 1e-10; 200 seeds used at most 52 % of it
    np.testing.assert_allclose((f(Z + H) - f(Z - H)) / (2 * H), slope, rtol=0, atol=4e-10)


@pytest.mark.parametrize("name", KINKED)
def test_slope_at_a_kink_is_the_one_from_the_left(name):
    f, zero = ACTIVATIONS[name].value, np.zeros(1)
    from_the_left = (f(zero) - f(zero - 1e-9)) / 1e-9
    # the second derivative of elu, at most 1.8, times half of 1e-9
    np.testing.assert_allclose(ACTIVATIONS[name].slope(zero), from_the_left, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "slope"),
    list(zip(ACTIVATIONS, [1, 0, 0.01, 1, 1.7580993408473766, 0.25, 1, 0.5, 0.5, 0.5, 0.6], strict=True)),
)
def test_slopes_at_0_are_those_of_the_table(name, slope):
    np.testing.assert_allclose(ACTIVATIONS[name].slope(np.zeros(1)), slope, rtol=2 * EPS)
    assert ACTIVATIONS[name].slope(np.array([-0.0]))[0] == ACTIVATIONS[name].slope(np.zeros(1))[0]


@every_activation
@pytest.mark.parametrize("kind", ["value", "slope"])
def test_the_whole_float32_range_gives_numbers_without_a_warning(name, kind):
    with np.errstate(all="raise", under="ignore"):
        result = getattr(ACTIVATIONS[name], kind)(finite_float32())
    assert result.dtype == np.float32
    assert not np.isnan(result).any()
    if (name, kind) != ("selu", "value"):  # 1.05 times the largest number is infinite
        assert np.isfinite(result).all()


@every_activation
@every_float
def test_value_and_slope_keep_type_and_shape(name, dtype):
    Z = np.linspace(-2, 2, 6).astype(dtype).reshape(2, 3)
    for result in (ACTIVATIONS[name].value(Z), ACTIVATIONS[name].slope(Z)):
        assert (result.dtype, result.shape) == (Z.dtype, Z.shape)


@every_activation
@every_float
def test_nan_stays_nan(name, dtype):
    Z = np.array([1.0, np.nan, -1.0], dtype)
    np.testing.assert_array_equal(np.isnan(ACTIVATIONS[name].value(Z)), [False, True, False])
    if name != "identity":  # whose slope is 1, whatever z is
        np.testing.assert_array_equal(np.isnan(ACTIVATIONS[name].slope(Z)), [False, True, False])


@every_activation
def test_input_is_left_as_it_was(name):
    Z = np.linspace(-3, 3, 7)
    kept = Z.copy()
    ACTIVATIONS[name].value(Z), ACTIVATIONS[name].slope(Z)
    np.testing.assert_array_equal(Z, kept)


@pytest.mark.parametrize("name", INCREASING)
def test_activations_without_a_gate_never_decrease(name):
    values = ACTIVATIONS[name].value(np.sort(finite_float32()))
    values = values[np.isfinite(values)].astype(float)
    assert (np.diff(values) >= -2 * np.finfo(np.float32).eps * np.abs(values[1:])).all()
    assert (ACTIVATIONS[name].slope(finite_float32()) >= 0).all()


@given(z=FLOAT32)
def test_relu_is_0_below_0_and_z_above(z):
    assert ACTIVATIONS["relu"].value(np.float32([z]))[0] == (z if z > 0 else 0)
    assert ACTIVATIONS["relu"].slope(np.float32([z]))[0] == (1 if z > 0 else 0)


@given(z=FLOAT32)
def test_sigmoid_lies_in_0_to_1_and_its_two_sides_add_up_to_1(z):
    value = ACTIVATIONS["sigmoid"].value
    there, mirrored = value(np.float32([z]))[0], value(np.float32([-z]))[0]
    assert 0 <= there <= 1
    assert there + mirrored == pytest.approx(1, abs=1.2e-7)  # one unit in the last place of 1 in float32


@given(z=FLOAT32)
def test_tanh_is_odd_and_its_slope_is_even(z):
    tanh = ACTIVATIONS["tanh"]
    assert tanh.value(np.float32([-z]))[0] == -tanh.value(np.float32([z]))[0]
    assert tanh.slope(np.float32([-z]))[0] == tanh.slope(np.float32([z]))[0]


@pytest.mark.parametrize(
    ("name", "kind", "z", "leading_term"),
    [
        ("sigmoid", "value", -80, np.exp(-80.0)),
        ("sigmoid", "slope", -80, np.exp(-80.0)),
        ("sigmoid", "slope", 80, np.exp(-80.0)),  # a (1 - a) would be 0
        ("tanh", "slope", 40, 4 * np.exp(-80.0)),  # 1 - a^2 would be 0
        ("tanh", "slope", -40, 4 * np.exp(-80.0)),
        ("softplus", "value", -80, np.exp(-80.0)),  # log(1 + e^z) would be 0
        ("softplus", "value", 80, 80),
        ("softplus", "slope", -80, np.exp(-80.0)),
        ("silu", "value", -80, -80 * np.exp(-80.0)),
        ("silu", "slope", -80, -79 * np.exp(-80.0)),
        ("mish", "value", -80, -80 * np.exp(-80.0)),
        ("mish", "slope", -80, -79 * np.exp(-80.0)),
        ("elu", "slope", -80, np.exp(-80.0)),
    ],
)
@every_float
def test_tails_keep_their_digits(name, kind, z, leading_term, dtype):  # the next term is e^-80 times smaller
    result = getattr(ACTIVATIONS[name], kind)(np.array([z], dtype))[0]
    np.testing.assert_allclose(result, leading_term, rtol=4 * np.finfo(dtype).eps)  # at most 17 % used


def test_gelu_keeps_its_digits_in_the_tail():  # Phi(-10) = 7.619853024160527e-24, from tables
    Z, phi = np.array([-10.0]), np.exp(-50.0) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(ACTIVATIONS["gelu"].value(Z), -10 * 7.619853024160527e-24, rtol=2e-14)  # 38 % used
    np.testing.assert_allclose(ACTIVATIONS["gelu"].slope(Z), 7.619853024160527e-24 - 10 * phi, rtol=2e-14)


def test_logistic_is_sigmoid():
    assert activation_named("logistic") is activation_named("sigmoid")


def test_a_misspelt_activation_is_refused_with_a_suggestion(refusal):
    known = "identity, relu, leaky_relu, elu, selu, sigmoid, tanh, softplus, gelu, silu, mish"
    choose = f"is not an activation. Choose one of {known} (or logistic, scikit-learn's name for sigmoid)."
    assert refusal(SettingError, activation_named, "tahn") == f"activation='tahn' {choose} Did you mean 'tanh'?"
    assert (
        refusal(SettingError, activation_named, "logstic") == f"activation='logstic' {choose} Did you mean 'logistic'?"
    )
    assert refusal(SettingError, activation_named, "q") == f"activation='q' {choose}"


@pytest.mark.parametrize("name", [*ACTIVATIONS, "logistic"])
def test_every_activation_can_end_a_network(name):
    assert output_named(name) is activation_named(name).value


def test_exp_and_softmax_end_a_network():
    Z = np.array([[1.0, 2.0, -1.0], [1e4, 0.0, -1e4]])
    np.testing.assert_array_equal(output_named("softmax")(Z), softmax(Z, axis=1))
    np.testing.assert_array_equal(output_named("exp")(Z[:1]), np.exp(Z[:1]))
    np.testing.assert_array_equal(output_named("exp")(Z[1:]), [[np.inf, 1, 0]])  # and no warning
