"""Which rows each member learns from, and which it is judged by."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..network.arrays import Array
from .inputs import Selection

Part = tuple[Selection, Selection | None]


def parts_of(table: Selection, settings: Mapping[str, Any], seed: int, strata: Array | None) -> list[Part]:
    """For each member of a new fit the rows that it learns from, and those that choose its best epoch, if any.

    Parameters
    ----------
    strata : (n_samples,)
        Classes whose shares every fold keeps.

    Raises
    ------
    InputError
        If there are too few rows or groups, or rows of one class only.
    """
    if settings["cv"] is not None:
        return _own_folds(table, settings["cv"], strata)
    if settings["n_members"] > 1:
        return _folds(table, settings["n_members"], seed, strata)
    if settings["early_stopping"] and settings["solver"] != "lbfgs":
        return [table.split(settings["validation_fraction"], seed, strata)]
    return [(table, None)]


def most_folds(n_rows: int, classes: Array | None = None, groups: Array | None = None) -> int:
    """How many folds could be drawn so that each has two rows, one of every class, and a group.

    Examples
    --------
    >>> classes, groups = np.array([0, 0, 0, 1, 1, 1, 1, 1]), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> most_folds(8), most_folds(8, classes), most_folds(8, groups=groups)
    (4, 3, 2)
    """
    each = [n_rows // 2]
    if classes is not None:
        each.append(int(np.unique(classes, return_counts=True)[1].min()))
    if groups is not None:
        each.append(len(np.unique(groups)))
    return min(each)


def splitter_of(n_folds: int, seed: int, classes: Array | None = None, groups: Array | None = None) -> Any:
    """scikit-learn's splitter that draws folds of such rows; they keep the classes' shares if each has a row for each.

    Examples
    --------
    >>> splitter_of(2, seed=0, classes=np.array([0, 0, 1, 1]))
    StratifiedKFold(n_splits=2, random_state=0, shuffle=True)
    """
    from sklearn import model_selection  # late: it is slow to load, and not every fit needs it

    keeps = classes is not None and np.unique(classes, return_counts=True)[1].min() >= n_folds
    kinds = {(False, True): "KFold", (True, True): "StratifiedKFold", (False, False): "GroupKFold"}
    kind = kinds.get((bool(keeps), groups is None), "StratifiedGroupKFold")
    return getattr(model_selection, kind)(n_folds, shuffle=True, random_state=seed)


def labels_of(table: Selection, strata: Array | None) -> tuple[Array | None, Array | None]:
    """Classes and groups of the rows that count, as far as there are any."""
    classes, groups = (None if each is None else each[table.rows] for each in (strata, table.groups))
    return classes, groups


def _folds(table: Selection, n_members: int, seed: int, strata: Array | None) -> list[Part]:
    """Folds drawn at random, a member for each."""
    n, (classes, groups) = len(table.rows), labels_of(table, strata)
    if classes is not None and np.ptp(classes) == 0:
        raise InputError(
            "all rows with a weight above 0 are of one class, so there is nothing to tell apart. Give rows of a second "
            "class a weight above 0."
        )
    if n < 2 * n_members:
        raise InputError(
            f"n_members={n_members} members hold out a fold of the rows each, and {n} rows with a weight above 0 are "
            f"fewer than two for each of them. Give at least {2 * n_members} rows, or set n_members=1."
        )
    n_groups = n if groups is None else len(np.unique(groups))
    if n_groups < n_members:
        raise InputError(
            f"n_members={n_members} members hold out whole groups, and there are only {n_groups} of them. Set "
            f"n_members={max(n_groups, 1)}, or leave groups out if rows of one group tell nothing about each other."
        )
    pairs = splitter_of(n_members, seed, classes, groups).split(np.empty((n, 0)), classes, groups)
    return [(table.of_rows(table.rows[learn]), table.of_rows(table.rows[judge])) for learn, judge in pairs]


def _own_folds(table: Selection, cv: Any, strata: Array | None) -> list[Part]:
    """Folds by a splitter of scikit-learn's, or pairs of row numbers; rows of weight 0 are left out of them.

    A row that stands several times in a part, as in a bootstrap sample, counts as often.
    """
    targets = table.Y[:, 0] if strata is None else strata
    pairs: Iterable[Any] = cv.split(np.empty((len(table.Y), 0)), targets, table.groups) if hasattr(cv, "split") else cv
    parts: list[Part] = []
    for k, pair in enumerate(pairs):
        try:
            learn, judge = pair
            places = [np.sort(np.arange(len(table.Y))[rows], axis=None) for rows in (learn, judge)]
        except (IndexError, TypeError, ValueError) as reason:
            raise InputError(
                f"fold {k} of cv cannot be used: {reason}. A fold is a pair, rows to learn from and rows to be "
                f"judged by. Each holds places of rows, whole numbers from 0 to {len(table.Y) - 1} (no labels of an "
                "index), or True or False for each row."
            ) from reason
        chosen = [some[np.isin(some, table.rows)] for some in places]
        if len(chosen[0]) < 2 or not len(chosen[1]):
            raise InputError(
                f"fold {k} of cv has {len(chosen[0])} rows to learn from and {len(chosen[1])} to be judged by, without "
                "those of weight 0. A member needs 2 to learn from and 1 to be judged by. Ask for fewer folds."
            )
        parts.append((table.of_rows(chosen[0]), table.of_rows(chosen[1])))
    if not parts:
        raise InputError("cv holds no folds. Give a splitter of scikit-learn's, or pairs (training rows, other rows).")
    return parts
