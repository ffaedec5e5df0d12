"""Columns get positions among quantiles, from which the network's first layer draws curves (eq. 12)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from .counting import rows_of_weight, weighted_quantiles

TOLERANCE = 1.01  # by how much a single value may be fuller than a bin
FEWEST_VALUES = 3  # a column with fewer different values is a straight line anyway
MOST_BINS_AT_VALUES, ROWS_OF_VALUE = 128, 50  # up to so many bins for a column with so many rows to each value


@dataclass(frozen=True)
class Bins:
    """Appends to the columns of X the positions of some of them among their edges.

    columns : which columns of X have bins, those with fewer bins first.
    edges : for each of them its T + 1 edges, rising.
    """

    columns: tuple[int, ...]
    edges: tuple[Array, ...]

    @classmethod
    def fit(
        cls, X: Array, columns: Sequence[int], n_bins: int, weight: Array | None = None, *, at_values: bool = False
    ) -> "Bins":
        """At most n_bins bins for each of these columns of X, equally full.

        A column with at most n_bins + 1 different values has an edge at each of them, one with fewer than three has no
        bins. Edges are values of the rows. A value beyond the outermost edges has the position of the nearest.

        Parameters
        ----------
        X : (n_rows, n_columns)
        weight : (n_rows,)
            Weight 2 counts as the row twice.
        at_values : bool
            Whether a column with few values and many rows to each, such as a number of children or an amount that is
            mostly 0, has an edge at each of them even if there are more than n_bins: each can then stand for itself.

        Examples
        --------
        >>> bins = Bins.fit(np.array([[0.0], [1.0], [10.0]]), [0], n_bins=32)
        >>> bins.transform(np.array([[5.5], [99.0]])).tolist()
        [[5.5, 1.5], [99.0, 2.0]]
        """
        weight = rows_of_weight(weight, len(X))
        found = {column: _edges(X[:, column], n_bins, weight, at_values=at_values) for column in columns}
        kept = sorted((c for c in columns if len(found[c]) >= FEWEST_VALUES), key=lambda c: len(found[c]))
        return cls(tuple(kept), tuple(found[column] for column in kept))

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many bins each of the columns has."""
        return tuple(len(edges) - 1 for edges in self.edges)

    def transform(self, X: Array) -> Array:
        """X and behind it the positions, (n_rows, n_columns + n_columns_with_bins), in the type of X."""
        out = np.empty((len(X), X.shape[1] + len(self.columns)), X.dtype)
        out[:, : X.shape[1]] = X
        for place, (column, edges) in enumerate(zip(self.columns, self.edges, strict=True), start=X.shape[1]):
            out[:, place] = np.interp(X[:, column], edges, np.arange(len(edges)))
        return out

    def backward(self, out: Array, G: Array) -> Array:
        """How outputs change with X, (n_rows, n_outputs, n_columns), from their changes G with what `transform` gave.

        Between two edges a position runs 1 / (their distance) as fast as the value; at an edge it is the slope from the
        left, and outside the edges 0.

        Parameters
        ----------
        out : (n_rows, n_columns + n_columns_with_bins)
            The result of `transform`.
        G : (n_rows, n_outputs, n_columns + n_columns_with_bins)
        """
        n = out.shape[1] - len(self.columns)
        back = G[..., :n].copy()
        for place, (column, edges) in enumerate(zip(self.columns, self.edges, strict=True), start=n):
            p = out[:, place]
            widths = np.diff(edges.astype(np.float64))
            width = widths[np.clip(np.ceil(p).astype(int) - 1, 0, len(widths) - 1)]
            slope = np.where((p > 0) & (out[:, column] <= edges[-1]), 1 / width, 0)
            back[..., column] += G[..., place] * slope[:, None]
        return np.asarray(back)


def _edges(values: Array, n_bins: int, weight: Array, *, at_values: bool) -> Array:
    """Quantiles of the values, each value counted for at most one bin: what many rows share takes no others' edges."""
    different, which = np.unique(values, return_inverse=True)
    if at_values and len(different) <= weight.sum() / ROWS_OF_VALUE:
        n_bins = max(n_bins, MOST_BINS_AT_VALUES)
    if len(different) <= n_bins + 1:
        return different
    counts = np.bincount(which, weight)
    while counts.max() > counts.sum() / n_bins * TOLERANCE:
        counts = np.minimum(counts, counts.sum() / n_bins)
    return np.unique(weighted_quantiles(different, np.linspace(0, 1, n_bins + 1).tolist(), counts))
