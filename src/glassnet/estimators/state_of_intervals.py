"""What intervals are made of, taken apart into arrays, and put together again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..network.arrays import Array
from .fitted import Fitted
from .intervals import Residuals
from .spread import OfMembers, Scaled, Spread, n_numbers


def tensors_of_intervals(model: Any) -> dict[str, Array]:
    """Residuals and spreads by name, "member.residuals.target.part"; none if the model has no intervals."""
    found = dict(_tensors(getattr(model, "_residuals", None) or (), getattr(model, "_scaled", None) or ()))
    return found | {"narrowing": model._narrowing} if found else found


def residuals_from(tensors: Mapping[str, Array], n_members: int) -> tuple[tuple[Residuals, ...], ...] | None:
    """For each target and member its residuals; None if there were none.

    Raises
    ------
    KeyError, ValueError
        If something is missing, or cannot be residuals.
    """
    targets = range(_n_targets(tensors, "residuals"))
    return tuple(tuple(_residuals(tensors, f"{k}.residuals.{t}") for k in range(n_members)) for t in targets) or None


def scaled_from(tensors: Mapping[str, Array], members: Sequence[Fitted]) -> tuple[OfMembers, ...] | None:
    """For each target and member its spread with its scores; None if there were none. Raises as `residuals_from`."""
    targets = range(_n_targets(tensors, "scores"))
    return tuple(tuple(_scaled(tensors, k, t, member) for k, member in enumerate(members)) for t in targets) or None


def narrowing_from(tensors: Mapping[str, Array]) -> Array | None:
    """What widths are multiplied by, (2, n_targets); None if there are no intervals. Raises as `residuals_from`."""
    n_targets = _n_targets(tensors, "residuals")
    factors = tensors.get("narrowing", np.ones((2, n_targets)))  # files of earlier versions have none
    if factors.shape != (2, n_targets) or not ((factors >= 0) & (factors <= 1)).all():
        raise ValueError("widths that are multiplied by other numbers than 0 to 1")
    return factors if n_targets else None


def _tensors(
    residuals: Sequence[Sequence[Residuals]], scaled: Sequence[Sequence[Scaled]]
) -> Iterator[tuple[str, Array]]:
    for t, folds in enumerate(residuals):
        for k, fold in enumerate(folds):
            yield from _parts(f"{k}.residuals.{t}", fold, ("sizes", "weight"))
    for t, of_members in enumerate(scaled):
        for k, one in enumerate(of_members):
            yield from _parts(f"{k}.scores.{t}", one.scores, ("sizes", "weight"))
            yield from _parts(f"{k}.spread.{t}", one.spread, ("theta", "limits"))


def _parts(name: str, whole: Any, parts: Sequence[str]) -> Iterator[tuple[str, Array]]:
    return ((f"{name}.{part}", getattr(whole, part)) for part in parts)


def _n_targets(tensors: Mapping[str, Array], what: str) -> int:
    return sum(name.startswith(f"0.{what}.") and name.endswith(".sizes") for name in tensors)


def _residuals(tensors: Mapping[str, Array], name: str) -> Residuals:
    sizes, weight = tensors[f"{name}.sizes"], tensors[f"{name}.weight"]
    rises = all(np.isfinite(part).all() and (np.diff(part) >= 0).all() for part in (sizes, weight))
    if not rises or weight.shape != (len(sizes) + 1,) or not len(sizes):
        raise ValueError("residuals that do not rise, or without weights")
    return Residuals(sizes, weight)


def _scaled(tensors: Mapping[str, Array], k: int, t: int, member: Fitted) -> Scaled:
    theta, limits = (tensors[f"{k}.spread.{t}.{part}"] for part in ("theta", "limits"))
    if theta.shape != (1 + n_numbers(member),) or limits.shape != (2,):
        raise ValueError("a spread that does not go with the inputs of the network")
    if not (np.isfinite(theta).all() and np.isfinite(limits).all() and limits[0] <= limits[1]):
        raise ValueError("a spread that is not finite")
    return Scaled(Spread(theta, limits), _residuals(tensors, f"{k}.scores.{t}"))
