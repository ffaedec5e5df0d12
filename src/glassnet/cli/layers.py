"""Where the value of a flag comes from: the flag itself, else the environment, else glassnet.toml, else its default.

`GLASSNET_TRAIN_MAX_ITER=50` and, under `[train]` in glassnet.toml, `max-iter = 50` say what `--max-iter 50` says.
"""

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from ..errors import SettingError, nearest
from .failures import say
from .resuming import resumed, value_of

PREFIX = "GLASSNET_"
FILE = Path("glassnet.toml")
FLAG = "--config"
ASKS = ("--help", "-h", "--version")  # are answered whatever the file says
ENVIRONMENT = "environment"
_sources: dict[str, str] = {}  # {flag: where its value comes from}, of the command that runs


def sources() -> dict[str, str]:
    """{flag: where its value comes from} for all that is not a default."""
    return dict(_sources)


def layers(words: Sequence[str], commands: Collection[str]) -> list[Callable[..., None]]:
    """What cyclopts asks for the values of flags that were not typed, in this order.

    Raises
    ------
    SettingError
        If the file of --config does not exist, or a file or a variable speaks of what there is not.
    """
    from cyclopts.config import Env, Toml

    _sources.clear()
    path = resumed(words) or _file(words)
    toml = Toml(path, must_exist=path != FILE, source=str(path))
    if words and not set(words) & set(ASKS):
        _check_sections(_config(toml, path), path, commands)
    return [Env(PREFIX, source=ENVIRONMENT), toml, _note_sources]


def _file(words: Sequence[str]) -> Path:
    """The file that --config names, else glassnet.toml here."""
    name = value_of(FLAG, words)
    if name is None:
        return FILE
    if not Path(name).is_file():
        raise SettingError(
            say(f"--config {name}: there is no such file", fix="`glassnet init` writes glassnet.toml"), error_id="E306"
        )
    return Path(name)


def _config(toml: Any, path: Path) -> dict[str, Any]:
    from cyclopts import CycloptsError

    try:
        config: dict[str, Any] = toml.config
        return config
    except CycloptsError as reason:
        why = str(reason.__cause__ or reason)
        raise SettingError(
            say(f"{path} cannot be read as TOML: {why}", fix="mend it, or remove it: `glassnet init` writes a new one"),
            error_id="E306",
        ) from reason


def _check_sections(config: dict[str, Any], path: Path, commands: Collection[str]) -> None:
    for name in config:
        if name not in commands:
            raise SettingError(
                say(
                    f"{path} has a section [{name}], which is no command",
                    nearest(name, commands),
                    fix="settings of training stand below the line [train]",
                ),
                error_id="E306",
            )


def _note_sources(app: Any, commands: tuple[str, ...], arguments: Any) -> None:
    """See where values came from, and refuse variables that name no flag of the command."""
    for argument in arguments:
        for token in argument.tokens[:1]:
            _sources[argument.name] = "flag" if token.source == "cli" else token.source
    start = f"{PREFIX}{'_'.join(commands).upper()}_"
    known = {start + name.lstrip("-").replace("-", "_").upper() for argument in arguments for name in argument.names}
    for variable in sorted(os.environ) if commands else ():
        if variable.startswith(start) and variable not in known:
            raise SettingError(
                say(f"the environment variable {variable} names no flag of this command", nearest(variable, known)),
                error_id="E306",
            )
