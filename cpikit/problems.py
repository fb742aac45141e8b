"""What is wrong with a JSON value: the words for it, and its path, one line for each problem."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from cattrs import AttributeValidationNote, BaseValidationError, IterableValidationNote

from cpikit.errors import text_of
from cpikit.wire import kind_of

_SECRETIVE = re.compile(r"secret|passw|token|private|credential|key|cert", re.IGNORECASE)
_LONGEST_SHOWN = 40

Path = tuple[str | int, ...]
"""Keys, and places in arrays, on the way from a value to one inside of it."""


class Wanted(ValueError):
    """A value is not what its place wants; the path is added by the converter.

    `found` is shown as it is when it is short and its place does not sound secret.
    """

    def __init__(self, wanted: str, found: object) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.found = found


class UnknownKey(ValueError):
    """A key that its object does not have, and the one that was probably meant."""

    def __init__(self, key: str, known: Iterable[str]) -> None:
        super().__init__(key)
        self.key = key
        from difflib import get_close_matches  # 1.4 ms that only a mistake pays

        self.meant = next(iter(get_close_matches(key, sorted(known), n=1)), None)


class Hidden:
    """A found value that must not be shown."""

    def __init__(self, value: object) -> None:
        self.value = value


class Problems(ValueError):
    """Everything that is wrong, one line each: `$.a.b: wanted …, found …`."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def describe_unknown(unknown: UnknownKey) -> str:
    """Say that a key is unknown, and what was probably meant."""
    meant = f", did you mean {unknown.meant!r}?" if unknown.meant else ""
    return f"unknown key {unknown.key!r}{meant}"


def lines_of(error: BaseException, path: str) -> Iterable[str]:
    """One line for each problem that an error of cattrs holds, with its path.

    A value is not shown where its place, or one above it, sounds secret.
    """
    for steps, problem, secretive in found_in(error):
        below = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        yield f"{path}{below}: {said(problem, secretive=secretive)}"


def found_in(
    error: BaseException, path: Path = (), *, secretive: bool = False
) -> Iterable[tuple[Path, BaseException, bool]]:
    """Each problem with its path, and whether its place sounds secret."""
    if not isinstance(error, BaseValidationError):
        yield path, error, secretive
        return
    for inner in error.exceptions:
        step = _step(inner)
        hidden = secretive or bool(_SECRETIVE.search(str(step)))
        yield from found_in(inner, path if step is None else (*path, step), secretive=hidden)


def said(problem: BaseException, *, secretive: bool) -> str:
    """One problem in words, without its path."""
    if isinstance(problem, UnknownKey):
        return describe_unknown(problem)
    if isinstance(problem, Wanted):
        return f"wanted {problem.wanted}, found {shown(problem, secretive=secretive)}"
    if isinstance(problem, KeyError):
        return "required, not set"
    return "refused" if secretive else text_of(problem)


def shown(problem: Wanted, *, secretive: bool) -> str:
    """The found value, or only what kind of value it is."""
    return kind_of(_bare(problem.found)) if secretive else _shown(problem.found)


def _step(error: BaseException) -> str | int | None:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return str(note.name)
        if isinstance(note, IterableValidationNote):
            return note.index
    return None


def _bare(found: object) -> object:
    return found.value if isinstance(found, Hidden) else found


def _shown(found: object) -> str:
    if isinstance(found, Hidden) or not isinstance(found, str | int | float):
        return kind_of(_bare(found))
    text = json.dumps(found, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else kind_of(found)
