"""scikit-learn's MLP: partial_fit, which is one epoch, on rows that are in order already."""

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from glassnet.network.arrays import Array

from ..works import Data, Work
from . import Skip


class SklearnMLP:
    compile_seconds = 0.0

    def __init__(self, work: Work, data: Data) -> None:
        if work.dropout:
            raise Skip("scikit-learn has no dropout")
        self.work, self.data = work, data
        self.X, Y = data.in_order()
        self.y = Y[:, 0].astype(int) if work.classes else Y[:, 0]
        self.more: dict[str, Any] = {"classes": np.arange(work.sizes[-1])} if work.classes else {}
        self.reset()

    def reset(self) -> None:
        work = self.work
        self.model = (MLPClassifier if work.classes else MLPRegressor)(
            hidden_layer_sizes=work.sizes[1:-1],
            activation={"relu": "relu", "sigmoid": "logistic"}[work.activation],
            solver="adam" if work.optimizer == "adam" else "sgd",
            alpha=0.0,
            batch_size=work.batch_size,
            learning_rate_init=work.eta,
            momentum=0.9 if work.optimizer == "momentum" else 0.0,
            nesterovs_momentum=False,
            epsilon=work.epsilon,
            shuffle=False,
        )
        few = slice(work.batch_size)
        self.model.partial_fit(
            self.X[few], self.y[few], **self.more
        )  # makes the arrays; they now get the first weights
        views = work.architecture.layers(self.data.theta).values()
        for (W, b), coef, intercept in zip(views, self.model.coefs_, self.model.intercepts_, strict=True):
            assert coef.dtype == np.float32
            coef[:], intercept[:] = W, b
        del self.model._optimizer  # the next call makes a new one

    def epoch(self) -> None:
        self.model.partial_fit(self.X, self.y, **self.more)

    def theta(self) -> Array:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return np.concatenate([array.ravel() for pair in pairs for array in pair])


prepare = SklearnMLP
