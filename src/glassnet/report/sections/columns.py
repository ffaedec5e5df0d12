"""7. The data: columns with their kinds, gaps and values; the split; rows and columns that give the target away."""

from typing import Any

from ..displays.importance import shortened
from ..finished import Finished
from ..language import Say, number, percent
from ..parts import Part, Section, Table, Words
from ..spark import spark

MOST_COLUMNS = 600
LEVELS = 3
LONGEST = 40  # letters of a level: a text may be a whole page
SUSPECT = ("leak", "duplicated-rows", "duplicated-columns")


def section(run: Finished, say: Say) -> Section:
    """What data.json says, and what the doctor says of it."""
    data, table = run.data, run.data["table"]
    words = {"name": str(table["name"]), "rows": table["rows"], "columns": table["columns"]}
    parts: list[Part] = [Words(say("data.table", **words))]
    if table.get("bad_rows"):
        parts.append(Words(say("data.bad_rows", n=table["bad_rows"]), "warning"))
    parts += [Words(_split(data, say)), *_duplicates(data, say)]
    suspected = [one for one in run.findings["findings"] if one["id"] in SUSPECT]
    parts += [
        Words(say("data.suspect", where=one["where"], says=one["says"], remedy=one["remedy"]), "warning")
        for one in suspected
    ]
    columns = data.get("columns") or []
    note = say("data.cut", n=len(columns) - MOST_COLUMNS) if len(columns) > MOST_COLUMNS else ""
    rows = [_row(column, int(table["rows"]), say) for column in columns[:MOST_COLUMNS]]
    parts.append(Table(say("data.columns"), say.headers("data.headers"), rows, note))
    return Section("data", say("sections.data"), parts)


def _split(data: dict[str, Any], say: Say) -> str:
    split = data["split"]
    words = {"train": split["train"], "test": split["test"], "seed": data["seed"], "column": str(split.get("column"))}
    method = split["method"] if split["method"] in ("random", "groups", "time") else "random"
    text = say(f"data.split_{method}", **words) if split["test"] else say("data.split_none", **words)
    if split.get("folds"):
        text += " " + say("data.folds", n=split["folds"])
    return text + (" " + say("data.validation", name=str(split["validation"])) if split.get("validation") else "")


def _duplicates(data: dict[str, Any], say: Say) -> list[Part]:
    n, n_test = data["split"].get("duplicates"), data["split"]["test"]
    if n is None or not n_test:
        return []
    if not n:
        return [Words(say("data.no_duplicates"), "note")]
    return [Words(say("data.duplicates", n=n, share=percent(n / n_test)), "warning")]


def _row(column: dict[str, Any], n_rows: int, say: Say) -> list[Any]:
    gaps = column.get("missing")
    shown = percent(gaps / n_rows) if gaps else "0"
    role = say.entry("roles").get(column["role"], column["role"])
    note = "; ".join(filter(None, [str(column.get("note") or ""), _values(column)]))
    return [column["name"], role, column["kind"], shown, column.get("distinct"), _bars(column), note]


def _bars(column: dict[str, Any]) -> Any:
    if column.get("histogram"):
        return spark(column["histogram"]["counts"])
    return spark(list((column.get("levels") or {}).values()))


def _values(column: dict[str, Any]) -> str:
    """From where to where numbers go, or the most frequent texts."""
    if column.get("histogram"):
        edges = column["histogram"]["edges"]
        return f"{number(edges[0])} ... {number(edges[-1])}"
    levels = column.get("levels") or {}
    first = sorted(levels.items(), key=lambda item: -item[1])[:LEVELS]
    return ", ".join(f"{shortened(level, LONGEST)} ({n})" for level, n in first) + (
        ", ..." if len(levels) > LEVELS else ""
    )
