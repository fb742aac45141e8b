"""List snapshots, by whatever DescribeSnapshots filters by."""

from __future__ import annotations

from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs.filters import checked_tag_filters, made_within
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.snapshots import BAD_CATEGORY
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.times import to_second

_PAGES = Paging(default=10, maximum=100, least=10, tokens=True)
"""ECS 2014-05-26, DescribeSnapshots: MaxResults."""

BAD_IDS = Refusal(403, "InvalidSnapshotIds.Malformed", "The SnapshotIds are not valid.")
NO_LINK = Refusal(404, "InvalidSnapshotLinkId.NotFound", "The SnapshotLinkId does not exist.")
BAD_TYPE = Refusal(404, "InvalidSnapshotType.NotFound", "The SnapshotType does not exist.")
BAD_SOURCE = Refusal(404, "InvalidSourceDiskType", "The SourceDiskType is not valid.")
BAD_STATUS = Refusal(404, "InvalidStatus.NotFound", "The Status does not exist.")
BAD_USAGE = Refusal(404, "InvalidUsage", "The Usage is not valid.")
_LINK = "sl-"


@action(
    "Ecs",
    "DescribeSnapshots",
    effect="read",
    optional="""
    SnapshotIds DiskId InstanceId SnapshotLinkId SnapshotName SnapshotType SourceDiskType Status
    Usage Category Encrypted KMSKeyId ResourceGroupId Tag.N.Key Tag.N.Value
    Filter.N.Key Filter.N.Value
    """,
    paging=_PAGES,
    dry_run=True,
    denied="empty",
)
def describe_snapshots(call: Call) -> Answer:
    """List snapshots; ids that do not exist are left out."""
    _check(call)
    checked_tag_filters(call)
    seen = call.look(Snapshot)
    ids = call.json_list("SnapshotIds", otherwise=BAD_IDS)
    if ids is not None:
        found = seen.ids(ids)
    elif call.has("DiskId"):
        found = seen.by("disk_id", call.text("DiskId"))
    else:
        found = seen.all()
    kept = [each for each in made_within(call, found) if _is_wanted(call, each)]
    page = call.page(_PAGES, kept)
    return {"Snapshots": {"Snapshot": [_shown(call, each) for each in page.rows]}, **page.fields}


def _check(call: Call) -> None:
    """Raise for filters that the API does not know."""
    call.choice("Category", ("standard", "flash", "archive"), otherwise=BAD_CATEGORY)
    call.choice("SnapshotType", ("auto", "user", "all"), otherwise=BAD_TYPE)
    call.choice("SourceDiskType", ("system", "data", "System", "Data"), otherwise=BAD_SOURCE)
    call.choice("Status", ("progressing", "accomplished", "failed", "all"), otherwise=BAD_STATUS)
    call.choice("Usage", ("image", "disk", "image_disk", "none"), otherwise=BAD_USAGE)
    link = call.text("SnapshotLinkId")
    if link and not any(_link(each) == link for each in call.look(Snapshot).all()):
        raise NO_LINK.error()


def _is_wanted(call: Call, snapshot: Snapshot) -> bool:
    return (
        call.text("DiskId") in ("", snapshot.disk_id)
        and call.text("InstanceId") in ("", *_instances(call, snapshot))
        and call.text("SnapshotLinkId") in ("", _link(snapshot))
        and call.text("SnapshotName") in ("", snapshot.name)
        and call.text("SnapshotType") in ("", "all", snapshot.type)
        and call.text("SourceDiskType").lower() in ("", snapshot.disk_type)
        and call.text("Status") in ("", "all", snapshot.state)
        and call.text("Usage") in ("", _usage(call, snapshot))
        and call.text("Category") in ("", "standard")
        and call.text("KMSKeyId") in ("", snapshot.kms_key_id)
        and call.text("ResourceGroupId") in ("", snapshot.resource_group_id)
        and call.boolean("Encrypted") in (None, snapshot.encrypted)
        and has_tags(snapshot, call.tag_filters())
    )


def _instances(call: Call, snapshot: Snapshot) -> tuple[str, ...]:
    disk = call.world.get(Disk, snapshot.disk_id)
    return disk.instance_ids if disk else ()


def _usage(call: Call, snapshot: Snapshot) -> str:
    """Say what was made from a snapshot."""
    images = call.world.by(Image, "snapshot_ids", snapshot.id)
    disks = call.world.by(Disk, "source_snapshot_id", snapshot.id)
    if images and disks:
        return "image_disk"
    return "image" if images else "disk" if disks else "none"


def _link(snapshot: Snapshot) -> str:
    """Give the chain of a disk's snapshots, of which each disk has one."""
    return _LINK + snapshot.disk_id.removeprefix("d-") if snapshot.disk_id else ""


def _shown(call: Call, snapshot: Snapshot) -> dict[str, Any]:
    percent = progress(snapshot, call.now_s)
    shown: dict[str, Any] = {
        "SnapshotId": snapshot.id,
        "SnapshotName": snapshot.name,
        "SnapshotSN": f"64472-{snapshot.id.removeprefix('s-')}",
        "SnapshotLinkId": _link(snapshot),
        "SnapshotType": snapshot.type,
        "Description": snapshot.description,
        "Category": "standard",
        "Status": snapshot.state,
        "Progress": f"{percent}%",
        "RemainTime": 0 if percent == 100 else max(1, int(snapshot.due_s - call.now_s)),  # noqa: PLR2004  # %
        "Available": snapshot.state == "accomplished",
        "CreationTime": to_second(snapshot.created_s),
        "LastModifiedTime": to_second(snapshot.created_s),
        "SourceDiskId": snapshot.disk_id,
        "SourceDiskType": snapshot.disk_type,
        "SourceDiskSize": str(snapshot.size_gib),
        "SourceStorageType": "disk",
        "Encrypted": snapshot.encrypted,
        "KMSKeyId": snapshot.kms_key_id,
        "InstantAccess": snapshot.instant_access,
        "Usage": _usage(call, snapshot),
        "ProductCode": "",
        "RegionId": snapshot.region_id,
        "SourceRegionId": snapshot.region_of_source,
        "ResourceGroupId": snapshot.resource_group_id,
        "Tags": shown_tags(snapshot),
    }
    if snapshot.retention_days is not None:
        shown["RetentionDays"] = snapshot.retention_days
    return shown


def progress(snapshot: Snapshot, now_s: float) -> int:
    """Give how far a snapshot is, in percent."""
    if snapshot.state != "progressing":
        return 100
    whole = snapshot.due_s - snapshot.begun_s
    return 0 if whole <= 0 else max(0, min(99, int(100 * (now_s - snapshot.begun_s) / whole)))
