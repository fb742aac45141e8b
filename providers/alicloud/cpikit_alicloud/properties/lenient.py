"""Values that the Go CPI took in more than one form, and the strict hooks that take them still.

Each kind is a NewType; `teach` gives the converter one hook for each. An empty text is an absent
value, as it is to a Go string. What is neither form is refused like everything else, with its path.
"""

from __future__ import annotations

from math import isfinite
from typing import NewType

from cpikit.converter import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cattrs import Converter


# What each one takes stands in its __doc__, which cpikit.properties shows to operators.

Texts = NewType("Texts", list[str])
Texts.__doc__ = "a text or a list of texts"

Number = NewType("Number", float)  # `whole` makes an integer of it
Number.__doc__ = "a number, also in quotes"

YesNo = NewType("YesNo", bool)  # the Go CPI took auto_renew as text only
YesNo.__doc__ = "true or false, also in quotes"

EphemeralDisk = NewType("EphemeralDisk", object)  # NoDisk for the text
EphemeralDisk.__doc__ = "an object, or the text none"


class NoDisk:
    """The ephemeral disk of a VM that opts out of one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "none"


def teach(converter: Converter) -> None:
    """Register the hooks of these kinds."""

    def register(kind: object, take: Callable[[object], object]) -> None:
        converter.register_structure_hook_func(
            lambda seen: seen == kind, lambda value, _type: take(value)
        )

    register(Texts, _texts)
    register(Number, _number)
    register(Number | None, lambda value: None if value == "" else _number(value))
    register(YesNo, lambda value: value != "" and _yes_no(value))  # what is absent is false
    register(YesNo | None, lambda value: None if value == "" else _yes_no(value))
    register(EphemeralDisk, lambda value: _ephemeral(converter, value))


def whole(number: float | None, default: int, *, least: int = 1) -> int:
    """The number as an integer; the default for none and for less than `least`."""
    return default if number is None or number < least else int(number)


def _texts(value: object) -> list[str]:
    if value == "":
        return []
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(text, str) and text for text in given):
        raise Wanted("a text or a list of texts", value)
    return given


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Wanted("a number", value)
    try:
        number = float(value)  # also "4_711", as the Go CPI read it
    except (ValueError, OverflowError) as error:
        raise Wanted("a number", value) from error
    if not isfinite(number):
        raise Wanted("a number", value)
    return number


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Wanted("true or false", value)


def _ephemeral(converter: Converter, value: object) -> object:
    if value == "none":
        return NoDisk()
    from cpikit_alicloud.properties.disk import DiskProperties

    return converter.structure(value, DiskProperties)
