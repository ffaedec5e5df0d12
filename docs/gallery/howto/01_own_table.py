r"""
Train on your own table
=======================

You have a table in a file and a column that you would like to predict. This page goes from there to predictions with
intervals, in Python and on the command line. The table here is invented, so that the page can show everything; yours
has its own columns.
"""

from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

folder = Path(mkdtemp())
rng = np.random.default_rng(0)
flats = pd.DataFrame(
    {
        "area": np.where(rng.random(800) < 0.1, np.nan, rng.normal(80, 25, 800).round()),
        "district": rng.choice(["center", "river", "hill", "station"], 800, p=[0.3, 0.3, 0.3, 0.1]),
        "built": rng.integers(1900, 2024, 800),
        "balcony": rng.random(800) < 0.5,
    }
)
per_meter = flats["district"].map({"center": 14, "river": 11, "hill": 9, "station": 6})
flats["rent"] = (per_meter * flats["area"].fillna(80) + 60 * flats["balcony"] + rng.normal(0, 50, 800)).round()
flats.to_csv(folder / "flats.csv", index=False)
flats.head()

# %%
# Read it, keep some rows back, train. Text, gaps and true/false columns need no preparation.

from sklearn.model_selection import train_test_split

from glassnet import GlassNetRegressor

table = pd.read_csv(folder / "flats.csv")
X, y = table.drop(columns="rent"), table["rent"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = GlassNetRegressor(random_state=0).fit(X_train, y_train)
print(model.columns_)

# %%
# The table says what each column was taken for. If a guess is wrong, say so: ``column_kinds={"built": "category"}``.
# `Tables as they are <../tables.html>`_ tells what becomes of every kind.
#
# How good is it?
# ---------------

oof_error = np.abs(y_train - model.oof_prediction_).mean()
test_error = np.abs(y_test - model.predict(X_test)).mean()
print(f"mean absolute error that the training rows promise: {oof_error:.1f}")
print(f"mean absolute error on the rows kept back:          {test_error:.1f}")
print(f"always saying the mean would give:                  {np.abs(y_test - y_train.mean()).mean():.1f}")

# %%
# The first line needs no rows kept back: each of the five networks was asked about the rows that it had not seen.
#
# Predictions with intervals
# --------------------------

lower, upper = model.predict_interval(X_test, coverage=0.9).T
shown = X_test.assign(prediction=model.predict(X_test).round(), lower=lower.round(), upper=upper.round(), rent=y_test)
print(
    f"{np.mean((lower <= y_test) & (y_test <= upper)):.0%} of the true rents lie in their interval; 90 % were asked for"
)
shown.head()

# %%
# What drives a prediction?
# -------------------------
# The slope of every prediction by every column of numbers tells what one more unit would do. The table was made with
# 14, 11, 9 and 6 for each square meter, in the center, at the river, on the hill and at the station.

slopes = pd.Series(model.input_gradients(X_test)[:, list(X.columns).index("area")], X_test.index)
print(slopes.groupby(X_test["district"]).mean().round(1).to_string())

# %%
# Keep it
# -------

from glassnet import load

model.save(folder / "rent.glassnet")
again = load(folder / "rent.glassnet")
print("the loaded model gives the same bits:", np.array_equal(again.predict(X_test), model.predict(X_test)))

# %%
# On the command line
# -------------------
# The same in a terminal, with rows for a test kept back by the command itself:

import subprocess
import sys


def terminal(command):
    """Run a command as a terminal would, and show what it prints."""
    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    print(f"$ {command}\n{done.stdout}")


terminal("glassnet train flats.csv --target rent --seed 0 --output rent-by-command.glassnet")
terminal("glassnet predict rent-by-command.glassnet flats.csv --output rents.csv")
print((folder / "rents.csv").read_text()[:200])
