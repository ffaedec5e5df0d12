"""Columns that tell nothing: scikit-learn's Friedman function of five columns among many, beside boosting's defaults.

python -m benchmarks.accuracy.noise_columns
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from sklearn.datasets import make_friedman1, make_regression
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import root_mean_squared_error

from glassnet import GlassNetRegressor

from .boosting import boosting

N_TEST = 1000
TABLES = {
    "friedman, 300 x 30": (300, lambda n: make_friedman1(n, 30, noise=1.0, random_state=1)),
    "friedman, 300 x 100": (300, lambda n: make_friedman1(n, 100, noise=1.0, random_state=1)),
    "friedman, 1000 x 50": (1000, lambda n: make_friedman1(n, 50, noise=1.0, random_state=1)),
    "friedman, 2000 x 100": (2000, lambda n: make_friedman1(n, 100, noise=1.0, random_state=1)),
    "line of ten, 120 x 500": (120, lambda n: make_regression(n, 500, n_informative=10, noise=10.0, random_state=1)),
}


def libraries() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names, and what makes a regressor."""
    yield "glassnet", lambda: GlassNetRegressor(random_state=0)
    yield from boosting("Regressor")
    yield "HistGradientBoosting", lambda: HistGradientBoostingRegressor(random_state=0)


def main() -> None:
    """Print a row for each table: root mean square errors on test rows."""
    others = list(libraries())
    print(f"| table | {' | '.join(name for name, _ in others)} |\n|---|{'---|' * len(others)}")
    for name, (n, draw) in TABLES.items():
        X, y = draw(n + N_TEST)
        errors = []
        for _, make in others:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = make().fit(X[:n], y[:n])
            errors.append(root_mean_squared_error(y[n:], model.predict(X[n:])))
        print(f"| {name} | {' | '.join(f'{error:.3g}' for error in errors)} |", flush=True)


if __name__ == "__main__":
    main()
