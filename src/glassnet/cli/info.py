"""`glassnet info`: what is installed and where, for a report of a bug."""

import os
import platform
import re
from importlib.metadata import requires
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .. import __version__
from ..engine.compiler import CACHE_VARIABLE, cache_folder
from ..errors import OutputError
from .cache import kept_files
from .environment import CORE, threads, version_of
from .failures import say
from .screen import Look, Screen, count


def info(
    *,
    clear_cache: Annotated[bool, Parameter(negative=(), help="Remove all compiled networks from the cache.")] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Show versions, threads, the cache of compiled networks, and the extras present."""
    screen = Screen(look)
    folder = cache_folder()
    removed = _clear(folder) if clear_cache else None
    files = kept_files(folder)
    size = sum(file.stat().st_size for file in files)
    screen.facts = {
        "command": "info",
        "versions": {"glassnet": __version__, "python": platform.python_version()}
        | {name: version_of(name) for name in CORE},
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "threads": threads(),
        "cache": {"folder": str(folder), "files": len(files), "bytes": size, "removed": removed},
        "extras": {extra: {name: version_of(name) for name in names} for extra, names in _extras().items()},
    }
    _show(screen)
    screen.finish()
    return 0


def _show(screen: Screen) -> None:
    facts = screen.facts
    for name, found in facts["versions"].items():
        screen.line(f"{name:<14}{found or 'missing'}")
    screen.line(f"{'system':<14}{facts['system']}")
    threads = ", ".join(f"{name}={value}" for name, value in facts["threads"].items())
    screen.line(f"{'processors':<14}{facts['processors']}{f' ({threads})' if threads else ''}")
    cache = facts["cache"]
    screen.line(f"{'cache':<14}{cache['folder']} ({count(cache['files'], 'file')}, {cache['bytes'] / 1e6:.1f} MB)")
    screen.line(f"{'':<14}${CACHE_VARIABLE} chooses another folder")
    if cache["removed"] is not None:
        screen.line(f"{'':<14}{count(cache['removed'], 'file')} removed")
    for extra, names in facts["extras"].items():
        found = ", ".join(f"{name} {version or 'missing'}" for name, version in names.items())
        screen.line(f"{f'extra {extra}':<14}{found}")


def _extras() -> dict[str, list[str]]:
    """{extra: its packages}, as the package's own metadata say."""
    extras: dict[str, list[str]] = {}
    for line in requires("glassnet") or []:
        name, extra = re.match(r"[\w.-]+", line), re.search(r"extra == ['\"](.+?)['\"]", line)
        if name and extra and extra.group(1) != "all":
            extras.setdefault(extra.group(1), []).append(name.group())
    return extras


def _clear(folder: Path) -> int:
    """Remove what the engine kept; returns how many files."""
    files = kept_files(folder)
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as reason:
            raise OutputError(
                say(f"{file} cannot be removed: {reason.strerror}", fix="remove it by hand"), error_id="E501"
            ) from reason
    return len(files)
