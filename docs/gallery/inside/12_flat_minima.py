r"""
12. Flat minima
===============

A network has many lowest places (chapter 4). Some lie in a wide valley, where the loss hardly grows when the weights
move; some in a narrow gorge. It is thought that stochastic gradient descent finds the wide ones, because its noisy
steps shake it out of the narrow ones. That can be measured.

Around a minimum the loss is a bowl. Its second derivatives form the Hessian :math:`H`, whose largest eigenvalue
:math:`\lambda` says how steep the steepest wall is, and whose trace adds up all walls:

.. math:: \operatorname{tr} H = \operatorname{E}\, s^T H s, \quad s \text{ random signs}
   :label: eq-18

:math:`H` itself is too large to write down, but its product with a direction costs no more than two gradients (eq. 14
to 17). We train one network twice on the same rows, with one row per step and with all rows in every step, to about
the same loss.
"""

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import make_friedman1

from glassnet import GlassNetRegressor, LossSurfaceDisplay

X, y = make_friedman1(n_samples=300, noise=1.0, random_state=0)
X_new, y_new = make_friedman1(n_samples=2000, noise=1.0, random_state=1)
plain = {"hidden_layer_sizes": (16,), "activation": "tanh", "solver": "sgd", "momentum": 0, "learning_rate": "constant",
         "n_iter_no_change": np.inf, "n_members": 1, "bins": 0, "scaling": "standard", "dtype": "float64",
         "random_state": 0}  # fmt: skip
ways = {"one row per step": (1, 0.01, 300), "all rows in every step": (300, 0.2, 4000)}

models = {}
for name, (batch_size, rate, epochs) in ways.items():
    model = GlassNetRegressor(**plain, batch_size=batch_size, learning_rate_init=rate, max_iter=epochs).fit(X, y)
    sharp = model.sharpness(X, y, n_probes=100)
    print(f"{name:22}  loss {sharp.objective:.4f}  largest eigenvalue {sharp.largest_eigenvalue:4.1f}"
          f"  trace {sharp.trace:3.0f}  R2 on new rows {model.score(X_new, y_new):.3f}")  # fmt: skip
    models[name] = model

# %%
# The bowl, drawn
# ---------------
# A slice through the loss along the two steepest walls, as a map: a cross where training ended, and lines of equal
# loss around it. Lines that stand close are a steep wall.

displays = {}
figure, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    displays[name] = LossSurfaceDisplay.from_estimator(model, X, y, directions="eigenvectors", span=0.3, ax=ax)
    ax.set_title(name)
plt.show()

# %%
# The same from the side, along the steepest wall alone:

figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, display in displays.items():
    surface = display.surface
    ax.plot(surface.steps, surface.values[:, len(surface.steps) // 2], label=name)
ax.set(xlabel="step along the sharpest direction", ylabel="objective J")
ax.legend()
plt.show()

# %%
# As a limit for the learning rate
# --------------------------------
# The largest eigenvalue also says how long a step may be. With all rows in every step, descent can rest only where
#
# .. math:: \eta < 2 / \lambda
#    :label: eq-19
#
# so long steps alone lead to flatter places. ``print`` puts the numbers into sentences:

print(models["all rows in every step"].sharpness(X, y))

# %%
# Does flat mean good?
# --------------------
# Compare the last column of the first output. That flat minima predict better has been seen in large networks (Keskar
# et al. 2017), but it is no law: with ReLU one can make a layer ten times as loud and the next ten times as deaf. No
# prediction changes, but the bowl does (Dinh et al. 2017):

from glassnet import Network

net = Network((2, 8, 1), activation="relu", random_state=0)
rows, targets = np.random.default_rng(0).normal(size=(50, 2)), np.ones((50, 1))
for factor in (1, 10):
    (W2, b2), (W3, b3) = net.layers().values()
    W2 *= factor
    b2 *= factor
    W3 /= factor
    sharp = net.sharpness(rows, targets)
    print(f"times {factor:2}: loss {sharp.objective:.4f}, largest eigenvalue {sharp.largest_eigenvalue:.1f}")

# %%
# So judge a network by rows that it has not seen. That was chapter 1, and there the circle closes.
