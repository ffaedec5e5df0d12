"""A fitted estimator taken apart into arrays and plain facts, and put together again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..engine.program import Program
from ..errors import SettingError
from ..network.architecture import Architecture
from ..network.arrays import Array
from ..network.losses import LOSSES
from ..network.optimizers import Optimizer
from ..network.penalty import Penalty
from ..table.bins import Bins
from ..table.standardizer import Standardizer
from ..table.state import encoder_from, facts_of
from ..table.targets import TargetScale
from ..training.course import Outcome
from ..training.history import History
from ..training.learner import Learner
from .base import GlassNetBase
from .classifier import GlassNetClassifier
from .fitted import Fitted
from .members import Ensemble
from .regressor import GlassNetRegressor
from .run import LIFELONG, Run
from .state_of_intervals import narrowing_from, residuals_from, scaled_from, tensors_of_intervals

CLASSES = {kind.__name__: kind for kind in (GlassNetRegressor, GlassNetClassifier)}
OF_TARGETS = ("_y_is_flat", "_is_multilabel", "classes_")  # what decodes predictions, where the estimator has it


@dataclass(frozen=True)
class State:
    """tensors : arrays by name. facts : names, numbers and lists of them, which JSON can hold."""

    tensors: dict[str, Array]
    facts: dict[str, Any]


def program_of(model: GlassNetBase) -> Program:
    """The program that the engine writes out for this fitted model."""
    check_is_fitted(model)
    return model._runs[0].learner.program


def ensemble_of(model: GlassNetBase) -> Ensemble:
    """The trained networks of this fitted model."""
    check_is_fitted(model)
    return model._fitted


def state_of(model: GlassNetBase) -> State:
    """All that a fitted model needs to predict and to go on learning, without the optimizer's memory.

    A random_state that is neither a whole number nor None becomes None, and so does cv: they are no facts about the
    model.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If there is nothing to take apart yet.
    SettingError
        If the class is not one of ours, which could not be put together again.
    """
    check_is_fitted(model)
    kind = type(model).__name__
    if CLASSES.get(kind) is not type(model):
        raise SettingError(
            f"{kind} is not one of {', '.join(CLASSES)}. A model file names its class, and only these can be put "
            "together again. Save the estimator inside it, or use pickle for a class of your own."
        )
    arguments = model.get_params(deep=False)
    if not isinstance(arguments["random_state"], int | np.integer):
        arguments["random_state"] = None
    arguments["cv"] = None  # a splitter is code, and its folds were those of the training rows
    tensors = {f"{k}.{name}": array for k, run in enumerate(model._runs) for name, array in _tensors_of(run.fitted)}
    tensors |= tensors_of_intervals(model)
    facts = {
        "class": kind,
        "arguments": arguments,
        "columns": {
            "count": model.n_features_in_,
            "names": getattr(model, "feature_names_in_", None),
            "labels": getattr(model, "_labels", None),
            "shape": model._row_shape,
        },
        "targets": {name: getattr(model, name) for name in OF_TARGETS if hasattr(model, name)},
        "chosen": model.chosen_settings_,
        "trials": model.trials_,
        "training": {
            "n_iter": model.n_iter_,
            "outcomes": [asdict(outcome) for outcome in model._outcomes],
            "data_sha256": model.data_hash_,
        },
        "members": [_facts_of_run(run) for run in model._runs],
    }
    return State(tensors, facts)


def restored(state: State) -> GlassNetBase:
    """The fitted model of that state, with an optimizer whose memory is empty.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing, unknown, or of the wrong kind.
    """
    tensors, facts = state.tensors, state.facts
    model = CLASSES[facts["class"]](**facts["arguments"])
    for name, value in facts["targets"].items():
        setattr(model, {known: known for known in OF_TARGETS}[name], value)
    model.n_features_in_ = int(facts["columns"]["count"])
    if facts["columns"]["names"] is not None:
        model.feature_names_in_ = np.asarray(facts["columns"]["names"], dtype=object)
    model._labels = facts["columns"].get("labels")  # files of earlier versions have none
    shape = facts["columns"].get("shape")  # nor this
    model._row_shape = None if shape is None else tuple(map(int, shape))
    model._runs = tuple(_run_from(member, k, tensors) for k, member in enumerate(facts["members"]))
    model._fitted = Ensemble(tuple(run.fitted for run in model._runs))
    model.chosen_settings_ = dict(facts.get("chosen", {}))
    model._lifelong = {name: facts["arguments"].get(name) for name in LIFELONG}
    model.trials_ = [dict(trial) for trial in facts.get("trials", [])]
    model.oof_prediction_ = model.oof_sample_ = None  # they belong to training rows, which are not in the file
    if isinstance(model, GlassNetRegressor):
        model._residuals = residuals_from(tensors, len(model._runs))
        model._scaled = scaled_from(tensors, model._fitted.members)
        model._narrowing = narrowing_from(tensors)
    known = facts["training"].get("data_sha256")  # files of older days have none
    model.data_hash_ = None if known is None else str(known)
    outcomes = [Outcome(**outcome) for outcome in facts["training"]["outcomes"]]
    model._write_curves(outcomes, int(facts["training"]["n_iter"]))
    return model


def _tensors_of(fitted: Fitted) -> list[tuple[str, Array]]:
    bins = () if fitted.bins is None else enumerate(fitted.bins.edges)
    return [
        ("theta", fitted.theta),
        ("inputs.mean", fitted.inputs.mean),
        ("inputs.scale", fitted.inputs.scale),
        ("targets.shift", fitted.targets.shift),
        ("targets.size", fitted.targets.size),
        *((f"edges.{place}", edges) for place, edges in bins),
    ]


def _facts_of_run(run: Run) -> dict[str, Any]:
    learner, fitted = run.learner, run.fitted
    return {
        "program": _facts_of_program(learner.program),
        "training": {"seed": learner.seed, "epochs": learner.epochs, "rows_seen": learner.rows_seen},
        "history": asdict(run.history),
        "clips": fitted.inputs.clips,
        "bins": None if fitted.bins is None else list(fitted.bins.columns),
        "table": None if fitted.table is None else facts_of(fitted.table),
    }


def _run_from(facts: Mapping[str, Any], k: int, tensors: Mapping[str, Array]) -> Run:
    program, training = _program_from(facts["program"]), facts["training"]
    learner = Learner(program, tensors[f"{k}.theta"], int(training["seed"]))
    learner.epochs, learner.rows_seen = int(training["epochs"]), int(training["rows_seen"])
    fitted = Fitted(
        program.architecture,
        program.loss,
        learner.theta,
        Standardizer(tensors[f"{k}.inputs.mean"], tensors[f"{k}.inputs.scale"], bool(facts["clips"])),
        TargetScale(tensors[f"{k}.targets.shift"], tensors[f"{k}.targets.size"]),
        None if facts["table"] is None else encoder_from(facts["table"]),
        None if facts["bins"] is None else _bins_from(facts["bins"], k, tensors),
    )
    curves = {curve.name: facts["history"][curve.name] for curve in fields(History)}
    return Run(learner, fitted, History(**{name: [float(entry) for entry in curves[name]] for name in curves}))


def _bins_from(columns: list[int], k: int, tensors: Mapping[str, Array]) -> Bins:
    edges = tuple(tensors[f"{k}.edges.{place}"] for place in range(len(columns)))
    if not all((np.diff(part) > 0).all() for part in edges):
        raise ValueError("edges of bins that do not rise")
    return Bins(tuple(int(column) for column in columns), edges)


def architectures_in(facts: Mapping[str, Any]) -> list[Architecture]:
    """The architectures of the members that the facts of a state describe."""
    return [Architecture(**member["program"]["architecture"]) for member in facts["members"]]


def _facts_of_program(program: Program) -> dict[str, Any]:
    return {
        "architecture": asdict(program.architecture),
        "loss": {"name": program.loss.name, "numbers": asdict(program.loss)},  # type: ignore[call-overload]
        "optimizer": asdict(program.optimizer),
        "penalty": asdict(program.penalty),
        "weighted": program.weighted,
        "per_sample": program.per_sample,
        "is_open": program.is_open,
        "is_shared": program.is_shared,
        "dtype": program.dtype,
    }


def _program_from(facts: Mapping[str, Any]) -> Program:
    return Program(
        Architecture(**facts["architecture"]),
        LOSSES[facts["loss"]["name"]](**facts["loss"]["numbers"]),
        Optimizer(**facts["optimizer"]),
        Penalty(**facts["penalty"]),
        weighted=bool(facts["weighted"]),
        per_sample=bool(facts["per_sample"]),
        is_open=bool(facts.get("is_open", False)),  # files of earlier versions have none
        is_shared=bool(facts.get("is_shared", False)),  # nor these
        dtype=facts["dtype"],
    )
