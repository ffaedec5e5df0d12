"""What regressor and classifier share: from checked rows to a trained network."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
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
from ..table.bins import Bins
from ..table.frames import Frame
from ..table.report import ColumnReport, ColumnReports
from ..training.history import History
from ..training.trainer import Outcome
from .blueprint import check_incremental, program_for
from .inputs import Selection, checked_weight, require_two_rows, warn_about
from .members import Ensemble, Part, folds, mean_history, member_seed, out_of_fold
from .opened import Opened
from .parameters import check_settings
from .reading import checked_rows
from .recipe import resolved
from .run import Settings, begin, go_on, undone_if_it_fails
from .task import Task, train_tasks


class GlassNetBase(Opened, CallbackSupportMixin, BaseEstimator):
    """The estimator behind GlassNetRegressor and GlassNetClassifier.

    A fit goes one way: check the settings, check the rows, split off validation rows, scale, train, write attributes.
    """

    history_: History
    oof_prediction_: Array | None
    _outcomes: tuple[Outcome, ...]
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
    def _decoded(self, raw: Array) -> Array:
        """What the network's outputs (n_samples, n_L) say, as users get it."""

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
            mixed = None if fresh else self._fitted.first.table is not None
            table = self._table(X, y, weight, reset=fresh, mixed=mixed)
            settings = resolved(settings, len(table.rows), incremental=incremental)
            if not incremental:
                require_two_rows(len(table.rows))
            if fresh:
                table = table.decided(settings["column_kinds"])
            if not incremental:
                warn_about(table)
            seed = self._draw_seed(fresh)
            n_members = 1 if incremental and fresh else settings["n_members"] if fresh else len(self._runs)
            parts = self._parts(table, validation, n_members, settings, seed, incremental=incremental)
            loss = self._loss(settings)
            loss.check_targets(table.Y, self._n_outputs(table.Y, loss))
            tasks = [self._task(part, k, settings, seed, fresh, incremental) for k, part in enumerate(parts)]
            data = {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}
            outcomes = train_tasks(self, tasks, settings, data, incremental=incremental)
            self._write_attributes(tasks, outcomes)
            raw = self._out_of_fold(tasks, parts, len(table.Y))
            self.oof_prediction_ = None if raw is None else self._decoded(raw)
            self._keep_residuals(raw, parts, table)
            return self

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
            return self._runs[0].learner.seed
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(random.randint(2**31 - 1))

    def _parts(
        self,
        table: Selection,
        validation: tuple[Any, Any, Any] | None,
        n_members: int,
        settings: Mapping[str, Any],
        seed: int,
        *,
        incremental: bool,
    ) -> list[Part]:
        """For each member the rows to learn from and, if there are any, the rows to judge by."""
        if validation is not None:
            return [(table, self._own_validation(table, validation, settings))] * n_members
        if incremental:
            return [(table, None)] * n_members
        if n_members > 1:
            return folds(table, n_members, seed, self._strata(table.Y))
        if settings["early_stopping"] and settings["solver"] != "lbfgs":
            return [table.split(settings["validation_fraction"], seed, self._strata(table.Y))]
        return [(table, None)]

    def _own_validation(self, table: Selection, validation: tuple[Any, Any, Any], settings: Settings) -> Selection:
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
        return held_out

    def _task(self, part: Part, k: int, settings: Settings, seed: int, fresh: bool, incremental: bool) -> Task:
        """Member k, new or taken up again, with its rows as numbers.

        With a new network comes a new encoder, taught by the member's own training rows alone.
        """
        (training, held_out), loss = part, self._loss(settings)
        Y, seed = training.Y, member_seed(seed, k)
        means_of = np.eye(self._n_outputs(Y, loss))[Y[:, 0].astype(int)] if loss.name == "cross_entropy" else Y
        training = training.encoded(None if fresh else self._runs[k].fitted.table, means_of, seed)
        held_out = None if held_out is None else held_out.encoded_by(training.table)

        def program(bins: Bins | None) -> Program:
            return program_for(
                settings,
                (training.X.shape[1], self._n_outputs(Y, loss)),
                loss,
                bins=() if bins is None else bins.numbers,
                weighted=training.is_weighted,
                mean_weight=training.mean_weight,
            )

        if fresh:
            run = begin(program, training, seed, settings)
        else:
            before = self._runs[k]
            run = go_on(before, program(before.fitted.bins), keep_memory=incremental)
        score = self._validation_score if settings["n_members"] == 1 or settings["early_stopping"] else None
        return Task(run, training, held_out, score)

    def _write_attributes(self, tasks: Sequence[Task], outcomes: Sequence[Outcome]) -> None:
        self._runs = tuple(replace(task.run, fitted=task.trained()) for task in tasks)
        self._fitted = Ensemble(tuple(run.fitted for run in self._runs))
        self._write_curves(outcomes, max(len(task.run.history) - task.n_before for task in tasks))

    def _write_curves(self, outcomes: Sequence[Outcome], n_iter: int) -> None:
        self._outcomes = tuple(outcomes)
        self.history_ = history = mean_history([run.history for run in self._runs])
        net, self.n_iter_, self.t_ = self._fitted.first.architecture, n_iter, self._runs[0].learner.rows_seen
        self.n_layers_, self.n_outputs_ = net.n_layers, net.sizes[-1]
        self.out_activation_ = {"sigmoid": "logistic"}.get(net.output_activation, net.output_activation)
        self.stop_reason_ = outcomes[0].reason
        self.loss_curve_ = history.train_loss
        self.loss_ = history.train_loss[-1] if history.train_loss else np.nan
        self.best_iterations_ = [outcome.best_epoch for outcome in outcomes]
        self.best_iteration_ = int(np.median(self.best_iterations_))
        self.best_loss_ = float(np.mean([outcome.best_loss for outcome in outcomes]))
        self.validation_loss_curve_ = history.validation_loss or None
        self.validation_scores_ = history.validation_score or None
        known = [score for score in history.validation_score if not np.isnan(score)]
        self.best_validation_score_ = max(known, default=None)

    def _out_of_fold(self, tasks: Sequence[Task], parts: Sequence[Part], n_rows: int) -> Array | None:
        """Outputs (n_rows, n_L) by the members that held the rows out; None unless they have held out folds."""
        if len(parts) == 1 or any(part is None or part.X is not whole.X for whole, part in parts):
            return None  # validation rows of the user's own
        held_out = [task.held_out for task in tasks if task.held_out is not None]
        places = [part.rows for _, part in parts if part is not None]
        return out_of_fold(self._fitted.members, held_out, places, n_rows)

    def _keep_residuals(self, raw: Array | None, parts: Sequence[Part], table: Selection) -> None:
        """Keep what intervals need of the out-of-fold outputs; classes need nothing."""

    @property
    def columns_(self) -> ColumnReports:
        """What each column of X was taken for, and how many inputs of the network it became; prints as a table."""
        if self._fitted.first.table is not None:
            return self._fitted.first.table.report
        names = getattr(self, "feature_names_in_", range(self.n_features_in_))
        return ColumnReports(ColumnReport(name, "number", 1) for name in names)

    def _rows_to_predict(self, X: Any) -> Any:
        """Rows with the columns of `fit`, checked."""
        check_is_fitted(self)
        return checked_rows(self, X, reset=False, mixed=self._fitted.first.table is not None)[0]

    def _raw_predictions(self, X: Any) -> Array:
        """Outputs (n_samples, n_L) in the units of y, for rows with the columns of `fit`."""
        X = self._rows_to_predict(X)  # first: it says so if there is no network
        return self._fitted.predict(X)

    def member_predictions(self, X: Any) -> Array:
        """What each member predicts by itself: (n_members, ...), behind that the shape of the predictions.

        For a classifier probabilities. The mean over the members is the prediction; their standard deviation tells how
        much it depends on first weights and rows (T8). It is a part of the uncertainty, not all of it:
        `predict_interval` holds the noise too.
        """
        X = self._rows_to_predict(X)
        return np.array([self._decoded(member.predict(X)) for member in self._fitted.members])

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
