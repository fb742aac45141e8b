"""The files of an operator, judged offline: what BOSH, the types and the provider's review find."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from cpikit.commands.blocks import Definitions
from cpikit.commands.cloud_config import findings as misplaced
from cpikit.commands.plans import Planner
from cpikit.commands.yaml_text import read
from cpikit.config import Config
from cpikit.converter import Unknowns, strict_converter
from cpikit.hookspecs import HookRegistry
from cpikit.plugins import resolve
from cpikit.preflight import Finding, Wanted
from cpikit.provider import Provider

_WORDS = {"ok": "ok", "warning": "warning", "failure": "error"}


@frozen(eq=False)
class Judgement:
    """What was found, in the order of the files' lines, and what they ask for."""

    findings: Sequence[Finding]
    wanted: Wanted

    @property
    def has_failed(self) -> bool:
        """Whether something would fail a deploy."""
        return any(finding.weight == "failure" for finding in self.findings)


def judged(
    files: Iterable[str], provider: Provider, config: Config[Any] | None = None
) -> Judgement:
    """The judgement. Raises CpiError for a file that cannot be read."""
    defined = Definitions()
    for file in files:
        defined.take(read(file))
    unknowns = Unknowns("fail")
    converter = strict_converter(unknowns)
    registry = HookRegistry()
    registry.register(resolve(provider.hooks), provider.name)
    registry.hooks.cpikit_configure_converter(converter=converter)
    mode = config.unknown_properties if config else provider.unknown_properties
    planner = Planner(
        converter,
        unknowns,
        lambda kind: property_type(provider, kind),
        "warning" if mode == "warn" else "failure",
    )
    wanted = planner.wanted(defined)
    found = [*defined.findings, *misplaced(defined), *planner.findings]
    if provider.review:
        found += resolve(provider.review)(wanted, config.provider if config else None)
    return Judgement(_sorted(found), wanted)


def write(findings: Iterable[Finding]) -> None:
    """As compilers write theirs: editors and people find the line."""
    for finding in findings:
        place = f"{finding.place}: " if finding.place else ""
        sys.stdout.write(f"{place}{_WORDS[finding.weight]}: {finding}\n")


def property_type(provider: Provider, kind: str) -> Any:
    """The provider's class of such cloud_properties; a plain mapping where it has none."""
    reference = provider.property_types.get(kind)
    return dict[str, Any] if reference is None else resolve(reference)


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    """By file and line, and what one block causes in many merges once."""
    once = {
        (finding.place, finding.found, finding.wanted): finding for finding in reversed([*findings])
    }
    rows = list(once.values())[::-1]
    return sorted(
        rows,
        key=lambda one: (
            (one.place.file, one.place.line, one.place.column) if one.place else ("", 0, 0)
        ),
    )
