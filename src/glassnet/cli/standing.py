"""Where a fit stands: which network learns, how much is done, and how good the networks are on rows not learnt from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .screen import short

TRIAL_SHARE = 0.1  # of its epochs that a network on trial learns on the average


class Epochs:
    """How many epochs a fit has, as far as it is known.

    Its subtasks are the epochs of a single network, or networks with epochs of their own; those that have not ended
    count as the longest so far, but for those on trial, all but n_members, which will end early; and those that ended
    as what they had.
    """

    def __init__(self, n_subtasks: int, n_members: int) -> None:
        self.n_left, self.n_members = n_subtasks, n_members if n_members > 1 else n_subtasks
        self.done, self.behind, self.longest = 0, 0, 1

    def network_begins(self, n_epochs: int) -> None:
        """A network begins that has so many epochs at most."""
        self.longest = max(self.longest, n_epochs)

    def network_ends(self, n_done: int) -> None:
        """It ends after so many epochs."""
        self.n_left, self.behind = self.n_left - 1, self.behind + n_done

    def fit_ends(self) -> None:
        """Nothing is ahead any more; networks that a checkpoint knew had fewer epochs than they were begun with."""
        self.n_left, self.behind = 0, self.done

    @property
    def n_on_trial(self) -> int:
        """How many networks have yet to end before those that are left are the members."""
        return max(0, self.n_left - self.n_members)

    @property
    def total(self) -> int:
        """Epochs behind and ahead."""
        n_whole = self.n_left - self.n_on_trial
        return self.behind + n_whole * self.longest + round(self.n_on_trial * TRIAL_SHARE * self.longest)


@dataclass
class Standing:
    """What the networks of a fit have reached, in words.

    Most networks are trials of settings and end early; those that are left are the members, in the order of their
    numbers.

    judges : what the rows are called that networks are judged by: "out of fold" or "validation".
    """

    judges: str = "out of fold"
    words: str = ""
    n_begun: int = 0
    left: set[int] = field(default_factory=set)  # the networks that have begun and not ended, by number
    lowest: dict[int, tuple[float, float]] = field(default_factory=dict)  # {network: (loss, size of the target's unit)}

    def network_begins(self, network: int) -> None:
        """A network is new."""
        self.n_begun += 1
        self.left.add(network)

    def network_ends(self, network: int) -> None:
        """A network is done, or has lost its trial."""
        self.left.discard(network)

    def network_learnt(self, network: int, epochs: Epochs, model: Any) -> None:
        """A network, counted from 0, ended an epoch; `model` predicts as it does now."""
        history = model.history_
        if history.validation_loss:
            size = float(model._fitted.first.targets.size[0])
            self.lowest[network] = min(self.lowest.get(network, (np.inf, size)), (history.validation_loss[-1], size))
        if not self.left:
            place = f"epoch {len(history)}/{epochs.total}"
        elif epochs.n_on_trial:
            place = f"trial {network + 1}/{self.n_begun}  epoch {len(history)}"
        else:
            member = sorted(self.left).index(network) + 1
            place = f"member {member}/{epochs.n_members}  epoch {len(history)}/{epochs.longest}"
        self.words = f"{place}  {self._score(network, epochs, model)}"

    def _score(self, network: int, epochs: Epochs, model: Any) -> str:
        """The score of all members together at their best epochs so far; of a trial its own."""
        if not self.lowest:
            return f"loss {model.history_.train_loss[-1]:.4g}"
        of = {network} if epochs.n_on_trial or not self.left else self.left
        return f"{self.judges} {score_of(model, [low for k, low in self.lowest.items() if k in of])}"


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
