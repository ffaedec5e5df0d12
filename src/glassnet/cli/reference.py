"""The page docs/reference-cli.md, made of what the program says of itself: `python -m glassnet.cli.reference`."""

import re

from ..errors import GlassNetError
from .app import build
from .error_ids import MEANINGS

HEAD = """\
# The command line

<!-- Made by `python -m glassnet.cli.reference > docs/reference-cli.md`: change the program, not the page. -->

`glassnet COMMAND --help` says the same in the terminal, and `glassnet --install-completion` makes the shell complete
commands and flags. `python -m glassnet` is the same program.

**Where values come from.** A flag wins over the environment (`GLASSNET_TRAIN_MAX_ITER=50`), that over the section
`[train]` of `glassnet.toml` in this folder or of `--config FILE` (`max-iter = 50`), and that over the default.
`glassnet train --show-config` prints every value with its source, `glassnet init` writes a file to begin with, and the
`config.toml` of a run trains it again.

**Streams.** Results go to stdout, progress and notes to stderr; `-` in place of a file is stdin or stdout. With
`--json` stdout is one JSON document and nothing else, errors too. Without a terminal there is no progress bar, but a
plain line every ten seconds.

**Exit codes.**

| code | meaning |
|---:|---|
| 0 | success; also stopped early or at the time limit |
| 1 | a fault of glassnet; the trace is in a file that the message names |
| 2 | usage: an unknown flag, a bad value, a missing extra |
| 3 | data: a file or column is missing, unreadable, or of the wrong kind |
| 4 | training left the finite numbers |
| 5 | the output cannot be written, or is there already |
| 6 | a condition of `evaluate --fail-if` holds |
| 7 | the model file: missing, damaged, newer, or of other columns |
| 130 | Ctrl-C: the first press finishes the epoch, saves and tests; the second stops at once |

Every error has an id to search for; [all of them](#error-ids) are at the end of the page.

**The run folder.** `train` writes `runs/DATE_TIME_TABLE/` with the model, the scores, the log of epochs, predictions
for the test rows and the training rows (each by members that have not seen it), what each column was, the settings and
a model card. Commands that take a model take a run folder too.
"""


def reference() -> str:
    """The whole page as Markdown."""
    text = build().generate_docs(heading_level=1)
    commands = text[text.index("\n## glassnet train") : text.index("\n## glassnet --install-completion")]
    commands = commands.replace(" *[default: False]*", "").replace("```console\n", "```text\n")
    return f"{HEAD}{re.sub(r'[ ]+$', '', commands, flags=re.MULTILINE).rstrip()}\n{_ids()}"


def _ids() -> str:
    """The table of error ids with their exit codes."""
    exits = {"E0": 1} | {kind.default_id[:2]: kind.exit_code for kind in GlassNetError.__subclasses__()} | {"E1": 3}
    rows = [f"| {name} | {exits[name[:2]]} | {meaning} |" for name, meaning in MEANINGS.items()]
    return "\n".join(["\n## Error ids\n", "| id | exit | what is wrong |", "|---|---:|---|", *rows]) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
