"""Attach disks to instances."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse
from cpikit_alicloud_simulator.products.ecs.disks_checks import (
    demand_sound,
    demand_unlocked,
    disk_to_change,
)
from cpikit_alicloud_simulator.products.ecs.instance import NOT_FOUND as NO_INSTANCE
from cpikit_alicloud_simulator.products.ecs.instance import Instance, demand_state
from cpikit_alicloud_simulator.products.ecs.kinds import Disk
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_kms_key
from cpikit_alicloud_simulator.refusal import INVALID, Refusal

ATTACHING = Duration(
    "disk.attaching",
    typical=2.0,
    slow=(5.0, 30.0),
    grade="assumed",
    source="seconds; drivers look every 2 s and give up after 10 min",
)
IN_USE = Knob(
    "disk.attach_in_use",
    "IncorrectDiskStatus",
    ("IncorrectDiskStatus", "InvalidDisk.InUse", "DiskId.StatusNotSupported"),
    "What AttachDisk answers for a disk that is attached already.",
    "unverified: the error table has all three",
)
WHILE_DETACHING = Knob(
    "disk.attach_while_detaching",
    "refuse",
    ("refuse", "accept"),
    "What AttachDisk does with a disk that is still on its way from an instance: "
    "IncorrectDiskStatus, or the detach is brought to its end first.",
    "disputed: clients have seen both",
)
MOST_INSTANCES = 16
"""ECS, "Multi-attach": instances that one disk attaches to."""

_IN_USE: Mapping[str, Refusal] = {
    "IncorrectDiskStatus": refusals.BAD_STATUS,
    "InvalidDisk.InUse": Refusal(404, "InvalidDisk.InUse", "The specified disk is in use."),
    "DiskId.StatusNotSupported": Refusal(
        403, "DiskId.StatusNotSupported", "The status of the disk does not support this."
    ),
}
BAD_INSTANCE_STATUS = Refusal(
    400,
    "IncorrectInstanceStatus",
    "The current status of the resource does not support this operation.",
)
BAD_DEVICE = Refusal(400, "InvalidDevice.Malformed", "The specified device is not valid.")
DEVICE_IN_USE = Refusal(403, "InvalidDevice.InUse", "The specified device has been occupied.")
NOT_A_DATA_DISK = Refusal(
    403, "DiskId.ValueNotSupported", "The specified disk is a system disk; Bootable is wanted."
)
NOTHING_TO_LOG_IN = Refusal(
    400,
    "InvalidParameter.AllEmpty",
    "Password and KeyPairName cannot both be empty for a bootable disk.",
    "assumed",
)
TOO_MANY = Refusal(
    403, "InstanceDiskLimitExceeded", "The amount of the disk on instance in question exceeds."
)
TOO_MANY_INSTANCES = Refusal(
    403, "DiskAttachedNumberExceeded", "The disk is attached to as many instances as it can be."
)
OTHER_ZONE = Refusal(
    403, "ResourcesNotInSameZone", "The specified instance and disk are not in the same zone."
)
NO_MULTI_ATTACH = Refusal(
    403,
    "InvalidInstanceType.NotSupportMultiAttachDisk",
    "The instance type does not support disks that attach to several instances.",
)
SHARED_SYSTEM = Refusal(
    403,
    "InvalidOperation.CanNotAttachMultiAttachDiskAsSystemDisk",
    "A disk that attaches to several instances cannot be a system disk.",
)
NEEDS_NVME = Refusal(
    403, "InvalidInstanceType.NvmeRequired", "The disk needs an instance type with NVMe."
)
NO_NVME = Refusal(
    403, "InvalidInstanceType.NvmeUnsupported", "The disk does not go with NVMe instance types."
)
_DEVICE = re.compile(r"/dev/x?vd[a-z]{1,2}")
_LETTERS = "bcdefghijklmnopqrstuvwxyz"


@action(
    "Ecs",
    "AttachDisk",
    effect="write",
    required="InstanceId DiskId",
    optional="DeleteWithInstance Device Bootable KeyPairName Password Force",
    resource="DiskId InstanceId",
    unknown_region=refusals.BAD_REGION,
)
def attach_disk(call: Call) -> Answer:
    """Attach a disk to a running or stopped instance of its zone."""
    disk = disk_to_change(call, call.text("DiskId"))
    instance = call.need(Instance, call.text("InstanceId"), NO_INSTANCE)
    deletes = bool(call.boolean("DeleteWithInstance", otherwise=INVALID))
    bootable = bool(call.boolean("Bootable", otherwise=INVALID))
    _check_disk(call, disk, bootable=bootable, deletes=deletes)
    demand_unlocked(call, instance)
    if instance.zone_id != disk.zone_id:
        raise OTHER_ZONE.error()
    _check_type(disk, instance)
    demand_state(call, instance, "Running", "Stopped", otherwise=BAD_INSTANCE_STATUS)
    device = _device(call, instance, bootable=bootable)
    call.checked()
    for left in disk.instance_ids if disk.state == "Detaching" else ():
        disk.detach(left, call.now_s)
    disk.type = "system" if bootable else "data"
    disk.delete_with_instance = deletes
    disk.attach(instance.id, device, call.now_s)
    call.world.journey(disk, [("Attaching", ATTACHING)], "In_use")
    return {}


def _check_disk(call: Call, disk: Disk, *, bootable: bool, deletes: bool) -> None:
    """Raise unless a disk can be attached to something now."""
    refuse(disk, refusals.UNSOUND)
    demand_sound(disk)
    if disk.category in refusals.LOCAL:
        raise refusals.CATEGORY_UNSUPPORTED.error()
    if not disk.portable and disk.type != "system":
        raise refusals.NOT_PORTABLE.error()
    if disk.multi_attach and deletes:
        raise refusals.KEPT.error()
    if disk.multi_attach and bootable:
        raise SHARED_SYSTEM.error()
    if disk.type == "system" and not bootable:
        raise NOT_A_DATA_DISK.error()
    if bootable and not (call.has("Password") or call.has("KeyPairName")):
        raise NOTHING_TO_LOG_IN.error()
    _check_state(call, disk)
    if disk.encrypted:
        checked_kms_key(call, disk.kms_key_id)


def _check_state(call: Call, disk: Disk) -> None:
    """Raise for a disk that is somewhere else, or on its way."""
    shares = disk.multi_attach and disk.state == "In_use"
    if shares and len(disk.instance_ids) >= MOST_INSTANCES:
        raise TOO_MANY_INSTANCES.error()
    leaves = disk.state == "Detaching" and not disk.multi_attach
    if leaves and call.knob(WHILE_DETACHING) == "accept":
        return
    if disk.state != "Available" and not (
        shares and call.text("InstanceId") not in disk.instance_ids
    ):
        used = disk.state == "In_use"
        raise (_IN_USE[call.knob(IN_USE)] if used else refusals.BAD_STATUS).error()


def _check_type(disk: Disk, instance: Instance) -> None:
    """Raise unless the instance's type takes a disk like this."""
    family = instance.type.family
    if not family.io_optimized:
        raise refusals.TYPE_WITHOUT_DISKS.error()
    newer = disk.category.startswith(("cloud_essd", "cloud_auto", "cloud_regional"))
    if newer and not family.essd:
        raise refusals.TYPE_WITHOUT_CATEGORY.error()
    if disk.multi_attach and family.nvme == "unsupported":
        raise NO_MULTI_ATTACH.error()
    if "needs_nvme" in disk.conditions and family.nvme == "unsupported":
        raise NEEDS_NVME.error()
    if "no_nvme" in disk.conditions and family.nvme == "required":
        raise NO_NVME.error()


def free_device(call: Call, instance: Instance) -> str:
    """Give the first device name that no disk of an instance has."""
    taken = _taken(call, instance)
    two = (f"{first}{second}" for first in "ab" for second in f"a{_LETTERS}")
    names = (f"/dev/xvd{letters}" for letters in (*_LETTERS, *two))
    return next(name for name in names if name not in taken)


def _taken(call: Call, instance: Instance) -> set[str]:
    found = (each for disk in instance.disks(call.world) for each in disk.attachments)
    devices = (each.device for each in found if each.instance_id == instance.id)
    return {name.replace("/dev/vd", "/dev/xvd") for name in devices}


def _device(call: Call, instance: Instance, *, bootable: bool) -> str:
    """Give the device name: the given one, or the first that is free."""
    wanted = call.matching("Device", _DEVICE, otherwise=BAD_DEVICE)
    if bootable:
        wanted = wanted or "/dev/xvda"
    if wanted.replace("/dev/vd", "/dev/xvd") in _taken(call, instance):
        raise DEVICE_IN_USE.error()
    data = sum(disk.type == "data" for disk in instance.disks(call.world))
    if data >= instance.type.data_disks and not bootable:
        raise TOO_MANY.error()
    return wanted or free_device(call, instance)
