"""How long a user waits: importing, and the first fit of a process. python -m benchmarks.cold_start

Start and end of the process are included. Median of five; the kinds take turns. On an idle machine the wall's clock and
the processor's nearly agree; where others work on the machine too, the processor's is the one to compare.
"""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from . import machine
from .table import markdown

REPETITIONS = 5
FIT = """
import warnings
import numpy as np
from glassnet import GlassNetRegressor
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.normal(size=(500, 11))
GlassNetRegressor(**{settings}).fit(X, X[:, 0])
"""
CODE = {
    "import numpy": "import numpy",
    "import numpy and glassnet": "import numpy, glassnet",
    "import GlassNetRegressor": "from glassnet import GlassNetRegressor",
    "import numba beside it": "from glassnet import GlassNetRegressor\nimport numba",
    "import numpy, scikit-learn's base and numba": "import numpy, numba, sklearn.base",
}
PLAIN = {"max_iter": 5, "n_iter_no_change": 5, "activation": "relu", "learning_rate_init": 0.001}
PLAIN |= {"bins": 0, "scaling": "standard", "n_members": 1}
NETWORKS = {
    "11-50-1": PLAIN | {"hidden_layer_sizes": (50,)},
    "11-64-64-1": PLAIN | {"hidden_layer_sizes": (64, 64)},
    "11-64-64-1, dropout": PLAIN | {"hidden_layer_sizes": (64, 64), "dropout": 0.2},
    "the defaults, 5 epochs": {"max_iter": 5},
}


def main() -> None:
    machine.fix_threads(1)
    machine.report("cold_start", measure(), text)


def measure() -> dict[str, Any]:
    """{what a process does: its seconds by the wall's and by the processor's clock}."""
    from .fresh import Done, run

    times: dict[str, list[Done]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for repetition in range(REPETITIONS + 1):
            for name, code in CODE.items():
                times.setdefault(name, []).append(run(code, folder))
            for name, settings in NETWORKS.items():
                code, cache = FIT.format(settings=settings), Path(folder) / f"{name}-{repetition}"
                times.setdefault(f"first fit of {name}, empty cache", []).append(run(code, cache))
                times.setdefault(f"first fit of {name}, from the cache", []).append(run(code, cache))
    seconds = {  # the first round only filled the disk's cache
        name: (median(done.wall for done in runs[1:]), median(done.processor for done in runs[1:]))
        for name, runs in times.items()
    }
    both, numpy = seconds["import numpy and glassnet"], seconds["import numpy"]
    return {"seconds": seconds | {"glassnet beyond NumPy": (both[0] - numpy[0], both[1] - numpy[1])}}


def text(result: dict[str, Any]) -> str:
    """The table in words."""
    rows = [[name, *map("{:.2f}".format, pair)] for name, pair in result["seconds"].items()]
    return markdown(["process", "seconds", "of the processor"], rows)


if __name__ == "__main__":
    main()
