"""List disks, by whatever DescribeDisks filters by."""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs.disks_checks import iops, throughput
from cpikit_alicloud_simulator.products.ecs.filters import checked_tag_filters, made_within
from cpikit_alicloud_simulator.products.ecs.kinds import Attachment, Disk, Snapshot
from cpikit_alicloud_simulator.products.ecs.stock import DISK_CATEGORIES
from cpikit_alicloud_simulator.products.ecs.surroundings import demand_word
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.times import to_second

_PAGES = Paging(default=10, maximum=500, least=10, tokens=True)
"""ECS 2014-05-26, DescribeDisks: MaxResults; PageSize is 100 at most in older documents."""
PAGE_SIZE = Knob(
    "disk.page_size",
    500,
    (500, 100),
    "The largest PageSize of DescribeDisks; MaxResults goes to 500 in any case.",
    "disputed: newest documents say 500, those of 2021 said 100",
)
SERIAL = Knob(
    "disk.serial_number",
    "id",
    ("id", "empty"),
    "What SerialNumber says: the id without its prefix, or nothing.",
    "documented: disks made before 2020-06-10, or on instances without I/O optimization, have none",
)
_LOCKS = ("financial", "security", "recycling", "dedicatedhostfinancial")
_STATES = ("In_use", "Available", "Attaching", "Detaching", "Creating", "ReIniting", "All")
_DISK_ID = re.compile(r"[A-Za-z0-9-]+")

BAD_IDS = Refusal(403, "InvalidDiskIds.Malformed", "The amount of DiskIds or its form is wrong.")
TOO_MANY_IDS = Refusal(400, "InvalidParameter.DiskIds", "At most 100 DiskIds are allowed.")
UNSUPPORTED_IDS = Refusal(
    404, "InvalidDiskIds.ValueNotSupported", "The specified DiskIds are not supported."
)
BAD_CATEGORY = Refusal(400, "InvalidCategory.ValueNotSupported", "The Category is not valid.")
BAD_TYPE = Refusal(400, "InvalidDiskType.ValueNotSupported", "The DiskType is not valid.")
BAD_STATUS = Refusal(400, "InvalidStatus.ValueNotSupported", "The Status is not valid.")
BAD_CHARGE = Refusal(404, "InvalidDiskChargeType.NotFound", "The DiskChargeType does not exist.")
BAD_LOCK = Refusal(404, "InvalidLockReason.NotFound", "The LockReason does not exist.")
BAD_ZONE = Refusal(400, "InvalidZoneId.NotFound", "The specified zone does not exist.")
NO_SNAPSHOT = Refusal(400, "InvalidSnapshot.NotFound", "The specified snapshot does not exist.")
BAD_FLAG = Refusal(400, "InvalidParamter", "The specified parameter {name} is not valid.")
BAD_MULTI = Refusal(403, "InvalidParameter.MultiAttach", "The MultiAttach is not valid.")
MULTI_CONTRADICTS = Refusal(
    403,
    "InvalidParameter.MultiAttachAndEnableSharedNotMatch",
    "MultiAttach and EnableShared contradict each other.",
)
NO_REGION_GIVEN = Refusal(400, "MissingParamter.RegionId", "The parameter RegionId is missing.")
NO_REGION = Refusal(400, "InvalidRegion.NotFound", "The specified RegionId does not exist.")


@action(
    "Ecs",
    "DescribeDisks",
    effect="read",
    required="RegionId",
    missing={"RegionId": NO_REGION_GIVEN},
    optional="""
    DiskIds InstanceId ZoneId SnapshotId Status DiskType Category Portable DeleteWithInstance
    DeleteAutoSnapshot EnableAutoSnapshot EnableShared MultiAttach Encrypted KMSKeyId DiskName
    DiskChargeType LockReason ResourceGroupId Tag.N.Key Tag.N.Value AdditionalAttributes.N
    Filter.N.Key Filter.N.Value
    """,
    paging=_PAGES,
    dry_run=True,
    denied="empty",
    unknown_region=NO_REGION,
)
def describe_disks(call: Call) -> Answer:
    """List disks; ids that do not exist are left out, `[]` gives nothing."""
    demand_word(call, "not_listed")
    _check(call)
    checked_tag_filters(call)
    seen = call.look(Disk)
    ids = _ids(call)
    if ids is not None:
        found = seen.ids(ids)
    elif call.has("InstanceId"):
        found = seen.by("instance_ids", call.text("InstanceId"))
    else:
        found = seen.all()
    kept = [disk for disk in made_within(call, found) if _is_wanted(call, disk)]
    page = call.page(_pages(call), kept)
    return {"Disks": {"Disk": [_shown(call, disk) for disk in page.rows]}, **page.fields}


def _pages(call: Call) -> Paging:
    by_number = call.has("PageSize")
    return evolve(_PAGES, maximum=call.knob(PAGE_SIZE)) if by_number else _PAGES


def _ids(call: Call) -> list[str] | None:
    ids = call.json("DiskIds", otherwise=BAD_IDS)
    if ids is None:
        return None
    if not isinstance(ids, list):
        raise BAD_IDS.error()
    if not all(isinstance(each, str) and _DISK_ID.fullmatch(each) for each in ids):
        raise UNSUPPORTED_IDS.error()
    if len(ids) > 100:  # noqa: PLR2004  # ECS 2014-05-26, DescribeDisks, DiskIds
        raise TOO_MANY_IDS.error()
    return ids


def _check(call: Call) -> None:
    """Raise for filters that the API does not know."""
    zone_id = call.text("ZoneId")
    if zone_id and zone_id not in call.world.regions[call.region_id].zones:
        raise BAD_ZONE.error()
    if call.has("SnapshotId") and call.look(Snapshot).get(call.text("SnapshotId")) is None:
        raise NO_SNAPSHOT.error()
    call.choice("Category", (*DISK_CATEGORIES, "all", "ephemeral"), otherwise=BAD_CATEGORY)
    call.choice("DiskType", ("system", "data", "all"), otherwise=BAD_TYPE)
    call.choice("Status", _STATES, otherwise=BAD_STATUS)
    call.choice("DiskChargeType", ("PrePaid", "PostPaid"), otherwise=BAD_CHARGE)
    call.choice("LockReason", _LOCKS, otherwise=BAD_LOCK)
    multi = call.choice("MultiAttach", ("Enabled", "Disabled", "LegacyShared"), otherwise=BAD_MULTI)
    shared = call.boolean("EnableShared", otherwise=BAD_FLAG)
    if multi and shared is not None and shared != (multi != "Disabled"):
        raise MULTI_CONTRADICTS.error()


def _is_wanted(call: Call, disk: Disk) -> bool:
    return (
        _is_so(call, disk)
        and call.text("InstanceId") in ("", *disk.instance_ids)
        and call.text("ZoneId") in ("", disk.zone_id)
        and call.text("SnapshotId") in ("", disk.source_snapshot_id)
        and call.text("Status") in ("", "All", disk.state)
        and call.text("DiskType") in ("", "all", disk.type)
        and call.text("Category") in ("", "all", disk.category)
        and call.text("KMSKeyId") in ("", disk.kms_key_id)
        and call.text("DiskName") in ("", disk.name)
        and call.text("DiskChargeType") in ("", disk.charge_type)
        and call.text("LockReason") in ("", disk.lock)
        and call.text("ResourceGroupId") in ("", disk.resource_group_id)
        and call.text("MultiAttach") in ("", "Enabled" if disk.multi_attach else "Disabled")
        and has_tags(disk, call.tag_filters())
    )


def _is_so(call: Call, disk: Disk) -> bool:
    """Compare the filters that are true or false."""
    facts = {
        "Portable": disk.portable,
        "DeleteWithInstance": disk.delete_with_instance,
        "DeleteAutoSnapshot": disk.delete_auto_snapshot,
        "EnableAutoSnapshot": disk.enable_auto_snapshot,
        "EnableShared": disk.multi_attach,
        "Encrypted": disk.encrypted,
    }
    return all(
        call.boolean(name, otherwise=BAD_FLAG) in (None, fact) for name, fact in facts.items()
    )


def _shown(call: Call, disk: Disk) -> dict[str, Any]:
    attached = disk.attachments if disk.state in ("In_use", "Detaching") else ()
    only = attached[0] if len(attached) == 1 and not disk.multi_attach else None
    attachments = [_shown_attachment(each) for each in attached]
    shown: dict[str, Any] = {
        "DiskId": disk.id,
        "DiskName": disk.name,
        "Description": disk.description,
        "RegionId": disk.region_id,
        "ZoneId": disk.zone_id,
        "Status": disk.state,
        "Type": disk.type,
        "Category": disk.category,
        "Size": disk.size_gib,
        "PerformanceLevel": disk.performance_level,
        "InstanceId": only.instance_id if only else "",
        "Device": only.device if only else "",
        "SerialNumber": disk.serial_number if call.knob(SERIAL) == "id" else "",
        "Attachments": {"Attachment": attachments},
        "MountInstances": {"MountInstance": attachments},
        "MountInstanceNum": len(attached),
        "MultiAttach": "Enabled" if disk.multi_attach else "Disabled",
        "AttachedTime": to_second(attached[0].attached_s) if attached else "",
        "DetachedTime": "" if disk.detached_s is None else to_second(disk.detached_s),
        "CreationTime": to_second(disk.created_s),
        "ExpiredTime": "2999-09-08T16:00Z",
        "Portable": disk.portable,
        "DeleteWithInstance": disk.delete_with_instance,
        "DeleteAutoSnapshot": disk.delete_auto_snapshot,
        "EnableAutoSnapshot": disk.enable_auto_snapshot,
        "EnableAutomatedSnapshotPolicy": False,
        "AutoSnapshotPolicyId": "",
        "Encrypted": disk.encrypted,
        "KMSKeyId": disk.kms_key_id,
        "DiskChargeType": disk.charge_type,
        "ImageId": disk.image_id,
        "SourceSnapshotId": disk.source_snapshot_id,
        "ProductCode": "",
        "ResourceGroupId": disk.resource_group_id,
        "BurstingEnabled": disk.bursting_enabled,
        "StorageSetId": "",
        "StorageClusterId": "",
        "IOPS": iops(disk),
        "IOPSRead": iops(disk),
        "IOPSWrite": iops(disk),
        "Throughput": throughput(disk),
        "OperationLocks": {"OperationLock": [{"LockReason": disk.lock}] if disk.lock else []},
        "Tags": shown_tags(disk),
    }
    if disk.provisioned_iops is not None:
        shown["ProvisionedIops"] = disk.provisioned_iops
    return shown


def _shown_attachment(attachment: Attachment) -> dict[str, str]:
    return {
        "InstanceId": attachment.instance_id,
        "Device": attachment.device,
        "AttachedTime": to_second(attachment.attached_s),
    }
