"""What went wrong, as a person and as a program read it: a fixed id, what, why, and what to do."""

import json
import re
import tempfile
import textwrap
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import DivergenceError, GlassNetError, InputError

WIDTH = 110
INTERRUPTED = 130  # the exit code after Ctrl-C
ISSUES = "https://github.com/glassnet/glassnet/issues"
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z'\"(-])")
SETTING = re.compile(r"\b([a-z][a-z_0-9]*)=('[^']*'|\([^()]*\)|-?[\w.+-]*\w)")
KINDS = re.compile(r"column_kinds=\{'([^']*)': '(\w+)'\}")


@dataclass(frozen=True)
class Failure:
    """The first line says what; details say where and why; the fix says what to do."""

    error_id: str
    exit_code: int
    headline: str
    details: tuple[str, ...] = ()
    fix: str = ""

    def as_text(self) -> str:
        """`error[E201]: what`, with the rest indented below."""
        lines = [f"error[{self.error_id}]: {visible(self.headline)}"]
        for detail in (*self.details, *([f"-> {self.fix}"] if self.fix else [])):
            lines += textwrap.wrap(visible(detail), WIDTH, initial_indent="  ", subsequent_indent="  ")
        return "\n".join(lines)

    def as_json(self) -> str:
        """The same as one JSON document."""
        message, hint, name = " ".join(" ".join([self.headline, *self.details]).split()).partition("Did you mean")
        fix = self.fix or f"{hint}{name}" or None
        error = {"id": self.error_id, "exit": self.exit_code, "message": f"{message}{hint}{name}", "fix": fix}
        return json.dumps({"error": error})


def say(headline: str, *details: str, fix: str = "") -> str:
    """The message of an error raised by the command line: one line each, the fix behind an arrow."""
    return "\n".join([headline, *(detail for detail in details if detail), *([f"-> {fix}"] if fix else [])])


def of_error(error: GlassNetError) -> Failure:
    """An error that glassnet raised on purpose. One that speaks of Python's arguments is made to speak of flags."""
    text = str(error)
    if "\n" in text:
        headline, *details = text.splitlines()
        fixes = [detail[3:] for detail in details if detail.startswith("-> ")]
        rest = tuple(detail for detail in details if not detail.startswith("-> "))
        return Failure(error.error_id, error.exit_code, headline, rest, " ".join(fixes))
    headline, *details = SENTENCE.split(as_flags(text))
    fix = details.pop() if details else ""
    return Failure(error.error_id, error.exit_code, headline.rstrip("."), tuple(details), fix)


def usage(error: Exception) -> Failure:
    """Words that the parser could not place."""
    headline, *rest = " ".join(str(error).split()).split(" Did you mean ")
    details = tuple(f"Did you mean {suggestion}" for suggestion in rest)
    return Failure(
        "E300",
        2,
        headline.rstrip("."),
        details,
        "`glassnet --help` lists the commands, and each has a --help of its own",
    )


def fault(error: Exception) -> Failure:
    """A mistake of ours: the trace goes to a file, so that it can be sent to us."""
    what = f"a fault of glassnet: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    with tempfile.NamedTemporaryFile(
        "w", prefix="glassnet-error-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write("".join(traceback.format_exception(error)))
    return Failure("E000", 1, what, (), f"please report it at {ISSUES} with the trace in {file.name}")


def interrupted(reason: KeyboardInterrupt) -> str:
    """What Ctrl-C left, and how to go on."""
    return f"\nStopped. {str(reason) or 'Nothing was written.'}"


def interrupted_as_json(reason: KeyboardInterrupt) -> str:
    """The same as one JSON document; Ctrl-C is no error and has no id."""
    message, _, fix = interrupted(reason).strip().partition("\n")
    return json.dumps({"error": {"id": None, "exit": INTERRUPTED, "message": message, "fix": fix or None}})


def as_flags(text: str) -> str:
    """`learning_rate_init=0.1` as one would type it, `--learning-rate-init 0.1`, wherever the text names a setting."""
    from ..estimators.parameters import SETTINGS

    names = "|".join(name for name in SETTINGS if "_" in name)

    def flag(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name not in SETTINGS:
            return found.group()
        if value in ("True", "False"):
            return f"--{'no-' if value == 'False' else ''}{name.replace('_', '-')}"
        return f"--{name.replace('_', '-')} {value.strip('()').replace(',', '').strip(chr(39))}"

    text = KINDS.sub(r"--column-kinds \1=\2", text)
    text = SETTING.sub(flag, text.replace("float('inf')", "inf"))
    return re.sub(rf"(?<![\w`-])({names})\b", lambda found: f"--{found.group().replace('_', '-')}", text)


def from_one(text: str, rows: Sequence[int] | None = None) -> str:
    """Rows counted from 1 instead of 0: whoever looks at a file has no row 0.

    rows : the numbers of the file's rows that the text speaks of, if they are not all.
    """

    def number(row: re.Match[str]) -> str:
        return str(int(row.group()) + 1 if rows is None else rows[int(row.group())])

    places = r"(?<=\bin row )\d+|(?<=\bfor row )\d+|(?<=\brow )\d+(?= holds)|(?<=such entries: )[\d, ]*\d"
    return re.sub(places, lambda found: re.sub(r"\d+", number, found.group()), text)


@contextmanager
def counted_from_one(rows: Sequence[int] | None = None) -> Iterator[None]:
    """A context: errors about data count rows from 1, or have the numbers of these rows of the file."""
    try:
        yield
    except (InputError, DivergenceError) as reason:
        raise type(reason)(from_one(str(reason), rows), error_id=reason.error_id) from reason


def visible(text: str) -> str:
    """The text with control characters written out, so that a column's name cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
