"""GlassNetRegressor: numbers from a table."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.callback import with_callbacks
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.metaestimators import available_if

from ..errors import InputError, SettingError
from ..network.arrays import Array
from ..network.losses import Loss
from ..table.texts import number_in
from .base import GlassNetBase, learns_in_steps, store_arguments
from .blueprint import regression_loss
from .documentation import documented
from .given import Given, own_validation
from .with_intervals import WithIntervals


@documented
class GlassNetRegressor(WithIntervals, RegressorMixin, GlassNetBase):
    """A feed-forward network that predicts one or several numbers per row.

    Columns and targets are standardised inside, so raw tables work and predictions come in the units of y. Arguments
    that scikit-learn's MLPRegressor has too mean the same here, with the differences named below.

    Parameters
    ----------
    {parameters}
    random_state : int, RandomState or None
        Decides first weights, validation rows, order and dropout. An int is the seed of the counter-based random bits
        itself, so the same int gives the same bits; a RandomState or None is asked for one.

    Attributes
    ----------
    {attributes}

    Notes
    -----
    Differences from MLPRegressor: losses, `tol` and `huber_delta` are measured on the standardised target; early
    stopping watches the validation loss, not R2, and `best_loss_` is then the lowest of it; schedules
    act with every solver but 'lbfgs'; sample weights are divided by their mean over all rows, not over each batch, so
    that they count even when a step uses one row; `loss_curve_` leaves out the penalty; biases start at 0. `alpha` is
    divided by the total weight of the batch, as there, so that weight 2 is the same as a row twice. Rows of weight 0
    are left out as if they were not there.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from glassnet import GlassNetRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = GlassNetRegressor(solver="lbfgs", alpha=30, max_iter=500, random_state=0).fit(X[:350], y[:350])
    >>> bool(model.score(X[350:], y[350:]) > 0.5)
    True
    """

    def __init__(
        self,
        loss: str = "squared_error", hidden_layer_sizes: int | Sequence[int] = (128, 128),
        activation: str | Sequence[str] = "auto",
        *,
        solver: str = "adam", alpha: float = 0.0, batch_size: int | str = "auto", learning_rate: str = "auto",
        learning_rate_init: float | str = "auto", power_t: float = 0.5, max_iter: int | str = "auto",
        shuffle: bool = True, random_state: Any = None, tol: float = 1e-4,
        verbose: bool | int = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True,
        early_stopping: bool = False, validation_fraction: float = 0.1,
        beta_1: float = 0.9, beta_2: float | str = "auto", epsilon: float = 1e-8,
        n_iter_no_change: float = 10, max_fun: int = 15000, time_limit: float | None = None,
        l1: float = 0.0, input_dropout: float = 0.0,
        dropout: float | Sequence[float] | str = "auto",
        weight_decay: float | None = None, max_norm: float | None = None,
        initialization: str = "auto", parametrization: str = "auto", scale_rate: float | str = "auto",
        quantile: float | Sequence[float] = 0.5,
        huber_delta: float = 1.35, dtype: str = "auto",
        column_kinds: Mapping[str | int, str] | None = None,
        monotonic_constraints: Mapping[str | int, int] | Sequence[int] | None = None,
        scaling: str = "robust", bins: int | str = "auto", bins_at_values: bool | str = "auto",
        n_members: int | str = "auto", cv: Any = None, n_jobs: int | None = None,
    ) -> None:  # fmt: skip
        store_arguments(self, locals())

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        groups: Any = None,
        exposure: Any = None,
    ) -> Self:
        """Train on X (n_samples, n_columns) and y (n_samples,) or (n_samples, n_targets), in any units.

        The rows of X may be arrays, such as images (n_samples, height, width), whose entries are the columns.

        Parameters
        ----------
        sample_weight : (n_samples,)
            How much each row counts, from 0 on.
        X_val, y_val, sample_weight_val
            Validation rows of your own: the weights of the epoch with the lowest validation loss are kept. Without
            them `early_stopping=True` sets `validation_fraction` of the rows aside.
        groups : (n_samples,)
            Labels of rows that belong together (one patient, one shop): a fold holds all rows of a group or none.
        exposure : (n_samples,)
            For loss="poisson": over how long, or over how many, each count in y was made. The network then learns the
            rate y / exposure, and a row counts as much as its exposure; that is the Poisson regression with the offset
            log(exposure) (McCullagh and Nelder 1989, section 6.2). Validation rows of your own are rates, with their
            exposures as weights.

        Raises
        ------
        SettingError
            If a setting has no meaning.
        InputError
            If X, y or weights cannot be used; it names row and column.
        DivergenceError
            If training left the finite numbers.
        """
        if exposure is not None and self.loss != "poisson":
            raise InputError(
                f"exposure goes with loss='poisson', which counts events, and not with loss={self.loss!r}. Leave it "
                "out, or set loss='poisson'."
            )
        validation = own_validation(X_val, y_val, sample_weight_val)
        return self._fit(Given(X, y, sample_weight, groups, exposure, validation))

    @available_if(learns_in_steps)
    @with_callbacks
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on these rows, going on from where the last call stopped, optimizer and all.

        The first call decides the scaling, so let its rows be typical. Raises as `fit` does.
        """
        return self._fit(Given(X, y, sample_weight, incremental=True))

    def predict(self, X: Any) -> Array:
        """Predictions in the units of y: (n_samples,), or (n_samples, n_targets) if y had two dimensions.

        With several quantiles there is a column for each of them (for each target, in order); they never cross, because
        they are sorted (Chernozhukov, Fernandez-Val and Galichon 2010). After a fit with `exposure` predictions are
        rates, the counts for an exposure of 1. Predictions are float32 for float32 X, else float64.
        """
        return self._decoded(self._raw_predictions(X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R2, the coefficient of determination, of `predict(X)`; raises SettingError for several quantiles."""
        if self.loss == "quantile" and np.size(self.quantile) > 1:
            raise SettingError(
                f"score compares one number with each target, and quantile={self.quantile} are several. Judge each "
                "column of predict(X) with sklearn.metrics.mean_pinball_loss, or give a search scoring= that does."
            )
        return float(super().score(X, y, sample_weight))

    def _decoded(self, raw: Array) -> Array:
        """The outputs in the shape of y; quantiles in the order that quantiles have."""
        places = self._fitted.first.loss.order(raw)
        raw = raw if places is None else np.take_along_axis(raw, places, axis=1)
        return raw[:, 0] if raw.shape[1] == 1 and self._y_is_flat else raw

    def _decoded_change(self, change: Array, raw: Array) -> Array:
        places = self._fitted.first.loss.order(raw)
        change = change if places is None else np.take_along_axis(change, places[:, :, None], axis=1)
        return change[:, 0] if change.shape[1] == 1 and self._y_is_flat else change

    def _loss(self, settings: Mapping[str, Any]) -> Loss:
        return regression_loss(settings)

    def _n_outputs(self, Y: Array, loss: Loss) -> int:
        n_targets: int = Y.shape[1]
        return n_targets * (len(loss.numbers()) if loss.name == "quantile" else 1)

    def _encode_targets(self, y: Any, *, reset: bool) -> Array:
        if np.ndim(y) == 2 and np.shape(y)[1] == 1:
            y = column_or_1d(y, warn=True)
        try:
            Y = np.asarray(check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"))
        except (ValueError, TypeError, OverflowError) as reason:
            entries = enumerate(np.asarray(y, dtype=object).ravel()) if np.ndim(y) == 1 else ()
            texts = ((row, str(entry)) for row, entry in entries if isinstance(entry, str))
            odd = ((row, text) for row, text in texts if np.isnan(np.array(number_in(text), float)))  # None is NaN too
            first = next((f"it holds {text!r} in row {row}" for row, text in odd), str(reason).rstrip("."))
            raise InputError(
                f"y cannot be read as numbers: {first}. A regressor predicts numbers. Use GlassNetClassifier for "
                "classes.",
                error_id="E210",
            ) from reason
        if reset:
            self._y_is_flat = Y.ndim == 1
        return Y[:, None] if Y.ndim == 1 else Y

    def _validation_score(self, predictions: Array, Y: Array, weight: Array) -> float:
        if predictions.shape != Y.shape:
            return float("nan")  # several quantiles have no R2
        w = weight.astype(np.float64) if weight.size else np.ones(len(Y))
        Y, predictions = Y.astype(np.float64), predictions.astype(np.float64)
        with np.errstate(all="ignore"):
            error, spread = w @ np.square(Y - predictions), w @ np.square(Y - np.average(Y, axis=0, weights=w))
            R2 = np.mean(1 - error / spread)  # by hand: r2_score takes longer than an epoch of a small table
        return float(R2) if np.isfinite(R2) else float("nan")  # an overflow, a single row or equal targets have none

    def __sklearn_tags__(self) -> Any:
        """Several targets are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
