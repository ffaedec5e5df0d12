"""From settings to what the engine and the trainer need: the program and the plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..engine.program import Program
from ..engine.shared import pays_to_share
from ..errors import SettingError
from ..network.architecture import Architecture
from ..network.encoding import width
from ..network.losses import Absolute, Gamma, Huber, Loss, Pinball, Poisson, Squared
from ..network.optimizers import Optimizer
from ..network.penalty import Penalty
from ..training.plan import Plan
from ..training.schedules import Schedule
from .notices import warn

AUTO_BATCH = ((1024, 64), (8192, 128), (30_000, 256), (100_000, 512))  # up to so many rows, batches of so many
LARGEST_BATCH = 1024


def regression_loss(settings: Mapping[str, Any]) -> Loss:
    """The loss that the settings name, with its numbers."""
    quantiles = tuple(float(q) for q in np.atleast_1d(settings["quantile"]))
    losses: dict[str, Loss] = {
        "squared_error": Squared(),
        "absolute_error": Absolute(),
        "huber": Huber(settings["huber_delta"]),
        "quantile": Pinball(quantiles),
        "poisson": Poisson(),
        "gamma": Gamma(),
    }
    return losses[settings["loss"]]


def program_for(
    settings: Mapping[str, Any],
    ends: tuple[int, int],
    loss: Loss,
    *,
    bins: tuple[int, ...] | None = None,
    weighted: bool,
    mean_weight: float = 1.0,
) -> Program:
    """The program of a network with these settings; `ends` are the numbers of its columns and outputs.

    bins : how many bins the last columns have, whose positions come behind all columns; perhaps none has any. With None
        the network is compiled for this number of columns, which it then knows.

    The engine sees weights with mean 1. Dividing the penalty by the mean that they had makes its share of the objective
    the same as if a row of weight 2 stood in the table twice (eq. 3).
    """
    lbfgs = settings["solver"] == "lbfgs"
    dtype, per_sample = settings["dtype"], settings["batch_size"] == 1 and not lbfgs
    hidden = tuple(int(n) for n in np.atleast_1d(settings["hidden_layer_sizes"]))
    bins = () if bins is None else (0,) * ends[0] + bins
    activation, dropout = settings["activation"], settings["dropout"]
    program = Program(
        Architecture(
            (width(bins) or ends[0], *hidden, ends[1]),
            activation if isinstance(activation, str) else list(activation),
            float(dropout) if np.ndim(dropout) == 0 else [float(rate) for rate in dropout],
            float(settings["input_dropout"]),
            loss.output_activation or "identity",
            bins,
        ),
        loss,
        Optimizer() if lbfgs else _optimizer(settings),
        Penalty(float(settings["alpha"]) / mean_weight, float(settings["l1"]) / mean_weight),
        weighted=weighted,
        per_sample=per_sample,
        is_open=bool(bins) and not (lbfgs or per_sample),  # as a fit without settings tries both
        dtype=("float64" if lbfgs else "float32") if dtype == "auto" else dtype,
    )
    is_alone = settings["n_members"] == 1 and settings["cv"] is None  # several networks have a thread each
    return replace(program, is_shared=is_alone and not lbfgs and pays_to_share(program))


def plan_for(settings: Mapping[str, Any], n_rows: int, *, incremental: bool) -> Plan:
    """The plan of a training run with these settings; an incremental one lasts one epoch.

    settings : may hold "least_gain" too, which is none of the estimators'.
    """
    batch_size = settings["batch_size"]
    if batch_size == "auto":
        batch_size = next((batch for limit, batch in AUTO_BATCH if n_rows <= limit), LARGEST_BATCH)
    elif batch_size > n_rows and not incremental:
        warn(
            f"batch_size={batch_size} is larger than the number of training rows. Each step uses all {n_rows} of them.",
            UserWarning,
        )
    return Plan(
        schedule_for(settings, 1 if incremental else settings["max_iter"]),
        min(int(batch_size), n_rows),
        bool(settings["shuffle"]),
        float(settings["tol"]),
        settings["n_iter_no_change"],
        settings["early_stopping"] and not incremental,
        settings["time_limit"],
        settings.get("least_gain", 0.0),
    )


def schedule_for(settings: Mapping[str, Any], n_epochs: int) -> Schedule:
    """The learning rates of so many epochs with these settings."""
    rate, power_t = float(settings["learning_rate_init"]), float(settings["power_t"])
    return Schedule(settings["learning_rate"], rate, n_epochs, power_t)


def check_incremental(settings: Mapping[str, Any]) -> None:
    """Refuse settings that have no meaning when rows come piece by piece.

    Raises
    ------
    SettingError
        For early stopping, for schedules that need to know the last epoch, and for class weights that need all rows.
    """
    if settings["early_stopping"]:
        raise SettingError(
            "partial_fit does not support early_stopping=True: each call trains for one epoch, so there is nothing to "
            "stop. Call it as long as your own validation loss falls."
        )
    if settings["learning_rate"] in ("cosine", "coslog4"):
        raise SettingError(
            f"learning_rate={settings['learning_rate']!r} needs to know the last epoch, and partial_fit has none. Use "
            "'constant', 'invscaling' or 'adaptive'."
        )
    if isinstance(settings.get("class_weight"), str):
        raise SettingError(
            "class_weight='balanced' needs to know how many of all rows each class has, and partial_fit sees a piece "
            "of them. Give {class: weight}; scikit-learn's compute_class_weight('balanced', classes=classes, y=y) has "
            "the weights if you know y."
        )


def _optimizer(settings: Mapping[str, Any]) -> Optimizer:
    name = settings["solver"]
    if name == "sgd" and settings["momentum"] > 0:
        name = "nesterov" if settings["nesterovs_momentum"] else "momentum"
    limit = settings["max_norm"]
    return Optimizer(
        name,
        float(settings["momentum"]),
        float(settings["beta_1"]),
        float(settings["beta_2"]),
        float(settings["epsilon"]),
        float(settings["weight_decay"]),
        np.inf if limit is None else float(limit),
        settings["parametrization"],
        float(settings["scale_rate"]),
    )
