"""`cpikit validate`: the cloud_properties of a cloud config, and what surrounds them, offline."""

from __future__ import annotations

import argparse
import sys

from cpikit import cpi_json
from cpikit.commands.configured import bound
from cpikit.commands.judging import judged, write
from cpikit.errors import CpiError
from cpikit.index import PROVIDERS
from cpikit.plugins import discover, load_provider


def run(parsed: argparse.Namespace) -> int:
    """Print one line for each problem; 1 when there is one that would fail a deploy."""
    config = None
    if parsed.config:
        found = cpi_json.read(parsed.config)
        provider = load_provider(found.plugin)
        config = bound(found, provider, "{}")
    else:
        provider = load_provider(parsed.provider or _only_one())
    judgement = judged(parsed.files, provider, config)
    write(judgement.findings)
    errors = sum(finding.weight == "failure" for finding in judgement.findings)
    warnings = len(judgement.findings) - errors
    sys.stdout.write(f"{', '.join(parsed.files)}: {errors} errors, {warnings} warnings\n")
    return int(bool(errors or (parsed.strict and warnings)))


def _only_one() -> str:
    installed = sorted(discover(PROVIDERS))
    if len(installed) == 1:
        return installed[0]
    raise CpiError(
        f"which provider? installed: {', '.join(installed) or 'none'}: say --provider NAME, or "
        "--config cpi.json"
    )
