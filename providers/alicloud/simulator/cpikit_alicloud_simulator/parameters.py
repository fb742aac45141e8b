"""Read the parameters of a call: texts, numbers, booleans, lists, structures, JSON in a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

from attrs import field, frozen

from cpikit_alicloud_simulator import refusal
from cpikit_alicloud_simulator.refusal import Refusal

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_INDEX = re.compile(r"[1-9][0-9]{0,4}")
_TRUTHS = {"true": True, "false": False}


@frozen
class Parameters:
    """The parameters below `prefix`, all texts as they came. Empty means unset, everywhere.

    `SystemDisk.Size` is `text("SystemDisk.Size")` or `below("SystemDisk").text("Size")`.
    A value of the wrong shape raises `invalid` (or what is given as `otherwise`), with the name.
    """

    values: Mapping[str, str] = field(repr=False)
    prefix: str = ""
    invalid: Refusal = refusal.INVALID

    def has(self, name: str) -> bool:
        """Say whether a parameter was given with a value, or has something below it."""
        whole = self.prefix + name
        return bool(self.values.get(whole)) or any(
            value and given.startswith(f"{whole}.") for given, value in self.values.items()
        )

    def has_numbered(self, name: str) -> bool:
        """Say the same of a name in which `.N` stands for any number (`Tag.N.Key`)."""
        start, numbered, rest = name.partition(".N")
        if not numbered:
            return self.has(name)
        if not rest:
            return bool(self.texts(start)) or bool(self.structures(start))
        return any(each.has_numbered(rest[1:]) for each in self.structures(start))

    @overload
    def text(self, name: str) -> str: ...
    @overload
    def text(self, name: str, default: None) -> str | None: ...
    @overload
    def text(self, name: str, default: str) -> str: ...
    def text(self, name: str, default: str | None = "") -> str | None:
        """Give a text; the default when it is not given."""
        return self.values.get(self.prefix + name) or default

    @overload
    def integer(
        self,
        name: str,
        default: int,
        *,
        low: int | None = None,
        high: int | None = None,
        otherwise: Refusal | None = None,
    ) -> int: ...
    @overload
    def integer(
        self,
        name: str,
        default: None = None,
        *,
        low: int | None = None,
        high: int | None = None,
        otherwise: Refusal | None = None,
    ) -> int | None: ...
    def integer(
        self,
        name: str,
        default: int | None = None,
        *,
        low: int | None = None,
        high: int | None = None,
        otherwise: Refusal | None = None,
    ) -> int | None:
        """Give a whole number within bounds."""
        given = self.text(name)
        if not given:
            return default
        if not _INTEGER.fullmatch(given):
            raise self.refused(name, otherwise)
        value = int(given)
        if (low is not None and value < low) or (high is not None and value > high):
            raise self.refused(name, otherwise)
        return value

    def number(
        self, name: str, default: float | None = None, *, otherwise: Refusal | None = None
    ) -> float | None:
        """Give a decimal number, such as a price."""
        given = self.text(name)
        if not given:
            return default
        if not _NUMBER.fullmatch(given):
            raise self.refused(name, otherwise)
        return float(given)

    @overload
    def boolean(self, name: str, default: bool, *, otherwise: Refusal | None = None) -> bool: ...
    @overload
    def boolean(
        self, name: str, default: None = None, *, otherwise: Refusal | None = None
    ) -> bool | None: ...
    def boolean(
        self, name: str, default: bool | None = None, *, otherwise: Refusal | None = None
    ) -> bool | None:
        """Give true or false, written in any case (Python's SDK sends `True`)."""
        given = self.text(name)
        if not given:
            return default
        if given.lower() not in _TRUTHS:
            raise self.refused(name, otherwise)
        return _TRUTHS[given.lower()]

    def choice(
        self,
        name: str,
        allowed: Iterable[str],
        default: str = "",
        *,
        otherwise: Refusal | None = None,
    ) -> str:
        """Give one of few words, spelled as documented."""
        given = self.text(name)
        if not given:
            return default
        if given not in allowed:
            raise self.refused(name, otherwise)
        return given

    def matching(
        self,
        name: str,
        pattern: re.Pattern[str],
        default: str = "",
        *,
        otherwise: Refusal | None = None,
    ) -> str:
        """Give a text that fully matches a pattern."""
        given = self.text(name)
        if not given:
            return default
        if not pattern.fullmatch(given):
            raise self.refused(name, otherwise)
        return given

    def texts(self, name: str) -> list[str]:
        """Give `Name.1`, `Name.2`, … in the order of their numbers; empty ones are left out."""
        start = f"{self.prefix}{name}."
        found: dict[int, str] = {}
        for given, value in self.values.items():
            number = given.removeprefix(start)
            if value and given.startswith(start) and _INDEX.fullmatch(number):
                found[int(number)] = value
        return [found[number] for number in sorted(found)]

    def structures(self, name: str) -> Sequence[Parameters]:
        """Give `Tag.1.Key`, `Tag.1.Value`, … as one `Parameters` each, in numeric order."""
        start = f"{self.prefix}{name}."
        numbers: set[int] = set()
        for given, value in self.values.items():
            number, dot, _ = given.removeprefix(start).partition(".")
            if value and dot and given.startswith(start) and _INDEX.fullmatch(number):
                numbers.add(int(number))
        return [
            Parameters(self.values, f"{start}{number}.", self.invalid) for number in sorted(numbers)
        ]

    def below(self, name: str) -> Parameters:
        """Give the parameters that begin with `Name.`."""
        return Parameters(self.values, f"{self.prefix}{name}.", self.invalid)

    def json(self, name: str, *, otherwise: Refusal | None = None) -> Any:
        """Give what a text says in JSON; None when it is not given."""
        given = self.text(name)
        if not given:
            return None
        try:
            return json.loads(given)
        except (ValueError, RecursionError) as error:
            raise self.refused(name, otherwise) from error

    def json_list(
        self, name: str, *, limit: int = 100, otherwise: Refusal | None = None
    ) -> list[str] | None:
        """Give ids that came as `["i-a","i-b"]`; None when it is not given, `[]` is a list."""
        found = self.json(name, otherwise=otherwise)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.refused(name, otherwise)
        if len(found) > limit:
            raise self.refused(name, otherwise)
        return found

    def words(self, name: str) -> list[str]:
        """Give what came as `a,b,c`."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def refused(self, name: str, otherwise: Refusal | None = None) -> Exception:
        """Make the exception that says that a parameter is wrong."""
        return (otherwise or self.invalid).error(name=self.prefix + name)
