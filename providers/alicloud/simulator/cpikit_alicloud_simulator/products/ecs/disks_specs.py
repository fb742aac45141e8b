"""Change the category and the level of disks: a task that takes minutes."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse, refuse_at
from cpikit_alicloud_simulator.products.ecs.disks_checks import (
    demand_held,
    demand_no_snapshot,
    demand_sound,
    demand_unlocked,
    disk_to_change,
    holders,
)
from cpikit_alicloud_simulator.products.ecs.disks_sizes import sizes
from cpikit_alicloud_simulator.products.ecs.kinds import Disk
from cpikit_alicloud_simulator.products.ecs.launch_disks import LEVEL_SIZES
from cpikit_alicloud_simulator.products.ecs.stock import DISK_CATEGORIES, Stock
from cpikit_alicloud_simulator.products.ecs.tasks import end_task, new_task
from cpikit_alicloud_simulator.refusal import Refusal

MODIFYING = Duration(
    "disk.modifying",
    typical=(60.0, 300.0),
    slow=(600.0, 1200.0),
    grade="assumed",
    source='"many minutes", by clients, who give it half an hour',
)
STATE = Knob(
    "disk.state_while_modifying",
    "Modifying",
    ("Modifying", "unchanged"),
    "What Status says while ModifyDiskSpec works.",
    "seen in production (the Go CPI); the documents do not have the state",
)
COOLING_S = Knob(
    "disk.cooling_s",
    0.0,
    (0.0, 3600.0, 86_400.0),
    "How long after a change of its specification a disk cannot be changed again, in seconds.",
    "the code DiskInCoolingPeriod is documented, the time is not",
    is_open=True,
)
# Only upwards; ECS user guide, "Change the disk category".
_RANKS: Mapping[str, int] = {
    "cloud": 0,
    "cloud_efficiency": 1,
    "cloud_essd_entry": 2,
    "cloud_ssd": 3,
    "PL0": 4,
    "PL1": 5,
    "cloud_auto": 5,
    "cloud_regional_disk_auto": 5,
    "PL2": 6,
    "PL3": 7,
}
COOLING = Refusal(403, "DiskInCoolingPeriod", "The disk was changed a short time ago.", "assumed")
NO_CHANGE = Refusal(
    400,
    "NoChangeInDiskCategoryAndPerformanceLevel",
    "The disk has this category and performance level already.",
    "assumed",
)
LEVEL_MISMATCH = Refusal(
    403,
    "OperationDenied.PerformanceLevelNotMatch",
    "The performance level does not go with the category or the size of the disk.",
)
_ZONE_WORDS: Mapping[str, Refusal] = {
    "no_stock": Refusal(403, "OperationDenied.NoStock", "The disk category is out of stock."),
}


@action(
    "Ecs",
    "ModifyDiskSpec",
    effect="write",
    required="DiskId",
    optional="DiskCategory PerformanceLevel ProvisionedIops",
    resource="DiskId",
    dry_run=True,
)
def modify_disk_spec(call: Call) -> Answer:
    """Begin to change a disk; it can be used meanwhile, but by no other call."""
    disk = disk_to_change(call, call.text("DiskId"))
    category = call.choice(
        "DiskCategory", DISK_CATEGORIES, disk.category, otherwise=refusals.BAD_CATEGORY
    )
    level = _level(call, disk, category)
    iops = call.integer("ProvisionedIops", disk.provisioned_iops, low=0, high=1_000_000)
    _check_disk(call, disk)
    _check_target(call, disk, category, level)
    if (category, level, iops) == (disk.category, disk.performance_level, disk.provisioned_iops):
        raise NO_CHANGE.error()
    if _RANKS[level or category] < _RANKS[disk.performance_level or disk.category]:
        raise refusals.DENIED.error()
    call.checked()
    return {"TaskId": _begin(call, disk, category, level, iops)}


def _begin(call: Call, disk: Disk, category: str, level: str, iops: int | None) -> str:
    world = call.world
    seconds = world.seconds(MODIFYING)
    task = new_task(call, "ModifyDiskSpec", disk.id, seconds)
    before = disk.state
    if call.knob(STATE) == "Modifying":
        disk.state = "Modifying"

    def done() -> None:
        disk.category, disk.performance_level, disk.provisioned_iops = category, level, iops
        disk.is_modifying = False
        disk.cools_until_s = world.now_s + world.knob(COOLING_S)
        if disk.state == "Modifying":
            disk.state = before if disk.instance_ids else "Available"
        end_task(world, task.id)

    disk.is_modifying = True
    world.after(seconds, disk, done, whatever_state=True)
    return task.id


def _level(call: Call, disk: Disk, category: str) -> str:
    """Give the performance level that the disk will have."""
    level = call.text("PerformanceLevel")
    if level and level not in LEVEL_SIZES:
        raise refusals.BAD_LEVEL.error()
    if category != "cloud_essd":
        if level and category not in ("cloud_auto", "cloud_regional_disk_auto"):
            raise LEVEL_MISMATCH.error()
        return ""  # meaningless on cloud_auto
    return level or disk.performance_level or "PL1"


def _check_disk(call: Call, disk: Disk) -> None:
    """Raise unless a disk can be changed now."""
    demand_sound(disk)
    refuse(disk, {"denied": refusals.DENIED})
    if disk.multi_attach:
        raise refusals.MULTI_ATTACHED.error()
    if disk.state not in ("Available", "In_use") or disk.is_modifying:
        raise refusals.BAD_STATUS.error()
    if call.now_s < disk.cools_until_s:
        raise COOLING.error()
    demand_no_snapshot(call, disk)
    demand_held(call, disk)
    for instance in holders(call, disk):
        demand_unlocked(call, instance)


def _check_target(call: Call, disk: Disk, category: str, level: str) -> None:
    """Raise unless a disk can become that."""
    if category in refusals.LOCAL:
        raise refusals.BAD_CATEGORY.error()
    if not call.world.part(Stock).sells_disk(disk.zone_id, category):
        raise refusals.CATEGORY_NOT_HERE.error()
    refuse_at(call, disk.zone_id, _ZONE_WORDS)
    low, high = sizes(category, level)
    if not low <= disk.size_gib <= high:
        raise LEVEL_MISMATCH.error()
    newer = category.startswith(("cloud_essd", "cloud_auto", "cloud_regional"))
    if newer and not all(each.type.family.essd for each in holders(call, disk)):
        raise refusals.TYPE_WITHOUT_CATEGORY.error()
