"""Tables larger than memory on the command line: when a table is streamed, what stands for it, and how it is tested."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, SettingError
from ..estimators.stream import SHUFFLE_WINDOW
from ..estimators.streamed import survey_for
from ..estimators.survey import Roles, Survey, blocks, target_of, weight_of
from ..network.random_bits import shares
from ..table.chunks import CSV, BigTable, big_table
from ..table.csv_chunks import CsvForm
from .choice import Choice
from .columns import Prepared, input_columns, require_columns, task_of, texts_of
from .csv_table import SECOND_ENCODING, not_utf8
from .dialect import LOOKED_AT, dialect_of
from .evaluation import Part, Scores, compare, joined
from .failures import say
from .memory import FIT_TIMES, available_bytes, in_words, table_bytes
from .place import Output
from .reading import Table, notes_on_stored_index
from .screen import Screen, count, grouped
from .source import Source, require_file

TEST_STREAM = 14  # shares(seed, 14, row) decides which rows are for the test
SCORED_ROWS = 131_072  # test rows that are scored together
KEPT_ROWS = 50_000  # about so many test rows are kept for the run folder and the report


def reason_to_stream(tables: Sequence[str], choice: Choice, output: Output) -> str:
    """Why the table is to be streamed, in words; empty if it is not.

    Raises
    ------
    SettingError
        If --stream was asked for with a flag that it does not go with.
    """
    if choice.stream is False:
        return ""
    if choice.stream:
        _require_streamable(tables, choice, output)
        return "as --stream says"
    needed, free = FIT_TIMES * sum(table_bytes(Path(name)) for name in tables), available_bytes()
    if free is None or needed <= free:
        return ""
    _require_streamable(tables, choice, output)
    return f"in memory it would take about {in_words(needed)}, and {in_words(free)} are free; --no-stream tries it"


def _require_streamable(tables: Sequence[str], choice: Choice, output: Output) -> None:
    fix = "leave it out, or --no-stream reads the table into memory"
    flags = {
        "--split-by": choice.split_by,
        "--time-column": choice.time_column,
        "--validation": choice.validation,
        "--skip-bad-rows": choice.skip_bad_rows,
        "--resume": output.resume,
    }
    for flag, value in flags.items():
        if value:
            raise SettingError(say(f"{flag} does not go with a table that is streamed", fix=fix), error_id="E302")
    if len(tables) > 1 or tables[0] == "-":
        raise SettingError(
            say("only a file or a folder can be streamed", fix="put the files into one folder, and name that"),
            error_id="E302",
        )


def open_big(name: str, texts: Sequence[str], screen: Screen) -> BigTable:
    """The table in a file or folder, piece by piece, with a note about anything odd.

    texts : columns of a CSV that stay as they are written

    Raises
    ------
    InputError
        If it cannot be read.
    """
    require_file(name)
    path = Path(name)
    if path.suffix.lower() in CSV:
        with open(path, "rb") as file:
            dialect = dialect_of(file.read(LOOKED_AT))
        if dialect.encoding != "utf-8-sig":
            raise InputError(
                say(f"{name} is not UTF-8, and cannot be streamed", fix="save it again as UTF-8"), error_id="E106"
            )
        if dialect.is_grouped:
            raise InputError(
                say(f"{name} has points between thousands, and cannot be streamed", fix="write the numbers without"),
                error_id="E106",
            )
        form = CsvForm(dialect.separator, dialect.decimal, texts=tuple(texts))
        try:
            return big_table(path, form)
        except InputError as reason:
            if not isinstance(reason.__cause__, UnicodeDecodeError):
                raise
        screen.note(not_utf8(name))
        return big_table(path, replace(form, encoding=SECOND_ENCODING))
    table = big_table(path)
    for note in notes_on_stored_index(table.schema):
        screen.note(note)
    return table


@dataclass(frozen=True)
class Streamed:
    """A table that is streamed.

    empty : a table without rows that has its columns. data : what the columns are for; without rows too.
    """

    table: BigTable
    roles: Roles
    empty: Table
    data: Prepared
    seconds: float

    @classmethod
    def of(cls, name: str, choice: Choice, screen: Screen) -> "Streamed":
        """The table of that name, with its columns in their roles. Raises InputError."""
        begin, table = time.perf_counter(), open_big(name, texts_of(choice), screen)
        frame = pd.DataFrame(columns=table.schema.names)
        empty = Table(name, frame, 0, 0.0)
        require_columns(empty, [choice.target, *(choice.features or []), *(choice.drop or []), *choice.roles])
        inputs = input_columns(frame, choice)
        head = next(table.chunks[0].read([choice.target], 1000)).to_pandas()[choice.target]
        keep = None if not choice.test else lambda rows: ~_for_test(choice, rows)
        roles = Roles(tuple(inputs), choice.target, choice.weights, keep)
        data = Prepared(frame[inputs], np.empty(0), None, *task_of(head, choice))
        return cls(table, roles, empty, data, time.perf_counter() - begin)

    def surveyed(self, model: Any) -> tuple[Survey, Table]:
        """The first pass over the rows to learn from, and its sample as a table like one that was read."""
        begin = time.perf_counter()
        survey = survey_for(model, self.table, self.roles)
        frame = survey.sample.to_pandas()
        frame[self.roles.target] = survey.y
        if self.roles.weight is not None:
            frame[self.roles.weight] = survey.weight
        seconds = self.seconds + time.perf_counter() - begin
        return survey, Table(self.table.name, frame, 0, seconds, _sha256(Path(self.table.name)))


def show_streaming(screen: Screen, streamed: Streamed, survey: Survey, sample: Table, reason: str) -> None:
    """That the table is streamed and why, and what a sample stands for."""
    n_rows, n_columns = streamed.table.n_rows, len(streamed.table.schema)
    screen.step(
        f"Streaming {sample.name}", f"{count(n_rows, 'row')}, {count(n_columns, 'column')} ({sample.seconds:.1f} s)"
    )
    screen.line(f"  {reason}")
    screen.line(
        f"  it is read in every epoch, {grouped(SHUFFLE_WINDOW)} rows at a time; kinds of columns, quantiles and"
    )
    screen.line(f"  the report come from {grouped(len(survey.rows))} rows drawn at random")
    screen.facts["stream"] = {"rows": n_rows, "sample": len(survey.rows), "window": SHUFFLE_WINDOW, "reason": reason}


def show_split_of_stream(screen: Screen, facts: dict[str, Any]) -> None:
    """How many rows are learnt from, and how many are kept aside."""
    split, seed = facts["split"], facts["seed"]
    screen.step("Split", f"{grouped(split['train'])} to train, {grouped(split['test'])} for the test (seed {seed})")
    screen.facts["split"] = {"train": split["train"], "test": split["test"], "seed": seed}
    screen.facts["table"] |= {"rows": facts["table"]["rows"]}


def described_whole(facts: dict[str, Any], streamed: Streamed, survey: Survey) -> dict[str, Any]:
    """The facts of data.json about the sample, with the numbers of rows of the whole table."""
    n_rows, n_learnt = streamed.table.n_rows, int(survey.n_rows.sum())
    facts["table"] |= {"rows": n_rows, "columns": len(streamed.table.schema), "sampled": len(survey.rows)}
    facts["split"] |= {"train": n_learnt, "test": n_rows - n_learnt}
    return facts


@dataclass(frozen=True)
class Tested:
    """The scores on all test rows, and about KEPT_ROWS of these rows with their numbers from 0."""

    scores: Scores
    kept: Part
    rows: Any


def tested(model: Any, streamed: Streamed, survey: Survey, learnt: Part, choice: Choice) -> Tested:
    """Score the test rows, block by block; baselines learn from the sample."""
    parts, kept = [], []
    share = min(1.0, KEPT_ROWS / max(1, streamed.table.n_rows - int(survey.n_rows.sum())))
    for rows, part in _test_parts(model, streamed, survey, choice) if choice.test else ():
        parts.append((compare(model, learnt, part), part))
        some = np.flatnonzero(shares(choice.seed, TEST_STREAM, rows) < choice.test * share)
        kept.append((rows[some], part.of_rows(some)))
    if not kept:
        none = np.arange(0)
        return Tested({}, learnt.of_rows(none), none)
    weights = [part.weight for _, part in kept]
    whole = Part(
        pd.concat([part.X for _, part in kept], ignore_index=True),
        np.concatenate([part.y for _, part in kept]),
        None if weights[0] is None else np.concatenate(weights),
    )
    return Tested(joined(parts), whole, np.concatenate([rows for rows, _ in kept]))


def _test_parts(model: Any, streamed: Streamed, survey: Survey, choice: Choice) -> Iterator[tuple[Any, Part]]:
    """(numbers of rows, rows) for the test, in blocks."""
    import pyarrow

    roles, classes = replace(streamed.roles, keep=lambda rows: _for_test(choice, rows)), bool(survey.classes)
    held, n_held, n_left = [], 0, streamed.table.n_rows - int(survey.n_rows.sum())
    for rows, block in blocks(streamed.table, roles):
        held.append((rows, block))
        n_held, n_left = n_held + len(rows), n_left - len(rows)
        if n_held < SCORED_ROWS and n_left > 0:
            continue
        numbers, whole = np.concatenate([rows for rows, _ in held]), pyarrow.concat_tables([one for _, one in held])
        held, n_held = [], 0
        if not len(numbers):
            continue
        y = target_of(whole, roles.target, numbers, classes=classes)
        if classes:
            _require_known(model, y)
        frame = whole.select(list(roles.features)).to_pandas()
        yield numbers, Part(frame, y, weight_of(whole, roles.weight))


def _require_known(model: Any, y: Any) -> None:
    unknown = np.setdiff1d(y, model.classes_)
    if len(unknown):
        raise InputError(
            say(f"class {str(unknown[0])!r} is in the test part only, so it cannot be learnt", fix="another --seed"),
            error_id="E213",
        )


def _for_test(choice: Choice, rows: Any) -> Any:
    return shares(choice.seed, TEST_STREAM, rows) < choice.test


def _sha256(path: Path) -> str:
    return Source.of(str(path)).sha256() if path.is_file() else ""
