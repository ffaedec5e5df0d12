"""Small functions of numbers that the written code calls; the writer copies those that a network needs into its source.

They run as plain Python and compiled. Numbers come and go in the network's own float type, which written code calls
`number`; e is always e^-|z|, so that nothing overflows.
"""

# mypy: disallow_untyped_defs=False, disallow_untyped_calls=False, disable_error_code="no-untyped-def"

import math

import numpy as np

number = np.float64


def word(bits):
    """The lowest 32 bits; told as a type, not only as a mask, so that the compiler works on 16 words at once."""
    return int(np.uint32(bits & 0xFFFFFFFF))


def turn(bits, places):
    """A word, its bits turned to the left."""
    return word((bits << places) | (bits >> (32 - places)))


def mix(x_0, x_1, places_0, places_1, places_2, places_3):
    """Four rounds of Threefry: add, turn, exclusive or."""
    x_0 = word(x_0 + x_1)
    x_1 = turn(x_1, places_0) ^ x_0
    x_0 = word(x_0 + x_1)
    x_1 = turn(x_1, places_1) ^ x_0
    x_0 = word(x_0 + x_1)
    x_1 = turn(x_1, places_2) ^ x_0
    x_0 = word(x_0 + x_1)
    x_1 = turn(x_1, places_3) ^ x_0
    return x_0, x_1


def threefry(key_0, key_1, counter_0, counter_1):
    """Two random words for two counters: Threefry-2x32, 20 rounds (Salmon et al. 2011)."""
    key_2 = key_0 ^ key_1 ^ 0x1BD11BDA
    x_0, x_1 = mix(word(counter_0 + key_0), word(counter_1 + key_1), 13, 15, 26, 6)
    x_0, x_1 = mix(word(x_0 + key_1), word(x_1 + key_2 + 1), 17, 29, 16, 24)
    x_0, x_1 = mix(word(x_0 + key_2), word(x_1 + key_0 + 2), 13, 15, 26, 6)
    x_0, x_1 = mix(word(x_0 + key_0), word(x_1 + key_1 + 3), 17, 29, 16, 24)
    x_0, x_1 = mix(word(x_0 + key_1), word(x_1 + key_2 + 4), 13, 15, 26, 6)
    return word(x_0 + key_2), word(x_1 + key_0 + 5)


def sigmoid(z):
    """1 / (1 + e^-z)."""
    e = np.exp(-abs(z))
    return (number(1) if z >= 0 else e) / (number(1) + e)


def softplus(z):
    """log(1 + e^z)."""
    return max(z, number(0)) + np.log1p(np.exp(-abs(z)))


def normal_share(z):
    """Phi(z), the share of the standard normal distribution below z."""
    return number(0.5) * number(math.erfc(-z * number(0.7071067811865476)))


def normal_density(z):
    """The density of the standard normal distribution at z; beyond 40 it is 0 in float64 too."""
    z = min(abs(z), number(40))
    return np.exp(-z * z * number(0.5)) * number(0.3989422804014327)


def tanh_softplus(z):
    """(t, 1 - t) with t = tanh(log(1 + e^z)): mish is z t."""
    e = np.exp(-abs(z))
    top = number(1) + number(2) * e if z > 0 else e * (e + number(2))
    rest = number(2) * e * e if z > 0 else number(2)
    share = number(1) / (top + rest)
    return top * share, rest * share
