"""Builds the package, installs it in an empty place, and uses it there, with the source out of reach.

python scripts/test_wheel.py            builds wheel and source distribution into dist/ first (needs `build`)
python scripts/test_wheel.py FILE.whl   takes this wheel, as the jobs for macOS and Windows do
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
MAX_WHEEL_KB = 600

USE = """
import pathlib, sys
import numpy as np
import glassnet
assert pathlib.Path(glassnet.__file__).is_relative_to(sys.prefix), glassnet.__file__
X = np.linspace(-1, 1, 200).reshape(-1, 1)
y = 3 * X[:, 0] + 7
model = glassnet.GlassNetRegressor(max_iter=20, random_state=0).fit(X, y)
prediction = model.predict(X)
assert prediction.shape == y.shape and np.isfinite(prediction).all(), prediction
print("trained and predicted; correlation with the truth", round(float(np.corrcoef(prediction, y)[0, 1]), 3))
"""


def build():
    """The wheel, built from the source distribution, both new in dist/."""
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", DIST, ROOT], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = DIST.glob("*.whl")
    (sdist,) = DIST.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for needed in ("LICENSE", "README.md", "pyproject.toml", "src/glassnet/py.typed", "tests/conftest.py"):
        assert needed in names, f"{needed} is not in {sdist.name}"
    return wheel


def look_into(wheel):
    """The wheel holds the package, its license and the marker for type checkers, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "glassnet/py.typed" in names
    assert "glassnet/__init__.py" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    strangers = [name for name in names if not name.startswith(("glassnet/", "glassnet-"))]
    assert not strangers, strangers
    left_in = [name for name in names if "/test" in name or "conftest" in name or "__pycache__" in name]
    assert not left_in, left_in
    kilobytes = wheel.stat().st_size / 1000
    assert kilobytes < MAX_WHEEL_KB, f"{wheel.name} has {kilobytes:.0f} kB"
    print(f"{wheel.name}: {len(names)} files, {kilobytes:.0f} kB")


def use(wheel, empty):
    """Installs the wheel below the folder `empty`, first without extras and then with the command line."""
    venv.create(empty / "venv", with_pip=True)
    python = empty / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*command, **options):
        return subprocess.run([python, *command], cwd=empty, env=surroundings, text=True, **options)

    def install(what):  # without .pyc files, which would take longer than the rest
        run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", what, check=True)

    install(str(wheel))
    run("-c", USE, check=True)
    bare = run("-m", "glassnet", "info", capture_output=True)
    said = bare.stdout + bare.stderr
    assert bare.returncode == 2, f"without its extra the command line returns {bare.returncode}:\n{said}"
    assert 'pip install "glassnet[cli]"' in said, said
    assert "Traceback" not in said, said
    install(f"{wheel}[cli]")
    run("-m", "glassnet", "info", check=True)


def main():
    """Builds if no wheel is given, then looks into it and uses it."""
    wheel = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else build()
    look_into(wheel)
    with tempfile.TemporaryDirectory(prefix="glassnet-wheel-", ignore_cleanup_errors=True) as empty:
        use(wheel, Path(empty))
    print("The wheel works where it was installed.")


if __name__ == "__main__":
    main()
