"""What "auto" stands for: settings that go together, by solver, learning rate and number of rows.

With learning_rate_init="auto" and Adam the settings are the recipe, after Holzmueller, Grinsztajn and Steinwart,
"Better by default", NeurIPS 2024, and measured on public tables (benchmarks/accuracy). With a learning rate of one's
own the rest is what it is in scikit-learn.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import ceil, inf
from typing import Any

from ..training.schedules import VALLEYS

RECIPE: dict[str, Any] = {
    "learning_rate_init": 0.03,
    "learning_rate": "coslog4",
    "parametrization": "ntk",
    "initialization": "ntk",
    "beta_2": 0.95,
    "dropout": 0.1,
    "weight_decay": 0.02,
    "scale_rate": 2.0,
    "bins": 32,
    "bins_at_values": False,
}
PLAIN: dict[str, Any] = {
    "learning_rate_init": 0.001,
    "learning_rate": "constant",
    "parametrization": "standard",
    "initialization": "auto",  # which has a meaning of its own, see `initialize`
    "beta_2": 0.999,
    "dropout": 0.0,
    "weight_decay": 0.0,
    "scale_rate": 0.0,
    "bins": 32,
    "bins_at_values": False,
    "max_iter": 200,
}
Change = dict[str, Any]
# Tables differ most in how much noise there is to hold down, be it in the target or in columns that tell nothing (which
# scales turn down), and in how fine the bins should be. These answers are tried on the first folds: for each strength
# of dropout, of decay and of the scales the numbers of bins that led on some table, the recipe's own first. One bin
# leaves a column as it is, for tables that a straight line serves best.
NOISE, FINENESS = ("dropout", "weight_decay", "scale_rate"), ("bins", "bins_at_values")
ANSWERS: dict[tuple[float, float, float], list[tuple[int, bool]]] = {
    (0.1, 0.02, 2.0): [(32, False), (256, False), (128, False), (8, False), (8, True)],
    (0.1, 0.02, 0.0): [(2, False)],
    (0.0, 0.0, 2.0): [(32, False), (8, False), (2, False)],
    (0.0, 0.0, 0.0): [(32, False), (2, False)],
    (0.25, 0.05, 2.0): [(128, False), (8, True)],
    (0.1, 0.3, 2.0): [(32, False), (2, False), (8, True)],
    (0.25, 0.3, 2.0): [(2, False)],
    (0.0, 0.3, 2.0): [(1, False)],
    (0.0, 1.0, 2.0): [(1, False)],
}
# Successive halving (Jamieson and Talwalkar 2016), by thirds: members begin their training with each of the answers. At
# three quarters of the first hump of the learning rate, then of the second, at its end, and at the end of the third
# only the best third go on. The best of the last goes on to the end; of those that are as good as equal it is the one
# with the fewest bins, whose steps take less time.
LOOK, AS_GOOD, GO_ON = 3 / 4, 0.005, 1 / 3
# Members whose third hump lowered the loss by less than this share go without the fourth, which takes half of the time,
# unless the user says how many epochs there are.
LEAST_GAIN = 0.06
# Few rows are soon learnt from, and each counts: with ten folds a member learns from nine tenths of them. But a fold of
# fewer than five rows is no judge.
MEMBERS, MEMBERS_FOR_FEW, FEW_ROWS = 5, 10, range(50, 3_001)
EPOCHS = ((30_000, 256), (100_000, 64))  # up to so many rows, so many epochs
FEWEST_EPOCHS = 32
SWEPT_ROWS, FEWEST_SWEEPS = 100_000_000, 4  # a stream has fewer epochs where they would pass more rows than this in all
# Bins of all columns together, unless the user says how many: 1 000 columns have 8 bins each, and fewer where rows are
# few, for a hundred rows cannot tell where a thousand columns bend.
MOST_INPUTS, MOST_INPUTS_PER_ROW = 8192, 16
MONOTONE_ACTIVATION = "softplus"  # measured beside relu, elu and tanh, with neurons of both signs


def resolved(
    settings: Mapping[str, Any], n_rows: int, *, incremental: bool, n_columns: int = 1, n_folds: int = 0
) -> dict[str, Any]:
    """The settings with numbers and names in place of "auto" (and of None for weight_decay).

    Parameters
    ----------
    n_rows : int
        How many rows there are to train on.
    incremental : bool
        Rows that come piece by piece have no last epoch, so they get the plain settings, and one network.
    n_columns : int
        Wide tables have fewer bins, and fewer still if there are not many rows.
    n_folds : int
        How many folds could be drawn at most, if any are.

    Examples
    --------
    >>> resolved({"solver": "adam", "learning_rate_init": "auto", "dropout": 0.5}, 500, incremental=False)
    {'solver': 'adam', 'learning_rate_init': 0.03, 'dropout': 0.5}
    """
    is_recipe = _is_recipe(settings, incremental=incremental)
    epochs = next((epochs for limit, epochs in EPOCHS if n_rows <= limit), FEWEST_EPOCHS)
    meant = RECIPE | {"max_iter": epochs} if is_recipe else dict(PLAIN)
    meant["bins"] = min(meant["bins"], _most_bins(n_columns, inf if incremental else n_rows))
    is_for_few = is_recipe and n_rows in FEW_ROWS and n_folds >= MEMBERS_FOR_FEW
    meant["n_members"] = MEMBERS_FOR_FEW if is_for_few else MEMBERS
    meant["activation"] = MONOTONE_ACTIVATION if is_constrained(settings.get("monotonic_constraints")) else "mish"
    if settings["solver"] == "adamw" and not is_recipe:
        meant["weight_decay"] = 0.01
    settings = {**settings, "n_members": 1} if incremental else settings
    return {name: meant.get(name, value) if _is_open(name, value) else value for name, value in settings.items()}


def resolved_for_stream(settings: Mapping[str, Any], n_rows: int, n_columns: int = 1) -> dict[str, Any]:
    """The same for a stream of so many rows, in all its epochs together SWEPT_ROWS at most, but FEWEST_SWEEPS epochs.

    Examples
    --------
    >>> given = {"solver": "adam", "learning_rate_init": "auto", "max_iter": "auto"}
    >>> [resolved_for_stream(given, n_rows)["max_iter"] for n_rows in (1_000_000, 10_000_000, 1_000_000_000)]
    [32, 10, 4]
    """
    meant = resolved(settings, n_rows, incremental=False, n_columns=n_columns)
    if _is_recipe(settings, incremental=False) and settings["max_iter"] == "auto":
        meant["max_iter"] = min(meant["max_iter"], max(FEWEST_SWEEPS, SWEPT_ROWS // n_rows))
    return meant


def trials(settings: Mapping[str, Any], n_rows: int, *, incremental: bool, n_columns: int = 1) -> list[Change]:
    """What to try beside and instead of the recipe, the recipe itself first: only settings that were left open.

    Parameters are those of `resolved`.

    Examples
    --------
    >>> given = {"solver": "adam", "learning_rate_init": "auto", "bins": 32, "bins_at_values": "auto"}
    >>> given |= {"dropout": "auto", "weight_decay": None, "scale_rate": "auto"}
    >>> trials(given, 500, incremental=False)[1]  # of nine
    {'dropout': 0.1, 'weight_decay': 0.02, 'scale_rate': 0.0}
    """
    if not _is_recipe(settings, incremental=incremental):
        return [{}]
    axes = [axis for axis in (NOISE, FINENESS) if all(_is_open(name, settings[name]) for name in axis)]
    most = _most_bins(n_columns, n_rows)
    changes = [
        dict(zip(NOISE, noise, strict=True)) | {"bins": min(bins, most), "bins_at_values": at_values}
        for noise, fineness in ANSWERS.items()
        for bins, at_values in fineness
    ]
    different: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        left_open = {name: change[name] for axis in axes for name in axis}
        different.setdefault(tuple(left_open.values()), left_open)
    return list(different.values())


def rounds(n_changes: int, max_iter: int) -> list[tuple[int, int]]:
    """(how many settings, until which epoch) of every round of trials; the best of one round enter the next.

    Examples
    --------
    >>> rounds(19, 256), rounds(5, 256), rounds(1, 256)
    ([(19, 13), (7, 43), (3, 52), (2, 120)], [(5, 52), (2, 120)], [])
    """
    sizes = [n_changes] if n_changes > 1 else []
    while sizes and sizes[-1] > 2:
        sizes.append(max(2, ceil(sizes[-1] * GO_ON)))
    looks = [begin + LOOK * (end - begin) for begin, end in pairwise((0.0, *VALLEYS[:2]))]
    marks = [ceil(max_iter * share) for share in (*looks, *VALLEYS[1:])]
    return list(zip(sizes, marks[-len(sizes) :], strict=False))


def is_constrained(constraints: Any) -> bool:
    """Whether any column has a sign.

    Examples
    --------
    >>> is_constrained({"age": 1}), is_constrained([0, 0]), is_constrained(None)
    (True, False, False)
    """
    signs = constraints.values() if isinstance(constraints, Mapping) else constraints
    return signs is not None and any(sign != 0 for sign in signs)


def _most_bins(n_columns: int, n_rows: float) -> int:
    return max(2, int(min(MOST_INPUTS, MOST_INPUTS_PER_ROW * n_rows) // max(1, n_columns)))


def _is_recipe(settings: Mapping[str, Any], *, incremental: bool) -> bool:
    return settings["solver"] in ("adam", "adamw") and settings["learning_rate_init"] == "auto" and not incremental


def _is_open(name: str, value: Any) -> bool:
    return (isinstance(value, str) and value == "auto") or (name == "weight_decay" and value is None)
