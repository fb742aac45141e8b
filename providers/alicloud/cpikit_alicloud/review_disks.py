"""Disks in a cloud config: sizes in the wrong unit, and categories that do not have what is asked.

Source: ECS 2014-05-26, CreateDisk (Size, PerformanceLevel, ProvisionedIops) and RunInstances.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cpikit.errors import CpiError
from cpikit.preflight import Block, Finding, WantedDisk
from cpikit_alicloud.disk_parameters import CATEGORY, gib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.properties.disk import DiskProperties

_MIB_PER_GIB = 1024
_NO_SIZE_MIB = 512  # the least disk of the cloud has 1 GiB: below this, GiB were meant
_MOST_GIB = {
    "cloud": 2000,
    "cloud_efficiency": 32768,
    "cloud_ssd": 32768,
    "cloud_essd": 65536,
    "cloud_auto": 65536,
    "cloud_essd_entry": 32768,
    "cloud_regional_disk_auto": 65536,
}
_MOST_SYSTEM_GIB = 2048
_IGNORED = ("size", "delete_with_instance", "type")
"""What a persistent disk takes from elsewhere, or never."""


def of_vm(vm: Block, name: str, disk: DiskProperties) -> Iterator[Finding]:
    """A system or an ephemeral disk."""
    if name in vm.variables:
        return
    yield from _size(vm, (name, "size"), disk.size, disk, is_system=name == "system_disk")
    yield from _options(vm, (name,), disk)


def persistent(wanted: WantedDisk) -> Iterator[Finding]:
    """A disk type."""
    disk: DiskProperties = wanted.properties
    yield from _size(wanted, ("disk_size",), wanted.size_mib, disk, is_system=False)
    yield from _options(wanted, (), disk)
    for name in _IGNORED:
        if getattr(disk, name) is not None:
            source = "disk_size says it" if name == "size" else "it has no effect here"
            yield _told(wanted, (name,), f"{name} is ignored: {source}", weight="warning")


def _size(
    block: Block,
    path: tuple[str, ...],
    size_mib: float | None,
    disk: DiskProperties,
    *,
    is_system: bool,
) -> Iterator[Finding]:
    if size_mib is None:
        return
    category = disk.category or CATEGORY
    most = _MOST_SYSTEM_GIB if is_system else _MOST_GIB.get(category)
    if size_mib < 0:
        yield _told(block, path, f"{size_mib:g} MiB", "a size above 0")
    elif 0 < size_mib < _NO_SIZE_MIB:
        yield _told(
            block,
            path,
            f"{size_mib:g} MiB are less than a disk can have",
            "MiB",
            f"did you mean {size_mib * _MIB_PER_GIB:g}, which are {size_mib:g} GiB?",
        )
    elif most and size_mib > most * _MIB_PER_GIB:
        what = "system disk" if is_system else f"disk of {category}"
        yield _told(
            block,
            path,
            f"{size_mib:g} MiB are {size_mib / _MIB_PER_GIB:g} GiB, more than a {what} can have",
            f"at most {most * _MIB_PER_GIB} MiB",
            "MiB are the unit, not KiB or bytes",
        )
    try:
        gib(size_mib, category, disk.performance_level or "", "it")
    except CpiError as error:
        yield _told(block, (*path[:-1], "performance_level"), error.message)


def _options(block: Block, path: tuple[str, ...], disk: DiskProperties) -> Iterator[Finding]:
    category = disk.category or CATEGORY
    if disk.performance_level and category != "cloud_essd":
        yield _told(
            block,
            (*path, "performance_level"),
            f"performance_level {disk.performance_level} with category {category}",
            "category cloud_essd with it",
        )
    for name in ("provisioned_iops", "bursting_enabled"):
        if getattr(disk, name) is not None and category != "cloud_auto":
            found = f"{name} with category {category}"
            yield _told(block, (*path, name), found, "category cloud_auto with it")
    if disk.kms_key_id and disk.encrypted is False:
        found = "kms_key_id is ignored: encrypted is false"
        yield _told(block, (*path, "kms_key_id"), found, weight="warning")


def _told(
    block: Block,
    path: tuple[str, ...],
    found: str,
    wanted: str = "",
    remedy: str = "",
    weight: Literal["warning", "failure"] = "failure",
) -> Finding:
    subject = f"{block.title}: {'.'.join(path)}"
    return Finding(subject, found, wanted, remedy, weight, block.places.at(*path))
