"""Snapshots: made of disks, deleted, renamed. Their list has an own file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.ecs import disks_refusals as disk_refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse, refuse_account
from cpikit_alicloud_simulator.products.ecs.disks_checks import (
    demand_held,
    demand_instances,
    demand_sound,
    disk_to_change,
    is_being_snapshotted,
)
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import (
    STANDINGS,
    Standing,
    checked_kms_key,
    checked_resource_group,
)
from cpikit_alicloud_simulator.refusal import TOKEN_BUSY, Refusal
from cpikit_alicloud_simulator.tagging import TAGS_PER_RESOURCE, checked_tags
from cpikit_alicloud_simulator.tagging import TOO_MANY as TOO_MANY_TAGS

TAKING = Duration(
    "snapshot.taking",
    typical=30.0,
    slow=(120.0, 300.0),
    grade="assumed",
    source="clients give it 5 min; the first full one of a big disk takes longer",
)
PER_DISK = Quota("ecs.snapshots_per_disk", 256, "Snapshots of one disk.", 'ECS, "Limits"')
DELETE_UNKNOWN = Knob(
    "snapshot.delete_unknown",
    "refuse",
    ("refuse", "ignore"),
    "What DeleteSnapshot does with an id that does not exist: InvalidSnapshotId.NotFound, success.",
    "the text of the page says that it is ignored, the error table has the code",
)
_DAY_S = 86_400
_NAME = re.compile(r"(?!https?://|auto)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)

NOT_FOUND = Refusal(404, "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist.")
BAD_NAME = Refusal(
    400, "InvalidSnapshotName.Malformed", "The specified SnapshotName is wrongly formed."
)
BAD_DESCRIPTION = Refusal(
    404, "InvalidDescription.Malformed", "The specified description is wrongly formed."
)
BAD_CATEGORY = Refusal(
    403, "InvalidSnapshotCategory.Malformed", "The specified Category is not valid.", "assumed"
)
MISMATCH = Refusal(
    403,
    "IdempotentParameterMismatch",
    "The request uses the same client token as a previous, but non-identical request.",
)
BAD_INSTANCE_STATUS = Refusal(
    400, "IncorrectInstanceStatus", "The current status of the instance does not support this."
)
ANOTHER_RUNS = Refusal(
    403,
    "IncorrectDiskStatus.CreatingSnapshot",
    "Previous snapshot is processing, please try again later.",
)
NEVER_ATTACHED = Refusal(
    403, "IncorrectDiskStatus.NeverAttached", "The disk has never been attached."
)
SHARED = Refusal(
    403, "IncorrectDiskType.NotSupport", "Disks that several instances share have no snapshots."
)
NO_VOLUME = Refusal(404, "InvalidVolumeId.NotFound", "The specified volume does not exist.")
TOO_MANY = Refusal(403, "QuotaExceed.Snapshot", "The snapshot quota exceeds: {quota} per disk.")
DISK_MADE = Refusal(
    403, "SnapshotCreatedDisk", "A disk was made from the snapshot; use Force to delete it."
)
IMAGE_MADE = Refusal(
    403, "SnapshotCreatedImage", "The snapshot belongs to an image; delete the image first."
)
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "snapshots_unavailable": Refusal(
        403,
        "InvalidAccountStatus.SnapshotServiceUnavailable",
        "The snapshot service has not been opened.",
    ),
}
_DISK_WORDS: Mapping[str, Refusal] = {
    "no_snapshots": Refusal(
        403, "DiskId.ValueNotSupported", "The specified disk does not support snapshots."
    ),
    "invalid": Refusal(403, "IncorrectDiskStatus.Invalid", "The disk is not valid."),
    "never_used": Refusal(
        403, "IncorrectDiskStatus.NeverUsed", "The disk has never been written to."
    ),
    "transferring": Refusal(
        403, "IncorrectDiskStatus.Transferring", "The disk is being transferred."
    ),
    "volume_busy": Refusal(403, "IncorrectVolumeStatus", "The volume is not in a fitting status."),
    "failing": Refusal(403, "CreateSnapshot.Failed", "The snapshot could not be taken."),
}
_SNAPSHOT_WORDS: Mapping[str, Refusal] = {"conflict": disk_refusals.CONFLICT}


@action(
    "Ecs",
    "CreateSnapshot",
    effect="write",
    required="DiskId",
    optional="""
    SnapshotName Description RetentionDays Category InstantAccess InstantAccessRetentionDays
    ResourceGroupId Tag.N.Key Tag.N.Value
    """,
    resource="DiskId",
    token=True,
    token_busy=TOKEN_BUSY,
    token_mismatch=MISMATCH,
)
def create_snapshot(call: Call) -> Answer:
    """Begin a snapshot of a disk that was attached once; it is one at a time."""
    refuse_account(call, _ACCOUNT_WORDS)
    if call.world.part(Standing).has(call.account_id, "balance"):
        raise STANDINGS["balance"].error()
    disk = _disk(call)
    name = call.matching("SnapshotName", _NAME, otherwise=BAD_NAME)
    about = call.matching("Description", _DESCRIPTION, otherwise=BAD_DESCRIPTION)
    days = call.integer("RetentionDays", low=1, high=65_536)
    call.choice("Category", ("standard", "flash", "Standard", "Flash"), otherwise=BAD_CATEGORY)
    tags = checked_tags(call)
    call.within(TAGS_PER_RESOURCE, len(tags), TOO_MANY_TAGS)
    taken = call.world.by(Snapshot, "disk_id", disk.id)
    call.within(PER_DISK, len(taken) + 1, TOO_MANY)
    group_id = checked_resource_group(call)
    instant = bool(call.boolean("InstantAccess"))
    call.checked()
    snapshot = begun_snapshot(call, disk, name=name, retention_days=days)
    snapshot.description, snapshot.tags = about, tags
    snapshot.resource_group_id, snapshot.instant_access = group_id, instant
    return {"SnapshotId": snapshot.id}


def begun_snapshot(
    call: Call, disk: Disk, *, name: str = "", retention_days: int | None = None
) -> Snapshot:
    """Begin a snapshot (for CreateImage, too). Nothing is checked any more."""
    world = call.world
    seconds = world.seconds(TAKING)
    snapshot = world.add(
        Snapshot(
            id=call.new_id(Snapshot),
            region_id=call.region_id,
            account_id=call.account_id,
            state="progressing",
            name=name,
            disk_id=disk.id,
            disk_type=disk.type,
            disk_category=disk.category,
            size_gib=disk.size_gib,
            retention_days=retention_days,
            encrypted=disk.encrypted,
            kms_key_id=disk.kms_key_id,
            begun_s=call.now_s,
            due_s=call.now_s + seconds,
        )
    )
    world.after(seconds, snapshot, lambda: _done(snapshot))
    if retention_days is not None:
        _expire(call, snapshot, retention_days)
    return snapshot


def _done(snapshot: Snapshot) -> None:
    snapshot.state = "accomplished"


def _disk(call: Call) -> Disk:
    """Give the disk, in a state for a snapshot."""
    if call.text("DiskId").startswith("v-"):
        raise NO_VOLUME.error()
    disk = disk_to_change(call, call.text("DiskId"))
    demand_sound(disk)
    if disk.category in disk_refusals.LOCAL:
        raise disk_refusals.CATEGORY_UNSUPPORTED.error()
    refuse(disk, _DISK_WORDS)
    if disk.multi_attach:
        raise SHARED.error()
    if disk.state not in ("In_use", "Available"):
        raise disk_refusals.BAD_STATUS.error()
    if not disk.was_attached:
        raise NEVER_ATTACHED.error()
    if is_being_snapshotted(call.world, disk):
        raise ANOTHER_RUNS.error()
    demand_held(call, disk)
    demand_instances(call, disk, "Running", "Stopped", otherwise=BAD_INSTANCE_STATUS)
    if disk.encrypted:
        checked_kms_key(call, disk.kms_key_id)
    return disk


@action(
    "Ecs",
    "DeleteSnapshot",
    effect="write",
    required="SnapshotId",
    optional="Force",
    resource="SnapshotId",
)
def delete_snapshot(call: Call) -> Answer:
    """Delete a snapshot; one in progress is cancelled."""
    forced = bool(call.boolean("Force"))
    found = call.own(Snapshot).get(call.text("SnapshotId"))
    if found is None and call.knob(DELETE_UNKNOWN) == "ignore":
        return {}
    snapshot = call.need(Snapshot, call.text("SnapshotId"), NOT_FOUND)
    refuse(snapshot, _SNAPSHOT_WORDS)
    if call.world.by(Image, "snapshot_ids", snapshot.id):
        raise IMAGE_MADE.error()
    if not forced and call.world.by(Disk, "source_snapshot_id", snapshot.id):
        raise DISK_MADE.error()
    call.checked()
    snapshot.vanish(call.world)
    return {}


@action(
    "Ecs",
    "ModifySnapshotAttribute",
    effect="write",
    required="SnapshotId",
    optional="SnapshotName Description RetentionDays DisableInstantAccess",
    resource="SnapshotId",
)
def modify_snapshot_attribute(call: Call) -> Answer:
    """Rename a snapshot, or keep it for another time."""
    snapshot = call.need(Snapshot, call.text("SnapshotId"), NOT_FOUND)
    name = call.matching("SnapshotName", _NAME, snapshot.name, otherwise=BAD_NAME)
    about = call.matching(
        "Description", _DESCRIPTION, snapshot.description, otherwise=BAD_DESCRIPTION
    )
    days = call.integer("RetentionDays", low=1, high=65_536)
    disables = bool(call.boolean("DisableInstantAccess"))
    call.checked()
    snapshot.name, snapshot.description = name, about
    snapshot.instant_access = snapshot.instant_access and not disables
    if days is not None:
        snapshot.retention_days = days
        _expire(call, snapshot, days)
    return {}


def _expire(call: Call, snapshot: Snapshot, days: int) -> None:
    """Let it go after so many days, unless their number has changed or an image needs it then."""
    world = call.world

    def expired() -> None:
        is_needed = bool(world.by(Image, "snapshot_ids", snapshot.id))
        if snapshot.retention_days == days and not is_needed:
            snapshot.vanish(world)

    left_s = max(0.0, snapshot.created_s + days * _DAY_S - world.now_s)
    world.after(left_s, snapshot, expired, whatever_state=True)
