"""How much memory a fit needs: python -m benchmarks.memory

The peak of a fresh process, less that of one that only imports, and less that of one that also makes the table, so that
the fit's own part stands alone; beside it the size of the table as float32. More epochs must cost nothing.
"""

import tempfile
from typing import Any

from . import machine
from .fresh import PEAK, run
from .table import markdown

ROWS, COLUMNS, EPOCHS = 200_000, 100, (1, 5, 25)
IMPORTS = """
import numpy as np, numba
from glassnet import GlassNetRegressor
rng = np.random.default_rng(0)
def table(n_rows):
    X = rng.standard_normal((n_rows, {columns}), np.float32)
    return X, X[:, 0] + X[:, 1] * X[:, 2]
def fit(n_rows, epochs):
    GlassNetRegressor(
        hidden_layer_sizes=(64, 64), max_iter=epochs, n_iter_no_change=np.inf, early_stopping={validation}
    ).fit(*table(n_rows))
"""
MEGA = 1e6


def main() -> None:
    machine.fix_threads(1)
    machine.report("memory", measure(), text)


def measure() -> dict[str, Any]:
    """Peaks in MB: of the imports, of the caller's table, and {fit: (beyond the imports, beyond the table too)}."""
    table, fits = 0.0, {}
    with tempfile.TemporaryDirectory() as cache:
        for validation in (False, True):
            imports = IMPORTS.format(columns=COLUMNS, validation=validation)
            _peak(imports, "fit(1000, 1)", cache)  # compiles, so that no process below does
            base = _peak(imports, "", cache)
            table = _peak(imports, f"table({ROWS})", cache) - base
            calls = {"1 000 rows": ("fit(1000, 1)", 0.0)}
            calls |= {f"200 000 rows, epochs: {epochs}": (f"fit({ROWS}, {epochs})", table) for epochs in EPOCHS}
            for name, (call, callers) in calls.items():
                beyond = _peak(imports, call, cache) - base
                fits[name + (", early stopping" if validation else "")] = beyond, beyond - callers
    return {"imports": base, "data": ROWS * (COLUMNS + 1) * 4 / MEGA, "table": table, "fits": fits}


def text(result: dict[str, Any]) -> str:
    """The table in words."""
    rows = [[name, *map("{:.0f}".format, pair)] for name, pair in result["fits"].items()]
    head = (
        f"MB; {COLUMNS} columns, hidden layers 64-64. As float32, 200 000 rows are {result['data']:.0f} MB. A process "
        f"that only imports holds {result['imports']:.0f} MB."
    )
    return f"{head}\n\n{markdown(['fit', 'beyond imports', 'beyond the table of the caller too'], rows)}"


def _peak(imports: str, call: str, cache: str) -> float:
    return float(run(f"{imports}{PEAK}{call}\nprint(peak())", cache).output) / MEGA


if __name__ == "__main__":
    main()
