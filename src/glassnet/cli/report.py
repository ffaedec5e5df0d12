"""`glassnet report`: the HTML page of a run, made from its folder without training."""

import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import InputError, SettingError
from ..export.run_folder import RunFolder
from .failures import say
from .screen import Look, Screen

EXTRA = ("jinja2", "matplotlib")


def report(
    run: Annotated[Path, Parameter(help="A run folder, as `glassnet train` writes it.")],
    /,
    *,
    open: Annotated[bool, Parameter(negative=(), help="Show it in the browser.")] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Build the HTML report of a run again from its folder, without training."""
    screen = Screen(look)
    require_run(run)
    with RunFolder(run).understood():
        path = report_of(run)
    if path is None:
        raise SettingError(
            say('glassnet report needs the extra "report"', fix='pip install "glassnet[report]"'), error_id="E304"
        )
    screen.line(f"Wrote {path} ({path.stat().st_size / 1000:.0f} kB)")
    screen.facts = {"command": "report", "run": str(run), "report": str(path), "bytes": path.stat().st_size}
    screen.finish()
    if open:
        webbrowser.open(path.resolve().as_uri())
    return 0


def report_of(run: Path) -> Path | None:
    """The report, written into the run folder; None without the extra that draws it."""
    if any(find_spec(name) is None for name in EXTRA) or find_spec("glassnet.report") is None:
        return None
    from importlib import import_module

    build: Any = import_module("glassnet.report").build_report
    return Path(build(run))


def require_run(run: Path) -> None:
    """Raise InputError unless the path is that of a run folder."""
    if not RunFolder.is_at(run):
        raise InputError(
            say(f"{run} is no run folder", fix="`glassnet runs list` shows those below runs/"), error_id="E111"
        )
