"""Reads a folder of tables: index.json, a folder with data and splits for each table, and peers' results if present.

index.json is a list of tables: name, folder, kind, task ("regression" or "classification"), target, and the columns to
drop. Kinds: "uci" (data.npz with X, y, train_idx, test_idx), "folds" (data.npz with X, y, test_mask), "table"
(data.csv.gz, and split.npz with train_idx, test_idx and perhaps val_idx, which counts as training rows).
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GAPS = ["", "NA", "?", "nan", "NaN"]


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to be judged by."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any


def facts(folder: Path) -> list[dict[str, Any]]:
    """The entries of index.json."""
    entries: list[dict[str, Any]] = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return entries


def split(folder: Path, table: dict[str, Any], number: int) -> Split:
    """One split of a table, numbered from 0."""
    here = folder / table["folder"]
    if table["kind"] == "table":
        frame = pd.read_csv(here / "data.csv.gz", na_values=GAPS, keep_default_na=False)
        rows = np.load(here / "split.npz")
        train = np.concatenate([rows[part] for part in ("train_idx", "val_idx") if part in rows])
        X, y = frame.drop(columns=[table["target"], *table["drop"]]), frame[table["target"]]
        return Split(X.iloc[train], y.iloc[train], X.iloc[rows["test_idx"]], y.iloc[rows["test_idx"]])
    data = np.load(here / "data.npz")
    if table["kind"] == "folds":
        test = np.flatnonzero(data["test_mask"][:, number])
        train = np.flatnonzero(~data["test_mask"][:, number])
    else:
        train, test = data["train_idx"][number], data["test_idx"][number]
    return Split(data["X"][train], data["y"][train], data["X"][test], data["y"][test])


def n_splits(folder: Path, table: dict[str, Any]) -> int:
    """How many splits of a table there are."""
    here = folder / table["folder"]
    if table["kind"] == "table":
        return 1
    data = np.load(here / "data.npz")
    return int(data["test_mask"].shape[1]) if table["kind"] == "folds" else len(data["train_idx"])


def peers(folder: Path) -> dict[tuple[str, int], dict[str, dict[str, float]]]:
    """{(table, split): {library: its result}} of baseline.jsonl, which has one result a line."""
    found: dict[tuple[str, int], dict[str, dict[str, float]]] = defaultdict(dict)
    file = folder / "baseline.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        result = json.loads(line)
        found[result["set"], result["split"]][result["model"]] = result
    return found
