"""GlassNetClassifier: classes and their probabilities from a table."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from ..errors import InputError
from ..network.arrays import Array
from ..network.losses import CrossEntropy, Logistic, Loss
from .base import GlassNetBase, learns_in_steps, store_arguments
from .class_weights import class_counts, class_weights, row_weights
from .documentation import documented
from .given import Given, own_validation


@documented
class GlassNetClassifier(ClassifierMixin, GlassNetBase):
    """A feed-forward network that predicts the class of a row, or several yes-or-no labels at once.

    Two classes share one output with a sigmoid, more have a softmax, labels (y of shape (n_samples, n_labels), 0 or 1)
    have a sigmoid each. Columns are standardised inside. Arguments that scikit-learn's MLPClassifier has too mean the
    same here, with the differences named below.

    Parameters
    ----------
    {parameters}
    random_state : int, RandomState or None
        Decides first weights, validation rows, order and dropout. An int is the seed of the counter-based random bits
        itself, so the same int gives the same bits; a RandomState or None is asked for one.
    class_weight : dict, "balanced" or None
        How much each class counts, {{class: weight}}, 1 for those that it does not name; "balanced" gives all classes
        the same total, as they stand in the training rows. Row weights multiply. For several labels per row it is a
        list of dicts, one per label.

    Attributes
    ----------
    classes_ : (n_classes,)
        The classes in the order of the columns of `predict_proba`.
    {attributes}

    Notes
    -----
    Differences from MLPClassifier: early stopping watches the validation loss, not the accuracy; schedules act with
    every solver but 'lbfgs'; sample weights are divided by their mean over all rows, not over each batch; `loss_curve_`
    leaves out the penalty; biases start at 0. `alpha` is divided by the total weight of the batch, as there, so that
    weight 2 is the same as a row twice. Rows of weight 0 are left out as if they were not there.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from glassnet import GlassNetClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = GlassNetClassifier(max_iter=50, n_iter_no_change=float("inf"), random_state=0).fit(X[:1400], y[:1400])
    >>> bool(model.score(X[1400:], y[1400:]) > 0.9)
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (128, 128), activation: str | Sequence[str] = "auto",
        *,
        solver: str = "adam", alpha: float = 0.0, batch_size: int | str = "auto", learning_rate: str = "auto",
        learning_rate_init: float | str = "auto", power_t: float = 0.5, max_iter: int | str = "auto",
        shuffle: bool = True, random_state: Any = None, tol: float = 1e-4,
        verbose: bool | int = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True,
        early_stopping: bool = False, validation_fraction: float = 0.1,
        beta_1: float = 0.9, beta_2: float | str = "auto", epsilon: float = 1e-8,
        n_iter_no_change: float = 10, max_fun: int = 15000, time_limit: float | None = None,
        class_weight: Any = None,
        l1: float = 0.0, input_dropout: float = 0.0,
        dropout: float | Sequence[float] | str = "auto",
        weight_decay: float | None = None, max_norm: float | None = None,
        initialization: str = "auto", parametrization: str = "auto", scale_rate: float | str = "auto",
        dtype: str = "auto",
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
    ) -> Self:
        """Train on X (n_samples, n_columns) and classes y (n_samples,), or labels y (n_samples, n_labels) of 0 and 1.

        Parameters, validation rows and errors are those of `GlassNetRegressor.fit`.
        """
        self._known_classes: Any = None
        validation = own_validation(X_val, y_val, sample_weight_val)
        return self._fit(Given(X, y, sample_weight, groups, validation=validation))

    @available_if(learns_in_steps)
    @with_callbacks
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch on these rows, going on from where the last call stopped, optimizer and all.

        Parameters
        ----------
        classes : array-like
            All classes that any call will see. The first call needs them, later ones may leave them out.
        """
        if not hasattr(self, "_fitted") and classes is None:
            raise InputError(
                "classes must be passed on the first call to partial_fit: later rows may hold classes that these do "
                "not. Write partial_fit(X, y, classes=np.unique(all_y))."
            )
        known = None if classes is None else np.unique(classes)
        if hasattr(self, "_fitted") and known is not None and not np.array_equal(self.classes_, known):
            raise InputError(
                f"classes={classes!r} is not the same as on the last call to partial_fit, was: {self.classes_!r}. The "
                "outputs of the network are made for these. Leave classes out, or start with a new estimator."
            )
        self._known_classes = known
        return self._fit(Given(X, y, sample_weight, incremental=True))

    def predict(self, X: Any) -> Array:
        """The most probable class of every row, (n_samples,); for labels 0 or 1, (n_samples, n_labels)."""
        raw = self._raw_predictions(X)
        if self._is_multilabel:
            return (raw > 0.5).astype(int)
        chosen = raw.argmax(axis=1) if raw.shape[1] > 1 else (raw[:, 0] > 0.5).astype(int)
        return np.asarray(self.classes_[chosen])

    def predict_proba(self, X: Any) -> Array:
        """Probabilities (n_samples, n_classes) in the order of `classes_`, rows summing to 1; for labels, of a yes."""
        return self._decoded(self._raw_predictions(X))

    def predict_log_proba(self, X: Any) -> Array:
        """Logarithms of `predict_proba`."""
        with np.errstate(divide="ignore"):  # the logarithm of a probability that rounds to 0 is -infinity
            return np.asarray(np.log(self.predict_proba(X)))

    def _decoded(self, raw: Array) -> Array:
        """Probabilities of all classes, (n_samples, n_classes), from those that the network gives."""
        if self._is_multilabel:
            return raw
        if raw.shape[1] == 1:
            return np.hstack([1 - raw, raw])
        return np.asarray(raw / raw.sum(axis=1, keepdims=True))  # the network rounds to float32, scores look closer

    def _decoded_change(self, change: Array, raw: Array) -> Array:
        """What one class gains the other loses; probabilities of several classes are changes already."""
        if self._is_multilabel or change.shape[1] > 1:
            return change
        return np.concatenate([-change, change], axis=1)

    def _loss(self, settings: Mapping[str, Any]) -> Loss:
        return Logistic() if self._is_multilabel or len(self.classes_) == 2 else CrossEntropy()

    def _n_outputs(self, Y: Array, loss: Loss) -> int:
        return len(self.classes_) if loss.name == "cross_entropy" else Y.shape[1]

    def _encode_targets(self, y: Any, *, reset: bool) -> Array:
        if _kind_of(y) == "multilabel-indicator":
            return self._encode_labels(y, reset=reset)
        y = column_or_1d(y, warn=True)
        if reset:
            classes = np.unique(y) if self._known_classes is None else self._known_classes
            if len(classes) < 2:
                raise InputError(
                    f"y holds only one class, {classes.tolist()[0]!r}, so there is nothing to tell apart. Give rows of "
                    "at least 2 classes."
                )
            self._is_multilabel, self.classes_ = False, classes
        elif self._is_multilabel:
            raise InputError(f"y has one class per row, but the network was made for {len(self.classes_)} labels each.")
        number = {label: code for code, label in enumerate(self.classes_.tolist())}
        codes = np.array([number.get(label, np.nan) for label in y.tolist()])
        if np.isnan(codes).any():
            row = int(np.argmax(np.isnan(codes)))
            raise InputError(
                f"y holds the class {y.tolist()[row]!r} in row {row}, which the network has no output for: it knows "
                f"{self.classes_.tolist()}. Fit anew with all classes, or pass all of them as classes in the first "
                "call to partial_fit."
            )
        return codes[:, None]

    def _encode_labels(self, y: Any, *, reset: bool) -> Array:
        Y = check_array(y, accept_sparse=True, dtype=np.float64)
        Y = np.asarray(Y.toarray() if issparse(Y) else Y)
        if reset:
            self._is_multilabel, self.classes_ = True, np.arange(Y.shape[1])
        if not self._is_multilabel or Y.shape[1] != len(self.classes_):
            raise InputError(f"y has {Y.shape[1]} labels, but the network was made for {len(self.classes_)}.")
        return Y

    def _class_counts(self, Y: Array) -> Array | None:
        return class_counts(Y, 2 if self._is_multilabel else len(self.classes_))

    def _total_weight(self, weight: Array | None, Y: Array, counts: Array | None = None) -> Array | None:
        if self.class_weight is None:
            return weight
        if counts is None:
            counts = self._class_counts(Y if weight is None else Y[weight > 0])
        names = [0, 1] if self._is_multilabel else self.classes_.tolist()
        of_rows = row_weights(class_weights(self.class_weight, names, np.asarray(counts)), Y)
        return of_rows if weight is None else of_rows * weight

    def _strata(self, Y: Array) -> Array | None:
        return None if self._is_multilabel else Y[:, 0]

    def _validation_score(self, predictions: Array, Y: Array, weight: Array) -> float:
        if predictions.shape[1] > 1 and not self._is_multilabel:
            right = predictions.argmax(axis=1) == Y[:, 0]
        else:
            right = ((predictions > 0.5) == (Y > 0.5)).all(axis=1)  # several labels: right if all of them are
        return float(np.average(right, weights=weight if weight.size else None))

    def __sklearn_tags__(self) -> Any:
        """Several labels per row are welcome."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _kind_of(y: Any) -> str:
    """scikit-learn's name for the kind of target."""
    try:
        check_classification_targets(y)
        return str(type_of_target(y))
    except TypeError as reason:
        several = len(set(map(type, np.ravel(np.asarray(y, dtype=object))))) > 1
        what = "mixes kinds of classes that have no order" if several else "holds classes that cannot be told apart"
        raise InputError(f"y {what} ({reason}). Write all classes as texts or all as numbers.") from reason
    except ValueError as reason:
        entries = np.ravel(np.asarray(y))
        if entries.dtype.kind != "O" or not entries.size:
            raise
        raise InputError(
            f"{reason} y holds Python objects such as {entries[0]!r}, a {type(entries[0]).__name__}. Write classes as "
            "texts, whole numbers or booleans: y.astype(str), y.astype(int) or y.astype(bool)."
        ) from reason
