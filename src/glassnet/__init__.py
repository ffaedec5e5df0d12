"""glassnet: feed-forward neural networks for tables, that you can see through.

Names load on first use, so that `import glassnet` is quick: neither Numba nor scikit-learn is imported before it is
needed.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estimators.classifier import GlassNetClassifier
    from .estimators.regressor import GlassNetRegressor
    from .estimators.surface import LossSurfaceDisplay
    from .estimators.textbook import TEXTBOOK
    from .export.checkpoint import Checkpoint
    from .export.deploy import export_model
    from .export.model_file import load
    from .network.gradient_check import gradient_check
    from .network.network import Network
    from .network.trace import StepTrace

__all__ = [
    "TEXTBOOK",
    "Checkpoint",
    "GlassNetClassifier",
    "GlassNetRegressor",
    "LossSurfaceDisplay",
    "Network",
    "StepTrace",
    "export_model",
    "gradient_check",
    "load",
]
__version__ = version("glassnet")

_HOME = {
    "Checkpoint": ".export.checkpoint",
    "GlassNetClassifier": ".estimators.classifier",
    "GlassNetRegressor": ".estimators.regressor",
    "LossSurfaceDisplay": ".estimators.surface",
    "TEXTBOOK": ".estimators.textbook",
    "export_model": ".export.deploy",
    "load": ".export.model_file",
    "gradient_check": ".network.gradient_check",
    "Network": ".network.network",
    "StepTrace": ".network.trace",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'glassnet' has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
