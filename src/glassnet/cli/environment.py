"""Where a command runs: versions, processor, system, and the words that were typed."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

CORE = ("numpy", "scipy", "scikit-learn", "numba", "llvmlite", "safetensors")
THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
_typed: list[str] = []  # one program has one command


def remember(words: Sequence[str]) -> None:
    """Keep the words of the command for the record."""
    _typed[:] = words


def environment() -> dict[str, Any]:
    """The facts of environment.json."""
    return {
        "command": ["glassnet", *_typed],
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": {name: version_of(name) for name in ("glassnet", *CORE)},
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "threads": threads(),
        "git_commit": _commit(),
    }


def threads() -> dict[str, str]:
    """The variables of the environment that limit threads."""
    return {name: os.environ[name] for name in THREADS if name in os.environ}


def version_of(name: str) -> str | None:
    """The version of an installed package, else None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the folder that the command runs in, if it is under git."""
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
