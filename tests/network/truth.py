"""The activations and their slopes once more, with many decimal digits and straight from their definitions.

The naive formulas lose digits: 1 - tanh(z)^2 loses 96 at |z| = 110, the normal distribution function 314 at z = -38. So
many digits come on top of the 17 that a float64 holds.
"""

from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np

FARTHEST = 110  # from 0: up to here the truth is exact, and beyond it float32 knows only the limits
DIGITS = Context(prec=130, Emin=-999999999, Emax=999999999, traps=[])  # e^-10^9 is 0, in silence
DIGITS_OF_NORMAL = Context(prec=350, Emin=-999999999, Emax=999999999, traps=[])
ONE, LEAK = Decimal(1), Decimal("0.01")
SELU_SCALE = Decimal("1.0507009873554804934193349852946")  # Klambauer et al. 2017, as published
SELU_ALPHA = Decimal("1.6732632423543772848170429916717")


@cache
def pi() -> Decimal:
    """Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)."""

    def arctan_of_1_over(x):
        return sum(Decimal((-1) ** k) / ((2 * k + 1) * Decimal(x) ** (2 * k + 1)) for k in range(260))

    with localcontext(DIGITS_OF_NORMAL):
        return 16 * arctan_of_1_over(5) - 4 * arctan_of_1_over(239)


def density(z):
    return (-z * z / 2).exp() / (2 * pi()).sqrt()


def normal(z):
    """Phi(z) = 1/2 + phi(z) (z + z^3 / 3 + z^5 / (3 5) + ...)."""
    if abs(z) > 39:
        return Decimal(z > 0)
    with localcontext(DIGITS_OF_NORMAL):
        term = total = z
        odd = 1
        while abs(term) > Decimal("1e-330"):
            odd += 2
            term = term * z * z / odd
            total += term
        return ONE / 2 + density(z) * total


def sigmoid(z):
    return ONE / (1 + (-z).exp())


def tanh(z):
    e = (-2 * abs(z)).exp()
    return ((1 - e) / (1 + e)).copy_sign(z)


def softplus(z):
    return max(z, 0) + (1 + (-abs(z)).exp()).ln()


VALUES = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: z if z > 0 else LEAK * z,
    "elu": lambda z: z if z > 0 else z.exp() - 1,
    "selu": lambda z: SELU_SCALE * (z if z > 0 else SELU_ALPHA * (z.exp() - 1)),
    "sigmoid": sigmoid,
    "tanh": tanh,
    "softplus": softplus,
    "gelu": lambda z: z * normal(z),
    "silu": lambda z: z * sigmoid(z),
    "mish": lambda z: z * tanh(softplus(z)),
}
SLOPES = {
    "identity": lambda z: ONE,
    "relu": lambda z: Decimal(z > 0),
    "leaky_relu": lambda z: ONE if z > 0 else LEAK,
    "elu": lambda z: ONE if z > 0 else z.exp(),
    "selu": lambda z: SELU_SCALE * (1 if z > 0 else SELU_ALPHA * z.exp()),
    "sigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "tanh": lambda z: 1 - tanh(z) ** 2,
    "softplus": sigmoid,
    "gelu": lambda z: normal(z) + z * density(z),
    "silu": lambda z: sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z)),
    "mish": lambda z: tanh(softplus(z)) + z * (1 - tanh(softplus(z)) ** 2) * sigmoid(z),
}


def exactly(function, Z):
    """function(z) for every z of an array, rounded once, to float64."""
    with localcontext(DIGITS):
        return np.array([float(function(Decimal(float(z)))) for z in Z])
