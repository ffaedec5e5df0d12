"""What `glassnet train` writes into its run folder: before training what is meant, afterwards what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..doctor.checks import diagnose
from ..doctor.patient import NO_ROWS
from ..errors import InputError
from ..estimators.given import Given
from ..estimators.parameters import SETTINGS
from ..export.model_file import save_model
from ..export.output_names import names_of_outputs
from ..export.run_folder import CARD, CONFIG, DATA, ENVIRONMENT, FINDINGS, METRICS, MODEL, MOST_ROWS, RunFolder
from ..export.run_log import networks_of
from .choice import Choice
from .environment import environment
from .evaluation import Part, Scores, main_metric, oof_of, outputs_of, quantiles_of
from .flags import NO_FLAG
from .model_card import model_card
from .place import KEPT, Output
from .toml import toml_lines

COVERAGE = 0.9  # of intervals, unless another was asked for
EXAMINED_ROWS = 50_000  # with more rows the doctor looks at the curves alone


@dataclass(frozen=True)
class Trained:
    """A model and what it was trained and tested on.

    fit : what went into fit besides X and y. rows : numbers from 0 of the learnt and of the tested rows.
    scores : on all test rows, where `test` is a sample of them; else None.
    """

    model: Any
    learn: Part
    test: Part
    learn_rows: Any
    test_rows: Any
    fit: Mapping[str, Any]
    scores: Scores | None = None

    @cached_property
    def outputs(self) -> Any:
        """What the model says of the test rows."""
        return outputs_of(self.model, self.test.X)


def write_before(folder: RunFolder, settings: str, facts: dict[str, Any]) -> None:
    """Write what is known before training: the facts to data.json, config.toml, environment.json."""
    folder.write_json(DATA, facts)
    folder.write_text(CONFIG, settings)
    folder.write_json(ENVIRONMENT, environment())


def config(tables: Sequence[str], choice: Choice, output: Output, model: Any) -> str:
    """The settings as TOML, so that `glassnet train --config FILE` does the same again."""
    chosen = {"table": list(tables)} | {field.name: getattr(choice, field.name) for field in fields(Choice)}
    chosen |= {name: getattr(output, name) for name in KEPT}
    known = model.get_params(deep=False)
    settings = {name: value for name, value in known.items() if name in SETTINGS and name not in NO_FLAG}
    if known.get("class_weight") is not None:
        settings["class_weight"] = known["class_weight"]
    head = (
        '# The settings of this run. "auto" is chosen by the table. To train again: glassnet train --config THIS_FILE'
    )
    return "\n".join([head, "[train]", *toml_lines(chosen), *toml_lines(settings)]) + "\n"


def intervals(trained: Trained, coverage: float | None) -> tuple[Any, dict[str, float] | None]:
    """The ends (n_test, 2) around test predictions and how often they hold the target; None where there are none.

    Raises
    ------
    InputError
        If they were asked for and cannot be.
    """
    if not len(trained.test.y) or not hasattr(trained.model, "predict_interval"):
        return None, None
    try:
        ends = trained.model.predict_interval(trained.test.X, coverage or COVERAGE)
    except InputError:
        if coverage is not None:
            raise
        return None, None
    held = (ends[:, 0] <= trained.test.y) & (trained.test.y <= ends[:, 1])
    share = np.average(held, weights=trained.test.weight)
    width = np.average(ends[:, 1] - ends[:, 0], weights=trained.test.weight)
    return ends, {"coverage": coverage or COVERAGE, "held": float(share), "mean_width": float(width)}


def write_after(folder: RunFolder, trained: Trained, facts: dict[str, Any], ends: Any) -> None:
    """Write what came of the training; metrics.json at the end, as the sign that all is there.

    facts : test, out_of_fold, intervals, network, training, as metrics.json has them.
    """
    model, test, learn = trained.model, trained.test, trained.learn
    save_model(model, folder.path / MODEL)
    if len(test.y):
        columns = predictions(model, trained.test_rows, test, trained.outputs, ends)
        folder.write_predictions("test", columns)
        folder.write_rows(_storable(test.X.iloc[:MOST_ROWS]))
    promised = oof_of(model)
    if promised is not None:
        folder.write_predictions("oof", predictions(model, trained.learn_rows, learn, promised, None))
    folder.write_json(FINDINGS, _findings(trained))
    known = facts["test"] or facts["out_of_fold"]
    training = facts["training"] | {"networks": networks_of(model, folder)}
    classes = [str(label) for label in model.classes_] if hasattr(model, "classes_") else None
    metrics = {
        "target": folder.data["target"],
        "task": folder.data["task"],
        "loss": "log_loss" if classes else model.loss,
        "classes": classes,
        "quantiles": None if classes or model.loss != "quantile" else quantiles_of(model),
        "metric": main_metric(known["this model"]) if known else None,
    }
    metrics |= facts | {"training": training}
    folder.write_text(CARD, model_card(metrics, folder.data))
    folder.write_json(METRICS, metrics)


def predictions(model: Any, rows: Any, part: Part, outputs: Any, ends: Any) -> dict[str, Any]:
    """The columns of a file of predictions; rows are numbers from 0, ends (n_rows, 2) of intervals or None."""
    columns: dict[str, Any] = {"row": rows + 1, "y": part.y}
    if hasattr(model, "classes_"):
        known = np.isfinite(outputs).all(axis=1)
        best = model.classes_[np.where(known[:, None], outputs, 0).argmax(axis=1)].astype(object)
        columns["prediction"] = np.where(known, best, "")
    if outputs.ndim == 2:
        columns |= dict(zip(names_of_outputs(model, outputs.shape[1]), outputs.T, strict=True))
    else:
        columns["prediction"] = outputs
        columns |= {} if ends is None else {"lower": ends[:, 0], "upper": ends[:, 1]}
        columns["residual"] = part.y - outputs
    return columns if part.weight is None else columns | {"weight": part.weight}


def _findings(trained: Trained) -> dict[str, Any]:
    given = NO_ROWS
    if len(trained.learn.y) <= EXAMINED_ROWS:
        fit = trained.fit
        given = Given(trained.learn.X, trained.learn.y, fit.get("sample_weight"), fit.get("groups"))
    return diagnose(trained.model, given, first_row=1).as_dict()


def _storable(X: pd.DataFrame) -> pd.DataFrame:
    """Columns of objects as texts, since Parquet wants one type for all values of a column."""
    objects = [column for column in X.columns if X[column].dtype == object]
    return X.assign(**{column: X[column].map(str, na_action="ignore") for column in objects})
