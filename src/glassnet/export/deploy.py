"""A fitted model becomes a scorer that needs no glassnet: written, tried on rows, and kept only if it agrees."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SettingError, nearest
from ..estimators.base import GlassNetBase
from ..network.arrays import Array
from . import c_code, c_compiler, numpy_code, onnx_graph, onnx_runtime
from .atomic import write_atomically
from .onnx_nodes import require_extra
from .scorer import Scorer
from .scorer_of import scorer_of
from .self_test import BOUNDS, Trial, compare, trial_of

ENDINGS = {"c": ".c", "numpy": ".py", "onnx": ".onnx"}


@dataclass(frozen=True)
class Exported:
    """What was written, and how its self-test went.

    n_rows : rows that were tried.
    bound : the largest difference allowed, as a share of (the size of the target + |prediction|); 1 is the size of a
        probability.
    largest : the largest difference found, as such a share.
    tested : whether the file itself was run. A C file is not where there is no compiler: then the same steps and
        numbers were tried in NumPy.
    """

    path: Path
    to: str
    n_rows: int
    bound: float
    largest: float
    tested: bool


def export_model(
    model: Any, path: str | Path, to: str = "c", interval: float | None = None, *, adaptive: bool = False
) -> Exported:
    """Write a fitted model as one file that scores rows without glassnet, and test it against `predict` before.

    Parameters
    ----------
    to : "c", "numpy" or "onnx"
        C99 without allocation; Python with NumPy alone; an ONNX graph of standard operators. All hold the reading of
        the columns, every member and the way back to the units of y.
    interval : float
        Coverage of prediction intervals to include, such as 0.9.
    adaptive : bool
        Whether these are wider for rows where errors are larger, as those of `predict_interval(X, adaptive=True)`.

    Raises
    ------
    SettingError
        If the target is unknown, its packages are missing, or it cannot hold the model.
    InputError
        If the model has no intervals of that coverage.
    OutputError
        If the file does not agree with `predict` or cannot be written; no file is left then, and an older one stays.

    Warns
    -----
    UserWarning
        If there is no C compiler to run a C file with.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from glassnet import GlassNetRegressor, export_model
    >>> model = GlassNetRegressor(hidden_layer_sizes=4, solver="lbfgs", alpha=30, n_members=1, bins=0, max_iter=500)
    >>> model = model.fit(*load_diabetes(return_X_y=True))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = export_model(model, os.path.join(folder, "scorer.py"), to="numpy")
    >>> done.n_rows, done.bound, done.largest < done.bound
    (100, 1e-09, True)
    """
    if to not in TARGETS:
        raise SettingError(
            f"to={to!r} is no target of an export. Choose one of {', '.join(TARGETS)}. {nearest(to, TARGETS)}"
        )
    if not isinstance(model, GlassNetBase):
        raise SettingError(
            f"a {type(model).__name__} cannot be exported, only a GlassNetRegressor or GlassNetClassifier. Take it out "
            "of the pipeline or search it is in: what stands before it would be missing from the file."
        )
    if adaptive and interval is None:
        raise SettingError(
            "adaptive=True is about intervals, and none are asked for. Say how many targets they are to hold, as "
            "interval=0.9, or leave adaptive out."
        )
    scorer = scorer_of(model, interval, adaptive)
    trial = trial_of(model, scorer)
    data, found, tested = TARGETS[to](scorer, trial)
    compare(scorer, trial, found, {"c": "C", "numpy": "NumPy", "onnx": "ONNX"}[to])
    write_atomically(path, data)
    bound = BOUNDS[scorer.dtype]
    largest = float((np.abs(found - trial.expected) / trial.allowed).max() * bound)
    return Exported(Path(path), to, len(trial.cells), bound, largest, tested)


def _to_c(scorer: Scorer, trial: Trial) -> tuple[bytes, Array, bool]:
    code, cc = c_code.c_code(scorer, trial), c_compiler.compiler()
    if cc is None:
        warnings.warn(
            "there is no C compiler here (cc, gcc or clang), so the C file itself was not run; what it computes was "
            "tried in NumPy. Compile it where it is used, and run it with --self-test.",
            UserWarning,
            stacklevel=3,
        )
        return code.encode("ascii"), numpy_code.found_by(numpy_code.numpy_code(scorer, trial), scorer, trial), False
    return code.encode("ascii"), c_compiler.found_by(code, scorer, trial, cc), True


def _to_numpy(scorer: Scorer, trial: Trial) -> tuple[bytes, Array, bool]:
    code = numpy_code.numpy_code(scorer, trial)
    return code.encode("ascii"), numpy_code.found_by(code, scorer, trial), True


def _to_onnx(scorer: Scorer, trial: Trial) -> tuple[bytes, Array, bool]:
    require_extra()
    model = onnx_graph.onnx_model(scorer, trial)
    return model, onnx_runtime.found_by(model, scorer, trial), True


TARGETS: dict[str, Callable[[Scorer, Trial], tuple[bytes, Array, bool]]] = {
    "c": _to_c,
    "numpy": _to_numpy,
    "onnx": _to_onnx,
}
