"""`glassnet train`: read, split, train, test and save, in one go."""

import inspect
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from cyclopts import Group, Parameter
from sklearn.model_selection import train_test_split

from ..errors import DataWarning, InputError, SettingError
from ..estimators.blueprint import regression_loss
from ..estimators.classifier import GlassNetClassifier
from ..estimators.parameters import check_settings
from ..estimators.regressor import GlassNetRegressor
from ..estimators.textbook import TEXTBOOK
from ..export.model_file import save_model
from . import interrupt, session
from .cache import kept_files
from .columns import Choice, Prepared, prepare
from .evaluation import Part, compare
from .failures import as_flags, counted_from_one, say
from .flags import given, settings_class, signs_of
from .output import require_writable, stem
from .progress import TrainingProgress
from .reading import read_table
from .screen import OR_STREAM, Look, Screen

INTERRUPTED = 130

if TYPE_CHECKING:
    TrainSettings = Any
else:
    TrainSettings = settings_class()


@Parameter(name="*", group=Group("Network", sort_key=2))
@dataclass(frozen=True)
class Extra:
    """Settings that are not in the table of all settings."""

    textbook: Annotated[
        bool, Parameter(negative=(), help="The tutorial's own network: one ReLU layer, per-sample SGD, no tricks.")
    ] = False
    class_weight: Annotated[
        Literal["balanced"] | None, Parameter(help="balanced: all classes count the same in total.")
    ] = None


@Parameter(name="*", group=Group("Output", sort_key=4), negative=())
@dataclass(frozen=True)
class Output:
    """Where the model goes."""

    output: Annotated[
        Path | None, Parameter(alias="-o", help="The model file; default: the table's name with .glassnet, here.")
    ] = None
    force: Annotated[bool, Parameter(help="Overwrite a model of the default name.")] = False


def train(
    table: Annotated[str, OR_STREAM, Parameter(help=".csv, .tsv, .csv.gz, .tsv.gz or .parquet; - is CSV on stdin.")],
    /,
    *,
    choice: Choice,
    extra: Extra = Extra(),
    settings: TrainSettings = TrainSettings(),  # noqa: B008 - frozen
    output: Output = Output(),
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Train a network on a table, test it on rows kept aside, and write the model."""
    screen = Screen(look)
    arguments = given(settings)
    if not 0 <= choice.test < 1:
        raise SettingError(say(f"--test {choice.test:g} is not a share from 0 on and below 1", fix="start with 0.15"))
    if not 0 <= choice.seed < 2**32:
        raise SettingError(say(f"--seed {choice.seed} is not a whole number from 0 to {2**32 - 1}", fix="take 0"))
    read = read_table(table, skip_bad_rows=choice.skip_bad_rows)
    data = prepare(read, choice)
    path = _model_path(table, output)
    model = _estimator(data, choice, extra, arguments)
    session.show_table(screen, read, data, choice, path)
    learn, test = _split(data, choice)
    session.show_split(screen, learn, test, data, choice.seed)
    fit = _fit(model, learn, screen)
    session.show_network(screen, model)
    session.show_training(screen, model, fit)
    session.show_scores(screen, compare(model, learn, test) if len(test.y) else {})
    save_model(model, path)
    session.show_files(screen, path, table)
    screen.finish()
    return INTERRUPTED if fit.interrupted else 0


def _model_path(table: str, output: Output) -> Path:
    """Where the model will go, tried before any work is done."""
    path = output.output or Path(f"{stem(table)}.glassnet")
    require_writable(path, [table], refuse_existing=output.output is None and not output.force)
    return path


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


def _split(data: Prepared, choice: Choice) -> tuple[Part, Part]:
    """Rows to train on, and rows for the test; classes keep their shares."""
    rows = np.arange(len(data.X))
    n_test = int(np.ceil(choice.test * len(rows)))
    if not n_test:
        return Part.of(data, rows), Part.of(data, rows[:0])
    if len(rows) - n_test < 2:
        raise InputError(
            say(
                f"{len(rows)} rows are too few to keep {n_test} aside for the test and train on the rest",
                fix="give more rows, or --test 0",
            ),
            error_id="E104",
        )
    strata = None
    if not data.is_regression:
        strata = data.y
        _require_classes_in_both(data.y, n_test)
    learn, test = train_test_split(rows, test_size=n_test, random_state=choice.seed, stratify=strata)
    return Part.of(data, np.sort(learn)), Part.of(data, np.sort(test))


def _require_classes_in_both(y: Any, n_test: int) -> None:
    classes, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise InputError(
            say(
                f"class {str(classes[counts.argmin()])!r} has only one row, which cannot be both learnt and tested",
                fix="remove the row, give more of its class, or use --test 0",
            ),
            error_id="E213",
        )
    if n_test < len(classes) or len(y) - n_test < len(classes):
        raise InputError(
            say(
                f"a test part of {n_test} of {len(y)} rows cannot hold rows of all {len(classes)} classes",
                fix="choose another --test, or --test 0",
            ),
            error_id="E213",
        )


def _fit(model: Any, part: Part, screen: Screen) -> session.Fit:
    """Train, with progress on stderr."""
    import numba  # noqa: F401 - loaded here, so that it is not taken for time to compile

    kept = kept_files()
    look = screen.look
    progress = TrainingProgress(quiet=look.quiet or look.json, color=not look.no_color)
    model.set_callbacks(progress)
    begin = time.perf_counter()

    def work() -> list[warnings.WarningMessage]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(part.X, part.y, sample_weight=part.weight)
        return caught

    caught, stopped = interrupt.run(work, lambda: setattr(progress, "stop_asked", True))
    for warning in caught:
        if issubclass(warning.category, UserWarning) and not issubclass(warning.category, DataWarning):
            screen.note(as_flags(str(warning.message)))
    return session.Fit(time.perf_counter() - begin, stopped, compiled=bool(kept_files() - kept))
