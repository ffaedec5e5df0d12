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
}
PLAIN: dict[str, Any] = {
    "learning_rate_init": 0.001,
    "learning_rate": "constant",
    "parametrization": "standard",
    "initialization": "auto",  # which has a meaning of its own, see `initialize`
    "beta_2": 0.999,
    "dropout": 0.0,
    "weight_decay": 0.0,
    "max_iter": 200,
}
EPOCHS = ((10_000, 256), (30_000, 128), (100_000, 64))  # up to so many rows, so many epochs
FEWEST_EPOCHS = 32


def resolved(settings: Mapping[str, Any], n_rows: int, *, incremental: bool) -> dict[str, Any]:
    """The settings with numbers and names in place of "auto" (and of None for weight_decay).

    Parameters
    ----------
    n_rows : int
        How many rows there are to train on.
    incremental : bool
        Rows that come piece by piece have no last epoch, so they get the plain settings.

    Examples
    --------
    >>> resolved({"solver": "adam", "learning_rate_init": "auto", "dropout": 0.5}, 500, incremental=False)
    {'solver': 'adam', 'learning_rate_init': 0.03, 'dropout': 0.5}
    """
    is_recipe = settings["solver"] in ("adam", "adamw") and settings["learning_rate_init"] == "auto" and not incremental
    epochs = next((epochs for limit, epochs in EPOCHS if n_rows <= limit), FEWEST_EPOCHS)
    meant = RECIPE | {"max_iter": epochs} if is_recipe else dict(PLAIN)
    if settings["solver"] == "adamw" and not is_recipe:
        meant["weight_decay"] = 0.01
    return {name: meant.get(name, value) if _is_open(name, value) else value for name, value in settings.items()}


def _is_open(name: str, value: Any) -> bool:
    return (isinstance(value, str) and value == "auto") or (name == "weight_decay" and value is None)
