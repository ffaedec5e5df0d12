"""Where a training run goes: a folder below runs/ by default, a folder of one's own, or a model file alone."""

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from ..errors import SettingError
from ..export.claim import claimed
from ..export.run_folder import HISTORY, METRICS, RunFolder, unwritable
from .coverage import require_coverage
from .failures import say
from .output import require_file_name, require_kept, require_writable, stem
from .scope import until_the_end

RUNS = Path("runs")
MODEL_ENDING = ".glassnet"
KEPT = ("interval", "no_report", "keep_checkpoint")  # what the config.toml of a run says of its output


@Parameter(name="*", group=Group("Output", sort_key=4), negative=())
@dataclass(frozen=True)
class Output:
    """Where the run goes."""

    output: Annotated[
        Path | None,
        Parameter(
            alias="-o", help="The run folder; default: runs/DATE_TIME_TABLE. A name in .glassnet is a model file alone."
        ),
    ] = None
    name: Annotated[str | None, Parameter(help="A name for the run, in place of that of the table.")] = None
    force: Annotated[bool, Parameter(help="Overwrite an older run in the folder of -o.")] = False
    resume: Annotated[
        Path | None, Parameter(help="Go on with a run that was killed, in its folder, with its settings.")
    ] = None
    keep_checkpoint: Annotated[bool, Parameter(help="Leave checkpoint.safetensors when training is done.")] = False
    no_report: Annotated[bool, Parameter(help="Write no report.html.")] = False
    open: Annotated[bool, Parameter(help="Show the report in the browser.")] = False
    interval: Annotated[
        float | None, Parameter(help="The share of targets that intervals are to hold; default: 0.9.")
    ] = None
    show_config: Annotated[
        bool, Parameter(help="Print all settings and where each comes from, and do nothing else.")
    ] = False


def require_place(output: Output, tables: Sequence[str]) -> None:
    """Raise unless the run can go where it was asked for; tried before any work is done. `tables` are what is read.

    Raises
    ------
    SettingError
        If two flags exclude each other, or a value has no meaning.
    OutputError
        If a model file cannot be written.
    """
    require_coverage(output.interval)
    if output.resume is not None and (output.output or output.name or output.force):
        raise SettingError(say("--resume goes on in the folder of the run", fix="leave -o, --name and --force out"))
    if output.name is not None and (output.output is not None or output.name != Path(output.name).name):
        fix = "leave one of them out" if output.output is not None else "give a name without slashes, or use -o"
        raise SettingError(say(f"--name {output.name} is a name below {RUNS}/, and -o a whole path", fix=fix))
    if output.output is not None:
        require_file_name(output.output)
    if is_model_file(output.output):
        assert output.output is not None
        require_writable(output.output, tables, refuse_existing=False)
    elif output.output is not None and output.force:
        require_kept(output.output, tables)


def is_model_file(path: Path | None) -> bool:
    """Whether the result is to be a model file alone."""
    return path is not None and path.suffix == MODEL_ENDING


def make_place(output: Output, tables: Sequence[str]) -> RunFolder | None:
    """The run folder, a new one or that to go on in; None for a model file alone.

    Until the command ends the folder is its own, and Ctrl-C tells what is in it.

    Raises
    ------
    OutputError
        If it cannot be made, holds something that may not go, or belongs to another process that runs.
    """
    if is_model_file(output.output):
        return None
    if output.resume is not None:
        path = output.resume
    elif output.output is not None:
        path = _made(output.output)
    else:
        path = _made_new(RUNS / f"{time.strftime('%Y-%m-%d_%H%M')}_{output.name or stem(tables[0])}")
    until_the_end(claimed(path))
    folder = RunFolder(path) if output.resume is not None else RunFolder.made(path, force=output.force)
    until_the_end(_told_of(folder, is_new=output.resume is None))
    return folder


def _made(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise unwritable(path, reason) from reason
    return path


def _made_new(path: Path) -> Path:
    """The folder, with a number behind its name if a run has it already; of two processes only one makes it."""
    _made(path.parent)
    for k in range(1, 10_000):
        name = path if k == 1 else path.with_name(f"{path.name}-{k}")
        try:
            name.mkdir()
        except FileExistsError:
            continue
        except OSError as reason:
            raise unwritable(name, reason) from reason
        return name
    raise unwritable(path, FileExistsError(None, "10 000 runs have this name"))


@contextmanager
def _told_of(folder: RunFolder, *, is_new: bool) -> Iterator[None]:
    """A context in which Ctrl-C, where it ends everything at once, says what is left and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        if is_new:
            folder.discard_unless_begun()
        raise KeyboardInterrupt(_left_in(folder)) from None


def _left_in(folder: RunFolder) -> str:
    path, name = folder.path, shlex.quote(str(folder.path))
    if (path / METRICS).is_file():
        return f"{path} holds the model and its scores, and no report.\nGo on:  glassnet report {name}"
    if not (path / HISTORY).is_file():
        return ""
    left = f"{path} holds the losses, and no model."
    return f"{left}\nGo on:  glassnet train --resume {name}" if folder.has_checkpoint else left
