"""Change disks: larger, renamed, as empty as at first. What is faster has an own file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse, refuse_at
from cpikit_alicloud_simulator.products.ecs.disks_checks import (
    demand_held,
    demand_instances,
    demand_no_snapshot,
    demand_sound,
    disk_to_change,
    holders,
)
from cpikit_alicloud_simulator.products.ecs.disks_sizes import sizes
from cpikit_alicloud_simulator.products.ecs.key_pairs import key_pair_named
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.launch_disks import SYSTEM_MOST
from cpikit_alicloud_simulator.products.ecs.launch_make import STARTING
from cpikit_alicloud_simulator.products.ecs.snapshots import PER_DISK
from cpikit_alicloud_simulator.products.ecs.snapshots import TOO_MANY as TOO_MANY_SNAPSHOTS
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_kms_key, demand_word
from cpikit_alicloud_simulator.refusal import Refusal

INCOMPLETE = Refusal(400, "IncompleteParamter", "A parameter is missing: {name}.")
BAD_RESIZE = Refusal(400, "InvalidParam.Type", "The specified Type is not valid.")
NOT_RESIZABLE = Refusal(
    400,
    "InvalidDataDiskCategory.ValueNotSupported",
    "Disks of this category cannot be resized.",
)
NOT_ONLINE = Refusal(
    403, "InvalidDiskCategory.NotSupported", "Disks of this category resize offline only."
)
NOT_RUNNING = Refusal(
    403, "InvalidInstanceStatus.NotRunning", "Resizing online needs a running instance."
)
SHARED_ONLINE = Refusal(
    403,
    "InvalidOperation.MultiAttachDiskNotSupportResizeOnline",
    "Disks that several instances share are not resized online.",
)
CONTRADICTION = Refusal(
    400, "InvalidParameter.Conflict", "Type online needs a disk that is attached."
)
TOO_SMALL = Refusal(403, "InvalidDiskSize.TooSmall", "The NewSize is not above the present size.")
BAD_SIZE = Refusal(
    400, "InvalidDataDiskSize.ValueNotSupported", "The specified NewSize is not valid."
)
BAD_SYSTEM_SIZE = Refusal(
    400, "InvalidSystemDiskSize.ValueNotSupported", "A system disk has 2048 GiB at most."
)
IMAGE_FIXED = Refusal(
    400,
    "InvalidSystemDiskSize.ImageNotSupportResize",
    "The image of the system disk does not support resizing.",
)
RESIZE_CODE = Knob(
    "disk.resize_too_large",
    "InvalidDiskSize.TooLarge",
    ("InvalidDiskSize.TooLarge", "InvalidDiskSize", "InvalidDataDiskSize.ValueNotSupported"),
    "What ResizeDisk answers for a size that the category does not reach.",
    "unverified: the error table has all three",
)
REINITIALIZING = Duration(
    "disk.reinitializing",
    typical=10.0,
    slow=60.0,
    grade="assumed",
    source="no number is documented; as long as data takes to come from a snapshot",
)
TOO_LARGE_CODES: Mapping[str, Refusal] = {
    code: Refusal(403, code, "The NewSize is beyond what the disk category has.")
    for code in RESIZE_CODE.values
}
NOTHING = Refusal(400, "NoAttributeToModify", "No attribute to modify was given.")
BAD_DESCRIPTION = Refusal(
    404, "InvalidDescription.Malformed", "The specified description is wrongly formed."
)
NO_KEY_PAIR = Refusal(
    400, "InvalidKeyPairName.NotFound", "The specified KeyPairName does not exist."
)
BAD_PASSWORD = Refusal(400, "InvalidPassword.Malformed", "The specified Password is not valid.")
NOT_OPTIMIZED = Refusal(
    400, "DependencyViolation.IoOptimize", "The image does not support I/O optimized instances."
)
SOURCE_TOO_OLD = Refusal(403, "InvalidSnapshot.TooOld", "The source snapshot is too old.")
SOURCE_GONE = Refusal(403, "InvalidSourceSnapshot", "The source snapshot does not exist.")
IMAGE_GONE = Refusal(404, "InvalidImageId.NotFound", "The image of the disk does not exist.")
IMAGE_UNSHARED = Refusal(
    403, "SharedImageDeleted", "The image of the disk is no longer shared with the account."
)
_NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)
_PASSWORD = re.compile(r"(?=.*[a-z])(?=.*\d)(?=.*[A-Z\W]).{8,30}")
_FLAGS = ("DeleteWithInstance", "DeleteAutoSnapshot", "EnableAutoSnapshot", "BurstingEnabled")
_FIXED: Mapping[str, Refusal] = {
    "denied": refusals.DENIED,
    "no_reset": Refusal(
        404, "InvalidDiskId.OperationNotSupported", "The disk cannot be initialized again."
    ),
}
_REGION_WORDS: Mapping[str, Refusal] = {"not_supported": refusals.REGION_UNSUPPORTED}


@action(
    "Ecs",
    "ResizeDisk",
    effect="write",
    required="DiskId NewSize",
    optional="Type",
    resource="DiskId",
    token=True,
    missing={"DiskId": INCOMPLETE, "NewSize": INCOMPLETE},
    unknown_region=refusals.BAD_REGION,
)
def resize_disk(call: Call) -> Answer:
    """Make a disk larger; offline, the guest sees it after a reboot."""
    refuse_at(call, call.region_id, _REGION_WORDS)
    demand_word(call, "verification")
    disk = disk_to_change(call, call.text("DiskId"))
    online = call.choice("Type", ("offline", "online"), "offline", otherwise=BAD_RESIZE) == "online"
    demand_sound(disk)
    refuse(disk, {**refusals.UNSOUND, **refusals.BUSY})
    if disk.state not in ("Available", "In_use"):
        raise refusals.BAD_STATUS.error()
    demand_no_snapshot(call, disk)
    _check_category(disk, online=online)
    demand_held(call, disk)
    if online and not disk.instance_ids:
        raise CONTRADICTION.error()
    if online:
        demand_instances(call, disk, "Running", otherwise=NOT_RUNNING)
    demand_instances(call, disk, "Running", "Stopped")
    if disk.encrypted:
        checked_kms_key(call, disk.kms_key_id)
    size = _new_size(call, disk)
    call.checked()
    disk.size_gib = size
    return {}


def _check_category(disk: Disk, *, online: bool) -> None:
    if disk.category in refusals.LOCAL:
        raise NOT_RESIZABLE.error()
    if online and disk.category == "cloud":
        raise NOT_ONLINE.error()
    if online and disk.multi_attach:
        raise SHARED_ONLINE.error()


def _new_size(call: Call, disk: Disk) -> int:
    """Give the new size; only growing is possible."""
    size = call.integer("NewSize", 0, otherwise=BAD_SIZE)
    image = call.world.get(Image, disk.image_id)
    if disk.type == "system" and image is not None and "no_resize" in image.conditions:
        raise IMAGE_FIXED.error()
    if size < 1:
        raise BAD_SIZE.error()
    if size <= disk.size_gib:
        raise TOO_SMALL.error()
    if disk.type == "system" and size > SYSTEM_MOST:
        raise BAD_SYSTEM_SIZE.error()
    if size > sizes(disk.category, disk.performance_level)[1]:
        raise TOO_LARGE_CODES[call.knob(RESIZE_CODE)].error()
    return size


@action(
    "Ecs",
    "ModifyDiskAttribute",
    effect="write",
    optional="""
    DiskId DiskIds.N DiskName Description DeleteWithInstance DeleteAutoSnapshot EnableAutoSnapshot
    BurstingEnabled
    """,
    resource="DiskId DiskIds",
    unknown_region=refusals.BAD_REGION,
)
def modify_disk_attribute(call: Call) -> Answer:
    """Rename disks, and say whether they go with their instance."""
    ids = call.texts("DiskIds") or [call.demand("DiskId", INCOMPLETE)]
    if not any(call.has(name) for name in ("DiskName", "Description", *_FLAGS)):
        raise NOTHING.error()
    name = call.matching("DiskName", _NAME, otherwise=refusals.BAD_NAME)
    about = call.matching("Description", _DESCRIPTION, otherwise=BAD_DESCRIPTION)
    flags = {each: call.boolean(each) for each in _FLAGS}
    disks = [disk_to_change(call, id_) for id_ in dict.fromkeys(ids)]
    for disk in disks:
        _check_flags(call, disk, flags)
    call.checked()
    for disk in disks:
        disk.name, disk.description = name or disk.name, about or disk.description
        _set_flags(disk, flags)
    return {}


def _check_flags(call: Call, disk: Disk, flags: Mapping[str, bool | None]) -> None:
    if disk.state in ("Creating", "ReIniting"):
        raise refusals.BAD_STATUS.error()
    demand_held(call, disk)
    deletes = flags["DeleteWithInstance"]
    if deletes is False and disk.category in refusals.LOCAL:
        raise refusals.KEPT.error()
    if deletes and disk.multi_attach:
        raise refusals.KEPT.error()
    if deletes is False and not disk.portable and disk.type != "system":
        raise refusals.NOT_PORTABLE.error()
    if flags["EnableAutoSnapshot"]:
        taken = call.world.by(Snapshot, "disk_id", disk.id)
        call.within(PER_DISK, len(taken) + 1, TOO_MANY_SNAPSHOTS)


def _set_flags(disk: Disk, flags: Mapping[str, bool | None]) -> None:
    """Set those that were given."""
    deletes, deletes_auto, enables, bursts = (flags[name] for name in _FLAGS)
    if deletes is not None:
        disk.delete_with_instance = deletes
    if deletes_auto is not None:
        disk.delete_auto_snapshot = deletes_auto
    if enables is not None:
        disk.enable_auto_snapshot = enables
    if bursts is not None:
        disk.bursting_enabled = bursts


@action(
    "Ecs",
    "ReInitDisk",
    effect="write",
    required="DiskId",
    optional="Password KeyPairName AutoStartInstance SecurityEnhancementStrategy",
    resource="DiskId",
    unknown_region=refusals.BAD_REGION,
)
def reinit_disk(call: Call) -> Answer:
    """Bring a disk of a stopped instance back to what it was made from."""
    disk = disk_to_change(call, call.text("DiskId"))
    if disk.category in refusals.LOCAL:
        raise refusals.CATEGORY_UNSUPPORTED.error()
    refuse(disk, _FIXED)
    if disk.multi_attach:
        raise refusals.MULTI_ATTACHED.error()
    if disk.state != "In_use":
        raise refusals.BAD_STATUS.error()
    demand_no_snapshot(call, disk)
    demand_instances(call, disk, "Stopped")
    if disk.encrypted:
        checked_kms_key(call, disk.kms_key_id)
    _check_source(call, disk)
    call.matching("Password", _PASSWORD, otherwise=BAD_PASSWORD)
    pair = call.text("KeyPairName")
    if pair and key_pair_named(call.world, call.account_id, call.region_id, pair) is None:
        raise NO_KEY_PAIR.error()
    starts = bool(call.boolean("AutoStartInstance"))
    call.checked()
    for instance in holders(call, disk):
        instance.key_pair_name = pair or instance.key_pair_name
    then = (lambda: _start(call, disk)) if starts else None
    call.world.journey(disk, [("ReIniting", REINITIALIZING)], "In_use", then)
    return {}


def _start(call: Call, disk: Disk) -> None:
    for instance in holders(call, disk):
        if instance.state == "Stopped":
            call.world.journey(instance, [("Starting", STARTING)], "Running")


def _check_source(call: Call, disk: Disk) -> None:
    """Raise when what a disk was made from is no longer there."""
    if disk.source_snapshot_id:
        snapshot = call.world.get(Snapshot, disk.source_snapshot_id)
        if snapshot is None:
            raise SOURCE_GONE.error()
        if "too_old" in snapshot.conditions:
            raise SOURCE_TOO_OLD.error()
    if disk.type != "system" or not disk.image_id:
        return
    image = call.world.get(Image, disk.image_id)
    if image is None:
        raise IMAGE_GONE.error()
    if not image.is_seen_by(call.account_id):
        raise IMAGE_UNSHARED.error()
    if not image.supports_io_optimized:
        raise NOT_OPTIMIZED.error()
