"""What is remembered of a training run: one number of each kind per epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields


@dataclass
class History:
    """Lists with one entry per epoch; `as_dict()` makes a data frame of them with `pd.DataFrame(...)`.

    train_loss : mean loss of the rows, each measured in the step that used it; without the penalty.
    validation_loss, validation_score : of the validation rows after the epoch; empty without validation rows.
    gradient_norm : root mean square over the steps of the length of the loss's gradient, without the penalty.
    learning_rate : of the epoch's last step.
    seconds : wall time since training began; evenly spread over epochs that were learnt in one call.
    """

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_score: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.train_loss)

    def extend(self, **curves: Sequence[float]) -> None:
        """Append epochs; where a curve starts late or pauses, because another solver went on, it has NaN."""
        n_before, n_new = len(self), len(curves["train_loss"])
        for name, values in vars(self).items():
            if name in curves:
                values += [math.nan] * (n_before - len(values))
                values += curves[name]
            elif values:
                values += [math.nan] * n_new

    def as_dict(self) -> dict[str, list[float]]:
        """The columns that have entries, by name."""
        columns = {column.name: getattr(self, column.name) for column in fields(self)}
        return {name: values for name, values in columns.items() if values}
