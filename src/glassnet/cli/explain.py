"""`glassnet explain`: one training step on a row of a table, stage by stage."""

import json
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import InputError, SettingError
from ..export.atomic import write_atomically
from ..export.model_file import load
from ..network.trace import StepTrace
from .columns import COLUMNS_SHOWN, kind_of, listed, require_columns, target_values
from .failures import counted_from_one, say
from .output import require_writable
from .predict import inputs_of
from .reading import Table, read_table
from .screen import OR_STREAM, Look, Screen, grouped


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
    model: Annotated[Path, Parameter(help="A model file, as `glassnet train` writes it.")],
    table: Annotated[str, OR_STREAM, Parameter(help=".csv, .tsv, .csv.gz, .tsv.gz or .parquet; - is CSV on stdin.")],
    /,
    *,
    shown: Shown,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Show one training step on a row of a table, stage by stage, with every number. The model stays as it is."""
    screen = Screen(look)
    for path in filter(None, (shown.html, shown.numpy)):
        require_writable(path, [str(model), table], refuse_existing=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        network = load(model)
    for warning in caught:
        screen.note(str(warning.message))
    trace = _trace(network, read_table(table), shown, screen)
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
    n_rows, target = len(table.frame), _target(table, network, shown.target)
    for row in shown.row:
        if not 1 <= row <= n_rows:
            raise SettingError(
                say(
                    f"--row {row} is no row of {table.name}, which has {grouped(n_rows)}",
                    fix=f"give a number from 1, the first row below the header, to {n_rows}",
                ),
                error_id="E304",
            )
    if shown.eta is not None and not 0 <= shown.eta < float("inf"):
        raise SettingError(say(f"--eta {shown.eta:g} is no learning rate", fix="give a number from 0 on"))
    places = [row - 1 for row in shown.row]
    X = inputs_of(replace(table, frame=table.frame.drop(columns=target)), network, screen).iloc[places]
    y = _values(table, network, target)[places]
    with counted_from_one(shown.row):
        named = hasattr(network, "feature_names_in_")
        trace: StepTrace = network.trace_step(
            X if named else X.to_numpy(), y, member=shown.member, learning_rate=shown.eta
        )
    return trace


def _target(table: Table, network: Any, name: str | None) -> str:
    """The column to predict."""
    if name is not None:
        require_columns(table, [name])
        return name
    taken = set(map(str, getattr(network, "feature_names_in_", ())))
    others = [str(column) for column in table.frame.columns if column not in taken]
    if len(others) != 1:
        raise SettingError(
            say(
                f"which column of {table.name} is the target? The model does not take "
                + (f"{len(others)} of them" if others else "any other than its inputs"),
                f"columns: {listed(others or list(table.frame.columns), COLUMNS_SHOWN)}",
                fix="name it with --target, since a step needs to know what would have been right",
            ),
            error_id="E305",
        )
    return others[0]


def _values(table: Table, network: Any, target: str) -> Any:
    """The target as training had it, (n_rows,)."""
    column = table.frame[target]
    if not hasattr(network, "classes_") and kind_of(column) not in ("number", "boolean"):
        raise InputError(
            say(f"target {target!r} holds no numbers, and the model predicts numbers", fix="name another --target"),
            error_id="E210",
        )
    if network.n_outputs_ > 1 and not hasattr(network, "classes_") and network.loss != "quantile":
        raise InputError(
            say(
                "the model predicts several numbers at once, and a table has one target column here",
                fix="use model.trace_step(X, y) in Python",
            ),
            error_id="E210",
        )
    return target_values(column, "classification" if hasattr(network, "classes_") else "regression")
