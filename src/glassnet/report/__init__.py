"""The report of a run: one HTML file that says in words and figures whether to trust the model.

In comes a run folder; out goes report.html in it. Every plot is a display of its own too (displays/), in the style of
scikit-learn. Read `build.py` first: it lists the sections, and each section is a file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .build import build_report
    from .displays.importance import PermutationImportanceDisplay
    from .displays.intervals import IntervalDisplay
    from .displays.learning_curves import LearningCurvesDisplay
    from .displays.members import MembersDisplay
    from .displays.network import NetworkDisplay
    from .displays.residuals import ResidualsDisplay
    from .displays.weights import WeightsDisplay

__all__ = [
    "IntervalDisplay",
    "LearningCurvesDisplay",
    "MembersDisplay",
    "NetworkDisplay",
    "PermutationImportanceDisplay",
    "ResidualsDisplay",
    "WeightsDisplay",
    "build_report",
]

_HOME = {
    "IntervalDisplay": ".displays.intervals",
    "LearningCurvesDisplay": ".displays.learning_curves",
    "MembersDisplay": ".displays.members",
    "NetworkDisplay": ".displays.network",
    "PermutationImportanceDisplay": ".displays.importance",
    "ResidualsDisplay": ".displays.residuals",
    "WeightsDisplay": ".displays.weights",
    "build_report": ".build",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return list(__all__)
