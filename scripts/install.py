"""Makes the folder .venv and installs glassnet into it: python scripts/install.py demo, dev, docs or bench.

The Makefile calls this. It uses the standard library only and runs on any Python 3, so that an old one gets a sentence
to read and not a traceback.
"""

import os
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# What each purpose adds to glassnet itself: names of dependency groups in pyproject.toml.
GROUPS = {"demo": [], "dev": ["dev"], "docs": ["docs"], "bench": ["bench"]}
# Taken as built packages or not at all: a newcomer needs no compiler.
BUILT = "llvmlite,numba,numpy,pandas,pyarrow,scikit-learn,scipy"


def run(*command):
    """True if the command succeeded; its output goes to the screen."""
    return subprocess.call([str(part) for part in command], cwd=str(ROOT)) == 0


def python_of_venv():
    """Path of the Python inside .venv, which is made if it is missing or was left half done."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    works = [str(python), "-c", "import pip"]
    if not python.exists() or subprocess.call(works, stderr=subprocess.DEVNULL) != 0:
        print("Making .venv with Python " + sys.version.split()[0])
        if not run(sys.executable, "-m", "venv", VENV):
            sys.exit("Could not make .venv. On Debian and Ubuntu this helps: sudo apt install python3-venv")
    return python


def install(purpose):
    """Installs glassnet, its command line and the tools for this purpose."""
    print("Installing into .venv for '" + purpose + "': needed once, takes a minute or two ...", flush=True)
    pip = [python_of_venv(), "-m", "pip", "--disable-pip-version-check"]
    groups = [word for group in GROUPS[purpose] for word in ("--group", group)]
    done = run(*pip, "install", "--quiet", "--upgrade", "pip>=25.1") and run(  # dependency groups came with 25.1
        *pip, "install", "--quiet", "--only-binary", BUILT, "--editable", ".[cli]", *groups
    )
    if not done:
        sys.exit(
            "The installation failed; the reason stands above. If it names Numba: Numba may not know Python "
            + "{}.{}".format(*sys.version_info[:2])
            + " yet. Then remove .venv and name another one, as in: make demo PYTHON=python3.13"
        )


if __name__ == "__main__":
    if sys.version_info[:2] < OLDEST:
        sys.exit(
            "glassnet needs Python {}.{} or newer, but ".format(*OLDEST)
            + sys.executable
            + " is {}.{}. ".format(*sys.version_info[:2])
            + "Get one from https://www.python.org/downloads/ or name one you have: make demo PYTHON=python3.12"
        )
    if len(sys.argv) != 2 or sys.argv[1] not in GROUPS:
        sys.exit("usage: python scripts/install.py " + "|".join(GROUPS))
    install(sys.argv[1])
