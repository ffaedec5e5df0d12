"""One tiny problem for all tests of training: three columns, a smooth target, a 3-4-1 network."""

import numpy as np

from glassnet.engine.program import Program
from glassnet.network.architecture import Architecture
from glassnet.network.initialization import initialize
from glassnet.network.optimizers import Optimizer
from glassnet.training.history import History
from glassnet.training.learner import Learner
from glassnet.training.plan import Plan
from glassnet.training.rows import Rows
from glassnet.training.schedules import Schedule
from glassnet.training.trainer import NOBODY, Observer, train

NET = Architecture((3, 4, 1), "tanh")
NO_WEIGHT = np.empty(0)


def rows(n=40, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return Rows(X, np.sin(X[:, :1]) + 0.3 * rng.normal(size=(n, 1)), NO_WEIGHT)


def learner(optimizer="adam", seed=0):
    program = Program(NET, optimizer=Optimizer(optimizer), dtype="float64")
    return Learner(program, initialize(NET, "auto", np.random.default_rng(seed)), seed)


def plan(n_epochs=5, *, name="constant", eta=0.01, batch_size=10, **rules):
    return Plan(Schedule(name, eta, n_epochs), batch_size, **rules)


class At(Observer):
    """Does something at the end of one epoch."""

    def __init__(self, epoch, action):
        self.epoch, self.action, self.n_epochs = epoch, action, 0

    def epoch_ends(self):
        self.n_epochs += 1
        return self.n_epochs == self.epoch and self.action()


def interrupt():
    raise KeyboardInterrupt


def run(learner, plan, *, validation=None, observer=NOBODY):
    """Train on the rows of this file: the outcome and the history."""
    history = History()
    return train(learner, rows(), plan, history, validation=validation, observer=observer), history
