"""Every exception and warning of glassnet. Each says what happened, why, and what to do.

GlassNetError
├── SettingError      (ValueError)       a setting has no meaning          exit 2, E3xx
├── InputError        (ValueError)       X, y or a table cannot be used    exit 3, E1xx and E2xx
├── DivergenceError   (ArithmeticError)  training left the finite numbers  exit 4, E4xx
├── OutputError       (OSError)          a result cannot be written        exit 5, E5xx
└── ModelFileError    (ValueError)       a model file cannot be used       exit 7, E7xx
DataWarning           (UserWarning)      the data are usable, but look at them
CacheWarning          (UserWarning)      compiled code cannot be kept on this machine
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class GlassNetError(Exception):
    """The root of all errors that glassnet raises on purpose.

    `exit_code` is what the command line returns; `error_id` is a fixed name to search for.
    """

    exit_code: ClassVar[int] = 1
    default_id: ClassVar[str] = "E000"

    def __init__(self, message: str, *, error_id: str | None = None) -> None:
        super().__init__(message)
        self.error_id = error_id or self.default_id


class SettingError(GlassNetError, ValueError):
    """A setting has no meaning: an unknown name, a number outside its range, two settings that exclude each other."""

    exit_code = 2
    default_id = "E301"


class InputError(GlassNetError, ValueError):
    """X, y or a table cannot be used as they are."""

    exit_code = 3
    default_id = "E201"


class DivergenceError(GlassNetError, ArithmeticError):
    """Training left the finite numbers; says at which epoch, step and learning rate.

    `place` holds the numbers of "epoch", "step" (both from 1) and "layer" where the first one that is not finite arose,
    as far as they are known.
    """

    exit_code = 4
    default_id = "E401"

    def __init__(
        self, message: str, *, error_id: str | None = None, place: dict[str, int | None] | None = None
    ) -> None:
        super().__init__(message, error_id=error_id)
        self.place = place or {}


class OutputError(GlassNetError, OSError):
    """A result cannot be written where it was asked for."""

    exit_code = 5
    default_id = "E501"


class ModelFileError(GlassNetError, ValueError):
    """A model file is missing, damaged, foreign, or written by a newer glassnet."""

    exit_code = 7
    default_id = "E701"


class DataWarning(UserWarning):
    """The data can be used, but something about them deserves a look."""


class CacheWarning(UserWarning):
    """Compiled code cannot be kept, so each process compiles again."""


def nearest(name: object, known: Iterable[object]) -> str:
    """A sentence that suggests the nearest known name, or nothing.

    Examples
    --------
    >>> nearest("rleu", ["relu", "tanh"])
    "Did you mean 'relu'?"
    >>> nearest("PLZ", ["ort", "plz"])
    "Did you mean 'plz'?"
    >>> nearest("0", [0, 1])
    'Did you mean 0?'
    """
    folded = {str(word).casefold(): word for word in known}  # PLZ is near to plz
    matches = get_close_matches(str(name).casefold(), list(folded), n=1)
    return f"Did you mean {folded[matches[0]]!r}?" if matches else ""
