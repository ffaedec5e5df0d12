"""A process of its own with little memory: `limited_memory.py FILE write|load|stream`.

The file is a table of 367 MB; the limit leaves 240 MB beyond what the libraries take. A stream takes 75 to 105 of them:
BLAS asks for tens of megabytes for each thread that calls it while another does, and waits for ever if there are none.
"""

import os
import sys
import warnings

os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # others reserve a gigabyte, used or not

import resource

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from glassnet import GlassNetRegressor

COLUMNS, GROUPS, GROUP_ROWS = [f"x{k}" for k in range(50)], 36, 25_000
HEADROOM = 240 << 20
SETTINGS = {
    "hidden_layer_sizes": 4,
    "n_members": 2,
    "max_iter": 2,
    "learning_rate_init": 0.01,
    "bins": 0,
    "scaling": "standard",
    "random_state": 0,
    "n_iter_no_change": float("inf"),
}


def group(n_rows=GROUP_ROWS):
    """Rows of small whole numbers, which take little room on disk; the target is a sum of two of them."""
    X = np.random.default_rng(0).integers(0, 16, size=(n_rows, len(COLUMNS))).astype(float)
    return pa.table([*X.T, X[:, 0] - X[:, 1]], names=[*COLUMNS, "y"])


def write(path):
    table = group()
    with pq.ParquetWriter(path, table.schema) as file:
        for _ in range(GROUPS):
            file.write_table(table)
    return "written"


def load(path):
    try:
        return pq.read_table(path).nbytes
    except MemoryError:
        return "MemoryError"


def stream(path):
    model = GlassNetRegressor(**SETTINGS).fit_stream(path, "y", shuffle_window=8192, sample_rows=2048)
    new = group(1000)
    return model.score(new.select(COLUMNS).to_pandas(), new.column("y").to_numpy())


def leave_little_memory():
    """First use everything once, so that what the libraries take is there already."""
    small = ds.dataset(group(400))
    GlassNetRegressor(**SETTINGS).fit_stream(small, "y")
    with open("/proc/self/status") as file:
        taken = next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (taken + HEADROOM,) * 2)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    path, what = sys.argv[1:]
    if what != "write":
        leave_little_memory()
    print({"write": write, "load": load, "stream": stream}[what](path))
