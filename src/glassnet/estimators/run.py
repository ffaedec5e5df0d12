"""What a network in training consists of, made new or taken up again; a failed run leaves the one before as it was."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any

from ..engine.aligned import aligned_copy
from ..engine.program import Program
from ..errors import SettingError
from ..network.initialization import initialize
from ..network.random_bits import generator
from ..table.bins import Bins
from ..table.standardizer import Standardizer
from ..training.history import History
from ..training.learner import Learner
from .fitted import Fitted
from .inputs import Selection
from .members import Ensemble

Settings = Mapping[str, Any]
WEIGHTS_STREAM = 0  # generator(seed, 0) draws the first weights
OF_DATA = (
    "n_features_in_",
    "feature_names_in_",
    "_labels",
    "_row_shape",
    "classes_",
    "_is_multilabel",
    "_y_is_flat",
)  # written before training


LIFELONG = ("bins", "bins_at_values", "column_kinds", "scaling")  # what a network is made for, or its rows go through


@contextmanager
def undone_if_it_fails(estimator: Any) -> Iterator[None]:
    """A context: what the data write on the estimator is taken back, unless a network comes of them."""
    before, network = dict(vars(estimator)), vars(estimator).get("_fitted")
    try:
        yield
    finally:
        if vars(estimator).get("_fitted") is network:
            for name in OF_DATA:
                vars(estimator).pop(name, None)
            vars(estimator).update((name, before[name]) for name in OF_DATA if name in before)


@dataclass(frozen=True)
class Run:
    """A learner, the scaling around its network, and the history so far. Nobody else holds these while it trains."""

    learner: Learner
    fitted: Fitted
    history: History

    def snapshot(self) -> dict[str, Any]:
        """The attributes of an estimator that predicts with the weights as they are now."""
        network = replace(self.fitted, theta=self.learner.theta.copy())
        return {"_fitted": Ensemble((network,)), "history_": self.history}


def begin(
    program: Program, training: Selection, inputs: Standardizer, bins: Bins | None, seed: int, settings: Settings
) -> Run:
    """A new network: scaling and bins that the training rows have taught, first weights from the seed."""
    net, loss = program.architecture, program.loss
    learner = Learner(program, initialize(net, settings["initialization"], generator(seed, WEIGHTS_STREAM)), seed)
    fitted = Fitted(net, loss, learner.theta, inputs, training.target_scale(loss), training.table, bins)
    return Run(learner, fitted, History())


def go_on(before: Run, program: Program, *, keep_memory: bool) -> Run:
    """The same network under the settings as they are now; `before` stays as it is.

    Raises
    ------
    SettingError
        If the settings or the data ask for another network.
    """
    old, net = before.fitted.architecture, program.architecture
    if net.sizes != old.sizes or net.output_activation != old.output_activation:
        raise SettingError(
            f"the network to go on with is {old} with the output activation {old.output_activation!r}, but settings "
            f"and data now ask for {net} with {net.output_activation!r}. Set warm_start=False to start anew, or keep "
            "loss, hidden_layer_sizes and the number of columns and classes."
        )
    if net.signs != old.signs:
        raise SettingError(
            "the network to go on with was trained under other monotonic_constraints, and its weights may break these. "
            "Set warm_start=False to start anew, or keep them as they were."
        )
    learner = copy(before.learner)
    learner.theta = aligned_copy(before.learner.theta, program.dtype)
    if keep_memory and program.optimizer.name == learner.program.optimizer.name:
        learner.memory = aligned_copy(before.learner.memory, program.dtype)
    else:
        learner.memory, learner.steps = aligned_copy(program.optimizer.start(net), program.dtype), 0
    learner.program = program
    history = History(**{curve.name: list(getattr(before.history, curve.name)) for curve in fields(History)})
    return Run(learner, replace(before.fitted, architecture=net, loss=program.loss, theta=learner.theta), history)


def kept_settings(settings: Settings, before: Settings, n_members: int, *, incremental: bool) -> dict[str, Any]:
    """What training goes on with where `settings` leave it open: as it was `before`.

    Raises
    ------
    SettingError
        If another value is asked for of what cannot change: the number of members, or one of LIFELONG.
    """
    counts_members = not incremental and settings["cv"] is None  # a stream goes on with those there are
    fixed = {name: before[name] for name in LIFELONG if name in before}
    fixed |= {"n_members": n_members} if counts_members else {}
    for name, was in fixed.items():
        if not _is_open(settings[name]) and settings[name] != was:
            raise SettingError(
                f"{name}={settings[name]!r} differs from that of the model to go on with, {was!r}, and cannot change "
                f"any more. Keep {name} as it was, or start anew: fit with warm_start=False."
            )
    open_ = {name: was for name, was in before.items() if _is_open(settings[name]) and not _is_open(was)}
    return open_ | {"n_members": n_members}


def _is_open(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value == "auto")


def member_of(runs: tuple[Run, ...], member: int) -> Run:
    """One of the members, counted from 0.

    Raises
    ------
    SettingError
        If there is no such member.
    """
    if member not in range(len(runs)):
        raise SettingError(
            f"member={member!r} is not one of the networks: there {'is' if len(runs) == 1 else 'are'} {len(runs)}, "
            f"counted from 0. Give a whole number from 0 to {len(runs) - 1}."
        )
    return runs[member]
