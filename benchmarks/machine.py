"""The machine under the measurement: its threads are fixed, its parts are named, and the result is kept as JSON."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from ctypes.util import find_library
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


def n_threads() -> int:
    """What fix_threads was told; 1 if it was not."""
    return int(os.environ.get(THREAD_VARIABLES[0], "1"))


def processor() -> str:
    """The processor's name, as well as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def cache_sizes() -> dict[str, int]:
    """Bytes of the processor's caches for data, {"L1": ..., "L2": ..., "L3": ...}; empty if the system does not say."""
    sizes = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):  # Linux
        kind, level, size = ((folder / name).read_text().strip() for name in ("type", "level", "size"))
        if kind != "Instruction":
            sizes[f"L{level}"] = int(size.rstrip("KM")) * (2**20 if size.endswith("M") else 2**10)
    if sys.platform == "darwin":
        for level, name in (("L1", "l1dcachesize"), ("L2", "l2cachesize"), ("L3", "l3cachesize")):
            told = subprocess.run(["sysctl", "-n", f"hw.{name}"], capture_output=True, text=True, check=False).stdout
            sizes |= {level: int(told)} if told.strip() else {}
    return sizes


def describe() -> dict[str, Any]:
    """What a reader needs to judge the numbers."""
    versions = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    versions["FANN"] = find_library("fann") or "not installed"
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
