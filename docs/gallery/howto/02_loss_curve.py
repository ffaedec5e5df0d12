r"""
Read your own loss curve
========================

The loss curve is the first thing to look at when a network does not do what you hoped. Every fitted model has it.
"""

from matplotlib import pyplot as plt
from sklearn.datasets import make_friedman1

from glassnet import GlassNetRegressor

X, y = make_friedman1(n_samples=400, noise=1.0, random_state=0)
model = GlassNetRegressor(random_state=0).fit(X, y)
figure, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
epochs = range(1, len(model.loss_curve_) + 1)
ax.semilogy(epochs, model.loss_curve_, label="rows that were learned from")
ax.semilogy(epochs, model.validation_loss_curve_, label="rows held out")
ax.axvline(model.best_iteration_, color="gray", linestyle="--", label="best epoch")
ax.set(xlabel="epoch", ylabel="loss", title=f"mean of {len(model.networks_)} networks")
ax.legend()
plt.show()

# %%
# The humps are the learning rate: it rises and falls four times, and the loss with it. Each network keeps the weights
# of its own best epoch on the rows held out, so what comes after the dashed line does no harm.
#
# As a table
# ----------
# ``history_`` has more than the two losses, and turns into a data frame. It belongs to one network, or is the mean of
# several.

import pandas as pd

pd.DataFrame(model.history_.as_dict()).tail().round(4)

# %%
# Rates, side by side
# -------------------
# With a learning rate of your own the recipe is off, and the curve is that of plain Adam: here too slow, good, and
# too fast.

plain = {"hidden_layer_sizes": (32,), "max_iter": 100, "n_members": 1, "early_stopping": True, "bins": 0,
         "random_state": 0, "n_iter_no_change": float("inf")}  # fmt: skip
figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True, layout="constrained")
for ax, rate in zip(axes, (0.0001, 0.01, 1.0), strict=True):
    model = GlassNetRegressor(**plain, learning_rate_init=rate).fit(X, y)
    ax.semilogy(model.loss_curve_, label="learned from")
    ax.semilogy(model.validation_loss_curve_, label="held out")
    ax.set(title=f"learning_rate_init = {rate}", xlabel="epoch")
axes[0].legend()
plt.show()

# %%
# What to look for
# ----------------
#
# ==========================================  ====================================================================
# the curve                                   what helps
# ==========================================  ====================================================================
# still falls at the end                      more epochs (``max_iter``), a larger ``learning_rate_init``
# falls at once, then jumps up and down       a smaller rate, or one that falls (``learning_rate="cosine"``)
# training falls, held out rises              ``alpha``, ``dropout``, ``weight_decay``, fewer neurons; more rows
# both stay high                              more neurons, other columns; or the noise is as large as that
# held out lies below training                dropout is on in training alone; or the held-out rows are easier
# ==========================================  ====================================================================
#
# The doctor reads curves, too, and says what it sees in words (`all its findings <../doctor.html>`_):

fast = GlassNetRegressor(**plain | {"max_iter": 30}, learning_rate_init=1.0).fit(X, y)
print(fast.diagnose(X, y))

# %%
# Curves while it trains
# ----------------------
# ``verbose=True`` prints a line per epoch, and scikit-learn's callbacks are called once per epoch:

from sklearn.callback import ScoringMonitor

monitor = ScoringMonitor(scoring="r2")
watched = GlassNetRegressor(**plain | {"max_iter": 5}, learning_rate_init=0.01).set_callbacks(monitor).fit(X, y)
logs = monitor.get_logs().data_as_pandas
logs[["task_name", "task_id", "r2"]]
