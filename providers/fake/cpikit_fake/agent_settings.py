"""The settings document that the agent of a VM reads, and where it finds its disks.

Source: bosh-agent settings/settings.go; a wrong type anywhere makes the whole document unreadable.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit.config import Agent
    from cpikit.types import AgentId, Network

_BY_ID = "/dev/disk/by-id/virtio-"
_SERIAL = 20  # characters that virtio has for a serial number
_NOT_THE_AGENTS = ("cloud_properties", "nic_group")


def disk_path(disk_cid: str) -> str:
    """Where a disk appears: by its id, for nobody promises the order of /dev/vdb and /dev/vdc."""
    return f"{_BY_ID}{disk_cid.rpartition('-')[2][-_SERIAL:]}"


def settings(
    agent_id: AgentId,
    networks: Mapping[str, Network[Any]],
    macs: Mapping[str, str],
    env: dict[str, Any],
    agent: Agent,
    *,
    ephemeral_serial: str | None,
) -> dict[str, Any]:
    """The whole document. `macs` names a NIC for each network when there are several.

    `mbus`, `ntp` and `blobstore` are what the agent falls back on when env does not say; `env` goes
    through untouched. No persistent disk stands here: hints come with attach_disk.
    """
    disks: dict[str, Any] = {"system": "/dev/vda", "persistent": {}}
    if ephemeral_serial is not None:
        disks["ephemeral"] = f"{_BY_ID}{ephemeral_serial}"
    document: dict[str, Any] = {
        "agent_id": agent_id,
        "vm": {"name": f"vm-{agent_id}"},
        "networks": {name: _network(network, macs.get(name)) for name, network in networks.items()},
        "disks": disks,
        "ntp": list(agent.ntp),
        "env": env,
    }
    if agent.mbus is not None:
        document["mbus"] = agent.mbus.reveal()
    if agent.blobstore:
        document["blobstore"] = agent.blobstore
    return document


def _network(network: Network[Any], mac: str | None) -> dict[str, Any]:
    """One network: this cloud hands out every address by DHCP, so the agent shall ask for it."""
    told = {
        key: value
        for key, value in network.raw.items()
        if key not in _NOT_THE_AGENTS and value is not None
    }
    told["dns"] = network.dns
    told["default"] = network.default
    if network.type == "vip":
        told.pop("gateway", None)
        return told
    told["use_dhcp"] = True
    if mac is not None:
        told["mac"] = mac
    return told
