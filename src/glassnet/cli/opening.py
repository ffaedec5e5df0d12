"""The model that a command was given: a model file, or a run folder with a model in it."""

import warnings
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import ModelFileError
from ..export.model_file import load
from ..export.run_folder import RunFolder, model_file
from .failures import say
from .screen import Screen

ModelPath = Annotated[Path, Parameter(help="A run folder or a model file, as `glassnet train` writes them.")]


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
