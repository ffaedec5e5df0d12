"""The network 717-128-64-10, written out by glassnet: read it, do not edit it."""

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


def transpose(W, T):
    """T = W^T, for matrices of at least 16 rows and columns."""
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            T[j, i] = W[i, j]


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


def faded(x):
    """x, or 0 where it is smaller than 1e-30.

    What an optimizer remembers of a weight that no longer learns fades by a factor in every step, and ends among the
    numbers too small to be normal, which processors handle many times slower.
    """
    return number(0) if abs(x) < number(1e-30) else x


def epochs(theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas):
    """Epochs one after the other: a step for each entry of eta, over batch_size rows of the order each.

    Writes theta and the optimizer's memory; of each epoch the summed loss and the summed squared length of the steps'
    gradients to sums, and theta behind it to thetas, if that has room. Returns the number of steps done, fewer than
    asked for if the loss left the finite numbers.
    """
    widest_vectors()
    max_norm = number(settings[0])
    momentum = number(settings[1])
    W2, b2 = matrix(theta, 0, 717, 128), part(theta, 91776, 128)
    W3, b3 = matrix(theta, 91904, 128, 64), part(theta, 100096, 64)
    W4, b4 = matrix(theta, 100160, 64, 10), part(theta, 100800, 10)
    memory_0 = memory[0]
    grad = room(100810)
    dW2, db2 = matrix(grad, 0, 717, 128), part(grad, 91776, 128)
    dW3, db3 = matrix(grad, 91904, 128, 64), part(grad, 100096, 64)
    dW4, db4 = matrix(grad, 100160, 64, 10), part(grad, 100800, 10)
    A1_all = matrix(room(batch_size * 717), 0, batch_size, 717)
    A2_all = matrix(room(batch_size * 128), 0, batch_size, 128)
    S2_all = matrix(room(batch_size * 128), 0, batch_size, 128)
    D2_all = matrix(room(batch_size * 128), 0, batch_size, 128)
    A3_all = matrix(room(batch_size * 64), 0, batch_size, 64)
    S3_all = matrix(room(batch_size * 64), 0, batch_size, 64)
    D3_all = matrix(room(batch_size * 64), 0, batch_size, 64)
    A4_all = matrix(room(batch_size * 10), 0, batch_size, 10)
    D4_all = matrix(room(batch_size * 10), 0, batch_size, 10)
    T3 = matrix(room(64 * 128), 0, 64, 128)
    T4 = matrix(room(10 * 64), 0, 10, 64)
    norm2 = np.empty(128, number)
    norm3 = np.empty(64, number)
    norm4 = np.empty(10, number)
    zero, one = number(0), number(1)
    for epoch in range(etas.shape[0]):
        order, eta, total, squares = orders[epoch], etas[epoch], 0.0, 0.0
        for t in range(eta.shape[0]):
            first = t * batch_size
            rows = min(batch_size, order.shape[0] - first)
            rate = number(eta[t])
            A1 = A1_all[:rows]
            A2, D2, S2 = A2_all[:rows], D2_all[:rows], S2_all
            A3, D3, S3 = A3_all[:rows], D3_all[:rows], S3_all
            A4, D4 = A4_all[:rows], D4_all[:rows]
            for s in range(rows):                                         # A1: the rows of this batch
                x, a1 = X[order[first + s]], A1[s]
                for i in range(717): a1[i] = x[i]
            product(A1, W2, A2)                                           # A1 W2 (eq. 1)
            for s in range(rows):
                a2, slope2 = A2[s], S2[s]
                for j in range(128):                                      # a2 = f(z2), slope2 = f'(z2): relu (eq. 2)
                    z = a2[j] + b2[j]
                    a, slope = zero if z < zero else z, one if z > zero else zero
                    a2[j], slope2[j] = a, slope
            product(A2, W3, A3)                                           # A2 W3 (eq. 1)
            for s in range(rows):
                a3, slope3 = A3[s], S3[s]
                for j in range(64):                                       # a3 = f(z3), slope3 = f'(z3): relu (eq. 2)
                    z = a3[j] + b3[j]
                    a, slope = zero if z < zero else z, one if z > zero else zero
                    a3[j], slope3[j] = a, slope
            product(A3, W4, A4)                                           # A3 W4 (eq. 1)
            for s in range(rows):
                r = order[first + s]
                y, a4, delta4 = Y[r], A4[s], D4[s]
                row_loss = 0.0
                c, peak, mass = int(y[0]), number(-np.inf), zero
                for j in range(10):                                       # z4, and the largest of them
                    delta4[j] = a4[j] + b4[j]
                    peak = max(peak, delta4[j])
                row_loss = peak - delta4[c]
                for j in range(10):
                    e = e_to(delta4[j] - peak)
                    mass += e
                    delta4[j] = e
                row_loss += np.log(mass)
                for j in range(10): delta4[j] /= mass                     # delta4 = softmax(z4) - 1 at class c (eq. 4)
                delta4[c] -= one
                w = weight[r]
                for j in range(10): delta4[j] *= w
                total += w * row_loss
            product(A3.T, D4, dW4)                                        # dW4 = A3^T D4 (eq. 6)
            for j in range(10): db4[j] = zero
            for s in range(rows):
                delta4 = D4[s]
                for j in range(10): db4[j] += delta4[j]
            for i in range(64): db3[i] = zero
            for i in range(64):                                           # D3 = S3 * (D4 W4^T) (eq. 5)
                for j in range(10): T4[j, i] = W4[i, j]
            product(D4, T4, D3)
            for s in range(rows):
                slope3, delta3 = S3[s], D3[s]
                for i in range(64):
                    delta3[i] *= slope3[i]
                    db3[i] += delta3[i]
            product(A2.T, D3, dW3)                                        # dW3 = A2^T D3 (eq. 6)
            for i in range(128): db2[i] = zero
            transpose(W3, T3)                                             # D2 = S2 * (D3 W3^T) (eq. 5)
            product(D3, T3, D2)
            for s in range(rows):
                slope2, delta2 = S2[s], D2[s]
                for i in range(128):
                    delta2[i] *= slope2[i]
                    db2[i] += delta2[i]
            product(A1.T, D2, dW2)                                        # dW2 = A1^T D2 (eq. 6)
            scale, squared = number(1.0 / rows), zero
            for p in range(100810):                                       # the step of all weights and biases (eq. 6, 8)
                g = scale * grad[p]
                squared += g * g
                velocity = faded(momentum * memory_0[p] - rate * g)
                memory_0[p] = velocity
                theta[p] += velocity
            squares += squared
            for j in range(128): norm2[j] = zero                          # max-norm of layer 2 (eq. 10)
            for i in range(717):
                for j in range(128): norm2[j] += W2[i, j] * W2[i, j]
            for j in range(128): norm2[j] = max_norm / max(np.sqrt(norm2[j]), max_norm)
            for i in range(717):
                for j in range(128): W2[i, j] *= norm2[j]
            for j in range(64): norm3[j] = zero                           # max-norm of layer 3 (eq. 10)
            for i in range(128):
                for j in range(64): norm3[j] += W3[i, j] * W3[i, j]
            for j in range(64): norm3[j] = max_norm / max(np.sqrt(norm3[j]), max_norm)
            for i in range(128):
                for j in range(64): W3[i, j] *= norm3[j]
            for j in range(10): norm4[j] = zero                           # max-norm of layer 4 (eq. 10)
            for i in range(64):
                for j in range(10): norm4[j] += W4[i, j] * W4[i, j]
            for j in range(10): norm4[j] = max_norm / max(np.sqrt(norm4[j]), max_norm)
            for i in range(64):
                for j in range(10): W4[i, j] *= norm4[j]
            if not abs(total) < np.inf:
                sums[epoch, 0], sums[epoch, 1] = total, squares
                return epoch * eta.shape[0] + t
        sums[epoch, 0], sums[epoch, 1] = total, squares
        if thetas.shape[0] > 0:
            for p in range(100810): thetas[epoch, p] = theta[p]
    return etas.size
