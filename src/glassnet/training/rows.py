"""Rows of numbers, as the engine takes them."""

from dataclasses import dataclass

from ..network.arrays import Array


@dataclass(frozen=True)
class Rows:
    """X (n_samples, n_1), Y (n_samples, n_targets) and row weights (n_samples,) with mean 1, or (0,) for none.

    All three are C-contiguous and of the program's float type: checked and converted where data enter the package.
    """

    X: Array
    Y: Array
    weight: Array

    def __len__(self) -> int:
        return len(self.X)
