"""The settings document that the liar hands to the agent (settings.go of bosh-agent)."""

from cpikit_contracts.liar.store import Json


def agent_settings(config: Json, agent_id: str, networks: Json, env: Json) -> Json:
    """What the agent of a new VM reads."""
    return {
        "agent_id": agent_id,
        "vm": {"name": f"vm-{agent_id}"},
        "mbus": config.get("mbus", ""),
        "ntp": [],
        "blobstore": {"provider": "local", "options": {}},
        "networks": {name: _network(network) for name, network in networks.items()},
        "disks": {"system": "/dev/vda", "ephemeral": "/dev/vdb", "persistent": {}},
        "env": env,
    }


def _network(network: Json) -> Json:
    settled = {key: value for key, value in network.items() if key != "cloud_properties"}
    if network["type"] == "manual":
        settled["use_dhcp"] = True
    if network["type"] == "vip":
        settled.pop("gateway", None)
    return settled
