"""The accuracy of the defaults: every table and split once, nothing tuned, test rows looked at once.

python -m benchmarks.accuracy.defaults --data DIR [--splits N] [--only NAME ...] [--set NAME=VALUE ...]

DIR is a folder as `tables.py` reads it. --set changes a setting, for trials; these are judged by `oof`, the error on
training rows of the members that have not seen them.
"""

import argparse
import ast
import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error

from glassnet import GlassNetClassifier, GlassNetRegressor

from . import tables

PEERS = ("catboost", "lightgbm", "xgb", "hgb", "realmlp_s", "skl_mlp")
SPLITS = {"uci": 3, "folds": 1, "table": 1}


def run(split: tables.Split, task: str, settings: dict[str, Any]) -> dict[str, float]:
    """Fit and judge once."""
    regression = task == "regression"
    model = (GlassNetRegressor if regression else GlassNetClassifier)(random_state=0, **settings)
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(split.X, split.y)
    fitted = time.perf_counter()
    if regression:
        oof = root_mean_squared_error(split.y, model.oof_prediction_)
        result = {"rmse": root_mean_squared_error(split.y_test, model.predict(split.X_test)), "oof": oof}
    else:
        shares = model.predict_proba(split.X_test)
        oof = log_loss(split.y, model.oof_prediction_, labels=model.classes_)
        accuracy = accuracy_score(split.y_test, model.predict(split.X_test))
        result = {"logloss": log_loss(split.y_test, shares, labels=model.classes_), "accuracy": accuracy, "oof": oof}
    return {**result, "fit_s": fitted - begin, "predict_s": time.perf_counter() - fitted}


def measure(folder: Path, only: list[str], n_splits: int | None, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """One result for each table and split."""
    results = []
    for table in tables.facts(folder):
        if only and table["name"] not in only:
            continue
        for number in range(min(n_splits or SPLITS[table["kind"]], tables.n_splits(folder, table))):
            result = run(tables.split(folder, table, number), table["task"], settings)
            results.append({"set": table["name"], "split": number, "model": "glassnet", **result})
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    return results


def score(result: dict[str, float]) -> float:
    """What is compared: the root mean square error, or the log loss."""
    return result["rmse"] if "rmse" in result else result["logloss"]


def summary(results: list[dict[str, Any]], others: dict[tuple[str, int], dict[str, dict[str, float]]]) -> str:
    """A row for each table: ours, the best of the others, the ratio, our rank, and seconds beside CatBoost's."""
    by_set: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        by_set[result["set"]].append(result)
    lines = ["| table | glassnet | best other | ratio | rank | s | CatBoost, s |", "|---|---|---|---|---|---|---|"]
    ratios, ranks = [], []
    for name, mine in by_set.items():
        scores = defaultdict(list)
        for result in mine:
            for peer in PEERS:
                if peer in others.get((name, result["split"]), {}):
                    scores[peer].append(score(others[name, result["split"]][peer]))
        ours, rest = mean(map(score, mine)), {peer: mean(values) for peer, values in scores.items()}
        if not rest:
            lines.append(f"| {name} | {ours:.4g} | | | | {mean(r['fit_s'] for r in mine):.2f} | |")
            continue
        best = min(rest, key=rest.__getitem__)
        ratios.append(ours / rest[best])
        ranks.append(1 + sum(value < ours for value in rest.values()))
        known = [others.get((name, r["split"]), {}).get("catboost") for r in mine]  # not of every split
        theirs = mean(peer["fit_s"] for peer in known if peer is not None)
        lines.append(
            f"| {name} | {ours:.4g} | {rest[best]:.4g} ({best}) | {ratios[-1]:.3f} | {ranks[-1]} of {len(rest) + 1} "
            f"| {mean(r['fit_s'] for r in mine):.2f} | {theirs:.2f} |"
        )
    if ratios:
        lines += [
            "",
            f"mean rank {np.mean(ranks):.2f} · best or within 2 % on {sum(r <= 1.02 for r in ratios)} of {len(ratios)}"
            f" · worst ratio {max(ratios):.3f} · geometric mean {np.exp(np.mean(np.log(ratios))):.3f}",
        ]
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--splits", type=int)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--set", nargs="*", default=[], dest="settings", metavar="NAME=VALUE")
    arguments = parser.parse_args()
    pairs = (text.split("=", 1) for text in arguments.settings)
    settings = {name: ast.literal_eval(value) for name, value in pairs}
    results = measure(arguments.data, arguments.only, arguments.splits, settings)
    print(summary(results, tables.peers(arguments.data)))


if __name__ == "__main__":
    main()
