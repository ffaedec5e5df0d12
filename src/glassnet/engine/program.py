"""What the engine is asked to write: everything that shapes the code, and the numbers that it leaves open."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ..errors import SettingError
from ..network.architecture import Architecture
from ..network.arrays import Array
from ..network.backprop import NO_PENALTY, check_output
from ..network.losses import Loss, Squared
from ..network.optimizers import Optimizer
from ..network.penalty import Penalty

NUMBERS_OF_OPTIMIZER = {
    "sgd": (),
    "momentum": ("momentum",),
    "nesterov": ("momentum",),
    "adam": ("beta_1", "beta_2", "epsilon"),
    "adamw": ("beta_1", "beta_2", "epsilon"),
}


@dataclass(frozen=True)
class Program:
    """One network and how it is trained.

    Names, sizes and the presence of a term shape the source. Strengths (penalties, momentum, dropout rates, the batch
    size beyond 1) are read at run time, so that a search over them compiles nothing anew.

    Parameters
    ----------
    weighted : bool
        Whether rows carry weights.
    per_sample : bool
        Whether every step uses one row (T9); otherwise a mini-batch of any size.
    is_open : bool
        Whether dropout of hidden layers, weight decay and scales are written at strength 0 too, to be skipped as the
        code runs. What a fit tries is then one compiled function.
    is_shared : bool
        Whether two threads may share each step, which pays for large networks; see `shared`.
    dtype : "float32" or "float64"
    """

    architecture: Architecture
    loss: Loss = Squared()
    optimizer: Optimizer = Optimizer()
    penalty: Penalty = NO_PENALTY
    weighted: bool = False
    per_sample: bool = False
    is_open: bool = False
    is_shared: bool = False
    dtype: Literal["float32", "float64"] = "float32"

    def __post_init__(self) -> None:
        """Refuse a loss that does not go with the output, and to share what cannot be shared."""
        check_output(self.architecture, self.loss)
        if self.is_shared and not self.can_be_shared:
            raise SettingError(
                "two threads do not share steps on one row, with bins or with max_norm. Set is_shared=False, or leave "
                "out per_sample, bins and max_norm."
            )

    def numbers(self) -> dict[str, float]:
        """The numbers that the source reads from its argument `settings`, by name and in order."""
        penalty, optimizer = self.penalty, self.optimizer
        numbers = {name: getattr(penalty, name) for name in ("alpha", "l1") if getattr(penalty, name)}
        if self.has_decay:
            numbers["weight_decay"] = optimizer.weight_decay
        if np.isfinite(optimizer.max_norm):
            numbers["max_norm"] = optimizer.max_norm
        if self.has_scales:
            numbers["scale_rate"] = optimizer.scale_rate
        numbers |= {name: getattr(optimizer, name) for name in NUMBERS_OF_OPTIMIZER[optimizer.name]}
        numbers |= self.loss.numbers()
        return numbers | {f"dropout{layer}": rate for layer, rate in self.dropout_rates().items()}

    @property
    def has_decay(self) -> bool:
        """Whether weight decay is written."""
        return self.is_open or bool(self.optimizer.weight_decay)

    @property
    def has_scales(self) -> bool:
        """Whether scales of the inputs are written (eq. 22)."""
        return self.optimizer.is_adam and (self.is_open or bool(self.optimizer.scale_rate))

    @property
    def can_be_shared(self) -> bool:
        """Whether a step can be cut in halves: not on one row, with bins or with max-norm."""
        return not (self.per_sample or self.architecture.bins or np.isfinite(self.optimizer.max_norm))

    def dropout_rates(self) -> dict[int, float]:
        """{layer: rate} of the layers whose dropout is written."""
        net = self.architecture
        hidden = dict.fromkeys(range(2, net.n_layers), 0.0) if self.is_open else {}
        return hidden | net.dropout_rates()

    @cached_property  # every epoch asks
    def settings(self) -> Array:
        """What the compiled function takes, float64: `numbers`, then how many bins each column in bins has."""
        net = self.architecture
        limits = net.bounds if net.signs else ()
        return np.concatenate([[*self.numbers().values(), *filter(None, net.bins)], *limits]).astype(np.float64)
