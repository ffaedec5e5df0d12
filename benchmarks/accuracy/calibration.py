"""What temperature scaling would do to the classifier's probabilities (Guo et al. 2017): measured, and left out.

python -m benchmarks.accuracy.calibration --data DIR [--only NAME ...]

One number T, chosen by the log loss of out-of-fold predictions, divides the logarithms of the probabilities.
Tables of DIR with classes, tables that scikit-learn ships, and generated ones. ECE is the expected calibration error of
the most probable class over 15 bins; T* would have been best on the test rows.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.datasets import load_breast_cancer, load_digits, load_wine, make_classification, make_moons
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from glassnet import GlassNetClassifier

from . import tables

SEEDS = 3
BINS = 15
SMALLEST_CHANCE = 1e-7
SHORT = {"max_iter": 128}  # for generated tables, to save time
HEAD = "| table | rows | T | T* | log loss | with T | ECE | with T |"


def scaled(P: Any, T: float) -> Any:
    """Probabilities (n_rows, n_classes) at temperature T."""
    return softmax(np.log(np.clip(P, SMALLEST_CHANCE, 1)) / T, axis=1)


def best_temperature(P: Any, codes: Any) -> float:
    """The T between 1/7 and 7 with the lowest log loss."""

    def loss(log_T: float) -> float:
        return log_loss(codes, scaled(P, np.exp(log_T)), labels=range(P.shape[1]))

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def calibration_error(P: Any, codes: Any) -> float:
    """Mean distance of confidence and accuracy, over bins of confidence."""
    confidence, right = P.max(axis=1), P.argmax(axis=1) == codes
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(codes))


def measure(split: tables.Split, settings: dict[str, Any]) -> list[float]:
    """T, T*, log loss before and after, ECE before and after."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GlassNetClassifier(random_state=0, **settings).fit(split.X, split.y)
    codes, test_codes = (np.searchsorted(model.classes_, np.asarray(y)) for y in (split.y, split.y_test))
    P = model.predict_proba(split.X_test).astype(float)
    T = best_temperature(np.asarray(model.oof_prediction_, float), codes)
    both = (P, scaled(P, T))
    losses = [float(log_loss(test_codes, Q, labels=range(Q.shape[1]))) for Q in both]
    return [T, best_temperature(P, test_codes), *losses, *(calibration_error(Q, test_codes) for Q in both)]


def shipped() -> Iterator[tuple[str, dict[str, Any], tuple[Any, Any]]]:
    """Name, settings, X and y of tables that need no file."""
    yield "digits", {}, load_digits(return_X_y=True)
    yield "breast cancer", {}, load_breast_cancer(return_X_y=True)
    yield "wine", {}, load_wine(return_X_y=True)
    yield "moons", {}, make_moons(1000, noise=0.3, random_state=0)
    made = make_classification
    yield "2 classes, 20 % wrong", SHORT, made(3000, 20, n_informative=5, flip_y=0.2, random_state=0)
    yield "4 classes", SHORT, made(3000, 20, n_informative=8, n_classes=4, random_state=1)
    ten = {"n_informative": 10, "n_classes": 10, "n_clusters_per_class": 1, "flip_y": 0.1}
    yield "10 classes", SHORT, made(2000, 30, **ten, random_state=2)
    yield "1 in 20", SHORT, made(4000, 20, weights=[0.95], flip_y=0.02, random_state=3)


def splits(folder: Path) -> Iterator[tuple[str, dict[str, Any], list[tables.Split]]]:
    """Name, settings and splits of every table."""
    for table in tables.facts(folder):
        if table["task"] == "classification":
            yield table["name"], {}, [tables.split(folder, table, 0)]
    for name, settings, (X, y) in shipped():
        parts = [train_test_split(X, y, random_state=seed, stratify=y) for seed in range(SEEDS)]
        yield name, settings, [tables.Split(a, c, b, d) for a, b, c, d in parts]


def main() -> None:
    """Read the command line, measure, print a row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    print(HEAD, "|---" * 8 + "|", sep="\n")
    for name, settings, parts in splits(arguments.data):
        if arguments.only and name not in arguments.only:
            continue
        T, best, *rest = map(fmean, zip(*(measure(part, settings) for part in parts), strict=True))
        print(f"| {name} | {len(parts[0].y)} | {T:.2f} | {best:.2f} | {' | '.join(f'{one:.4f}' for one in rest)} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
