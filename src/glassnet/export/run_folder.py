"""The folder of one training run: what its files are called, what is in them, and how they are written and read.

`glassnet train` writes the folder, and reports and comparisons read it. Keys may be added, none is renamed. Numbers are
plain and in the units of the target; what is not known is null. Rows count from 1, the first below the table's header.

metrics.json, written last: a run without it has not ended well
    target, task ("regression" or "classification"), loss (its name)
    classes     the labels as texts; null for regression
    quantiles   those of loss="quantile", else null
    metric      the score by which runs are compared: "RMSE", "log loss", "pinball 0.1"
    test, out_of_fold
                {who: {metric: value}}, empty if there are no such rows. The first who is "this model", the others are
                "straight line" and "mean", "logistic regression" and "most frequent", or "constant" (for quantiles).
                Metrics are RMSE, MAE, R2; accuracy, log loss; "pinball 0.1", "below 0.1" for each quantile.
    intervals   {"coverage": asked for, "held": share of the test rows inside, "mean_width"}, or null
    network     {"sizes": [n_1, ..., n_L], "parameters": of one member, "members": how many, "settings": {name: value}}
    training    {"seconds", "epochs", "stop_reason", "loss", "best_epochs": [of each member], "best_loss",
                "interrupted": by Ctrl-C, "networks": [for each member its network in history.jsonl]}
history.jsonl, a line for every epoch of every network, in the file when the next one begins; see `run_log`
    {"network", "epoch": from 1, "train_loss", "validation_loss", "metric": R2 or accuracy of the held-out rows,
    "learning_rate", "grad_norm", "seconds"}
config.toml, every setting; `glassnet train --config FILE` runs it again
data.json
    table       {"name", "path": null for stdin and several files, "rows", "columns": how many, "bad_rows", "seconds",
                "sha256"}
    target, task, task_reason, seed
    columns     [{"name", "role": "feature", "target", "weights", "groups", "time" or "left out", "kind",
                "missing": rows, "distinct": values, "note",
                "histogram": {"edges": [n + 1 numbers], "counts": [n]} or null, "levels": {value: rows} or null}]
    split       {"method": "random", "groups" or "time", "column": or null, "train": rows, "test": rows,
                "validation": name of a table of its own or null, "test_rows": [numbers of rows],
                "duplicates": test rows whose features are also those of a training row}
findings.json, what the doctor says: `Findings.as_dict()`
model.glassnet, the model; see `model_file`
predictions_test.csv
    row, y, prediction, residual (y - prediction), and with intervals lower, upper; for classes row, y, prediction,
    probability_CLASS, ...; for quantiles row, y, prediction_0.1, ...; at the end weight, if rows have weights
predictions_oof.csv, the same for the training rows, each by members that have not seen it; without lower and upper
rows_test.parquet, the features of the rows of predictions_test.csv, in their order, the first 2000 at most
environment.json
    {"command": [words], "started", "versions": {name: version}, "python", "system", "processors", "threads",
    "git_commit"}
model_card.md, the above in words
checkpoint.safetensors, and checkpoint.safetensors.before: while networks learn and after Ctrl-C; see docs/resume.md
report.html, made by `glassnet report`
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, OutputError
from ..network.arrays import Array
from .atomic import write_atomically
from .strict_json import strict_json

if TYPE_CHECKING:
    import pandas as pd

METRICS, DATA, ENVIRONMENT, FINDINGS = "metrics.json", "data.json", "environment.json", "findings.json"
HISTORY, CONFIG, MODEL, CARD, REPORT = (
    "history.jsonl", "config.toml", "model.glassnet", "model_card.md", "report.html",
)  # fmt: skip
CHECKPOINT = "checkpoint.safetensors"  # while networks learn, and after Ctrl-C
CHECKPOINTS = (CHECKPOINT, f"{CHECKPOINT}.before")
PREDICTIONS = {"test": "predictions_test.csv", "oof": "predictions_oof.csv"}
ROWS = "rows_test.parquet"
MOST_ROWS = 2000  # whose features are kept
FILES = (METRICS, DATA, ENVIRONMENT, FINDINGS, HISTORY, CONFIG, MODEL, CARD, REPORT, *PREDICTIONS.values(), ROWS)


def model_file(path: Path) -> Path:
    """The model file that is meant: the path itself, or the model in it if it is a run folder."""
    return path / MODEL if RunFolder.is_at(path) else path


@dataclass(frozen=True)
class RunFolder:
    """The files of a run in the folder `path`."""

    path: Path

    @staticmethod
    def is_at(path: Path) -> bool:
        """Whether the folder is that of a run; it need not have ended."""
        return (path / DATA).is_file()

    @classmethod
    def made(cls, path: Path, *, force: bool = False) -> "RunFolder":
        """A folder for a new run; with `force` in place of an older run, whose files go.

        Raises
        ------
        OutputError
            If it cannot be made, or holds something that may not go.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            held = [file.name for file in path.iterdir()]
            if held and not (force and cls.is_at(path)):
                what = "a run; --force overwrites it" if cls.is_at(path) else "other files; choose another folder"
                raise OutputError(f"{path} exists already\n-> it holds {what}", error_id="E502")
            for name in (*FILES, *CHECKPOINTS):
                (path / name).unlink(missing_ok=True)
        except OutputError:
            raise
        except OSError as reason:
            raise unwritable(path, reason) from reason
        return cls(path)

    @property
    def has_checkpoint(self) -> bool:
        """Whether training can go on where it was."""
        return any((self.path / name).is_file() for name in CHECKPOINTS)

    def remove_checkpoint(self) -> None:
        """Remove what training could have gone on from, because it is done."""
        for name in CHECKPOINTS:
            (self.path / name).unlink(missing_ok=True)

    def discard_unless_begun(self) -> None:
        """Remove the folder of a run that ended before its first epoch: there is nothing in it to learn from."""
        if (self.path / HISTORY).is_file() and (self.path / HISTORY).stat().st_size:
            return
        for name in (*FILES, *CHECKPOINTS):
            (self.path / name).unlink(missing_ok=True)
        with suppress(OSError):  # it held something else before
            self.path.rmdir()

    def write_text(self, name: str, text: str) -> None:
        """Write a file in one step, as UTF-8 with ? for bytes of file names that are no text; raises OutputError."""
        write_atomically(self.path / name, text.encode(errors="replace"))

    def write_json(self, name: str, facts: Mapping[str, Any]) -> None:
        """Write facts in one step; raises OutputError."""
        self.write_text(name, strict_json(facts, indent=2) + "\n")

    def write_predictions(self, which: str, columns: Mapping[str, Any]) -> None:
        """Write columns (n_rows,) by name, for "test" or "oof", in one step; NaN becomes an empty field."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True):
            writer.writerow("" if value != value else value for value in row)  # NaN alone differs from itself
        self.write_text(PREDICTIONS[which], text.getvalue())

    def write_rows(self, X: "pd.DataFrame") -> None:
        """Write the features of test rows in one step, the first MOST_ROWS of them."""
        write_atomically(self.path / ROWS, X.iloc[:MOST_ROWS].to_parquet(index=False))

    def read_json(self, name: str) -> dict[str, Any]:
        """The facts of a file.

        Raises
        ------
        InputError
            If it is missing or damaged.
        """
        text = self._text(name)
        try:
            facts = json.loads(text)
            return facts if isinstance(facts, dict) else {}
        except ValueError as reason:
            raise self._damaged(name, reason) from reason

    @property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json says."""
        return self.read_json(METRICS)

    @property
    def data(self) -> dict[str, Any]:
        """What data.json says."""
        return self.read_json(DATA)

    @property
    def environment(self) -> dict[str, Any]:
        """What environment.json says."""
        return self.read_json(ENVIRONMENT)

    def history(self) -> dict[int, list[dict[str, Any]]]:
        """{network: its epochs, in order}; of members alone once training has ended, then {member from 0: epochs}."""
        epochs = self.epochs_of_networks()
        if not (self.path / METRICS).is_file():
            return epochs
        networks = self.metrics["training"]["networks"]
        return {member: epochs[network] for member, network in enumerate(networks) if network in epochs}

    def epochs_of_networks(self) -> dict[int, list[dict[str, Any]]]:
        """{network: its epochs, in order}, of trials too."""
        known: dict[int, dict[int, dict[str, Any]]] = {}  # of an epoch that a resumed run made again the last line
        for line in self._text(HISTORY).splitlines():
            try:
                entry = json.loads(line)
                known.setdefault(int(entry["network"]), {})[int(entry["epoch"])] = entry
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a run that was killed may be a half
        return {network: [entries[epoch] for epoch in sorted(entries)] for network, entries in known.items()}

    def predictions(self, which: str) -> dict[str, Array]:
        """{column: (n_rows,)} of "test" or "oof": float64 where all entries are numbers or empty, else texts.

        Raises
        ------
        InputError
            If the file is missing.
        """
        header, *rows = csv.reader(io.StringIO(self._text(PREDICTIONS[which])))
        return {name: _numbers_or_texts([row[place] for row in rows]) for place, name in enumerate(header)}

    def rows(self) -> "pd.DataFrame":
        """The features of the first test rows, at most MOST_ROWS; needs pandas and pyarrow."""
        import pandas as pd

        try:
            return pd.read_parquet(self.path / ROWS)
        except (OSError, ValueError) as reason:
            raise self._damaged(ROWS, reason) from reason

    @contextmanager
    def understood(self) -> Iterator[None]:
        """A context in which facts that a file of the run should have and has not are an InputError."""
        try:
            yield
        except (KeyError, TypeError, AttributeError) as reason:
            what = f"it has no {reason}" if isinstance(reason, KeyError) else str(reason)
            raise InputError(
                f"{self.path} is the folder of a run, and its files do not hold what a run writes: {what}\n"
                "-> train again, or remove it: glassnet runs remove",
                error_id="E110",
            ) from reason

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as reason:
            raise self._damaged(name, reason) from reason

    def _damaged(self, name: str, reason: Exception) -> InputError:
        why = getattr(reason, "strerror", None) or str(reason)
        return InputError(
            f"{self.path / name} cannot be read: {why}\n-> is {self.path} a run folder, and did its training end?",
            error_id="E110",
        )


def _numbers_or_texts(entries: list[str]) -> Array:
    try:
        return np.array([float(entry) if entry else np.nan for entry in entries], dtype=np.float64)
    except ValueError:
        return np.array(entries, dtype=object)


def unwritable(path: Path, reason: OSError) -> OutputError:
    """The error that says why a file or folder of a run cannot be written."""
    why = reason.strerror or str(reason)
    return OutputError(
        f"{path} cannot be written: {why}\n-> make room, or choose another folder with -o", error_id="E501"
    )
