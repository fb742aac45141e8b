"""Find out what an image is to be made of: an instance, a snapshot, or a mapping of several."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs import disks_refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse
from cpikit_alicloud_simulator.products.ecs.disks_checks import is_being_snapshotted
from cpikit_alicloud_simulator.products.ecs.instance import Instance, demand_state
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_kms_key
from cpikit_alicloud_simulator.refusal import Refusal

_DEVICE = re.compile(r"/dev/(x?vd|sd)[a-z]{1,2}")
_MOST_GIB = 65_536

NO_INSTANCE = Refusal(404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.")
BAD_INSTANCE = Refusal(
    400, "InvalidInstanceId.ValueNotSupported", "The instance has no system disk."
)
LOCKED = Refusal(400, "InstanceLockedForSecurity", "The instance is locked for security reasons.")
BAD_STATUS = Refusal(
    400, "IncorrectInstanceStatus", "The current status of the instance does not support this."
)
LOCAL = Refusal(
    400, "InvalidDiskCategory.CreateImage", "Instances with local disks do not make images."
)
NOTHING = Refusal(
    400,
    "InvalidParameter.AllEmpty",
    "InstanceId, SnapshotId and DiskDeviceMapping cannot all be empty.",
)
NO_SNAPSHOT = Refusal(404, "InvalidSnapshotId.NotFound", "The specified snapshot does not exist.")
NOT_READY = Refusal(403, "InvalidSnapshotId.NotReady", "The snapshot has not completed yet.")
NO_SYSTEM = Refusal(403, "InvalidSystemSnapshot.Missing", "There is no snapshot of a system disk.")
BAD_TYPE = Refusal(400, "InvalidDiskType.ValueNotSupported", "The DiskType is not valid.")
BAD_SIZE = Refusal(400, "InvalidSize.ValueNotSupported", "The Size is not valid.")
BAD_DEVICE = Refusal(400, "InvalidDevice.Malformed", "The Device is not valid.")
DEVICE_TWICE = Refusal(400, "InvalidDevice.InUse", "A Device is named twice.")
ANOTHER_RUNS = Refusal(
    403, "IncorrectDiskStatus.CreatingSnapshot", "A snapshot of the disk is being created."
)
_DISK_WORDS: Mapping[str, Refusal] = {
    "invalid": Refusal(403, "IncorrectDiskStatus.Invalid", "The disk is not valid."),
    "transferring": Refusal(
        403, "IncorrectDiskStatus.Transferring", "The disk is being transferred."
    ),
    "denied": disks_refusals.DENIED,
}
_SNAPSHOT_WORDS: Mapping[str, Refusal] = {
    "too_old": Refusal(403, "InvalidSnapshot.TooOld", "The snapshot is too old."),
    "archived": Refusal(
        403, "OperationDenied.InvalidSnapshotCategory", "The snapshot is archived."
    ),
}


@frozen
class Sources:
    """What an image is made of: disks of an instance, or snapshots with their mapping."""

    instance: Instance | None = None
    disks: tuple[Disk, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    devices: tuple[Mapping[str, object], ...] = ()

    @property
    def count(self) -> int:
        """How many snapshots are made."""
        return len(self.disks)

    @property
    def size_gib(self) -> int:
        """The size of the system disk."""
        if self.disks:
            return self.disks[0].size_gib
        return int(str(self.devices[0]["Size"]))

    @property
    def encrypted(self) -> bool:
        """Whether any of it is."""
        return any(disk.encrypted for disk in self.disks) or any(
            snapshot.encrypted for snapshot in self.snapshots
        )


def checked_sources(call: Call) -> Sources:
    """Give the sources: the instance counts first, then the mapping, then the snapshot."""
    if call.has("InstanceId"):
        return _of_instance(call)
    mapping = call.structures("DiskDeviceMapping")
    if mapping:
        return _of_mapping(call, mapping)
    if not call.has("SnapshotId"):
        raise NOTHING.error()
    snapshot = _snapshot(call, call.text("SnapshotId"))
    if snapshot.disk_type != "system":
        raise NO_SYSTEM.error()
    return Sources(snapshots=(snapshot,), devices=(_device("/dev/xvda", snapshot),))


def _of_instance(call: Call) -> Sources:
    instance = call.need(Instance, call.text("InstanceId"), NO_INSTANCE)
    if instance.lock:
        raise LOCKED.error()
    demand_state(call, instance, "Running", "Stopped", otherwise=BAD_STATUS)
    disks = sorted(instance.disks(call.world), key=lambda disk: disk.type != "system")
    if not disks or disks[0].type != "system":
        raise BAD_INSTANCE.error()
    if any(disk.category in disks_refusals.LOCAL for disk in disks):
        raise LOCAL.error()
    for disk in disks:
        refuse(disk, _DISK_WORDS)
        if disk.state != "In_use":
            raise disks_refusals.BAD_STATUS.error()
        if is_being_snapshotted(call.world, disk):
            raise ANOTHER_RUNS.error()
        if disk.encrypted:
            checked_kms_key(call, disk.kms_key_id)
    return Sources(instance=instance, disks=tuple(disks))


def _of_mapping(call: Call, mapping: Sequence[Parameters]) -> Sources:
    devices: list[Mapping[str, object]] = []
    snapshots: list[Snapshot] = []
    for place, given in enumerate(mapping):
        type_ = given.choice("DiskType", ("system", "data"), otherwise=BAD_TYPE)
        name = given.matching("Device", _DEVICE, otherwise=BAD_DEVICE)
        size = given.integer("Size", low=1, high=_MOST_GIB, otherwise=BAD_SIZE)
        if not given.has("SnapshotId"):
            if type_ == "system" or size is None:
                raise NO_SYSTEM.error()
            devices.append({"Device": name, "Type": "data", "Size": str(size)})
            continue
        snapshot = _snapshot(call, given.text("SnapshotId"))
        if size is not None and size < snapshot.size_gib:
            raise BAD_SIZE.error()
        snapshots.append(snapshot)
        name = name or f"/dev/xvd{'abcdefghijklmnopqrstuvwxyz'[place % 26]}"
        devices.append(_device(name, snapshot, size=size, type_=type_))
    names = [each["Device"] for each in devices if each["Device"]]
    if len(set(names)) < len(names):
        raise DEVICE_TWICE.error()
    devices.sort(key=lambda each: each["Type"] != "system")
    if devices[0]["Type"] != "system":
        raise NO_SYSTEM.error()
    return Sources(snapshots=tuple(snapshots), devices=tuple(devices))


def _snapshot(call: Call, id_: str) -> Snapshot:
    snapshot = call.need(Snapshot, id_, NO_SNAPSHOT)
    refuse(snapshot, _SNAPSHOT_WORDS)
    if snapshot.state != "accomplished":
        raise NOT_READY.error()
    if snapshot.encrypted:
        checked_kms_key(call, snapshot.kms_key_id)
    return snapshot


def _device(
    name: str, snapshot: Snapshot, *, size: int | None = None, type_: str = ""
) -> Mapping[str, object]:
    return {
        "Device": name,
        "Type": type_ or snapshot.disk_type,
        "Size": str(size or snapshot.size_gib),
        "SnapshotId": snapshot.id,
    }
