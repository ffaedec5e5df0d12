"""Progress on stderr: a bar on a terminal, else a plain line every ten seconds and one at the end."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .screen import clock
from .standing import Epochs, Standing

EVERY = 10.0  # seconds between plain lines


class TrainingProgress:
    """A callback of scikit-learn's protocol, told of every epoch; it also ends training when asked to.

    Parameters
    ----------
    n_members : int
        How many networks will be kept of those that begin
    quiet : bool
        Show nothing.
    color : bool
    judges : str
        What the rows are called that networks are judged by
    """

    def __init__(self, n_members: int, *, quiet: bool = False, color: bool = True, judges: str = "out of fold") -> None:
        self.stop_asked, self.epochs, self.n_members = False, Epochs(0, n_members), n_members
        self.quiet, self.color, self.judges = quiet, color, judges
        self.standing = Standing(judges)
        self.bar: Progress | None = None
        self.task: Any = None
        self.began = self.spoke = 0.0
        self.last = ""

    def setup(self, estimator: Any, context: Any) -> None:
        """Called before the fit."""
        self.began = self.spoke = time.monotonic()
        self.epochs, self.standing = Epochs(context.max_subtasks, self.n_members), Standing(self.judges)
        if self.quiet or not sys.stderr.isatty():
            return
        self.bar = Progress(
            TextColumn("Training "),
            BarColumn(bar_width=26),
            TextColumn("{task.fields[standing]}  eta"),
            TimeRemainingColumn(),
            console=Console(stderr=True, no_color=not self.color),
            transient=True,
        )
        self.task = self.bar.add_task("fit", total=self.epochs.total, standing="")
        self.bar.start()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Learn how much there is to do: a fit of several networks has the epochs of all."""
        if context.task_name == "member":
            self.epochs.network_begins(context.max_subtasks)
            self.standing.network_begins(context.task_id)

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> bool:
        """Show the epoch that ended; True if training shall end with it."""
        if context.task_name == "member":
            self.epochs.network_ends(len(fitted_estimator.history_))
            self.standing.network_ends(context.task_id)
        if context.task_name == "epoch":
            self.epochs.done += 1
        if context.task_name == "epoch" and not self.quiet:
            network = context.parent.task_id if context.parent.task_name == "member" else 0
            self.standing.network_learnt(network, self.epochs, fitted_estimator)
        if context.task_name == "fit":
            self.epochs.fit_ends()
        if self.standing.words and not self.quiet:
            self._show()
        return self.stop_asked

    def teardown(self, estimator: Any, context: Any) -> None:
        """Called after the fit, however it ended."""
        if self.bar is not None:
            self.bar.stop()
        elif self.last:
            print(self.last, file=sys.stderr, flush=True)

    def _show(self) -> None:
        done, total, standing = self.epochs.done, self.epochs.total, self.standing.words
        if self.bar is not None:
            self.bar.update(self.task, total=total, completed=done, standing=standing)
            return
        self.last, now = f"Training  {standing}", time.monotonic()
        if now - self.spoke >= EVERY:
            eta = clock((now - self.began) * (total - done) / max(done, 1))
            print(f"{self.last}  eta {eta}", file=sys.stderr, flush=True)
            self.spoke, self.last = now, ""
