"""Which rows are learnt from, which are kept aside for the test, and the folds in which members are trained."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import GroupShuffleSplit, TimeSeriesSplit, train_test_split

from ..errors import InputError
from ..estimators.parts import most_folds, splitter_of
from ..estimators.recipe import resolved
from .choice import Choice
from .columns import Prepared
from .failures import say


@dataclass(frozen=True)
class Split:
    """Numbers of rows, from 0: in the order of the table, but by time where the split is by time.

    method : "random", "groups" or "time"
    column : the column that decides, if one does
    """

    learn: Any
    test: Any
    method: str = "random"
    column: str | None = None


def split(data: Prepared, choice: Choice) -> Split:
    """The rows to train on and those for the test; classes keep their shares where nothing else decides.

    Raises
    ------
    InputError
        If there are too few rows, groups or moments, or a class would be tested and never learnt.
    """
    n_rows = len(data.X)
    n_test = int(np.ceil(choice.test * n_rows))
    if n_test and n_rows - n_test < 2:
        raise InputError(
            say(
                f"{n_rows} rows are too few to keep {n_test} aside for the test and train on the rest",
                fix="give more rows, or --test 0",
            ),
            error_id="E104",
        )
    if data.times is not None:
        return _by_time(data, choice, n_test)
    if data.groups is not None:
        return _by_group(data, choice)
    rows = np.arange(n_rows)
    if not n_test:
        return Split(rows, rows[:0])
    strata = None
    if not data.is_regression:
        strata = data.y
        _require_classes_in_both(data.y, n_test)
    learn, test = train_test_split(rows, test_size=n_test, random_state=choice.seed, stratify=strata)
    return Split(np.sort(learn), np.sort(test))


def members_of(model: Any, part: Split, data: Prepared, choice: Choice) -> int:
    """How many networks a fit will train on these rows."""
    rows = part.learn if data.weight is None else part.learn[data.weight[part.learn] > 0]
    are_drawn = choice.validation is None and data.times is None
    n_folds = most_folds(len(rows), *_labels(data, rows)) if are_drawn else 0
    settings = resolved(model.get_params(deep=False), len(rows), incremental=False, n_folds=n_folds)
    return int(settings["n_members"])


def folds_of(n: int, part: Split, data: Prepared, seed: int) -> Any:
    """A splitter of scikit-learn's that draws n folds as the fit does, for the baselines; None for a single network."""
    if n < 2:
        return None
    if data.times is not None:
        return TimeSeriesSplit(n)
    return splitter_of(n, seed, *_labels(data, part.learn))


def _labels(data: Prepared, rows: Any) -> tuple[Any, Any]:
    """Classes and groups of these rows, as far as there are any."""
    return None if data.is_regression else data.y[rows], None if data.groups is None else data.groups[rows]


def _by_time(data: Prepared, choice: Choice, n_test: int) -> Split:
    """Rows of one moment stay together: the test begins with all rows of the moment that it begins with."""
    order = np.argsort(data.times, kind="stable")
    times = data.times[order]
    start = int(np.searchsorted(times, times[len(times) - n_test])) if n_test else len(times)
    if start < 2:
        raise InputError(
            say(
                f"--time-column {choice.time_column!r} has too few different times to keep the latest aside",
                fix="choose a smaller --test, or another column",
            ),
            error_id="E104",
        )
    _require_known_classes(data, order[:start], order[start:])
    return Split(order[:start], order[start:], "time", choice.time_column)


def _by_group(data: Prepared, choice: Choice) -> Split:
    rows = np.arange(len(data.X))
    n_groups = int(data.groups.max()) + 1
    n_test = int(np.ceil(choice.test * n_groups))
    if not n_test:
        return Split(rows, rows[:0], "groups", choice.split_by)
    if n_groups - n_test < 1:
        raise InputError(
            say(
                f"--split-by {choice.split_by!r} has {n_groups} groups, too few to keep {n_test} aside for the test",
                fix="choose a column with more groups, or --test 0",
            ),
            error_id="E104",
        )
    halves: Any = GroupShuffleSplit(1, test_size=n_test, random_state=choice.seed)
    learn, test = next(halves.split(rows, groups=data.groups))
    _require_known_classes(data, learn, test)
    return Split(np.sort(learn), np.sort(test), "groups", choice.split_by)


def _require_known_classes(data: Prepared, learn: Any, test: Any) -> None:
    unknown: Any = () if data.is_regression else np.setdiff1d(data.y[test], data.y[learn])
    if len(unknown):
        raise InputError(
            say(
                f"class {str(unknown[0])!r} is in the test part only, so it cannot be learnt",
                fix="choose another --test or --seed, or split in another way",
            ),
            error_id="E213",
        )


def _require_classes_in_both(y: Any, n_test: int) -> None:
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise InputError(
            say(
                f"class {str(classes[counts.argmin()])!r} has only one row, which cannot be both learnt and tested",
                fix="remove the row, give more of its class, or use --test 0",
            ),
            error_id="E213",
        )
    if n_test < len(classes) or len(y) - n_test < len(classes):
        raise InputError(
            say(
                f"a test part of {n_test} of {len(y)} rows cannot hold rows of all {len(classes)} classes",
                fix="choose another --test, or --test 0",
            ),
            error_id="E213",
        )
