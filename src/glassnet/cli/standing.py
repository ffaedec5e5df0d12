"""Where a fit stands: which network learns, how much is done, and how good the networks are on rows not learnt from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .screen import short


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


@dataclass
class Standing:
    """What the networks of a fit have reached, in words.

    The last n_members of n_networks networks are kept, those before them are trials of settings.

    judges : what the rows are called that networks are judged by: "out of fold" or "validation".
    """

    n_networks: int
    n_members: int
    judges: str = "out of fold"
    words: str = ""
    lowest: dict[int, tuple[float, float]] = field(default_factory=dict)  # {network: (loss, size of the target's unit)}

    def network_learnt(self, network: int, n_epochs: int, model: Any) -> None:
        """A network, counted from 0, ended an epoch of so many; `model` predicts as it does now."""
        history = model.history_
        if history.validation_loss:
            size = float(model._fitted.first.targets.size[0])
            self.lowest[network] = min(self.lowest.get(network, (np.inf, size)), (history.validation_loss[-1], size))
        n_trials = self.n_networks - self.n_members
        place = "" if self.n_networks == 1 else f"member {network - n_trials + 1}/{self.n_members}  "
        if network < n_trials:
            place = f"trial {network + 1}/{n_trials}  "
        self.words = f"{place}epoch {len(history)}/{n_epochs}  {self._score(network, model)}"

    def _score(self, network: int, model: Any) -> str:
        """The score of all members together at their best epochs so far; of a trial its own."""
        if not self.lowest:
            return f"loss {model.history_.train_loss[-1]:.4g}"
        first = self.n_networks - self.n_members
        known = [low for k, low in self.lowest.items() if k >= first] if network >= first else [self.lowest[network]]
        return f"{self.judges} {score_of(model, known)}"


def score_of(model: Any, lowest: list[tuple[float, float]]) -> str:
    """The mean of losses, each with the size of its target's unit, as the score that people know, in units of y."""
    losses, sizes = np.array(lowest).T
    if hasattr(model, "classes_"):
        return f"log loss {losses.mean():.3f}"
    if model.loss == "squared_error":  # half the squared error
        return f"RMSE {short(float(np.sqrt(np.mean(2 * losses * sizes**2))))}"
    if model.loss == "absolute_error":
        return f"MAE {short(float(np.mean(losses * sizes)))}"
    return f"loss {losses.mean():.4g}"
