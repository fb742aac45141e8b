"""What tests of VMs ask for, and an instance of the small cloud."""

from __future__ import annotations

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
