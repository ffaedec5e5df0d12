"""Boosting libraries with their defaults, as far as they are installed."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Literal

LIBRARIES = {
    "catboost": ("CatBoost", {"verbose": False, "allow_writing_files": False}),
    "lightgbm": ("LGBM", {"verbose": -1}),
    "xgboost": ("XGB", {}),
}


def boosting(kind: Literal["Classifier", "Regressor"]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names, and what makes an estimator of that kind; says which libraries are left out."""
    for name, (begin, settings) in LIBRARIES.items():
        try:
            make = getattr(import_module(name), f"{begin}{kind}")
        except ImportError:
            print(f"{name} is not installed, and left out")
        else:
            yield name, lambda make=make, settings=settings: make(**settings)
