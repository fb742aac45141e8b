"""What one call of the CPI works with: the cloud, the configuration, the agent's part, the context.

Every room takes a Session as its first argument.
"""

from __future__ import annotations

from attrs import frozen

from cpikit.api import CallContext
from cpikit.config import Agent
from cpikit_alicloud.client import Client
from cpikit_alicloud.config import AlicloudConfig


@frozen(eq=False, repr=False)
class Session:
    """One call's surroundings; made by cpikit_open, thrown away with the process."""

    client: Client
    config: AlicloudConfig
    agent: Agent
    context: CallContext
