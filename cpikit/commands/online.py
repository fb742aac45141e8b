"""`cpikit check --online`: the provider's preflight, which asks the cloud and changes nothing."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from attrs import evolve

from cpikit import cpi_json
from cpikit.api import CallContext
from cpikit.caller import Caller
from cpikit.cloud import Cloud
from cpikit.commands.check import run as tell
from cpikit.commands.configured import bound
from cpikit.commands.judging import judged, write
from cpikit.config import Config, secrets_of
from cpikit.cpi_json import CpiJson
from cpikit.defaults import CoreHooks
from cpikit.errors import CpiError
from cpikit.faults import Fault
from cpikit.hookspecs import HookRegistry, hookimpl
from cpikit.log import Log
from cpikit.operations import Effect, Operation
from cpikit.plugins import load_extensions, load_provider, resolve
from cpikit.preflight import Finding, Wanted
from cpikit.provider import Provider
from cpikit.redaction import Redactor
from cpikit.retry import RetryPolicy
from cpikit.undo import Undo
from cpikit.waiting import Clock, SystemClock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    T = TypeVar("T")

_STDERR = 2
_WORDS = {"ok": "ok  ", "warning": "WARN", "failure": "FAIL"}


class ReadingCloud(Cloud):
    """The core's law for a preflight: a call that might change something is never sent."""

    def __call__(self, operation: Operation, send: Callable[[], T], **more: Any) -> T:
        """Send a call that reads. Raises RuntimeError for any other: a defect of the provider."""
        if operation.effect is not Effect.READ:
            raise RuntimeError(f"{operation} is {operation.effect.value}: a preflight only reads")
        answer: T = super().__call__(operation, send, **more)
        return answer


class Impatience:
    """Repeats a failed question for seconds, not minutes: somebody waits for the answer."""

    @hookimpl
    def cpikit_retry_policy(self, fault: Fault, operation: Operation) -> RetryPolicy:
        """The same for every failure."""
        del fault, operation
        return RetryPolicy(attempts=4, total_s=15, first_s=1, cap_s=5)


def run(parsed: argparse.Namespace) -> int:
    """Print one line for each finding; 1 when something would fail a deploy."""
    found = cpi_json.read(parsed.config)
    provider = load_provider(found.plugin)
    if not provider.preflight:
        raise CpiError(f"provider {provider.name!r} has no preflight: nothing to ask its cloud")
    tell(parsed)
    sys.stdout.write("\n")
    config = bound(found, provider, parsed.context)
    wanted = Wanted()
    if parsed.cloud_config:
        judgement = judged([parsed.cloud_config], provider, config)
        write(judgement.findings)
        if judgement.has_failed:
            sys.stdout.write("the cloud is not asked: correct these first (cpikit validate)\n")
            return 1
        wanted = judgement.wanted
    wanted = evolve(wanted, stemcells=tuple(parsed.stemcell))
    weights = [_told(one) for one in asked(found, provider, config, wanted, debug=parsed.debug)]
    failures, warnings = weights.count("failure"), weights.count("warning")
    sys.stdout.write(f"\n{len(weights)} looked at, {failures} to correct, {warnings} warnings\n")
    return int(failures > 0)


def asked(
    found: CpiJson,
    provider: Provider,
    config: Config[Any],
    wanted: Wanted,
    *,
    debug: bool = False,
    clock: Clock | None = None,
) -> Iterable[Finding]:
    """What the provider's preflight finds, each as soon as it is known."""
    redactor = Redactor()
    redactor.learn(secrets_of(config, {}))
    log = Log(lambda line: _log(line, debug=debug), redactor, debug=debug)
    caller = Caller()
    clock = clock or SystemClock(caller)
    registry = HookRegistry()
    registry.register(CoreHooks(), "cpikit")
    registry.register(resolve(provider.hooks), provider.name)
    for name, extension in load_extensions(found.extensions):
        registry.register(extension, name)
    registry.register(Impatience(), "cpikit.impatience")  # the last one is asked first
    context = CallContext(
        director_uuid="cpikit-check",
        request_id=log.request_id,
        method="preflight",
        api_version=provider.info.api_version,
        stemcell_api_version=None,
        clock=clock,
        log=log,
        undo=Undo(),
        caller=caller,
    )
    cloud = ReadingCloud(registry.hooks, clock, log, caller)
    findings: Iterable[Finding] = resolve(provider.preflight)(config, context, cloud, wanted)
    return findings


def _log(line: bytes, *, debug: bool) -> None:
    if debug:
        os.write(_STDERR, line)


def _told(finding: Finding) -> str:
    place = f" ({finding.place})" if finding.place else ""
    sys.stdout.write(f"{_WORDS[finding.weight]}  {finding}{place}\n")
    return finding.weight
