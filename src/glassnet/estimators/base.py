"""What regressor and classifier share: from checked rows to a trained network."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..engine.program import Program
from ..errors import InputError
from ..network.arrays import Array
from ..network.losses import Loss
from ..network.network import Network
from ..table.frames import Frame
from ..table.report import ColumnReport, ColumnReports
from ..training.history import History
from ..training.lbfgs import LbfgsPlan, minimize_lbfgs
from ..training.learner import Learner
from ..training.trainer import Outcome, Validation, train
from .blueprint import check_incremental, plan_for, program_for
from .ending import warn_of_end
from .fitted import Fitted, read_only
from .inputs import Selection, checked_weight, warn_about
from .observer import EpochObserver
from .parameters import check_settings
from .reading import checked_rows
from .run import Run, begin, go_on, undone_if_it_fails


class GlassNetBase(CallbackSupportMixin, BaseEstimator):
    """The estimator behind GlassNetRegressor and GlassNetClassifier.

    A fit goes one way: check the settings, check the rows, split off validation rows, scale, train, write attributes.
    """

    _fitted: Fitted
    _learner: Learner
    history_: History
    random_state: Any
    warm_start: bool
    solver: str

    @abstractmethod
    def _loss(self, settings: Mapping[str, Any]) -> Loss:
        """The loss to train with, known once the targets are encoded."""

    @abstractmethod
    def _encode_targets(self, y: Any, *, reset: bool) -> Array:
        """Targets as numbers, (n_samples, n_targets) float64; sets what predictions need to be decoded."""

    @abstractmethod
    def _n_outputs(self, Y: Array, loss: Loss) -> int:
        """How many output neurons the encoded targets need."""

    @abstractmethod
    def _validation_score(self, predictions: Array, Y: Array, weight: Array) -> float:
        """R2 or accuracy of predictions, both as the network sees them."""

    def _strata(self, Y: Array) -> Array | None:
        """Classes whose shares a split keeps; None for regression."""
        return None

    def _total_weight(self, weight: Array | None, y: Any) -> Array | None:
        """Row weights after class weights; those of the rows alone for regression."""
        return weight

    def _fit(
        self, X: Any, y: Any, weight: Any, validation: tuple[Any, Any, Any] | None = None, *, incremental: bool = False
    ) -> Self:
        settings = self.get_params(deep=False)
        check_settings(settings)
        if incremental:
            check_incremental(settings)
        fresh = not hasattr(self, "_fitted") or not (incremental or self.warm_start)
        with undone_if_it_fails(self):
            mixed = None if fresh else self._fitted.table is not None
            table = self._table(X, y, weight, reset=fresh, mixed=mixed)
            if not incremental:
                _require_two_rows(len(table.rows))
            if fresh:
                table = table.decided(settings["column_kinds"])
            if not incremental:
                warn_about(table)
            seed = self._draw_seed(fresh)
            parts = self._split(table, validation, settings, seed)
            loss = self._loss(settings)
            loss.check_targets(table.Y, self._n_outputs(table.Y, loss))
            training, held_out = self._encoded(parts, loss, seed, fresh)
            program = self._program(training, settings)
            if fresh:
                run = begin(program, training, seed, settings)
            else:
                run = go_on(Run(self._learner, self._fitted, self.history_), program, keep_memory=incremental)
            data = {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}
            return self._train(run, (training, held_out), settings, data, incremental=incremental)

    def _table(self, X: Any, y: Any, weight: Any, *, reset: bool, mixed: bool | None) -> Selection:
        """The rows that count, those with a weight above 0, checked."""
        X, y = checked_rows(self, X, y, reset=reset, mixed=mixed)
        weight = checked_weight(weight, X.shape[0])
        Y = self._encode_targets(y, reset=reset)
        weight = self._total_weight(weight, y)
        rows = np.arange(len(Y)) if weight is None else np.flatnonzero(weight)
        if not len(rows):
            raise InputError("class_weight leaves no row with a weight above 0. Give some class in y a weight above 0.")
        return Selection(X, Y, weight, rows, getattr(self, "feature_names_in_", None))

    def _draw_seed(self, fresh: bool) -> int:
        """The seed of a run: random_state itself if it is a number, else drawn from it."""
        random = check_random_state(self.random_state)
        if not fresh:
            return self._learner.seed
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(random.randint(2**31 - 1))

    def _split(
        self, table: Selection, validation: tuple[Any, Any, Any] | None, settings: Mapping[str, Any], seed: int
    ) -> tuple[Selection, Selection | None]:
        if validation is not None:
            try:
                held_out = self._table(*validation, reset=False, mixed=isinstance(table.X, Frame))
                if held_out.Y.shape[1] != table.Y.shape[1]:
                    raise InputError(f"y_val has {held_out.Y.shape[1]} targets, y has {table.Y.shape[1]}.")
                self._loss(settings).check_targets(held_out.Y, self._n_outputs(table.Y, self._loss(settings)))
            except ValueError as reason:
                raise InputError(
                    f"X_val, y_val and sample_weight_val cannot be used, where they are called X, y and sample_weight: "
                    f"{reason}"
                ) from reason
            return table, held_out
        if settings["early_stopping"] and settings["solver"] != "lbfgs":
            return table.split(settings["validation_fraction"], seed, self._strata(table.Y))
        return table, None

    def _encoded(
        self, parts: tuple[Selection, Selection | None], loss: Loss, seed: int, fresh: bool
    ) -> tuple[Selection, Selection | None]:
        """Both parts as numbers; with a new network comes a new encoder, taught by the training rows alone."""
        training, held_out = parts
        Y = training.Y
        means_of = np.eye(self._n_outputs(Y, loss))[Y[:, 0].astype(int)] if loss.name == "cross_entropy" else Y
        training = training.encoded(None if fresh else self._fitted.table, means_of, seed)
        return training, None if held_out is None else held_out.encoded_by(training.table)

    def _program(self, training: Selection, settings: Mapping[str, Any]) -> Program:
        loss = self._loss(settings)
        sizes = training.X.shape[1], self._n_outputs(training.Y, loss)
        return program_for(settings, sizes, loss, weighted=training.is_weighted, mean_weight=training.mean_weight)

    def _train(
        self,
        run: Run,
        parts: tuple[Selection, Selection | None],
        settings: Mapping[str, Any],
        data: dict[str, Any],
        *,
        incremental: bool,
    ) -> Self:
        (training, held_out), dtype = parts, run.learner.program.dtype
        rows, validation = training.scaled(run.fitted, dtype), None
        if held_out is not None:
            validation = Validation(held_out.scaled(run.fitted, dtype), self._validation_score)
        before, lbfgs = len(run.history), settings["solver"] == "lbfgs"
        context = self._init_callback_context(max_subtasks=1 if incremental else settings["max_iter"])
        observer = EpochObserver(self, context, run, data, bool(settings["verbose"]))
        context.call_on_fit_task_begin(estimator=self, **data)
        if lbfgs:
            steps = LbfgsPlan(settings["max_iter"], settings["max_fun"], settings["tol"], settings["time_limit"])
            outcome = minimize_lbfgs(run.learner, rows, steps, run.history, validation=validation, observer=observer)
        else:
            plan = plan_for(settings, len(rows), incremental=incremental)
            outcome = train(run.learner, rows, plan, run.history, validation=validation, observer=observer)
            incremental = incremental or not plan.has_stop_rule
        if not (incremental and outcome.reason == "max_iter"):
            warn_of_end(outcome, settings)
        self._learner, self.history_ = run.learner, run.history
        self._fitted = replace(run.fitted, theta=run.learner.theta)
        self._write_attributes(outcome, len(run.history) - before)
        context.call_on_fit_task_end(estimator=self, **data, reconstruction_attributes=run.snapshot)
        return self

    def _write_attributes(self, outcome: Outcome, n_iter: int) -> None:
        net, history = self._fitted.architecture, self.history_
        self.n_iter_, self.t_ = n_iter, self._learner.rows_seen
        self.n_layers_, self.n_outputs_ = net.n_layers, net.sizes[-1]
        self.out_activation_ = {"sigmoid": "logistic"}.get(net.output_activation, net.output_activation)
        self.stop_reason_ = outcome.reason
        self.loss_curve_ = history.train_loss
        self.loss_ = history.train_loss[-1] if history.train_loss else np.nan
        self.best_loss_, self.best_iteration_ = outcome.best_loss, outcome.best_epoch
        self.validation_loss_curve_ = history.validation_loss or None
        self.validation_scores_ = history.validation_score or None
        known = [score for score in history.validation_score if not np.isnan(score)]
        self.best_validation_score_ = max(known, default=None)

    @property
    def columns_(self) -> ColumnReports:
        """What each column of X was taken for, and how many inputs of the network it became; prints as a table."""
        if self._fitted.table is not None:
            return self._fitted.table.report
        names = getattr(self, "feature_names_in_", range(self.n_features_in_))
        return ColumnReports(ColumnReport(name, "number", 1) for name in names)

    @property
    def coefs_(self) -> list[Array]:
        """Weights of the network that takes raw columns and answers in the units of y: W^2, ..., W^L; to be read."""
        return [read_only(W) for W in self._fitted.folded()[0]]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases that go with `coefs_`: b^2, ..., b^L; to be read."""
        return [read_only(b) for b in self._fitted.folded()[1]]

    @property
    def network_(self) -> Network:
        """The trained network itself, which sees standardised columns and targets; a copy to play with."""
        net, program = self._fitted.architecture, self._learner.program
        network = Network(
            net.sizes,
            activation=net.activation,
            dropout=net.dropout,
            input_dropout=net.input_dropout,
            loss=program.loss,
            alpha=program.penalty.alpha,
            l1=program.penalty.l1,
            initialization="zeros",
        )
        network.theta[:] = self._fitted.theta
        return network

    def _raw_predictions(self, X: Any) -> Array:
        """Outputs (n_samples, n_L) in the units of y, for rows with the columns of `fit`."""
        check_is_fitted(self)
        X, _ = checked_rows(self, X, reset=False, mixed=self._fitted.table is not None)
        return self._fitted.predict(X)

    def save(self, path: str | Path) -> None:
        """Write the model to a file that `glassnet.load` reads: safetensors, no pickle, no training rows.

        Raises
        ------
        OutputError
            If the file cannot be written; an older file of that name is then left as it was.
        """
        from ..export.model_file import save_model  # a model hands itself to the right: the one import against the flow

        save_model(self, path)

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a network to predict with."""
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect of this estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = tags.input_tags.string = True
        return tags


def store_arguments(estimator: BaseEstimator, arguments: dict[str, Any]) -> None:
    """Store the constructor's arguments unchanged, as scikit-learn's clone and set_params need them."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


def learns_in_steps(estimator: Any) -> bool:
    """Whether partial_fit makes sense: L-BFGS needs all rows at once.

    Raises
    ------
    AttributeError
        With the reason, so that `hasattr(estimator, "partial_fit")` is False.
    """
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit goes step by step, but solver='lbfgs' is not stochastic: it needs all rows at once. Use "
            "solver='adam' or 'sgd'."
        )
    return True


def _require_two_rows(n_rows: int) -> None:
    if n_rows < 2:
        raise InputError(
            f"X has only 1 sample (n_samples = {n_rows}) with a weight above 0. One row shows a point and no relation. "
            "Give at least 2 rows, or use partial_fit for rows that come one by one."
        )
