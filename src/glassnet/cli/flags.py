"""The estimators' settings as flags, made from the table of settings, so that the two cannot disagree."""

from collections.abc import Iterable, Sequence
from dataclasses import field, fields, make_dataclass
from typing import Annotated, Any

from cyclopts import Group, Parameter

from ..errors import SettingError
from ..estimators.parameters import SETTINGS, Setting
from .durations import seconds_of
from .pairs import pairs_of

SHORT = {
    "hidden_layer_sizes": "--hidden",
    "max_iter": "--epochs",
    "learning_rate_init": "--eta",
    "learning_rate": "--schedule",
    "n_iter_no_change": "--patience",
    "alpha": "--l2",
}
NO_FLAG = {  # settings that the command line has another word for, or none
    "verbose": "progress is on stderr, and -q turns it off",
    "warm_start": "every command starts a network anew",
    "column_kinds": "--column-kinds is with the flags about the table",
    "monotonic_constraints": "as --column-kinds",
    "cv": "--split-by and --time-column say how folds are drawn",
}
ALSO = {"time_limit": " Also 90s, 10m or 1h30m."}  # what only the command line understands
FLAGS = tuple(name for name in SETTINGS if name not in NO_FLAG)
GROUPS = {"network": Group("Network", sort_key=2), "training": Group("Training", sort_key=3)}
WORDS = {"true": True, "false": False, "none": None, "infinity": float("inf")}


def settings_class(names: Iterable[str] = FLAGS) -> type:
    """A dataclass with a field per setting, each None until its flag is given; cyclopts makes the flags of it."""
    rows = [_field(SETTINGS[name]) for name in names]
    made = make_dataclass(
        "Settings", rows, frozen=True, namespace={"__module__": __name__}
    )  # else cyclopts passes it by
    return Parameter(name="*")(made)


def given(settings: Any) -> dict[str, Any]:
    """The settings whose flags were given, as values that the table accepts.

    Raises
    ------
    SettingError
        In the words of the table, for a value that has no meaning.
    """
    words = {item.name: getattr(settings, item.name) for item in fields(settings)}
    return {name: _read(SETTINGS[name], word) for name, word in words.items() if word is not None}


def signs_of(words: Sequence[str] | None) -> dict[str, int] | None:
    """{"area": 1} of area=1; None if nothing was said."""
    if not words:
        return None
    values = {"1": 1, "+1": 1, "-1": -1, "0": 0}
    signs: dict[str, Any] = {name: values.get(sign, sign) for name, sign in pairs_of(words).items()}
    SETTINGS["monotonic_constraints"].check(signs)
    return signs


def takes_several(setting: Setting) -> bool:
    """Whether the setting may have one value per hidden layer, or per quantile."""
    one = setting.default[0] if isinstance(setting.default, tuple) else setting.default
    return any(setting.accepts((value, value)) for value in (one, 0.1, *setting.choices))


def _field(setting: Setting) -> tuple[str, Any, Any]:
    kind: Any = bool if isinstance(setting.default, bool) else list[str] if takes_several(setting) else str
    parameter = Parameter(
        name=f"--{setting.name.replace('_', '-')}",
        alias=SHORT.get(setting.name),
        group=GROUPS[setting.group],
        help=f"{setting.why} {setting.range[0].upper()}{setting.range[1:]}; default: {shown(setting.default)}."
        f"{ALSO.get(setting.name, '')}",
        show_default=False,
        metavar="NAME" if setting.choices else "VALUE",
        negative=None if kind is bool else (),
        consume_multiple=True if takes_several(setting) else None,
        allow_leading_hyphen=not takes_several(setting) and kind is not bool,
    )
    return setting.name, Annotated[kind | None, parameter], field(default=None)


def shown(value: Any) -> str:
    """A value as one would type it."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value).lower()


def _read(setting: Setting, word: Any) -> Any:
    if isinstance(word, bool):
        return word
    if isinstance(word, list):
        values = tuple(_value(part) for entry in word for part in entry.split(",") if part)
        value: Any = values[0] if len(values) == 1 else values
    else:
        value = _value(word)
    if setting.name == "time_limit" and isinstance(value, str):
        value = seconds_of(value)
    if setting.name == "learning_rate" and isinstance(value, int | float):
        raise SettingError(
            f"`learning_rate` names a schedule; for the number use `--learning-rate-init {word}` (`--eta`)"
        )
    setting.check(value)
    return value


def _value(word: str) -> Any:
    """A number if the word is one, else what it says."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    return WORDS.get(word.lower(), word)
