"""8. Reproduce: all that it takes to have the same numbers again."""

import shlex
from collections.abc import Iterator
from typing import Any

from ...export.run_folder import CARD, CONFIG, ENVIRONMENT
from ..finished import Finished
from ..language import Say
from ..parts import Part, Section, Table, Verbatim, Words


def section(run: Finished, say: Say) -> Section:
    """The command, what it ran on, the hashes of what went in, the settings, and the model card."""
    environment = run.folder.environment if (run.folder.path / ENVIRONMENT).is_file() else {}
    command = environment.pop("command", None)
    parts: list[Part] = [Words(say("reproduce.words"))]
    if command:
        text = shlex.join(map(str, command)) if isinstance(command, list) else str(command)
        parts.append(Verbatim(say("reproduce.command"), text))
    facts = [
        *_flat(environment),
        *((say("reproduce.data", name=name), value) for name, value in _flat(_input(run, say))),
    ]
    parts.append(Table(say("reproduce.environment"), say.headers("reproduce.headers"), facts))
    for name, title in ((CONFIG, "reproduce.settings"), (CARD, "reproduce.card")):
        file = run.folder.path / name
        if file.is_file():
            parts.append(Verbatim(say(title), file.read_text(encoding="utf-8")))
    return Section("reproduce", say("sections.reproduce"), parts)


def _input(run: Finished, say: Say) -> dict[str, Any]:
    table = {name: run.data["table"].get(name) for name in ("name", "sha256", "rows")}
    return table | {
        "seed": run.data.get("seed"),
        say("reproduce.stored"): 0 if run.rows is None else len(run.rows),
    }


def _flat(facts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield name, ", ".join(f"{key} {entry}" for key, entry in value.items())
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else value
