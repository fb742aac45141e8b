"""Each code of the calls that change disks comes from a request and a world, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import refused
from tests.simulator.storage_kit import (
    ENTRY_TYPE,
    EXPIRED,
    FREE,
    IMAGE,
    KEY_CLOSED,
    KEY_OFF,
    LOCAL,
    NEW,
    RUNNING,
    SECRET,
    SHARED,
    SNAPSHOT,
    STOPPED,
    STOPPED_SYSTEM,
    TAKING,
    UNLISTED,
    USED,
    Row,
    begin,
    check,
    named,
    told,
)

NOWHERE = {"RegionId": "cn-nowhere"}
KMS = "InvalidParameter.KMSKeyId."
TO_PL2 = {"DiskId": FREE, "PerformanceLevel": "PL2"}
LARGE = {"size_gib": 500}


def taking(disk_id: str) -> dict[str, Any]:
    return {"s-bp1taking": {**TAKING["s-bp1taking"], "disk_id": disk_id}}


def said(id_: str, *words: str) -> dict[str, Any]:
    return {id_: {"conditions": list(words)}}


SPEC: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidDiskId.NotFound", {}, {}, {**TO_PL2, "DiskId": "d-none"}),
    ("InvalidDiskCategory.ValueNotSupported", {}, {}, {"DiskId": FREE, "DiskCategory": "fast"}),
    (
        "InvalidDiskCategory.ValueNotSupported",
        {},
        {},
        {"DiskId": FREE, "DiskCategory": "ephemeral_ssd"},
    ),
    ("InvalidPerformanceLevel.Malformed", {}, {}, {"DiskId": FREE, "PerformanceLevel": "PL7"}),
    ("OperationDenied.PerformanceLevelNotMatch", {}, {}, TO_PL2),  # 20 GiB are too few
    (
        "OperationDenied.PerformanceLevelNotMatch",
        {},
        {},
        {"DiskId": FREE, "DiskCategory": "cloud_ssd", "PerformanceLevel": "PL1"},
    ),
    ("OperationDenied", {}, {}, {"DiskId": FREE, "DiskCategory": "cloud_efficiency"}),
    ("OperationDenied", said(FREE, "denied"), {}, TO_PL2),
    (
        "NoChangeInDiskCategoryAndPerformanceLevel",
        {},
        {},
        {"DiskId": FREE, "PerformanceLevel": "PL1"},
    ),
    ("DiskCreatingSnapshot", {FREE: LARGE, **taking(FREE)}, {}, TO_PL2),
    ("DiskInArrears", {FREE: {"lock": "financial"}}, {}, TO_PL2),
    ("IncorrectDiskStatus", {FREE: {"state": "Creating"}}, {}, TO_PL2),
    ("IncorrectDiskStatus", {FREE: {"is_modifying": True}}, {}, TO_PL2),
    ("InvalidOperation.MultiAttachDisk", {FREE: SHARED}, {}, TO_PL2),
    ("InstanceExpiredOrInArrears", {RUNNING: EXPIRED}, {}, {**TO_PL2, "DiskId": USED}),
    ("InvalidInstanceId.NotFound", {FREE: {"instance_id": "i-none"}}, {}, TO_PL2),
    (
        "InvalidInstanceType.NotSupportDiskCategory",
        {RUNNING: ENTRY_TYPE, USED: LARGE},
        {},
        {**TO_PL2, "DiskId": USED},
    ),
    ("OperationDenied.NoStock", {FREE: LARGE}, told("no_stock"), TO_PL2),
    (
        "InvalidDiskCategory.NotSupported",
        {FREE: LARGE},
        {"stock": [{"disk": "cloud_essd", "state": "sold_out"}]},
        TO_PL2,
    ),
    ("DiskInCoolingPeriod", {FREE: {**LARGE, "cools_until_s": 9e9}}, {}, TO_PL2),
    ("DryRunOperation", {FREE: LARGE}, {}, {**TO_PL2, "DryRun": True}),
]
NAMED = {"DiskId": FREE, "DiskName": "name"}
STAYS = {"DiskId": FREE, "DeleteWithInstance": False}
ATTRIBUTE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("IncompleteParamter", {}, {}, {"DiskName": "name"}),
    ("InvalidDiskId.NotFound", {}, {}, {**NAMED, "DiskId": "d-none"}),
    ("InvalidDiskId.NotFound", {}, {}, {"DiskIds": [FREE, "d-none"], "DiskName": "name"}),
    ("InvalidRegionId.MalFormed", {}, {}, {**NAMED, **NOWHERE}),
    ("NoAttributeToModify", {}, {}, {"DiskId": FREE}),
    ("InvalidDiskName.Malformed", {}, {}, {"DiskId": FREE, "DiskName": "1"}),
    ("InvalidDescription.Malformed", {}, {}, {"DiskId": FREE, "Description": "https://"}),
    ("DeleteWithInstance.Conflict", {FREE: LOCAL}, {}, STAYS),
    ("DeleteWithInstance.Conflict", {FREE: SHARED}, {}, {**STAYS, "DeleteWithInstance": True}),
    ("DiskNotPortable", {FREE: {"portable": False}}, {}, STAYS),
    ("IncorrectDiskStatus", {FREE: {"state": "Creating"}}, {}, NAMED),
    ("InvalidInstanceId.NotFound", {FREE: {"instance_id": "i-none"}}, {}, NAMED),
    (
        "QuotaExceed.Snapshot",
        {},
        {"quotas": {"ecs.snapshots_per_disk": 0}},
        {"DiskId": FREE, "EnableAutoSnapshot": True},
    ),
    ("UserNotInTheWhiteList", {}, UNLISTED, NAMED),
]
ROOT = {"DiskId": STOPPED_SYSTEM}
HELD = {USED: {"instance_id": STOPPED}}
RESET: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidDiskId.NotFound", {}, {}, {"DiskId": "d-none"}),
    ("InvalidRegionId.MalFormed", {}, {}, {**ROOT, **NOWHERE}),
    ("DependencyViolation.IoOptimize", {IMAGE: {"supports_io_optimized": False}}, {}, ROOT),
    ("DiskCategory.OperationNotSupported", {USED: LOCAL}, {}, {"DiskId": USED}),
    ("InvalidKeyPairName.NotFound", {}, {}, {**ROOT, "KeyPairName": "nobody"}),
    ("InvalidPassword.Malformed", {}, {}, {**ROOT, "Password": "x"}),
    ("DiskCreatingSnapshot", taking(STOPPED_SYSTEM), {}, ROOT),
    ("IncorrectDiskStatus", {}, {}, {"DiskId": FREE}),
    ("IncorrectInstanceStatus", {}, {}, {"DiskId": USED}),
    ("InstanceExpiredOrInArrears", {STOPPED: EXPIRED}, {}, ROOT),
    ("InstanceLockedForSecurity", {STOPPED: {"lock": "security"}}, {}, ROOT),
    ("InvalidOperation.MultiAttachDisk", {USED: SHARED}, {}, {"DiskId": USED}),
    (f"{KMS}CMKNotEnabled", {STOPPED_SYSTEM: SECRET, **KEY_OFF}, {}, ROOT),
    (f"{KMS}KMSUnauthorized", {STOPPED_SYSTEM: SECRET, **KEY_CLOSED}, {}, ROOT),
    (
        "InvalidSnapshot.TooOld",
        {**said(SNAPSHOT, "too_old"), STOPPED_SYSTEM: {"source_snapshot_id": SNAPSHOT}},
        {},
        ROOT,
    ),
    ("InvalidSourceSnapshot", {STOPPED_SYSTEM: {"source_snapshot_id": "s-none"}}, {}, ROOT),
    ("OperationDenied", said(STOPPED_SYSTEM, "denied"), {}, ROOT),
    ("InvalidDiskId.OperationNotSupported", said(STOPPED_SYSTEM, "no_reset"), {}, ROOT),
    ("InvalidImageId.NotFound", {STOPPED_SYSTEM: {"image_id": "m-none"}}, {}, ROOT),
    (
        "SharedImageDeleted",
        {IMAGE: {"account_id": "2000000000000002"}},
        {},
        ROOT,
    ),
    ("UserNotInTheWhiteList", {}, UNLISTED, ROOT),
]
ROWS: list[Row] = [
    *[("ModifyDiskSpec", *each) for each in SPEC],
    *[("ModifyDiskAttribute", *each) for each in ATTRIBUTE],
    *[("ReInitDisk", *each) for each in RESET],
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_change_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)


def disk(alicloud: Simulator, id_: str) -> dict[str, Any]:
    answer = alicloud.ask("Ecs", "DescribeDisks", DiskIds=f'["{id_}"]')
    return dict(answer["Disks"]["Disk"][0])


def test_a_change_of_level_is_a_task_and_keeps_the_disk_busy(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {USED: LARGE}, {"knobs": {"disk.cooling_s": 60.0}}, "typical")
    made = alicloud_direct.ask("Ecs", "ModifyDiskSpec", DiskId=USED, PerformanceLevel="PL2")
    assert disk(alicloud_direct, USED)["Status"] == "Modifying"
    assert disk(alicloud_direct, USED)["PerformanceLevel"] == "PL1"
    shown = alicloud_direct.ask("Ecs", "DescribeTaskAttribute", TaskId=made["TaskId"])
    assert shown["TaskStatus"] == "Processing"
    again = {"DiskId": USED, "PerformanceLevel": "PL3"}
    assert refused(alicloud_direct, "ModifyDiskSpec", **again) == "IncorrectDiskStatus"
    alicloud_direct.clock.sleep(300)
    assert (disk(alicloud_direct, USED)["Status"], disk(alicloud_direct, USED)["IOPS"]) == (
        "In_use",
        26_800,
    )
    assert disk(alicloud_direct, USED)["PerformanceLevel"] == "PL2"
    shown = alicloud_direct.ask("Ecs", "DescribeTaskAttribute", TaskId=made["TaskId"])
    assert (shown["TaskStatus"], shown["TaskProcess"]) == ("Finished", "100%")


def test_the_state_need_not_tell_of_a_change(alicloud_direct: Simulator) -> None:
    knobs = {"knobs": {"disk.state_while_modifying": "unchanged"}}
    begin(alicloud_direct, {FREE: LARGE}, knobs, "typical")
    alicloud_direct.ask("Ecs", "ModifyDiskSpec", **TO_PL2)
    assert disk(alicloud_direct, FREE)["Status"] == "Available"
    alicloud_direct.clock.sleep(300)
    assert disk(alicloud_direct, FREE)["PerformanceLevel"] == "PL2"


def test_a_disk_whose_instance_goes_while_it_changes_is_free(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {USED: LARGE}, profile="typical")
    alicloud_direct.ask("Ecs", "ModifyDiskSpec", DiskId=USED, PerformanceLevel="PL2")
    instance = alicloud_direct.world.find(RUNNING)
    assert instance is not None
    instance.vanish(alicloud_direct.world)
    alicloud_direct.clock.sleep(300)
    assert disk(alicloud_direct, USED)["Status"] == "Available"


def test_resizing_takes_effect_and_attributes_stay(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    ask("Ecs", "ResizeDisk", DiskId=NEW, NewSize=30)
    ask("Ecs", "ModifyDiskAttribute", DiskIds=[NEW, FREE], DiskName="both", Description="of them")
    ask("Ecs", "ModifyDiskAttribute", DiskId=NEW, DeleteWithInstance=True)
    ask("Ecs", "ModifyDiskAttribute", DiskId=NEW, DeleteAutoSnapshot=False, BurstingEnabled=True)
    shown = disk(alicloud_direct, NEW)
    assert (shown["Size"], shown["DiskName"], shown["Description"]) == (30, "both", "of them")
    assert (shown["DeleteWithInstance"], shown["DeleteAutoSnapshot"]) == (True, False)
    assert (shown["BurstingEnabled"], disk(alicloud_direct, FREE)["DiskName"]) == (True, "both")


def test_a_disk_is_reset_and_its_instance_started(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    alicloud_direct.ask("Ecs", "ReInitDisk", **ROOT, AutoStartInstance=True)
    assert disk(alicloud_direct, STOPPED_SYSTEM)["Status"] == "ReIniting"
    alicloud_direct.clock.sleep(60)
    assert disk(alicloud_direct, STOPPED_SYSTEM)["Status"] == "In_use"
    instance = alicloud_direct.world.find(STOPPED)
    assert instance is not None
    assert instance.state == "Running"
