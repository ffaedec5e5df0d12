"""What "auto" stands for: settings that go together, by solver, learning rate and number of rows.

With learning_rate_init="auto" and Adam the settings are the recipe, after Holzmueller, Grinsztajn and Steinwart,
"Better by default", NeurIPS 2024, and measured on public tables (benchmarks/accuracy). With a learning rate of one's
own the rest is what it is in scikit-learn.
"""

from collections.abc import Mapping
from typing import Any

RECIPE: dict[str, Any] = {
    "learning_rate_init": 0.03,
    "learning_rate": "coslog4",
    "parametrization": "ntk",
    "initialization": "ntk",
    "beta_2": 0.95,
    "dropout": 0.1,
    "weight_decay": 0.02,
    "bins": 32,
}
PLAIN: dict[str, Any] = {
    "learning_rate_init": 0.001,
    "learning_rate": "constant",
    "parametrization": "standard",
    "initialization": "auto",  # which has a meaning of its own, see `initialize`
    "beta_2": 0.999,
    "dropout": 0.0,
    "weight_decay": 0.0,
    "bins": 32,
    "max_iter": 200,
}
Axis = tuple[Mapping[str, Any], ...]
# Tables differ most in how much noise there is to hold down, and in how fine the bins should be: for each of these
# questions the other answers than the recipe's, to be tried on the first fold, one question after the other.
AXES: tuple[Axis, ...] = (
    ({"dropout": 0.0, "weight_decay": 0.0}, {"dropout": 0.25, "weight_decay": 0.05}),
    ({"bins": 8}, {"bins": 2}),
)
EPOCHS = ((10_000, 256), (30_000, 128), (100_000, 64))  # up to so many rows, so many epochs
FEWEST_EPOCHS = 32
MONOTONE_ACTIVATION = "softplus"  # measured beside relu, elu and tanh, with neurons of both signs


def resolved(settings: Mapping[str, Any], n_rows: int, *, incremental: bool) -> dict[str, Any]:
    """The settings with numbers and names in place of "auto" (and of None for weight_decay).

    Parameters
    ----------
    n_rows : int
        How many rows there are to train on.
    incremental : bool
        Rows that come piece by piece have no last epoch, so they get the plain settings, and one network.

    Examples
    --------
    >>> resolved({"solver": "adam", "learning_rate_init": "auto", "dropout": 0.5}, 500, incremental=False)
    {'solver': 'adam', 'learning_rate_init': 0.03, 'dropout': 0.5}
    """
    is_recipe = _is_recipe(settings, incremental=incremental)
    epochs = next((epochs for limit, epochs in EPOCHS if n_rows <= limit), FEWEST_EPOCHS)
    meant = RECIPE | {"max_iter": epochs} if is_recipe else dict(PLAIN)
    meant["activation"] = MONOTONE_ACTIVATION if is_constrained(settings.get("monotonic_constraints")) else "mish"
    if settings["solver"] == "adamw" and not is_recipe:
        meant["weight_decay"] = 0.01
    settings = {**settings, "n_members": 1} if incremental else settings
    return {name: meant.get(name, value) if _is_open(name, value) else value for name, value in settings.items()}


def open_axes(settings: Mapping[str, Any], *, incremental: bool) -> tuple[Axis, ...]:
    """The questions that a fit answers by trial: those whose settings all were left open, in a fit by the recipe.

    Examples
    --------
    >>> given = {"solver": "adam", "learning_rate_init": "auto", "bins": 32, "dropout": "auto", "weight_decay": None}
    >>> open_axes(given, incremental=False)
    (({'dropout': 0.0, 'weight_decay': 0.0}, {'dropout': 0.25, 'weight_decay': 0.05}),)
    """
    if not _is_recipe(settings, incremental=incremental):
        return ()
    return tuple(axis for axis in AXES if all(_is_open(name, settings[name]) for name in axis[0]))


def is_constrained(constraints: Any) -> bool:
    """Whether any column has a sign.

    Examples
    --------
    >>> is_constrained({"age": 1}), is_constrained([0, 0]), is_constrained(None)
    (True, False, False)
    """
    signs = constraints.values() if isinstance(constraints, Mapping) else constraints
    return signs is not None and any(sign != 0 for sign in signs)


def _is_recipe(settings: Mapping[str, Any], *, incremental: bool) -> bool:
    return settings["solver"] in ("adam", "adamw") and settings["learning_rate_init"] == "auto" and not incremental


def _is_open(name: str, value: Any) -> bool:
    return (isinstance(value, str) and value == "auto") or (name == "weight_decay" and value is None)
