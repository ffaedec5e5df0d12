"""Source code as lists of lines: the few helpers with which blocks of code are put together."""

import re

COMMENT_COLUMN = 72
MARK = "  #~ "  # stands before a comment until the depth of its line is known

Lines = list[str]


def inside(head: str, body: Lines) -> Lines:
    """A head such as "for j in range(50):" with its body one level deeper; a short body goes on the head's line."""
    if len(body) == 1 and "#" not in body[0] and not body[0].startswith(("for ", "if ")):
        return [f"{head} {body[0]}"]
    return [head, *(f"    {line}" for line in body)]


def loop(index: str, count: int | str, body: Lines) -> Lines:
    """Body for index = 0, ..., count - 1; without a loop if it is done once."""
    if count == 1:
        return [re.sub(rf"\b{index}\b", "0", line) for line in body]
    return inside(f"for {index} in range({count}):", body)


def matrix_room(name: str, n: str, m: int | str) -> str:
    """A buffer for an (n, m) matrix, from the start of a cache line on."""
    height = f"({n})" if " " in n else n
    return f"{name} = matrix(room({height} * {m}), 0, {n}, {m})"


def noted(lines: Lines, note: str) -> Lines:
    """The lines with a comment behind the first."""
    return [f"{lines[0]}{MARK}{note}", *lines[1:]]


def aligned(lines: Lines) -> Lines:
    """The lines of a whole function with their comments in one column."""
    parts = [line.split(MARK) for line in lines]
    return [f"{code:<{COMMENT_COLUMN}}  # {''.join(note)}" if note else code for code, *note in parts]
