"""How the learning rate changes while a network learns (T10)."""

from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array

SCHEDULES = ("constant", "invscaling", "adaptive", "cosine", "coslog4")
WITH_END = ("cosine", "coslog4")
VALLEYS = (1 / 15, 3 / 15, 7 / 15)  # where the rate of "coslog4" has come down to 0, as shares of all epochs


@dataclass(frozen=True)
class Schedule:
    """The learning rate of every step. t in [0, 1) is the share of all steps that is done.

    | name | learning rate |
    |---|---|
    | constant | eta |
    | invscaling | eta / (1 + rows seen before this epoch)^power_t |
    | adaptive | eta, divided by 5 whenever the loss stops falling |
    | cosine | eta (1 + cos(pi t)) / 2 (Loshchilov and Hutter 2017) |
    | coslog4 | eta (1 - cos(2 pi log2(1 + 15 t))) / 2: four humps, each twice as long as the last (Holzmueller 2024) |

    With power_t in (1/2, 1] "invscaling" meets the conditions of Robbins and Monro (1951): the rates sum to infinity,
    their squares do not, and stochastic gradient descent on a convex loss converges.
    """

    name: str
    eta: float
    n_epochs: int
    power_t: float = 0.5

    @property
    def valleys(self) -> tuple[float, ...]:
        """The epochs at which "coslog4" has come down to 0 and is about to rise again; none for other schedules."""
        return tuple(self.n_epochs * t for t in VALLEYS) if self.name == "coslog4" else ()

    @property
    def has_end(self) -> bool:
        """Whether the rate reaches 0 at the last epoch, so that a plateau before it is no reason to stop."""
        return self.name in WITH_END

    def rates(self, epoch: float | Array, n_steps: int, rows_seen: int | Array, *, stride: float = 1) -> Array:
        """Learning rates of the steps of one epoch, (n_steps,), or of several, (n_epochs, n_steps).

        epoch, rows_seen : what is behind; for several epochs columns, (n_epochs, 1)
        stride : how many epochs of the schedule an epoch stands for; above 1 where time is short.

        Examples
        --------
        >>> Schedule("cosine", eta=1.0, n_epochs=1).rates(0, 2, 0)
        array([1. , 0.5])
        """
        if not self.has_end:
            eta = self.eta / (1 + rows_seen) ** self.power_t if self.name == "invscaling" else self.eta
            return eta * np.ones((*np.shape(epoch)[:1], n_steps))
        t = np.minimum((epoch + stride * np.arange(n_steps) / n_steps) / self.n_epochs, 1)
        if self.name == "cosine":
            return np.asarray(self.eta * (1 + np.cos(np.pi * t)) / 2)
        return np.asarray(self.eta * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * t))) / 2)
