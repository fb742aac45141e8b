"""Well-formed arguments for every method, with ids that certainly do not exist."""

from typing import Any

from cpikit_contracts.methods import METHODS
from cpikit_contracts.scenario import MARK, Scenario

FALLBACK_ID = {
    "vm": f"{MARK}-no-vm",
    "disk": f"{MARK}-no-disk",
    "stemcell": f"{MARK}-no-stemcell",
    "snapshot": f"{MARK}-no-snapshot",
    "network": f"{MARK}-no-network",
}

# What the suite makes carries its name where a method takes names or labels.
DIRECTOR_VM_METADATA: dict[str, Any] = {
    "director": f"{MARK}-director",
    "deployment": MARK,
    "id": "22222222-aaaa-4bbb-8ccc-000000000001",
    "job": f"{MARK}-web",
    "instance_group": f"{MARK}-web",
    "index": "0",
    "name": f"{MARK}-web/22222222-aaaa-4bbb-8ccc-000000000001",
    "created_at": "2026-01-01T00:00:00Z",
}
DIRECTOR_DISK_METADATA: dict[str, Any] = {
    "director": f"{MARK}-director",
    "deployment": MARK,
    "instance_id": "22222222-aaaa-4bbb-8ccc-000000000001",
    "instance_index": "0",
    "instance_group": f"{MARK}-web",
    "attached_at": "2026-01-01T00:00:00Z",
}
DIRECTOR_SNAPSHOT_METADATA: dict[str, Any] = {
    "deployment": MARK,
    "job": f"{MARK}-web",
    "index": 0,
    "director_name": f"{MARK}-director",
    "director_uuid": "0b0c2d3e-1111-4222-8333-444455556666",
    "agent_id": "11111111-aaaa-4bbb-8ccc-000000000001",
    "instance_id": "22222222-aaaa-4bbb-8ccc-000000000001",
}


RANGE = {"range": "10.0.48.0/24", "gateway": "10.0.48.1"}


def network(s: Scenario) -> dict[str, Any]:
    """What create_network is told, with the profile's own properties; the CPI chooses a range."""
    given = s.profile.inputs["networks"].get("managed", {})
    bare = {key: value for key, value in given.items() if key not in RANGE}
    return {"type": "manual", "cloud_properties": {}, **bare, "netmask_bits": 24}


def network_with_range(s: Scenario) -> dict[str, Any]:
    """The same with a range: the profile's, or one that the recorded Director asked for."""
    given = s.profile.inputs["networks"].get("managed", {})
    chosen = {key: given.get(key, RANGE[key]) for key in RANGE}
    whole = {**network(s), **chosen}
    del whole["netmask_bits"]
    return whole


def unknown_ids(s: Scenario) -> dict[str, str]:
    """The profile's unknown ids; the gate asks for them, so a kind without one stays unused."""
    return {kind: s.profile.unknown.get(kind, FALLBACK_ID[kind]) for kind in FALLBACK_ID}


def unnamed(s: Scenario, method: str, *, but: int = -1) -> list[str]:
    """The kinds of ids that a well-formed call names and [unknown] does not; `but` one place."""
    kinds = {kind for place, kind in METHODS[method].ids.items() if place != but}
    hints = {"disks"} if method == "create_vm" else {"vm"} if method == "create_disk" else set()
    return sorted(kinds - hints - s.profile.unknown.keys())


def arguments(s: Scenario, method: str) -> list[Any]:
    """What the Director would send with this method, about things that do not exist."""
    ids = unknown_ids(s)
    inputs = s.profile.inputs
    size = inputs["disk_size_mib"]
    given: dict[str, list[Any]] = {
        "create_stemcell": [s.image(), inputs["stemcell"]],
        "delete_stemcell": [ids["stemcell"]],
        "create_vm": [
            s.agent_id(),
            ids["stemcell"],
            inputs["vm"],
            some_network(s),
            [],
            inputs["env"],
        ],
        "delete_vm": [ids["vm"]],
        "has_vm": [ids["vm"]],
        "reboot_vm": [ids["vm"]],
        "set_vm_metadata": [ids["vm"], DIRECTOR_VM_METADATA],
        "calculate_vm_cloud_properties": [{"cpu": 1, "ram": 1024, "ephemeral_disk_size": 4096}],
        "create_disk": [size, inputs["disk"], None],
        "delete_disk": [ids["disk"]],
        "has_disk": [ids["disk"]],
        "attach_disk": [ids["vm"], ids["disk"]],
        "detach_disk": [ids["vm"], ids["disk"]],
        "get_disks": [ids["vm"]],
        "set_disk_metadata": [ids["disk"], DIRECTOR_DISK_METADATA],
        "resize_disk": [ids["disk"], size * 2],
        "update_disk": [ids["disk"], size * 2, inputs["disk"]],
        "snapshot_disk": [ids["disk"], DIRECTOR_SNAPSHOT_METADATA],
        "delete_snapshot": [ids["snapshot"]],
        "create_network": [{"type": "manual", "cloud_properties": {}, "netmask_bits": 24}],
        "delete_network": [ids["network"]],
        "configure_networks": [ids["vm"], {}],
    }
    return given.get(method, [])


def some_network(s: Scenario) -> dict[str, Any]:
    """A network for a call that will never get as far as using its address."""
    given = dict(s.profile.inputs["networks"].get(s.usual_network, {}))
    ips = given.pop("ips", [])
    network = {
        "type": s.usual_network,
        "cloud_properties": {},
        "default": ["dns", "gateway"],
        **given,
    }
    if s.usual_network == "manual":
        network["ip"] = ips[0] if ips else "10.255.255.254"
    return {"default": network}
