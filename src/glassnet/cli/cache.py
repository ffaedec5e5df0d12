"""The engine's cache, seen from outside: which files it holds."""

from pathlib import Path

from ..engine.compiler import cache_folder

KEPT = ("written_*.py", "__pycache__/written_*")  # what the engine keeps; nothing else is ever removed


def kept_files(folder: Path | None = None) -> set[Path]:
    """The files that the engine keeps in the folder, by default in its own."""
    folder = cache_folder() if folder is None else folder
    return {file for pattern in KEPT for file in folder.glob(pattern) if file.is_file()}
