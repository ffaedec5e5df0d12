"""The command line: `glassnet train houses.csv --target price`, and the rest of the way to predictions.

In come words from a shell; out go results on stdout, progress and errors on stderr, and an exit code that says what
kind of thing went wrong. Read `app.py` first, then the command you are after: one file each, loaded when it is called.
"""

from .app import main

__all__ = ["main"]
