"""A network, a group and an image for tests of instances, and short ways to ask."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError

ROW = tuple[str, list[Any], dict[str, Any], dict[str, Any]]
"""A code; more resources of the world; its other sections; the change of the request."""
ZONE = "cn-hangzhou-b"
OTHER_ZONE = "cn-hangzhou-g"
VPC = "vpc-bp1test"
VSWITCH = "vsw-bp1test"
GROUP = "sg-bp1test"
IMAGE = "m-bp1test"
NVME = "ecs.g9i.large"
DAY_S = 86_400.0

# What tests stand on. The ids are fixed, so that tables of requests can name them.
RESOURCES: tuple[Mapping[str, Any], ...] = (
    {"kind": "vpc", "id": VPC, "cidr_block": "10.0.0.0/8", "ipv6_cidr_block": "2408:4005:1::/56"},
    {
        "kind": "vswitch",
        "id": VSWITCH,
        "vpc_id": VPC,
        "zone_id": ZONE,
        "cidr_block": "10.0.0.0/24",
        "ipv6_cidr_block": "2408:4005:1:1::/64",
    },
    {"kind": "securitygroup", "id": GROUP, "vpc_id": VPC},
    {"kind": "image", "id": IMAGE, "size_gib": 30},
)


def world(*more: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """Give a world file with the test's network and more resources and sections."""
    return {**sections, "resources": [*RESOURCES, *more]}


def begin(alicloud: Simulator, *more: Mapping[str, Any], profile: Any = None, **own: Any) -> None:
    """Begin a fresh world with the test's network."""
    alicloud.reset(world(*more, **own), profile)


LAUNCH: Mapping[str, Any] = {
    "ImageId": IMAGE,
    "InstanceType": "ecs.g6.large",
    "VSwitchId": VSWITCH,
    "SecurityGroupId": GROUP,
}


def launch(**changes: Any) -> dict[str, Any]:
    """Give the parameters of a launch; None leaves one out, `__` in a name is a dot."""
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return {name: value for name, value in {**LAUNCH, **named}.items() if value is not None}


def run(alicloud: Simulator, **changes: Any) -> str:
    """Run one instance and give its id."""
    answer = alicloud.ask("Ecs", "RunInstances", **launch(**changes))
    return str(answer["InstanceIdSets"]["InstanceIdSet"][0])


def create(alicloud: Simulator, **changes: Any) -> str:
    """Make one instance that stays Stopped, and give its id."""
    return str(alicloud.ask("Ecs", "CreateInstance", **launch(**changes))["InstanceId"])


def shown(alicloud: Simulator, id_: str) -> dict[str, Any]:
    """Give an instance as DescribeInstances shows it; empty when it is gone."""
    answer = alicloud.ask("Ecs", "DescribeInstances", InstanceIds=f'["{id_}"]')
    rows = answer["Instances"]["Instance"]
    return dict(rows[0]) if rows else {}


def state(alicloud: Simulator, id_: str) -> str:
    """Give an instance's state; `gone` when it is not listed."""
    return str(shown(alicloud, id_).get("Status", "gone"))


def refused(alicloud: Simulator, action: str, product: str = "Ecs", **parameters: Any) -> str:
    """Give the code that a call is refused with."""
    with pytest.raises(ApiError) as caught:
        alicloud.ask(product, action, **parameters)
    return caught.value.code


def base64_of(raw: bytes) -> str:
    """Write user data as the API takes it."""
    return base64.b64encode(raw).decode()
