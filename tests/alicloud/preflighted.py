"""A world, a cpi.json and a cloud config that fit together, and the faults seeded into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from attrs import field, frozen

ZONES = ("cn-hangzhou-h", "cn-hangzhou-i")
IMAGE = "m-stemcell"
PRODUCTS = ("ecs", "vpc", "slb", "nlb", "alb", "sts")
ACCOUNT = "1000000000000001"
KEY = {"id": "LTAI5tPreflight0000000001", "secret": "s3cretOfThePreflight"}

WORLD: Mapping[str, Any] = {
    "accounts": [{"id": ACCOUNT, "keys": [KEY]}],
    "resources": [
        {"kind": "vpc", "id": "vpc-1", "cidr_block": "10.0.0.0/16"},
        {"kind": "vpc", "id": "vpc-2", "cidr_block": "10.0.0.0/16"},
        *(
            {
                "kind": "vswitch",
                "id": f"vsw-{number}",
                "vpc_id": "vpc-1",
                "zone_id": zone,
                "cidr_block": f"10.0.{number}.0/24",
            }
            for number, zone in enumerate(ZONES, 1)
        ),
        {"kind": "securitygroup", "id": "sg-1", "vpc_id": "vpc-1", "name": "bosh"},
        {"kind": "securitygroup", "id": "sg-2", "vpc_id": "vpc-2", "name": "elsewhere"},
        {"kind": "keypair", "name": "bosh-key", "public_key": "ssh-ed25519 AAAA preflight"},
        {"kind": "image", "id": IMAGE, "size_gib": 5},
    ],
}

CLOUD_CONFIG: Mapping[str, Any] = {
    "azs": [
        {"name": f"z{number}", "cloud_properties": {"availability_zone": zone}}
        for number, zone in enumerate(ZONES, 1)
    ],
    "vm_types": [
        {
            "name": "small",
            "cloud_properties": {"instance_type": ["ecs.g6.large"], "key_pair_name": "bosh-key"},
        }
    ],
    "disk_types": [{"name": "default", "disk_size": 20480}],
    "networks": [
        {
            "name": "default",
            "type": "manual",
            "subnets": [
                {
                    "range": f"10.0.{number}.0/24",
                    "gateway": f"10.0.{number}.1",
                    "azs": [f"z{number}"],
                    "cloud_properties": {
                        "vswitch_id": f"vsw-{number}",
                        "security_group_ids": ["sg-1"],
                    },
                }
                for number in (1, 2)
            ],
        }
    ],
    "compilation": {"workers": 2, "az": "z1", "network": "default", "vm_type": "small"},
}


@frozen(eq=False)
class Scene:
    """What a test may spoil before the cloud is asked."""

    world: dict[str, Any] = field(factory=lambda: deepcopy(dict(WORLD)))
    section: dict[str, Any] = field(factory=dict)
    cloud_config: dict[str, Any] = field(factory=lambda: deepcopy(dict(CLOUD_CONFIG)))
    calls: list[tuple[str, str, dict[str, Any]]] = field(factory=list)
    """What somebody else did in that world before."""
    stemcells: list[str] = field(factory=lambda: [IMAGE])

    def resource(self, name: str) -> dict[str, Any]:
        """A resource of the world by its id or name."""
        return next(
            one for one in self.world["resources"] if name in (one.get("id"), one.get("name"))
        )

    def without(self, name: str) -> None:
        """Take a resource out of the world."""
        self.world["resources"].remove(self.resource(name))

    def deny(self, *actions: str) -> None:
        """Give the key a policy that allows everything else."""
        statements = [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": list(actions), "Resource": "*"},
        ]
        key = {**KEY, "principal": "user/cpi", "policies": [{"Statement": statements}]}
        self.world["accounts"] = [{"id": ACCOUNT, "keys": [key]}]

    def vm(self) -> dict[str, Any]:
        """The cloud_properties of the vm_type."""
        found: dict[str, Any] = self.cloud_config["vm_types"][0]["cloud_properties"]
        return found

    def subnet(self, number: int = 0) -> dict[str, Any]:
        """A subnet."""
        found: dict[str, Any] = self.cloud_config["networks"][0]["subnets"][number]
        return found

    def written(self, folder: Path, url: str) -> list[str]:
        """The words of the command line, with the files that they name."""
        section = {
            "region": "cn-hangzhou",
            "access_key_id": KEY["id"],
            "access_key_secret": KEY["secret"],
            **{f"{product}_endpoint": url for product in PRODUCTS},
            **self.section,
        }
        whole = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": section}}}
        config, cloud = folder / "cpi.json", folder / "cloud-config.yml"
        config.write_text(json.dumps(whole), "utf-8")
        cloud.write_text(json.dumps(self.cloud_config, indent=2), "utf-8")  # JSON is YAML
        words = ["check", "--config", str(config), "--online", "--cloud-config", str(cloud)]
        return [*words, *(word for one in self.stemcells for word in ("--stemcell", one))]


Spoil = Callable[[Scene], object]


@frozen
class Fault:
    """Something that fails a deploy: how it comes about, and the line that tells of it."""

    name: str
    spoil: Spoil = field(repr=False)
    told: Sequence[str]
    weight: str = "FAIL"
