"""Opening the provider for one call: the configuration checked, and what it warns of."""

from __future__ import annotations

from cpikit.errors import CpiError
from cpikit_alicloud.client import Client
from cpikit_alicloud.credentials import problems_of
from cpikit_alicloud.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit.config import Config
    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.cpi import AlicloudCpi

_WITHOUT_EFFECT = ("location_endpoint", "access_endpoint")


def opened(config: Config[AlicloudConfig], context: CallContext, cloud: Cloud) -> AlicloudCpi:
    """The CPI of this call. Raises CpiError with all that is wrong with the configuration."""
    from cpikit_alicloud.cpi import AlicloudCpi

    provider = config.provider
    problems = problems_of(provider)
    if not provider.region:
        problems.insert(0, "region is not set")
    if problems:
        raise CpiError(f"configuration of alicloud: {'; '.join(problems)}")
    for warning in warnings_of(config):
        context.log.event("warning", text=warning)
    client = Client(provider, context, cloud)
    return AlicloudCpi(Session(client, provider, config.agent, context))


def warnings_of(config: Config[AlicloudConfig]) -> list[str]:
    """What stands in the configuration and has no effect."""
    found = [
        f"property {name} has no effect"
        for name in _WITHOUT_EFFECT
        if getattr(config.provider, name)
    ]
    if config.sections.get("registry"):
        found.append("section registry has no effect: settings are kept in the VM's user data")
    return found
