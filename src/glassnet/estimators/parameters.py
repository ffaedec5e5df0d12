"""The table of all settings: what each may be, why, and what to do about a bad value.

Estimators, command line and documentation read this table, so they cannot disagree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ..errors import SettingError, nearest
from ..network.activations import ACTIVATIONS, ALIASES
from ..network.initialization import NAMES as INITIALIZATIONS
from ..network.optimizers import PARAMETRIZATIONS
from ..table.choices import CHOICES
from ..training.schedules import SCHEDULES

SCALINGS = ("standard", "robust")
SOLVERS = ("adam", "adamw", "sgd", "lbfgs")
REGRESSION_LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma")
LABEL = (str, int, np.integer, tuple)  # what names a column; several levels are a tuple
Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Setting:
    """One setting: `accepts` tells a good value, `range` names the good ones, `why` and `fix` explain a bad one.

    `choices` are the accepted names of a setting that takes names; `group` is its place in help pages.
    """

    name: str
    default: Any
    accepts: Test
    range: str
    why: str
    fix: str
    group: str = "training"
    choices: tuple[str, ...] = ()

    def check(self, value: Any) -> None:
        """Raise SettingError, with what, why and what to do, unless the value is accepted."""
        if not self.accepts(value):
            hint = nearest(value, self.choices) if isinstance(value, str) else ""
            raise SettingError(f"{self.name}={value!r} is not {self.range}. {self.why} {self.fix} {hint}".rstrip())


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _between(low: float, high: float, *, low_ok: bool = True, high_ok: bool = True) -> Test:
    return lambda v: _number(v) and (low <= v if low_ok else low < v) and (v <= high if high_ok else v < high)


def _whole(low: float) -> Test:
    return lambda v: isinstance(v, int | np.integer) and not isinstance(v, bool) and bool(v >= low)


def _one_of(choices: Sequence[str]) -> Test:
    return lambda v: isinstance(v, str) and v in choices


def _or(test: Test, *others: Any) -> Test:
    return lambda v: any(v is other or (isinstance(v, str) and v == other) for other in others) or test(v)


def _each(test: Test) -> Test:
    def accepts(value: Any) -> bool:
        return test(value) or (
            isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) and all(map(test, value))
        )

    return accepts


def _kinds_of_columns(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return all(isinstance(name, LABEL) and _one_of(CHOICES)(kind) for name, kind in value.items())


def _signs_of_columns(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, LABEL) and _is_sign(sign) for name, sign in value.items())
    return isinstance(value, Sequence | np.ndarray) and np.ndim(value) == 1 and all(map(_is_sign, value))


def _is_sign(value: Any) -> bool:
    return _number(value) and value in (-1, 0, 1)


def _flag(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


_positive, _from_zero = _between(0, np.inf, low_ok=False, high_ok=False), _between(0, np.inf, high_ok=False)
_rate = _between(0, 1, high_ok=False)
_activations = (*ACTIVATIONS, *ALIASES)
_rate_text = "a number in [0, 1), one per hidden layer, or 'auto'"

_ROWS = (
    Setting("loss", "squared_error", _one_of(REGRESSION_LOSSES), f"one of {', '.join(REGRESSION_LOSSES)}",
            "The loss says how wrong a prediction is.", "Start with 'squared_error'.", "network", REGRESSION_LOSSES),
    Setting("hidden_layer_sizes", (128, 128), _each(_whole(1)), "a whole number above 0, or several",
            "It is the number of neurons of each hidden layer.", "Write for example (64, 64).", "network"),
    Setting("activation", "auto", _or(_each(_one_of(_activations)), "auto"),
            f"one of {', '.join(_activations)}, or one per hidden layer, or 'auto'",
            "The activation is what a hidden neuron does with its sum.",
            "Start with 'auto' ('mish', with monotonic_constraints 'softplus') or 'relu'.",
            "network", ("auto", *_activations)),
    Setting("solver", "adam", _one_of(SOLVERS), f"one of {', '.join(SOLVERS)}",
            "The solver is the rule by which weights follow the gradient.", "Start with 'adam'.", "training", SOLVERS),
    Setting("alpha", 0.0, _from_zero, "a number from 0 on",
            "It is the strength of the L2 penalty; a negative one would reward large weights.", "Start with 0.0001.",
            "network"),
    Setting("l1", 0.0, _from_zero, "a number from 0 on",
            "It is the strength of the L1 penalty; a negative one would reward large weights.", "Start with 0.",
            "network"),
    Setting("batch_size", "auto", _or(_whole(1), "auto"), "a whole number above 0, or 'auto'",
            "It is how many rows one step uses.",
            "Start with 'auto', 64 to 1024 by the number of rows; 1 is the tutorial's way."),
    Setting("learning_rate", "auto", _one_of(("auto", *SCHEDULES)), f"one of auto, {', '.join(SCHEDULES)}",
            "learning_rate names a schedule; the number is learning_rate_init.", "Start with 'auto'.", "training",
            ("auto", *SCHEDULES)),
    Setting("learning_rate_init", "auto", _or(_positive, "auto"), "a number above 0, or 'auto'",
            "Each step moves a weight by learning_rate_init times its gradient, so 0 never learns.",
            "Start with 'auto', or with 0.001; divide by 10 if the loss grows."),
    Setting("power_t", 0.5, _from_zero, "a number from 0 on",
            "It is how fast 'invscaling' lowers the learning rate.", "Start with 0.5."),
    Setting("max_iter", "auto", _or(_whole(1), "auto"), "a whole number above 0, or 'auto'",
            "It is the largest number of epochs.", "Start with 'auto'."),
    Setting("max_fun", 15000, _whole(1), "a whole number above 0",
            "It is the largest number of times that 'lbfgs' measures the loss.", "Start with 15000."),
    Setting("shuffle", True, _flag, "True or False", "It says whether each epoch sees the rows in a new order.",
            "Keep True."),
    Setting("tol", 1e-4, _from_zero, "a number from 0 on",
            "It is how much the loss must fall to count as better.", "Start with 0.0001."),
    Setting("verbose", False, lambda v: _flag(v) or _whole(0)(v), "True, False or a whole number",
            "It says whether to print a line per epoch.", "Use False."),
    Setting("warm_start", False, _flag, "True or False", "It says whether fit goes on where it stopped.", "Use False."),
    Setting("momentum", 0.9, _between(0, 1), "a number in [0, 1]",
            "It is the share of the last step that the next one keeps.", "Start with 0.9."),
    Setting("nesterovs_momentum", True, _flag, "True or False", "It says whether momentum looks ahead.", "Keep True."),
    Setting("early_stopping", False, _flag, "True or False",
            "It says whether the loss of validation rows ends training.", "Use True for long runs."),
    Setting("validation_fraction", 0.1, _rate, "a number in [0, 1)",
            "It is the share of the rows that early stopping keeps aside.", "Start with 0.1."),
    Setting("n_iter_no_change", 10, lambda v: _whole(1)(v) or v == np.inf, "a whole number above 0, or infinity",
            "It is how many epochs in a row may bring no better loss.", "Start with 10."),
    Setting("beta_1", 0.9, _rate, "a number in [0, 1)", "It is how long Adam remembers the gradient.",
            "Start with 0.9."),
    Setting("beta_2", "auto", _or(_rate, "auto"), "a number in [0, 1), or 'auto'",
            "It is how long Adam remembers the squared gradient.", "Start with 'auto'."),
    Setting("epsilon", 1e-8, _positive, "a number above 0", "It keeps Adam from dividing by 0.", "Start with 1e-8."),
    Setting("dropout", "auto", _or(_each(_rate), "auto"), _rate_text,
            "It is the chance that training switches a hidden neuron off.", "Start with 'auto' or 0.1.", "network"),
    Setting("input_dropout", 0.0, _rate, "a number in [0, 1)",
            "It is the chance that training switches an input off.", "Start with 0.", "network"),
    Setting("weight_decay", None, _or(_from_zero, None), "a number from 0 on, or None",
            "Every step shrinks the weights by learning rate times weight_decay.",
            "None means what goes with the other settings.", "network"),
    Setting("max_norm", None, _or(_positive, None), "a number above 0, or None",
            "It is the largest length of a neuron's incoming weights.", "Start with None (no limit), or 3.", "network"),
    Setting("initialization", "auto", _one_of(INITIALIZATIONS), f"one of {', '.join(INITIALIZATIONS)}",
            "It is how the first weights are drawn.", "Start with 'auto'.", "network", INITIALIZATIONS),
    Setting("parametrization", "auto", _one_of(("auto", *PARAMETRIZATIONS)),
            f"one of auto, {', '.join(PARAMETRIZATIONS)}",
            "It says whether all weights learn at one rate, or those of a layer with n inputs at 1/sqrt(n) of it.",
            "Start with 'auto'.", "network", ("auto", *PARAMETRIZATIONS)),
    Setting("scale_rate", "auto", _or(_from_zero, "auto"), "a number from 0 on, or 'auto'",
            "Every input has a scale that learns at scale_rate times the learning rate; 0 means no scales.",
            "Start with 'auto', or 2 to 6 where many columns may tell nothing.", "network"),
    Setting("quantile", 0.5, lambda v: np.size(v) > 0 and _each(_between(0, 1, low_ok=False, high_ok=False))(v),
            "a number between 0 and 1, or several",
            "It is the share of targets below the prediction, for loss='quantile'.",
            "Write for example (0.1, 0.5, 0.9).", "network"),
    Setting("huber_delta", 1.35, _positive, "a number above 0",
            "It is the error, in standard deviations of y, from which the Huber loss grows linearly.",
            "Start with 1.35.", "network"),
    Setting("time_limit", None, _or(_positive, None), "a number of seconds above 0, or None",
            "No epoch starts after it.", "Start with None (no limit)."),
    Setting("dtype", "auto", _one_of(("auto", "float32", "float64")), "one of auto, float32, float64",
            "It is the type of the numbers inside the network.",
            "Start with 'auto': float64 for 'lbfgs', else float32.",
            "training", ("auto", "float32", "float64")),
    Setting("scaling", "robust", _one_of(SCALINGS), f"one of {', '.join(SCALINGS)}",
            "It is how columns of a plain array are scaled: by mean and standard deviation, or by median and "
            "quartiles with outliers drawn in smoothly.", "Start with 'robust'.", "network", SCALINGS),
    Setting("bins", "auto", _or(_whole(0), "auto"), "a whole number from 0 on, or 'auto'",
            "A column spread over bins lets the network bend where the quantiles are.",
            "Start with 'auto' or 32; 1 leaves columns as they are, 0 too, compiled for their number.", "network"),
    Setting("bins_at_values", "auto", _or(_flag, "auto"), "True, False, or 'auto'",
            "It says whether a column of few values, 50 rows to each, has a bin between any two whatever bins says.",
            "Start with 'auto'.", "network"),
    Setting("n_members", "auto", _or(_whole(1), "auto"), "a whole number above 0, or 'auto'",
            "It is how many networks are trained, each with a fold of the rows held out to judge it.",
            "Start with 'auto', 10 for 50 to 3000 rows and else 5; 1 is a single network."),
    Setting("cv", None, lambda v: v is None or (not isinstance(v, str) and (hasattr(v, "split") or np.iterable(v))),
            "None, a splitter of scikit-learn's, or pairs (training rows, held-out rows)",
            "Folds that respect groups or time are drawn by a splitter; there is a member for each.",
            "Write for example TimeSeriesSplit(5); None draws n_members folds at random."),
    Setting("n_jobs", None, _or(lambda v: _whole(-np.inf)(v) and bool(v), None), "a whole number, not 0, or None",
            "It is how many members train at the same time; -1 is as many as there are cores, -2 one less.",
            "Start with None, as many as there are cores."),
    Setting("column_kinds", None, _or(_kinds_of_columns, None),
            f"None, or what some columns are, each one of {', '.join(CHOICES)}",
            "The rules for columns cannot know everything, such as that a postcode is a name and no number.",
            "Write for example {'postcode': 'category', 'remark': 'drop'}.", "table"),
    Setting("monotonic_constraints", None, _or(_signs_of_columns, None),
            "None, or 1, -1 or 0 for some columns by name or number, or for each column",
            "It says with which columns the prediction may only rise (1) or only fall (-1).",
            "Write for example {'area': 1, 'age': -1}.", "table"),
)  # fmt: skip
SETTINGS = {setting.name: setting for setting in _ROWS}


def check_settings(values: dict[str, Any]) -> None:
    """Check every value whose name is in the table.

    Raises
    ------
    SettingError
        For the first bad value, with what it is, why that is bad, and what to do.

    Examples
    --------
    >>> check_settings({"learning_rate_init": 0})
    Traceback (most recent call last):
    glassnet.errors.SettingError: learning_rate_init=0 is not a number above 0, or 'auto'. Each step moves a ...
    """
    for name, value in values.items():
        if name in SETTINGS:
            SETTINGS[name].check(value)
    if values.get("solver") == "lbfgs":
        _check_lbfgs(values)
    if values.get("solver") in ("sgd", "lbfgs") and _is_on(values.get("scale_rate", 0.0)):
        raise SettingError(
            f"scale_rate={values['scale_rate']!r} does not go with solver={values['solver']!r}: scales and weights "
            "differ in size, which only Adam's steps do not mind. Use solver='adam', or scale_rate=0."
        )


def _is_on(dropout: Any) -> bool:
    return not isinstance(dropout, str) and bool(np.any(np.asarray(dropout)))


def _check_lbfgs(values: dict[str, Any]) -> None:
    """L-BFGS follows one fixed objective, so nothing random or stepwise can go with it."""
    if _is_on(values.get("dropout", 0.0)) or values.get("input_dropout"):
        name = "dropout" if _is_on(values.get("dropout", 0.0)) else "input_dropout"
        raise SettingError(
            f"{name}={values[name]!r} does not go with solver='lbfgs'. L-BFGS needs the same loss each time it asks, "
            "and "
            "dropout changes it at random. Use solver='adam', or alpha to regularise."
        )
    for name in ("weight_decay", "max_norm", "l1"):
        if values.get(name):
            raise SettingError(
                f"{name}={values[name]!r} does not go with solver='lbfgs', whose steps follow a smooth loss alone. "
                "Use alpha, the L2 penalty, or solver='adam'."
            )
