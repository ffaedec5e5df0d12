"""`glassnet code`: the source that the engine writes, for a network by its sizes or for a model."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..engine.program import Program
from ..engine.writer import write_epochs, write_full_gradient
from ..errors import SettingError
from ..estimators.blueprint import program_for, regression_loss
from ..estimators.parameters import SETTINGS, check_settings
from ..estimators.recipe import resolved
from ..network.losses import CrossEntropy, Logistic, Loss
from .failures import say
from .flags import given, settings_class
from .screen import Look, Screen

SIZES = re.compile(r"\d+(-\d+)+")
SHAPING = (  # the settings that can change the source
    "loss", "quantile", "activation", "alpha", "l1", "dropout", "input_dropout", "weight_decay", "max_norm",
    "scale_rate", "solver", "batch_size", "momentum", "nesterovs_momentum", "dtype",
)  # fmt: skip

PLAIN = {"activation": "relu", "bins": 0, "learning_rate_init": 0.001}  # what sizes alone stand for, without a recipe

if TYPE_CHECKING:
    CodeSettings = Any
else:
    CodeSettings = settings_class(SHAPING)


def code(
    network: Annotated[str, Parameter(help="Sizes such as 8-50-1, a run folder or a model file.")],
    /,
    classes: Annotated[bool, Parameter(negative=(), help="The outputs are classes, not numbers.")] = False,
    weighted: Annotated[bool, Parameter(negative=(), help="The rows carry weights.")] = False,
    settings: CodeSettings = CodeSettings(),  # noqa: B008 - frozen
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Print the source that the engine writes for a network: `glassnet code 8-50-1 --batch-size 1`."""
    screen, arguments = Screen(look), given(settings)
    if SIZES.fullmatch(network):
        program = _program(network, arguments, classes, weighted)
        is_lbfgs = arguments.get("solver") == "lbfgs"
    else:
        flags = [*arguments, *(["classes"] if classes else []), *(["weighted"] if weighted else [])]
        program, is_lbfgs = _program_of_file(network, flags, screen)
    source = write_full_gradient(program) if is_lbfgs else write_epochs(program)
    if not look.json:
        print(source, end="")
    screen.facts = {
        "command": "code",
        "network": str(program.architecture),
        "parameters": program.architecture.n_parameters,
        "settings": program.numbers(),
        "source": source,
    }
    screen.finish()
    return 0


def _program(sizes: str, arguments: dict[str, Any], classes: bool, weighted: bool) -> Program:
    n_in, *hidden, n_out = map(int, sizes.split("-"))
    check_settings(arguments)
    defaults = {name: setting.default for name, setting in SETTINGS.items()} | PLAIN
    settings = resolved(defaults | arguments, 0, incremental=False) | {"hidden_layer_sizes": tuple(hidden)}
    loss: Loss = regression_loss(settings)
    if classes and "loss" in arguments:
        raise SettingError(say("--loss has no meaning for classes", fix="leave it out"), error_id="E302")
    if classes:
        loss = CrossEntropy() if n_out > 1 else Logistic()
    loss.n_targets(n_out)  # refuses outputs that cannot hold the quantiles
    return program_for(settings, (n_in, n_out), loss, weighted=weighted)


def _program_of_file(name: str, flags: list[str], screen: Screen) -> tuple[Program, bool]:
    """The program of a model, and whether L-BFGS trained it."""
    from ..estimators.state import program_of
    from .opening import open_model

    if flags:
        raise SettingError(
            say(
                f"--{flags[0].replace('_', '-')} goes with sizes such as 8-50-1, and {name} has settings of its own",
                fix="leave the flag out",
            ),
            error_id="E303",
        )
    model = open_model(Path(name), screen)
    return program_of(model), model.solver == "lbfgs"
