"""A fit that is killed goes on where it was: the same call again gives the bits that it would have given."""

import os
import time
from collections.abc import Sequence
from numbers import Real
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import ModelFileError, OutputError, SettingError
from ..estimators.notices import warn
from ..training.checkpoint import Identity, Keeper, Snapshot, identity, put_back, snapshot
from ..training.course import Course, Outcome
from ..training.trainer import Observer, Training
from . import checkpoint_file


class Checkpoint:
    """A callback that keeps a fit in a file while it runs, and takes it up again from there.

    Run the same script again after a crash, and `fit` goes on: networks that were done are taken as they are, the one
    that was interrupted goes on with its next epoch, and the others begin. The final weights have the same bits as
    without the interruption. When `fit` is done the file is removed. One file belongs to one fit.

    Every network of the fit is kept: weights, the optimizer's memory, its place in every schedule and in every stream
    of random numbers, the best weights so far, and the curves. Without a random_state the seed is kept too. The file is
    written in one step, and the one before it is kept as PATH.before. `time_limit` counts the time before the
    interruption too. `partial_fit` and solver="lbfgs" keep nothing: their work begins anew.

    Parameters
    ----------
    path : str or Path
    every_epochs : int, optional
        Write after so many epochs of a network.
    every_minutes : float, optional
        Write after so many minutes; every minute if neither is given. With both, whichever comes first.
    keep : bool
        Leave the file when `fit` is done; the same call then gives the same model at once.

    Raises
    ------
    SettingError
        If the path or a number has no meaning. What `fit` raises: ModelFileError if the file is damaged, foreign or
        newer, or holds a fit of other rows or other settings; OutputError if it cannot be written at the start. Later
        that is a warning, and training goes on.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from glassnet import Checkpoint, GlassNetRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = GlassNetRegressor(n_members=1, max_iter=20, random_state=0)
    >>> model.set_callbacks(Checkpoint("diabetes.ckpt", every_epochs=5)).fit(X, y).n_iter_
    20
    """

    def __init__(
        self,
        path: str | Path,
        *,
        every_epochs: int | None = None,
        every_minutes: float | None = None,
        keep: bool = False,
    ) -> None:
        if not isinstance(path, str | os.PathLike):
            raise SettingError(f"path={path!r} is not the name of a file. Write for example Checkpoint('fit.ckpt').")
        if every_epochs is not None and not (_is_above_0(every_epochs) and every_epochs % 1 == 0):
            raise SettingError(f"every_epochs={every_epochs!r} must be a whole number from 1 on, or None.")
        if every_minutes is not None and not _is_above_0(every_minutes):
            raise SettingError(f"every_minutes={every_minutes!r} must be a number above 0, or None.")
        self.path, self.keep = path, keep
        self.every_epochs, self.every_minutes = every_epochs, every_minutes

    def keeper(self) -> "FileKeeper":
        """A keeper for one fit; `fit` asks for it."""
        return FileKeeper(self)

    def is_due(self, n_epochs: int, seconds: float) -> bool:
        """Whether to write, so many epochs and seconds after the last time."""
        minutes = 1.0 if self.every_epochs is None and self.every_minutes is None else self.every_minutes
        enough_epochs = self.every_epochs is not None and n_epochs >= self.every_epochs
        return enough_epochs or (minutes is not None and seconds >= 60 * minutes)

    def setup(self, estimator: Any, context: Any) -> None:
        """Part of scikit-learn's protocol; the keeper does the work."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Part of scikit-learn's protocol."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Part of scikit-learn's protocol; never ends training."""
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """Part of scikit-learn's protocol."""


def _is_above_0(value: Any) -> bool:
    return isinstance(value, Real) and float(value) > 0


class FileKeeper(Keeper):
    """Keeps the networks of one fit in a file. Their threads write one at a time."""

    def __init__(self, rule: Checkpoint) -> None:
        self.rule, self.path = rule, Path(rule.path).resolve()
        self.contents, self.lock = checkpoint_file.read(self.path), Lock()
        self.has_begun = False

    def seed(self, drawn: int) -> int:
        """The seed of the interrupted fit, else the one that was drawn."""
        if self.contents.seed is None:
            self.contents.seed = drawn
        return self.contents.seed

    def kept(self, training: Training) -> Training:
        """The same network under watch. The first one of a fit says whether the file belongs to this fit."""
        who = identity(training)
        if not self.has_begun:
            self._begin(who)
        return Training(training.course, training.rows, _Watch(self, who.key, training.observer))

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Remove the file, unless Ctrl-C ended training or it is to be kept."""
        if not self.rule.keep and all(outcome.reason != "interrupted" for outcome in outcomes):
            checkpoint_file.remove(self.path)

    def write(self, key: str, state: Snapshot) -> None:
        """Take in where a network stands and write the file; a warning if that fails."""
        with self.lock:
            self.contents.networks[key] = state
            try:
                checkpoint_file.write(self.path, self.contents)
            except OutputError as reason:
                warn(f"The checkpoint was not written, and training goes on: {reason}", UserWarning)

    def _begin(self, who: Identity) -> None:
        known, self.has_begun = self.contents.first, True
        if known is None:
            self.contents.first = who
            checkpoint_file.write(self.path, self.contents)
        elif known != who:
            what = "rows" if known.rows != who.rows else "settings"
            raise ModelFileError(
                f"{str(self.path)!r} belongs to a fit with other {what}, and going on with these would give neither "
                f"model. Fit with the {what} of then to go on, or remove the file to begin anew.",
                error_id="E707",
            )


class _Watch(Observer):
    """Passes a network's epochs on to its observer, puts it back to where it stood, and hands it to the keeper."""

    def __init__(self, keeper: FileKeeper, key: str, observer: Observer) -> None:
        self.keeper, self.key, self.observer = keeper, key, observer

    def course_begins(self, course: Course) -> None:
        """Put the network back to where it stood."""
        self.observer.course_begins(course)
        self.course = course
        known = self.keeper.contents.networks.get(self.key)
        if known is not None:
            put_back(course, known)
        self._remember()
        self.n_before = course.n_epochs

    def epoch_begins(self) -> None:
        """Tell the network's own observer."""
        self.observer.epoch_begins()

    def epoch_ends(self) -> bool:
        """Tell the network's own observer, and keep the network if it is time."""
        stops = self.observer.epoch_ends()
        if self.keeper.rule.is_due(self.course.n_epochs - self.n_kept, time.perf_counter() - self.when_kept):
            self._keep()
        return stops

    def course_ends(self) -> None:
        """Keep the network as it is at the end, unless it came so from the file."""
        self.observer.course_ends()
        if self.course.n_epochs > self.n_before:
            self._keep()

    def _keep(self) -> None:
        self.keeper.write(self.key, snapshot(self.course))
        self._remember()

    def _remember(self) -> None:
        self.n_kept, self.when_kept = self.course.n_epochs, time.perf_counter()
