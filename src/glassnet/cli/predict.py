"""`glassnet predict`: the rows of a table through a model."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from ..errors import GlassNetError, ModelFileError, SettingError, nearest
from ..export.atomic import write_atomically
from ..export.output_names import names_of_interval, names_of_labels, names_of_outputs
from ..export.run_folder import model_file
from ..export.scorer_of import named_in_text
from ..table.chunks import in_order
from .columns import COLUMNS_SHOWN, listed
from .coverage import require_coverage
from .failures import counted_from_one, say
from .memory import table_bytes
from .opening import ModelPath, SkipBadRows, TablePath, as_fitted, open_model, open_table
from .output import require_writable
from .reading import Table
from .screen import OR_STREAM, Look, Screen, count
from .streaming import open_big

LARGE_BYTES = 256 << 20  # of a table that is read block by block
BLOCK_ROWS = 65_536


def predict(
    model: ModelPath,
    table: TablePath,
    /,
    *,
    output: Annotated[str, OR_STREAM, Parameter(alias="-o", help="A CSV file; - is stdout.")] = "-",
    interval: Annotated[
        float | None, Parameter(help="Add columns lower and upper that hold a target with this probability: 0.9.")
    ] = None,
    skip_bad_rows: SkipBadRows = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Predict the rows of a table with a model: a CSV with a column `prediction`, in the units of the target."""
    screen = Screen(look)
    if output != "-":
        require_writable(Path(output), [str(model_file(model)), table], refuse_existing=False)
    network = open_model(model, screen)
    if goes_in_blocks(table, output, screen) and not skip_bad_rows:
        return _predict_in_blocks(network, model, table, (output, interval), screen)
    read = open_table(table, network, screen, skip_bad_rows=skip_bad_rows)
    X = inputs_of(read, network, screen)
    with counted_from_one():
        rows = as_fitted(X, network)
        predictions = predicted_columns(network, rows)
        if interval is not None:
            predictions |= interval_columns(network, rows, interval)
    _write(screen, predictions, output)
    screen.facts = {"command": "predict", "model": str(model), "table": read.name, "rows": len(X)} | screen.facts
    screen.finish()
    return 0


def goes_in_blocks(table: str, output: str, screen: Screen) -> bool:
    """Whether a table is so large that it is read a block at a time, and so are its predictions written."""
    return table != "-" and not (output == "-" and screen.look.json) and table_bytes(Path(table)) > LARGE_BYTES


def _predict_in_blocks(network: Any, model: Path, table: str, wanted: tuple[str, float | None], screen: Screen) -> int:
    """The same for a table of any size: memory holds a block of rows and their predictions."""
    big, (output, interval) = open_big(table, named_in_text(network), screen), wanted
    empty = Table(table, pd.DataFrame(columns=big.schema.names), 0, 0.0)
    names = [str(name) for name in inputs_of(empty, network, screen).columns]
    blocks = (
        _predicted_block(network, block, first, interval).to_csv(index=False, header=not first, lineterminator="\n")
        for first, block in in_order(big, names, BLOCK_ROWS)
    )
    if output == "-":
        sys.stdout.writelines(blocks)
    else:
        write_atomically(output, (block.encode() for block in blocks))
        screen.line(f"Wrote {output} ({count(big.n_rows, 'prediction')})")
        screen.facts["output"] = output
    screen.facts = {"command": "predict", "model": str(model), "table": table, "rows": big.n_rows} | screen.facts
    screen.finish()
    return 0


def _predicted_block(network: Any, block: Any, first: int, interval: float | None) -> pd.DataFrame:
    """The predictions of a block, whose first row has that number in the table."""
    with counted_from_one():
        rows = as_fitted(block.to_pandas(), network)
        try:
            columns = predicted_columns(network, rows)
            return pd.DataFrame(columns if interval is None else columns | interval_columns(network, rows, interval))
        except GlassNetError as reason:
            text = f"{reason} Rows are counted here from row {first + 1} of the table on."
            raise type(reason)(text, error_id=reason.error_id) from reason


def inputs_of(table: Table, model: Any, screen: Screen) -> pd.DataFrame:
    """The columns that the model was trained on, by name in any order; a model without names takes all, in order."""
    frame = table.frame
    needed = [str(name) for name in getattr(model, "feature_names_in_", frame.columns)]
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        hint = nearest(missing[0], [str(column) for column in frame.columns])
        raise ModelFileError(
            say(
                f"columns differ: {table.name} has no {', '.join(map(repr, missing[:COLUMNS_SHOWN]))}, "
                f"which the model was trained on",
                f"columns: {listed(list(frame.columns), COLUMNS_SHOWN)}{'            ' if hint else ''}{hint}",
                fix="give a table with the columns of the training table, in any order",
            ),
            error_id="E710",
        )
    if len(needed) != model.n_features_in_:
        raise ModelFileError(
            say(
                f"columns differ: {table.name} has {len(needed)}, the model takes {model.n_features_in_}",
                "the model was trained on an array without names, so columns count by their place",
                fix="give a table with these columns only, in the order of the array",
            ),
            error_id="E710",
        )
    extra = [column for column in frame.columns if column not in needed]
    if extra and not screen.look.quiet:
        screen.note(f"{count(len(extra), 'column')} not used by the model: {listed(extra, COLUMNS_SHOWN)}")
    return frame[needed]


def predicted_columns(model: Any, X: Any) -> dict[str, Any]:
    """{name of a column: predictions}: `prediction`, and with them quantiles, targets or probabilities of classes."""
    prediction = model.predict(X)
    if not hasattr(model, "classes_"):
        return _named(names_of_outputs(model, prediction[0].size), prediction)
    probabilities = model.predict_proba(X)
    return _named(names_of_labels(model), prediction) | _named(
        names_of_outputs(model, len(model.classes_)), probabilities
    )


def interval_columns(model: Any, X: Any, coverage: float) -> dict[str, Any]:
    """The columns `lower` and `upper` of intervals that hold a target with that probability.

    Raises
    ------
    SettingError
        If the model predicts classes, or the probability is none.
    InputError
        If the model has no errors to make intervals of.
    """
    if hasattr(model, "classes_"):
        raise SettingError(
            say("--interval has no meaning for classes, whose probabilities are there", fix="leave it out"),
            error_id="E302",
        )
    require_coverage(coverage)
    ends = model.predict_interval(X, coverage)
    return _named(names_of_interval(ends[0].size // 2), ends)


def _named(names: Sequence[str], values: Any) -> dict[str, Any]:
    """A column for each name; of a row's values the last axis runs fastest."""
    return dict(zip(names, values.reshape(len(values), -1).T, strict=True))


def _write(screen: Screen, predictions: dict[str, Any], output: str) -> None:
    """The CSV to its file or stdout; with --json and no file, the predictions as part of the document."""
    frame = pd.DataFrame(predictions)
    if output == "-" and screen.look.json:
        screen.facts["predictions"] = {name: column.tolist() for name, column in frame.items()}
        return
    text = frame.to_csv(index=False, lineterminator="\n")
    if output == "-":
        sys.stdout.write(text)
        return
    write_atomically(output, text.encode())
    screen.facts["output"] = output
    screen.line(f"Wrote {output} ({count(len(frame), 'prediction')})")
