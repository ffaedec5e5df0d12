"""The steps whose instructions are counted; instructions.py runs this under Valgrind, with one version of glassnet.

Python and the compiler are loaded once. For each work a child process then does one epoch and another does two, so that
the difference of their counts is an epoch and nothing else. Prints a JSON line for each pair of children.
"""

import gc
import json
import os
import sys
from collections.abc import Callable

import numpy as np

from benchmarks.ladder import shifted  # where an array starts decides how many numbers are left over at its ends
from benchmarks.works import Work, data_for
from glassnet.engine.compiler import compile_source
from glassnet.engine.program import Program
from glassnet.engine.team import one_epoch
from glassnet.engine.writer import write_epochs
from glassnet.network.optimizers import Optimizer

WORKS = (
    Work((8, 50, 1), steps=1000),
    Work((16, 64, 64, 1), steps=1000),
    Work((100, 256, 1), steps=200),
    Work((8, 50, 1), "adam", 32, steps=100),
    Work((16, 64, 64, 1), "adam", 32, steps=50),
    Work((16, 64, 64, 1), "momentum", 64, dropout=0.2, steps=20),
)


def prepare(work: Work) -> Callable[[], None]:
    """A function that runs one epoch; the first one is done."""
    program = Program(work.architecture, work.loss, Optimizer(work.optimizer), per_sample=work.batch_size == 1)
    epochs, data, eta = compile_source(write_epochs(program)), data_for(work), np.full(work.n_steps, work.eta)
    weights, memory = (shifted(array, 0) for array in (data.theta, program.optimizer.start(work.architecture)))
    arrays = weights, memory, data.X, data.Y, np.empty(0, np.float32), data.order

    def run() -> None:
        one_epoch(epochs, *arrays, work.batch_size, eta, program.settings, np.array([1, 2, 0, 0]))

    run()
    return run


def child(run: Callable[[], None], epochs: int) -> int:
    """The number of a process that ran so many epochs and ended."""
    process = os.fork()
    if process == 0:
        for _ in range(epochs):
            run()
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if status:
        sys.exit("A child process failed.")
    return process


if __name__ == "__main__":
    gc.disable()  # Python's clearing up comes when it likes, and would be counted with one of two versions
    only_compile = sys.argv[1:] == ["--compile"]
    for work in WORKS:
        run = prepare(work)
        if not only_compile:
            pair = [child(run, 1), child(run, 2)]
            print(json.dumps({"name": work.name, "steps": work.n_steps, "children": pair}), flush=True)
