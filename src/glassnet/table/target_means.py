"""Categories with many levels: each level becomes the mean target of its rows, and no row sees its own target."""

from dataclasses import dataclass

import numpy as np

from ..network.arrays import Array
from ..network.random_bits import generator
from .frames import gaps_in
from .levels import codes_of, levels_in
from .numbers import Numbers

FOLDS = 5
PRIOR_ROWS = 10.0  # a level counts as if so many more rows had the mean target of all rows
FOLDS_STREAM = 7  # generator(seed, 7) draws the folds


@dataclass(frozen=True)
class TargetMeans:
    """A level -> the mean target of its rows, drawn towards the mean of all; then scaled as any number.

    A gap counts as a level of its own; what no training row had, a gap or a level, gets the mean of all rows. Training
    rows get means over the other folds (`of_training_rows`), so a level that names one row says nothing about it.
    The method is that of Micci-Barreca (2001), with folds as in scikit-learn's TargetEncoder; here weights count.

    means : (n_levels + 2, n_targets), the last two for a gap and for an unseen level.
    mean : (n_targets,), of all rows.
    scales : one for each target.
    """

    levels: tuple[str, ...]
    means: Array
    mean: Array
    scales: tuple[Numbers, ...]
    seed: int

    @classmethod
    def fit(cls, values: Array, targets: Array, weight: Array, seed: int) -> "TargetMeans":
        """Learn from values (n_rows,), None for gaps, and targets (n_rows, n_targets), with weights (n_rows,)."""
        levels = tuple(levels_in(values))
        mean = weight @ targets / weight.sum()
        means = _means(*_sums(_codes(values, levels), targets, weight, len(levels) + 2), mean)
        plain = cls(levels, means, mean, (), seed)
        crossed = plain._crossed(values, targets, weight)
        return cls(levels, means, mean, tuple(Numbers.fit(column, weight) for column in crossed.T), seed)

    def outputs(self) -> tuple[tuple[str, str], ...]:
        """The ending of the name of every output, and what it is."""
        if len(self.scales) == 1:
            return ((" mean target", "number"),)
        return tuple((f" mean target {target}", "number") for target in range(len(self.scales)))

    def transform(self, values: Array) -> Array:
        """The outputs (n_rows, n_targets) for rows whose targets had no part in `fit`."""
        return self._scaled(self.means[_codes(values, self.levels)])

    def of_training_rows(self, values: Array, targets: Array, weight: Array) -> Array:
        """The outputs (n_rows, n_targets) for rows to train on: each from the targets of the other folds alone."""
        return self._scaled(self._crossed(values, targets, weight))

    def _crossed(self, values: Array, targets: Array, weight: Array) -> Array:
        codes, n_levels = _codes(values, self.levels), len(self.means)
        fold = generator(self.seed, FOLDS_STREAM).permutation(len(values)) % FOLDS
        out = np.empty(targets.shape)
        for k in range(FOLDS):
            own, others = fold == k, fold != k
            # The mean of all rows is the same for every row, so it tells nothing about any of them.
            means = _means(*_sums(codes[others], targets[others], weight[others], n_levels), self.mean)
            out[own] = means[codes[own]]
        out[codes == n_levels - 1] = self.mean
        return out

    def _scaled(self, means: Array) -> Array:
        return np.hstack([scale.transform(column) for scale, column in zip(self.scales, means.T, strict=True)])


def _codes(values: Array, levels: tuple[str, ...]) -> Array:
    """The place among the levels; n_levels for a gap, n_levels + 1 for an unseen level."""
    codes = codes_of(values, levels)
    return np.where(codes >= 0, codes, np.where(gaps_in(values), len(levels), len(levels) + 1))


def _sums(codes: Array, targets: Array, weight: Array, n_levels: int) -> tuple[Array, Array]:
    """Weighted sums of targets (n_levels, n_targets) and total weights (n_levels,) of the levels."""
    sums = [np.bincount(codes, weights=weight * target, minlength=n_levels) for target in targets.T]
    return np.column_stack(sums), np.bincount(codes, weights=weight, minlength=n_levels)


def _means(sums: Array, counts: Array, mean: Array) -> Array:
    return np.asarray((sums + PRIOR_ROWS * mean) / (counts + PRIOR_ROWS)[:, None])
