"""The order of the checks: what everything else depends on comes first, and ends it if it fails."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from cpikit.cloud import Cloud
from cpikit.config import Config
from cpikit.errors import CpiError
from cpikit.operations import Effect, FaultError
from cpikit.preflight import Finding, Wanted
from cpikit_alicloud.client import Client
from cpikit_alicloud.credentials import problems_of
from cpikit_alicloud.opening import warnings_of
from cpikit_alicloud.preflight import balancers, launches, networks, permissions
from cpikit_alicloud.preflight.telling import beginning
from cpikit_alicloud.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.api import CallContext
    from cpikit_alicloud.config import AlicloudConfig


def preflight(
    config: Config[AlicloudConfig], context: CallContext, cloud: Cloud, wanted: Wanted
) -> Iterator[Finding]:
    """Every finding, as soon as it is known."""
    provider = config.provider
    problems = problems_of(provider)
    if not provider.region:
        problems.insert(0, "region is not set")
    for problem in problems:
        yield Finding("configuration", problem, weight="failure")
    for warning in warnings_of(config):
        yield Finding("configuration", warning, weight="warning")
    if problems:
        return
    session = Session(Client(provider, context, cloud), provider, config.agent, context)
    is_known = yield from _credentials(session)
    if not is_known:
        return
    zones = yield from networks.zones(session)
    if zones is None:
        return
    yield from permissions.findings(session, wanted)
    yield from networks.zones_named(session, wanted, zones)
    vswitches = yield from networks.vswitches(session, wanted)
    yield from networks.groups(session, wanted, vswitches)
    yield from balancers.findings(session, wanted)
    yield from launches.key_pairs(session, wanted)
    images = yield from launches.images(session, wanted)
    yield from launches.stock(session, wanted, zones)
    yield from launches.dry_runs(session, wanted, vswitches, images)


def _credentials(session: Session) -> Generator[Finding, None, bool]:
    try:
        answer = session.client.call("Sts", "GetCallerIdentity", {}, effect=Effect.READ)
    except (FaultError, CpiError) as error:
        yield beginning("credentials", error, session.client.region, "sts_endpoint")
        return False
    yield Finding("credentials", f"account {answer.get('AccountId')}, {answer.get('Arn')}")
    return True
