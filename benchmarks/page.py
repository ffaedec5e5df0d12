"""Puts the results that were kept into docs/benchmarks.md, so that the page says what was measured.

python -m benchmarks.page
"""

import json
from pathlib import Path

from . import cold_start, full_fit, growth, machine, members, memory, steps

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
TABLES = {
    "steps": steps.text,
    "members": members.text,
    "growth": growth.short,
    "full_fit": full_fit.text,
    "cold_start": cold_start.text,
    "memory": memory.text,
}


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, text in TABLES.items():
        result = json.loads((machine.RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        table = f"{begin}\n{text(result)}\n\n*{machine.heading(result)}*\n{end}"
        parts = page.split(begin)
        if len(parts) != 2 or end not in parts[1]:
            raise SystemExit(f"{PAGE} has no place for {name}: it needs the lines {begin} and {end}.")
        page = parts[0] + table + parts[1].split(end, 1)[1]
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
