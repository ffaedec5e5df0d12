"""The network 8-50-1, written out by glassnet: read it, do not edit it."""

import numpy as np

number = np.float32  # the network's float type


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
    W2, b2 = matrix(theta, 0, 8, 50), part(theta, 400, 50)
    W3, b3 = matrix(theta, 450, 50, 1), part(theta, 500, 1)
    a2, slope2, delta2 = np.empty(50, number), np.empty(50, number), np.empty(50, number)
    a3, delta3 = np.empty(1, number), np.empty(1, number)
    zero, one = number(0), number(1)
    for epoch in range(etas.shape[0]):
        order, eta, total, squares = orders[epoch], etas[epoch], 0.0, 0.0
        a1 = X[order[0]]
        for j in range(50): a2[j] = b2[j]                                 # z2 = W2^T a1 + b2 (eq. 1)
        for i in range(8):
            a = a1[i]
            for j in range(50): a2[j] += a * W2[i, j]
        for t in range(eta.shape[0]):
            first = t
            rate = number(eta[t])
            s = 0
            r = order[first + s]
            a1, y = X[r], Y[r]
            for j in range(50):                                           # a2 = f(z2), slope2 = f'(z2): relu (eq. 2)
                z = a2[j]
                a, slope = zero if z < zero else z, one if z > zero else zero
                a2[j], slope2[j] = a, slope
            a3[0] = b3[0]                                                 # z3 = W3^T a2 + b3 (eq. 1)
            for i in range(50):
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
            length, reach = one, zero
            g = delta3[0]
            reach += g * g
            b3[0] -= rate * g
            for i in range(50):                                           # W3 -= rate * a2 delta3^T (eq. 6, 8)
                a = a2[i]
                length += a * a
                s_i = zero                                                # delta2 = f'(z2) * (W3 delta3) (eq. 5)
                s_i += W3[i, 0] * delta3[0]
                g = a * delta3[0]
                W3[i, 0] -= rate * g
                delta2[i] = slope2[i] * s_i
            squares += length * reach                                     # the squared length of layer 3's gradient
            length, reach = one, zero
            for j in range(50):
                g = delta2[j]
                reach += g * g
                b2[j] -= rate * g
            following = X[order[min(t + 1, order.shape[0] - 1)]]          # W2 -= rate * a1 delta2^T (eq. 6, 8)
            for j in range(50): a2[j] = b2[j]
            for i in range(0, 8, 4):
                a_0, x_0 = a1[i], following[i]
                a_1, x_1 = a1[i + 1], following[i + 1]
                a_2, x_2 = a1[i + 2], following[i + 2]
                a_3, x_3 = a1[i + 3], following[i + 3]
                length += a_0 * a_0
                length += a_1 * a_1
                length += a_2 * a_2
                length += a_3 * a_3
                for j in range(50):                                       # and z2 of the next row (eq. 1)
                    g = a_0 * delta2[j]
                    W2[i, j] -= rate * g
                    g = a_1 * delta2[j]
                    W2[i + 1, j] -= rate * g
                    g = a_2 * delta2[j]
                    W2[i + 2, j] -= rate * g
                    g = a_3 * delta2[j]
                    W2[i + 3, j] -= rate * g
                    a2[j] += x_0 * W2[i, j] + x_1 * W2[i + 1, j] + x_2 * W2[i + 2, j] + x_3 * W2[i + 3, j]
            squares += length * reach                                     # the squared length of layer 2's gradient
            if not abs(total) < np.inf:
                sums[epoch, 0], sums[epoch, 1] = total, squares
                return epoch * eta.shape[0] + t
        sums[epoch, 0], sums[epoch, 1] = total, squares
        if thetas.shape[0] > 0:
            for p in range(501): thetas[epoch, p] = theta[p]
    return etas.size
