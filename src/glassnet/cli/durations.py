"""Times as people write them: `90`, `90s`, `10m`, `1h30m`."""

import re

from ..errors import SettingError
from .failures import say

PARTS = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m(?:in)?)?(?:(?P<s>\d+(?:\.\d+)?)s)?")
SECONDS = {"h": 3600, "m": 60, "s": 1}


def seconds_of(text: str) -> float:
    """The seconds of `90`, `90s`, `10m`, `10min` or `1h30m`, with blanks and capital letters as you like.

    Raises
    ------
    SettingError
        If it is no such time.

    Examples
    --------
    >>> [seconds_of(text) for text in ("90", "90s", "10m", "1h30m", "1H 30 min", "0.5h")]
    [90.0, 90.0, 600.0, 5400.0, 5400.0, 1800.0]
    """
    plain = re.sub(r"\s", "", text.lower())
    found = PARTS.fullmatch(plain)
    if found and plain:
        return sum(float(number) * SECONDS[unit] for unit, number in found.groupdict().items() if number)
    try:
        return float(plain)
    except ValueError as reason:
        raise SettingError(say(f"--time-limit {text} is no time", fix="write 90, 90s, 10m or 1h30m")) from reason
