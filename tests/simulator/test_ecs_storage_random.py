"""Random legal and illegal calls on disks, snapshots, images and interfaces keep a world whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image, Interface, Snapshot
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError
from tests.simulator.instances_kit import GROUP, VSWITCH, ZONE
from tests.simulator.storage_kit import BUCKET, FILE, begin, put

PLACE = {"VSwitchId": VSWITCH, "SecurityGroupId": GROUP}
MAPPING = [{"OSSBucket": BUCKET, "OSSObject": FILE}]
# Each call; `{d}`, `{i}`, `{s}`, `{m}`, `{e}` stand for some disk, instance, snapshot, image, ENI.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("CreateDisk", {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "Size": 20}),
    ("CreateDisk", {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "SnapshotId": "{s}"}),
    ("CreateDisk", {"InstanceId": "{i}", "DiskCategory": "cloud_essd", "Size": 20}),
    ("AttachDisk", {"InstanceId": "{i}", "DiskId": "{d}"}),
    ("AttachDisk", {"InstanceId": "{i}", "DiskId": "{d}", "DeleteWithInstance": "true"}),
    ("DetachDisk", {"InstanceId": "{i}", "DiskId": "{d}"}),
    ("DeleteDisk", {"DiskId": "{d}"}),
    ("ResizeDisk", {"DiskId": "{d}", "NewSize": "60"}),
    ("ModifyDiskSpec", {"DiskId": "{d}", "DiskCategory": "cloud_auto"}),
    ("ReInitDisk", {"DiskId": "{d}"}),
    ("CreateSnapshot", {"DiskId": "{d}", "RetentionDays": "1"}),
    ("DeleteSnapshot", {"SnapshotId": "{s}", "Force": "true"}),
    ("ImportImage", {"DiskDeviceMapping": MAPPING}),
    ("CreateImage", {"InstanceId": "{i}"}),
    ("CreateImage", {"SnapshotId": "{s}"}),
    ("CopyImage", {"ImageId": "{m}", "DestinationRegionId": "cn-beijing"}),
    ("DeleteImage", {"ImageId": "{m}", "Force": "true"}),
    ("CreateNetworkInterface", {**PLACE, "SecondaryPrivateIpAddressCount": "2"}),
    ("CreateNetworkInterface", {**PLACE, "Ipv4PrefixCount": "1", "Ipv6AddressCount": "1"}),
    (
        "AssignPrivateIpAddresses",
        {"NetworkInterfaceId": "{e}", "SecondaryPrivateIpAddressCount": 1},
    ),
    ("AttachNetworkInterface", {"NetworkInterfaceId": "{e}", "InstanceId": "{i}"}),
    ("DetachNetworkInterface", {"NetworkInterfaceId": "{e}", "InstanceId": "{i}"}),
    ("DeleteNetworkInterface", {"NetworkInterfaceId": "{e}"}),
    ("StopInstance", {"InstanceId": "{i}"}),
    ("StartInstance", {"InstanceId": "{i}"}),
    ("DeleteInstance", {"InstanceId": "{i}", "Force": "true"}),
]
KINDS = {"d": Disk, "i": Instance, "s": Snapshot, "m": Image, "e": Interface}
PLACES = st.integers(0, 30)
WAITS = st.sampled_from([0, 0, 1, 5, 60, 2000, 90_000])
STEPS = st.lists(
    st.tuples(st.sampled_from(CALLS), st.tuples(PLACES, PLACES), WAITS), min_size=40, max_size=60
)


@pytest.mark.parametrize("profile", ["instant", "typical"])
@given(steps=STEPS)
@settings(
    derandomize=True,
    database=None,
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.large_base_example,
        HealthCheck.data_too_large,
        HealthCheck.too_slow,
    ],
)
def test_a_world_stays_whole(
    alicloud_direct: Simulator, profile: str, steps: list[tuple[Any, tuple[int, int], int]]
) -> None:
    begin(alicloud_direct, profile=profile)
    put(alicloud_direct)
    for (name, parameters), choice, seconds in steps:
        given_ = {key: chosen(alicloud_direct, value, choice) for key, value in parameters.items()}
        try:
            alicloud_direct.ask("Ecs", name, **given_)
        except ApiError as error:
            assert error.status < 500, error  # noqa: PT017  # which call it was is in the error
        alicloud_direct.clock.sleep(seconds)
        alicloud_direct.world.settle()
        demand_whole(alicloud_direct)


def chosen(alicloud: Simulator, value: Any, choice: tuple[int, int]) -> Any:
    """Give one of the world's resources for a `{letter}`."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    rows = list(alicloud.world.table(KINDS[value[1]]))
    place = choice[value[1] == "i"]
    return rows[place % len(rows)].id if rows else "none"


def demand_whole(alicloud: Simulator) -> None:
    """Hold what is true of every world at every time."""
    world = alicloud.world
    devices: Counter[tuple[str, str]] = Counter()
    for disk in world.table(Disk):
        assert len(disk.instance_ids) <= 1
        assert bool(disk.instance_ids) == (disk.state not in ("Creating", "Available")) or (
            disk.state in ("Creating", "Modifying")
        ), disk
        for each in disk.attachments:
            devices[each.instance_id, each.device] += 1
            assert world.get(Instance, each.instance_id) is not None
    assert all(count == 1 for count in devices.values())
    held: Counter[str] = Counter()
    for interface in world.table(Interface):
        held.update((*interface.addresses, *interface.ipv6s))
        assert bool(interface.instance_id) == (
            interface.state in ("Attaching", "InUse", "Detaching")
        )
        for address in interface.addresses:
            holder = world.part(Addresses).holder(interface.vswitch_id, address)
            assert holder == interface.id
    assert all(count == 1 for count in held.values())
    for image in world.table(Image):
        if image.state == "Available":
            assert all(world.get(Snapshot, each) is not None for each in image.snapshot_ids)
    assert not alicloud.desk.journal.defects
