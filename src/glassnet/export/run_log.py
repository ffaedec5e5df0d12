"""What is written down while networks learn: a line for every epoch, which others may read at once.

A fit that tries settings on its first fold trains more networks than it keeps as members, so lines count networks, and
`networks_of` tells afterwards which of them are the members.
"""

import os
from pathlib import Path
from threading import Lock
from typing import Any

from .atomic import write_atomically
from .run_folder import HISTORY, RunFolder, unwritable
from .strict_json import strict_json

WRITING = Lock()  # members learn in several threads


class RunLogger:
    """A callback of scikit-learn's protocol that adds a line to history.jsonl for every epoch of every network.

    A line is in the file when the next epoch begins, so the file can be followed while training runs.

    Parameters
    ----------
    folder : path
        An existing folder; a history.jsonl in it is begun anew.
    goes_on : bool
        Add to the history.jsonl that is there, which a run that was killed has left. What it says of epochs that are
        made again goes, and so does the half of a line at its end.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from sklearn.datasets import load_diabetes
    >>> from glassnet import GlassNetRegressor
    >>> from glassnet.export.run_folder import RunFolder
    >>> from glassnet.export.run_log import RunLogger
    >>> folder = Path(mkdtemp())
    >>> model = GlassNetRegressor(n_members=1, max_iter=3, random_state=0).set_callbacks(RunLogger(folder))
    >>> model = model.fit(*load_diabetes(return_X_y=True))
    >>> [entry["epoch"] for entry in RunFolder(folder).history()[0]]
    [1, 2, 3]
    """

    def __init__(self, folder: str | os.PathLike[str], *, goes_on: bool = False) -> None:
        self.file, self.goes_on = Path(folder) / HISTORY, goes_on

    def setup(self, estimator: Any, context: Any) -> None:
        """Called before the fit."""
        self.begun: set[int] = set()
        if self.goes_on and self.file.is_file():
            self._forget(-1, 0)
        else:
            self._write("w", "")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Called before networks and epochs."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> bool:
        """Write the epoch that ended; training goes on."""
        if context.task_name == "epoch":
            several = context.parent.task_name == "member"
            network = context.parent.task_id if several else 0
            entry = _entry(network, fitted_estimator.history_)
            if self.goes_on and network not in self.begun:
                self.begun.add(network)
                self._forget(network, entry["epoch"])
            self._write("a", strict_json(entry) + "\n")
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """Called after the fit, however it ended."""

    def _forget(self, network: int, epoch: int) -> None:
        """Write the file anew without the epochs of a network from this one on: the checkpoint was older than they."""
        with WRITING:
            known = RunFolder(self.file.parent).epochs_of_networks()
            entries = [entry for epochs in known.values() for entry in epochs]
            kept = [entry for entry in entries if entry["network"] != network or entry["epoch"] < epoch]
            write_atomically(self.file, "".join(strict_json(entry) + "\n" for entry in kept).encode())

    def _write(self, mode: str, text: str) -> None:
        try:
            with WRITING, open(self.file, mode, encoding="utf-8") as file:
                file.write(text)
        except OSError as reason:
            raise unwritable(self.file, reason) from reason


def networks_of(model: Any, folder: RunFolder) -> list[int | None]:
    """For each member of a fitted model the network in history.jsonl that it is: the one with the same curves."""
    known = sorted(folder.epochs_of_networks().items())  # whichever thread was first: of equal ones always the last
    curves = {tuple((e["train_loss"], e["validation_loss"]) for e in entries): network for network, entries in known}
    return [curves.get(_curve(run.history)) for run in model._runs]


def _curve(history: Any) -> tuple[tuple[float, float | None], ...]:
    judged = history.validation_loss or [None] * len(history)
    return tuple(zip(history.train_loss, judged, strict=True))


def _entry(network: int, history: Any) -> dict[str, Any]:
    last = {name: values[-1] for name, values in history.as_dict().items()}
    return {
        "network": network,
        "epoch": len(history),
        "train_loss": last["train_loss"],
        "validation_loss": last.get("validation_loss"),
        "metric": last.get("validation_score"),
        "learning_rate": last.get("learning_rate"),
        "grad_norm": last.get("gradient_norm"),
        "seconds": last["seconds"],
    }
