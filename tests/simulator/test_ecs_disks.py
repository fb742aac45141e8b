"""Disks: their states over time, their devices and serial numbers, and what lists say."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import ZONE, refused
from tests.simulator.storage_kit import (
    FREE,
    NEW,
    RUNNING,
    SHARED,
    SNAPSHOT,
    STOPPED,
    STOPPED_SYSTEM,
    SYSTEM,
    UNLISTED,
    USED,
    Row,
    begin,
    check,
    named,
)

LIST: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("DryRunOperation", {}, {}, {"DryRun": True}),
    ("IncompleteParamter", {}, {}, {"Filter": [{"Key": "CreationStartTime"}]}),
    ("InvalidCategory.ValueNotSupported", {}, {}, {"Category": "best"}),
    ("InvalidDiskType.ValueNotSupported", {}, {}, {"DiskType": "best"}),
    (
        "InvalidParameter.DiskIds",
        {},
        {},
        {"DiskIds": str([f"d-{n}" for n in range(101)]).replace("'", '"')},
    ),
    ("InvalidDiskIds.Malformed", {}, {}, {"DiskIds": "d-1"}),
    ("InvalidDiskIds.Malformed", {}, {}, {"DiskIds": '{"a": 1}'}),
    ("InvalidDiskIds.ValueNotSupported", {}, {}, {"DiskIds": '["d 1"]'}),
    ("InvalidDiskIds.ValueNotSupported", {}, {}, {"DiskIds": "[1]"}),
    ("InvalidParamter", {}, {}, {"Portable": "perhaps"}),
    ("InvalidRegion.NotFound", {}, {}, {"RegionId": "cn-nowhere"}),
    ("InvalidSnapshot.NotFound", {}, {}, {"SnapshotId": "s-none"}),
    ("InvalidStatus.ValueNotSupported", {}, {}, {"Status": "best"}),
    ("InvalidTag.Mismatch", {}, {}, {"Tag": [{"Value": "a"}]}),
    ("InvalidTagCount", {}, {}, {"Tag": [{"Key": f"k{n}"} for n in range(21)]}),
    ("InvalidZoneId.NotFound", {}, {}, {"ZoneId": "cn-hangzhou-z"}),
    ("InvalidParameter.MultiAttach", {}, {}, {"MultiAttach": "perhaps"}),
    (
        "InvalidParameter.MultiAttachAndEnableSharedNotMatch",
        {},
        {},
        {"MultiAttach": "Enabled", "EnableShared": False},
    ),
    ("InvalidDiskChargeType.NotFound", {}, {}, {"DiskChargeType": "best"}),
    ("InvalidFilterKey.NotFound", {}, {}, {"Filter": [{"Key": "a", "Value": "b"}]}),
    ("InvalidFilterValue", {}, {}, {"Filter": [{"Key": "CreationEndTime", "Value": "b"}]}),
    ("InvalidLockReason.NotFound", {}, {}, {"LockReason": "best"}),
    ("UserNotInTheWhiteList", {}, UNLISTED, {}),
]
ROWS: list[Row] = [("DescribeDisks", *each) for each in LIST]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_list_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)


def disks(alicloud: Simulator, **filters: Any) -> list[dict[str, Any]]:
    return list(alicloud.ask("Ecs", "DescribeDisks", **filters)["Disks"]["Disk"])


def disk(alicloud: Simulator, id_: str) -> dict[str, Any]:
    (found,) = disks(alicloud, DiskIds=f'["{id_}"]')
    return found


def state(alicloud: Simulator, id_: str) -> str:
    return str(disk(alicloud, id_)["Status"])


def test_a_disk_goes_through_its_states_in_time(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    ask, sleep = alicloud_direct.ask, alicloud_direct.clock.sleep
    made = ask("Ecs", "CreateDisk", ZoneId=ZONE, DiskCategory="cloud_essd", Size=50)
    id_ = made["DiskId"]
    pair = {"InstanceId": STOPPED, "DiskId": id_}
    assert state(alicloud_direct, id_) == "Creating"
    assert refused(alicloud_direct, "AttachDisk", **pair) == "IncorrectDiskStatus"
    sleep(2)
    assert state(alicloud_direct, id_) == "Available"
    ask("Ecs", "AttachDisk", **pair)
    shown = disk(alicloud_direct, id_)
    assert (shown["Status"], shown["InstanceId"], shown["Device"]) == ("Attaching", "", "")
    assert refused(alicloud_direct, "DetachDisk", **pair) == "IncorrectDiskStatus"
    sleep(2)
    shown = disk(alicloud_direct, id_)
    assert (shown["Status"], shown["InstanceId"], shown["Device"]) == (
        "In_use",
        STOPPED,
        "/dev/xvdb",
    )
    ask("Ecs", "DetachDisk", **pair)
    shown = disk(alicloud_direct, id_)
    assert (shown["Status"], shown["InstanceId"]) == ("Detaching", STOPPED)
    sleep(20)
    shown = disk(alicloud_direct, id_)
    assert (shown["Status"], shown["InstanceId"], shown["Attachments"]) == (
        "Available",
        "",
        {"Attachment": []},
    )
    assert shown["DetachedTime"]
    ask("Ecs", "DeleteDisk", DiskId=id_)
    assert disks(alicloud_direct, DiskIds=f'["{id_}"]') == []


def test_a_serial_number_is_the_id_without_its_prefix(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    made = alicloud_direct.ask("Ecs", "CreateDisk", ZoneId=ZONE, Size=40, DiskCategory="cloud_ssd")
    serial = disk(alicloud_direct, made["DiskId"])["SerialNumber"]
    assert (f"d-{serial}", len(serial)) == (made["DiskId"], 20)


def test_an_old_disk_has_no_serial_number(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, sections={"knobs": {"disk.serial_number": "empty"}})
    assert disk(alicloud_direct, FREE)["SerialNumber"] == ""


def test_devices_are_given_in_order_and_given_again(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    ask("Ecs", "AttachDisk", InstanceId=RUNNING, DiskId=FREE)
    ask("Ecs", "AttachDisk", InstanceId=RUNNING, DiskId=NEW, Device="/dev/xvdf")
    assert disk(alicloud_direct, FREE)["Device"] == "/dev/xvdc"
    assert disk(alicloud_direct, NEW)["Device"] == "/dev/xvdf"
    ask("Ecs", "DetachDisk", InstanceId=RUNNING, DiskId=USED)
    ask("Ecs", "AttachDisk", InstanceId=RUNNING, DiskId=USED)
    assert disk(alicloud_direct, USED)["Device"] == "/dev/xvdb"


def test_a_disk_goes_with_its_instance_only_if_it_was_told_so(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    ask("Ecs", "AttachDisk", InstanceId=RUNNING, DiskId=FREE, DeleteWithInstance=True)
    ask("Ecs", "DeleteInstance", InstanceId=RUNNING, Force=True)
    left = {each["DiskId"]: each["Status"] for each in disks(alicloud_direct, PageSize=50)}
    assert left == {USED: "Available", NEW: "Available", STOPPED_SYSTEM: "In_use"}


def test_an_instance_that_goes_while_a_disk_comes_leaves_it_free(
    alicloud_direct: Simulator,
) -> None:
    begin(alicloud_direct, profile="slow")
    alicloud_direct.ask("Ecs", "AttachDisk", InstanceId=RUNNING, DiskId=FREE)
    instance = alicloud_direct.world.find(RUNNING)
    assert instance is not None
    instance.vanish(alicloud_direct.world)
    alicloud_direct.clock.sleep(600)
    assert state(alicloud_direct, FREE) == "Available"


def test_a_shared_disk_is_on_two_instances(alicloud_direct: Simulator) -> None:
    nvme = {"type_id": "ecs.g9i.large"}
    begin(alicloud_direct, {FREE: SHARED, RUNNING: nvme, STOPPED: nvme})
    ask = alicloud_direct.ask
    for instance_id in (RUNNING, STOPPED):
        ask("Ecs", "AttachDisk", InstanceId=instance_id, DiskId=FREE)
    shown = disk(alicloud_direct, FREE)
    on = [each["InstanceId"] for each in shown["Attachments"]["Attachment"]]
    assert (shown["InstanceId"], shown["MountInstanceNum"], on) == ("", 2, [RUNNING, STOPPED])
    again = {"InstanceId": STOPPED, "DiskId": FREE}
    assert refused(alicloud_direct, "AttachDisk", **again) == "IncorrectDiskStatus"
    ask("Ecs", "DetachDisk", InstanceId=RUNNING, DiskId=FREE)
    shown = disk(alicloud_direct, FREE)
    on = [each["InstanceId"] for each in shown["Attachments"]["Attachment"]]
    assert (shown["Status"], on) == ("In_use", [STOPPED])


def test_a_disk_of_a_snapshot_is_as_large_and_initializes(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {SNAPSHOT: {"size_gib": 60, "encrypted": True}}, profile="typical")
    request = {"ZoneId": ZONE, "DiskCategory": "cloud_essd", "SnapshotId": SNAPSHOT, "Size": 40}
    id_ = alicloud_direct.ask("Ecs", "CreateDisk", **request)["DiskId"]
    alicloud_direct.clock.sleep(2)
    shown = disk(alicloud_direct, id_)
    assert (shown["Size"], shown["Encrypted"], shown["SourceSnapshotId"]) == (60, True, SNAPSHOT)
    assert refused(alicloud_direct, "DeleteDisk", DiskId=id_) == "IncorrectDiskStatus.Initializing"
    alicloud_direct.clock.sleep(10)
    alicloud_direct.ask("Ecs", "DeleteDisk", DiskId=id_)


def test_a_subscription_disk_attaches_itself(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    request = {"InstanceId": RUNNING, "DiskCategory": "cloud_essd", "Size": 40}
    id_ = alicloud_direct.ask("Ecs", "CreateDisk", **request)["DiskId"]
    alicloud_direct.clock.sleep(2)
    assert state(alicloud_direct, id_) == "Attaching"
    alicloud_direct.clock.sleep(2)
    shown = disk(alicloud_direct, id_)
    assert (shown["Status"], shown["Device"], shown["DiskChargeType"]) == (
        "In_use",
        "/dev/xvdc",
        "PrePaid",
    )
    pair = {"InstanceId": RUNNING, "DiskId": id_}
    assert refused(alicloud_direct, "DetachDisk", **pair) == "DiskNotPortable"


def test_an_unknown_disk_may_be_ignored(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, sections={"knobs": {"disk.delete_unknown": "ignore"}})
    alicloud_direct.ask("Ecs", "DeleteDisk", DiskId="d-none")


def test_a_system_disk_leaves_a_stopped_instance_and_returns(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    pair = {"InstanceId": STOPPED, "DiskId": STOPPED_SYSTEM}
    alicloud_direct.ask("Ecs", "DetachDisk", **pair)
    assert state(alicloud_direct, STOPPED_SYSTEM) == "Available"
    alicloud_direct.ask("Ecs", "AttachDisk", **pair, Bootable=True, Password="x")
    shown = disk(alicloud_direct, STOPPED_SYSTEM)
    assert (shown["Type"], shown["Device"]) == ("system", "/dev/xvda")


# A filter, and what it leaves.
FOUND: list[tuple[dict[str, Any], set[str]]] = [
    ({"DiskIds": "[]"}, set()),
    ({"InstanceId": RUNNING}, {SYSTEM, USED}),
    ({"InstanceId": RUNNING, "DiskType": "data"}, {USED}),
    ({"InstanceId": RUNNING, "DiskIds": f'["{FREE}","{USED}"]'}, {USED}),
    ({"Status": "Available"}, {FREE, NEW}),
    ({"DiskName": "n"}, {NEW}),
    ({"Tag": [{"Key": "a"}]}, {NEW}),
    ({"Tag": [{"Key": "a", "Value": "c"}]}, set()),
    ({"Encrypted": True}, {FREE}),
    ({"KMSKeyId": "key"}, {FREE}),
    ({"SnapshotId": SNAPSHOT}, {FREE}),
    ({"Category": "cloud_ssd"}, {NEW}),
    ({"LockReason": "financial"}, {NEW}),
    ({"DeleteWithInstance": True}, {NEW}),
    ({"MultiAttach": "Enabled", "EnableShared": True}, {NEW}),
    ({"Filter": [{"Key": "CreationEndTime", "Value": "2025-01-01T00:00Z"}]}, set()),
    ({"ZoneId": "cn-hangzhou-g"}, set()),
    ({"DiskChargeType": "PrePaid"}, set()),
    ({"ResourceGroupId": "rg-1"}, set()),
]


@pytest.mark.parametrize(("filters", "ids"), FOUND)
def test_a_filter_leaves_what_it_says(
    alicloud_direct: Simulator, filters: dict[str, Any], ids: set[str]
) -> None:
    changes = {
        NEW: {
            "name": "n",
            "tags": {"a": "b"},
            "category": "cloud_ssd",
            "lock": "financial",
            "delete_with_instance": True,
            "multi_attach": True,
        },
        FREE: {"encrypted": True, "kms_key_id": "key", "source_snapshot_id": SNAPSHOT},
    }
    begin(alicloud_direct, changes)
    assert {each["DiskId"] for each in disks(alicloud_direct, **filters)} == ids
