"""Rows, targets and weights to train on, and what deserves a warning about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from ..errors import DataWarning, InputError
from ..network.arrays import Array
from ..network.losses import Loss
from ..table.bins import Bins
from ..table.choices import Choice
from ..table.encoder import TableEncoder
from ..table.frames import Frame, called
from ..table.kinds import decide
from ..table.meaning import read_frame_as
from ..table.moments import Moments
from ..table.standardizer import Standardizer, remarks
from ..table.targets import TargetScale
from ..training.rows import Rows
from .finite import finite_column, one_column, require_numbers
from .fitted import Fitted
from .notices import warn

Whole = tuple[Moments | None, Moments | None]  # of X if it holds numbers, and of Y if it does


@dataclass(frozen=True)
class Selection:
    """Some rows of a checked table: X (array, CSR or Frame), Y (n_samples, n_targets), weights or None, and which rows.

    groups : (n_samples,), rows that belong together; None if each stands for itself.
    choices : what each column of a Frame is.
    table : the encoder that has made numbers of a Frame; X then holds its outputs.
    whole : the moments of X and of Y in all rows, where these are a sample of them.
    """

    X: Any
    Y: Array
    weight: Array | None
    rows: Array
    names: Sequence[str | int] | None = None
    groups: Array | None = None
    choices: tuple[Choice, ...] = ()
    table: TableEncoder | None = None
    whole: Whole | None = None

    @property
    def mean_weight(self) -> float:
        """How much a row counts on average: 1 without weights, 2 if every row counts twice."""
        return 1.0 if self.weight is None else float(self.weight[self.rows].mean())

    @property
    def is_weighted(self) -> bool:
        """Whether some rows count more than others."""
        return self.weight is not None and bool(np.ptp(self.weight[self.rows]) > 0)

    @property
    def chosen_weight(self) -> Array | None:
        """The weights of the chosen rows, None where all count the same."""
        return self.weight[self.rows] if self.weight is not None and self.is_weighted else None

    def name_of_column(self, column: int) -> str:
        """How an error or a warning calls a column of X."""
        return called(column if self.names is None else self.names[column])

    def of_rows(self, rows: Array) -> "Selection":
        """The same table with these rows chosen."""
        return replace(self, rows=rows)

    def taken(self, rows: Array) -> Any:
        """These rows of X, as a table of their own."""
        return self.X.take(rows) if isinstance(self.X, Frame) else self.X[rows]

    def decided(self, column_kinds: Mapping[str | int, str] | None) -> "Selection":
        """The same rows with a choice for each column of a Frame, made from all of them; numbers need none."""
        if not isinstance(self.X, Frame):
            return self
        choices = decide(self.X.take(self.rows), column_kinds)
        every = len(self.rows) == self.X.n_rows  # rows that do not count need not make sense either
        return replace(self, X=read_frame_as(self.X, choices) if every else self.X, choices=choices)

    def encoded(self, table: TableEncoder | None, means_of: Array, seed: int) -> "Selection":
        """Rows of a Frame to train on, as numbers; these rows alone teach a new encoder if there is none yet.

        means_of : (n_samples, n_targets), what wide categories are replaced by the means of.
        """
        if not isinstance(self.X, Frame):
            return self
        frame, targets = self.X.take(self.rows), means_of[self.rows]
        weight = None if self.weight is None else self.weight[self.rows]
        if table is None:
            table = TableEncoder.fit(frame, targets, weight, self.choices, seed)
        return self._with_numbers(table, table.transform_training(frame, targets, weight))

    def encoded_by(self, table: TableEncoder | None) -> "Selection":
        """Other rows of a Frame, as numbers by what training rows have taught the encoder."""
        if table is None:
            return self
        return self._with_numbers(table, table.transform(self.X.take(self.rows)))

    def _with_numbers(self, table: TableEncoder, X: Array) -> "Selection":
        weight = None if self.weight is None else self.weight[self.rows]
        return Selection(
            X, self.Y[self.rows], weight, np.arange(len(X)), table.names_out, None, self.choices, table, self.whole
        )

    def standardizer(self, scaling: str) -> Standardizer:
        """The scaling of the columns that training starts with; an encoder's outputs are scaled already."""
        if self.table is not None:
            return Standardizer(np.zeros(self.X.shape[1]), np.ones(self.X.shape[1]))
        if self.whole is not None and self.whole[0] is not None:
            standard = Standardizer.of(self.whole[0], self.name_of_column)
        else:
            standard = Standardizer.fit(self.X, self.rows, self.chosen_weight, self.name_of_column)
        return Standardizer.robust(self.X, self.rows, self.chosen_weight) if scaling == "robust" else standard

    def target_scale(self, loss: Loss) -> TargetScale:
        """How the network sees the targets."""
        if self.whole is not None and self.whole[1] is not None:
            return TargetScale.of(self.whole[1], loss)
        return TargetScale.fit(self.Y[self.rows], loss, self.chosen_weight)

    def bins(self, inputs: Standardizer, n_bins: int, *, at_values: bool) -> Bins | None:
        """Bins for the columns that are numbers, from their quantiles in these rows; None if n_bins is 0.

        Perhaps no column has any, for one bin is a straight line. Tables of all widths share one compiled network then,
        as they do with bins.
        """
        if not n_bins:
            return None
        outputs = self.table.outputs if self.table is not None else None
        columns = [j for j in range(self.X.shape[1]) if outputs is None or outputs[j].what == "number"]
        X, weight = inputs.transform(self.X, self.rows), self.chosen_weight
        return Bins.fit(X, columns, n_bins, weight, at_values=at_values)

    def scaled(self, fitted: Fitted, dtype: str) -> Rows:
        """The rows as the engine takes them: standardised, contiguous, weights with mean 1."""
        weight = self.chosen_weight
        weight = np.empty(0, dtype) if weight is None else (weight / weight.mean()).astype(dtype)
        return Rows(fitted.numbers(self.X, self.rows), fitted.targets.scaled(self.Y[self.rows], dtype), weight)

    def split(self, fraction: float, seed: int, strata: Array | None) -> tuple["Selection", "Selection"]:
        """Training and validation rows; `strata` (n_samples,) keeps the shares of classes."""
        from sklearn.model_selection import train_test_split  # late: it is slow to load, and not every fit needs it

        n = len(self.rows)
        n_held_out, classes = int(np.ceil(fraction * n)), None if strata is None else strata[self.rows]
        enough = 2 if classes is None else max(2, len(np.unique(classes)))
        if n_held_out < 2 or n - n_held_out < 1 or (classes is not None and min(n_held_out, n - n_held_out) < enough):
            raise InputError(
                f"The validation set is too small: validation_fraction={fraction} of {n} rows are {n_held_out}, and "
                f"both parts need rows, validation at least {enough}"
                f"{'' if classes is None else ', one of each class'}. Give more rows, another validation_fraction, or "
                "X_val and y_val."
            )
        if classes is not None:
            _require_two_of_each(classes)
        if self.groups is not None:
            return self._split_groups(fraction, seed)
        train, held_out = train_test_split(self.rows, test_size=n_held_out, random_state=seed, stratify=classes)
        return self.of_rows(train), self.of_rows(held_out)

    def _split_groups(self, fraction: float, seed: int) -> tuple["Selection", "Selection"]:
        """The same with whole groups on either side."""
        from sklearn.model_selection import GroupShuffleSplit

        assert self.groups is not None
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
        groups = self.groups[self.rows]
        try:
            train, held_out = next(splitter.split(self.rows, groups=groups))
        except ValueError as reason:
            raise InputError(
                f"validation_fraction={fraction} of {len(np.unique(groups))} groups, of which each stays whole, leaves "
                "one part without rows. Give more groups, another validation_fraction, or X_val and y_val."
            ) from reason
        return self.of_rows(self.rows[train]), self.of_rows(self.rows[held_out])


def checked_weight(sample_weight: Any, n_rows: int) -> Array | None:
    """Row weights (n_samples,), float64, or None if there are none.

    Raises
    ------
    InputError
        If a weight is no finite number or negative, or all are 0.
    ValueError
        scikit-learn's own, for wrong shapes.
    """
    if sample_weight is None:
        return None
    require_numbers("sample_weight", sample_weight)
    rows = np.broadcast_to(0.0, (n_rows, 1))
    weight = np.asarray(_check_sample_weight(sample_weight, rows, dtype=np.float64, allow_all_zero_weights=True))
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise InputError(
            f"Negative values in data passed to `sample_weight`: it is {weight[row]:g} in row {row}. A weight says how "
            "often a row counts. Weight 2 counts it twice, weight 0 leaves it out."
        )
    if not weight.any():
        raise InputError(
            "Sample weights must contain at least one non-zero number: sample_weight is zero for all rows, so there is "
            "nothing to learn. Give some row a weight above 0."
        )
    return weight


def checked_groups(groups: Any, n_rows: int) -> Array | None:
    """One label per row (n_samples,), as numbers, or None if there are none.

    Raises
    ------
    InputError
        If there is another number of them, one is missing, or they have no common order.
    """
    if groups is None:
        return None
    is_list = isinstance(groups, list | tuple)
    labels = finite_column("groups", np.array(groups, dtype=object) if is_list else groups)  # NaN stays no text
    if len(labels) != n_rows:
        raise InputError(f"groups has {len(labels)} labels and X has {n_rows} rows. Give one label per row.")
    try:
        return np.unique(labels, return_inverse=True)[1]
    except TypeError as reason:
        raise InputError(
            f"groups mixes kinds of labels that have no order ({reason}). Write all labels as texts or all as numbers."
        ) from reason


def checked_exposure(exposure: Any, n_rows: int) -> Array:
    """Exposures (n_samples,), float64; raises InputError unless there is a finite number above 0 for each row."""
    require_numbers("exposure", exposure)
    numbers = np.asarray(one_column("exposure", exposure), np.float64)
    if len(numbers) != n_rows or (numbers <= 0).any():
        row = "" if len(numbers) != n_rows else f", and it is {numbers.min():g} in row {numbers.argmin()}"
        raise InputError(
            f"exposure has {len(numbers)} numbers for {n_rows} rows{row}. It says over how long, or over how many, the "
            "events of a row were counted: give a number above 0 for each row."
        )
    return numbers


def require_two_rows(n_rows: int) -> None:
    """Raise InputError unless there are two rows to learn from."""
    if n_rows < 2:
        raise InputError(
            f"X has only 1 sample (n_samples = {n_rows}) with a weight above 0. One row shows a point and no relation. "
            "Give at least 2 rows, or use partial_fit for rows that come one by one."
        )


def warn_about(table: Selection, rows: str = "row") -> None:
    """Warn (DataWarning) of data that can be trained on but deserve a look; `rows` says which these are."""
    if isinstance(table.X, Frame):
        _warn_about_choices(table.choices)
    else:
        _warn_about_numbers(table)
    for column, values in enumerate(table.Y.T):
        name = f"the target in column {column}" if table.Y.shape[1] > 1 else "the target"
        if np.ptp(values) == 0:
            warn(
                f"{name} is {values[0]:g} in every {rows}, so there is nothing to learn but this number. Check that "
                "the right column was handed in as y.",
                DataWarning,
            )
    for remark in remarks(table.Y, lambda column: "the target" + (f" {column}" if table.Y.shape[1] > 1 else "")):
        if not remark.is_constant:
            warn(remark.text, DataWarning)


def _warn_about_choices(choices: Sequence[Choice]) -> None:
    for choice in choices:
        if choice.doubt:
            warn(f"{called(choice.name)} {choice.doubt}", DataWarning)


def _warn_about_numbers(table: Selection) -> None:
    found = remarks(table.X, table.name_of_column)
    for remark in found:
        if not remark.is_constant:
            warn(remark.text, DataWarning)
    if sum(remark.is_constant for remark in found) == table.X.shape[1]:
        warn(
            "every column of X is constant, so all predictions will be the same. Check that the right columns were "
            "handed in.",
            DataWarning,
        )


def _require_two_of_each(classes: Array) -> None:
    numbers, counts = np.unique(classes, return_counts=True)
    if counts.min() < 2:
        raise InputError(
            f"class number {numbers[counts.argmin()]:g} (counted from 0 in classes_) has only one row, which cannot be "
            "in the training and in the validation part. Give more rows of it, leave it out, or give X_val and y_val."
        )
