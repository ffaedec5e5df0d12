"""`glassnet init`: a file of settings to begin with, every one of them with its default and what it is for."""

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from ..estimators.parameters import SETTINGS
from ..export.atomic import write_atomically
from .choice import Choice
from .columns import Prepared, prepare
from .flags import FLAGS
from .layers import FILE
from .output import require_writable
from .reading import read_table
from .roles import kind_of
from .screen import OR_STREAM, Look, Screen, count
from .toml import toml_value


def init(
    table: Annotated[str, OR_STREAM, Parameter(help="The table that will be trained on.")],
    /,
    *,
    target: Annotated[str, Parameter(help="The column to predict.")],
    force: Annotated[bool, Parameter(negative=(), help=f"Overwrite another {FILE}.")] = False,
    look: Look = Look(),  # noqa: B008 - frozen
) -> int:
    """Write glassnet.toml for a table: its columns and every setting, with comments. `glassnet train` reads it."""
    screen = Screen(look)
    require_writable(FILE, [table], refuse_existing=not force, elsewhere="")
    data = prepare(read_table(table), Choice(target))
    write_atomically(FILE, "\n".join(_lines(table, target, data)).encode() + b"\n")
    screen.line(f"Wrote {FILE}: {count(len(data.features), 'column')} to predict {target!r} from, and all settings.")
    screen.line("Next:  glassnet train")
    screen.facts = {"command": "init", "file": str(FILE), "target": target, "columns": data.features}
    screen.facts["next"] = "glassnet train"
    screen.finish()
    return 0


def _lines(table: str, target: str, data: Prepared) -> Iterator[str]:
    yield "# Settings of `glassnet train`. Flags, and variables such as GLASSNET_TRAIN_SEED, win over this file."
    yield "# A line that begins with # shows a default; take the # away to change it."
    yield "[train]"
    yield f"table = {toml_value(table)}"
    yield f"target = {toml_value(target)}  # {data.task}, {data.reason}"
    yield '# task = "auto"\n# test = 0.15\n# seed = 0'
    yield '# split-by = "a column of groups that stay together"\n# time-column = "a column of times"'
    yield ""
    yield '# What each column is taken for. Where that is wrong: column-kinds = ["postcode=category", "remark=drop"]'
    for name, kind, note in _columns(data):
        yield f"#   {name}: {kind}{f' ({note})' if note else ''}".replace("\n", " ")
    yield "# column-kinds = []\n# drop = []"
    for group in ("network", "training"):
        yield f"\n# ---- {group.capitalize()} ----"
        for setting in (SETTINGS[name] for name in FLAGS if SETTINGS[name].group == group):
            yield f"# {setting.why} {setting.range[0].upper()}{setting.range[1:]}."
            value: Any = "none" if setting.default is None else setting.default
            yield f"# {setting.name.replace('_', '-')} = {toml_value(value)}"


def _columns(data: Prepared) -> list[tuple[str, str, str]]:
    if data.choices:
        return [(str(one.name), one.kind, one.note) for one in data.choices]
    return [(name, kind_of(data.X[name]), "") for name in data.features]
