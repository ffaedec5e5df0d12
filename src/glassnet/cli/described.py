"""The facts of data.json: what the table was, what each column is, and how the rows were split."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .choice import Choice
from .columns import Prepared
from .reading import Table
from .roles import kind_of
from .split import Split

BARS = 20  # of a histogram
LEVELS = 10  # most frequent values that are kept


def described(table: Table, data: Prepared, choice: Choice, split: Split) -> dict[str, Any]:
    """All that data.json says but the folds, which the model knows."""
    notes = {str(one.name): (one.kind if one.is_used else "left out", one.note) for one in data.choices}
    return {
        "table": {
            "name": table.name,
            "path": str(Path(table.name).resolve()) if Path(table.name).exists() else None,
            "rows": len(table.frame),
            "columns": len(table.frame.columns),
            "bad_rows": table.bad_rows,
            "seconds": table.seconds,
            "sha256": table.sha256,
        },
        "target": choice.target,
        "task": data.task,
        "task_reason": data.reason,
        "seed": choice.seed,
        "columns": [_column(table.frame[name], data, choice, notes) for name in table.frame.columns],
        "split": {
            "method": split.method,
            "column": split.column,
            "train": len(split.learn),
            "test": len(split.test),
            "validation": choice.validation,
            "test_rows": split.test + 1,
            "duplicates": _duplicates(data.X, split),
        },
    }


def _column(column: pd.Series, data: Prepared, choice: Choice, notes: dict[str, tuple[str, str]]) -> dict[str, Any]:
    name = str(column.name)
    is_feature = name in data.features
    kind, note = notes.get(name, (kind_of(column), ""))
    role = choice.roles.get(name, "left out").removeprefix("the ")
    if is_feature:
        role = "left out" if kind == "left out" else "feature"
    return {
        "name": name,
        "role": role,
        "kind": kind_of(column) if kind == "left out" else kind,
        "missing": int(column.isna().sum()),
        "distinct": int(column.nunique()),
        "note": note,
        "histogram": _histogram(column),
        "levels": _levels(column),
    }


def _histogram(column: pd.Series) -> dict[str, Any] | None:
    """Bars of the numbers, without gaps and infinities; None for what holds none."""
    if kind_of(column) != "number":
        return None
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    values = values[np.isfinite(values)]
    if not len(values) or not np.isfinite(np.ptp(values)):
        return None
    low, high = values.min(), values.max()
    try:
        counts, edges = np.histogram(values, bins=BARS if high > low else 1)
    except ValueError:  # numbers so large and so near, such as ids of 64 bits, that no edges fit between them
        counts, edges = np.array([len(values)]), np.array([low, high])
    return {"edges": edges, "counts": counts}


def _levels(column: pd.Series) -> dict[str, int] | None:
    if kind_of(column) in ("number", "date"):
        return None
    counts = column.dropna().astype(str).value_counts()[:LEVELS]
    return {str(value): int(rows) for value, rows in counts.items()}


def _duplicates(X: pd.DataFrame, split: Split) -> int:
    """How many test rows have the features of a training row."""
    if not len(split.test):
        return 0
    keys = pd.util.hash_pandas_object(X, index=False).to_numpy()
    return int(np.isin(keys[split.test], keys[split.learn]).sum())
