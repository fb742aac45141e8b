"""What tests of VMs ask for, and an instance of the small cloud."""

from __future__ import annotations

from typing import Any

from attrs import define

SECTION = {
    "region": "eu-central-1",
    "availability_zone": "eu-central-1a",
    "access_key_id": "key-of-the-test",
    "access_key_secret": "secret-of-the-test",
}
NETWORK = {"vswitch_id": "vsw-1", "security_group_ids": ["sg-1"]}
MANUAL = {
    "net": {
        "type": "manual",
        "ip": "10.0.0.10",
        "netmask": "255.255.255.0",
        "gateway": "10.0.0.1",
        "dns": ["10.0.0.2"],
        "default": ["dns", "gateway"],
        "cloud_properties": NETWORK,
    }
}
VM = {"instance_type": "ecs.g7.large"}
ENV = {"bosh": {"mbus": {"cert": {"private_key": "canary-of-the-env"}}, "unknown": {"kept": [1]}}}


@define(eq=False)
class Instance:
    """One instance, and when it changes by itself."""

    id: str
    parameters: dict[str, str]
    made_s: float
    tags: dict[str, str]
    user_data: str
    boots_s: float = 8.0
    deleted_s: float | None = None
    stopped_s: float | None = None
    name: str = ""
    visible_s: float = 0.0


def interfaces_of(one: Instance) -> list[dict[str, Any]]:
    """Its interfaces, one for each NetworkInterface.N, else the one that every instance has."""
    given = one.parameters
    numbers = [n for n in range(1, 9) if f"NetworkInterface.{n}.InstanceType" in given] or [0]
    found = []
    for number in numbers:
        prefix = f"NetworkInterface.{number}."
        ip = given.get(f"{prefix}PrimaryIpAddress") or given.get("PrivateIpAddress")
        found.append(
            {
                "NetworkInterfaceId": f"eni-{one.id[2:]}{number}",
                "MacAddress": f"00:16:3e:00:{number:02x}:{int(one.id[2:]):02x}",
                "PrimaryIpAddress": ip or f"10.0.{number}.{100 + int(one.id[2:])}",
                "Type": given.get(f"{prefix}InstanceType", "Primary"),
                "VSwitchId": given.get(f"{prefix}VSwitchId", "vsw-1"),
            }
        )
    return found
