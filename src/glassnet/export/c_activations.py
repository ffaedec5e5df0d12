"""The activations in C, for loops that a compiler can give vector instructions to."""

import re

from ..network.activations import LEAK, SATURATED, SELU_ALPHA, SELU_SCALE

# e^x of float: x = n log 2 + r, and a polynomial for e^r. C's expf is called for each number by itself.
FAST_EXP = """
/* e^x, to within two units in the last place, for -87 < x < 88; beyond that the ends. Loops over it become fast. */
static float e_to(float x)
{
    float r, p, power;
    unsigned bits;
    int n;
    x = x > -87.0f ? x : -87.0f;
    x = x < 88.0f ? x : 88.0f;
    n = (int) (x * 1.44269504f + (x < 0 ? -0.5f : 0.5f));
    r = x - (float) n * 0.693359375f + (float) n * 2.12194440e-4f;
    p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    bits = (unsigned) (n + 127) << 23;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}
"""
SLOW_EXP = """
static double e_to(double x) { return exp(x); }
"""
NEEDS_EXP = {"elu", "selu", "sigmoid", "tanh", "softplus", "silu", "mish", "softmax"}

# The new value of z, with F for the ending of the functions of math.h.
FORMULAS = {
    "identity": "z",
    "relu": "z < 0 ? 0 : z",
    "leaky_relu": f"z > 0 ? z : (real) {LEAK} * z",
    "elu": "z > 0 ? z : e_to(z) - 1",
    "selu": f"(real) {SELU_SCALE} * (z > 0 ? z : (real) {SELU_ALPHA} * (e_to(z) - 1))",
    "sigmoid": "1 / (1 + e_to(-z))",
    "tanh": "1 - 2 / (e_to(2 * z) + 1)",
    "softplus": "(z > 0 ? z : 0) + log1pF(e_to(z > 0 ? -z : z))",
    "gelu": "z * (real) 0.5 * erfcF(z * (real) -0.7071067811865476)",
    "silu": "z / (1 + e_to(-z))",
    "mish": f"z * gate(e_to(z < {SATURATED:.0f} ? z : {SATURATED:.0f}))",
    "exp": "expF(z)",
}
GATE = """
/* tanh(log(1 + u)) */
static real gate(real u) { return u * (u + 2) / (u * (u + 2) + 2); }
"""
SOFTMAX = """
static void softmax_of(real *restrict a, int n)
{
    real largest = a[0], sum = 0;
    int j;
    for (j = 1; j < n; j++) largest = a[j] > largest ? a[j] : largest;
    for (j = 0; j < n; j++) sum += a[j] = e_to(a[j] - largest);
    for (j = 0; j < n; j++) a[j] /= sum;
}
"""


def functions(names: set[str], dtype: str) -> str:
    """The C functions of these activations, each `void name(real *a, int n)`, and what they need.

    Examples
    --------
    >>> print(functions({"relu"}, "float32"))
    <BLANKLINE>
    static void relu_of(real *restrict a, int n)
    {
        int j;
        for (j = 0; j < n; j++) {
            const real z = a[j];
            a[j] = z < 0 ? 0 : z;
        }
    }
    <BLANKLINE>
    """
    is_single = dtype == "float32"
    parts = [FAST_EXP if is_single else SLOW_EXP] if names & NEEDS_EXP else []
    parts += [GATE] if "mish" in names else []
    for name in sorted(names):
        parts.append(SOFTMAX if name == "softmax" else _function(name, "f" if is_single else ""))
    return "".join(parts)


def c_name(activation: str) -> str:
    """The name of the C function; exp and tanh are taken by math.h."""
    return f"{activation}_of"


def _function(name: str, ending: str) -> str:
    formula = re.sub(r"(exp|log1p|erfc)F", rf"\g<1>{ending}", FORMULAS[name])
    return f"""
static void {c_name(name)}(real *restrict a, int n)
{{
    int j;
    for (j = 0; j < n; j++) {{
        const real z = a[j];
        a[j] = {formula};
    }}
}}
"""
