"""`glassnet train --resume RUN`: a run that was killed goes on, with the settings and rows that it had."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import SettingError
from .failures import say

FLAG = "--resume"


def resumed(words: Sequence[str]) -> Path | None:
    """The settings of the run that --resume names among the words of a command; None without that flag.

    Raises
    ------
    SettingError
        If it is no run folder, or its training has ended.
    """
    name = value_of(FLAG, words)
    return None if name is None else _settings(Path(name))


def value_of(flag: str, words: Sequence[str]) -> str | None:
    """What stands behind the flag, as `--flag VALUE` or `--flag=VALUE`; None without it."""
    for place, word in enumerate(words):
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
        if word == flag:
            return words[place + 1] if place + 1 < len(words) else ""
    return None


def _settings(path: Path) -> Path:
    """The settings of the run in a folder, if it can go on."""
    from ..export.run_folder import CONFIG, METRICS, RunFolder  # loads NumPy, which --help has no time for

    if not RunFolder.is_at(path) or not (path / CONFIG).is_file():
        fix = "`ls runs` shows the runs"
        raise SettingError(say(f"{FLAG} {path}: this is no run folder", fix=fix), error_id="E310")
    if (path / METRICS).is_file() and not RunFolder(path).has_checkpoint:
        raise SettingError(
            say(f"{FLAG} {path}: the training of this run has ended", fix=f"glassnet train --config {path}/{CONFIG}"),
            error_id="E310",
        )
    return path / CONFIG
