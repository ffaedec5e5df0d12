"""The flags that say what a table is used for."""

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from ..table.choices import CHOICES

DATA = Group("Data", sort_key=1)


@Parameter(name="*", group=DATA, negative=())
@dataclass(frozen=True)
class Choice:
    """What a table is used for."""

    target: Annotated[str, Parameter(help="The column to predict.")]
    features: Annotated[
        list[str] | None, Parameter(consume_multiple=True, help="The columns to predict from; default: all others.")
    ] = None
    drop: Annotated[list[str] | None, Parameter(consume_multiple=True, help="Columns to leave out.")] = None
    weights: Annotated[str | None, Parameter(help="A column that says how much each row counts.")] = None
    split_by: Annotated[
        str | None,
        Parameter(help="A column of groups (patients, shops): rows of a group stay together in test and folds."),
    ] = None
    time_column: Annotated[
        str | None, Parameter(help="A column of times: the test rows are the latest, and folds look ahead only.")
    ] = None
    validation: Annotated[
        str | None, Parameter(help="A table with the same columns that chooses the best epochs, instead of folds.")
    ] = None
    task: Annotated[
        Literal["auto", "regression", "classification"],
        Parameter(help="auto: text and booleans are classes, numbers are regression."),
    ] = "auto"
    test: Annotated[float, Parameter(help="Share of the rows kept aside for the test; 0 for none.")] = 0.15
    seed: Annotated[int, Parameter(help="Decides the split, the first weights and the order of rows.")] = 0
    column_kinds: Annotated[
        list[str] | None,
        Parameter(
            alias="--types",
            consume_multiple=True,
            help="What columns are, where the rules are wrong: postcode=category,remark=drop. Kinds: "
            f"{', '.join(CHOICES)}.",
        ),
    ] = None
    monotonic_constraints: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            help="Columns with which the prediction may only rise (1) or fall (-1): area=1,age=-1.",
        ),
    ] = None
    stream: Annotated[
        bool | None,
        Parameter(
            negative="--no-stream",
            show_default=False,
            help="Read the table in pieces in every epoch instead of into memory; default: if memory is too small.",
        ),
    ] = None
    skip_bad_rows: Annotated[
        bool, Parameter(help="Drop and count lines that have not as many fields as the header.")
    ] = False

    @property
    def roles(self) -> dict[str, str]:
        """{column: what it is for}, of the columns that are no inputs unless --features names them."""
        columns = {
            self.time_column: "the time",
            self.split_by: "the groups",
            self.weights: "the weights",
            self.target: "the target",
        }
        return {name: role for name, role in columns.items() if name is not None}
