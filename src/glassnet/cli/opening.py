"""What a command was given: a model file, or a run folder with a model in it, and a table to use it on."""

import warnings
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from ..errors import ModelFileError
from ..export.model_file import load
from ..export.run_folder import RunFolder, model_file
from ..export.scorer_of import named_in_text
from .failures import say
from .reading import Table, read_table
from .screen import OR_STREAM, TABLES, Screen, count

ModelPath = Annotated[Path, Parameter(help="A run folder or a model file, as `glassnet train` writes them.")]

TablePath = Annotated[str, OR_STREAM, Parameter(help=TABLES)]
SkipBadRows = Annotated[
    bool, Parameter(negative=(), help="Drop and count lines that have not as many fields as the header.")
]


def open_table(name: str, model: Any, screen: Screen, *, skip_bad_rows: bool = False) -> Table:
    """The table for the model, with a note about anything odd. Raises InputError."""
    table = read_table(name, named_in_text(model), skip_bad_rows=skip_bad_rows)
    note_oddities(table, screen)
    return table


def note_oddities(table: Table, screen: Screen) -> None:
    """Say what was odd about the reading of a table."""
    if table.bad_rows:
        screen.note(f"{count(table.bad_rows, 'bad row')} of {table.name} dropped")
    for note in table.notes:
        screen.note(note)


def open_model(path: Path, screen: Screen) -> Any:
    """The fitted model, with a note about anything odd. Raises ModelFileError."""
    file = model_file(path)
    if RunFolder.is_at(path) and not file.exists():
        raise ModelFileError(
            say(f"the run {path} has no model: its training did not end", fix="train again"), error_id="E711"
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        model = load(file)
    for warning in caught:
        screen.note(str(warning.message))
    return model


def as_fitted(X: pd.DataFrame, model: Any) -> Any:
    """The rows as the model takes them: with the names of their columns only if it learnt names."""
    return X if hasattr(model, "feature_names_in_") else X.to_numpy()
