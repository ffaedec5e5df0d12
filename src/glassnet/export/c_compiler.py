"""Compiles an exported scorer and lets it score a CSV, to see whether it does what the model does."""

import csv
import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..errors import OutputError
from ..network.arrays import Array
from .scorer import Scorer
from .self_test import Trial

FLAGS = ("-std=c99", "-O3", "-o")
COMPILERS = ("cc", "gcc", "clang")


def compiler() -> str | None:
    """The program that compiles C here: the one that CC names, or one of the usual; None if there is none."""
    named = os.environ.get("CC", "").split()
    found = (shutil.which(name) for name in (*named[:1], *COMPILERS))
    return next((path for path in found if path is not None), None)


def found_by(code: str, scorer: Scorer, trial: Trial, cc: str) -> Array:
    """What the compiled program says of the rows of the trial, (n_rows, n_outputs), scored as a CSV.

    Raises
    ------
    OutputError
        If it cannot be compiled, or does not run.
    """
    names = [f"x{column.name}" if isinstance(column.name, int) else column.name for column in scorer.columns]
    table = io.StringIO()
    csv.writer(table, quoting=csv.QUOTE_ALL).writerows([names, *trial.cells])
    with tempfile.TemporaryDirectory(prefix="glassnet-export-") as folder:
        source, program = Path(folder, "scorer.c"), Path(folder, "scorer")
        source.write_text(code, "ascii")
        _run([cc, *FLAGS, str(program), str(source), "-lm"], "")
        printed = _run([str(program)], table.getvalue())
        _run([str(program), "--self-test"], "")
    rows = list(csv.reader(io.StringIO(printed)))
    places = [rows[0].index(name) for name in scorer.outputs]
    return np.array([[row[place] for place in places] for row in rows[1:]], dtype=np.float64)


def _run(command: list[str], table: str) -> str:
    done = subprocess.run(command, input=table.encode("utf-8", "replace"), capture_output=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise OutputError(
            f"the C export did not pass: {Path(command[0]).name} ended with {done.returncode} "
            f"({said[0] if said else 'nothing said'}). No file was written. This is a fault of glassnet: please report "
            "it, with the model if you can.",
            error_id="E506",
        )
    return done.stdout.decode("utf-8", "replace")
