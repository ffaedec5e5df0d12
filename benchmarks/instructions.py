"""How many instructions a step takes in two versions of glassnet: python -m benchmarks.instructions HEAD~1 HEAD

Without a second commit the files as they are now are counted. Ends with an error if a step grew by more than 2 %.
Counts do not depend on how busy the machine is, so they find what a short timing cannot. They say nothing of caches,
nor of how many instructions run at once, so no speed is claimed from them.

Valgrind does the counting (apt-get install valgrind). It knows no AVX-512, so compiler and BLAS are told to write for a
processor with AVX2: the counts compare two versions, and are not those of a newer processor. BLAS is counted too.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .table import digits, markdown

ROOT = Path(__file__).parent.parent
COUNTED = Path(__file__).with_name("counted.py")
GROWTH = 0.02
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
AVX2 = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma", "OPENBLAS_CORETYPE": "Haswell"}
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="a commit, such as HEAD~1")
    parser.add_argument("after", nargs="?", help="another; left out: the files as they are now")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise SystemExit("Valgrind is not installed (apt-get install valgrind), and nothing else here counts exactly.")
    before, after = count(options.before), count(options.after)
    print(text(before, after, (options.before, options.after or "files as they are")))
    grown = [name for name in before if after[name] > (1 + GROWTH) * before[name]]
    if grown:
        raise SystemExit(f"More than {GROWTH:.0%} more instructions: {'; '.join(grown)}")


def text(before: dict[str, float], after: dict[str, float], names: tuple[str, str]) -> str:
    rows = [[name, digits(n), digits(after[name]), f"{after[name] / n:.3f}"] for name, n in before.items()]
    return "Instructions of a step:\n\n" + markdown(["work", *names, "ratio"], rows)


def count(commit: str | None) -> dict[str, float]:
    """{work: instructions of one step} in that commit, or in the files as they are now."""
    with tempfile.TemporaryDirectory() as folder, checked_out(commit) as tree:
        logs, environment = Path(folder), _environment(tree, Path(folder) / "cache")
        # `-P` keeps the folder of the script out of the way: only the tree's own benchmarks and glassnet are found.
        python = (sys.executable, "-P", str(COUNTED))
        _run([*python, "--compile"], environment, folder)  # at full speed, so that Valgrind meets code that is ready
        lines = _run([*VALGRIND, f"--log-file={logs}/%p", *python], environment, folder).splitlines()
        result = {}
        for entry in map(json.loads, lines):
            one, two = (_instructions(logs / str(process)) for process in entry["children"])
            result[entry["name"]] = (two - one) / entry["steps"]
    return result


@contextmanager
def checked_out(commit: str | None) -> Iterator[Path]:
    """A folder with the files of the commit, removed at the end; None stands for the files as they are now."""
    if commit is None:
        yield ROOT
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ("git", "-C", str(ROOT), "worktree")
        done = subprocess.run([*git, "add", "--detach", tree, commit], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"git has no files of {commit}: {done.stderr.strip()}")
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", tree], check=True)


def _environment(tree: Path, cache: Path) -> dict[str, str]:
    more = AVX2 if platform.machine() in ("x86_64", "AMD64") else {}
    paths = os.pathsep.join([str(tree / "src"), str(tree)])
    fixed = {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "GLASSNET_CACHE_DIR": str(cache)}
    return os.environ | more | ONE_THREAD | fixed | {"PYTHONDONTWRITEBYTECODE": "1"}


def _run(command: list[str], environment: dict[str, str], folder: str) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def _instructions(log: Path) -> int:
    """The last line of a child's log: what it ran, with all that its parent ran before it was made."""
    found = re.search(r"I\s+refs:\s+([\d,]+)", log.read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"Valgrind counted nothing:\n{log.read_text(encoding='utf-8')}")
    return int(found[1].replace(",", ""))


if __name__ == "__main__":
    main()
