"""Runs a few lines of Python in a fresh process: for start-up times and for memory."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# Peak resident memory in bytes. On Linux, getrusage also counts what the parent held at the start; VmHWM does not.
PEAK = """
def peak():
    try:
        return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
    except OSError:
        import resource, sys
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
"""


@dataclass(frozen=True)
class Done:
    """Seconds from start to end of a process, by the wall's clock and the processor's, and what it printed."""

    wall: float
    processor: float
    output: str


def run(code: str, cache: Path | str) -> Done:
    """Run the lines in a fresh Python; glassnet keeps compiled code in `cache`."""
    environment = os.environ | {"GLASSNET_CACHE_DIR": str(cache)}
    begin, used = time.perf_counter(), _processor_seconds()
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    wall, processor = time.perf_counter() - begin, _processor_seconds() - used
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Done(wall, processor, done.stdout)


def _processor_seconds() -> float:
    """What the processes that have ended used so far; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
