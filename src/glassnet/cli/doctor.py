"""`glassnet doctor`: what is wrong with a model, its training or its table, in words."""

from typing import Annotated

from cyclopts import Parameter

from ..doctor.checks import diagnose
from ..doctor.patient import NO_ROWS
from ..errors import SettingError
from ..estimators.given import Given
from .failures import as_flags, counted_from_one, say
from .labelled import labelled
from .opening import ModelPath, SkipBadRows, as_fitted, open_model, open_table
from .screen import OR_STREAM, Look, Screen


def doctor(
    model: ModelPath,
    table: Annotated[
        str | None, OR_STREAM, Parameter(help="The table it was trained on, or another with the target; - is stdin.")
    ] = None,
    /,
    *,
    target: Annotated[
        str | None, Parameter(help="The column to predict; default: the one that the model does not take.")
    ] = None,
    skip_bad_rows: SkipBadRows = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Say in words what is wrong with a model, its training or its table. Findings are no failure: exit code 0."""
    screen = Screen(look)
    network = open_model(model, screen)
    given = NO_ROWS
    if table is not None:
        read = open_table(table, network, screen, skip_bad_rows=skip_bad_rows)
        X, y = labelled(read, network, target, screen)
        given = Given(as_fitted(X, network), y)
    elif target is not None:
        raise SettingError(
            say("--target names a column, and no table was given", fix="give the table behind the model")
        )
    with counted_from_one():
        findings = diagnose(network, given, first_row=1)
    screen.facts = {"command": "doctor", "model": str(model), "table": table} | findings.as_dict()
    for line in as_flags(str(findings)).splitlines():
        screen.line(line)
    screen.finish()
    return 0
