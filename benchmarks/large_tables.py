"""How much memory a fit of a large table needs with the default settings: python -m benchmarks.large_tables

The peak of a fresh process, less that of one that only makes the table; beside it the size of the table. max_iter is 2,
because more epochs need no more memory (benchmarks/memory.py).
"""

import tempfile
from typing import Any

from . import machine
from .fresh import PEAK, run
from .table import markdown

TABLES = {"1 000 columns, 10 000 rows": (10_000, 1_000), "20 columns, 1 000 000 rows": (1_000_000, 20)}
CODE = """
import warnings
import numpy as np
from glassnet import GlassNetRegressor
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
def table(n_rows, n_columns):
    X = rng.standard_normal((n_rows, n_columns))
    return X, X[:, 0] + X[:, 1] * X[:, 2] + rng.standard_normal(n_rows)
def fit(X, y, **settings):
    GlassNetRegressor(max_iter=2, random_state=0, **settings).fit(X, y)
"""
FITS = {"one network": "n_members=1", "five members, settings given": "bins=32, dropout=0.1, weight_decay=0.02"}
FITS |= {"five members, settings tried": ""}
MEGA = 1e6


def main() -> None:
    machine.fix_threads(2)
    machine.report("large_tables", measure(), text)


def measure() -> dict[str, Any]:
    """For each table its size, and {fit: peak beyond a process that holds the table}, in MB."""
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        for name, (n_rows, n_columns) in TABLES.items():
            base = _peak(f"table({n_rows}, {n_columns})", cache)
            fits = {}
            for fit, settings in FITS.items():
                _peak(f"fit(*table(1000, {n_columns}), {settings})", cache)  # compiles, so that the next does not
                fits[fit] = _peak(f"fit(*table({n_rows}, {n_columns}), {settings})", cache) - base
            found[name] = n_rows * n_columns * 8 / MEGA, fits
    return {"tables": found}


def text(result: dict[str, Any]) -> str:
    """The table in words."""
    rows = [
        [name, f"{size:.0f}", *(f"{peak:.0f}" for peak in fits.values())]
        for name, (size, fits) in result["tables"].items()
    ]
    return "MB, the fits beyond what the caller's table needs\n\n" + markdown(["table", "float64", *FITS], rows)


def _peak(call: str, cache: str) -> float:
    return float(run(f"{CODE}{PEAK}{call}\nprint(peak())", cache).output) / MEGA


if __name__ == "__main__":
    main()
