"""What a call of fit was given, before anything is checked."""

from dataclasses import dataclass
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Given:
    """Rows X, targets y, and what may come with them.

    weight : how much each row counts.
    groups : rows of one group stay in one fold.
    exposure : how long, or over how many, each row's events were counted.
    validation : rows of the user's own to judge by.
    incremental : whether the rows are a piece of a stream, to be trained on for one epoch.
    """

    X: Any
    y: Any
    weight: Any = None
    groups: Any = None
    exposure: Any = None
    validation: "Given | None" = None
    incremental: bool = False

    def metadata(self) -> dict[str, Any]:
        """X, y and metadata as scikit-learn's callbacks get them."""
        return {"X": self.X, "y": self.y, "metadata": None if self.weight is None else {"sample_weight": self.weight}}


def own_validation(X_val: Any, y_val: Any, weight: Any) -> Given | None:
    """Validation rows of the user's own, their targets and weights; None if there are none.

    Raises
    ------
    InputError
        If rows, targets or weights come without the others.
    """
    if (X_val is None) != (y_val is None):
        missing = "X_val" if X_val is None else "y_val"
        raise InputError(f"{missing} is missing. Validation needs rows and their targets: give X_val and y_val.")
    if X_val is None and weight is not None:
        raise InputError("sample_weight_val has no rows to weigh. Give X_val and y_val too, or leave it out.")
    return None if X_val is None else Given(X_val, y_val, weight)
