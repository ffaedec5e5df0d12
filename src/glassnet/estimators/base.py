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

from ..errors import InputError, SettingError
from ..network.arrays import Array
from ..network.losses import Loss
from ..table.frames import Frame
from ..table.report import ColumnReport, ColumnReports
from ..training.checkpoint import Keeper
from .blueprint import check_incremental
from .data_hash import data_hash
from .finite import require_a_mean
from .given import Given
from .inputs import Selection, checked_exposure, checked_groups, checked_weight, require_two_rows, warn_about
from .observer import keeper_of
from .opened import Opened
from .parameters import check_settings
from .parts import Part, labels_of, most_folds, parts_of
from .reading import checked_rows, names_of
from .recipe import Change, resolved, trials
from .results import Results
from .run import Run, Settings, kept_settings, undone_if_it_fails
from .streamed import Streamed
from .task import Maker
from .together import train_together


class GlassNetBase(Opened, Streamed, Results, CallbackSupportMixin, BaseEstimator):
    """The estimator behind GlassNetRegressor and GlassNetClassifier.

    A fit goes one way: check the settings, check the rows, split off validation rows, scale, train, write attributes.
    """

    trials_: list[Change]
    chosen_settings_: Change
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

    def _class_counts(self, Y: Array) -> Array | None:
        """How many of these rows each class has, (n_targets, n_classes); None for regression."""
        return None

    def _total_weight(self, weight: Array | None, Y: Array, counts: Array | None = None) -> Array | None:
        """Row weights after class weights; those of the rows alone for regression.

        counts : how many training rows each class has, if Y are not these.
        """
        return weight

    def _fit(self, given: Given) -> Self:
        """Train as `given` says; a failure leaves the estimator as it was."""
        settings, incremental = self.get_params(deep=False), given.incremental
        check_settings(settings)
        if incremental:
            check_incremental(settings)
        fresh = not hasattr(self, "_fitted") or not (incremental or self.warm_start)
        with undone_if_it_fails(self):
            table = self._table(given, reset=fresh, mixed=None if fresh else self._fitted.first.table is not None)
            words: Any = {"incremental": incremental, "n_columns": self.n_features_in_}
            changes = trials(settings, len(table.rows), **words) if fresh else [{}]
            kept = {} if fresh else self._kept_settings(settings, incremental=incremental)
            settings = resolved(settings, len(table.rows), **words, n_folds=self._n_folds(table, given)) | kept
            if not incremental:
                require_two_rows(len(table.rows))
            if fresh:
                table = table.decided(settings["column_kinds"])
            if not incremental:
                warn_about(table)
            keeper = Keeper() if incremental else keeper_of(self)
            seed = self._draw_seed(fresh, keeper)
            maker = self._maker(table, given, settings, seed, () if fresh else self._runs)
            done = train_together(self, maker, settings, changes if len(maker.parts) > 1 else [{}], given, keeper)
            if fresh:
                self._write_choices(done, settings, changes[-1])
            self.oof_prediction_, self.oof_sample_ = self._write_attributes(done, maker.parts, table), None
            self.data_hash_ = data_hash(table, "" if fresh else self.data_hash_ or "")
            return self

    def _kept_settings(self, settings: Settings, *, incremental: bool) -> dict[str, Any]:
        """What the fit before has decided, and these settings leave open."""
        before = getattr(self, "_lifelong", {}) | self.chosen_settings_
        return kept_settings(settings, before, len(self._runs), incremental=incremental)

    def _table(self, given: Given, *, reset: bool, mixed: bool | None, counts: Array | None = None) -> Selection:
        """The rows that count, those with a weight above 0, checked; `counts` is that of `_total_weight`."""
        X, y = checked_rows(self, given.X, given.y, reset=reset, mixed=mixed)
        weight = checked_weight(given.weight, X.shape[0])
        Y = self._encode_targets(y, reset=reset)
        weight = self._total_weight(weight, Y, counts)
        if given.exposure is not None:
            exposure = checked_exposure(given.exposure, len(Y))
            Y, weight = Y / exposure[:, None], exposure if weight is None else weight * exposure
        require_a_mean(weight)
        rows = np.arange(len(Y)) if weight is None else np.flatnonzero(weight)
        if not len(rows):
            raise InputError("class_weight leaves no row with a weight above 0. Give some class in y a weight above 0.")
        return Selection(X, Y, weight, rows, names_of(self), checked_groups(given.groups, len(Y)))

    def _n_folds(self, table: Selection, given: Given) -> int:
        """How many folds the rows allow; 0 where validation rows judge the members."""
        if given.validation is not None:
            return 0
        return most_folds(len(table.rows), *labels_of(table, self._strata(table.Y)))

    def _draw_seed(self, fresh: bool, keeper: Keeper) -> int:
        """The seed of a run: random_state itself if it is a number, else drawn from it, or that of a run to go on."""
        random = check_random_state(self.random_state)
        if not fresh:
            return self._runs[0].learner.seed
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return keeper.seed(int(random.randint(2**31 - 1)))

    def _maker(self, table: Selection, given: Given, settings: Settings, seed: int, before: tuple[Run, ...]) -> Maker:
        """Who makes the networks of this fit: new ones, or those of the fit before taken up again."""
        parts: list[Part] = [(table, None)] * settings["n_members"]
        if given.validation is not None:
            parts = [(table, self._own_validation(table, given.validation, settings))] * settings["n_members"]
        elif not given.incremental:
            parts = parts_of(table, settings, seed, self._strata(table.Y))
        if before and len(parts) != len(before):
            raise SettingError(
                f"the model to go on with has {len(before)} members, and settings and data now ask for {len(parts)}. "
                "Set warm_start=False to start anew, or keep n_members and cv."
            )
        maker = self._maker_of(parts, settings, seed)
        return replace(maker, before=before, incremental=given.incremental)

    def _maker_of(self, parts: list[Part], settings: Settings, seed: int) -> Maker:
        """Who makes a new network for each of the parts."""
        loss, Y = self._loss(settings), parts[0][0].Y
        n_outputs = self._n_outputs(Y, loss)
        loss.check_targets(Y, n_outputs)
        score = self._validation_score if settings["n_members"] == 1 or settings["early_stopping"] else None
        return Maker(parts, loss, n_outputs, seed, score=score)

    def _own_validation(self, table: Selection, validation: Given, settings: Settings) -> Selection:
        try:
            counts = self._class_counts(table.Y[table.rows])
            held_out = self._table(validation, reset=False, mixed=isinstance(table.X, Frame), counts=counts)
            if held_out.Y.shape[1] != table.Y.shape[1]:
                raise InputError(f"y_val has {held_out.Y.shape[1]} targets, y has {table.Y.shape[1]}.")
            self._loss(settings).check_targets(held_out.Y, self._n_outputs(table.Y, self._loss(settings)))
        except ValueError as reason:
            raise InputError(
                f"X_val, y_val and sample_weight_val cannot be used, where they are called X, y and sample_weight: "
                f"{reason}"
            ) from reason
        return held_out

    def _keep_residuals(self, raw: Array | None, parts: Sequence[Part], table: Selection) -> None:
        """Keep what intervals need of the out-of-fold outputs; classes need nothing."""

    @property
    def columns_(self) -> ColumnReports:
        """What each column of X was taken for, and how many inputs of the network it became; prints as a table.

        The notes count gaps and levels in the rows that the first member learnt from, not in those that it held out.
        """
        check_is_fitted(self)
        if self._fitted.first.table is not None:
            return self._fitted.first.table.report
        names = names_of(self) or range(self.n_features_in_)
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
        tags.input_tags.three_d_array = True  # images, and arrays of more dimensions
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
