"""glassnet: train_members, which runs a compiled training in each thread."""

from collections.abc import Sequence

import numpy as np

from glassnet.engine.program import Program
from glassnet.network.arrays import Array
from glassnet.network.optimizers import Optimizer
from glassnet.training.course import Course
from glassnet.training.history import History
from glassnet.training.learner import Learner
from glassnet.training.members import train_members
from glassnet.training.plan import Plan
from glassnet.training.rows import Rows
from glassnet.training.schedules import Schedule
from glassnet.training.trainer import Training

from .. import machine
from ..ensembles import BATCH, Ensemble, EnsembleData
from ..works import data_for
from .ours import Ours


class MembersOurs:
    def __init__(self, ensemble: Ensemble, data: EnsembleData) -> None:
        work, self.data = ensemble.work, data
        self.compile_seconds = Ours(work, data_for(work)).compile_seconds
        self.program = Program(work.architecture, work.loss, Optimizer(work.optimizer, epsilon=work.epsilon))
        self.rows = Rows(data.X, data.Y, np.empty(0, np.float32))
        self.plan = Plan(Schedule("constant", work.eta, ensemble.epochs), BATCH, n_iter_no_change=np.inf)
        self.reset()
        self.epoch()

    def reset(self) -> None:
        self.learners = [Learner(self.program, theta, seed) for seed, theta in enumerate(self.data.theta)]

    def epoch(self) -> None:
        courses = [Course(learner, self.plan, History(), None) for learner in self.learners]
        self.train([Training(course, self.rows) for course in courses])

    def train(self, members: Sequence[Training]) -> None:
        train_members(members, machine.n_threads())

    def theta(self) -> Array:
        return np.stack([learner.theta for learner in self.learners])


prepare = MembersOurs
