"""The settings document that an agent reads from its VM's user data, in the agent's own types."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

from cpikit.errors import CpiError
from cpikit_alicloud.devices import SYSTEM_PATH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit.config import Agent
    from cpikit.types import Network

LARGEST = 32 * 1024  # bytes before encoding  # ECS 2014-05-26, RunInstances, UserData
_NETWORK_KEYS = (
    *("type", "ip", "netmask", "gateway", "prefix", "dns", "default", "routes", "alias"),
    *("nic_group", "preconfigured"),
)
"""What an agent reads of a network (bosh-agent settings.go), and the nic_group for people."""

UNFINISHED = b64encode(b'{"vm":{"name":"settings-follow"}}').decode()
"""User data that an agent refuses and asks for again, since it names no agent_id."""


def document(
    *,
    agent_id: str,
    agent: Agent,
    networks: Mapping[str, Network[Any]],
    env: Mapping[str, Any],
    ephemeral: str = "",
    macs: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The settings for a new VM: `env` as it came, no persistent disk, no kernel device name.

    `ephemeral` is the by-id path of the ephemeral disk, empty for none: the agent then divides the
    root disk. `macs` are needed by network name as soon as there are several interfaces.
    Source: bosh-agent settings.go.
    """
    disks: dict[str, Any] = {"system": SYSTEM_PATH, "persistent": {}}
    if ephemeral:
        disks["ephemeral"] = ephemeral
    settings: dict[str, Any] = {
        "agent_id": agent_id,
        "vm": {"name": f"vm-{agent_id}"},
        "networks": {
            name: _network(network.raw, (macs or {}).get(name))
            for name, network in networks.items()
        },
        "disks": disks,
        "env": dict(env),
        "ntp": list(agent.ntp),
        "blobstore": dict(agent.blobstore),
    }
    if agent.mbus is not None:
        settings["mbus"] = agent.mbus.reveal()
    return settings


def encoded(settings: Mapping[str, Any]) -> str:
    """The document as base64 user data. Raises CpiError when it is larger than ECS takes."""
    data = as_bytes(settings)
    if len(data) > LARGEST:
        env = len(as_bytes(settings.get("env") or {}))
        raise CpiError(
            f"the agent's settings are {len(data)} bytes, wanted at most {LARGEST} (the user data "
            f"of an instance): env alone takes {env}; shorten env.bosh, certificates and tags first"
        )
    return b64encode(data).decode()


def decoded(user_data: str) -> dict[str, Any] | None:
    """The settings in base64 user data; None for anything that is not a JSON object."""
    try:
        found = json.loads(b64decode(user_data, validate=True))
    except ValueError:  # also what base64 and UTF-8 raise
        return None
    return found if isinstance(found, dict) else None


def as_bytes(settings: Mapping[str, Any]) -> bytes:
    """Compact JSON; a lone surrogate, legal in JSON alone, stays an escape."""
    try:
        text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(settings, separators=(",", ":")).encode()


def _network(raw: Mapping[str, Any], mac: str | None) -> dict[str, Any]:
    """One network as the agent reads it: addresses by DHCP, found by mac where there are several.

    ECS hands out the chosen address by DHCP; an agent that configures a manual network itself does
    so only where it needs no mac (bosh-agent interface_configuration_creator.go).
    """
    kept = {key: raw[key] for key in _NETWORK_KEYS if raw.get(key) is not None}
    if raw.get("type") == "vip":
        kept.pop("gateway", None)  # a vip is not an interface of the VM
        return kept
    kept["use_dhcp"] = True
    if kept.get("prefix") is not None:
        kept["prefix"] = str(kept["prefix"])
    if mac:
        kept["mac"] = mac
    return {"dns": [], "default": [], **kept}
