"""`cpikit check`: what a cpi.json means, each value with where it came from, secrets masked."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import attrs

from cpikit import cpi_json
from cpikit.commands.configured import bound
from cpikit.commands.table import shown, write_table
from cpikit.config import Config, is_secretive
from cpikit.plugins import load_provider
from cpikit.redaction import MASK, Secret


def run(parsed: argparse.Namespace) -> int:
    """Validate and print. Raises CpiError with every problem."""
    found = cpi_json.read(parsed.config)
    provider = load_provider(found.plugin)
    config = bound(found, provider, parsed.context)
    _write(found, config)
    return 0


def _write(found: cpi_json.CpiJson, config: Config[Any]) -> None:
    extensions = ", ".join(found.extensions) or "none"
    sys.stdout.write(f"provider {found.plugin}, extensions {extensions}: the config is valid\n\n")
    rows = [
        (name, config.sources[name], _cell(attribute, getattr(config.provider, attribute.name)))
        for attribute in attrs.fields(type(config.provider))
        if (name := attribute.alias or attribute.name)
    ]
    rows.append(("unknown_properties", "", config.unknown_properties))
    rows.append(("shutdown_s", "", f"{found.shutdown_s:g}"))
    write_table(("property", "from", "value"), rows)
    for warning in config.warnings:
        sys.stdout.write(f"warning: {warning}\n")


def _cell(attribute: attrs.Attribute[Any], value: object) -> str:
    if isinstance(value, Secret) or (value and is_secretive(attribute)):
        return MASK
    if attrs.has(type(value)):
        return str(value)
    return shown(value)
