"""The network bins-64-1, written out by glassnet: read it, do not edit it."""

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


def epochs(theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas):
    """Epochs one after the other: a step for each entry of eta, over batch_size rows of the order each.

    Writes theta and the optimizer's memory; of each epoch the summed loss and the summed squared length of the steps'
    gradients to sums, and theta behind it to thetas, if that has room. Returns the number of steps done, fewer than
    asked for if the loss left the finite numbers.
    """
    widest_vectors()
    weight_decay = settings[0]
    scale_rate = number(settings[1])
    beta_1 = settings[2]
    beta1, rest1 = number(beta_1), number(1.0 - beta_1)
    beta_2 = settings[3]
    beta2, rest2 = number(beta_2), number(1.0 - beta_2)
    epsilon = number(settings[4])
    off2, keep2 = np.uint32(settings[5] * 2**32), number(1.0 / (1.0 - settings[5]))
    bins = settings[6:]                                                   # how many bins each of the last columns has
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
    W2, b2 = matrix(theta, 0, n_in, 64), part(theta, n_in * 64, 64)
    W3, b3 = matrix(theta, (n_in + 1) * 64, 64, 1), part(theta, (n_in + 1) * 64 + 64, 1)
    memory_0 = memory[0]
    memory_1 = memory[1]
    behind_theta = memory.ravel()[2 * memory.shape[1] :]
    scales, scales_m, scales_v = part(behind_theta, 0 * n_in, n_in), part(behind_theta, 1 * n_in, n_in), part(behind_theta, 2 * n_in, n_in)  # the inputs' scales (eq. 22)
    least = number(0.001)
    grad = room(theta.shape[0])
    dW2, db2 = matrix(grad, 0, n_in, 64), part(grad, n_in * 64, 64)
    dW3, db3 = matrix(grad, (n_in + 1) * 64, 64, 1), part(grad, (n_in + 1) * 64 + 64, 1)
    A1_all = matrix(room(batch_size * n_plain), 0, batch_size, n_plain)
    A2_all = matrix(room(batch_size * 64), 0, batch_size, 64)
    S2_all = matrix(room(batch_size * 64), 0, batch_size, 64)
    D2_all = matrix(room(batch_size * 64), 0, batch_size, 64)
    A3_all = matrix(room(batch_size * 1), 0, batch_size, 1)
    D3_all = matrix(room(batch_size * 1), 0, batch_size, 1)
    V = matrix(room((n_in - n_plain + n_binned) * 64), 0, n_in - n_plain + n_binned, 64)
    base2 = np.empty(64, number)
    dV = matrix(room(V.shape[0] * 64), 0, V.shape[0], 64)
    dV[:] = number(0)
    above, slopes = np.empty(64, number), np.empty(64, number)
    mask2 = np.empty(65, number)
    zero, one = number(0), number(1)
    for j in range(64): base2[j] = b2[j]                                  # what W2 makes of the edges of the bins
    for c in range(n_binned):
        edge = start[c] - n_plain + c
        for j in range(64): V[edge + int(bins[c]), j] = zero
        for i in range(start[c + 1] - 1, start[c] - 1, -1):
            below, rise, middle = edge + i - start[c], steep[i], center[i]
            for j in range(64):
                V[below, j] = V[below + 1, j] - rise * W2[i, j]
                base2[j] += (one - middle) * rise * W2[i, j]
    for epoch in range(etas.shape[0]):
        order, eta, total, squares = orders[epoch], etas[epoch], 0.0, 0.0
        for t in range(eta.shape[0]):
            first = t * batch_size
            rows = min(batch_size, order.shape[0] - first)
            step_0, step_1 = threefry(word(counter[0]), word(counter[1]), np.int64(counter[2] + epoch), t)
            shrink = number(1.0 - eta[t] * weight_decay)                  # decoupled weight decay (eq. 9)
            after = float(counter[3] + epoch * eta.shape[0] + t + 1)
            rate = number(eta[t] / (1.0 - beta_1**after))                 # m_hat = m / (1 - beta_1^t)
            tiny = number(1e-30)
            root = number(1.0 / np.sqrt(1.0 - beta_2**after))             # v_hat = v / (1 - beta_2^t)
            A1 = A1_all[:rows]
            A2, D2, S2 = A2_all[:rows], D2_all[:rows], S2_all
            A3, D3 = A3_all, D3_all
            for s in range(rows):                                         # A1: the rows of this batch
                x, a1 = X[order[first + s]], A1[s]
                for i in range(n_plain): a1[i] = x[i]
            A2[:] = zero                                                  # A1 W2 (eq. 1): plain columns
            if n_plain > 0: product(A1, W2[:n_plain], A2)
            for s in range(rows):
                a2, slope2 = A2[s], S2[s]
                x = X[order[first + s]]
                for c in range(n_binned):                                 # columns in bins: from edge to edge along a line (eq. 1, 12)
                    place = x[n_plain + c]
                    k = min(max(int(place), 0), int(bins[c]) - 1)
                    share = min(max(place - number(k), zero), one)
                    rest, edge = one - share, start[c] - n_plain + c + k
                    for j in range(64): a2[j] += rest * V[edge, j] + share * V[edge + 1, j]
                for j in range(64):                                       # a2 = f(z2), slope2 = f'(z2): mish (eq. 2)
                    z = a2[j] + base2[j]
                    gate, steepness = mish_gate(z)
                    a, slope = z * gate, gate + z * steepness
                    a2[j], slope2[j] = a, slope
                if off2 > 0:
                    for j in range(32):                                   # dropout mask of layer 2, row s (eq. 11)
                        bits, twin = threefry(step_0, step_1, 33554432 + j, s)
                        mask2[j] = keep2 if bits >= off2 else zero
                        mask2[32 + j] = keep2 if twin >= off2 else zero
                    for j in range(64):                                   # neurons that are off neither speak nor learn
                        a2[j] *= mask2[j]
                        slope2[j] *= mask2[j]
            for s in range(rows):
                r = order[first + s]
                y, a3, delta3 = Y[r], A3[s], D3[s]
                a2 = A2[s]
                a3[0] = b3[0]                                             # z3 = W3^T a2 + b3 (eq. 1)
                for i in range(64):
                    a = a2[i]
                    a3[0] += a * W3[i, 0]
                row_loss = 0.0
                z = a3[0]                                                 # delta3: the derivative of the loss by z3 (eq. 4)
                a = z
                target = y[0]
                d = a - target
                l = number(0.5) * d * d
                delta3[0] = d
                row_loss += l
                total += row_loss
            for i in range(64): dW3[i, 0] = zero
            db3[0] = zero
            for s in range(rows):
                a2, delta3 = A2[s], D3[s]
                slope2, delta2 = S2[s], D2[s]
                for i in range(64):                                       # delta2 = slope2 * (W3 delta3) (eq. 5), and dW3 += a2 delta3^T (eq. 6)
                    a = a2[i]
                    dW3[i, 0] += a * delta3[0]
                    s_i = zero
                    s_i += W3[i, 0] * delta3[0]
                    delta2[i] = slope2[i] * s_i
                db3[0] += delta3[0]
            if n_plain > 0: product(A1.T, D2, dW2[:n_plain])
            for s in range(rows):                                         # dV: the gradient at the edges
                x, delta2 = X[order[first + s]], D2[s]
                for c in range(n_binned):
                    place = x[n_plain + c]
                    k = min(max(int(place), 0), int(bins[c]) - 1)
                    share = min(max(place - number(k), zero), one)
                    rest, edge = one - share, start[c] - n_plain + c + k
                    for j in range(64): dV[edge, j] += rest * delta2[j]
                    for j in range(64): dV[edge + 1, j] += share * delta2[j]
            for j in range(64): db2[j] = zero
            for s in range(rows):
                delta2 = D2[s]
                for j in range(64): db2[j] += delta2[j]
            scale, squared = number(1.0 / rows), zero
            begins, ends = (0, n_in * 64, (n_in + 1) * 64, (n_in + 1) * 64 + 64), (0, (n_in + 1) * 64, (n_in + 1) * 64 + 64, (n_in + 1) * 64 + 65)
            factors = (1.0 / n_in**0.5, 0.1, 0.125, 0.1)
            for k in range(4):                                            # the steps of W2, b2, W3, b3 (eq. 6 to 9)
                part_k = slice(begins[k], ends[k])
                grad_k = grad[part_k]
                theta_k = theta[part_k]
                memory_0_k = memory_0[part_k]
                memory_1_k = memory_1[part_k]
                shrink_k = shrink if k % 2 == 0 else one
                rate_k = rate * number(factors[k])
                for p in range(theta_k.shape[0]):
                    g = scale * grad_k[p]
                    squared += g * g
                    theta_k[p] *= shrink_k
                    mean = faded(beta1 * memory_0_k[p] + rest1 * g)
                    square = faded(beta2 * memory_1_k[p] + rest2 * g * g)
                    memory_0_k[p] = mean
                    memory_1_k[p] = square
                    inverse = one / np.sqrt(square + tiny)
                    theta_k[p] -= rate_k * mean / (square * inverse * root + epsilon)
            k = 0
            shrink_k = shrink if k % 2 == 0 else one
            rate_k = rate * number(factors[k])
            for i in range(n_plain):                                      # the steps of scales and W2 (eq. 6 to 9, 22)
                part_k = slice(i * 64, (i + 1) * 64)
                grad_k = grad[part_k]
                theta_k = theta[part_k]
                memory_0_k = memory_0[part_k]
                memory_1_k = memory_1[part_k]
                before, after = one, one
                if scale_rate > zero:
                    before, turn = scales[i], zero
                    for p in range(64):                                   # the scale's gradient (eq. 22)
                        g = scale * grad_k[p]
                        turn += theta_k[p] * g
                    g, after = turn / before, before
                    mean = faded(beta1 * scales_m[i] + rest1 * g)
                    square = faded(beta2 * scales_v[i] + rest2 * g * g)
                    scales_m[i] = mean
                    scales_v[i] = square
                    inverse = one / np.sqrt(square + tiny)
                    after -= (rate * scale_rate) * mean / (square * inverse * root + epsilon)
                    after = max(after, least)
                    scales[i] = after
                ratio = after / before
                for p in range(64):
                    g = scale * grad_k[p]
                    squared += g * g
                    g *= before
                    theta_k[p] *= ratio * shrink_k
                    mean = faded(beta1 * memory_0_k[p] + rest1 * g)
                    square = faded(beta2 * memory_1_k[p] + rest2 * g * g)
                    memory_0_k[p] = mean
                    memory_1_k[p] = square
                    inverse = one / np.sqrt(square + tiny)
                    theta_k[p] -= (rate_k * after) * mean / (square * inverse * root + epsilon)
            k = 0                                                         # the steps of W2 on bins (eq. 6 to 9, 12)
            shrink_k = shrink if k % 2 == 0 else one
            rate_k = rate * number(factors[k])
            for j in range(64): base2[j] = b2[j]
            for c in range(n_binned):
                edge = start[c] - n_plain + c
                for j in range(64): V[edge + int(bins[c]), j] = zero
                for j in range(64): above[j] = zero
                for i in range(start[c + 1] - 1, start[c] - 1, -1):
                    below, rise, middle = edge + i - start[c], steep[i], center[i]
                    for j in range(64):
                        above[j] += dV[below + 1, j]
                        dV[below + 1, j] = zero
                        slopes[j] = rise * (above[j] - middle * db2[j])
                    part_k = slice(i * 64, (i + 1) * 64)
                    grad_k = slopes
                    theta_k = theta[part_k]
                    memory_0_k = memory_0[part_k]
                    memory_1_k = memory_1[part_k]
                    before, after = one, one
                    if scale_rate > zero:
                        before, turn = scales[i], zero
                        for p in range(64):                               # the scale's gradient (eq. 22)
                            g = scale * grad_k[p]
                            turn += theta_k[p] * g
                        g, after = turn / before, before
                        mean = faded(beta1 * scales_m[i] + rest1 * g)
                        square = faded(beta2 * scales_v[i] + rest2 * g * g)
                        scales_m[i] = mean
                        scales_v[i] = square
                        inverse = one / np.sqrt(square + tiny)
                        after -= (rate * scale_rate) * mean / (square * inverse * root + epsilon)
                        after = max(after, least)
                        scales[i] = after
                    ratio = after / before
                    for p in range(64):
                        g = scale * grad_k[p]
                        squared += g * g
                        g *= before
                        theta_k[p] *= ratio * shrink_k
                        mean = faded(beta1 * memory_0_k[p] + rest1 * g)
                        square = faded(beta2 * memory_1_k[p] + rest2 * g * g)
                        memory_0_k[p] = mean
                        memory_1_k[p] = square
                        inverse = one / np.sqrt(square + tiny)
                        theta_k[p] -= (rate_k * after) * mean / (square * inverse * root + epsilon)
                    for j in range(64):
                        V[below, j] = V[below + 1, j] - rise * W2[i, j]
                        base2[j] += (one - middle) * rise * W2[i, j]
                for j in range(64): dV[edge, j] = zero
            squares += squared
            if not abs(total) < np.inf:
                sums[epoch, 0], sums[epoch, 1] = total, squares
                return epoch * eta.shape[0] + t
        sums[epoch, 0], sums[epoch, 1] = total, squares
        if thetas.shape[0] > 0:
            for p in range(theta.shape[0]): thetas[epoch, p] = theta[p]
    return etas.size
