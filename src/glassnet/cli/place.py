"""Where a training run goes: a folder below runs/ by default, a folder of one's own, or a model file alone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from ..errors import SettingError
from ..export.run_folder import RunFolder
from .failures import say
from .output import require_writable, stem

RUNS = Path("runs")
MODEL_ENDING = ".glassnet"


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
    """Raise unless the run can go where it was asked for; tried before any work is done.

    Raises
    ------
    SettingError
        If two flags exclude each other, or a value has no meaning.
    OutputError
        If a model file cannot be written.
    """
    if output.interval is not None and not 0 < output.interval < 1:
        raise SettingError(say(f"--interval {output.interval:g} is not between 0 and 1", fix="write 0.9"))
    if output.resume is not None and (output.output or output.name or output.force):
        raise SettingError(say("--resume goes on in the folder of the run", fix="leave -o, --name and --force out"))
    if output.name is not None and (output.output is not None or output.name != Path(output.name).name):
        fix = "leave one of them out" if output.output is not None else "give a name without slashes, or use -o"
        raise SettingError(say(f"--name {output.name} is a name below {RUNS}/, and -o a whole path", fix=fix))
    if is_model_file(output.output):
        assert output.output is not None
        require_writable(output.output, tables, refuse_existing=False)


def is_model_file(path: Path | None) -> bool:
    """Whether the result is to be a model file alone."""
    return path is not None and path.suffix == MODEL_ENDING


def make_place(output: Output, tables: Sequence[str]) -> RunFolder | None:
    """The run folder, a new one or that to go on in; None for a model file alone. Raises OutputError."""
    if output.resume is not None:
        return RunFolder(output.resume)
    if output.output is None:
        return RunFolder.made(_free(RUNS / f"{time.strftime('%Y-%m-%d_%H%M')}_{output.name or stem(tables[0])}"))
    return None if is_model_file(output.output) else RunFolder.made(output.output, force=output.force)


def _free(path: Path) -> Path:
    """The path, with a number behind it if another run of the same minute has it."""
    names = (path if k == 1 else path.with_name(f"{path.name}-{k}") for k in range(1, 10_000))
    return next(name for name in names if not name.exists())
