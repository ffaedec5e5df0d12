"""The ladder's rung of the exponential: activations from the system's library beside those of `engine/routines.py`.

python -m benchmarks.activations      prints nanoseconds for one neuron's value and slope, and whole epochs

The slower lines are kept here. The library's functions take one number at a time, so the compiler calls them in a loop;
the engine's are sums and products, of which the processor does 8 to 16 at once.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any
from unittest.mock import patch

from .machine import fix_threads, report
from .table import digits, markdown

REPETITIONS = 31
NEURONS = 2**15
FLOATS = ("float32", "float64")
NETWORKS = ((16, 64, 64, 1), (16, 128, 128, 1))  # one epoch of Adam, batches of 256 rows
STEPS = 16

SIGMOID = [
    "e = np.exp(-abs(z))",
    "part = one / (one + e)",
    "gate, steepness = one if z >= zero else e, e * part * part",
]
LIBRARY = {
    "tanh": ["a = np.tanh(z)", "slope = one - a * a"],
    "sigmoid": [*SIGMOID, "a, slope = gate * part, steepness"],
    "softplus": [*SIGMOID, "a, slope = max(z, zero) + np.log1p(e), gate * part"],
    "elu": ["a = z if z > zero else np.expm1(z)", "slope = one if z > zero else a + one"],
    "silu": [*SIGMOID, "gate = gate * part", "a, slope = z * gate, gate + z * steepness"],
    "gelu": [
        "gate = number(0.5) * number(math.erfc(-z * number(0.7071067811865476)))",
        "a, slope = z * gate, gate + z * np.exp(-z * z * number(0.5)) * number(0.3989422804014327)",
    ],
    "mish": [
        "e = np.exp(-abs(z))",
        "n = number(0.5) + e if z > zero else e + number(0.5) * e * e",
        "part = one / (n + (e * e if z > zero else one))",
        "gate, steepness = n * part, (e * e if z > zero else e) * (one + e) * part * part",
        "a, slope = z * gate, gate + z * steepness",
    ],
}


def loop(lines: list[str], dtype: str) -> Callable[..., Any]:
    """A compiled loop of the lines over all z."""
    import inspect

    from glassnet.engine import routines
    from glassnet.engine.compiler import compile_source

    copied = inspect.getsource(routines).replace("number = np.float64", f"number = np.{dtype}")
    body = "".join(f"        {line}\n" for line in ["z = Z[j]", *lines, "A[j], S[j] = a, slope"])
    head = "import math\n\n\ndef run(Z, A, S):\n    zero, one = number(0), number(1)\n    for j in range(Z.size):\n"
    return compile_source(f"{copied}\n\n{head}{body}")


def alternately(runs: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Median seconds of each run, taken in turns, so that a disturbance meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()  # compiles
    for _ in range(REPETITIONS):
        for name, run in runs.items():
            begin = time.process_time_ns()
            run()
            times[name].append((time.process_time_ns() - begin) / 1e9)
    return {name: median(seconds) for name, seconds in times.items()}


def one_neuron(name: str, dtype: str) -> dict[str, float]:
    """Nanoseconds of a value and its slope, both ways, once both are seen to agree."""
    import numpy as np

    from glassnet.engine.pointwise import ACTIVATION

    Z = (2 * np.random.default_rng(0).standard_normal(NEURONS)).astype(dtype)
    A = {way: np.empty((2, NEURONS), dtype) for way in ("library", "engine")}
    loops = {"library": loop(LIBRARY[name], dtype), "engine": loop(ACTIVATION[name], dtype)}
    runs = {way: lambda way=way: [loops[way](Z, *A[way]) for _ in range(2)] for way in loops}
    seconds = alternately(runs)
    np.testing.assert_allclose(A["engine"], A["library"], rtol=0, atol=16 * np.finfo(dtype).eps)
    return {way: seconds[way] / (2 * NEURONS) * 1e9 for way in loops}


def one_epoch(activation: str, sizes: tuple[int, ...]) -> dict[str, float]:
    """Milliseconds of an epoch of such a network, both ways."""
    import numpy as np

    from glassnet.engine import pointwise
    from glassnet.engine.compiler import compile_source
    from glassnet.engine.program import Program
    from glassnet.engine.team import one_epoch
    from glassnet.engine.writer import write_epochs
    from glassnet.network.optimizers import Optimizer

    from .works import Work

    work = Work(sizes, "adam", 256, activation, steps=STEPS)
    program, data, eta = Program(work.architecture, work.loss, Optimizer("adam")), work.data(), np.full(STEPS, 1e-3)
    with patch.dict(pointwise.ACTIVATION, LIBRARY):
        epochs = {"library": compile_source(write_epochs(program))}
    epochs["engine"] = compile_source(write_epochs(program))

    def run(way: str) -> None:
        arrays = data.theta.copy(), program.optimizer.start(work.architecture), data.X, data.Y
        counter = np.array([1, 2, 0, 0])
        one_epoch(epochs[way], *arrays, np.empty(0, np.float32), data.order, 256, eta, program.settings, counter)

    seconds = alternately({way: lambda way=way: run(way) for way in epochs})
    return {way: seconds[way] * 1e3 for way in epochs}


def measure() -> dict[str, Any]:
    """Nanoseconds for a neuron and milliseconds for an epoch: {what: {"library": time, "engine": time}}."""
    neurons = {f"{name}, {dtype}, ns": one_neuron(name, dtype) for dtype in FLOATS for name in LIBRARY}
    networks = {
        f"{name} epoch of {'-'.join(map(str, sizes))}, ms": one_epoch(name, sizes)
        for name in ("mish", "tanh")
        for sizes in NETWORKS
    }
    return {"times": neurons | networks}


def table(result: dict[str, Any]) -> str:
    """A row for each activation and network, and how many times longer the library takes."""
    rows = [
        [name, digits(times["library"]), digits(times["engine"]), digits(times["library"] / times["engine"], 2)]
        for name, times in result["times"].items()
    ]
    return markdown(["what", "library", "engine", "times as long"], rows)


if __name__ == "__main__":
    fix_threads(1)
    report("activations", measure(), table)
