"""The compiled function of a program, kept for the next one who asks."""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any

from .compiler import compile_source
from .program import Program

Writer = Callable[[Program], str]
_WRITING = Lock()


def compiled(write: Writer, program: Program) -> Callable[..., Any]:
    """What `write` makes of the program, compiled: once for all threads that start together."""
    with _WRITING:
        return _remembered(write, program)


@lru_cache(maxsize=64)
def _remembered(write: Writer, program: Program) -> Callable[..., Any]:
    """The same; remembered, because writing the text takes longer than an epoch of a tiny table."""
    return compile_source(write(program))
