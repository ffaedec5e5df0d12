"""What the numbers that a model gives are called, wherever they stand in a table of their own."""

import numpy as np

from ..estimators.base import GlassNetBase
from ..estimators.classifier import GlassNetClassifier


def names_of_outputs(model: GlassNetBase, n_outputs: int) -> tuple[str, ...]:
    """Of numbers `prediction`, with the target's number and the quantile if there are several; `probability_CLASS`.

    n_outputs : how many numbers the network gives.
    """
    if isinstance(model, GlassNetClassifier):
        return tuple(f"probability_{name}" for name in model.classes_)
    quantiles = [f"{q:g}" for q in np.atleast_1d(model.quantile)] if model.loss == "quantile" else [""]
    n_targets = n_outputs // len(quantiles)
    targets = [str(target) for target in range(n_targets)] if n_targets > 1 else [""]
    quantiles = quantiles if len(quantiles) > 1 else [""]
    return tuple("_".join(part for part in ("prediction", target, q) if part) for target in targets for q in quantiles)


def names_of_labels(model: GlassNetClassifier) -> tuple[str, ...]:
    """`prediction` of the class that is most likely; where several may hold at once `prediction_CLASS` of each."""
    return tuple(f"prediction_{name}" for name in model.classes_) if model._is_multilabel else ("prediction",)


def names_of_interval(n_targets: int) -> tuple[str, ...]:
    """`lower` and `upper`, for each of several targets with its number."""
    endings = [""] if n_targets == 1 else [f"_{target}" for target in range(n_targets)]
    return tuple(f"{end}{ending}" for ending in endings for end in ("lower", "upper"))
