"""The configuration of a cpi.json as a call would have it, for the commands that look at it."""

from __future__ import annotations

from typing import Any

from cpikit.commands.call import json_object
from cpikit.config import Config, bind
from cpikit.converter import Unknowns, strict_converter
from cpikit.cpi_json import CpiJson
from cpikit.hookspecs import HookRegistry
from cpikit.plugins import load_extensions, resolve
from cpikit.provider import Provider


def bound(found: CpiJson, provider: Provider, context: str) -> Config[Any]:
    """The typed configuration. Raises CpiError with every problem."""
    registry = HookRegistry()
    registry.register(resolve(provider.hooks), provider.name)
    for name, extension in load_extensions(found.extensions):
        registry.register(extension, name)
    unknowns = Unknowns(provider.unknown_properties)
    converter = strict_converter(unknowns)
    registry.hooks.cpikit_configure_converter(converter=converter)
    return bind(
        found,
        json_object("--context", context),
        resolve(provider.config_type),
        converter=converter,
        unknowns=unknowns,
    )
