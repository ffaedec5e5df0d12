"""The flag --interval: how many targets intervals are to hold."""

from ..errors import SettingError
from .failures import say


def require_coverage(interval: float | None) -> None:
    """Raise SettingError unless the value of --interval, if it was given, is a probability."""
    if interval is not None and not 0 < interval < 1:
        raise SettingError(say(f"--interval {interval:g} is not between 0 and 1", fix="write 0.9"))
