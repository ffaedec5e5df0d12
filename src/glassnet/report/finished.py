"""A finished run as the report reads it: what its folder says, and the rows that judge its model."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..doctor.patient import Patient, patient
from ..errors import GlassNetError
from ..estimators.given import Given
from ..export.model_file import load
from ..export.run_folder import FINDINGS, MODEL, PREDICTIONS, ROWS, RunFolder
from ..network.arrays import Array
from ..table.frames import as_text


@dataclass(frozen=True)
class Judged:
    """Rows that the predictions below did not learn from.

    which : "test", or "oof" for training rows, each predicted by members that had not seen it
    columns : {name: (n_rows,)} of the predictions file
    """

    which: str
    columns: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.columns["row"])


@dataclass(frozen=True)
class Finished:
    """A run folder, read as it is asked for."""

    folder: RunFolder

    @classmethod
    def at(cls, path: Path) -> "Finished":
        """The run in this folder."""
        return cls(RunFolder(path))

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """metrics.json."""
        return self.folder.metrics

    @cached_property
    def data(self) -> dict[str, Any]:
        """data.json."""
        return self.folder.data

    @cached_property
    def model(self) -> Any:
        """The model."""
        return load(self.folder.path / MODEL)

    @property
    def is_class(self) -> bool:
        """Whether the model tells classes apart."""
        return bool(self.metrics["task"] == "classification")

    @property
    def target(self) -> str:
        """The name of the target."""
        return str(self.metrics["target"])

    @cached_property
    def findings(self) -> dict[str, Any]:
        """What the doctor said, as `Findings.as_dict()`; of the curves alone if there is no file."""
        if (self.folder.path / FINDINGS).is_file():
            return self.folder.read_json(FINDINGS)
        return dict(self.model.diagnose().as_dict())

    @cached_property
    def curves(self) -> list[dict[str, list[float]]]:
        """For each member its curves by name, an entry per epoch."""
        return [run.history.as_dict() for run in self.model._runs]

    @cached_property
    def judged(self) -> Judged | None:
        """The test rows; without any the training rows out of fold; None if there are neither."""
        for which, file in PREDICTIONS.items():
            if (self.folder.path / file).is_file():
                columns = self.folder.predictions(which)
                known = ~np.isnan(columns["row"]) & self._has_prediction(columns)
                if known.any():
                    return Judged(which, {name: values[known] for name, values in columns.items()})
        return None

    def _has_prediction(self, columns: Mapping[str, Array]) -> Array:
        """Rows in no fold have none."""
        numbers = [values for name, values in columns.items() if name.startswith(("prediction", "probability_"))]
        numbers = [values for values in numbers if values.dtype == np.float64]
        return (
            np.all([~np.isnan(values) for values in numbers], axis=0) if numbers else np.ones(len(columns["row"]), bool)
        )

    @property
    def scores(self) -> dict[str, dict[str, float | None]]:
        """{who: {metric: value}} on the rows above, ours first."""
        return dict(self.metrics["test"] or self.metrics["out_of_fold"] or {})

    @property
    def quantiles(self) -> list[float]:
        """The quantiles that the model predicts; empty for other models."""
        return [float(q) for q in self.metrics.get("quantiles") or ()]

    @cached_property
    def rows(self) -> Any:
        """The features of the first test rows as a pandas table, None if they were not kept."""
        if not (self.folder.path / ROWS).is_file() or self.judged is None or self.judged.which != "test":
            return None
        rows = self.folder.rows()
        whole = {name: float for name, dtype in rows.dtypes.items() if dtype.kind in "iu"}
        return rows.astype(whole)  # partial dependence puts fractions in

    @cached_property
    def targets(self) -> Array:
        """(n_rows,) the targets of these rows, as the model takes them: numbers, or labels of classes."""
        assert self.judged is not None
        y = self.judged.columns["y"][: len(self.rows)]
        return self.model.classes_[self.codes(y)] if self.is_class else y

    @property
    def class_names(self) -> list[str]:
        """The labels of the classes as texts."""
        return [str(name) for name in self.metrics["classes"] or ()]

    def codes(self, labels: Array) -> Array:
        """(n_rows,) the numbers of classes whose labels stand in a predictions file; -1 for one that is unknown."""
        places: dict[Any, int] = {}
        for place, name in enumerate(self.class_names):
            places.setdefault(name, place)
            places.setdefault(_float_in(name), place)
        return np.array([places.get(label, places.get(as_text(label), -1)) for label in labels.tolist()], dtype=int)

    @cached_property
    def patient(self) -> Patient | None:
        """The model on these rows as the doctor sees it, None without rows."""
        if self.rows is None or not len(self.rows):
            return None
        try:
            return patient(self.model, Given(self.rows, self.targets))
        except (GlassNetError, ValueError):
            return None  # rows of which `fit` would not accept the targets, such as a class that it never saw


def _float_in(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
