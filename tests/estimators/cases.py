"""Small tables and networks that the tests of the estimators share, so that few networks are compiled."""

import warnings
from contextlib import contextmanager

import numpy as np
from scipy.special import expit, softmax
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from glassnet import GlassNetClassifier, GlassNetRegressor

KINDS = (GlassNetRegressor, GlassNetClassifier)
PEERS = {GlassNetRegressor: MLPRegressor, GlassNetClassifier: MLPClassifier}
SINGLE = {"n_members": 1, "bins": 0, "scaling": "standard"}  # a single network, which can be written down by hand
ONE = SINGLE | {"activation": "relu", "learning_rate_init": 0.001, "alpha": 0.0001}
TINY = ONE | {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}

DIABETES = load_diabetes(return_X_y=True)
IRIS = load_iris(return_X_y=True)

HIDDEN = {
    "identity": lambda z: z,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
OUTPUT = {
    "identity": lambda z: z,
    "logistic": expit,
    "softmax": lambda z: softmax(z, axis=1),
    "exp": np.exp,
}


def table(kind, n=60):
    """n rows that a regressor or a classifier can learn from, mixed: 4 columns, or 10 for a regressor."""
    X, y = DIABETES if issubclass(kind, GlassNetRegressor | MLPRegressor) else IRIS
    rows = np.random.default_rng(0).permutation(len(X))[:n]
    return X[rows], y[rows]


def forward(model, X):
    """The network that coefs_ and intercepts_ describe, written down by hand for raw columns."""
    a = np.asarray(X, float)
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        a = HIDDEN[model.activation](a @ W + b)
    return OUTPUT[model.out_activation_](a @ model.coefs_[-1] + model.intercepts_[-1])


@contextmanager
def short():
    """Training that is cut short on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def fitted(kind, *args, **settings):
    """A tiny network, trained for a moment on the kind's table."""
    with short():
        settings = TINY | settings
        if kind in PEERS.values():
            settings = {name: value for name, value in settings.items() if name not in SINGLE}
        return kind(**settings).fit(*(args or table(kind)))
