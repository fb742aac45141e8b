"""cpi.json and the context's properties, overlaid and typed, each value with its source."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Generic, TypeVar

import attrs
from attrs import field, frozen

from cpikit.converter import (
    Problems,
    Unknowns,
    describe_unknown,
    structure,
)
from cpikit.cpi_json import CpiJson
from cpikit.errors import CpiError
from cpikit.redaction import Secret, strings_in
from cpikit.wire import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")

_LOCAL = "cpikit.local"
_PATH = "cpikit.path"
_CALLERS_KEYS = frozenset({"director_uuid", "request_id", "vm"})
UNKNOWN_PROPERTIES = "unknown_properties"
_SECRETIVE = re.compile(r"secret|passw|token|private|credential", re.IGNORECASE)
_CHOICE = "cpikit.choice"
CHOICE: Mapping[str, bool] = {_CHOICE: True}
"""The metadata of a field that sounds secret and holds a choice between words: where credentials
come from, say. Masking such a word would mask it in every message."""


def sounds_secret(name: str) -> bool:
    """Whether a key's name says that its value is not to be shown."""
    return _SECRETIVE.search(name) is not None


def is_secretive(attribute: attrs.Attribute[Any]) -> bool:
    """Whether a field's name says that, and the field does not say that it is a choice."""
    sounds = sounds_secret(attribute.alias or attribute.name) or sounds_secret(attribute.name)
    return sounds and not attribute.metadata.get(_CHOICE)


def choices_of(kind: Any) -> set[str]:
    """The keys of a class of properties whose values are choices; none for what is no class."""
    found = attrs.fields(kind) if attrs.has(kind) else ()
    return {one.alias or one.name for one in found if one.metadata.get(_CHOICE)}


def local(*, path: bool = False, **arguments: Any) -> Any:
    """A field that cpi.json alone may set: file paths, commands, whatever runs or reads locally.

    Takes what attrs.field takes. The context of a request cannot change it. With `path` it is the
    path of a file or folder, relative to the folder of cpi.json: a job's files stand together, and
    where the job is differs between a Director and create-env.
    """
    metadata = {**arguments.pop("metadata", {}), _LOCAL: True, _PATH: path}
    return field(metadata=metadata, **arguments)


@frozen(eq=False, repr=False)
class Agent:
    """The section `agent`: what a provider writes into the agent's settings as it is."""

    mbus: Secret | None = None  # an URL with a password in it
    ntp: list[str] = field(factory=list)
    blobstore: dict[str, Any] = field(factory=dict)


@frozen(eq=False, repr=False)
class Config(Generic[T]):
    """The configuration of one call.

    `provider` is the provider's own attrs class; `sources` tells for each of its top-level keys
    "cpi.json", "context" or "default"; `sections` are further sections of cpi.json that the
    provider may know (`registry`, say); `warnings` are for the log.
    """

    provider: T
    agent: Agent
    sources: Mapping[str, str]
    unknown_properties: str
    sections: Mapping[str, Any] = field(factory=dict)
    warnings: tuple[str, ...] = ()


def bind(
    cpi_json: CpiJson,
    context: Mapping[str, Any],
    config_type: type[T],
    *,
    converter: Converter,
    unknowns: Unknowns,
) -> Config[T]:
    """The typed configuration. Raises CpiError with all problems and where each one stands.

    `unknowns` comes with the provider's default mode and leaves with what the operator chose.
    """
    section = _with_paths(dict(_own_section(cpi_json)), config_type, cpi_json.path)
    mode = _mode(section.pop(UNKNOWN_PROPERTIES, None), context, cpi_json.plugin) or unknowns.mode
    overlay, warnings = _overlay(context, config_type)
    unknowns.mode = mode
    problems: list[str] = []
    provider = _try(converter, {**section, **overlay}, config_type, "$", problems)
    agent = _try(converter, _absent_is_empty(cpi_json, "agent"), Agent, "$.agent", problems)
    if problems or provider is None or agent is None:
        placed = [_placed(line, cpi_json.plugin, overlay) for line in problems]
        raise CpiError(f"configuration: {'; '.join(placed)}")
    warnings += [describe_unknown(unknown) for unknown in unknowns.seen]
    unknowns.seen.clear()
    return Config(
        provider=provider,
        agent=agent,
        sources=_sources(config_type, section, overlay),
        unknown_properties=mode,
        sections={
            name: value
            for name, value in cpi_json.sections.items()
            if name not in (cpi_json.plugin, "agent", "cpikit")
        },
        warnings=tuple(warnings),
    )


def secrets_of(config: Config[Any], context: Mapping[str, Any]) -> Iterable[str]:
    """Every string that must not be printed: typed Secrets, blobstore, odd context properties."""
    yield from secrets_in(config.provider)
    if config.agent.mbus is not None:
        yield config.agent.mbus.reveal()
    yield from strings_in(config.agent.blobstore)
    yield from strings_in(dict(config.sections))
    yield from secrets_of_context(context, type(config.provider))


def secrets_in(value: Any) -> Iterable[str]:
    """The Secrets of a bound value at any depth, and fields that sound like one."""
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secrets_in(item)
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            inner = getattr(value, attribute.name)
            yield from secrets_in(inner)
            if is_secretive(attribute):
                yield from strings_in(inner)


def secrets_of_context(context: Mapping[str, Any], config_type: type[Any]) -> Iterable[str]:
    """What came with a CPI config and is not a plain setting of the provider's configuration."""
    known = attrs.fields(config_type)
    plain = {one.alias or one.name for one in known if not is_secretive(one)} | _CALLERS_KEYS
    for key, value in context.items():
        if key not in plain:
            yield from strings_in(value)


def secrets_by_name(value: object, choices: Collection[str] = ()) -> Iterable[str]:
    """What stands in JSON that is not bound yet, at any depth, under names that sound secret.

    `choices` are names of the outermost objects that hold no secret.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            is_secret = sounds_secret(key) and key not in choices
            yield from strings_in(item) if is_secret else secrets_by_name(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_by_name(item, choices)


def _own_section(cpi_json: CpiJson) -> Mapping[str, Any]:
    section = cpi_json.sections.get(cpi_json.plugin)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise CpiError(
            f"cpi.json: $.cloud.properties.{cpi_json.plugin}: wanted an object, "
            f"found {kind_of(section)}"
        )
    return section


def _with_paths(section: dict[str, Any], config_type: type[Any], beside: str) -> dict[str, Any]:
    folder = os.path.dirname(os.path.abspath(beside))  # noqa: PTH100, PTH120  # pathlib costs a cold start 3 ms
    for attribute in attrs.fields(config_type):
        value = section.get(attribute.alias or attribute.name)
        if attribute.metadata.get(_PATH) and isinstance(value, str) and value:
            section[attribute.alias or attribute.name] = os.path.join(folder, value)  # noqa: PTH118  # as above
    return section


def names_of(config_type: type[Any]) -> set[str]:
    """The keys that a provider's section may have."""
    return {attribute.alias or attribute.name for attribute in attrs.fields(config_type)}


def _overlay(
    context: Mapping[str, Any], config_type: type[Any]
) -> tuple[dict[str, Any], list[str]]:
    """What the context may set, and warnings about what it may not."""
    overlay, warnings = {}, []
    for attribute in attrs.fields(config_type):
        name = attribute.alias or attribute.name
        if context.get(name) is None or name in _CALLERS_KEYS:
            continue
        if attribute.metadata.get(_LOCAL):
            warnings.append(f"context property {name!r} ignored: it comes from cpi.json alone")
        else:
            overlay[name] = context[name]
    return overlay, warnings


def _mode(own: object, context: Mapping[str, Any], plugin: str) -> str | None:
    """What the operator says about unknown properties; the context wins, null says nothing."""
    said = None
    for place, value in (
        (f"cpi.json $.cloud.properties.{plugin}", own),
        ("context $", context.get(UNKNOWN_PROPERTIES)),
    ):
        if value is None:
            continue
        if value not in ("fail", "warn"):
            raise CpiError(
                f"configuration: {place}.{UNKNOWN_PROPERTIES}: wanted fail or warn, "
                f"found {kind_of(value)}"
            )
        said = str(value)
    return said


def _absent_is_empty(cpi_json: CpiJson, name: str) -> object:
    section = cpi_json.sections.get(name)
    return {} if section is None else section


def _try(
    converter: Converter, value: object, kind: type[T], path: str, problems: list[str]
) -> T | None:
    try:
        return structure(converter, value, kind, path)
    except Problems as found:
        problems += found.lines
        return None


def _placed(line: str, plugin: str, overlay: Mapping[str, Any]) -> str:
    """A problem's line with its place: the context, or the section of cpi.json."""
    if line.startswith("$.agent"):
        return f"cpi.json $.cloud.properties{line[1:]}"
    key = re.match(r"\$\.(\w+)", line)
    if key and key.group(1) in overlay:
        return f"context {line}"
    return f"cpi.json $.cloud.properties.{plugin}{line[1:]}"


def _sources(
    config_type: type[Any], section: Mapping[str, Any], overlay: Mapping[str, Any]
) -> dict[str, str]:
    def source(name: str) -> str:
        if name in overlay:
            return "context"
        return "cpi.json" if section.get(name) is not None else "default"

    return {name: source(name) for name in sorted(names_of(config_type))}
