"""`glassnet demo`: a small table to begin with, scikit-learn's diabetes."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from sklearn.datasets import load_diabetes

from ..errors import OutputError
from ..export.atomic import write_atomically
from .failures import say
from .output import require_writable
from .screen import Look, Screen, count

FILE = Path("diabetes.csv")
NEXT = f"glassnet train {FILE} --target target"


def demo(
    *,
    force: Annotated[bool, Parameter(negative=(), help=f"Overwrite another {FILE}.")] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Write a small table here, and print the next command to type."""
    frame = load_diabetes(as_frame=True, scaled=False).frame
    data = frame.to_csv(index=False, lineterminator="\n").encode()
    require_writable(FILE, [], refuse_existing=False)
    if FILE.exists() and FILE.read_bytes() != data and not force:
        raise OutputError(
            say(
                f"{FILE} exists here already and holds something else",
                fix="--force overwrites it, or go to another folder",
            ),
            error_id="E502",
        )
    write_atomically(FILE, data)
    screen = Screen(look)
    screen.line(
        f"Wrote {FILE}: {count(len(frame), 'patient')}, their age, sex, body mass index, blood pressure and six"
    )
    screen.line("blood values, and as `target` how far their diabetes had gone a year later (scikit-learn's diabetes).")
    screen.line(f"Next:  {NEXT}")
    screen.facts = {"command": "demo", "file": str(FILE), "rows": len(frame), "next": NEXT}
    screen.finish()
    return 0
