"""How much each class counts: class_weight, as users write it, becomes a number for every class and every row."""

from collections.abc import Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from ..errors import SettingError, nearest
from ..network.arrays import Array


def class_counts(Y: Array, n_classes: int) -> Array:
    """How many rows of Y (n_rows, n_targets) have each class, (n_targets, n_classes).

    Examples
    --------
    >>> class_counts(np.array([[0.0], [2.0], [2.0]]), 3)
    array([[1, 0, 2]])
    """
    return np.array([np.bincount(codes, minlength=n_classes) for codes in _codes(Y, n_classes).T])


def class_weights(class_weight: Any, classes: Sequence[Any], counts: Array) -> Array:
    """How much each class counts, (n_targets, n_classes).

    Parameters
    ----------
    class_weight : {class: weight}, "balanced", or for several labels a list of dicts
    classes : (n_classes,)
        Their names in the order of the columns.
    counts : (n_targets, n_classes)
        How many training rows each has; "balanced" gives all that occur the same total.

    Raises
    ------
    SettingError
        If class_weight has another form, names an unknown class, or a weight is no number from 0 on.

    Examples
    --------
    >>> class_weights({"b": 3}, ["a", "b"], np.array([[2, 6]])), class_weights("balanced", "ab", np.array([[2, 6]]))
    (array([[1., 3.]]), array([[2.        , 0.66666667]]))
    """
    if isinstance(class_weight, str) and class_weight == "balanced":
        shares = np.count_nonzero(counts, axis=1, keepdims=True) * np.maximum(counts, 1)
        return np.asarray(counts.sum(axis=1, keepdims=True) / shares)
    several = len(counts) > 1
    wishes = class_weight if several and isinstance(class_weight, Sequence) else [class_weight]
    if len(wishes) != len(counts) or not all(isinstance(wish, Mapping) for wish in wishes):
        form = f"a list of dicts, one for each of {len(counts)} labels," if several else "a dict {class: weight}"
        raise SettingError(
            f"class_weight={class_weight!r} is neither {form} nor 'balanced'. Give one of these, or None."
        )
    return np.array([_of_one_target(wish, classes) for wish in wishes])


def row_weights(of_classes: Array, Y: Array) -> Array:
    """How much the rows of Y (n_rows, n_targets) count for their classes, (n_rows,); labels multiply."""
    codes = _codes(Y, of_classes.shape[1])
    return np.asarray(np.prod([weights[column] for weights, column in zip(of_classes, codes.T, strict=True)], axis=0))


def _of_one_target(wish: Mapping[Any, Any], classes: Sequence[Any]) -> list[float]:
    for name, weight in wish.items():
        if not isinstance(weight, Real) or not isfinite(weight) or weight < 0:
            raise SettingError(
                f"class_weight of the class {name!r} is {weight!r}. It says how often a row of that class counts. Give "
                "a number from 0 on; 0 leaves the class out."
            )
    unknown = [name for name in wish if name not in classes]
    if unknown and any(name not in wish for name in classes):  # else each has its weight, and one too many does no harm
        raise SettingError(
            f"class_weight names the class {unknown[0]!r}, which y does not have: its classes are {list(classes)}. "
            f"{nearest(unknown[0], classes) or 'Name one of these, or leave it out.'}"
        )
    return [float(wish.get(name, 1.0)) for name in classes]


def _codes(Y: Array, n_classes: int) -> Array:
    return np.clip(Y, 0, n_classes - 1).astype(np.int64)  # labels other than 0 and 1 are the loss's to refuse
