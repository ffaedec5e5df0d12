"""Prediction intervals of a fitted regressor: what they are made of, and how their ends are found."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..network.arrays import Array
from ..table.counting import rows_of_weight
from .inputs import Selection
from .intervals import Residuals, interval
from .members import Ensemble
from .narrowing import MOST_ROWS, narrowing
from .parts import Part
from .spread import OfMembers, learnt, sizes, some


class WithIntervals:
    """An estimator whose members have held rows out, and so know by how much they err."""

    _fitted: Ensemble
    _y_is_flat: bool
    _rows_to_predict: Any
    _residuals: tuple[tuple[Residuals, ...], ...] | None  # for each target and member
    _scaled: tuple[OfMembers, ...] | None  # the same in units of a spread
    _narrowing: Array | None  # (2, n_targets), of intervals of both kinds

    def predict_interval(
        self, X: Any, coverage: float = 0.9, *, adaptive: bool = False, guaranteed: bool = False
    ) -> Array:
        """Lower and upper ends, (n_samples, 2), between which a new target lies with that probability.

        For y with two dimensions (n_samples, n_targets, 2), each target by itself. The intervals are CV+ (Barber et
        al. 2021): a prediction and the errors that the members made on the rows that they had not seen, in the units of
        y; and they are drawn together around the mean of the members, which errs less than each (Krogh and Vedelsby
        1995). With new rows like the training rows, in no order, the coverage is close to what is asked for; it is
        meant on the average over rows, not for each kind of row.

        Parameters
        ----------
        adaptive : bool
            Wider intervals for rows where errors are larger: residuals are measured in units of a spread that was
            learnt from the residuals of other folds (Lei et al. 2018, section 5.2). Without it the width follows only
            how far the members disagree.
        guaranteed : bool
            CV+ as it was published, not drawn together. Of new rows like the training rows it holds at least the share
            1 - 2 (1 - coverage), but for a little, whatever the members are; mostly it holds more than `coverage`.

        Raises
        ------
        InputError
            If the model has no errors to go by (n_members=1, validation rows of your own, quantiles, partial_fit), or
            too few for this coverage.

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(300, 1))
        >>> y = X[:, 0] + rng.normal(size=300)
        >>> model = GlassNetRegressor(n_members=3, max_iter=20, random_state=0).fit(X[:200], y[:200])
        >>> lower, upper = model.predict_interval(X[200:], coverage=0.8).T
        >>> bool(0.7 < np.mean((lower <= y[200:]) & (y[200:] <= upper)) < 0.9)
        True
        """
        ends = self._ends(self._rows_to_predict(X), coverage, adaptive, guaranteed)
        return ends[:, 0] if self._y_is_flat else ends

    def _ends(self, rows: Any, coverage: float, adaptive: bool, guaranteed: bool = False) -> Array:
        """Lower and upper ends, (n_rows, n_targets, 2), of checked rows. Raises as `predict_interval`."""
        residuals = self._known_errors(adaptive)
        predictions = self._by_target(rows)
        units = self._spreads(rows, predictions) if adaptive else np.ones_like(predictions)
        factors = np.ones(len(residuals)) if guaranteed else self._factors(adaptive)
        found = []
        for mu, folds, unit, factor in zip(predictions, residuals, units, factors, strict=True):
            ends = interval(mu, folds, coverage, unit)
            found.append(factor * ends + (1 - factor) * mu.mean(axis=0)[:, None])
        return np.stack(found, axis=1)

    def _by_target(self, rows: Any) -> Array:
        """What the members say of checked rows, (n_targets, n_members, n_rows)."""
        return np.moveaxis(np.array([member.predict(rows) for member in self._fitted.members], np.float64), 2, 0)

    def _spreads(self, rows: Any, predictions: Array) -> Array:
        """sigma (n_targets, n_members, n_rows) of checked rows, for predictions of that shape."""
        scaled = zip(*self._scaled or (), strict=True)
        pairs = zip(self._fitted.members, scaled, np.moveaxis(predictions, 1, 0), strict=True)
        found = [sizes([one.spread for one in of_targets], member, rows, mu.T) for member, of_targets, mu in pairs]
        return np.moveaxis(np.array(found), 2, 0)

    def _factors(self, adaptive: bool) -> Array:
        """What the widths of CV+ intervals are multiplied by, (n_targets,)."""
        assert self._narrowing is not None
        return np.asarray(self._narrowing[int(adaptive)])

    def _known_errors(self, adaptive: bool) -> tuple[tuple[Residuals, ...], ...]:
        """For each target the residuals of each member, in units of spreads if adaptive; InputError if not known."""
        if self._residuals is None:
            raise InputError(
                "intervals are made from the errors on rows that a member has not seen, and this model has none. Fit "
                "it with n_members=5, with rows alone and no X_val, for one prediction per target."
            )
        if not adaptive:
            return self._residuals
        if self._scaled is None:
            raise InputError(
                "adaptive intervals need a learnt spread, and this model was saved by a glassnet that had none. Fit it "
                "again, or leave adaptive out."
            )
        return tuple(tuple(one.scores for one in of_target) for of_target in self._scaled)

    def _keep_residuals(self, raw: Array | None, parts: Sequence[Part], table: Selection) -> None:
        self._residuals = self._scaled = self._narrowing = None
        if raw is None or raw.shape != table.Y.shape:
            return
        errors, weight = table.Y - raw, rows_of_weight(table.weight, len(raw))
        folds = [fold.rows for _, fold in parts if fold is not None]
        self._residuals = tuple(
            tuple(Residuals.of(errors[rows, t], weight[rows]) for rows in folds) for t in range(raw.shape[1])
        )
        self._scaled = learnt(table, self._fitted.members, folds, raw)
        self._narrowing = self._learnt_narrowing(table, weight)

    def _learnt_narrowing(self, table: Selection, weight: Array) -> Array:
        rows = some(np.flatnonzero(weight), MOST_ROWS)
        X = table.taken(rows)
        predictions = self._by_target(X)
        units = {False: np.ones_like(predictions), True: self._spreads(X, predictions)}
        found = [
            [
                narrowing(*of_target, weight[rows])
                for of_target in zip(predictions, self._known_errors(kind), unit, strict=True)
            ]
            for kind, unit in units.items()
        ]
        return np.array(found)
