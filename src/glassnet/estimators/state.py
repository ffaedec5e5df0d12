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
from ..table.encoder import TableEncoder
from ..table.standardizer import Standardizer
from ..table.state import encoder_from, facts_of
from ..table.targets import TargetScale
from ..training.history import History
from ..training.learner import Learner
from ..training.trainer import Outcome
from .base import GlassNetBase
from .classifier import GlassNetClassifier
from .fitted import Fitted
from .regressor import GlassNetRegressor

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
    return model._learner.program


def table_of(model: GlassNetBase) -> TableEncoder | None:
    """What makes numbers of mixed columns for this fitted model; None for a model of plain numbers."""
    check_is_fitted(model)
    return model._fitted.table


def state_of(model: GlassNetBase) -> State:
    """All that a fitted model needs to predict and to go on learning, without the optimizer's memory.

    A random_state that is neither a whole number nor None becomes None: its state is not a fact about the model.

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
    learner, fitted = model._learner, model._fitted
    arguments = model.get_params(deep=False)
    if not isinstance(arguments["random_state"], int | np.integer):
        arguments["random_state"] = None
    tensors = {
        "theta": fitted.theta,
        "inputs.mean": fitted.inputs.mean,
        "inputs.scale": fitted.inputs.scale,
        "targets.shift": fitted.targets.shift,
        "targets.size": fitted.targets.size,
    }
    facts = {
        "class": kind,
        "arguments": arguments,
        "program": _facts_of_program(learner.program),
        "columns": {"count": model.n_features_in_, "names": getattr(model, "feature_names_in_", None)},
        "targets": {name: getattr(model, name) for name in OF_TARGETS if hasattr(model, name)},
        "training": {
            "seed": learner.seed,
            "epochs": learner.epochs,
            "rows_seen": learner.rows_seen,
            "n_iter": model.n_iter_,
            "outcome": {
                "reason": model.stop_reason_,
                "best_epoch": model.best_iteration_,
                "best_loss": model.best_loss_,
            },
        },
        "history": asdict(model.history_),
        "table": None if fitted.table is None else facts_of(fitted.table),
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
    program = _program_from(facts["program"])
    for name, value in facts["targets"].items():
        setattr(model, {known: known for known in OF_TARGETS}[name], value)
    model.n_features_in_ = int(facts["columns"]["count"])
    if facts["columns"]["names"] is not None:
        model.feature_names_in_ = np.asarray(facts["columns"]["names"], dtype=object)
    training = facts["training"]
    learner = model._learner = Learner(program, tensors["theta"], int(training["seed"]))
    learner.epochs, learner.rows_seen = int(training["epochs"]), int(training["rows_seen"])
    model._fitted = Fitted(
        program.architecture,
        program.loss,
        learner.theta,
        Standardizer(tensors["inputs.mean"], tensors["inputs.scale"]),
        TargetScale(tensors["targets.shift"], tensors["targets.size"]),
        None if facts.get("table") is None else encoder_from(facts["table"]),
    )
    curves = {curve.name: facts["history"][curve.name] for curve in fields(History)}
    model.history_ = History(**{name: [float(entry) for entry in entries] for name, entries in curves.items()})
    model._write_attributes(Outcome(**training["outcome"]), int(training["n_iter"]))
    return model


def architecture_in(facts: Mapping[str, Any]) -> Architecture:
    """The architecture that the facts of a state describe."""
    return Architecture(**facts["program"]["architecture"])


def _facts_of_program(program: Program) -> dict[str, Any]:
    return {
        "architecture": asdict(program.architecture),
        "loss": {"name": program.loss.name, "numbers": asdict(program.loss)},  # type: ignore[call-overload]
        "optimizer": asdict(program.optimizer),
        "penalty": asdict(program.penalty),
        "weighted": program.weighted,
        "per_sample": program.per_sample,
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
        dtype=facts["dtype"],
    )
