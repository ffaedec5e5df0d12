r"""
5. Descent
==========

To go down a hill in the fog, feel which way the ground falls and take a step. The gradient :math:`\nabla J` points
uphill, so we go the other way, and the learning rate :math:`\eta` says how far:

.. math:: \theta \leftarrow \theta - \eta\, \nabla J(\theta)
   :label: eq-8

The sum over all rows makes one step expensive. *Stochastic* gradient descent takes the gradient of one row, drawn at
random, then of another. Each step goes only roughly downhill, but there are many more of them.
"""

import numpy as np
from matplotlib import pyplot as plt

from glassnet import Network

rng = np.random.default_rng(0)
X = rng.uniform(-2, 2, (100, 1))
Y = np.sin(2 * X) + rng.normal(0, 0.1, X.shape)

net = Network((1, 10, 1), activation="tanh", random_state=0)
curve = [net.loss(X, Y)]
for _epoch in range(200):
    for s in rng.permutation(len(X)):
        net.step(X[[s]], Y[[s]], learning_rate=0.05)
    curve.append(net.loss(X, Y))
print(f"J before the first step {curve[0]:.4f}, after {len(curve) - 1} epochs of {len(X)} steps {curve[-1]:.4f}")

# %%
# An *epoch* is a pass over all rows, in a new order each time. The loss after every epoch is the curve to look at:
# steep at first, then flat, and never quite smooth.

line = np.linspace(-2, 2, 201)[:, None]
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
left.semilogy(curve)
left.set(xlabel="epoch", ylabel="J", title="loss curve")
right.scatter(X, Y, s=8, alpha=0.6)
right.plot(line, net.feedforward(line).output, color="black")
right.set(xlabel="x", title="what the network has learned")
plt.show()

# %%
# How long a step?
# ----------------
# Too short, and it takes forever. Too long, and it jumps over the valley and lands higher than before. On a parabola
# this can be computed: if :math:`J` bends by :math:`\lambda`, each step multiplies the distance to the minimum by
# :math:`1 - \eta\lambda`, which shrinks as long as :math:`\eta < 2 / \lambda` (eq. 19). The straight line has a
# parabola for its loss, so it can be tried.

straight = Network((1, 1))
limit = straight.sharpness(X, Y, k=1).stability_limit
print(f"the limit for this table: eta < {limit:.3f}")
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for share in (0.05, 0.5, 0.98, 1.02):
    straight.theta[:], heights = [3, 2], []
    for _step in range(60):
        heights.append(straight.loss(X, Y))
        straight.step(X, Y, learning_rate=share * limit)
    ax.semilogy(heights, label=f"{share} times the limit")
ax.set(xlabel="step, with all rows", ylabel="J", title="short, good, nearly too long, too long")
ax.legend()
plt.show()

# %%
# For one row at a time even a good constant rate never comes to rest, because every row pulls its own way. A rate
# that falls like :math:`1/t` does: its steps add up to infinity, so that they can reach every place, and their
# squares do not, so that the noise dies out (Robbins and Monro 1951).

best = np.linalg.lstsq(np.hstack([X, np.ones_like(X)]), Y, rcond=None)[0].ravel()
for name, rate in {"constant": lambda t: 0.2, "falling": lambda t: 0.2 / (1 + t / 100)}.items():
    straight.theta[:] = 0
    for t in range(20000):
        s = rng.integers(len(X))
        straight.step(X[[s]], Y[[s]], learning_rate=rate(t))
    print(f"{name:8} rate: {np.linalg.norm(straight.theta - best):.4f} away from least squares")

# %%
# Compiled
# --------
# The loop above spends its time in Python. The estimators write the loop out for exactly one network and compile it,
# so that a step takes well below a microsecond. ``TEXTBOOK`` holds the settings of this chapter: one row per step, a
# constant rate, nothing else.

from glassnet import TEXTBOOK, GlassNetRegressor

settings = TEXTBOOK | {"hidden_layer_sizes": (10,), "activation": "tanh", "learning_rate_init": 0.05}
model = GlassNetRegressor(**settings, max_iter=200, random_state=0).fit(X, Y[:, 0])
print(f"{model.t_} steps; R2 {model.score(X, Y[:, 0]):.3f}")

# %%
# And if the rate is far too large, training stops and says what to do, instead of handing back a network full of
# ``NaN``.

from glassnet.errors import DivergenceError

try:
    GlassNetRegressor(**settings | {"learning_rate_init": 20, "activation": "relu"}, random_state=0).fit(X, Y[:, 0])
except DivergenceError as error:
    print(error)
