"""Modules that are imported when something of them is used, not before."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Later(ModuleType):
    """Stands in a module's place until the first of its attributes is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks for these
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        found = __import__(self.__name__, fromlist=[name])
        return getattr(found, name)


def later(name: str, **known: str) -> None:
    """Put such a module in the place of one that is not imported yet; `known` it answers itself."""
    if name not in sys.modules:
        stand_in = Later(name)
        vars(stand_in).update(known)
        sys.modules[name] = stand_in
