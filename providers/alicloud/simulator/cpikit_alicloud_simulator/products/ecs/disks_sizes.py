"""Say which category, level and size a new or changed disk may have."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import disks_refusals as refusals
from cpikit_alicloud_simulator.products.ecs.kinds import Snapshot
from cpikit_alicloud_simulator.products.ecs.launch_disks import DATA_SIZES, LEVEL_SIZES, SMALLER
from cpikit_alicloud_simulator.products.ecs.stock import DISK_CATEGORIES
from cpikit_alicloud_simulator.refusal import MISSING, Refusal

SIZE_CODE = Knob(
    "disk.size_out_of_range",
    "InvalidDataDiskSize.ValueNotSupported",
    (
        "InvalidDataDiskSize.ValueNotSupported",
        "InvalidDiskSizeOrCategory",
        "InvalidDiskSize.NotSupported",
        "InvalidSize.ValueNotSupported",
    ),
    "What CreateDisk answers for a size that the category does not have.",
    "unverified: the error table has all four",
)
_DEFAULT_CATEGORY = "cloud"
"""ECS 2014-05-26, CreateDisk, DiskCategory."""

BAD_SIZE = Refusal(400, "InvalidSize.ValueNotSupported", "The specified Size is not valid.")
SIZE_CODES: Mapping[str, Refusal] = {
    "InvalidDataDiskSize.ValueNotSupported": Refusal(
        400,
        "InvalidDataDiskSize.ValueNotSupported",
        "The specified Size beyond the permitted range of the disk category.",
    ),
    "InvalidDiskSizeOrCategory": Refusal(
        400, "InvalidDiskSizeOrCategory", "The specified disk category or size is invalid."
    ),
    "InvalidDiskSize.NotSupported": Refusal(
        400, "InvalidDiskSize.NotSupported", "The specified disk size is not supported."
    ),
    "InvalidSize.ValueNotSupported": BAD_SIZE,
}
LOCAL_CATEGORY = Refusal(
    400,
    "InvalidDataDiskCategory.ValueNotSupported",
    "The specified disk category cannot be created on its own.",
)
TOO_SMALL = Refusal(
    403, "InvalidDiskSize.TooSmall", "The disk size is less than the size of the snapshot."
)
SNAPSHOT_TOO_LARGE = Refusal(
    403, "InvalidSnapshot.TooLarge", "The snapshot exceeds the limit of the disk category."
)


def checked_category(call: Call) -> str:
    """Give the category of a new disk."""
    category = call.text("DiskCategory", _DEFAULT_CATEGORY)
    if category in refusals.LOCAL:
        raise LOCAL_CATEGORY.error()
    if category not in DISK_CATEGORIES:
        raise refusals.BAD_CATEGORY.error()
    return category


def checked_level(call: Call, category: str) -> str:
    """Give the performance level, which means something for ESSDs only."""
    level = call.text("PerformanceLevel")
    if level and level not in LEVEL_SIZES:
        raise refusals.BAD_LEVEL.error()
    return (level or "PL1") if category == "cloud_essd" else ""


def sizes(category: str, level: str) -> tuple[int, int]:
    """Give the least and the most GiB that a data disk of a category has."""
    return LEVEL_SIZES[level] if level else DATA_SIZES[category]


def checked_size(call: Call, category: str, level: str, snapshot: Snapshot | None) -> int:
    """Give the size of a new disk."""
    low, high = sizes(category, level)
    size = call.integer("Size", otherwise=BAD_SIZE)
    if size is None and snapshot is None:
        raise MISSING.error(name="Size")
    if snapshot is not None:
        if snapshot.size_gib > high:
            raise SNAPSHOT_TOO_LARGE.error()
        if size is not None and size < snapshot.size_gib and call.knob(SMALLER) == "refuse":
            raise TOO_SMALL.error()
        size = max(size or 0, snapshot.size_gib, low)
    if size is None or not low <= size <= high:
        raise SIZE_CODES[call.knob(SIZE_CODE)].error()
    return size
