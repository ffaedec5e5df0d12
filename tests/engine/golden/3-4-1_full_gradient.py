"""The network 3-4-1, written out by glassnet: read it, do not edit it."""

import numpy as np

number = np.float64  # the network's float type


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


def e_to_less_1(x):
    """e^x - 1 for x <= 0, within 1.3 ulp, near 0 too."""
    power, rest = e_parts(x)
    return (power - number(1)) + power * rest


def tanh(z):
    """-m / (2 + m) with m = e^-2|z| - 1, and the sign of z: nothing cancels near 0."""
    m = e_to_less_1(number(-2) * abs(z))
    t = m / (number(2) + m)
    return -t if z > 0 else t


def full_gradient(theta, grad, X, Y, weight, order, settings):
    """Writes the summed gradient of all rows, without the penalty, to grad; returns the summed loss."""
    widest_vectors()
    W2, b2 = matrix(theta, 0, 3, 4), part(theta, 12, 4)
    W3, b3 = matrix(theta, 16, 4, 1), part(theta, 20, 1)
    batch_size = min(256, order.shape[0])
    addend = room(21)
    dW2, db2 = matrix(addend, 0, 3, 4), part(addend, 12, 4)
    dW3, db3 = matrix(addend, 16, 4, 1), part(addend, 20, 1)
    A1_all = matrix(room(batch_size * 3), 0, batch_size, 3)
    A2_all = matrix(room(batch_size * 4), 0, batch_size, 4)
    S2_all = matrix(room(batch_size * 4), 0, batch_size, 4)
    D2_all = matrix(room(batch_size * 4), 0, batch_size, 4)
    A3_all = matrix(room(batch_size * 1), 0, batch_size, 1)
    D3_all = matrix(room(batch_size * 1), 0, batch_size, 1)
    zero, one = number(0), number(1)
    total = 0.0
    grad[:] = zero
    for first in range(0, order.shape[0], batch_size):
        rows = min(batch_size, order.shape[0] - first)
        A1 = A1_all[:rows]
        A2, D2, S2 = A2_all[:rows], D2_all[:rows], S2_all
        A3, D3 = A3_all, D3_all
        for s in range(rows):                                             # A1: the rows of this batch
            x, a1 = X[order[first + s]], A1[s]
            for i in range(3): a1[i] = x[i]
        product(A1, W2, A2)                                               # A1 W2 (eq. 1)
        for s in range(rows):
            a2, slope2 = A2[s], S2[s]
            for j in range(4):                                            # a2 = f(z2), slope2 = f'(z2): tanh (eq. 2)
                z = a2[j] + b2[j]
                a = tanh(z)
                slope = one - a * a
                a2[j], slope2[j] = a, slope
        for s in range(rows):
            r = order[first + s]
            y, a3, delta3 = Y[r], A3[s], D3[s]
            a2 = A2[s]
            a3[0] = b3[0]                                                 # z3 = W3^T a2 + b3 (eq. 1)
            for i in range(4):
                a = a2[i]
                a3[0] += a * W3[i, 0]
            row_loss = 0.0
            z = a3[0]                                                     # delta3: the derivative of the loss by z3 (eq. 4)
            a = z
            target = y[0]
            d = a - target
            l = number(0.5) * d * d
            delta3[0] = d
            row_loss += l
            total += row_loss
        for i in range(4): dW3[i, 0] = zero
        db3[0] = zero
        for s in range(rows):
            a2, delta3 = A2[s], D3[s]
            slope2, delta2 = S2[s], D2[s]
            for i in range(4):                                            # delta2 = slope2 * (W3 delta3) (eq. 5), and dW3 += a2 delta3^T (eq. 6)
                a = a2[i]
                dW3[i, 0] += a * delta3[0]
                s_i = zero
                s_i += W3[i, 0] * delta3[0]
                delta2[i] = slope2[i] * s_i
            db3[0] += delta3[0]
        product(A1.T, D2, dW2)                                            # dW2 = A1^T D2 (eq. 6)
        for j in range(4): db2[j] = zero
        for s in range(rows):
            delta2 = D2[s]
            for j in range(4): db2[j] += delta2[j]
        for p in range(21): grad[p] += addend[p]
    return total
