"""Docstrings are written to be read in an editor: plain text, with code in single backticks. Here they become reST."""

import re

MARKS = re.compile(r"`([^`]+)`|(\|)|(?<=[a-zA-Z0-9])_(?![a-zA-Z0-9_])|(?<![\w*])\*\*?(?=\w)")
EXAMPLE = re.compile(r"\s*(>>>|\.\.\.) ")


def escaped(found):
    """Code in double backticks; a bar, a last underscore or a star is itself and opens nothing."""
    return f"``{found[1]}``" if found[1] else "\\" + found[0]


def to_rest(app, what, name, obj, options, lines):
    """Rewrite the lines of one docstring, except those of its examples."""
    in_example = False
    for place, line in enumerate(lines):
        in_example = bool(EXAMPLE.match(line)) or (in_example and bool(line.strip()))
        if not in_example:
            lines[place] = MARKS.sub(escaped, line)


def setup(app):
    app.connect("autodoc-process-docstring", to_rest, priority=400)  # before numpydoc, which has 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
