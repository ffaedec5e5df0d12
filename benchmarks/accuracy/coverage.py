"""How often intervals hold the target, and how wide they are, on rows that were not trained on.

python -m benchmarks.accuracy.coverage --data DIR [--only NAME ...]

Every table of numbers to predict with more than 1 000 training rows, its first split, plain and adaptive intervals. The
score is the mean interval score (Gneiting and Raftery 2007): the width, and 2 / (1 - coverage) times how far the target
is outside; lower is better. Widths and scores are in standard deviations of the target.
"""

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import GlassNetRegressor

from . import tables

COVERAGES = (0.8, 0.9)
FEWEST_ROWS = 1_000
HEAD = "| table | rows to judge by | intervals | covered at 0.8 | width | score | covered at 0.9 | width | score |"


def measure(split: tables.Split) -> dict[str, list[tuple[float, float, float]]]:
    """{kind of interval: (share covered, mean width, mean score) for each coverage}."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GlassNetRegressor(random_state=0).fit(split.X, split.y)
    y = np.asarray(split.y_test, np.float64)
    found = {}
    for adaptive in (False, True):
        ends = [model.predict_interval(split.X_test, coverage, adaptive=adaptive) for coverage in COVERAGES]
        judged = (judge(*pair, y) for pair in zip(ends, COVERAGES, strict=True))
        found["adaptive" if adaptive else "plain"] = list(judged)
    return found


def judge(ends: Any, coverage: float, y: Any) -> tuple[float, float, float]:
    """Share covered, mean width and mean interval score."""
    lower, upper = ends.T
    outside = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    width, score = upper - lower, upper - lower + 2 / (1 - coverage) * outside
    return float(np.mean(outside == 0)), float(width.mean() / y.std()), float(score.mean() / y.std())


def main() -> None:
    """Read the command line, measure, print a row for each table and kind of interval."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    print(HEAD, "|---" * 9 + "|", sep="\n")
    for table in tables.facts(arguments.data):
        if table["task"] != "regression" or (arguments.only and table["name"] not in arguments.only):
            continue
        split = tables.split(arguments.data, table, 0)
        if len(split.y) <= FEWEST_ROWS:
            continue
        for kind, found in measure(split).items():
            cells = [f"{share:.3f} | {width:.3f} | {score:.3f}" for share, width, score in found]
            print(f"| {table['name']} | {len(split.y_test)} | {kind} | {' | '.join(cells)} |")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
