"""Modules that stand aside while another library is imported, because it names them long before it uses them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


@contextmanager
def unloaded(*names: str) -> Iterator[None]:
    """A context in which `import name` loads nothing; the module is loaded by the first who takes something out of it.

    Afterwards everything is as ever: whoever imports such a module gets the module. One that is loaded already, or not
    installed, is left alone.

    Examples
    --------
    >>> import sys
    >>> with unloaded("wave"):
    ...     import wave
    >>> "wave" in sys.modules, wave.open.__module__, "wave" in sys.modules
    (False, 'wave', True)
    """
    stand_ins = {name: _StandIn(name) for name in names if name not in sys.modules and find_spec(name)}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for stand_in in stand_ins.values():
            stand_in.leave()


class _StandIn(ModuleType):
    def leave(self) -> None:
        """Make place for the module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]

    def __getattr__(self, attribute: str) -> Any:
        self.leave()
        return getattr(import_module(self.__name__), attribute)
