"""glassnet: the compiled epoch that every fit calls."""

import os
import time
from dataclasses import replace
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from glassnet.engine.aligned import aligned_copy
from glassnet.engine.compiler import compile_source
from glassnet.engine.program import Program
from glassnet.engine.shared import pays_to_share
from glassnet.engine.team import as_epochs, one_epoch
from glassnet.engine.writer import write_epochs
from glassnet.network.arrays import Array
from glassnet.network.optimizers import Optimizer

from .. import machine
from ..works import Data, Work


class Ours:
    def __init__(self, work: Work, data: Data) -> None:
        per_sample, optimizer = work.batch_size == 1, Optimizer(work.optimizer, epsilon=work.epsilon)
        self.work, self.data = work, data
        program = Program(work.architecture, work.loss, optimizer, per_sample=per_sample)
        self.program = replace(program, is_shared=pays_to_share(program))  # as a fit of a single network does it
        self.eta, self.weight = np.full(work.n_steps, work.eta), np.empty(0, np.float32)
        self.reset()
        import numba  # noqa: F401 - loading the compiler is no part of compiling

        compile_source.cache_clear()  # a check may have compiled the same source in this process
        with TemporaryDirectory() as empty, patch.dict(os.environ, GLASSNET_CACHE_DIR=empty):
            begin = time.perf_counter()
            self.compiled = as_epochs(
                self.program, compile_source(write_epochs(self.program)), min(2, machine.n_threads())
            )
            self.epoch()
            self.compile_seconds = time.perf_counter() - begin

    def reset(self) -> None:
        self.weights = aligned_copy(self.data.theta, "float32")  # as every fit has them
        self.memory = aligned_copy(self.program.optimizer.start(self.work.architecture), "float32")
        self.counter = np.array([1, 2, 0, 0])

    def epoch(self) -> None:
        data, program = self.data, self.program
        arrays = self.weights, self.memory, data.X, data.Y, self.weight, data.order
        _, _, done = one_epoch(self.compiled, *arrays, self.work.batch_size, self.eta, program.settings, self.counter)
        assert done == self.work.n_steps
        self.counter[2:] += 1, done

    def theta(self) -> Array:
        return self.weights.copy()


prepare = Ours
