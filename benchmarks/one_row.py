"""What the answer to a single row takes: python -m benchmarks.one_row

The network alone, as compiled code and as the formulas; and `predict` of an estimator, which checks the row, scales it
and brings the answer into units. All in float32 but predict's row, on one thread. The shortest of many repetitions
counts: what is asked is what the code needs, not what else the machine does.
"""

import os
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

from . import machine
from .cold_start import PLAIN
from .table import digits, markdown

NETWORKS = {"8-50-1": (8, 50, 1), "100-256-256-1": (100, 256, 256, 1)}
CALLS, REPETITIONS = 200, 300
TOLERANCE = 1e-4


def main() -> None:
    machine.fix_threads(1)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["GLASSNET_CACHE_DIR"] = cache
        machine.report("one_row", measure(), text)


def measure() -> dict[str, Any]:
    """{network: {way: microseconds}}."""
    import numpy as np

    from glassnet import GlassNetRegressor
    from glassnet.engine.one_row import one_row
    from glassnet.network.backprop import predict

    lines = {}
    for name, sizes in NETWORKS.items():
        rng = np.random.default_rng(0)
        X = rng.normal(size=(500, sizes[0]))
        model = GlassNetRegressor(**PLAIN, hidden_layer_sizes=sizes[1:-1]).fit(X, X[:, 0])
        net, theta = model.network_.architecture, model.network_.theta.astype(np.float32)
        row, answer = X[0].astype(np.float32), one_row(net, theta)
        formula = predict(net, theta, row[None])[0]
        assert np.allclose(answer(row), formula, rtol=TOLERANCE, atol=TOLERANCE), name
        lines[name] = {
            "one_row": _microseconds(lambda row=row, answer=answer: answer(row)),
            "formulas": _microseconds(lambda net=net, theta=theta, row=row: predict(net, theta, row[None])),
            "predict": _microseconds(lambda model=model, X=X: model.predict(X[:1])),
        }
    return {"microseconds": lines}


def text(result: dict[str, Any]) -> str:
    """The table in words."""
    lines = result["microseconds"]
    rows = [[name, *(digits(line[way]) for way in ("one_row", "formulas", "predict"))] for name, line in lines.items()]
    head = ["network", "compiled", "formulas", "predict of the estimator"]
    return f"Microseconds for one row, on one thread.\n\n{markdown(head, rows)}"


def _microseconds(answer: Callable[[], Any]) -> float:
    """The mean of CALLS calls; the shortest of many such means."""
    best = float("inf")
    for _ in range(REPETITIONS):
        begin = time.process_time()
        for _ in range(CALLS):
            answer()
        best = min(best, time.process_time() - begin)
    return best / CALLS * 1e6


if __name__ == "__main__":
    main()
