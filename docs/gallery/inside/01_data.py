r"""
1. Data
=======

A network learns from examples. Each example is a pair :math:`(x, y)`: what we know about something, and what we would
like to know. Here is a table of 442 people with diabetes. We know ten things about each, and we would like to know
how far the disease has gone a year later.
"""

from sklearn.datasets import load_diabetes

table = load_diabetes(as_frame=True, scaled=False)
X, y = table.data, table.target
print(f"{len(X)} rows, {X.shape[1]} columns; y lies between {y.min():.0f} and {y.max():.0f}")
X.assign(y=y).head()

# %%
# One row is a vector :math:`x \in \mathbb{R}^d` with :math:`d` numbers, and a target :math:`y`. If the target is a
# number, as here, the task is called regression. If it is one of a few names, it is called classification. The
# network inside is the same, but for its last layer.
#
# Looking first
# -------------
# A picture of two columns says more than the table: both rise with the target, and neither tells it exactly.

from matplotlib import pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True, layout="constrained")
for ax, column, name in zip(axes, ["bmi", "bp"], ["body mass index", "blood pressure"], strict=True):
    ax.scatter(X[column], y, s=8, alpha=0.6)
    ax.set_xlabel(name)
axes[0].set_ylabel("progression after a year, y")
plt.show()

# %%
# Rows to learn from, rows to be judged by
# ----------------------------------------
# A network with enough weights can learn every row by heart. That is no use: what counts is the error on rows that it
# has not seen. So we hide some rows before anything else happens, and look at them once, at the end.

from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
print(f"{len(X_train)} rows to learn from, {len(X_test)} to be judged by")

# %%
# The simplest prediction of all is the mean of the training rows. Its error on the hidden rows is the one to beat. We
# measure it as the root of the mean squared error, because that has the unit of :math:`y`.

import numpy as np

from glassnet import GlassNetRegressor


def rmse(prediction):
    """Root mean squared error on the hidden rows."""
    return np.sqrt(np.mean((y_test - prediction) ** 2))


model = GlassNetRegressor(random_state=0).fit(X_train, y_train)
print(f"the mean of the training rows: {rmse(y_train.mean()):.1f}")
print(f"a network:                     {rmse(model.predict(X_test)):.1f}")

# %%
# What the network sees
# ---------------------
# Body mass index and blood pressure have different units. A weight would have to be small for one and large for the
# other, and one learning rate could not suit both. So columns are first shifted to mean 0 and scaled to standard
# deviation 1. The library does this inside, with numbers from the training rows alone, and predictions come back in
# the units of :math:`y`.

Z = (X_train - X_train.mean()) / X_train.std(ddof=0)
print("before, bmi: mean {:6.2f}, standard deviation {:5.2f}".format(X_train["bmi"].mean(), X_train["bmi"].std(ddof=0)))
print("after,  bmi: mean {:6.2f}, standard deviation {:5.2f}".format(abs(Z["bmi"].mean()), Z["bmi"].std(ddof=0)))

# %%
# In the next chapters we take the network apart, and begin with its smallest piece.
