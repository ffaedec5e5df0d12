"""The report's sentences, one file per language in texts/, and numbers as people read them."""

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ..errors import SettingError

THIN = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "\N{EN DASH}"


def languages() -> list[str]:
    """The languages that there are, as in texts/en.toml."""
    texts = files(__package__).joinpath("texts").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in texts if file.name.endswith(".toml"))


@cache
def texts_in(language: str) -> Mapping[str, Any]:
    """All sentences of a language by section and name.

    Raises
    ------
    SettingError
        If there is no such language.
    """
    if language not in languages():
        raise SettingError(f"language={language!r} is not one of {', '.join(languages())}.")
    return tomllib.loads(files(__package__).joinpath("texts", f"{language}.toml").read_text(encoding="utf-8"))


class Say:
    """Says sentences in one language: `say("verdict.better", share=3)`."""

    def __init__(self, language: str = "en") -> None:
        self.language, self._texts = language, texts_in(language)

    def __call__(self, name: str, /, **values: Any) -> str:
        """The sentence with the values in place; numbers are written as people read them."""
        shown = {key: value if isinstance(value, str) else number(value) for key, value in values.items()}
        return str(self.entry(name)).format(**shown)

    def entry(self, name: str) -> Any:
        """What stands under a name, such as verdict.unknown, or all of a section."""
        section, _, key = name.partition(".")
        return self._texts[section][key] if key else self._texts[section]

    def headers(self, name: str) -> list[str]:
        """The headers of a table."""
        return [str(header) for header in self.entry(name)]


def number(value: Any) -> str:
    """A number with four digits that count, thousands grouped; a dash where there is none.

    Examples
    --------
    >>> number(0.123456), number(3)
    ('0.1235', '3')
    >>> number(1234567.8).replace(THIN, " ")
    '1 234 568'
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool | str):
        return str(value)
    value = float(value) + 0.0  # never -0
    if math.isnan(value):
        return NOTHING
    size = abs(value)
    if size < 1e15 and (size >= 1000 or value == math.floor(value)):
        return f"{value:,.0f}".replace(",", THIN)
    return f"{value:.4g}"


def percent(share: Any) -> str:
    """A share as percent with at most one digit behind the point."""
    return NOTHING if share is None or math.isnan(share) else f"{100 * share:.3g}{THIN}%"
