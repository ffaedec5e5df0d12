"""Progress on stderr: a bar on a terminal, else a plain line every ten seconds and one at the end."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 10.0  # seconds between plain lines


class Epochs:
    """How many epochs a fit has, as far as it is known.

    Its subtasks are epochs, or networks with epochs of their own; those that have not begun count as the longest so
    far, and those that ended early as the epochs that they had.
    """

    def __init__(self, n_subtasks: int) -> None:
        self.n_subtasks = self.n_waiting = n_subtasks
        self.done, self.known, self.longest = 0, 0, 1

    def network_begins(self, n_epochs: int) -> None:
        """A network begins that has so many epochs at most."""
        self.n_waiting, self.known, self.longest = (
            self.n_waiting - 1,
            self.known + n_epochs,
            max(self.longest, n_epochs),
        )

    def network_ends(self, n_epochs: int, n_done: int) -> None:
        """It ends after fewer of them."""
        self.known -= n_epochs - n_done

    def fit_ends(self) -> None:
        """Nothing is ahead any more; networks that a checkpoint knew had fewer epochs than they were begun with."""
        self.known, self.n_waiting = self.done, 0

    @property
    def total(self) -> int:
        """Epochs behind and ahead."""
        return self.known + self.n_waiting * self.longest


class TrainingProgress:
    """A callback of scikit-learn's protocol, told of every epoch; it also ends training when asked to.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    color : bool
    """

    def __init__(self, *, quiet: bool = False, color: bool = True) -> None:
        self.stop_asked, self.epochs, self.of = False, Epochs(0), ""
        self.quiet, self.color = quiet, color
        self.bar: Progress | None = None
        self.task: Any = None
        self.spoke = 0.0
        self.last = ""

    def setup(self, estimator: Any, context: Any) -> None:
        """Called before the fit."""
        self.spoke, self.done = time.monotonic(), 0
        self.epochs, self.of = Epochs(context.max_subtasks), ""
        if self.quiet or not sys.stderr.isatty():
            return
        self.bar = Progress(
            TextColumn("Training "),
            BarColumn(bar_width=26),
            TextColumn("epoch {task.completed}/{task.total}{task.fields[of]}  {task.fields[loss]}  eta"),
            TimeRemainingColumn(),
            console=Console(stderr=True, no_color=not self.color),
            transient=True,
        )
        self.task = self.bar.add_task("fit", total=self.epochs.total, of="", loss="")
        self.bar.start()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Learn how much there is to do: a fit of several networks has the epochs of all."""
        if context.task_name == "member":
            self.epochs.network_begins(context.max_subtasks)
            self.of = f" of {self.epochs.n_subtasks} networks"

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> bool:
        """Show the epoch that ended; True if training shall end with it."""
        if context.task_name == "member":
            self.epochs.network_ends(context.max_subtasks, len(fitted_estimator.history_))
        if context.task_name == "epoch":
            self.epochs.done += 1
        if context.task_name == "fit":
            self.epochs.fit_ends()
        if not self.quiet:
            self._show(fitted_estimator.history_)
        return self.stop_asked

    def teardown(self, estimator: Any, context: Any) -> None:
        """Called after the fit, however it ended."""
        if self.bar is not None:
            self.bar.stop()
        elif self.last:
            print(self.last, file=sys.stderr, flush=True)

    def _show(self, history: Any) -> None:
        done, total = self.epochs.done, self.epochs.total
        if self.bar is not None:
            self.bar.update(self.task, total=total, completed=done, of=self.of, loss=losses(history))
            return
        self.last = f"Training  epoch {done}/{total}{self.of}  {losses(history)}"
        if time.monotonic() - self.spoke >= EVERY:
            print(self.last, file=sys.stderr, flush=True)
            self.spoke, self.last = time.monotonic(), ""


def losses(history: Any) -> str:
    """The last losses in words."""
    text = f"loss {history.train_loss[-1]:.4g}"
    return f"{text}  validation {history.validation_loss[-1]:.4g}" if history.validation_loss else text
