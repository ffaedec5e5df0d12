"""The program `glassnet`: finds the command, runs it, and turns whatever goes wrong into a message and an exit code."""

import errno
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import GlassNetError, OutputError
from .failures import INTERRUPTED, Failure, fault, interrupted, interrupted_as_json, of_error, usage

if TYPE_CHECKING:
    from cyclopts import App

# What the list of commands says of each. The command itself is imported when it is called, so that help is quick.
COMMANDS = {
    "train": "Train a network on a table, test it on rows kept aside, and write model, run folder and report.",
    "predict": "Predict the rows of a table with a model.",
    "evaluate": "Say how good a model is on a table with the target.",
    "explain": "Show one training step on a row of a table, stage by stage, with every number.",
    "doctor": "Say in words what is wrong with a model, its training or its table.",
    "runs": "List, show, compare or remove the run folders below runs/.",
    "report": "Build the HTML report of a run again from its folder, without training.",
    "code": "Print the source that the engine writes for a network.",
    "export": "Write a model as C, NumPy or ONNX that scores rows without glassnet.",
    "init": "Write glassnet.toml for a table: its columns and every setting, with comments.",
    "demo": "Write a small table here, and print the next command to type.",
    "info": "Show versions, threads, the cache of compiled networks, and the extras present.",
}
FLAGS = {"train": "train_flags"}  # of commands whose own module takes long to load
HELP = "Feed-forward neural networks for tables, that you can see through."
EXTRA = ("cyclopts", "pandas", "pyarrow", "rich")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with these words (those of the shell if left out); returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if any(find_spec(name) is None for name in EXTRA):
        print('glassnet needs the extra "cli": pip install "glassnet[cli]"', file=sys.stderr)
        return 2
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a column's name may hold what the terminal cannot show
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader has seen enough, as `head` has
        _drop_stdout()
        return 0
    except OSError as reason:  # the disk behind `> file` is full; what is said of it goes to stderr
        _drop_stdout()
        print(
            f"error[E505]: the output cannot be written: {reason.strerror}\n"
            "  -> make room, or send it elsewhere; a file that a command names with Wrote is complete",
            file=sys.stderr,
        )
        return OutputError.exit_code
    except KeyboardInterrupt as reason:
        print(interrupted(reason), file=sys.stderr)
        if "--json" in words:
            print(interrupted_as_json(reason))
        return INTERRUPTED


def _run(words: list[str]) -> int:
    """The command's own exit code, or that of its failure, which is then told."""
    from cyclopts import CycloptsError

    if "--debug" in words:
        return _call(words)
    try:
        return _call(words)
    except CycloptsError as reason:
        failure = usage(reason)
    except GlassNetError as reason:
        failure = of_error(reason)
    except Exception as reason:
        if isinstance(reason, OSError) and reason.errno in (errno.ENOSPC, errno.EPIPE):
            raise
        failure = fault(reason)
    _tell(failure, words)
    return failure.exit_code


def _drop_stdout() -> None:
    """Send what is left in the buffer nowhere, or Python would fail once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _call(words: list[str]) -> int:
    from .environment import remember
    from .layers import layers
    from .scope import command
    from .screen import DASH

    remember(words)
    app = build("--no-color" in words)
    app.config = layers(words, COMMANDS)
    words = [DASH if word == "-" else word for word in words]
    with command():
        result: Any = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    return result if isinstance(result, int) else 0


def build(no_color: bool = False) -> "App":
    """The program as cyclopts sees it."""
    from cyclopts import App
    from rich.console import Console

    app = App(
        name="glassnet",
        help=HELP,
        help_format="plaintext",  # a reader of Markdown would take a third of the time of --help
        version=f"glassnet {__version__}",
        console=Console(no_color=True) if no_color else None,
        suppress_keyboard_interrupt=False,
    )
    for name, text in COMMANDS.items():
        app.command(f"{__package__}.{FLAGS.get(name, name)}:{name}", name=name, help=text)
    app.register_install_completion_command(help="Make the shell complete commands and flags.")
    return app


def _tell(failure: Failure, words: list[str]) -> None:
    if "--json" in words:
        print(failure.as_json())
    else:
        sys.stdout.flush()
        print(failure.as_text(), file=sys.stderr)
