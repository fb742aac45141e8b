"""Make disks: where, from what, encrypted or not, within the quotas."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.conditions import refuse, refuse_account, refuse_at
from cpikit_alicloud_simulator.products.ecs.disks_attach import ATTACHING, free_device
from cpikit_alicloud_simulator.products.ecs.disks_options import (
    checked_multi_attach,
    checked_secret,
)
from cpikit_alicloud_simulator.products.ecs.disks_sizes import (
    checked_category,
    checked_level,
    checked_size,
)
from cpikit_alicloud_simulator.products.ecs.instance import NOT_FOUND as NO_INSTANCE
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Snapshot
from cpikit_alicloud_simulator.products.ecs.launch import (
    OF_CATEGORY,
    PORTABLE_DISKS,
    POSTPAID_DISKS,
    TOO_MANY_DISKS,
)
from cpikit_alicloud_simulator.products.ecs.stock import Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import (
    checked_resource_group,
    demand_standing,
)
from cpikit_alicloud_simulator.refusal import LAST_TOKEN_PROCESSING, MISSING, Refusal
from cpikit_alicloud_simulator.tagging import TAGS_PER_RESOURCE, checked_tags
from cpikit_alicloud_simulator.tagging import TOO_MANY as TOO_MANY_TAGS

CREATING = Duration(
    "disk.creating", typical=2.0, slow=(5.0, 30.0), grade="assumed", source="seconds, by clients"
)
INITIALIZING = Duration(
    "disk.initializing",
    typical=10.0,
    slow=(60.0, 300.0),
    grade="assumed",
    source="drivers wait up to 5 min before they delete a disk that was made from a snapshot",
)
NOT_READY = Knob(
    "snapshot.not_ready_code",
    "InvalidSnapshotId.NotReady",
    ("InvalidSnapshotId.NotReady", "InvalidSnapshot.NotReady"),
    "What CreateDisk answers for a snapshot that is not done.",
    "unverified: the error table has both",
)
_NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)

TWO_PLACES = Refusal(400, "InvalidParameter.Conflict", "ZoneId and InstanceId exclude each other.")
NO_ZONE = Refusal(404, "InvalidZoneId.NotFound", "The specified ZoneId does not exist.")
NO_SYSTEM_DISK = Refusal(
    400, "InvalidInstance.NotFoundSystemDisk", "The instance has no system disk."
)
CATEGORY_NOT_ON_TYPE = Refusal(
    403, "InvalidDataDiskCategory.NotSupported", "The instance does not support the category."
)
CATEGORY_FULL = Refusal(
    403, "InstanceDiskCategoryLimitExceed", "Only {quota} disks of this category are allowed."
)
NO_SNAPSHOT = Refusal(404, "InvalidSnapshotId.NotFound", "The specified snapshot does not exist.")
_NOT_READY: Mapping[str, Refusal] = {
    code: Refusal(403, code, "The specified snapshot has not completed yet.")
    for code in NOT_READY.values
}
SYSTEM_SNAPSHOT = Refusal(
    403, "InvalidSnapshotId.NotDataDiskSnapshot", "The snapshot is not of a data disk."
)
TOO_MANY_PORTABLE = Refusal(
    403, "QuotaExceed.PortableCloudDisk", "Only {quota} portable disks are allowed."
)
_SNAPSHOT_WORDS: Mapping[str, Refusal] = {
    "too_old": Refusal(
        403, "InvalidSnapshot.TooOld", "This operation is denied: the snapshot is too old."
    ),
    "not_allowed": Refusal(
        403, "OperationDenied.SnapshotNotAllowed", "The snapshot is not allowed to make disks."
    ),
}
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "disk_category_unauthorized": Refusal(
        403, "InvalidDiskCategory.ValueUnauthorized", "The disk category is not authorized."
    ),
}
_SERVICE_WORDS: Mapping[str, Refusal] = {
    "snapshots_unavailable": Refusal(
        403,
        "InvalidAccountStatus.SnapshotServiceUnavailable",
        "The snapshot service has not been opened.",
    ),
}
_PLACE_WORDS: Mapping[str, Refusal] = {
    "not_supported": refusals.REGION_UNSUPPORTED,
    "closed": Refusal(
        400, "RegionUnauthorized", "There is no authority to create disks in the region."
    ),
    "off_sale": Refusal(400, "Zone.NotOnSale", "The zone is no longer on sale."),
    "denied": refusals.DENIED,
    "upgrading": Refusal(403, "InvalidStatus.Upgrading", "The instance is being upgraded."),
}


@action(
    "Ecs",
    "CreateDisk",
    effect="write",
    optional="""
    ZoneId InstanceId DiskCategory Size SnapshotId DiskName Description PerformanceLevel
    ProvisionedIops BurstingEnabled Encrypted EncryptAlgorithm KMSKeyId MultiAttach ResourceGroupId
    Tag.N.Key Tag.N.Value
    """,
    token=True,
    token_busy=LAST_TOKEN_PROCESSING,
    resource="InstanceId SnapshotId",
)
def create_disk(call: Call) -> Answer:
    """Make a pay-as-you-go disk in a zone, or a subscription one on its instance."""
    demand_standing(call)
    refuse_account(call, _ACCOUNT_WORDS)
    instance = _instance(call)
    zone_id = instance.zone_id if instance else _zone(call)
    for place in (call.region_id, zone_id):
        refuse_at(call, place, _PLACE_WORDS)
    category = checked_category(call)
    level = checked_level(call, category)
    _check_place(call, category, zone_id, instance)
    snapshot = _snapshot(call)
    multi_attach = checked_multi_attach(call, category, zone_id)
    secret = checked_secret(call, snapshot, zone_id)
    disk = Disk(
        id=call.new_id(Disk),
        region_id=call.region_id,
        account_id=call.account_id,
        state="Creating",
        name=call.matching("DiskName", _NAME, otherwise=refusals.BAD_NAME),
        description=call.matching("Description", _DESCRIPTION, otherwise=refusals.BAD_DESCRIPTION),
        resource_group_id=checked_resource_group(call),
        tags={} if instance else _tags(call),
        zone_id=zone_id,
        category=category,
        size_gib=checked_size(call, category, level, snapshot),
        performance_level=level,
        charge_type="PrePaid" if instance else "PostPaid",
        portable=instance is None,
        delete_with_instance=instance is not None,
        encrypted=secret.encrypted,
        kms_key_id=secret.key_id,
        multi_attach=multi_attach,
        provisioned_iops=call.integer("ProvisionedIops", low=0, high=1_000_000),
        bursting_enabled=bool(call.boolean("BurstingEnabled")),
        source_snapshot_id=snapshot.id if snapshot else "",
        is_initializing=snapshot is not None,
    )
    call.within(POSTPAID_DISKS, call.count(Disk) + 1, TOO_MANY_DISKS)
    call.within(PORTABLE_DISKS, call.count(Disk) + 1, TOO_MANY_PORTABLE)
    call.checked()
    _add(call, disk, instance)
    return {"DiskId": disk.id}


def _add(call: Call, disk: Disk, instance: Instance | None) -> None:
    world = call.world
    world.add(disk)
    if disk.is_initializing:
        world.after(INITIALIZING, disk, lambda: _initialized(disk), whatever_state=True)
    if instance is None:
        world.journey(disk, [("Creating", CREATING)], "Available")
        return
    disk.attach(instance.id, free_device(call, instance), world.now_s)
    world.journey(disk, [("Creating", CREATING), ("Attaching", ATTACHING)], "In_use")


def _initialized(disk: Disk) -> None:
    disk.is_initializing = False


def _instance(call: Call) -> Instance | None:
    """Give the subscription instance that gets the disk, if that is what is asked for."""
    if not call.has("InstanceId"):
        return None
    if call.has("ZoneId"):
        raise TWO_PLACES.error()
    instance = call.need(Instance, call.text("InstanceId"), NO_INSTANCE)
    if not any(disk.type == "system" for disk in instance.disks(call.world)):
        raise NO_SYSTEM_DISK.error()
    return instance


def _zone(call: Call) -> str:
    zone_id = call.text("ZoneId")
    if not zone_id:
        raise MISSING.error(name="ZoneId")
    if zone_id not in call.world.regions[call.region_id].zones:
        raise NO_ZONE.error()
    return zone_id


def _check_place(call: Call, category: str, zone_id: str, instance: Instance | None) -> None:
    """Raise when neither the zone sells the category nor the instance takes it."""
    if not call.world.part(Stock).sells_disk(zone_id, category):
        raise refusals.CATEGORY_NOT_HERE.error()
    if instance is None:
        return
    if category.startswith(("cloud_essd", "cloud_auto")) and not instance.type.family.essd:
        raise CATEGORY_NOT_ON_TYPE.error()
    same = sum(disk.category == category for disk in instance.disks(call.world))
    call.within(OF_CATEGORY, same + 1, CATEGORY_FULL)


def _snapshot(call: Call) -> Snapshot | None:
    if not call.has("SnapshotId"):
        return None
    refuse_account(call, _SERVICE_WORDS)
    snapshot = call.need(Snapshot, call.text("SnapshotId"), NO_SNAPSHOT)
    if snapshot.disk_type == "system":
        raise SYSTEM_SNAPSHOT.error()
    refuse(snapshot, _SNAPSHOT_WORDS)
    if snapshot.state != "accomplished":
        raise _NOT_READY[call.knob(NOT_READY)].error()
    return snapshot


def _tags(call: Call) -> dict[str, str]:
    tags = checked_tags(call)
    call.within(TAGS_PER_RESOURCE, len(tags), TOO_MANY_TAGS)
    return tags
