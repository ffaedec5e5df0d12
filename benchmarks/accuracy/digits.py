"""Ten classes: scikit-learn's digits, three splits, beside other libraries' defaults as far as they are installed.

python -m benchmarks.accuracy.digits
"""

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glassnet import GlassNetClassifier

from .boosting import boosting

N_SPLITS = 3


def libraries() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names, and what makes a classifier."""
    yield "glassnet", lambda: GlassNetClassifier(random_state=0)
    yield "scikit-learn MLP, scaled", lambda: make_pipeline(StandardScaler(), MLPClassifier(random_state=0))
    yield "scikit-learn HistGradientBoosting", lambda: HistGradientBoostingClassifier(random_state=0)
    yield from boosting("Classifier")


def main() -> None:
    """Print a row for each library: means over the splits."""
    X, y = load_digits(return_X_y=True)
    print("| library | log loss | accuracy | s |\n|---|---|---|---|")
    for name, make in libraries():
        results = []
        for k in range(N_SPLITS):
            X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=k)
            begin = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                shares = make().fit(X_train, y_train).predict_proba(X_test)
            right = accuracy_score(y_test, shares.argmax(axis=1))
            results.append((log_loss(y_test, shares), right, time.perf_counter() - begin))
        loss, right, seconds = np.mean(results, axis=0)
        print(f"| {name} | {loss:.4f} | {right:.4f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
