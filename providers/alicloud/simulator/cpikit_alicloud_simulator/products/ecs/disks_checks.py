"""Ask whether a disk and its instance are in a state for a call, and how fast a disk is."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.instance import Instance, demand_state
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import demand_word
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.world import World

# ECS user guide, "EBS performance": base, per GiB, most; for operations and for MB per second.
_IOPS: Mapping[str, tuple[float, float, float]] = {
    "cloud": (100, 0.2, 500),
    "cloud_efficiency": (1800, 8, 5_000),
    "cloud_ssd": (1800, 30, 25_000),
    "cloud_auto": (1800, 50, 50_000),
    "cloud_regional_disk_auto": (1800, 50, 50_000),
    "cloud_essd_entry": (1800, 8, 6_000),
    "PL0": (1800, 12, 10_000),
    "PL1": (1800, 50, 50_000),
    "PL2": (1800, 50, 100_000),
    "PL3": (1800, 50, 1_000_000),
}
_THROUGHPUT: Mapping[str, tuple[float, float, float]] = {
    "cloud": (30, 0.02, 40),
    "cloud_efficiency": (100, 0.15, 140),
    "cloud_ssd": (120, 0.5, 300),
    "cloud_auto": (120, 0.5, 350),
    "cloud_regional_disk_auto": (120, 0.5, 350),
    "cloud_essd_entry": (100, 0.15, 150),
    "PL0": (100, 0.25, 180),
    "PL1": (120, 0.5, 350),
    "PL2": (120, 0.5, 750),
    "PL3": (120, 0.5, 4_000),
}


def disk_to_change(call: Call, id_: str) -> Disk:
    """Give the disk that a call changes, unless the account or the disk may not be touched."""
    disk = call.need(Disk, id_, refusals.NOT_FOUND)
    demand_word(call, "not_listed")
    if disk.lock == "security":
        raise refusals.LOCKED.error()
    return disk


def demand_sound(disk: Disk) -> None:
    """Raise when a disk is in arrears."""
    if disk.lock == "financial":
        raise refusals.IN_ARREARS.error()


def demand_unlocked(call: Call, instance: Instance) -> None:
    """Raise when an instance is expired, in arrears, or locked."""
    expired = instance.expires_s is not None and instance.expires_s <= call.now_s
    if expired or instance.lock == "financial":
        raise refusals.INSTANCE_EXPIRED.error()
    if instance.lock:
        raise refusals.LOCKED.error()


def holders(call: Call, disk: Disk) -> list[Instance]:
    """Give the instances that a disk is attached to."""
    found = (call.world.get(Instance, each) for each in disk.instance_ids)
    return [instance for instance in found if instance is not None]


def demand_held(call: Call, disk: Disk) -> None:
    """Raise when a disk says that it is on an instance that is not there."""
    if len(holders(call, disk)) < len(disk.instance_ids):
        raise refusals.INSTANCE_GONE.error()


def demand_instances(
    call: Call, disk: Disk, *states: str, otherwise: Refusal = refusals.BAD_INSTANCE_STATUS
) -> None:
    """Raise unless all instances of a disk are unlocked and in one of these states."""
    for instance in holders(call, disk):
        demand_unlocked(call, instance)
        demand_state(call, instance, *states, otherwise=otherwise)


def is_being_snapshotted(world: World, disk: Disk) -> bool:
    """Say whether a snapshot of a disk is in progress."""
    return any(each.state == "progressing" for each in world.by(Snapshot, "disk_id", disk.id))


def demand_no_snapshot(call: Call, disk: Disk) -> None:
    """Raise while a snapshot of a disk is in progress."""
    if is_being_snapshotted(call.world, disk):
        raise refusals.CREATING_SNAPSHOT.error()


def iops(disk: Disk) -> int:
    """Give how many operations per second a disk does."""
    return _speed(_IOPS, disk) + (disk.provisioned_iops or 0)


def throughput(disk: Disk) -> int:
    """Give how many MB per second a disk does."""
    return _speed(_THROUGHPUT, disk)


def _speed(table: Mapping[str, tuple[float, float, float]], disk: Disk) -> int:
    base, per_gib, most = table.get(disk.performance_level or disk.category, (0, 0, 0))
    return int(min(base + per_gib * disk.size_gib, most))
