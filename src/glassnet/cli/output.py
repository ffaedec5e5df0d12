"""Where results go, tried before any work is done."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import OutputError, SettingError
from ..export.run_folder import CHECKPOINTS, FILES, RunFolder
from .failures import say
from .screen import DASH

ENDINGS = (".gz", ".csv", ".tsv", ".txt", ".parquet", ".pq", ".arrow", ".feather", ".ipc")


def stem(table: str) -> str:
    """The name of a table without folder and endings."""
    name = "model" if table == "-" else Path(table).name
    for ending in ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name


def require_file_name(path: Path) -> None:
    """Raise SettingError for the word `-`: what is written in one step, and tested before, cannot go to stdout."""
    if str(path) == DASH:
        raise SettingError(say("- is stdout, and this result is written as a file", fix="name a file"))


def require_kept(folder: Path, inputs: Sequence[str]) -> None:
    """Raise OutputError if a file that the command reads would go with the run that was in the folder before."""
    for name in inputs:
        path = Path(name).resolve()
        if path.parent == folder.resolve() and path.name in (*FILES, *CHECKPOINTS):
            raise OutputError(
                say(
                    f"{name} is what this command reads, and --force would remove it with the run in {folder}",
                    fix="choose another -o, or copy the file first",
                ),
                error_id="E504",
            )


def require_writable(
    path: Path, inputs: Sequence[str], *, refuse_existing: bool, elsewhere: str = ", -o FILE writes elsewhere"
) -> None:
    """Raise OutputError unless a file can be written there without harm to what was read; SettingError for stdout.

    inputs : names of the files that the command reads; a result never takes the place of one of them, nor of a file of
        a run folder. elsewhere : what else to do than --force, if the command has such a flag
    """
    require_file_name(path)
    folder = path.resolve().parent
    if path.is_dir():
        raise OutputError(say(f"{path} is a folder", fix="name a file in it"), error_id="E501")
    if not folder.is_dir():
        raise OutputError(say(f"there is no folder {folder}", fix="make it first, or write elsewhere"), error_id="E501")
    if not os.access(folder, os.W_OK):
        raise OutputError(say(f"the folder {folder} cannot be written to", fix="write elsewhere"), error_id="E501")
    for name in inputs:
        if name != "-" and path.exists() and Path(name).exists() and path.samefile(name):
            raise OutputError(
                say(f"{path} is what this command reads, and the result would take its place", fix="choose another -o"),
                error_id="E504",
            )
    if RunFolder.is_at(folder) and path.resolve().name in (*FILES, *CHECKPOINTS):
        raise OutputError(
            say(
                f"{path} is a file of the run {folder.name}, and the result would take its place", fix="write elsewhere"
            ),
            error_id="E504",
        )
    if refuse_existing and path.exists():
        raise OutputError(say(f"{path} exists already", fix=f"--force overwrites it{elsewhere}"), error_id="E502")
