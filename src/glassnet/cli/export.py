"""`glassnet export`: a model as one file that scores rows without glassnet."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ..export.deploy import ENDINGS, export_model
from ..export.run_folder import model_file
from .coverage import require_coverage
from .opening import ModelPath, open_model
from .output import require_writable
from .screen import Look, Screen, count

USE = {
    "c": "cc -std=c99 -O3 -o scorer {0} -lm && ./scorer table.csv",
    "numpy": "python -c 'from {1} import predict; help(predict)'",
    "onnx": "",
}


@Parameter(name="*", negative=())
@dataclass(frozen=True)
class Ends:
    """Which intervals come along."""

    interval: Annotated[
        float | None, Parameter(help="Include intervals that hold a target with this probability, such as 0.9.")
    ] = None
    adaptive: Annotated[bool, Parameter(help="Make these intervals wider for rows where errors are larger.")] = False


def export(
    model: ModelPath,
    /,
    *,
    to: Annotated[Literal["c", "numpy", "onnx"], Parameter(help="C99, Python with NumPy alone, or an ONNX graph.")],
    output: Annotated[
        Path | None, Parameter(alias="-o", help="The file to write; default: the model's name with another ending.")
    ] = None,
    ends: Ends = Ends(),
    force: Annotated[bool, Parameter(negative=(), help="Overwrite the file if it exists.")] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Write a model as C, NumPy or ONNX that scores rows without glassnet: one file, tested against predict before."""
    screen = Screen(look)
    require_coverage(ends.interval)
    path = output or Path(f"{model.resolve().name.removesuffix('.glassnet')}{ENDINGS[to]}")
    require_writable(path, [str(model_file(model))], refuse_existing=not force)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        done = export_model(open_model(model, screen), path, to, ends.interval, adaptive=ends.adaptive)
    for warning in caught:
        screen.note(str(warning.message))
    screen.line(
        f"Self-test: {count(done.n_rows, 'row')} within {done.bound:g} of predict, the farthest {done.largest:.1g}"
        f"{'' if done.tested else ' (skipped: the same steps were run in NumPy)'}"
    )
    screen.line(f"Wrote {path} ({count(path.stat().st_size, 'byte')})")
    if USE[to] and _has_usual_name(path, to):
        screen.line(f"Use   {USE[to].format(path, path.stem)}")
    screen.facts = {
        "command": "export",
        "model": str(model),
        "to": to,
        "output": str(path),
        "bytes": path.stat().st_size,
        "interval": ends.interval,
        "adaptive": ends.adaptive,
        "self_test": {"rows": done.n_rows, "bound": done.bound, "largest": done.largest, "tested": done.tested},
    }
    screen.finish()
    return 0


def _has_usual_name(path: Path, to: str) -> bool:
    """Whether a C compiler, or Python's import from this folder, takes the file by its name."""
    is_module = path.stem.isidentifier() and path == Path(path.name)
    return path.suffix == ENDINGS[to] and (to != "numpy" or is_module)
