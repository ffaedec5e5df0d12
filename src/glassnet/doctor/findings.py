"""What the doctor says: one finding, and all of them as a list that prints well and becomes JSON."""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, overload

SEVERITIES = ("severe", "warning", "note")
WIDTH = 100


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or deserves a look.

    id : a fixed name to search for; docs/doctor.md explains each.
    severity : "severe" (do not use the model like this), "warning" (it could be better, or its scores mislead) or
        "note" (worth knowing).
    where : what it is about: a layer, a member, columns, rows.
    evidence : the numbers that speak for it, by name.
    says, cause, remedy : what is seen, where it comes from, and what to do; sentences.
    """

    id: str
    severity: str
    where: str
    evidence: Mapping[str, Any]
    says: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {_shown(value)}" for name, value in self.evidence.items())
        parts = {"numbers": numbers, "cause": self.cause, "try": self.remedy}
        lines = _wrapped(f"{self.severity:<8} ", f"{self.id}, {self.where}: {self.says}")
        for name, text in parts.items():
            lines += _wrapped(f"{'':<8} {name:<8} ", text)
        return "\n".join(lines)


@dataclass(frozen=True)
class Findings(Sequence[Finding]):
    """The findings, the most severe first. Prints as text, shows as a table in a notebook, becomes JSON.

    checked : names of all that was looked for
    left_out : names of what could not be looked for, because it needs rows, several members, or a curve
    judged_by : who judged the rows

    Examples
    --------
    >>> print(Findings((), checked=("jumping-loss",), left_out=("leak",)))
    Nothing found.
    1 check done, 1 not possible here: leak.
    """

    found: tuple[Finding, ...]
    checked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    judged_by: str = ""

    def __post_init__(self) -> None:
        """Put the most severe first; equals stay in the order in which they came."""
        order = sorted(self.found, key=lambda finding: SEVERITIES.index(finding.severity))
        object.__setattr__(self, "found", tuple(order))

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the findings."""
        return tuple(finding.id for finding in self.found)

    def __str__(self) -> str:
        if not self.found:
            return f"Nothing found.\n{self._coverage()}"
        return "\n\n".join([*map(str, self.found), self._coverage()])

    __repr__ = __str__

    def _coverage(self) -> str:
        """How much was looked at."""
        text = f"{len(self.checked)} check{'' if len(self.checked) == 1 else 's'} done"
        if self.left_out:
            text += f", {len(self.left_out)} not possible here: {', '.join(self.left_out)}"
        return "\n".join(textwrap.wrap(f"{text}. {self.judged_by}".strip(), WIDTH, break_on_hyphens=False))

    def as_dict(self) -> dict[str, Any]:
        """The same as plain lists and dicts; numbers that are not finite are None, as JSON wants it."""
        findings = [_plain(asdict(finding)) for finding in self.found]
        lists = {"checked": list(self.checked), "left_out": list(self.left_out)}
        return {"findings": findings, **lists, "judged_by": self.judged_by}

    def to_json(self, indent: int | None = None) -> str:
        """The same as JSON text."""
        return json.dumps(self.as_dict(), indent=indent)

    def _repr_html_(self) -> str:
        """A table, for notebooks."""
        if not self.found:
            return f"<p>{escape(str(self))}</p>"
        head = "".join(f"<th>{name}</th>" for name in ("severity", "finding", "says", "numbers", "cause", "try"))
        rows = "".join(f"<tr>{_cells(finding)}</tr>" for finding in self.found)
        return f"<table><tr>{head}</tr>{rows}</table><p>{escape(self._coverage())}</p>"


def _cells(finding: Finding) -> str:
    numbers = ", ".join(f"{name} {_shown(value)}" for name, value in finding.evidence.items())
    name = f"{finding.id}, {finding.where}"
    cells = (finding.severity, name, finding.says, numbers, finding.cause, finding.remedy)
    return "".join(f'<td style="text-align: left">{escape(cell)}</td>' for cell in cells)


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False)


def _shown(value: Any) -> str:
    """A number with four digits that count; lists are shown entry by entry."""
    if isinstance(value, list | tuple):
        return " ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
