"""Words such as `city=category`, one by one or several with commas between them."""

import re
from collections.abc import Sequence

PAIR = re.compile(r"(.+?)=([-+]?\w+)(?:,|$)")  # the name may hold signs of both kinds, the value none


def pairs_of(words: Sequence[str]) -> dict[str, str]:
    """{name: value}; a word without a value is a name with an empty one, which every check of values refuses.

    Examples
    --------
    >>> pairs_of(["city=category,age=number", "a=b=text", "Kent, WA=number", "postcode"])
    {'city': 'category', 'age': 'number', 'a=b': 'text', 'Kent, WA': 'number', 'postcode': ''}
    """
    found: dict[str, str] = {}
    for word in words:
        matches = list(PAIR.finditer(word))
        if "".join(match.group() for match in matches) == word:
            found |= {match[1]: match[2] for match in matches}
        else:
            name, _, value = word.rpartition("=")
            found |= {name: value} if name else {word.removesuffix("="): ""}
    return found
