"""Disks: detached and deleted. How they are made, attached, listed, changed has own files."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse
from cpikit_alicloud_simulator.products.ecs.disks_checks import (
    demand_no_snapshot,
    disk_to_change,
)
from cpikit_alicloud_simulator.products.ecs.instance import NOT_FOUND as NO_INSTANCE
from cpikit_alicloud_simulator.products.ecs.instance import Instance, demand_state
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image
from cpikit_alicloud_simulator.refusal import INVALID, Refusal
from cpikit_alicloud_simulator.wire import ApiError

DETACHING = Duration(
    "disk.detaching",
    typical=(5.0, 20.0),
    slow=(30.0, 90.0),
    grade="known",
    source="ECS 2014-05-26, DetachDisk: about a minute; the typical range is assumed",
)
PARALLEL = Knob(
    "disk.parallel_detach",
    "allow",
    ("allow", "conflict"),
    "What DetachDisk does while another disk of the instance is on its way: it works (up to five "
    "at once), or InvalidOperation.Conflict without a message.",
    "seen in production by drivers, which detach one after the other since",
)
DELETE_UNKNOWN = Knob(
    "disk.delete_unknown",
    "refuse",
    ("refuse", "ignore"),
    "What DeleteDisk does with an id that does not exist: InvalidDiskId.NotFound or success.",
    "the text of the page says that it is ignored, clients meet the code",
)
DELETE_ATTACHED = Knob(
    "disk.delete_attached",
    "IncorrectDiskStatus",
    ("IncorrectDiskStatus", "DiskStillAttached"),
    "What DeleteDisk answers for a disk that is attached.",
    "unverified: the error table has both",
)
MOST_AT_ONCE = 5
"""ECS 2014-05-26, DetachDisk: so many disks of one instance are detached at once."""
ALREADY_DETACHED = Refusal(404, "InvalidDisk.AlreadyDetached", "The disk is detached already.")
TOO_MANY_AT_ONCE = Refusal(
    403, "DisksDetachingOnEcsExceeded", "Too many disks of the instance are being detached."
)
MARKETPLACE = Refusal(
    403, "InvalidInstance.ImageCategory", "The system disk of a marketplace image stays."
)


@action(
    "Ecs",
    "DetachDisk",
    effect="write",
    required="InstanceId DiskId",
    optional="DeleteWithInstance",
    resource="DiskId InstanceId",
    unknown_region=refusals.BAD_REGION,
)
def detach_disk(call: Call) -> Answer:
    """Detach a disk from a running or stopped instance; it takes a while."""
    disk = disk_to_change(call, call.text("DiskId"))
    instance = call.need(Instance, call.text("InstanceId"), NO_INSTANCE)
    deletes = call.boolean("DeleteWithInstance", otherwise=INVALID)
    if deletes and disk.multi_attach:
        raise refusals.KEPT.error()
    refuse(disk, refusals.HELD)
    _check_detachable(call, disk, instance)
    if instance.lock:
        raise refusals.LOCKED.error()
    if instance.id not in disk.instance_ids:
        raise ALREADY_DETACHED.error()
    if disk.state != "In_use":
        raise refusals.BAD_STATUS.error()
    states = ("Stopped",) if disk.type == "system" else ("Running", "Stopped")
    demand_state(call, instance, *states, otherwise=refusals.BAD_INSTANCE_STATUS)
    _check_parallel(call, disk, instance)
    call.checked()
    remains = "In_use" if len(disk.instance_ids) > 1 else "Available"
    call.world.journey(
        disk,
        [("Detaching", DETACHING)],
        remains,
        then=lambda: disk.detach(instance.id, call.world.now_s),
    )
    return {}


@action(
    "Ecs",
    "DeleteDisk",
    effect="write",
    required="DiskId",
    resource="DiskId",
    unknown_region=refusals.BAD_REGION,
)
def delete_disk(call: Call) -> Answer:
    """Release a disk that is attached to nothing."""
    found = call.own(Disk).get(call.text("DiskId"))
    if found is None and call.knob(DELETE_UNKNOWN) == "ignore":
        return {}
    disk = disk_to_change(call, call.text("DiskId"))
    if disk.category in refusals.LOCAL:
        raise refusals.TYPE_VIOLATION.error()
    if not disk.portable or disk.charge_type == "PrePaid":
        raise refusals.NOT_PORTABLE.error()
    demand_no_snapshot(call, disk)
    if disk.state != "Available":
        named = call.knob(DELETE_ATTACHED) == "DiskStillAttached" and disk.state == "In_use"
        raise (refusals.STILL_ATTACHED if named else refusals.BAD_STATUS).error()
    if disk.is_initializing:
        raise refusals.INITIALIZING.error()
    call.checked()
    disk.vanish(call.world)
    return {}


def _check_detachable(call: Call, disk: Disk, instance: Instance) -> None:
    """Raise for disks that never leave their instance."""
    if not instance.type.family.io_optimized:
        raise refusals.TYPE_WITHOUT_DISKS.error()
    if disk.category in refusals.LOCAL:
        raise refusals.TYPE_VIOLATION.error()
    if not disk.portable and disk.type != "system":
        raise refusals.NOT_PORTABLE.error()
    image = call.world.get(Image, instance.image_id)
    if disk.type == "system" and image is not None and image.owner_alias == "marketplace":
        raise MARKETPLACE.error()


def _check_parallel(call: Call, disk: Disk, instance: Instance) -> None:
    """Raise when too much is going on at an instance already."""
    others = [each for each in instance.disks(call.world) if each is not disk]
    moving = [each for each in others if each.state in ("Attaching", "Detaching")]
    if moving and call.knob(PARALLEL) == "conflict":
        raise ApiError(403, "InvalidOperation.Conflict", "", {"Message": None})
    if sum(each.state == "Detaching" for each in moving) >= MOST_AT_ONCE:
        raise TOO_MANY_AT_ONCE.error()
