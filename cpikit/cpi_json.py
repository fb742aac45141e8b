"""cpi.json as it is on disk: which provider, which extensions, the core's own settings.

Read before anything else and for every call, `info` included; the provider's section is bound
later, by config.py. Plugin names, commands and file paths come from here alone, never from the
context of a request.
"""

from __future__ import annotations

import json

from cpikit.errors import CpiError
from cpikit.wire import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CORE_SETTINGS = ("debug", "extensions", "shutdown_s")
"""The keys of `cloud.properties.cpikit`."""
_LONGEST_S = 86_400
SHUTDOWN_S = 20.0
"""Default seconds for the undo after the caller has gone."""


class CpiJson:
    """The parts of cpi.json. `sections` are `cloud.properties`, `plugin` the provider's name.

    `debug`, `extensions` and `shutdown_s` (seconds) come from `cloud.properties.cpikit`.
    """

    __slots__ = ("debug", "extensions", "path", "plugin", "sections", "shutdown_s")

    def __init__(self, path: str, plugin: str, sections: dict[str, Any]) -> None:
        core = sections.get("cpikit") or {}
        self.path = path
        self.plugin = plugin
        self.sections = sections
        self.debug: bool = core.get("debug") or False
        self.extensions: list[str] = core.get("extensions") or []
        found = core.get("shutdown_s")
        self.shutdown_s: float = SHUTDOWN_S if found is None else found


def read(path: str) -> CpiJson:
    """Read and check cpi.json. Raises CpiError with all its problems and their places."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
            body = json.load(file)
    except OSError as error:
        raise CpiError(f"cpi.json: cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CpiError(f"cpi.json: {path} is not JSON: {_without_text(error)}") from error
    problems: list[str] = []
    cloud = _object(body, "$", problems)
    cloud = _object(cloud.get("cloud"), "$.cloud", problems)
    plugin = cloud.get("plugin")
    if not isinstance(plugin, str) or not plugin:
        problems.append(f"$.cloud.plugin: wanted a provider's name, found {kind_of(plugin)}")
    sections = _object(cloud.get("properties"), "$.cloud.properties", problems)
    _check_core(_section(sections, "cpikit", problems), problems)
    if problems:
        raise CpiError(f"cpi.json ({path}): {'; '.join(problems)}")
    return CpiJson(path, str(plugin), sections)


def _without_text(error: Exception) -> str:
    """Where the JSON breaks, without quoting it: the file holds credentials."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    return type(error).__name__


def _object(value: object, path: str, problems: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if not problems:  # what is missing inside of a missing object goes without saying
        problems.append(f"{path}: wanted an object, found {kind_of(value)}")
    return {}


def _section(sections: dict[str, Any], name: str, problems: list[str]) -> dict[str, Any]:
    value = sections.get(name)
    return {} if value is None else _object(value, f"$.cloud.properties.{name}", problems)


def _check_core(core: dict[str, Any], problems: list[str]) -> None:
    where = "$.cloud.properties.cpikit"
    for key in sorted(set(core) - set(CORE_SETTINGS)):
        wanted = ", ".join(CORE_SETTINGS)
        problems.append(f"{where}: unknown key {key!r}, wanted some of {wanted}")
    if not isinstance(core.get("debug", False), bool | None):
        problems.append(f"{where}.debug: wanted true or false, found {kind_of(core['debug'])}")
    names = core.get("extensions")
    if names is not None and not (
        isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    ):
        problems.append(f"{where}.extensions: wanted an array of names, found {kind_of(names)}")
    seconds = core.get("shutdown_s")
    if seconds is not None and not _is_seconds(seconds):
        problems.append(
            f"{where}.shutdown_s: wanted seconds above 0 and up to {_LONGEST_S}, "
            f"found {kind_of(seconds)}"
        )


def _is_seconds(value: object) -> bool:
    """Whether setitimer takes it: JSON as Python reads it also has NaN, Infinity and 1e999."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value <= _LONGEST_S  # type: ignore[operator]  # a number
