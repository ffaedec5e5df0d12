"""How fast exported scorers are: python -m benchmarks.scorers

A model of five networks 10-128-128-1, each column in 32 bins, scores one row, and many rows, on one thread: by predict,
by its exports, and beside them scikit-learn's MLPs of the same sizes, as they are and through skl2onnx (which have no
bins, and ReLU in place of mish). Ours are timed with adaptive intervals too. The answers of our scorers are compared
before anything is timed.
"""

import argparse
import ctypes
import importlib.util
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from . import machine
from .table import digits, markdown

MANY = """
#define GLASSNET_NO_MAIN
#include "scorer.c"
void many(const double *X, long n, double *out);
void many(const double *X, long n, double *out)
{
    long s;
    for (s = 0; s < n; s++) (void) glassnet_predict(X + s * GLASSNET_COLUMNS, out + s * GLASSNET_OUTPUTS);
}
"""
FLAGS = {"C, -O3": ["-O3"], "C, -O3 -march=native": ["-O3", "-march=native"]}
US = "predict"
COVERAGE = 0.9  # of intervals
PARTS = 10  # of the many rows; the median part counts, so that a busy moment of the machine does not
BATCH = 10_000  # rows that ONNX Runtime gets at a time: it would hold the inner values of all of them
Score = Callable[[Any], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=200, help="of the single row")
    options = parser.parse_args()
    machine.fix_threads(1)  # before NumPy is loaded, so the imports below come late
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), options)
    machine.report("scorers", result, text)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of one row and of many rows, for each scorer."""
    import numpy as np
    from sklearn.datasets import make_friedman1

    X, y = make_friedman1(4000, noise=1.0, random_state=0)
    rows = np.random.default_rng(0).random((options.rows, X.shape[1]))
    ours, theirs = our_scorers(X, y, folder), their_scorers(X, y)
    some = rows[:1000]
    for by_predict, *others in (list(group.items()) for group in ours):
        for name, score in others:
            assert np.allclose(score(some), by_predict[1](some), rtol=1e-5, atol=1e-5 * y.std()), name
    lines = {}
    for name, score in {**ours[0], **theirs, **ours[1]}.items():
        one = [_seconds(score, rows[k : k + 1]) for k in range(options.repetitions)]
        many = [_seconds(score, part) for part in np.array_split(rows, PARTS)]
        lines[name] = {"one": median(one), "many": median(many) * PARTS}
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("scorer.*"))}
    return {"rows": options.rows, "lines": lines, "sizes": sizes}


def our_scorers(X: Any, y: Any, folder: Path) -> tuple[dict[str, Score], dict[str, Score]]:
    """Scorers of predictions, and of predictions with intervals, each (n_rows, n_numbers); the first is the model."""
    import numpy as np

    from glassnet import GlassNetRegressor

    model = GlassNetRegressor(bins=32, dropout=0.1, max_iter=20, random_state=0).fit(X, y)

    def with_ends(rows: Any) -> Any:
        return np.column_stack([model.predict(rows), model.predict_interval(rows, COVERAGE, adaptive=True)])

    ends = exported(model, folder / "intervals", 3, interval=COVERAGE, adaptive=True)
    return (
        {US: lambda rows: model.predict(rows)[:, None], **exported(model, folder, 1)},
        {f"{US} and predict_interval": with_ends, **{f"{name}, with intervals": of for name, of in ends.items()}},
    )


def exported(model: Any, folder: Path, width: int, **more: Any) -> dict[str, Score]:
    """The exports of a model in that folder, each of which gives so many numbers for a row."""
    import numpy as np

    from glassnet import export_model

    folder.mkdir(exist_ok=True)
    files = {to: folder / f"scorer.{ending}" for to, ending in (("c", "c"), ("numpy", "py"), ("onnx", "onnx"))}
    for to, path in files.items():
        export_model(model, path, to, **more)
    found: dict[str, Score] = {}
    (folder / "many.c").write_text(MANY)
    for k, (name, flags) in enumerate(FLAGS.items()):
        library = folder / f"lib{k}.so"
        command = ["cc", "-std=c99", *flags, "-shared", "-fPIC", "-o", library, folder / "many.c", "-lm"]
        subprocess.run(command, check=True)
        many = ctypes.CDLL(str(library)).many
        many.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.c_void_p]

        def score(rows: Any, many: Any = many) -> Any:
            rows, out = np.ascontiguousarray(rows), np.empty((len(rows), width))
            many(rows.ctypes.data, len(rows), out.ctypes.data)
            return out

        found[name] = score
    spec = importlib.util.spec_from_file_location("scorer", files["numpy"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found["NumPy"] = lambda rows: np.column_stack(list(module.predict(rows).values()))
    found["ONNX Runtime"] = _session(files["onnx"].read_bytes(), np.float64)
    return found


def their_scorers(X: Any, y: Any) -> dict[str, Score]:
    import numpy as np
    from sklearn.ensemble import VotingRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def mlp(k: int) -> Any:
        return make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(128, 128), max_iter=5, random_state=k))

    one = mlp(0).fit(X, y)
    five = VotingRegressor([(str(k), mlp(k)) for k in range(5)]).fit(X, y)
    found: dict[str, Score] = {"scikit-learn, one MLP": one.predict, "scikit-learn, five MLPs": five.predict}
    if find_spec("skl2onnx"):
        from skl2onnx import to_onnx

        model = to_onnx(five, X[:1].astype(np.float32)).SerializeToString()
        found["five MLPs in ONNX Runtime"] = _session(model, np.float32)
    return found


def _session(model: bytes, dtype: Any) -> Score:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def score(rows: Any) -> Any:
        import numpy as np

        batches = (rows[start : start + BATCH].astype(dtype) for start in range(0, len(rows), BATCH))
        return np.vstack([np.column_stack(session.run(None, {"X": batch})) for batch in batches])

    return score


def _seconds(score: Score, rows: Any) -> float:
    start = time.perf_counter()
    score(rows)
    return time.perf_counter() - start


def text(result: dict[str, Any]) -> str:
    """The table, and the sizes of the files."""
    rows = [
        [name, digits(line["one"] * 1e6), digits(line["many"] * 1e6 / result["rows"])]
        for name, line in result["lines"].items()
    ]
    sizes = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in result["sizes"].items())
    head = f"Microseconds on one thread, first for one row by itself, then for each of {result['rows']} rows. {sizes}."
    return f"{head}\n\n{markdown(['scorer', 'one row', 'each of many'], rows)}"


if __name__ == "__main__":
    main()
