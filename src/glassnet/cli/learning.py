"""Fits the estimator: progress on stderr, Ctrl-C in two steps, and a log of epochs if there is a run folder."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..engine.compiler import compiling
from ..errors import DataWarning, DivergenceError, GlassNetError
from ..export.checkpoint import Checkpoint
from ..export.run_folder import CHECKPOINT, RunFolder
from ..export.run_log import RunLogger
from . import interrupt
from .cache import kept_files
from .failures import as_flags
from .place import Output
from .progress import TrainingProgress
from .screen import Screen
from .session import Fit


@dataclass(frozen=True)
class Lesson:
    """How a model is trained.

    fit : does it.
    n_members : how many networks come of it.
    judges : the name of the rows that judge an epoch, "out of fold" or "validation".
    checkpoint : whether one can be kept.
    """

    fit: Callable[[], Any]
    n_members: int
    judges: str
    checkpoint: bool = True


def learn(model: Any, lesson: Lesson, folder: RunFolder | None, output: Output, screen: Screen) -> Fit:
    """Train the model. In a run folder a checkpoint is kept meanwhile, unless it cannot be used.

    Raises
    ------
    DivergenceError
        If training left the finite numbers; the history until then is in the folder.
    KeyboardInterrupt
        At the second press of Ctrl-C.
    """
    kept, look = kept_files(), screen.look
    progress = TrainingProgress(
        lesson.n_members, quiet=look.quiet or look.json, color=not look.no_color, judges=lesson.judges
    )
    model.set_callbacks(progress, *_kept_in(folder, output, checkpoint=lesson.checkpoint))
    begin = time.perf_counter()

    def work() -> list[warnings.WarningMessage]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lesson.fit()
        return caught

    try:
        with compiling() as spent:
            caught, stopped = interrupt.run(work, lambda: setattr(progress, "stop_asked", True))
    except GlassNetError as reason:
        if folder is not None and output.resume is None:
            folder.discard_unless_begun()
        if isinstance(reason, DivergenceError) and folder is not None and RunFolder.is_at(folder.path):
            screen.note(f"the losses until then are in {folder.path}/history.jsonl")
        raise
    for warning in caught:
        if issubclass(warning.category, UserWarning) and not issubclass(warning.category, DataWarning):
            screen.note(as_flags(str(warning.message)))
    return Fit(time.perf_counter() - begin, stopped, compiling=spent() if kept_files() - kept else 0.0)


def _kept_in(folder: RunFolder | None, output: Output, *, checkpoint: bool) -> list[Any]:
    """The callbacks that write into a run folder: the log of epochs, then the checkpoint."""
    if folder is None:
        return []
    log = RunLogger(folder.path, goes_on=output.resume is not None)
    return [log, Checkpoint(folder.path / CHECKPOINT, keep=True)] if checkpoint else [log]
