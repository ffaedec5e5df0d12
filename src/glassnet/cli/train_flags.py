"""The flags of `glassnet train`, apart from `train.py`, so that its help waits for none of the libraries it needs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from .choice import Choice
from .flags import settings_class
from .place import Output
from .screen import OR_STREAMS, TABLES, Look

MANY = f"{TABLES} Several with the same columns are one table."

if TYPE_CHECKING:
    TrainSettings = Any
else:
    TrainSettings = settings_class()


@Parameter(name="*", group=Group("Network", sort_key=2))
@dataclass(frozen=True)
class Extra:
    """Settings that are not in the table of all settings."""

    textbook: Annotated[
        bool, Parameter(negative=(), help="The tutorial's own network: one ReLU layer, per-sample SGD, no tricks.")
    ] = False
    class_weight: Annotated[
        Literal["balanced"] | None, Parameter(help="balanced: all classes count the same in total.")
    ] = None


def train(
    table: Annotated[list[str], OR_STREAMS, Parameter(help=MANY, negative=())],
    *,
    choice: Choice,
    extra: Extra = Extra(),
    settings: TrainSettings = TrainSettings(),  # noqa: B008 - frozen
    output: Output = Output(),  # noqa: B008 - frozen
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Train a network on a table, test it on rows kept aside, and write model, run folder and report."""
    from .train import train

    return train(table, choice=choice, extra=extra, settings=settings, output=output, look=look)
