"""Puts the results that were kept into docs/benchmarks.md and docs/export.md, so that they say what was measured.

python -m benchmarks.page
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import cold_start, full_fit, growth, large_tables, machine, members, memory, one_row, scorers, steps

DOCS = Path(__file__).parent.parent / "docs"
TABLES = {
    "steps": steps.text,
    "steps_2_threads": steps.times,
    "steps_elsewhere": steps.times,
    "members": members.text,
    "growth": growth.short,
    "full_fit": full_fit.text,
    "one_row": one_row.text,
    "cold_start": cold_start.text,
    "memory": memory.text,
    "large_tables": large_tables.text,
}
ELSEWHERE = {"scorers": scorers.text}


def main() -> None:
    fill(DOCS / "benchmarks.md", TABLES)
    fill(DOCS / "export.md", ELSEWHERE)


def fill(path: Path, tables: dict[str, Callable[[dict[str, Any]], str]]) -> None:
    """Put each table between its two lines in the page."""
    page = path.read_text(encoding="utf-8")
    for name, text in tables.items():
        result = json.loads((machine.RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        table = f"{begin}\n{text(result)}\n\n*{machine.heading(result)}*\n{end}"
        parts = page.split(begin)
        if len(parts) != 2 or end not in parts[1]:
            raise SystemExit(f"{path} has no place for {name}: it needs the lines {begin} and {end}.")
        page = parts[0] + table + parts[1].split(end, 1)[1]
    path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
