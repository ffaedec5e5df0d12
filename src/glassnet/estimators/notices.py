"""Warnings that point at the line of the user's own script, however deep in the package they arise."""

import sys
import warnings

INSIDE = ("glassnet.", "sklearn.", "contextlib")  # modules between the user's line and ours


def warn(message: str, category: type[Warning]) -> None:
    """Warn of something; the warning names the nearest line outside glassnet and scikit-learn."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith(INSIDE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level + 1)
