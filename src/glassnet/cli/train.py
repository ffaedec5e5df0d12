"""`glassnet train`: read, split, train, test, save and report, in one go."""

import inspect
import webbrowser
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import TimeSeriesSplit

from ..errors import InputError, SettingError
from ..estimators.blueprint import regression_loss
from ..estimators.classifier import GlassNetClassifier
from ..estimators.parameters import check_settings
from ..estimators.regressor import GlassNetRegressor
from ..estimators.textbook import TEXTBOOK
from ..export.model_file import save_model
from ..export.run_folder import RunFolder
from . import session
from .choice import Choice
from .columns import Prepared, kinds_of, prepare, texts_of
from .described import described
from .evaluation import Part, compare, out_of_fold
from .failures import INTERRUPTED, counted_from_one, say
from .flags import given, signs_of
from .labelled import validation_rows
from .learning import Lesson, learn
from .place import Output, make_place, require_place
from .reading import read_tables
from .recorded import Trained, config, intervals, write_after, write_before
from .report import report_of
from .screen import Look, Screen
from .shown_config import show_config
from .shown_table import show_reading, show_table
from .split import Split, folds_of, members_of, split
from .streaming import Streamed, described_whole, reason_to_stream, show_split_of_stream, show_streaming, tested
from .train_flags import Extra


def train(table: list[str], *, choice: Choice, extra: Extra, settings: Any, output: Output, look: Look) -> int:
    """Train a network on a table, test it on rows kept aside, and write model, run folder and report."""
    screen = Screen(look)
    arguments = given(settings)
    if output.show_config:
        show_config(screen, [output, extra, choice], arguments)
        screen.finish()
        return 0
    _require_sense(choice, output, table)
    reason = reason_to_stream(table, choice, output)
    if reason:
        return _train_streamed(Order(table[0], choice, extra, arguments, output), screen, reason)
    read = read_tables(table, texts=texts_of(choice), skip_bad_rows=choice.skip_bad_rows)
    data = prepare(read, choice)
    model = _estimator(data, choice, extra, arguments)
    parts = split(data, choice)
    n_members = members_of(model, parts, data, choice)
    more = _fit_arguments(model, data, choice, parts, n_members)
    folder = make_place(output, table)
    show_reading(screen, read)
    show_table(screen, read, data, choice)
    session.show_split(screen, parts, data, choice, n_members)
    if folder is not None and output.resume is None:
        write_before(folder, config(table, choice, output, model), described(read, data, choice, parts))
    learnt, test = Part.of(data, parts.learn), Part.of(data, parts.test)
    judges = "out of fold" if n_members > 1 and "X_val" not in more else "validation"
    lesson = Lesson(lambda: model.fit(learnt.X, learnt.y, sample_weight=learnt.weight, **more), n_members, judges)
    fit = learn(model, lesson, folder, output, screen)
    trained = Trained(model, learnt, test, parts.learn, parts.test, more)
    _judge(screen, trained, fit, folds_of(n_members, parts, data, choice.seed), output, folder)
    session.show_files(screen, _written(model, folder, output), table)
    screen.finish()
    return INTERRUPTED if fit.interrupted else 0


@dataclass(frozen=True)
class Order:
    """A table, and all that was said about it."""

    table: str
    choice: Choice
    extra: Extra
    arguments: dict[str, Any]
    output: Output


def _train_streamed(order: Order, screen: Screen, reason: str) -> int:
    """The same for a table that is read in pieces, and of which a sample is shown."""
    choice, output, tables = order.choice, order.output, [order.table]
    streamed = Streamed.of(order.table, choice, screen)
    model = _estimator(replace(streamed.data, column_kinds=kinds_of(choice)), choice, order.extra, order.arguments)
    survey, read = streamed.surveyed(model)
    data = prepare(read, replace(choice, drop=None))  # what is dropped was not read
    everything = Split(np.arange(len(data.y)), np.arange(0))
    folder = make_place(output, tables)
    show_streaming(screen, streamed, survey, read, reason)
    show_table(screen, read, data, choice)
    facts = described_whole(described(read, data, choice, everything), streamed, survey)
    show_split_of_stream(screen, facts)
    if folder is not None:
        write_before(folder, config(tables, choice, output, model), facts)
    lesson = Lesson(lambda: model.fit_stream(survey), survey.folds.n_members, "out of fold", checkpoint=False)
    fit = learn(model, lesson, folder, output, screen)
    learnt = Part.of(data, everything.learn)
    test = tested(model, streamed, survey, learnt, choice)
    trained = Trained(model, learnt, test.kept, survey.rows, test.rows, {}, test.scores)
    _judge(screen, trained, fit, folds_of(survey.folds.n_members, everything, data, choice.seed), output, folder)
    session.show_files(screen, _written(model, folder, output), tables)
    screen.finish()
    return INTERRUPTED if fit.interrupted else 0


def _require_sense(choice: Choice, output: Output, tables: list[str]) -> None:
    if not 0 <= choice.test < 1:
        raise SettingError(say(f"--test {choice.test:g} is not a share from 0 on and below 1", fix="start with 0.15"))
    if not 0 <= choice.seed < 2**32:
        raise SettingError(say(f"--seed {choice.seed} is not a whole number from 0 to {2**32 - 1}", fix="take 0"))
    require_place(output, [*tables, *([choice.validation] if choice.validation else [])])


def _fit_arguments(model: Any, data: Prepared, choice: Choice, parts: Split, n_members: int) -> dict[str, Any]:
    """What goes into fit besides rows, targets and weights; folds that look ahead only go into the model."""
    if choice.validation is not None:
        return validation_rows(choice, data)
    if data.times is not None and n_members > 1:
        if len(parts.learn) <= n_members:
            raise InputError(
                say(
                    f"{len(parts.learn)} rows are too few for {n_members} folds in the order of time",
                    fix="give more rows, or a smaller --n-members",
                ),
                error_id="E104",
            )
        model.set_params(cv=TimeSeriesSplit(n_members))
    return {} if data.groups is None else {"groups": data.groups[parts.learn]}


def _judge(
    screen: Screen, trained: Trained, fit: session.Fit, folds: Any, output: Output, folder: RunFolder | None
) -> None:
    """Show what was learnt and how good it is, and write it down."""
    model, groups = trained.model, trained.fit.get("groups")
    session.show_network(screen, model)
    session.show_training(screen, model, fit)
    screen.facts["out_of_fold"] = out_of_fold(model, trained.learn, folds, groups)
    screen.facts["test"] = trained.scores or (
        compare(model, trained.learn, trained.test) if len(trained.test.y) else {}
    )
    ends, screen.facts["intervals"] = intervals(trained, output.interval)
    session.show_scores(screen)
    if len(trained.test.y) and trained.outputs.ndim == 1:
        session.show_large_errors(
            screen, trained.test.y - trained.outputs, told=folder is not None and not output.no_report
        )
    if folder is not None:
        names = ("test", "out_of_fold", "intervals", "network", "training")
        write_after(folder, trained, {name: screen.facts[name] for name in names}, ends)
        if not fit.interrupted and not output.keep_checkpoint:
            folder.remove_checkpoint()


def _written(model: Any, folder: RunFolder | None, output: Output) -> Path:
    """Write what is still to be written; the path that other commands take."""
    if folder is None:
        assert output.output is not None
        save_model(model, output.output)
        return output.output
    if not output.no_report:
        report = report_of(folder.path)
        if report is not None and output.open:
            webbrowser.open(report.resolve().as_uri())
    return folder.path


def _estimator(data: Prepared, choice: Choice, extra: Extra, arguments: dict[str, Any]) -> Any:
    """The estimator for the task with the settings that were given."""
    kind: Any = GlassNetRegressor if data.is_regression else GlassNetClassifier
    if extra.class_weight is not None:
        arguments["class_weight"] = extra.class_weight
    known = inspect.signature(kind).parameters
    for name in arguments:
        if name not in known:
            raise SettingError(
                say(
                    f"--{name.replace('_', '-')} has no meaning for {data.task}",
                    f"this is {data.task}, {data.reason}",
                    fix="leave the flag out, or choose the other --task",
                ),
                error_id="E302",
            )
    start = TEXTBOOK if extra.textbook else {}
    of_columns = {"column_kinds": data.column_kinds, "monotonic_constraints": signs_of(choice.monotonic_constraints)}
    model = kind(**start | arguments | of_columns, random_state=choice.seed)
    settings = model.get_params(deep=False)
    check_settings(settings)  # two settings may exclude each other
    if data.is_regression:
        _require_fitting_loss(settings, data.y)
    return model


def _require_fitting_loss(settings: dict[str, Any], y: Any) -> None:
    """Raise InputError for a target that the loss is not defined for; asked here, where rows have their own numbers."""
    with counted_from_one():
        regression_loss(settings).check_targets(y[:, None], 1)
