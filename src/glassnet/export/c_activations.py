"""The activations in C, for loops that a compiler can give vector instructions to."""

import re

from ..network.activations import LEAK, SATURATED, SELU_ALPHA, SELU_SCALE

# e^x of float: x = n log 2 + r, and a polynomial for e^r, by the coefficients of Cephes (S. L. Moshier). The two loops
# are apart because a compiler that may not assume finite numbers gives up on a clamp and a conversion in one.
EXP = {
    "float32": """
/* u -> e^u, to within two units in the last place; below -87 and above 88 as if it were those. */
static void exponentials(real *restrict u, int n)
{
    int j;
    for (j = 0; j < n; j++) {
        const float low = u[j] > -87.0f ? u[j] : -87.0f;
        u[j] = low < 88.0f ? low : 88.0f;
    }
    for (j = 0; j < n; j++) {
        const float x = u[j];
        const int k = (int) (x * 1.44269504f + 127.5f), bits = k * 8388608; /* 2^(k - 127) as IEEE 754 writes it */
        const float r = x - (float) (k - 127) * 0.693359375f + (float) (k - 127) * 2.12194440e-4f;
        float power, p = 1.9875691500e-4f;
        p = p * r + 1.3981999507e-3f;
        p = p * r + 8.3334519073e-3f;
        p = p * r + 4.1665795894e-2f;
        p = p * r + 1.6666665459e-1f;
        p = p * r + 5.0000001201e-1f;
        memcpy(&power, &bits, sizeof power);
        u[j] = (p * r * r + r + 1) * power;
    }
}
""",
    "float64": """
static void exponentials(real *restrict u, int n)
{
    int j;
    for (j = 0; j < n; j++) u[j] = exp(u[j]);
}
""",
}

# What f(z) is, with F for the ending of the functions of math.h; and for those that need it, u = e^(first entry).
FORMULAS = {
    "identity": ("", "z"),
    "relu": ("", "z < 0 ? 0 : z"),
    "leaky_relu": ("", f"z > 0 ? z : (real) {LEAK} * z"),
    "elu": ("z < 0 ? z : 0", "z > 0 ? z : u[j] - 1"),
    "selu": ("z < 0 ? z : 0", f"(real) {SELU_SCALE} * (z > 0 ? z : (real) {SELU_ALPHA} * (u[j] - 1))"),
    "sigmoid": ("-z", "1 / (1 + u[j])"),
    "tanh": ("2 * z", "1 - 2 / (u[j] + 1)"),
    "softplus": ("z > 0 ? -z : z", "(z > 0 ? z : 0) + log1pF(u[j])"),
    "gelu": ("", "z * (real) 0.5 * erfcF(z * (real) -0.7071067811865476)"),
    "silu": ("-z", "z / (1 + u[j])"),
    "mish": (f"z < {SATURATED:.0f} ? z : {SATURATED:.0f}", "z * (u[j] * (u[j] + 2) / (u[j] * (u[j] + 2) + 2))"),
    "exp": ("", "expF(z)"),
}
SOFTMAX = """
static void softmax_of(real *restrict a, int n)
{
    real largest = a[0], sum = 0;
    int j;
    for (j = 1; j < n; j++) largest = a[j] > largest ? a[j] : largest;
    for (j = 0; j < n; j++) a[j] -= largest;
    exponentials(a, n);
    for (j = 0; j < n; j++) sum += a[j];
    for (j = 0; j < n; j++) a[j] /= sum;
}
"""


def functions(names: set[str], dtype: str) -> str:
    """The C functions of these activations, each `void NAME_of(real *a, int n)`, and what they need.

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
    parts = [EXP[dtype]] if any(name == "softmax" or FORMULAS[name][0] for name in names) else []
    parts += [SOFTMAX if name == "softmax" else _function(name, dtype) for name in sorted(names)]
    return "".join(parts)


def c_name(activation: str) -> str:
    """The name of the C function; exp and tanh are taken by math.h."""
    return f"{activation}_of"


def _function(name: str, dtype: str) -> str:
    power, formula = FORMULAS[name]
    formula = re.sub(r"(exp|log1p|erfc)F", r"\g<1>f" if dtype == "float32" else r"\g<1>", formula)
    first = f"{_loop('u[j]', power)}\n    exponentials(u, n);" if power else ""
    lines = ["    real u[WIDEST];" if power else "", "    int j;", first, _loop("a[j]", formula)]
    return f"\nstatic void {c_name(name)}(real *restrict a, int n)\n{{\n" + "\n".join(filter(None, lines)) + "\n}\n"


def _loop(target: str, formula: str) -> str:
    z = "        const real z = a[j];\n" if re.search(r"\bz\b", formula) else ""
    return f"    for (j = 0; j < n; j++) {{\n{z}        {target} = {formula};\n    }}"
