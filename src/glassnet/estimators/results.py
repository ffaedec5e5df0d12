"""What a finished fit writes on the estimator."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from ..network.arrays import Array
from ..training.course import Outcome
from ..training.history import History
from .inputs import Selection
from .members import Ensemble, mean_history, out_of_fold
from .parts import Part
from .run import LIFELONG, Run, Settings
from .task import Task
from .together import Trained


class Results:
    """The attributes of a fitted estimator that are the same for all kinds of targets."""

    _fitted: Ensemble
    _runs: tuple[Run, ...]
    _outcomes: tuple[Outcome, ...]
    history_: History
    _decoded: Any
    _keep_residuals: Any

    def _write_choices(self, done: Trained, settings: Settings, left_open: Iterable[str]) -> None:
        """What a new fit has tried and chosen of the settings left open, and what its networks keep for life."""
        self.trials_ = done.trials
        self.chosen_settings_ = {name: done.tasks[0].settings[name] for name in left_open}
        self._lifelong = {name: copy(settings[name]) for name in LIFELONG}

    def _write_attributes(self, done: Trained, parts: Sequence[Part], table: Selection) -> Array | None:
        """What every fit writes; returns its out-of-fold predictions, None unless members have held out folds."""
        self._runs = tuple(replace(task.run, fitted=task.trained()) for task in done.tasks)
        self._fitted = Ensemble(tuple(run.fitted for run in self._runs))
        self._write_curves(done.outcomes, max(len(task.run.history) - task.n_before for task in done.tasks))
        raw = self._out_of_fold(done.tasks, parts, len(table.Y))
        self._keep_residuals(raw, parts, table)
        return None if raw is None else self._decoded(raw)

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
