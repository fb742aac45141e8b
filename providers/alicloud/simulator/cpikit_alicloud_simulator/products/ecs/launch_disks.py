"""Check the disks that new instances get."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs import launch_words
from cpikit_alicloud_simulator.products.ecs.conditions import refuse
from cpikit_alicloud_simulator.products.ecs.families import InstanceType
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.launch_plan import DiskPlan
from cpikit_alicloud_simulator.products.ecs.stock import DISK_CATEGORIES, Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_kms_key, demand_word
from cpikit_alicloud_simulator.refusal import Refusal

UNDOTTED = Knob(
    "ecs.undotted_system_disk",
    "ignore",
    ("ignore", "honour"),
    "What SystemDiskSize, SystemDiskCategory and SystemDiskPerformanceLevel do, without a dot.",
    "unverified: the Go CPI sends them; the documented names are SystemDisk.Size and so on",
)

SMALLER = Knob(
    "disk.smaller_than_snapshot",
    "raise",
    ("raise", "refuse"),
    "What CreateDisk does with a size below that of the snapshot: it takes the snapshot's, or "
    "InvalidDiskSize.TooSmall.",
    "the text of the page says the first, the error table has the second",
)

# ECS 2014-05-26, RunInstances, SystemDisk.Size and DataDisk.N.Size, in GiB.
DATA_SIZES: Mapping[str, tuple[int, int]] = {
    "cloud": (5, 2000),
    "cloud_efficiency": (20, 32768),
    "cloud_ssd": (20, 32768),
    "cloud_essd": (20, 65536),
    "cloud_auto": (1, 65536),
    "cloud_essd_entry": (10, 32768),
    "cloud_regional_disk_auto": (10, 65536),
    "ephemeral_ssd": (5, 800),
}
LEVEL_SIZES: Mapping[str, tuple[int, int]] = {
    "PL0": (1, 65536),
    "PL1": (20, 65536),
    "PL2": (461, 65536),
    "PL3": (1261, 65536),
}
SYSTEM_MOST = 2048
_SYSTEM_MOST_OLD = 500
_SYSTEM_DEFAULT = 40
MOST_DATA_DISKS = 16

BAD_SYSTEM_CATEGORY = Refusal(
    400, "InvalidSystemDiskCategory.ValueNotSupported", "The SystemDisk.Category is not valid."
)
FIXED_SIZE = Refusal(
    400, "InvalidSystemDiskSize.ImageNotSupportResize", "The image cannot be made larger."
)
BELOW_IMAGE = Refusal(
    404, "InvalidSystemDiskSize.LessThanImageSize", "The system disk is smaller than the image."
)
BELOW_LEAST = Refusal(
    404, "InvalidSystemDiskSize.LessThanMinSize", "The system disk is smaller than allowed."
)
ABOVE_MOST = Refusal(
    404, "InvalidSystemDiskSize.MoreThanMaxSize", "The system disk is larger than allowed."
)
BAD_DATA_SIZE = Refusal(
    400, "InvalidDataDiskSize.ValueNotSupported", "The DataDisk.n.Size is not valid."
)
TOO_SMALL = Refusal(403, "InvalidDiskSize.TooSmall", "The disk is smaller than its snapshot.")
BAD_DISK_NAME = Refusal(400, "InvalidDiskName.Malformed", "The disk name is not valid.")
BAD_DISK_DESCRIPTION = Refusal(
    400, "InvalidDiskDescription.Malformed", "The disk description is not valid."
)
BAD_DEVICE = Refusal(400, "InvalidDataDevice.Malformed", "The DataDisk.n.Device is not valid.")
DEVICE_IN_USE = Refusal(403, "InvalidDevice.InUse", "The specified device has been occupied.")
TOO_MANY_DISKS = Refusal(
    400, "InstanceDiskNumber.LimitExceed", "The instance has more disks than allowed."
)
TOO_MANY_FOR_TYPE = Refusal(
    403, "InstanceDiskNumLimitExceed", "The instance type takes only {most} data disks."
)
SNAPSHOT_NOT_READY = Refusal(
    403, "InvalidSnapshotId.NotReady", "The specified snapshot has not completed yet."
)
SYSTEM_SNAPSHOT = Refusal(
    403, "InvalidSnapshotId.NotDataDiskSnapshot", "The snapshot is of a system disk."
)
NOT_ENCRYPTABLE = Refusal(
    400, "InvalidParameter.EncryptedNotSupported", "This category cannot be encrypted."
)
ENCRYPTED_SNAPSHOT = Refusal(
    400, "EncryptedOption.Conflict", "A disk of an encrypted snapshot is encrypted."
)
KEY_WITHOUT_ENCRYPTION = Refusal(
    400, "InvalidParameter.EncryptedIllegal", "KMSKeyId needs Encrypted to be true."
)
SYSTEM_NOT_IN_ZONE = Refusal(
    403,
    "OperationDenied.ZoneSystemCategoryNotMatch",
    "The specified zone does not offer the specified category of system disk.",
)
NEEDS_IO = Refusal(
    404, "DependencyViolation.IoOptimized", "The disk category needs an I/O optimized type."
)
TOO_OLD = Refusal(
    400, "InvalidSnapshotId.BasedSnapshotTooOld", "The snapshot is too old for a new disk."
)
_SNAPSHOT_WORDS: Mapping[str, Refusal] = {
    "not_for_disks": Refusal(
        403, "OperationDenied.SnapshotNotAllowed", "No disk is made of this snapshot."
    ),
    "not_valid": Refusal(403, "OperationDenied.SnapshotNotValid", "The snapshot is not valid."),
    "bad_parameters": Refusal(
        403, "OperationDenied.SnapshotParamsNotValid", "The snapshot's parameters are not valid."
    ),
}
_OLDEST_S = 1_373_846_400.0  # 2013-07-15: RunInstances, DataDisk.N.SnapshotId
BAD_LEVEL = Refusal(400, "InvalidParameter", "The specified PerformanceLevel is not valid.")
KEPT_LOCAL = Refusal(
    403, "DeleteWithInstance.Conflict", "A disk that is not portable goes with its instance."
)
MIXED = Refusal(
    400, "InvalidDiskCategory.Mismatch", "Local disks and this system disk do not go together."
)

_NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)
_DEVICE = re.compile(r"/dev/x?vd[a-z]{1,2}")


def checked_disks(
    call: Call, image: Image, type_: InstanceType, zone_id: str
) -> tuple[DiskPlan, ...]:
    """Give the system disk, then the data disks, or raise what is wrong."""
    given = call.structures("DataDisk")
    if len(given) > MOST_DATA_DISKS:
        raise TOO_MANY_DISKS.error()
    if len(given) > type_.data_disks:
        raise TOO_MANY_FOR_TYPE.error(most=type_.data_disks)
    system = _system_disk(call, image, type_, zone_id)
    data = tuple(_data_disk(call, each, type_, zone_id) for each in given)
    devices = [disk.device for disk in data if disk.device]
    if len(set(devices)) < len(devices) or any(
        each in ("/dev/xvda", "/dev/vda") for each in devices
    ):
        raise DEVICE_IN_USE.error()
    if system.category == "cloud" and any(disk.category.startswith("cloud_essd") for disk in data):
        raise MIXED.error()
    return (system, *data)


def _system_disk(call: Call, image: Image, type_: InstanceType, zone_id: str) -> DiskPlan:
    given = call.below("SystemDisk")
    honours = call.knob(UNDOTTED) == "honour"

    def text(name: str) -> str:
        return given.text(name) or (call.text(f"SystemDisk{name}") if honours else "")

    demand_word(call, "no_system_disks")
    category = text("Category") or ("cloud_efficiency" if type_.family.io_optimized else "cloud")
    if category not in DISK_CATEGORIES or category == "cloud_regional_disk_auto":
        raise BAD_SYSTEM_CATEGORY.error()
    stock = call.world.part(Stock)
    if not stock.sells_disk(zone_id, category):
        raise SYSTEM_NOT_IN_ZONE.error()
    _demand_fitting(call, category, type_)
    level = _level(text("PerformanceLevel"), category)
    size = _system_size(call, text("Size"), image, category, level)
    encrypted = bool(given.boolean("Encrypted"))
    return DiskPlan(
        type="system",
        category=category,
        size_gib=size,
        performance_level=level,
        name=given.matching("DiskName", _NAME, otherwise=BAD_DISK_NAME),
        description=given.matching("Description", _DESCRIPTION, otherwise=BAD_DISK_DESCRIPTION),
        encrypted=encrypted or image.encrypted,
        kms_key_id=_kms_key(call, given, category, encrypted=encrypted),
        device="/dev/xvda",
        provisioned_iops=given.integer("ProvisionedIops", low=0),
        bursting_enabled=bool(given.boolean("BurstingEnabled")),
    )


def _system_size(call: Call, text: str, image: Image, category: str, level: str) -> int:
    if not text:
        return max(_SYSTEM_DEFAULT, image.size_gib)
    if not text.isdecimal():
        raise launch_words.BAD_SYSTEM_SIZE.error(call)
    size = int(text)
    least = LEVEL_SIZES[level][0] if level else 20 if category != "cloud_auto" else 1
    if size < image.size_gib:
        raise BELOW_IMAGE.error()
    if size > image.size_gib and "fixed_size" in image.conditions:
        raise FIXED_SIZE.error()
    if size < least:
        raise BELOW_LEAST.error()
    if size > (_SYSTEM_MOST_OLD if category == "cloud" else SYSTEM_MOST):
        raise ABOVE_MOST.error()
    return size


def _data_disk(call: Call, given: Parameters, type_: InstanceType, zone_id: str) -> DiskPlan:
    category = given.text("Category", "cloud_efficiency")
    if category not in DISK_CATEGORIES:
        raise launch_words.BAD_DATA_CATEGORY.error(call)
    if not call.world.part(Stock).sells_disk(zone_id, category):
        raise launch_words.NOT_FITTING.error(call)
    _demand_fitting(call, category, type_)
    level = _level(given.text("PerformanceLevel"), category)
    snapshot = _snapshot(call, given.text("SnapshotId"))
    encrypted = given.boolean("Encrypted")
    if snapshot is not None and snapshot.encrypted and encrypted is False:
        raise ENCRYPTED_SNAPSHOT.error()
    deletes = given.boolean("DeleteWithInstance", default=True)
    if category == "ephemeral_ssd" and not deletes:
        raise KEPT_LOCAL.error()
    key_id = _kms_key(call, given, category, encrypted=bool(encrypted))
    if category == "ephemeral_ssd" and not type_.family.local_disk:
        raise launch_words.NO_LOCAL_DISKS.error(call)
    return DiskPlan(
        type="data",
        category=category,
        size_gib=_data_size(call, given, category, level, snapshot),
        performance_level=level,
        name=given.matching("DiskName", _NAME, otherwise=BAD_DISK_NAME),
        description=given.matching("Description", _DESCRIPTION, otherwise=BAD_DISK_DESCRIPTION),
        encrypted=bool(encrypted) or bool(snapshot and snapshot.encrypted),
        kms_key_id=key_id,
        delete_with_instance=deletes,
        snapshot_id=snapshot.id if snapshot else "",
        device=given.matching("Device", _DEVICE, otherwise=BAD_DEVICE),
        provisioned_iops=given.integer("ProvisionedIops", low=0),
        bursting_enabled=bool(given.boolean("BurstingEnabled")),
    )


def _data_size(
    call: Call, given: Parameters, category: str, level: str, snapshot: Snapshot | None
) -> int:
    low, high = LEVEL_SIZES[level] if level else DATA_SIZES[category]
    wanted = given.integer("Size", otherwise=BAD_DATA_SIZE)
    too_small = snapshot is not None and wanted is not None and wanted < snapshot.size_gib
    if too_small and call.knob(SMALLER) == "refuse":
        raise TOO_SMALL.error()
    if snapshot is not None:  # "then Size is ignored", by the documents
        return max(snapshot.size_gib, low)
    if wanted is None or not low <= wanted <= high:
        raise BAD_DATA_SIZE.error()
    return wanted


def _snapshot(call: Call, id_: str) -> Snapshot | None:
    if not id_:
        return None
    snapshot = call.need(Snapshot, id_, launch_words.NO_SNAPSHOT.of(call))
    refuse(snapshot, _SNAPSHOT_WORDS)
    if snapshot.created_s <= _OLDEST_S:
        raise TOO_OLD.error()
    if snapshot.disk_type == "system":
        raise SYSTEM_SNAPSHOT.error()
    if snapshot.state != "accomplished":
        raise SNAPSHOT_NOT_READY.error()
    return snapshot


def _level(text: str, category: str) -> str:
    if category != "cloud_essd":
        return ""  # meaningless on other categories, and ignored
    if text and text not in LEVEL_SIZES:
        raise BAD_LEVEL.error()
    return text or "PL1"


def _kms_key(call: Call, given: Parameters, category: str, *, encrypted: bool) -> str:
    key_id = given.text("KMSKeyId")
    if key_id and not encrypted:
        raise KEY_WITHOUT_ENCRYPTION.error()
    if encrypted:
        if category == "ephemeral_ssd":
            raise NOT_ENCRYPTABLE.error()
        demand_word(call, "no_kms")
    return checked_kms_key(call, key_id)


def _demand_fitting(call: Call, category: str, type_: InstanceType) -> None:
    """ESSDs need a newer type; the basic disk only goes with an old one."""
    if not type_.family.io_optimized and category not in ("cloud", "ephemeral_ssd"):
        raise NEEDS_IO.error()
    newer = category.startswith(("cloud_essd", "cloud_auto", "cloud_regional"))
    if newer and not type_.family.essd:
        raise launch_words.NOT_FITTING.error(call)
