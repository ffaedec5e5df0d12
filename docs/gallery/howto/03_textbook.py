r"""
Follow the textbook to the letter
=================================

``TEXTBOOK`` turns every improvement off: one hidden ReLU layer, Gaussian weights with variance :math:`1/m`, one
random row per step, a constant learning rate. What trains is then exactly what the chapters of `A neural network from
the inside <../inside/index.html>`_ say, and you can follow it with pencil and paper.
"""

from glassnet import TEXTBOOK

for name, value in TEXTBOOK.items():
    print(f"{name:22} {value!r}")

# %%
# Change what your exercise needs, and keep the rest.

import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split

from glassnet import GlassNetRegressor

X, y = make_friedman1(n_samples=600, noise=1.0, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = GlassNetRegressor(**TEXTBOOK | {"hidden_layer_sizes": (8,)}, max_iter=100, random_state=0).fit(X_train, y_train)
print(f"{model.t_} steps, R2 on new rows {model.score(X_test, y_test):.3f}")

# %%
# It is the mathematics
# ---------------------
# The network inside is a :py:obj:`glassnet.Network`. Its weights, written into the formulas by hand, give the model's
# predictions. It sees scaled columns and a scaled target, so we scale there and back.

(W2, b2), (W3, b3) = model.network_.layers().values()
A1 = (X_test - X_train.mean(axis=0)) / X_train.std(axis=0)
A2 = np.maximum(A1 @ W2 + b2, 0)
Z3 = A2 @ W3 + b3
by_hand = Z3[:, 0] * y_train.std() + y_train.mean()
print(f"largest difference from predict: {np.abs(by_hand - model.predict(X_test)).max():.1e}, with float64 by hand")

# %%
# One step further
# ----------------
# The next step of training, on one row, with every number of the way. ``commit`` would take it, as ``partial_fit``
# with this row does.

trace = model.trace_step(X_train[:1], y_train[:1])
print(f"prediction {trace.prediction_before.item():.4f}, target {y_train[0]:.4f}")
for stage in trace.stages:
    print(f"step {stage.step}, {stage.id:13} {stage.equation_text}")

# %%
# What the improvements are worth
# -------------------------------
# The same rows with the recipe that the library follows without any setting (`what is in it <../recipe.html>`_):

recipe = GlassNetRegressor(random_state=0).fit(X_train, y_train)
print(f"textbook {model.score(X_test, y_test):.3f}, recipe {recipe.score(X_test, y_test):.3f}")
