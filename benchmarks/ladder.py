"""The ladder: what each idea in the engine is worth, measured by taking it out again.

python -m benchmarks.ladder      prints microseconds of a step with everything, and without one idea at a time

The ideas are switches of the writer, so the rungs below are always those of the code that is here. What is learnt from
them stands in README.md beside this file.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

from .machine import fix_threads, report
from .table import digits, markdown

NEVER = 10**9
REPETITIONS = 9
CACHE_LINE = 64
RUNGS: dict[str, dict[str, Any]] = {
    "everything": {},
    "all ReLU neurons visited": {"rows.LIST_FROM": NEVER},
    "one row of weights at a time": {"rows.BLOCK_FROM": NEVER},
    "no looking ahead": {"rows.AHEAD_UNDER": 0, "rows.AHEAD_FROM": NEVER},
    "BLAS for the output neuron": {"matrices.THIN": 0},
    "theta off the cache line": {"misaligned": 16},
    "vectors of 256 bits": {"writer.is_wide": lambda program: False},
    "products by BLAS": {"intrinsics.LARGEST": 0},
}


@contextmanager
def taken_out(rung: str) -> Iterator[int]:
    """The writer without one idea; yields by how many bytes theta is shifted."""
    from glassnet.engine import intrinsics, matrices, rows, writer

    homes = {"rows": rows, "matrices": matrices, "writer": writer, "intrinsics": intrinsics}
    with ExitStack() as stack:
        for name, value in RUNGS[rung].items():
            if "." in name:
                home, switch = name.split(".")
                stack.enter_context(patch.object(homes[home], switch, value))
        yield RUNGS[rung].get("misaligned", 0)


def prepare(work: Any, rung: str) -> Any:
    """A function that runs one epoch of the work on that rung and returns its seconds per step."""
    import numpy as np

    from glassnet.engine.compiler import compile_anew
    from glassnet.engine.program import Program
    from glassnet.engine.team import one_epoch
    from glassnet.engine.writer import write_epochs
    from glassnet.network.optimizers import Optimizer

    from .works import data_for

    program = Program(work.architecture, work.loss, Optimizer(work.optimizer), per_sample=work.batch_size == 1)
    data, eta = data_for(work), np.full(work.n_steps, work.eta)

    def run() -> float:
        weights[:], memory[:] = data.theta, 0
        arrays = weights, memory, data.X, data.Y, np.empty(0, np.float32), data.order
        begin = time.process_time()
        one_epoch(epochs, *arrays, work.batch_size, eta, program.settings, np.array([1, 2, 0, 0]))
        return (time.process_time() - begin) / work.n_steps

    with taken_out(rung) as shift:
        epochs = compile_anew(write_epochs(program), None)  # the cache tells programs apart by their text alone
        weights, memory = (shifted(array, shift) for array in (data.theta, program.optimizer.start(work.architecture)))
        run()
    return run


def shifted(array: Any, shift: int) -> Any:
    """A float32 copy that starts `shift` bytes after a cache line."""
    import numpy as np

    raw = np.empty(array.size * 4 + 2 * CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE + shift
    copy = raw[start : start + array.size * 4].view(np.float32).reshape(array.shape)
    copy[...] = array
    return copy


def measure() -> dict[str, Any]:
    """Microseconds of a step: {work: {rung: microseconds}}."""
    from .works import chosen

    works = [
        work
        for work in (*chosen("per sample"), *chosen("adam, batch 32"))
        if not work.dropout and work.activation == "relu"
    ]
    result: dict[str, Any] = {}
    for work in works:
        runs = {rung: prepare(work, rung) for rung in RUNGS}
        times: dict[str, list[float]] = {rung: [] for rung in RUNGS}
        for _ in range(REPETITIONS):
            for rung, run in runs.items():
                times[rung].append(run())
        result[work.name] = {rung: median(seconds) * 1e6 for rung, seconds in times.items()}
        print(work.name, file=sys.stderr)
    return {"microseconds": result}


def table(result: dict[str, Any]) -> str:
    """A row per work; behind each rung how many times longer a step takes without the idea."""
    rows = []
    for work, times in result["microseconds"].items():
        whole = times["everything"]
        rows.append([work, digits(whole), *(digits(times[rung] / whole, 3) for rung in list(RUNGS)[1:])])
    return markdown(["work", "everything, us", *list(RUNGS)[1:]], rows)


if __name__ == "__main__":
    fix_threads(1)
    report("ladder", measure(), table)
