"""What a call costs follows from what it is about, not from how much else there is."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Interface, Snapshot
from cpikit_alicloud_simulator.resource import Resource
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator import instances_kit
from tests.simulator.scale_kit import crowd

ASKED = [f"i-crowd{number:06d}" for number in range(100)]
DISKS = [f"d-crowd{number:06d}a" for number in range(100)]
DATA = "d-crowd000000b"
CALLS: dict[str, dict[str, Any]] = {
    "DescribeInstances": {"InstanceIds": json.dumps(ASKED), "PageSize": 100},
    "DescribeInstanceStatus": {"InstanceId": ASKED[:50], "PageSize": 50},
    "DescribeDisks": {"DiskIds": json.dumps(DISKS), "PageSize": 100},
    "DescribeNetworkInterfaces": {"InstanceId": ASKED[0]},
    "DescribeInstanceAttribute": {"InstanceId": ASKED[0]},
    "CreateDisk": {"ZoneId": instances_kit.ZONE, "DiskCategory": "cloud_essd", "Size": 20},
    "DetachDisk": {"InstanceId": ASKED[0], "DiskId": DATA},
    "StopInstance": {"InstanceId": ASKED[0]},
    "CreateSnapshot": {"DiskId": DATA},
    "DeleteInstance": {"InstanceId": ASKED[0], "Force": "true"},
    "TagResources": {
        "ResourceType": "disk",
        "ResourceId": DISKS[:50],
        "Tag": [{"Key": "a", "Value": "b"}],
    },
}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count every look at a field of an instance, a disk, an interface, by its id."""
    counted: Counter[str] = Counter()
    by_id = Resource.id.__get__  # type: ignore[attr-defined]  # its slot, which is not counted

    def looking(resource: Any, name: str) -> Any:
        counted[by_id(resource)] += 1
        return object.__getattribute__(resource, name)

    for kind in (Instance, Disk, Interface, Snapshot):
        monkeypatch.setattr(kind, "__getattribute__", looking)
    return counted


def spent(looks: Counter[str], size: int, name: str) -> Counter[str]:
    """Give the looks that one call takes in a world of this size."""
    simulator = Simulator(world=crowd(size))
    looks.clear()
    simulator.ask("Ecs", name, **CALLS[name])
    return +looks


@pytest.mark.parametrize("name", CALLS)
def test_a_call_looks_at_no_more_when_the_world_is_larger(looks: Counter[str], name: str) -> None:
    small, large = spent(looks, 101, name), spent(looks, 404, name)
    assert large.total() == small.total() > 0
    assert len(large) == len(small)


def test_a_describe_of_a_hundred_ids_looks_at_these_and_what_hangs_on_them(
    looks: Counter[str],
) -> None:
    simulator = Simulator(world=crowd(300))
    disks = [each.id for id_ in ASKED for each in simulator.world.by(Disk, "instance_ids", id_)]
    cards = [each.id for id_ in ASKED for each in simulator.world.by(Interface, "instance_id", id_)]
    assert (len(disks), len(cards)) == (300, 100)
    looks.clear()
    answer = simulator.ask("Ecs", "DescribeInstances", **CALLS["DescribeInstances"])
    assert len(answer["Instances"]["Instance"]) == 100
    assert set(looks) <= {*ASKED, *disks, *cards}
