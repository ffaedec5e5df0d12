"""`glassnet evaluate`: how good a model is on rows with the target, for people and for continuous integration."""

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from ..errors import InputError, SettingError, nearest
from ..table.texts import number_in
from .columns import require_columns
from .evaluation import metrics_of, outputs_of
from .failures import counted_from_one, say
from .labelled import labelled
from .opening import ModelPath, TablePath, as_fitted, open_model, open_table
from .predict import interval_columns
from .roles import weights_of
from .screen import Look, Screen, count, short

NOT_MET = 6
CONDITION = re.compile(r"\s*(.+?)\s*(<=|>=|<|>)\s*([-+.\w]+)\s*")
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@Parameter(name="*", negative=())
@dataclass(frozen=True)
class Asked:
    """What is measured, and what is not to be."""

    target: Annotated[
        str | None, Parameter(help="The column to predict; default: the one that the model does not take.")
    ] = None
    weights: Annotated[str | None, Parameter(help="A column that says how much each row counts.")] = None
    interval: Annotated[
        float | None, Parameter(help="Say how many targets intervals of this probability hold: 0.9.")
    ] = None
    fail_if: Annotated[
        list[str] | None,
        Parameter(consume_multiple=True, help='Conditions such as "r2<0.8"; where one holds the exit code is 6.'),
    ] = None


def evaluate(
    model: ModelPath,
    table: TablePath,
    /,
    *,
    asked: Asked = Asked(),
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Say how good a model is on a table with the target: its scores, in the units of the target."""
    screen = Screen(look)
    conditions = [_condition(text) for text in asked.fail_if or []]
    network = open_model(model, screen)
    read = open_table(table, network, screen)
    weight = None
    if asked.weights is not None:
        require_columns(read, [asked.weights])
        weight = weights_of(read.frame, asked.weights)
        read = read.without(asked.weights)
    X, y = labelled(read, network, asked.target, screen)
    rows = as_fitted(X, network)
    with counted_from_one():
        metrics = _metrics(network, rows, y, weight, asked.interval)
    screen.line(f"{count(len(y), 'row')} of {read.name}")
    for name, value in metrics.items():
        screen.line(f"  {name:<16}{short(value):>12}")
    failed = [condition.text for condition in conditions if condition.holds(metrics)]
    for text in failed:
        screen.note(f"--fail-if {text!r} holds")
    screen.facts = {"command": "evaluate", "model": str(model), "table": read.name, "rows": len(y)}
    screen.facts |= {"metrics": metrics, "failed": failed}
    screen.finish()
    return NOT_MET if failed else 0


def _metrics(network: Any, X: Any, y: Any, weight: Any, coverage: float | None) -> dict[str, float]:
    if hasattr(network, "classes_"):
        _require_known(network, y)
    metrics = metrics_of(network, y, outputs_of(network, X), weight)
    if coverage is None:
        return metrics
    ends = interval_columns(network, X, coverage)
    inside = (ends["lower"] <= y) & (y <= ends["upper"])
    width = np.average(ends["upper"] - ends["lower"], weights=weight)
    return metrics | {"coverage": float(np.average(inside, weights=weight)), "mean width": float(width)}


def _require_known(network: Any, y: Any) -> None:
    unknown = ~np.isin(y.astype(str), [str(label) for label in network.classes_])
    if unknown.any():
        row = int(unknown.argmax())
        raise InputError(
            say(
                f"the target is {str(y[row])!r} in row {row}, a class that the model does not know",
                f"classes: {', '.join(map(str, network.classes_))}",
                fix="leave such rows out, or train again with them",
            ),
            error_id="E215",
        )


@dataclass(frozen=True)
class Condition:
    """A metric, a sign and a number, such as `r2<0.8`."""

    text: str
    metric: str
    sign: str
    bound: float

    def holds(self, metrics: Mapping[str, float]) -> bool:
        """Whether the condition holds for these metrics; one that is no number fails every bound.

        Raises
        ------
        SettingError
            If there is no such metric.
        """
        known = {_plain(name): value for name, value in metrics.items()}
        if _plain(self.metric) not in known:
            hint = nearest(self.metric, metrics)
            raise SettingError(
                say(
                    f"--fail-if speaks of {self.metric!r}, which is not measured here",
                    f"metrics: {', '.join(metrics)}{'            ' if hint else ''}{hint}",
                ),
                error_id="E307",
            )
        value = known[_plain(self.metric)]
        return bool(np.isnan(value) or COMPARE[self.sign](value, self.bound))


def _condition(text: str) -> Condition:
    found = CONDITION.fullmatch(text)
    number = None if found is None else number_in(found[3])
    if found is None or number is None or np.isnan(number):  # nothing is below NaN: the condition would never hold
        raise SettingError(
            say(f"--fail-if {text!r} is no condition", fix='write a metric, a sign and a number: "r2<0.8"'),
            error_id="E307",
        )
    return Condition(text, found[1], found[2], number)


def _plain(name: str) -> str:
    """R2 and r2, log loss and log-loss are the same metric."""
    return re.sub(r"[\s_-]+", " ", name.strip().lower())
