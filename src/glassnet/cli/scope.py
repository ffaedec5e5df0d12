"""What holds until the command ends, however it ends: a limit on threads, the claim on a run folder."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

_stacks: list[ExitStack] = []  # one program has one command, but tests call it within themselves


@contextmanager
def command() -> Iterator[None]:
    """The context in which a command runs."""
    with ExitStack() as stack:
        _stacks.append(stack)
        try:
            yield
        finally:
            _stacks.remove(stack)


def until_the_end(context: AbstractContextManager[Any]) -> None:
    """Enter a context that is left when the command ends."""
    _stacks[-1].enter_context(context)
