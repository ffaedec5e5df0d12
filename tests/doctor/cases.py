"""Runs that are well and runs that are ill, on one small table, so that few networks are compiled."""

import numpy as np
from sklearn.datasets import make_friedman1

from glassnet import TEXTBOOK, GlassNetRegressor
from glassnet.doctor.patient import patient
from glassnet.estimators.given import Given

from ..estimators.cases import short

X, Y = make_friedman1(n_samples=120, noise=1.0, random_state=0)  # 10 columns, 5 of them say nothing
BOOK = TEXTBOOK | {"max_iter": 60, "random_state": 0}


def run(X=X, y=Y, kind=GlassNetRegressor, **settings):
    """The tutorial's network, trained for a moment."""
    with short():
        return kind(**BOOK | settings).fit(X, y)


def examined(model, X=X, y=Y):
    return patient(model, Given(X, y))


def found(name, findings):
    """The finding of that name, which has to be there."""
    (finding,) = [finding for finding in findings if finding.id == name]
    return finding


def with_column(j, values):
    """The table with another column j."""
    out = X.copy()
    out[:, j] = values
    return out


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)
