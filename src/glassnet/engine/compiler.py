"""Turns written source into a fast function, by Numba."""

import gc
import hashlib
import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import FunctionType, ModuleType
from typing import Any

from platformdirs import user_cache_path

from ..errors import CacheWarning
from . import barrier, intrinsics, products, transposes, vectors

# Sums may be reordered, but NaN and infinity stay visible to comparisons. Not to np.isfinite, which compiles to a
# difference x - x that "reassoc" folds to 0: written code says `abs(x) < np.inf`.
FLAGS = ("afn", "arcp", "contract", "nsz", "reassoc")  # never fastmath=True: it deletes isnan
CACHE_VARIABLE = "GLASSNET_CACHE_DIR"


def cache_folder() -> Path:
    """Where source and machine code are kept: $GLASSNET_CACHE_DIR, or the user's cache directory."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else user_cache_path("glassnet") / "engine"


@cache
def compile_source(source: str) -> Callable[..., Any]:
    """The last function of the source as machine code; at the first call it is compiled or read from the cache.

    With NUMBA_DISABLE_JIT=1 it stays plain Python, for breakpoints and bounds.
    """
    folder = _private_folder(cache_folder())
    try:
        file = _keep(source, folder) if folder else None
    except OSError as reason:
        _warn_of_cache(cache_folder(), reason)
        file = None
    return compile_anew(source, None) if file is None else _Kept(source, file)


@contextmanager
def compiling() -> Iterator[Callable[[], float]]:
    """A context; what it yields tells the seconds that were spent in it on compiling, or on reading compiled code."""
    from numba.core import event

    with event.install_timer("numba:compiler_lock", lambda seconds: None) as timer:
        yield lambda: float(timer.duration) if timer.done else 0.0


class _Kept:
    """A compiled function with its copy on disk, which is no reason to fail: damaged or full, it is done without."""

    def __init__(self, source: str, file: Path) -> None:
        self.source, self.file, self.is_tried = source, file, False
        self.function = compile_anew(source, file)

    def __call__(self, *arguments: Any) -> Any:
        """The function's result; the first call reads the copy, or compiles and writes it, before anything runs."""
        if self.is_tried:
            return self.function(*arguments)
        with _no_collection():
            try:
                result = self.function(*arguments)
            except Exception as reason:  # full, removed meanwhile, or damaged: Numba's pickles then raise anything
                _warn_of_cache(self.file.parent, reason)
                self.function = compile_anew(self.source, None)
                result = self.function(*arguments)
        self.is_tried = True
        return result


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python looks for no garbage meanwhile: a tenth of the time to compile is looking through objects that stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_anew(source: str, file: Path | None) -> Callable[..., Any]:
    """The last function of the source through Numba, with its copy beside the file if there is one."""
    import numba
    from numba.extending import is_jitted

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": set(FLAGS)}
    module = load_plain(source, file)
    *routines, last = [value for value in vars(module).values() if isinstance(value, FunctionType)]
    inner = options | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # only compiled code calls them
    for routine in routines:
        function = numba.njit(**inner)(routine)
        if is_jitted(function):  # not with NUMBA_DISABLE_JIT=1
            setattr(module, routine.__name__, intrinsics.by_name().get(routine.__name__, function))
    compiled: Callable[..., Any] = numba.njit(cache=file is not None, **options)(last)
    return compiled


def load_plain(source: str, file: Path | None = None) -> ModuleType:
    """The source as a module of ordinary Python functions: for breakpoints, and for tests on random shapes."""
    file = file or Path(f"{_name(source)}.py")
    module = sys.modules[file.stem] = ModuleType(file.stem)  # Numba's disk cache imports it by this name
    module.__file__ = str(file)
    exec(compile(source, str(file), "exec"), vars(module))  # the text just written, never text from disk
    return module


def _name(source: str) -> str:
    """A name that changes with everything that changes the machine code; Numba's own key knows the text alone."""
    key = repr((source, _texts(), FLAGS, os.environ.get("NUMBA_BOUNDSCHECK"), os.environ.get("NUMBA_OPT")))
    return f"written_{hashlib.sha256(key.encode()).hexdigest()[:24]}"


@cache
def _texts() -> list[str]:
    """What the machine code is made from beside the source."""
    return [inspect.getsource(module) for module in (barrier, intrinsics, products, transposes, vectors)]


def _keep(source: str, folder: Path) -> Path:
    """The file of the source in the folder, written only if it is not there yet or holds another text."""
    file = folder / f"{_name(source)}.py"
    try:
        if file.read_text(encoding="utf-8") == source:
            return file
    except (OSError, UnicodeDecodeError):
        pass
    with NamedTemporaryFile("w", dir=folder, encoding="utf-8", delete=False) as new:
        try:
            new.write(source)
            new.close()
            os.replace(new.name, file)  # atomic: another process sees all of it or nothing
        except OSError:
            Path(new.name).unlink(missing_ok=True)
            raise
    return file


def _private_folder(folder: Path) -> Path | None:
    """The folder, made if need be; None with a warning unless it can be written and belongs to this user alone.

    Numba's cache files are pickles, and who can write them can run code as us.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            status = folder.stat()
            if status.st_uid != os.getuid():
                raise PermissionError(f"it belongs to user {status.st_uid}")
            if status.st_mode & 0o077:
                raise PermissionError(f"others may use it; chmod 700 {folder} would keep them out")
        with NamedTemporaryFile(dir=folder):
            return folder
    except OSError as reason:
        _warn_of_cache(folder, reason)
        return None


def _warn_of_cache(folder: Path, reason: Exception) -> None:
    warnings.warn(
        f"Compiled code cannot be kept in {folder} ({type(reason).__name__}: {reason}), so every process compiles its "
        f"networks again. Empty the folder (glassnet info --clear-cache), or set {CACHE_VARIABLE} to a folder of your "
        "own that can be written.",
        CacheWarning,
        stacklevel=4,
    )
