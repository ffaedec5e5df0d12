"""Fitting to a table that is larger than memory: one pass to learn what there is, then epochs of shuffled windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sklearn.base import is_classifier
from sklearn.callback import with_callbacks

from ..errors import InputError, SettingError
from ..network.arrays import Array
from ..table.chunks import BigTable, big_table
from ..table.frames import read_frame
from ..training.checkpoint import Keeper
from .given import Given
from .inputs import Selection, warn_about
from .observer import keeper_of
from .parameters import check_settings
from .parts import Part
from .recipe import resolved, resolved_for_stream, trials
from .run import Settings, undone_if_it_fails
from .stream import SHUFFLE_WINDOW, Stream
from .survey import Folds, Roles, Survey, matrix_of, surveyed
from .together import train_together

SAMPLE_ROWS = 65_536


@dataclass(frozen=True)
class OofSample:
    """Out-of-fold predictions of the rows that a stream kept as its sample.

    rows : (n_sample,) their numbers in the table, from 0
    prediction : (n_sample, ...) each by the member that has not learnt from it, in the shape of predictions
    """

    rows: Array
    prediction: Array


class Streamed:
    """What an estimator needs to learn from rows that are never in memory all at once."""

    oof_prediction_: Array | None
    oof_sample_: OofSample | None
    data_hash_: str | None
    _row_shape: tuple[int, ...] | None

    @with_callbacks
    def fit_stream(
        self,
        dataset: Any,
        target: str | None = None,
        features: Sequence[str] | None = None,
        *,
        weight: str | None = None,
        shuffle_window: int = SHUFFLE_WINDOW,
        sample_rows: int = SAMPLE_ROWS,
    ) -> Self:
        """Train on a table on disk that need not fit into memory; docs/large-tables.md says how much is needed.

        The first pass counts, measures means and deviations, and draws a uniform sample of the rows. From the sample
        come the kinds of columns, quantiles, levels of categories and target means, trials of settings, and the
        rows that judge a member: those of its fold. In every epoch after that the table is read once for all members.
        A member learns from all rows outside its fold; which fold a row is in depends on random_state and its number.

        Parameters
        ----------
        dataset : path or pyarrow.dataset.Dataset
            A file or a folder of Parquet, Arrow (Feather) or CSV.
        target : str
            The column to predict.
        features : names of columns
            The columns to predict from; all others if left out.
        weight : str
            A column that says how much each row counts; 0 leaves it out.
        shuffle_window : int
            How many rows are in memory at a time, and shuffled together. They come from four places of the table at
            once, and these are in a new order in every epoch.
        sample_rows : int
            How many rows the sample has.

        Returns
        -------
        self
            A fitted estimator as after `fit`. `oof_prediction_` is None, since the rows were not kept; `oof_sample_`
            has out-of-fold predictions of the sample (`rows`, `prediction`), and intervals come from their errors.

        Raises
        ------
        SettingError
            If pyarrow is not installed, or a setting does not go with a stream.
        InputError
            If the table cannot be read in pieces or a column cannot be used; it names the row, counted from 0.
        DivergenceError
            If training left the finite numbers.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from sklearn.datasets import load_diabetes
        >>> from glassnet import GlassNetRegressor
        >>> file = Path(mkdtemp()) / "diabetes.parquet"
        >>> load_diabetes(as_frame=True).frame.to_parquet(file, row_group_size=100)
        >>> model = GlassNetRegressor(n_members=3, max_iter=20, dropout=0.1, weight_decay=0.02, bins=16, random_state=0)
        >>> model = model.fit_stream(file, target="target")
        >>> model.predict(load_diabetes(as_frame=True).data).shape
        (442,)
        """
        _require_window(shuffle_window, sample_rows)
        with undone_if_it_fails(self):
            survey = dataset if isinstance(dataset, Survey) else None
            if survey is None:
                table = big_table(dataset)
                survey = survey_for(self, table, roles_of(table, target, features, weight), sample_rows)
            self._fit_survey(survey, shuffle_window)
        return self

    def _fit_survey(self: Any, survey: Survey, window: int) -> None:
        """Train on the rows of a survey."""
        keeper, settings, n_rows = keeper_of(self), self.get_params(deep=False), int(survey.n_rows.sum())
        if type(keeper) is not Keeper:
            raise SettingError("a Checkpoint does not go with fit_stream yet. Leave it out of set_callbacks(...).")
        table, n_columns = self._sample_table(survey, settings), len(survey.sample.columns)
        has_folds = survey.folds.n_members > 1
        changes = trials(settings, n_rows, incremental=False, n_columns=n_columns) if has_folds else [{}]
        sample_epochs = resolved(settings, len(table.rows), incremental=False)["max_iter"]
        settings = resolved_for_stream(settings, n_rows, n_columns)
        warn_about(table, "row of the sample")
        parts = _parts(table, survey)
        maker = self._maker_of(parts, settings, survey.folds.seed)
        stream = Stream(
            survey,
            lambda y: self._checked_targets(y, maker),
            lambda weight, Y: self._total_weight(weight, Y, self._counts_in(survey)),
            window,
            table.choices,
            bool(settings["shuffle"]),
            sample_epochs,
        )
        given = Given(survey.sample, survey.y, survey.weight)
        done = train_together(self, replace(maker, stream=stream), settings, changes, given, keeper)
        self._write_choices(done, settings, changes[-1])
        promised = self._write_attributes(done, parts, table)
        self.oof_sample_ = None if promised is None else OofSample(survey.rows, promised)
        self.data_hash_ = self.oof_prediction_ = None  # the rows are not there to go with them

    def _sample_table(self: Any, survey: Survey, settings: Settings) -> Selection:
        """The sample as `fit` would have read it."""
        names = survey.roles.features
        self.n_features_in_, self.feature_names_in_ = len(names), np.array(names, dtype=object)
        self._row_shape = None
        if survey.classes:
            labels = list(survey.classes)
            self._known_classes = np.unique(np.array(labels, dtype=survey.y.dtype))
            if len(labels) < 2:
                raise InputError(
                    f"target {survey.roles.target!r} is {labels[0]!r} in every row: nothing to tell apart."
                )
        Y = self._encode_targets(survey.y, reset=True)
        weight = self._total_weight(survey.weight, Y, self._counts_in(survey))
        is_plain = survey.is_plain and not settings["column_kinds"]
        X = matrix_of(survey.sample) if is_plain else read_frame(survey.sample)
        table = Selection(X, Y, weight, np.arange(len(Y)), names)
        return table.decided(settings["column_kinds"])

    def _counts_in(self: Any, survey: Survey) -> Array | None:
        """How many rows each class has, (1, n_classes); None for regression."""
        return np.array([[survey.classes[name] for name in self.classes_.tolist()]]) if survey.classes else None

    def _checked_targets(self: Any, y: Array, maker: Any) -> Array:
        """Targets of some rows as numbers."""
        Y: Array = self._encode_targets(y, reset=False)
        maker.loss.check_targets(Y, maker.n_outputs)
        return Y


def roles_of(
    table: BigTable, target: str | None, features: Sequence[str] | None = None, weight: str | None = None
) -> Roles:
    """What the columns are for. Raises InputError if one is missing, or is to be two things at once."""
    if target is None:
        raise InputError("fit_stream needs to know which column to predict: fit_stream(dataset, target='name').")
    names = (
        tuple(features)
        if features is not None
        else tuple(name for name in table.schema.names if name not in (target, weight))
    )
    table.require([target, *([weight] if weight else []), *names])
    if target in names or weight in names or weight == target or not names:
        raise InputError(
            "target, weight and features are different columns, and there is at least one to predict from. Features: "
            f"{', '.join(names) or 'none'}; target: {target}; weight: {weight}."
        )
    return Roles(names, target, weight)


def survey_for(estimator: Any, table: BigTable, roles: Roles, sample_rows: int = SAMPLE_ROWS) -> Survey:
    """The first pass over the rows, with the folds that the settings of the estimator ask for.

    Raises
    ------
    SettingError
        If a setting does not go with a stream.
    InputError
        If a target or weight cannot be used.
    """
    settings = estimator.get_params(deep=False)
    check_settings(settings)
    _check_stream(settings)
    n_members = resolved(settings, 0, incremental=False)["n_members"]  # before rows are counted, so 5 for "auto"
    share = 1 / n_members
    if n_members == 1:
        share = settings["validation_fraction"] if settings["early_stopping"] else 0.0
    folds = Folds(estimator._draw_seed(True, Keeper()), n_members, share)
    return surveyed(table, roles, folds, sample_rows, classes=is_classifier(estimator))


def _parts(table: Selection, survey: Survey) -> list[Part]:
    """For each member the rows of the sample that it learns from, and those that judge it."""
    parts: list[Part] = []
    for k in range(survey.folds.n_members):
        held_out = survey.folds.held_out(k, survey.rows)
        whole = survey.learnt(k, survey.of_X), survey.learnt(k, survey.of_y)
        learnt = replace(table, rows=np.flatnonzero(~held_out), whole=whole)
        judged = table.of_rows(np.flatnonzero(held_out)) if survey.folds.share else None
        if len(learnt.rows) < 2 or (judged is not None and not len(judged.rows)):
            raise InputError(f"member {k} has no rows in the sample. Give a larger sample_rows, or fewer n_members.")
        parts.append((learnt, judged))
    return parts


def _check_stream(settings: Mapping[str, Any]) -> None:
    """Raise SettingError for a setting that does not go with a stream."""
    fixes = {
        "solver": (settings["solver"] == "lbfgs", "L-BFGS needs all rows for each step. Use solver='adam'"),
        "cv": (settings["cv"] is not None, "folds are drawn by the number of a row. Leave cv out, or use fit"),
        "warm_start": (settings["warm_start"], "a stream begins a new network. Leave it out, or use partial_fit"),
    }
    for name, (is_bad, fix) in fixes.items():
        if is_bad:
            raise SettingError(f"{name}={settings[name]!r} does not go with fit_stream: {fix}.")


def _require_window(shuffle_window: Any, sample_rows: Any) -> None:
    for name, value in (("shuffle_window", shuffle_window), ("sample_rows", sample_rows)):
        if not isinstance(value, int | np.integer) or value < 2:
            raise SettingError(f"{name}={value!r} is not a whole number above 1. It is a number of rows in memory.")
