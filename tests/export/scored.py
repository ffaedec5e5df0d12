"""Models that the tests of the scorers share, each trained for a moment in plain Python, and rows to score."""

import csv
import io
import subprocess
from functools import cache

import numpy as np
import pandas as pd

from glassnet import TEXTBOOK, GlassNetClassifier, GlassNetRegressor
from glassnet.export.c_code import c_code
from glassnet.export.c_compiler import compiler
from glassnet.export.scorer_of import scorer_of
from glassnet.export.self_test import trial_of

from ..estimators.cases import TINY, short
from ..table.cases import mixed

STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror")
HOSTILE = ['a"b', "*/ int main;", "two\nlines", "%s%n", "??/", "\\", "'", "é", "{0}", "prediction", "", " v1", '"""']
N = 60
RNG = np.random.default_rng(0)
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0, "batch_size": 30, "learning_rate_init": 0.01}
MEMBERS = SMALL | {"n_members": 2, "bins": 4}
EVERY_ACTIVATION = (
    "relu", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "gelu", "silu", "mish", "identity",
)  # fmt: skip
NUMBERS = RNG.normal(size=(N, 3)) * [1, 100, 0.01]
TARGET = NUMBERS @ [50.0, 0.5, 5000.0] + 1000


def hostile():
    """Columns and levels with names that try to end a literal, a comment or a line."""
    rng = np.random.default_rng(1)
    frame = {name: rng.choice(HOSTILE, N) for name in HOSTILE}
    frame["*/ number"] = rng.normal(size=N)
    return pd.DataFrame(frame, dtype=object).astype({"*/ number": float})


def odd():
    """Levels that are numbers, levels all rare, columns that are not used, a day before 1970, a size of 0."""
    rng = np.random.default_rng(2)
    days = pd.date_range("1950-02-27 23:59:59", periods=N, freq="373h")
    return pd.DataFrame(
        {
            "grade": rng.choice([1.0, 2.5, 10.0, np.nan], N),
            "same": "x",
            "id": np.arange(N),
            "rare": [f"word {k // 2}" for k in range(N)],
            "day": days.strftime("%m/%d/%Y %H:%M:%S"),
            "sparse": np.where(np.arange(N) % 30 == 7, 5.0, 0.0),
            "ends": np.where(np.arange(N) % 9 == 0, np.inf, rng.normal(size=N)),
        }
    )


def regressor(X, y, **settings):
    with short():
        return GlassNetRegressor(**settings).fit(X, y)


def classifier(X, y, **settings):
    with short():
        return GlassNetClassifier(**settings).fit(X, y)


def _deep(dtype, activations=EVERY_ACTIVATION):
    settings = {"hidden_layer_sizes": (3,) * len(activations), "activation": activations, "dtype": dtype}
    return regressor(NUMBERS, TARGET, **MEMBERS | settings)


MODELS = {
    "mixed columns, intervals": lambda: regressor(mixed(N), TARGET, **MEMBERS | {"n_members": 3}),
    "odd columns": lambda: regressor(odd(), TARGET, **MEMBERS | {"column_kinds": {"grade": "category", "id": "drop"}}),
    "hostile names": lambda: classifier(hostile(), RNG.choice(HOSTILE[:5], N), **MEMBERS),
    "two classes": lambda: classifier(mixed(N), TARGET > 1000, **MEMBERS),
    "whole numbers as classes": lambda: classifier(NUMBERS, np.arange(N) % 3 - 1, **MEMBERS),
    "labels": lambda: classifier(NUMBERS, np.c_[TARGET > 1000, TARGET > 900].astype(int), **MEMBERS),
    "several targets, intervals": lambda: regressor(NUMBERS, np.c_[TARGET, -TARGET], **MEMBERS),
    "quantiles of two targets": lambda: regressor(
        NUMBERS, np.c_[TARGET, NUMBERS[:, 0]], **MEMBERS | {"loss": "quantile", "quantile": (0.1, 0.9)}
    ),
    "one quantile of two targets": lambda: regressor(
        NUMBERS, np.c_[TARGET, NUMBERS[:, 0]], **MEMBERS | {"loss": "quantile", "quantile": 0.3}
    ),
    "bins that no column has": lambda: regressor(mixed(N), TARGET, **MEMBERS | {"bins": 1}),
    "counts": lambda: regressor(NUMBERS, np.exp(NUMBERS[:, 0]), **TINY | {"loss": "poisson"}),
    "the tutorial's network": lambda: regressor(NUMBERS, TARGET, **TEXTBOOK | {"max_iter": 2, "random_state": 0}),
    "rows without names": lambda: regressor(mixed(N).to_numpy(), TARGET, **MEMBERS),
    "every activation, float32": lambda: _deep("float32"),
    "every activation, float64": lambda: _deep("float64"),
    "all but gelu, float64": lambda: _deep("float64", tuple(f for f in EVERY_ACTIVATION if f != "gelu")),
}
COVERAGE = {"mixed columns, intervals": 0.8, "several targets, intervals": 0.7}


@cache
def model_of(name):
    return MODELS[name]()


def scorer_and_trial(name, coverage=None, adaptive=False):
    model = model_of(name)
    scorer = scorer_of(model, coverage, adaptive)
    return scorer, trial_of(model, scorer)


def c_text_of(name, adaptive=False):
    return c_code(*scorer_and_trial(name, COVERAGE.get(name), adaptive))


def built(code, folder, *flags):
    """The program that the strict compiler makes of C code; it must not say a word."""
    source, program = folder / "scorer.c", folder / "scorer"
    source.write_text(code, "ascii")
    done = subprocess.run([compiler(), *STRICT, *flags, "-o", program, source, "-lm"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return program


def run(program, table):
    return subprocess.run([program], input=table.encode(), capture_output=True, text=False)


def scored(program, table):
    """The columns that the program prints for a CSV."""
    done = run(program, table)
    assert (done.returncode, done.stderr) == (0, b"")
    rows = list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))
    return dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
