"""Each code of the calls on disks that exist comes from a request and a world, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.kinds import Disk
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import OTHER_ZONE, refused
from tests.simulator.storage_kit import (
    ENTRY_TYPE,
    EXPIRED,
    FREE,
    IMAGE,
    KEY_CLOSED,
    KEY_OFF,
    LOCAL,
    OLD_TYPE,
    RUNNING,
    SECRET,
    SHARED,
    STOPPED,
    STOPPED_SYSTEM,
    SYSTEM,
    TAKING,
    UNLISTED,
    USED,
    Row,
    begin,
    check,
    knob,
    named,
    told,
)

NOWHERE = {"RegionId": "cn-nowhere"}
NVME_TYPE = {"type_id": "ecs.g9i.large"}
KMS = "InvalidParameter.KMSKeyId."


def attached(**changes: Any) -> dict[str, Any]:
    return {"InstanceId": RUNNING, "DiskId": FREE, **changes}


def detached(**changes: Any) -> dict[str, Any]:
    return {"InstanceId": RUNNING, "DiskId": USED, **changes}


def said(id_: str, *words: str) -> dict[str, Any]:
    return {id_: {"conditions": list(words)}}


ATTACH: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidDiskId.NotFound", {}, {}, attached(DiskId="d-none")),
    ("InvalidInstanceId.NotFound", {}, {}, attached(InstanceId="i-none")),
    ("InvalidRegionId.MalFormed", {}, {}, attached(**NOWHERE)),
    ("InvalidParameter", {}, {}, attached(DeleteWithInstance="perhaps")),
    ("InvalidParameter.AllEmpty", {}, {}, attached(Bootable=True)),
    ("InvalidDevice.Malformed", {}, {}, attached(Device="xvdb")),
    ("InvalidDevice.InUse", {}, {}, attached(Device="/dev/vdb")),
    ("UserNotInTheWhiteList", {}, UNLISTED, attached()),
    ("DiskCategory.OperationNotSupported", {FREE: LOCAL}, {}, attached()),
    ("IncorrectInstanceStatus", {RUNNING: {"state": "Starting"}}, {}, attached()),
    ("InvalidOperation.InstanceTypeNotSupport", {RUNNING: OLD_TYPE}, {}, attached()),
    ("InvalidInstanceType.NotSupportDiskCategory", {RUNNING: ENTRY_TYPE}, {}, attached()),
    ("InvalidInstanceType.NotSupportMultiAttachDisk", {FREE: SHARED}, {}, attached()),
    ("InvalidInstanceType.NvmeRequired", said(FREE, "needs_nvme"), {}, attached()),
    (
        "InvalidInstanceType.NvmeUnsupported",
        {**said(FREE, "no_nvme"), RUNNING: NVME_TYPE},
        {},
        attached(),
    ),
    (
        "InvalidOperation.CanNotAttachMultiAttachDiskAsSystemDisk",
        {FREE: SHARED},
        {},
        attached(Bootable=True, Password="x"),
    ),
    ("DeleteWithInstance.Conflict", {FREE: SHARED}, {}, attached(DeleteWithInstance=True)),
    ("DiskError", said(FREE, "error"), {}, attached()),
    ("DiskInArrears", {FREE: {"lock": "financial"}}, {}, attached()),
    ("InstanceLockedForSecurity", {FREE: {"lock": "security"}}, {}, attached()),
    ("InstanceLockedForSecurity", {RUNNING: {"lock": "security"}}, {}, attached()),
    ("InstanceExpiredOrInArrears", {RUNNING: EXPIRED}, {}, attached()),
    ("InstanceExpiredOrInArrears", {RUNNING: {"expires_s": 1.0}}, {}, attached()),
    ("DiskNotPortable", {FREE: {"portable": False}}, {}, attached()),
    ("DiskId.ValueNotSupported", {FREE: {"type": "system"}}, {}, attached()),
    ("IncorrectDiskStatus", {FREE: {"state": "Creating"}}, {}, attached()),
    ("IncorrectDiskStatus", {}, {}, attached(DiskId=USED)),
    (
        "InvalidDisk.InUse",
        {},
        knob("disk.attach_in_use", "InvalidDisk.InUse"),
        attached(DiskId=USED),
    ),
    (
        "DiskId.StatusNotSupported",
        {},
        knob("disk.attach_in_use", "DiskId.StatusNotSupported"),
        attached(DiskId=USED),
    ),
    ("ResourcesNotInSameZone", {FREE: {"zone_id": OTHER_ZONE}}, {}, attached()),
    (f"{KMS}CMKNotEnabled", {FREE: SECRET, **KEY_OFF}, {}, attached()),
    (f"{KMS}KMSUnauthorized", {FREE: SECRET, **KEY_CLOSED}, {}, attached()),
]
DETACH: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidDiskId.NotFound", {}, {}, detached(DiskId="d-none")),
    ("InvalidInstanceId.NotFound", {}, {}, detached(InstanceId="i-none")),
    ("InvalidRegionId.MalFormed", {}, {}, detached(**NOWHERE)),
    ("InvalidParameter", {}, {}, detached(DeleteWithInstance="perhaps")),
    ("UserNotInTheWhiteList", {}, UNLISTED, detached()),
    ("InvalidOperation.InstanceTypeNotSupport", {RUNNING: OLD_TYPE}, {}, detached()),
    ("DeleteWithInstance.Conflict", {USED: SHARED}, {}, detached(DeleteWithInstance=True)),
    ("DependencyViolation", said(USED, "depended_on"), {}, detached()),
    ("InvalidDiskId.Released", said(USED, "released"), {}, detached()),
    ("DiskNotPortable", {USED: {"portable": False}}, {}, detached()),
    ("DiskTypeViolation", {USED: LOCAL}, {}, detached()),
    ("IncorrectDiskStatus", {USED: {"state": "Attaching"}}, {}, detached()),
    ("IncorrectInstanceStatus", {RUNNING: {"state": "Stopping"}}, {}, detached()),
    ("IncorrectInstanceStatus", {}, {}, detached(DiskId=SYSTEM)),
    ("InstanceLockedForSecurity", {RUNNING: {"lock": "security"}}, {}, detached()),
    ("InvalidDisk.AlreadyDetached", {}, {}, detached(DiskId=FREE)),
    ("InvalidDisk.AlreadyDetached", {}, {}, detached(InstanceId=STOPPED)),
    (
        "InvalidInstance.ImageCategory",
        {IMAGE: {"owner_alias": "marketplace"}},
        {},
        detached(InstanceId=STOPPED, DiskId=STOPPED_SYSTEM),
    ),
    (
        "InvalidOperation.Conflict",
        {FREE: {"instance_id": RUNNING, "state": "Detaching", "device": "/dev/xvdc"}},
        knob("disk.parallel_detach", "conflict"),
        detached(),
    ),
]
GONE = {"DiskId": FREE}
DELETE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("InvalidDiskId.NotFound", {}, {}, {"DiskId": "d-none"}),
    ("InvalidRegionId.MalFormed", {}, {}, {**GONE, **NOWHERE}),
    ("UserNotInTheWhiteList", {}, UNLISTED, GONE),
    ("DiskCreatingSnapshot", {"s-bp1taking": {**TAKING["s-bp1taking"], "disk_id": FREE}}, {}, GONE),
    ("DiskNotPortable", {FREE: {"portable": False}}, {}, GONE),
    ("DiskTypeViolation", {FREE: LOCAL}, {}, GONE),
    ("IncorrectDiskStatus", {}, {}, {"DiskId": USED}),
    ("DiskStillAttached", {}, knob("disk.delete_attached", "DiskStillAttached"), {"DiskId": USED}),
    ("IncorrectDiskStatus.Initializing", {FREE: {"is_initializing": True}}, {}, GONE),
    ("MissingParameter", {}, {}, {}),
]
LARGER = {"DiskId": FREE, "NewSize": 30}
ONLINE = {"DiskId": USED, "NewSize": 30, "Type": "online"}
RESIZE: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("IncompleteParamter", {}, {}, {"DiskId": FREE}),
    ("InvalidDiskId.NotFound", {}, {}, {**LARGER, "DiskId": "d-none"}),
    ("InvalidRegionId.MalFormed", {}, {}, {**LARGER, **NOWHERE}),
    ("InvalidParam.Type", {}, {}, {**LARGER, "Type": "fast"}),
    ("InvalidParameter.Conflict", {}, {}, {**LARGER, "Type": "online"}),
    ("InvalidDataDiskCategory.ValueNotSupported", {FREE: LOCAL}, {}, LARGER),
    ("InvalidDataDiskSize.ValueNotSupported", {}, {}, {**LARGER, "NewSize": "large"}),
    ("InvalidDiskSize.TooSmall", {}, {}, {**LARGER, "NewSize": 20}),
    ("InvalidDiskSize.TooLarge", {}, {}, {**LARGER, "NewSize": 70_000}),
    (
        "InvalidDiskSize",
        {},
        knob("disk.resize_too_large", "InvalidDiskSize"),
        {**LARGER, "NewSize": 70_000},
    ),
    ("InvalidSystemDiskSize.ValueNotSupported", {}, {}, {"DiskId": SYSTEM, "NewSize": 4000}),
    (
        "InvalidSystemDiskSize.ImageNotSupportResize",
        said(IMAGE, "no_resize"),
        {},
        {"DiskId": SYSTEM, "NewSize": 50},
    ),
    ("LastOrderProcessing", said(FREE, "order"), {}, LARGER),
    ("Operation.Conflict", said(FREE, "conflict"), {}, LARGER),
    ("OperationDenied", said(FREE, "denied"), {}, LARGER),
    ("DiskError", said(FREE, "error"), {}, LARGER),
    ("DiskInArrears", {FREE: {"lock": "financial"}}, {}, LARGER),
    ("InstanceLockedForSecurity", {FREE: {"lock": "security"}}, {}, LARGER),
    (
        "DiskCreatingSnapshot",
        {"s-bp1taking": {**TAKING["s-bp1taking"], "disk_id": FREE}},
        {},
        LARGER,
    ),
    ("IncorrectDiskStatus", {FREE: {"state": "Creating"}}, {}, LARGER),
    (
        "IncorrectInstanceStatus",
        {RUNNING: {"state": "Starting"}},
        {},
        {**ONLINE, "Type": "offline"},
    ),
    ("InvalidInstanceStatus.NotRunning", {RUNNING: {"state": "Stopped"}}, {}, ONLINE),
    ("InstanceExpiredOrInArrears", {RUNNING: EXPIRED}, {}, ONLINE),
    ("InvalidInstanceId.NotFound", {FREE: {"instance_id": "i-none"}}, {}, LARGER),
    ("InvalidDiskCategory.NotSupported", {USED: {"category": "cloud"}}, {}, ONLINE),
    ("InvalidOperation.MultiAttachDiskNotSupportResizeOnline", {USED: SHARED}, {}, ONLINE),
    (f"{KMS}CMKNotEnabled", {FREE: SECRET, **KEY_OFF}, {}, LARGER),
    (f"{KMS}KMSUnauthorized", {FREE: SECRET, **KEY_CLOSED}, {}, LARGER),
    ("InvalidRegion.NotSupport", {}, told("not_supported", "cn-hangzhou"), LARGER),
    ("SecurityRisk.3DVerification", {}, {"standing": {"*": ["verification"]}}, LARGER),
    ("UserNotInTheWhiteList", {}, UNLISTED, LARGER),
]
ROWS: list[Row] = [
    *[("AttachDisk", *each) for each in ATTACH],
    *[("DetachDisk", *each) for each in DETACH],
    *[("DeleteDisk", *each) for each in DELETE],
    *[("ResizeDisk", *each) for each in RESIZE],
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_call_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)


def test_an_instance_takes_only_so_many_disks(alicloud_direct: Simulator) -> None:
    letters = "cdefghijklmnopq"
    more = {
        f"d-bp1more{letter}": {
            "kind": "disk",
            "zone_id": "cn-hangzhou-b",
            "instance_id": RUNNING,
            "device": f"/dev/xvd{letter}",
        }
        for letter in letters
    }
    row: Row = ("AttachDisk", "InstanceDiskLimitExceeded", more, {}, attached())
    check(alicloud_direct, row, refused)


def test_a_shared_disk_goes_to_sixteen_instances(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {FREE: SHARED, RUNNING: {"type_id": "ecs.g9i.large"}})
    disk = alicloud_direct.world.get(Disk, FREE)
    assert disk is not None
    for number in range(16):
        disk.attach(f"i-{number}", "/dev/xvdb", 0.0)
    disk.state = "In_use"
    assert refused(alicloud_direct, "AttachDisk", **attached()) == "DiskAttachedNumberExceeded"


def test_five_disks_are_detached_at_once(alicloud_direct: Simulator) -> None:
    moving = {
        f"d-bp1moving{letter}": {
            "kind": "disk",
            "zone_id": "cn-hangzhou-b",
            "instance_id": RUNNING,
            "device": f"/dev/xvd{letter}",
            "state": "Detaching",
        }
        for letter in "cdefg"
    }
    row: Row = ("DetachDisk", "DisksDetachingOnEcsExceeded", moving, {}, detached())
    check(alicloud_direct, row, refused)
