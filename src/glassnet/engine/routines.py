"""Small functions of numbers that the written code calls; the writer copies those that a network needs into its source.

They run as plain Python and compiled. Numbers come and go in the network's own float type, which written code calls
`number`; e is always e^-|z|, so that nothing overflows.

What e^x, log(1 + e) and their kin need is made here from sums and products alone: a compiler turns those into
instructions for 8 or 16 neurons at once, while a call of the system's library costs 2 to 15 ns for each. Errors are
given in units of the last place (ulp), compiled, and tests look at all of float32.
"""

# mypy: disallow_untyped_defs=False, disallow_untyped_calls=False, disable_error_code="no-untyped-def"

import numpy as np

number = np.float64


def widest_vectors():
    """Nothing in plain Python; compiled, the function that calls it works with the processor's widest vectors."""


def room(n):
    """Room for n numbers from the start of a cache line on, 64 bytes, so that no vector straddles two."""
    raw = np.empty(n + 16, number)
    return raw[16 - raw.ctypes.data // raw.itemsize % 16 :][:n]


def part(vector, start, n):
    """n entries of a vector from start on; both share their memory."""
    return vector[start : start + n]


def matrix(vector, start, n, m):
    """The entries of a vector from start on, row after row of an (n, m) matrix; both share their memory."""
    return vector[start : start + n * m].reshape(n, m)


def product(A, B, C):
    """C = A B; A may be a transpose."""
    np.dot(A, B, C)


def transpose(W, T):
    """T = W^T, for matrices of at least 16 rows and columns."""
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            T[j, i] = W[i, j]


def wait_at(barrier, goal):
    """Nothing in plain Python, where one thread does it all; compiled, wait until so many have come to the barrier."""


def word(bits):
    """The lowest 32 bits; told as a type, not only as a mask, so that the compiler works on 16 words at once."""
    return int(np.uint32(bits & 0xFFFFFFFF))


def mix(x_0, x_1, places_0, places_1, places_2, places_3):
    """Four rounds of Threefry: add, turn the bits to the left, exclusive or."""
    x_0 = word(x_0 + x_1)
    x_1 = word((x_1 << places_0) | (x_1 >> (32 - places_0))) ^ x_0
    x_0 = word(x_0 + x_1)
    x_1 = word((x_1 << places_1) | (x_1 >> (32 - places_1))) ^ x_0
    x_0 = word(x_0 + x_1)
    x_1 = word((x_1 << places_2) | (x_1 >> (32 - places_2))) ^ x_0
    x_0 = word(x_0 + x_1)
    x_1 = word((x_1 << places_3) | (x_1 >> (32 - places_3))) ^ x_0
    return x_0, x_1


def threefry(key_0, key_1, counter_0, counter_1):
    """Two random words for two counters: Threefry-2x32, 20 rounds (Salmon et al. 2011).

    The places to turn are told as a type, or the compiler would make a `mix` for each set of them.
    """
    a_0, a_1, a_2, a_3 = np.int64(13), np.int64(15), np.int64(26), np.int64(6)
    b_0, b_1, b_2, b_3 = np.int64(17), np.int64(29), np.int64(16), np.int64(24)
    key_2 = key_0 ^ key_1 ^ 0x1BD11BDA
    x_0, x_1 = mix(word(counter_0 + key_0), word(counter_1 + key_1), a_0, a_1, a_2, a_3)
    x_0, x_1 = mix(word(x_0 + key_1), word(x_1 + key_2 + 1), b_0, b_1, b_2, b_3)
    x_0, x_1 = mix(word(x_0 + key_2), word(x_1 + key_0 + 2), a_0, a_1, a_2, a_3)
    x_0, x_1 = mix(word(x_0 + key_0), word(x_1 + key_1 + 3), b_0, b_1, b_2, b_3)
    x_0, x_1 = mix(word(x_0 + key_1), word(x_1 + key_2 + 4), a_0, a_1, a_2, a_3)
    return word(x_0 + key_2), word(x_1 + key_0 + 5)


def e_parts(x):
    """(2^k, e^r - 1) for x <= 0, where x = k log(2) + r with a whole k and |r| <= log(2) / 2; so e^x = 2^k e^r.

    log(2) is subtracted in two parts, the first so short that k times it is exact (Cody and Waite 1980); e^r - 1 is its
    Taylor series up to r^13 / 13!, in float32 up to r^7 / 7!, and what is left out is less than a tenth of an ulp.
    """
    is_double = number(1e-300) > 0  # to float32 that is 0
    lowest = number(-1023) if is_double else number(-127)
    k = np.rint(x * number(1.4426950408889634))
    k = k if k > lowest else lowest  # also if x is NaN, which then stays in r
    r = x - k * number(0.693145751953125)
    r = number(-1) if r < number(-1) else r  # for x = -inf; and the compiler cannot add the two parts of log(2) again
    r = r - k * number(1.4286068203094172e-06)
    p = number(1 / 5040)
    if is_double:
        p = number(1 / 6227020800)
        p = p * r + number(1 / 479001600)
        p = p * r + number(1 / 39916800)
        p = p * r + number(1 / 3628800)
        p = p * r + number(1 / 362880)
        p = p * r + number(1 / 40320)
        p = p * r + number(1 / 5040)
    p = p * r + number(1 / 720)
    p = p * r + number(1 / 120)
    p = p * r + number(1 / 24)
    p = p * r + number(1 / 6)
    p = p * r + number(1 / 2)
    if is_double:  # 2^k from its bits: the exponent k, raised so that the lowest is 0, which stands for the number 0
        power = number(np.int64(np.int64(np.int32(k) + 1023) << 52).view(np.float64))
    else:
        power = number(np.int32((np.int32(k) + 127) << 23).view(np.float32))
    return power, p * r * r + r


def e_to(x):
    """e^x for x <= 0, within 1.1 ulp; below the smallest normal number (x < -87.3, in float64 -708.3) it fades to 0."""
    power, rest = e_parts(x)
    return power + power * rest


def e_to_less_1(x):
    """e^x - 1 for x <= 0, within 1.3 ulp, near 0 too."""
    power, rest = e_parts(x)
    return (power - number(1)) + power * rest


def log_1_plus(e):
    """log(1 + e) for 0 <= e <= 1, within 2.5 ulp.

    It is 2 artanh(s) = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = e / (2 + e) <= 1/3, up to s^33, in float32 up to s^13.
    """
    s = e / (number(2) + e)
    square = s * s
    p = number(1 / 13)
    if number(1e-300) > 0:  # float64
        p = number(1 / 33)
        p = p * square + number(1 / 31)
        p = p * square + number(1 / 29)
        p = p * square + number(1 / 27)
        p = p * square + number(1 / 25)
        p = p * square + number(1 / 23)
        p = p * square + number(1 / 21)
        p = p * square + number(1 / 19)
        p = p * square + number(1 / 17)
        p = p * square + number(1 / 15)
        p = p * square + number(1 / 13)
    p = p * square + number(1 / 11)
    p = p * square + number(1 / 9)
    p = p * square + number(1 / 7)
    p = p * square + number(1 / 5)
    p = p * square + number(1 / 3)
    return number(2) * (p * square * s + s)


def sigmoid(z):
    """1 / (1 + e^-z)."""
    e = e_to(-abs(z))
    return (number(1) if z >= 0 else e) / (number(1) + e)


def sigmoid_slope(z):
    """e^-z / (1 + e^-z)^2, which is the same for z and -z."""
    e = e_to(-abs(z))
    share = number(1) / (number(1) + e)
    return e * share * share


def tanh(z):
    """-m / (2 + m) with m = e^-2|z| - 1, and the sign of z: nothing cancels near 0."""
    m = e_to_less_1(number(-2) * abs(z))
    t = m / (number(2) + m)
    return -t if z > 0 else t


def softplus(z):
    """log(1 + e^z)."""
    return max(z, number(0)) + log_1_plus(e_to(-abs(z)))


def normal_density(z):
    """phi(z), the density of the standard normal distribution at z; beyond 40 it is 0 in float64 too."""
    z = min(abs(z), number(40))
    return e_to(z * z * number(-0.5)) * number(0.3989422804014327)


def normal_share(z, density):
    """Phi(z), the share of the standard normal distribution below z, from its density phi(z).

    The share beyond |z| is phi(z) times Mills' ratio (1 - Phi) / phi, here p / q, fitted to it on [0, 39] with the
    smallest possible largest error, 6e-17 of it. All its numbers are positive: nothing cancels.
    """
    x = min(abs(z), number(40))
    p, q = number(3.473874856838028e-06), number(3.473874856848334e-06)
    p, q = p * x + number(9.339181193712372e-05), q * x + number(9.339181193498973e-05)
    p, q = p * x + number(0.0012293955266468944), q * x + number(0.0012328694017029588)
    p, q = p * x + number(0.010251072403508183), q * x + number(0.010344464204261225)
    p, q = p * x + number(0.059215774771072614), q * x + number(0.06043822297332727)
    p, q = p * x + number(0.24490595375378207), q * x + number(0.25497023081932524)
    p, q = p * x + number(0.7252710656966408), q * x + number(0.7820630321879183)
    p, q = p * x + number(1.4890827463059357), q * x + number(1.7144165096932504)
    p, q = p * x + number(1.9423407009010012), q * x + number(2.5612684002712163)
    p, q = p * x + number(1.2533141373155001), q * x + number(2.34764821787078)
    q = q * x + number(1)
    beyond = density * p / q
    return number(1) - beyond if z > 0 else beyond


def mish_gate(z):
    """(t, dt/dz) with t = tanh(log(1 + e^z)): mish is z t.

    With u = e^z: t = n / d and dt/dz = u (u + 1) / d^2, where n = u + u^2 / 2 and d = n + 1. For z > 0 numerators and
    denominators are divided by u^2 and u^4. The slope of mish, t + z dt/dz, is right below z = 2^126 in float32: the
    compiler may multiply z by 1 / d^2 = 4 before it multiplies by u = 0.
    """
    e = e_to(-abs(z))
    n = number(0.5) + e if z > 0 else e + number(0.5) * e * e
    d = n + (e * e if z > 0 else number(1))
    u = e * e if z > 0 else e
    share = number(1) / d
    return n * share, u * (number(1) + e) * share * share


def faded(x):
    """x, or 0 where it is smaller than 1e-30.

    What an optimizer remembers of a weight that no longer learns fades by a factor in every step, and ends among the
    numbers too small to be normal, which processors handle many times slower.
    """
    return number(0) if abs(x) < number(1e-30) else x
