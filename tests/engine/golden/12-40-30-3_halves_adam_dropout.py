"""The network 12-40-30-3, written out by glassnet: read it, do not edit it."""

import numpy as np

number = np.float32  # the network's float type


def widest_vectors():
    """Nothing in plain Python; compiled, the function that calls it works with the processor's widest vectors."""


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


def faded(x):
    """x, or 0 where it is smaller than 1e-30.

    What an optimizer remembers of a weight that no longer learns fades by a factor in every step, and ends among the
    numbers too small to be normal, which processors handle many times slower.
    """
    return number(0) if abs(x) < number(1e-30) else x


def epochs(
    theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas, space, barrier, thread
):
    """One thread's share of epochs one after the other: a step for each entry of eta, over batch_size rows each.

    Writes theta and the optimizer's memory; of each epoch the summed loss and the summed squared length of the steps'
    gradients to sums, and theta behind it to thetas, if that has room. Returns the number of steps done, fewer than
    asked for if the loss left the finite numbers.
    """
    widest_vectors()
    beta_1 = settings[0]
    beta1, rest1 = number(beta_1), number(1.0 - beta_1)
    beta_2 = settings[1]
    beta2, rest2 = number(beta_2), number(1.0 - beta_2)
    epsilon = number(settings[2])
    off2, keep2 = np.uint32(settings[3] * 2**32), number(1.0 / (1.0 - settings[3]))
    off3, keep3 = np.uint32(settings[4] * 2**32), number(1.0 / (1.0 - settings[4]))
    W2, b2 = matrix(theta, 0, 12, 40), part(theta, 480, 40)
    W3, b3 = matrix(theta, 520, 40, 30), part(theta, 1720, 30)
    W4, b4 = matrix(theta, 1750, 30, 3), part(theta, 1840, 3)
    memory_0 = memory[0]
    memory_1 = memory[1]
    A1_all = part(space, 0 * batch_size, 12 * batch_size)
    A2_all = part(space, 16 * batch_size, 40 * batch_size)
    A3_all = part(space, 64 * batch_size, 30 * batch_size)
    D2_all = part(space, 96 * batch_size, 40 * batch_size)
    D3_all = part(space, 144 * batch_size, 30 * batch_size)
    D4_all = part(space, 176 * batch_size, 3 * batch_size)
    Z2_all = part(space, 192 * batch_size, 80 * batch_size)
    Z3_all = part(space, 272 * batch_size, 60 * batch_size)
    Z4_all = part(space, 336 * batch_size, 6 * batch_size)
    M2_all = part(space, 352 * batch_size, 41 * batch_size)
    M3_all = part(space, 400 * batch_size, 31 * batch_size)
    losses = part(space, 432 * batch_size, 1 * batch_size)
    behind = 448 * batch_size
    grad = part(space, behind + 0, 1843)
    lengths = part(space, behind + 1856, 12)
    T3_all = part(space, behind + 1872, 1200)
    T4_all = part(space, behind + 3072, 90)
    n_threads, goal = barrier[1], 0
    first_half, last_half = thread * 2 // n_threads, (thread + 1) * 2 // n_threads
    zero, one = number(0), number(1)
    for epoch in range(etas.shape[0]):
        order, eta, total, squares = orders[epoch], etas[epoch], 0.0, 0.0
        for t in range(eta.shape[0]):
            first = t * batch_size
            rows = min(batch_size, order.shape[0] - first)
            step_0, step_1 = threefry(word(counter[0]), word(counter[1]), np.int64(counter[2] + epoch), t)
            after = float(counter[3] + epoch * eta.shape[0] + t + 1)
            rate = number(eta[t] / (1.0 - beta_1**after))                 # m_hat = m / (1 - beta_1^t)
            tiny = number(1e-30)
            root = number(1.0 / np.sqrt(1.0 - beta_2**after))             # v_hat = v / (1 - beta_2^t)
            begin, end = rows * first_half // 2, rows * last_half // 2
            D2 = matrix(D2_all, 0, rows, 40)
            D3 = matrix(D3_all, 0, rows, 30)
            D4 = matrix(D4_all, 0, rows, 3)
            M2 = matrix(M2_all, 0, rows, 41)
            for s in range(begin, end):
                mask2 = M2[s]
                for j in range(20):                                       # dropout mask of layer 2, row s (eq. 11)
                    bits, twin = threefry(step_0, step_1, 33554432 + j, s)
                    mask2[j] = keep2 if bits >= off2 else zero
                    mask2[20 + j] = keep2 if twin >= off2 else zero
            M3 = matrix(M3_all, 0, rows, 31)
            for s in range(begin, end):
                mask3 = M3[s]
                for j in range(15):                                       # dropout mask of layer 3, row s (eq. 11)
                    bits, twin = threefry(step_0, step_1, 50331648 + j, s)
                    mask3[j] = keep3 if bits >= off3 else zero
                    mask3[15 + j] = keep3 if twin >= off3 else zero
            for half in range(first_half, last_half):
                start, stop = 12 * half // 2, 12 * (half + 1) // 2
                A1 = matrix(A1_all, batch_size * start, rows, stop - start)
                for s in range(rows):                                     # A1: the rows of this batch
                    x, a1 = part(X[order[first + s]], start, stop - start), A1[s]
                    for i in range(a1.shape[0]): a1[i] = x[i]
                W = matrix(theta, 0 + start * 40, stop - start, 40)
                Z = matrix(Z2_all, half * batch_size * 40, rows, 40)
                product(A1, W, Z)                                         # this half of A1 W2 (eq. 1)
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            for half in range(first_half, last_half):
                start, stop = 40 * half // 2, 40 * (half + 1) // 2
                A2 = matrix(A2_all, batch_size * start, rows, stop - start)
                b = part(b2, start, stop - start)
                for s in range(rows):
                    a2 = A2[s]
                    slope2 = part(D2_all, s * 40 + start, stop - start)
                    z_0 = part(Z2_all, s * 40 + start, stop - start)
                    z_1 = part(Z2_all, (batch_size + s) * 40 + start, stop - start)
                    mask2 = part(M2_all, s * 41 + start, stop - start)
                    for j in range(a2.shape[0]):                          # a2 = f(z2), slope2 = f'(z2): mish (eq. 2)
                        z = z_0[j] + z_1[j] + b[j]
                        gate, steepness = mish_gate(z)
                        a, slope = z * gate, gate + z * steepness
                        a2[j], slope2[j] = a, slope
                    for j in range(a2.shape[0]):                          # neurons that are off neither speak nor learn
                        a2[j] *= mask2[j]
                        slope2[j] *= mask2[j]
                W = matrix(theta, 520 + start * 30, stop - start, 30)
                Z = matrix(Z3_all, half * batch_size * 30, rows, 30)
                product(A2, W, Z)                                         # this half of A2 W3 (eq. 1)
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            for half in range(first_half, last_half):
                start, stop = 30 * half // 2, 30 * (half + 1) // 2
                A3 = matrix(A3_all, batch_size * start, rows, stop - start)
                b = part(b3, start, stop - start)
                for s in range(rows):
                    a3 = A3[s]
                    slope3 = part(D3_all, s * 30 + start, stop - start)
                    z_0 = part(Z3_all, s * 30 + start, stop - start)
                    z_1 = part(Z3_all, (batch_size + s) * 30 + start, stop - start)
                    mask3 = part(M3_all, s * 31 + start, stop - start)
                    for j in range(a3.shape[0]):                          # a3 = f(z3), slope3 = f'(z3): mish (eq. 2)
                        z = z_0[j] + z_1[j] + b[j]
                        gate, steepness = mish_gate(z)
                        a, slope = z * gate, gate + z * steepness
                        a3[j], slope3[j] = a, slope
                    for j in range(a3.shape[0]):                          # neurons that are off neither speak nor learn
                        a3[j] *= mask3[j]
                        slope3[j] *= mask3[j]
                W = matrix(theta, 1750 + start * 3, stop - start, 3)
                Z = matrix(Z4_all, half * batch_size * 3, rows, 3)
                product(A3, W, Z)                                         # this half of A3 W4 (eq. 1)
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            Z_0 = matrix(Z4_all, 0 * batch_size * 3, rows, 3)
            Z_1 = matrix(Z4_all, 1 * batch_size * 3, rows, 3)
            for s in range(begin, end):
                r = order[first + s]
                y, delta4, z_0, z_1 = Y[r], D4[s], Z_0[s], Z_1[s]
                row_loss = 0.0
                c, peak, mass = int(y[0]), number(-np.inf), zero
                for j in range(3):                                        # z4, and the largest of them
                    delta4[j] = z_0[j] + z_1[j] + b4[j]
                    peak = max(peak, delta4[j])
                row_loss = peak - delta4[c]
                for j in range(3):
                    e = e_to(delta4[j] - peak)
                    mass += e
                    delta4[j] = e
                row_loss += np.log(mass)
                for j in range(3): delta4[j] /= mass                      # delta4 = softmax(z4) - 1 at class c (eq. 4)
                delta4[c] -= one
                losses[s] = row_loss
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            for s in range(rows): total += losses[s]                      # the losses of the batch
            for half in range(first_half, last_half):
                start, stop = 30 * half // 2, 30 * (half + 1) // 2
                A3 = matrix(A3_all, batch_size * start, rows, stop - start)
                dW = matrix(grad, 1750 + start * 3, stop - start, 3)
                product(A3.T, D4, dW)                                     # dW4 = A3^T D4 (eq. 6)
                W = matrix(theta, 1750 + start * 3, stop - start, 3)
                T = matrix(T4_all, start * 3, 3, stop - start)
                for i in range(W.shape[0]):
                    for j in range(3): T[j, i] = W[i, j]
                U = matrix(Z3_all, half * batch_size * 30, rows, stop - start)
                product(D4, T, U)                                         # D3 = slopes * (D4 W4^T) (eq. 5)
                db = part(grad, 1720 + start, stop - start)
                for j in range(db.shape[0]): db[j] = zero
                for s in range(rows):
                    u = U[s]
                    delta3 = part(D3_all, s * 30 + start, stop - start)
                    for j in range(db.shape[0]):
                        delta3[j] *= u[j]
                        db[j] += delta3[j]
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            for half in range(first_half, last_half):
                start, stop = 40 * half // 2, 40 * (half + 1) // 2
                A2 = matrix(A2_all, batch_size * start, rows, stop - start)
                dW = matrix(grad, 520 + start * 30, stop - start, 30)
                product(A2.T, D3, dW)                                     # dW3 = A2^T D3 (eq. 6)
                W = matrix(theta, 520 + start * 30, stop - start, 30)
                T = matrix(T3_all, start * 30, 30, stop - start)
                transpose(W, T)
                U = matrix(Z2_all, half * batch_size * 40, rows, stop - start)
                product(D3, T, U)                                         # D2 = slopes * (D3 W3^T) (eq. 5)
                db = part(grad, 480 + start, stop - start)
                for j in range(db.shape[0]): db[j] = zero
                for s in range(rows):
                    u = U[s]
                    delta2 = part(D2_all, s * 40 + start, stop - start)
                    for j in range(db.shape[0]):
                        delta2[j] *= u[j]
                        db[j] += delta2[j]
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            for half in range(first_half, last_half):
                start, stop = 12 * half // 2, 12 * (half + 1) // 2
                A1 = matrix(A1_all, batch_size * start, rows, stop - start)
                dW = matrix(grad, 0 + start * 40, stop - start, 40)
                product(A1.T, D2, dW)                                     # dW2 = A1^T D2 (eq. 6)
            for half in range(first_half, last_half):
                start, stop = 3 * half // 2, 3 * (half + 1) // 2
                db = part(grad, 1840 + start, stop - start)
                for j in range(db.shape[0]): db[j] = zero
                for s in range(rows):
                    delta4 = part(D4_all, s * 3 + start, stop - start)
                    for j in range(db.shape[0]): db[j] += delta4[j]
            scale = number(1.0 / rows)
            starts, heights, widths = (0, 480, 520, 1720, 1750, 1840), (12, 40, 40, 30, 30, 3), (40, 1, 30, 1, 3, 1)
            for k in range(6):                                            # the steps of W2, b2, W3, b3, W4, b4 (eq. 6 to 9)
                for half in range(first_half, last_half):
                    squared, start, stop = zero, heights[k] * half // 2, heights[k] * (half + 1) // 2
                    part_k = slice(starts[k] + start * widths[k], starts[k] + stop * widths[k])
                    grad_k = grad[part_k]
                    theta_k = theta[part_k]
                    memory_0_k = memory_0[part_k]
                    memory_1_k = memory_1[part_k]
                    for p in range(theta_k.shape[0]):
                        g = scale * grad_k[p]
                        squared += g * g
                        mean = faded(beta1 * memory_0_k[p] + rest1 * g)
                        square = faded(beta2 * memory_1_k[p] + rest2 * g * g)
                        memory_0_k[p] = mean
                        memory_1_k[p] = square
                        inverse = one / np.sqrt(square + tiny)
                        theta_k[p] -= rate * mean / (square * inverse * root + epsilon)
                    lengths[2 * k + half] = squared
            goal += n_threads
            wait_at(barrier, goal)                                        # until both halves are done
            for k in range(12): squares += lengths[k]
            if not abs(total) < np.inf:
                sums[epoch, 0], sums[epoch, 1] = total, squares
                return epoch * eta.shape[0] + t
        sums[epoch, 0], sums[epoch, 1] = total, squares
        if thetas.shape[0] > 0:
            for p in range(1843): thetas[epoch, p] = theta[p]
    return etas.size
