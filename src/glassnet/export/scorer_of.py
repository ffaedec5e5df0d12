"""From a fitted model to the steps and numbers of its scorer."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import SettingError
from ..estimators.base import GlassNetBase
from ..estimators.classifier import GlassNetClassifier
from ..estimators.fitted import Fitted
from ..estimators.intervals import rank_of
from ..estimators.regressor import GlassNetRegressor
from ..estimators.state import ensemble_of
from ..network.arrays import Array
from ..network.encoding import encode
from ..network.losses import Pinball
from ..table.dates import Dates
from ..table.encoder import Part, TableEncoder
from ..table.frames import EXACT, as_text
from ..table.levels import Levels
from ..table.numbers import Booleans, Numbers
from ..table.target_means import TargetMeans
from ..table.texts import number_in
from .output_names import names_of_interval, names_of_outputs
from .scorer import Column, Curve, Cycle, Feature, Interval, Layer, Lookup, Member, Number, Scorer, Spreads


def scorer_of(model: GlassNetBase, coverage: float | None = None, adaptive: bool = False) -> Scorer:
    """The scorer of a fitted model; with intervals of that coverage, if it is given.

    adaptive : whether these are the intervals of predict_interval(..., adaptive=True).

    Raises
    ------
    SettingError, InputError
        If the model has no intervals of that coverage, or members that read the table in different ways.
    sklearn.exceptions.NotFittedError
        If the model was not trained yet.
    """
    members = ensemble_of(model).members
    first = members[0]
    columns = _columns(model, members)
    is_classifier = isinstance(model, GlassNetClassifier)
    answers = "numbers" if not is_classifier else "labels" if model._is_multilabel else "classes"
    interval = None if coverage is None else _interval(model, coverage, adaptive)
    read = [_member(fitted, columns) for fitted in members]
    if interval is not None and interval.adaptive:
        read = [replace(member, spreads=spreads) for member, spreads in zip(read, _spreads(model), strict=True)]
    return Scorer(
        answers,
        columns,
        tuple(read),
        names_of_outputs(model, first.architecture.sizes[-1])
        + names_of_interval(0 if interval is None else len(interval.residuals)),
        tuple(model.classes_.tolist()) if is_classifier else (),
        first.table is not None,
        first.theta.dtype.name,
        interval,
        first.loss.quantiles if isinstance(first.loss, Pinball) else (),
    )


def named_in_text(model: GlassNetBase) -> list[str]:
    """Names of the categories with a level such as 01067 that is no number as `as_text` writes it.

    Read as text a table keeps them apart from the levels 1067 and 1067.0.
    """
    tables = [fitted.table for fitted in ensemble_of(model).members if fitted.table is not None]
    columns = [_column(name, place, tables) for place, name in enumerate(_names(model))] if tables else []
    return [str(column.name) for column in columns if column.kind == "category" and not column.values]


def _interval(model: GlassNetBase, coverage: float, adaptive: bool) -> Interval:
    if not isinstance(model, GlassNetRegressor):
        raise SettingError("intervals are for numbers, and this model predicts classes. Leave interval out.")
    residuals = model._known_errors(adaptive)
    return Interval(coverage, adaptive, rank_of(residuals[0], coverage), residuals, model._factors(adaptive))


def _spreads(model: Any) -> list[Spreads]:
    """For each member the spreads of all targets side by side; its numbers lie as `spread._with` puts them."""
    found = []
    for k, fitted in enumerate(model._fitted.members):
        of_targets = [of_members[k].spread for of_members in model._scaled]
        theta = np.column_stack([spread.theta for spread in of_targets])
        b, said, squared = theta[:3]
        n_inputs = len(fitted.inputs.mean)
        limits = np.column_stack([spread.limits for spread in of_targets])
        found.append(Spreads(b, said, squared, theta[3 : 3 + n_inputs], theta[3 + n_inputs :], limits))
    return found


def _columns(model: GlassNetBase, members: tuple[Fitted, ...]) -> tuple[Column, ...]:
    names = _names(model)
    tables = [fitted.table for fitted in members if fitted.table is not None]
    if not tables:
        return tuple(Column(name, "number") for name in names)
    choices = [[(choice.kind, choice.form) for choice in table.choices] for table in tables]
    if any(choice != choices[0] for choice in choices):
        raise SettingError("the members of this model read its columns in different ways. Train it again.")
    return tuple(_column(name, place, tables) for place, name in enumerate(names))


def _names(model: GlassNetBase) -> list[str | int]:
    known = [str(name) for name in getattr(model, "feature_names_in_", ())]
    return [*(known or range(model.n_features_in_))]


def _column(name: str | int, place: int, tables: list[TableEncoder]) -> Column:
    choice = tables[0].choices[place]
    levels: set[str] = set()
    for table in tables:
        part = table.parts[place]
        if isinstance(part, Levels):
            levels.update(level for group in part.groups for level in group)
        if isinstance(part, TargetMeans):
            levels.update(part.levels)
    kind = choice.kind if choice.is_used else "unused"
    numbers = {level: number for level in levels if (number := number_in(level)) is not None}
    values = {level: number for level, number in numbers.items() if abs(number) <= EXACT and as_text(number) == level}
    if levels and len(values) == len(levels):
        in_order = tuple(sorted(levels, key=values.__getitem__))
        return Column(name, kind, choice.form, in_order, tuple(values[level] for level in in_order))
    return Column(name, kind, choice.form, tuple(sorted(levels, key=lambda level: level.encode("utf-8", "replace"))))


def _member(fitted: Fitted, columns: tuple[Column, ...]) -> Member:
    features = _of_numbers(fitted) if fitted.table is None else _of_table(fitted.table, columns)
    net, layers = fitted.architecture, fitted.architecture.layers(fitted.theta)
    n_plain = sum(feature.width for feature in features)
    first, b = layers[2]
    activations = (*net.activation, net.output_activation)
    rest = [Layer(*layers[l], activations[l - 2]) for l in range(3, net.n_layers + 1)]  # noqa: E741 - as in the tutorial
    repeats = net.sizes[-1] // len(fitted.targets.size)
    return Member(
        features,
        _curves(fitted, first[n_plain:]),
        (Layer(first[:n_plain], b, activations[0]), *rest),
        np.repeat(fitted.targets.shift, repeats),
        np.repeat(fitted.targets.size, repeats),
    )


def _curves(fitted: Fitted, W: Array) -> tuple[Curve, ...]:
    """The weights W of the bins as curves: the heights are Z^2 at positions 0, ..., T."""
    curves, start = [], 0
    pairs = () if fitted.bins is None else zip(fitted.bins.columns, fitted.bins.edges, strict=True)
    for column, edges in pairs:
        T = len(edges) - 1
        heights = encode(np.arange(T + 1, dtype=np.float64)[:, None], (T,)) @ W[start : start + T]
        curves.append(Curve(column, edges.astype(np.float64), heights))
        start += T
    return tuple(curves)


def _of_numbers(fitted: Fitted) -> tuple[Feature, ...]:
    means, scales, clips = fitted.inputs.mean.tolist(), fitted.inputs.scale.tolist(), fitted.inputs.clips
    return tuple(
        Number(place, 0.0, mean, scale, 0.0, 0.0, clips, fills=False, marks_gaps=False)
        for place, (mean, scale) in enumerate(zip(means, scales, strict=True))
    )


def _of_table(table: TableEncoder, columns: tuple[Column, ...]) -> tuple[Feature, ...]:
    features: list[Feature] = []
    for place, (part, column) in enumerate(zip(table.parts, columns, strict=True)):
        features += [] if part is None else _features(part, place, column)
    return tuple(features)


def _features(part: Part, place: int, column: Column) -> list[Feature]:
    if isinstance(part, Numbers):
        return [_scaled(part, place)]
    if isinstance(part, Dates):
        return [_scaled(part.since, place, part.first), *(Cycle(place, name) for name in part.cycles)]
    if isinstance(part, Booleans):
        return [Lookup(place, part.transform(np.array([0.0, 1.0, np.nan, np.nan])))]
    unseen = "".join(("?", *column.levels))  # longer than any level, hence none of them
    return [Lookup(place, part.transform(np.array([*column.levels, None, unseen], dtype=object)))]


def _scaled(part: Numbers, place: int, first: float = 0.0) -> Number:
    return Number(
        place, first, part.median, part.size, part.low, part.high, clips=True, fills=True, marks_gaps=part.marks_gaps
    )
