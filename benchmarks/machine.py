"""The machine under the measurement: its threads are fixed, its parts are named, and the result is kept as JSON."""

import json
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("glassnet", "numpy", "numba", "scipy", "scikit-learn", "torch", "jax")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC")


def fix_threads(n_threads: int) -> None:
    """Hold this process and its children to so many threads and processors. Call it before NumPy is imported."""
    for name in THREAD_VARIABLES:
        os.environ[name] = str(n_threads)
    if n_threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if hasattr(os, "sched_setaffinity"):  # Linux; no library can then use more
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-n_threads:])


def processor() -> str:
    """The processor's name, as well as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def describe() -> dict[str, Any]:
    """What a reader needs to judge the numbers."""
    versions = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "versions": versions,
        "date": time.strftime("%Y-%m-%d"),
    }


def report(name: str, result: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> None:
    """Print a result, and keep it with its machine as benchmarks/results/NAME.json."""
    result = {"machine": describe(), **result}
    print(f"{heading(result)}\n\n{text(result)}")
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"\nkept in {file}")


def heading(result: dict[str, Any]) -> str:
    """Processor, system, date and versions in one line each."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, {machine['date']}\n{versions}"
