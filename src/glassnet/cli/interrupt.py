"""Ctrl-C while a network learns: the first press finishes the epoch, the second stops at once."""

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

STACK = 64 * 2**20  # bytes; compiling needs more than some systems give to a thread


class Presses:
    """Counts presses of Ctrl-C; the first calls `on_first`, the second raises KeyboardInterrupt."""

    def __init__(self, on_first: Callable[[], None]) -> None:
        self.count, self.on_first = 0, on_first

    def __call__(self, signal_number: int, frame: Any) -> None:
        """The handler of the signal."""
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        print("\nFinishing this epoch, then saving. Ctrl-C again stops at once.", file=sys.stderr, flush=True)
        self.on_first()


def run(work: Callable[[], Any], on_first: Callable[[], None]) -> tuple[Any, bool]:
    """What work returns, and whether Ctrl-C was pressed once.

    The work runs in a second thread, because Python hands a signal to the first thread alone, and only between two
    steps of Python: in the middle of a compiled epoch it would not be heard.

    Raises
    ------
    KeyboardInterrupt
        At the second press.
    """
    if threading.current_thread() is not threading.main_thread():
        return work(), False
    outcome: dict[str, Any] = {}

    def target() -> None:
        try:
            outcome["result"] = work()
        except BaseException as reason:
            outcome["error"] = reason

    presses = Presses(on_first)
    before = signal.signal(signal.SIGINT, presses)
    old_stack = threading.stack_size(STACK)
    thread = threading.Thread(target=target, daemon=True)
    try:
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
    finally:
        threading.stack_size(old_stack)
        signal.signal(signal.SIGINT, before)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"], presses.count > 0
