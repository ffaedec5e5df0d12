r"""
4. Loss
=======

How wrong is a prediction? The loss puts a number on it. For one row with target :math:`y` and prediction :math:`z` we
take

.. math:: \ell(y, z) = \tfrac{1}{2} (y - z)^2

The half is there because its slope is then simply :math:`z - y`, "prediction minus target". What a network should
make small is the mean over the rows, plus a penalty :math:`R` on the weights that can wait until chapter 10:

.. math:: J(\theta) = \frac{1}{w} \Bigl( \sum_s w_s\, \ell(y_s, z^L_s) + R(\theta) \Bigr)
   :label: eq-3

where :math:`w_s` is the weight of a row, usually 1, and :math:`w` the sum of these weights.
"""

import numpy as np

from glassnet import Network

net = Network((1, 1))  # one output that adds up: z = W x + b
net.theta[:] = [2.0, 1.0]
X, Y = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [2.0], [6.0]])
z = net.feedforward(X).output
for x_s, y_s, z_s in zip(X[:, 0], Y[:, 0], z[:, 0], strict=True):
    print(f"x = {x_s}: predicted {z_s}, wanted {y_s}, loss {(y_s - z_s) ** 2 / 2}")
print(f"J = {net.loss(X, Y):.4f}, the mean of the three")

# %%
# Other losses
# ------------
# The square makes one far row count as much as many near ones. The absolute error does not, and Huber's loss is a
# square near 0 and a line further out. The quantile loss punishes one side more, and so aims at a quantile instead of
# the mean. Choose with ``loss=``; all of them are differentiable, but for a corner here and there.

from matplotlib import pyplot as plt

from glassnet.network.losses import Pinball, loss_named

residual = np.linspace(-3, 3, 301)[:, None]
losses = {name: loss_named(name) for name in ("squared_error", "absolute_error", "huber")}
losses["quantile, 0.9"] = Pinball((0.9,))
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for name, loss in losses.items():
    left.plot(-residual, loss.values(0 * residual, residual), label=name)
    right.plot(-residual, loss.slopes(0 * residual, residual))
left.set(title="loss", xlabel="y - z", ylim=(0, 3))
left.legend()
right.set(title="its slope by z", xlabel="y - z")
plt.show()

# %%
# A landscape
# -----------
# The loss of a network is a function of its weights, and it can be drawn where there are two. For the straight line
# above it is a bowl: wherever you start, downhill leads to the one lowest place.

axis = np.linspace(-2, 6, 61)


def landscape(net, X, Y, places=(0, 1)):
    """J over two entries of theta, the others as they are."""
    heights, kept = np.empty((len(axis), len(axis))), net.theta.copy()
    for row, second in enumerate(axis):
        for column, first in enumerate(axis):
            net.theta[list(places)] = first, second
            heights[row, column] = net.loss(X, Y)
    net.theta[:] = kept
    return heights


figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.8), layout="constrained")
left.contour(axis, axis, landscape(net, X, Y), levels=np.geomspace(0.2, 60, 14))
left.set(title="a straight line: one bowl", xlabel="W", ylabel="b")

# Two tanh neurons with first weights u and v, whose answers are added. The target has the same shape, with u = 1 and
# v = 4.
wave = Network((1, 2, 1), activation="tanh")
wave.theta[:] = [1, 4, 0, 0, 1, 1, 0]
X = np.linspace(-1, 1, 21)[:, None]
Y = wave.feedforward(X).output
valleys = landscape(wave, X, Y)
right.contour(axis, axis, valleys, levels=np.geomspace(valleys[valleys > 0].min() + 1e-3, valleys.max(), 14))
right.plot([1, 4], [4, 1], "k+", markersize=10)
right.set(title="two neurons: two lowest places", xlabel="u", ylabel="v")
plt.show()

# %%
# Many lowest places
# ------------------
# At the right there are two crosses, and it has to be so: exchange the two neurons with all their weights, and the
# network says the same. But halfway between the two, both neurons are the average one, and that is a worse network. A
# function that is higher halfway is not convex, so no method can promise to find the lowest place of all.

theta, twin = wave.theta.copy(), wave.theta[[1, 0, 3, 2, 5, 4, 6]]
for name, place in {"theta": theta, "its twin": twin, "halfway": (theta + twin) / 2}.items():
    wave.theta[:] = place
    print(f"J at {name:8} = {wave.loss(X, Y):.4f}")

# %%
# With three neurons there are six twins, with fifty there are :math:`50!`, besides places that are lowest only in
# their neighbourhood. In practice most of them are good. The library trains several networks from different starts,
# takes their mean, and ``member_predictions`` shows how far they are apart.
