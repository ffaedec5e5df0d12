"""The network 100-256-256-1, written out by glassnet: read it, do not edit it."""

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


def epochs(theta, memory, X, Y, weight, orders, batch_size, etas, settings, counter, sums, thetas):
    """Epochs one after the other: a step for each entry of eta, over batch_size rows of the order each.

    Writes theta and the optimizer's memory; of each epoch the summed loss and the summed squared length of the steps'
    gradients to sums, and theta behind it to thetas, if that has room. Returns the number of steps done, fewer than
    asked for if the loss left the finite numbers.
    """
    widest_vectors()
    W2, b2 = matrix(theta, 0, 100, 256), part(theta, 25600, 256)
    W3, b3 = matrix(theta, 25856, 256, 256), part(theta, 91392, 256)
    W4, b4 = matrix(theta, 91648, 256, 1), part(theta, 91904, 1)
    a2, slope2, delta2 = np.empty(256, number), np.empty(256, number), np.empty(256, number)
    a3, slope3, delta3 = np.empty(256, number), np.empty(256, number), np.empty(256, number)
    a4, delta4 = np.empty(1, number), np.empty(1, number)
    on2 = np.empty(256, np.int64)
    zero, one = number(0), number(1)
    for epoch in range(etas.shape[0]):
        order, eta, total, squares = orders[epoch], etas[epoch], 0.0, 0.0
        a1 = X[order[0]]
        for j in range(256): a2[j] = b2[j]                                # z2 = W2^T a1 + b2 (eq. 1)
        for i in range(0, 100, 4):
            a_0 = a1[i + 0]
            a_1 = a1[i + 1]
            a_2 = a1[i + 2]
            a_3 = a1[i + 3]
            for j in range(256): a2[j] += a_0 * W2[i + 0, j] + a_1 * W2[i + 1, j] + a_2 * W2[i + 2, j] + a_3 * W2[i + 3, j]
        for t in range(eta.shape[0]):
            first = t
            rate = number(eta[t])
            s = 0
            r = order[first + s]
            a1, y = X[r], Y[r]
            for j in range(256):                                          # a2 = f(z2), slope2 = f'(z2): relu (eq. 2)
                z = a2[j]
                a, slope = zero if z < zero else z, one if z > zero else zero
                a2[j], slope2[j] = a, slope
            n_on2 = 0
            for i in range(256):                                          # the neurons of layer 2 that are on
                on2[n_on2] = i
                n_on2 += a2[i] != zero
            for j in range(256): a3[j] = b3[j]                            # z3 = W3^T a2 + b3 (eq. 1)
            for k in range(n_on2):
                i = on2[k]
                a = a2[i]
                for j in range(256): a3[j] += a * W3[i, j]
            for j in range(256):                                          # a3 = f(z3), slope3 = f'(z3): relu (eq. 2)
                z = a3[j]
                a, slope = zero if z < zero else z, one if z > zero else zero
                a3[j], slope3[j] = a, slope
            a4[0] = b4[0]                                                 # z4 = W4^T a3 + b4 (eq. 1)
            for i in range(256):
                a = a3[i]
                a4[0] += a * W4[i, 0]
            row_loss = 0.0
            z = a4[0]                                                     # delta4: the derivative of the loss by z4 (eq. 4)
            a = z
            target = y[0]
            d = a - target
            l = number(0.5) * d * d
            delta4[0] = d
            row_loss += l
            total += row_loss
            length, reach = one, zero
            g = delta4[0]
            reach += g * g
            b4[0] -= rate * g
            for i in range(256):                                          # W4 -= rate * a3 delta4^T (eq. 6, 8)
                a = a3[i]
                length += a * a
                s_i = zero                                                # delta3 = f'(z3) * (W4 delta4) (eq. 5)
                s_i += W4[i, 0] * delta4[0]
                g = a * delta4[0]
                W4[i, 0] -= rate * g
                delta3[i] = slope3[i] * s_i
            squares += length * reach                                     # the squared length of layer 4's gradient
            length, reach = one, zero
            for j in range(256):
                g = delta3[j]
                reach += g * g
                b3[j] -= rate * g
            for i in range(256): delta2[i] = zero
            for k in range(n_on2):                                        # W3 -= rate * a2 delta3^T (eq. 6, 8)
                i = on2[k]
                a = a2[i]
                length += a * a
                s_i = zero                                                # delta2 = f'(z2) * (W3 delta3) (eq. 5)
                for j in range(256):
                    s_i += W3[i, j] * delta3[j]
                    g = a * delta3[j]
                    W3[i, j] -= rate * g
                delta2[i] = slope2[i] * s_i
            squares += length * reach                                     # the squared length of layer 3's gradient
            length, reach = one, zero
            for j in range(256):
                g = delta2[j]
                reach += g * g
                b2[j] -= rate * g
            following = X[order[min(t + 1, order.shape[0] - 1)]]          # W2 -= rate * a1 delta2^T (eq. 6, 8)
            for j in range(256): a2[j] = b2[j]
            for i in range(0, 100, 1):
                a_0, x_0 = a1[i], following[i]
                length += a_0 * a_0
                for j in range(256):                                      # and z2 of the next row (eq. 1)
                    g = a_0 * delta2[j]
                    W2[i, j] -= rate * g
                    a2[j] += x_0 * W2[i, j]
            squares += length * reach                                     # the squared length of layer 2's gradient
            if not abs(total) < np.inf:
                sums[epoch, 0], sums[epoch, 1] = total, squares
                return epoch * eta.shape[0] + t
        sums[epoch, 0], sums[epoch, 1] = total, squares
        if thetas.shape[0] > 0:
            for p in range(91905): thetas[epoch, p] = theta[p]
    return etas.size
