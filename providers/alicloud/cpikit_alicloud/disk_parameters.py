"""A disk's properties as the parameters that a launch takes, with its size made legal.

Source: ECS 2014-05-26, RunInstances, SystemDisk.* and DataDisk.N.*; CreateDisk, Size.
"""

from __future__ import annotations

from math import ceil

from cpikit.errors import CpiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit_alicloud.properties.disk import DiskProperties
    from cpikit_alicloud.session import Session

CATEGORY = "cloud_efficiency"  # the Go CPI's default
_MIB = 1024
_SYSTEM_MIB = (
    40 * _MIB
)  # what the cloud makes of none: ECS 2014-05-26, RunInstances, SystemDisk.Size
_EPHEMERAL_MIB = 20 * _MIB  # what the Go CPI makes of an absent ephemeral_disk

_ROUNDED_UP_TO = {"cloud": 5, "cloud_auto": 40, "cloud_essd_entry": 10}
_OTHERS_ROUNDED_UP_TO = 20
"""GiB below which the Go CPI enlarged in silence (action/disks.go:169-183); entry is the API's."""

_LEVEL_NEEDS = {"PL3": 1261, "PL2": 461}
"""GiB that a performance level needs  # ECS 2014-05-26, CreateDisk, Size"""


def gib(size_mib: float, category: str, level: str, what: str) -> int:
    """The size in GiB that the cloud is asked for: rounded up to GiB and to the category's least.

    Raises CpiError for a size that is too small for PL2 or PL3, naming the level that fits.
    """
    asked = max(ceil(size_mib / _MIB), 1)
    needed = _LEVEL_NEEDS.get(level, 0) if category == "cloud_essd" else 0
    if asked < needed:
        fitting = "PL2" if asked >= _LEVEL_NEEDS["PL2"] else "PL1"
        raise CpiError(
            f"{what}: {asked} GiB are too small for performance_level {level}, which needs "
            f"{needed} GiB; {fitting} fits"
        )
    return max(asked, _ROUNDED_UP_TO.get(category, _OTHERS_ROUNDED_UP_TO))


def level_of(session: Session, wanted: DiskProperties, category: str) -> str:
    """Its performance level, "" for none; one of another category than cloud_essd is warned of.

    Only ESSDs have levels (ECS, CreateDisk), and the Go CPI never sent one for a persistent disk.
    """
    level = wanted.performance_level or ""
    if level and category != "cloud_essd":
        text = f"performance_level {level} has no effect on {category}, only on cloud_essd"
        session.context.log.event("warning", text=text)
        return ""
    return level


def system_disk(session: Session, wanted: DiskProperties | None) -> dict[str, Any]:
    """SystemDisk.*: cloud_efficiency where nothing else is said.

    Without a size none is sent: the cloud makes 40 GiB of it, or as many as the image has
    (RunInstances, SystemDisk.Size).
    """
    if wanted is None:
        return {"Category": CATEGORY}
    if not wanted.size:
        category = wanted.category or CATEGORY
        gib(_SYSTEM_MIB, category, wanted.performance_level or "", "system_disk without a size")
    return _parameters(session, wanted, None, "system_disk", is_system=True)


def ephemeral_disk(session: Session, wanted: DiskProperties) -> dict[str, Any]:
    """DataDisk.1.*: 20 GiB where no size is said."""
    return _parameters(session, wanted, _EPHEMERAL_MIB, "ephemeral_disk", is_system=False)


def _parameters(
    session: Session, wanted: DiskProperties, default_mib: int | None, what: str, *, is_system: bool
) -> dict[str, Any]:
    category = wanted.category or CATEGORY
    level = level_of(session, wanted, category)
    if wanted.size is not None and wanted.size < 0:
        raise CpiError(f"{what}: size is {wanted.size:g} MiB, wanted a size above 0")
    size_mib = wanted.size or default_mib  # 0 is none, as the Go CPI has it
    size = None if size_mib is None else gib(size_mib, category, level, what)
    if size and size_mib and size > ceil(size_mib / _MIB):
        session.context.log.event("disk_rounded_up", disk=what, asked_mib=size_mib, gib=size)
    encrypted = wanted.encrypted
    if encrypted is None and not is_system:
        encrypted = session.config.encrypted or None
    key = (wanted.kms_key_id or session.config.kms_key_id or None) if encrypted else None
    return {
        "Size": size,
        "Category": category,
        "PerformanceLevel": level or None,
        "Encrypted": encrypted,
        "KMSKeyId": key,
        "EncryptAlgorithm": wanted.encrypt_algorithm,
        "ProvisionedIops": None
        if wanted.provisioned_iops is None
        else int(wanted.provisioned_iops),
        "BurstingEnabled": wanted.bursting_enabled,
        "AutoSnapshotPolicyId": wanted.auto_snapshot_policy_id,
        "StorageClusterId": wanted.storage_cluster_id,
    }
