"""What a network's training is meant to be: its schedule, its batches, and the rules that end it."""

from dataclasses import dataclass

import numpy as np

from .schedules import Schedule


@dataclass(frozen=True)
class Plan:
    """How long to train, in which batches, and when to stop.

    Parameters
    ----------
    schedule : Schedule
        Learning rates; its n_epochs is the largest number of epochs.
    batch_size : int
    shuffle : bool
    tol, n_iter_no_change
        Training stops when more than n_iter_no_change epochs in a row did not lower the watched loss by tol: the
        validation loss with early_stopping, else the training loss (unless the schedule has an end of its own).
    early_stopping : bool
    time_limit : float or None
        Seconds after which no further epoch starts. A schedule with an end is shortened to end by then.
    least_gain : float
        The last hump of a schedule follows only if the one before it lowered the validation loss by more than this
        share.
    until : float
        Epochs of the schedule after which training pauses, with the weights as they are then, so that it can go on.
    """

    schedule: Schedule
    batch_size: int
    shuffle: bool = True
    tol: float = 1e-4
    n_iter_no_change: float = 10
    early_stopping: bool = False
    time_limit: float | None = None
    least_gain: float = 0.0
    until: float = np.inf

    @property
    def pauses(self) -> bool:
        """Whether training is to be gone on with."""
        return bool(np.isfinite(self.until))

    @property
    def has_stop_rule(self) -> bool:
        """Whether a plateau ends training before the last epoch."""
        return np.isfinite(self.n_iter_no_change) and (self.early_stopping or not self.schedule.has_end)
