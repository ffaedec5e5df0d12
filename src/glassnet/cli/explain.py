"""`glassnet explain`: one training step on a row of a table, stage by stage."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import SettingError
from ..export.atomic import write_atomically
from ..export.run_folder import model_file
from ..network.trace import StepTrace
from .failures import counted_from_one, say
from .labelled import labelled
from .opening import ModelPath, TablePath, as_fitted, open_model, open_table
from .output import require_writable
from .reading import Table
from .screen import Look, Screen, grouped


@Parameter(name="*", negative=())
@dataclass(frozen=True)
class Shown:
    """What is explained, and where it goes."""

    row: Annotated[
        tuple[int, ...],
        Parameter(consume_multiple=True, help="Numbers of rows, counted from 1; several make one batch."),
    ]
    target: Annotated[
        str | None, Parameter(help="The column to predict; default: the one that the model does not take.")
    ] = None
    member: Annotated[int, Parameter(help="Whose network is shown, counted from 0.")] = 0
    eta: Annotated[float | None, Parameter(help="The learning rate; default: the next of training.")] = None
    html: Annotated[Path | None, Parameter(help="Write a page to this file instead.")] = None
    numpy: Annotated[Path | None, Parameter(help="Write a script that recomputes every number with NumPy.")] = None


def explain(
    model: ModelPath,
    table: TablePath,
    /,
    *,
    shown: Shown,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Show one training step on a row of a table, stage by stage, with every number. The model stays as it is."""
    screen = Screen(look)
    for path in filter(None, (shown.html, shown.numpy)):
        require_writable(path, [str(model_file(model)), table], refuse_existing=False)
    network = open_model(model, screen)
    trace = _trace(network, open_table(table, network, screen), shown, screen)
    for file, text in ((shown.html, trace.to_html), (shown.numpy, trace.to_numpy_code)):
        if file is not None:
            write_atomically(file, text().encode())
            screen.line(f"Wrote {file}")
    if shown.html is None and shown.numpy is None:
        for line in str(trace).splitlines():
            screen.line(line)
    screen.facts = {"command": "explain", "model": str(model), "table": table, "rows": shown.row}
    if look.json:
        screen.facts |= json.loads(trace.to_json())
    screen.finish()
    return 0


def _trace(network: Any, table: Table, shown: Shown, screen: Screen) -> StepTrace:
    """The step of these rows."""
    n_rows, (X, y) = len(table.frame), labelled(table, network, shown.target, screen, every_row=False)
    for row in shown.row:
        if not 1 <= row <= n_rows:
            raise SettingError(
                say(
                    f"--row {row} is no row of {table.name}, which has {grouped(n_rows)}",
                    fix=f"give a number from 1, the first row below the header, to {n_rows}",
                ),
                error_id="E311",
            )
    if shown.eta is not None and not 0 <= shown.eta < float("inf"):
        raise SettingError(say(f"--eta {shown.eta:g} is no learning rate", fix="give a number from 0 on"))
    places = [row - 1 for row in shown.row]
    X, y = X.iloc[places], y[places]
    with counted_from_one(shown.row):
        rows = as_fitted(X, network)
        trace: StepTrace = network.trace_step(rows, y, member=shown.member, learning_rate=shown.eta)
    return trace
