"""A world of many instances, each with three disks, as a world file declares it."""

from __future__ import annotations

from typing import Any

from tests.simulator.instances_kit import GROUP, IMAGE, VPC, ZONE, world

NETS = 40


def crowd(instances: int) -> dict[str, Any]:
    """Give a world with this many instances, an interface and three disks on each."""
    nets = [
        {
            "kind": "vswitch",
            "id": f"vsw-crowd{net}",
            "vpc_id": VPC,
            "zone_id": ZONE,
            "cidr_block": f"10.{net + 1}.0.0/16",
        }
        for net in range(NETS)
    ]
    made = [each for number in range(instances) for each in _machine(number)]
    return world(*nets, *made)


def _machine(number: int) -> list[dict[str, Any]]:
    id_, net, host = f"i-crowd{number:06d}", number % NETS, number // NETS + 1
    place = {"vpc_id": VPC, "vswitch_id": f"vsw-crowd{net}", "zone_id": ZONE}
    return [
        {
            "kind": "instance",
            "id": id_,
            "state": "Running",
            "type_id": "ecs.g6.large",
            "image_id": IMAGE,
            "name": f"vm-{number}",
            "tags": {"cpikit-director": "bench", "index": str(number)},
            **place,
        },
        {
            "kind": "eni",
            "id": f"eni-crowd{number:06d}",
            "instance_id": id_,
            "type": "Primary",
            "state": "InUse",
            "primary_ip": f"10.{net + 1}.{host // 250}.{host % 250 + 1}",
            "security_group_ids": [GROUP],
            **place,
        },
        *(
            {
                "kind": "disk",
                "id": f"d-crowd{number:06d}{letter}",
                "instance_id": id_,
                "device": f"/dev/xvd{letter}",
                "state": "In_use",
                "type": "system" if letter == "a" else "data",
                "category": "cloud_essd",
                "performance_level": "PL1",
                "size_gib": 40,
                "zone_id": ZONE,
                "was_attached": True,
            }
            for letter in "abc"
        ),
    ]
