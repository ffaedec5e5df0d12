"""The network bins-8-6-2, written out by glassnet: read it, do not edit it."""

import numpy as np

number = np.float32  # the network's float type


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


def tanh(z):
    """-m / (2 + m) with m = e^-2|z| - 1, and the sign of z: nothing cancels near 0."""
    m = e_to_less_1(number(-2) * abs(z))
    t = m / (number(2) + m)
    return -t if z > 0 else t


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


def forward(thetas, X, Zs, settings):
    """Writes Z^L of the rows X, as each theta makes it, to Zs."""
    widest_vectors()
    bins = settings[0:]                                                   # how many bins each of the last columns has
    n_plain, n_binned = X.shape[1] - bins.shape[0], bins.shape[0]
    start = np.empty(n_binned + 1, np.int64)
    start[0] = n_plain
    for c in range(n_binned): start[c + 1] = start[c] + int(bins[c])
    n_in = start[n_binned]
    center, steep = np.empty(n_in, number), np.empty(n_in, number)
    for c in range(n_binned):
        T = bins[c]
        for i in range(start[c], start[c + 1]):
            mid, power = (T - (i - start[c]) - 0.5) / T, (T - (i - start[c]) - 2 / 3) / T
            center[i], steep[i] = mid, 1 / np.sqrt(power - mid**2)
    batch_size = min(512, X.shape[0])
    A1_all = matrix(room(batch_size * n_plain), 0, batch_size, n_plain)
    A2_all = matrix(room(batch_size * 8), 0, batch_size, 8)
    A3_all = matrix(room(batch_size * 6), 0, batch_size, 6)
    V = matrix(room((n_in - n_plain + n_binned) * 8), 0, n_in - n_plain + n_binned, 8)
    base2 = np.empty(8, number)
    zero, one = number(0), number(1)
    order = np.arange(X.shape[0])
    for network in range(thetas.shape[0]):
        theta, Z = thetas[network], Zs[network]
        W2, b2 = matrix(theta, 0, n_in, 8), part(theta, n_in * 8, 8)
        W3, b3 = matrix(theta, (n_in + 1) * 8, 8, 6), part(theta, (n_in + 1) * 8 + 48, 6)
        W4, b4 = matrix(theta, (n_in + 1) * 8 + 54, 6, 2), part(theta, (n_in + 1) * 8 + 66, 2)
        for j in range(8): base2[j] = b2[j]                               # what W2 makes of the edges of the bins
        for c in range(n_binned):
            edge = start[c] - n_plain + c
            for j in range(8): V[edge + int(bins[c]), j] = zero
            for i in range(start[c + 1] - 1, start[c] - 1, -1):
                below, rise, middle = edge + i - start[c], steep[i], center[i]
                for j in range(8):
                    V[below, j] = V[below + 1, j] - rise * W2[i, j]
                    base2[j] += (one - middle) * rise * W2[i, j]
        for first in range(0, X.shape[0], batch_size):
            rows = min(batch_size, X.shape[0] - first)
            A1 = A1_all[:rows]
            A2 = A2_all[:rows]
            A3 = A3_all[:rows]
            A4 = Z[first : first + rows]
            for s in range(rows):                                         # A1: the rows of this batch
                x, a1 = X[order[first + s]], A1[s]
                for i in range(n_plain): a1[i] = x[i]
            A2[:] = zero                                                  # A1 W2 (eq. 1): plain columns
            if n_plain > 0: product(A1, W2[:n_plain], A2)
            for s in range(rows):
                a2 = A2[s]
                x = X[order[first + s]]
                for c in range(n_binned):                                 # columns in bins: from edge to edge along a line (eq. 1, 12)
                    place = x[n_plain + c]
                    k = min(max(int(place), 0), int(bins[c]) - 1)
                    share = min(max(place - number(k), zero), one)
                    rest, edge = one - share, start[c] - n_plain + c + k
                    for j in range(8): a2[j] += rest * V[edge, j] + share * V[edge + 1, j]
                for j in range(8):                                        # a2 = f(z2): mish (eq. 2)
                    z = a2[j] + base2[j]
                    gate, steepness = mish_gate(z)
                    a, slope = z * gate, gate + z * steepness
                    a2[j] = a
            product(A2, W3, A3)                                           # A2 W3 (eq. 1)
            for s in range(rows):
                a3 = A3[s]
                for j in range(6):                                        # a3 = f(z3): relu (eq. 2)
                    z = a3[j] + b3[j]
                    a, slope = zero if z < zero else z, one if z > zero else zero
                    a3[j] = a
            product(A3, W4, A4)                                           # A3 W4 (eq. 1)
            for s in range(rows):
                a4 = A4[s]
                for j in range(2): a4[j] = a4[j] + b4[j]                  # z4 (eq. 1)
