"""Count, mean and spread of columns, which can be joined: of two halves of a table they give those of the whole."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..network.arrays import Array


@dataclass(frozen=True)
class Moments:
    """What one pass over some rows remembers of their columns.

    weight : the total weight of the rows, their number if all count the same
    mean : (n_columns,)
    squares : (n_columns,), the weighted sum of squared distances from the mean
    """

    weight: float
    mean: Array
    squares: Array

    @classmethod
    def nothing(cls, n_columns: int) -> "Moments":
        """The moments of no rows."""
        return cls(0.0, np.zeros(n_columns), np.zeros(n_columns))

    @classmethod
    def of(cls, block: Array, weight: Array | None = None) -> "Moments":
        """The moments of a block of rows (n_rows, n_columns), float64, with weights (n_rows,) above 0.

        Examples
        --------
        >>> whole = Moments.of(np.array([[1.0], [2.0], [6.0]]))
        >>> float(whole.mean[0]), float(whole.squares[0])
        (3.0, 14.0)
        """
        w = np.ones(len(block)) if weight is None else weight
        mean = w @ block / w.sum()
        return cls(float(w.sum()), mean, w @ np.square(block - mean))

    def __add__(self, other: "Moments") -> "Moments":
        """The moments of both sets of rows together, by the formula of Chan, Golub and LeVeque (1979).

        Examples
        --------
        >>> halves = Moments.of(np.array([[1.0], [2.0]])) + Moments.of(np.array([[6.0]]))
        >>> float(halves.mean[0]), float(halves.squares[0])
        (3.0, 14.0)
        """
        if not other.weight:
            return self
        shift, share = other.mean - self.mean, other.weight / (self.weight + other.weight)
        squares = self.squares + (other.squares + self.weight * share * np.square(shift))
        return Moments(self.weight + other.weight, self.mean + share * shift, squares)

    @property
    def deviation(self) -> Array:
        """The standard deviation of each column, (n_columns,)."""
        return np.asarray(np.sqrt(self.squares / self.weight))


def together(parts: list[Moments]) -> Moments:
    """The moments of all parts as one table; there is at least one."""
    return reduce(Moments.__add__, parts)
