"""The properties of a disk: system, ephemeral, and the disk types of persistent disks."""

# ruff: noqa: RUF009  # prop is attrs.field, with what the docs say of it

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

from cpikit_alicloud.properties._field import prop
from cpikit_alicloud.properties.lenient import Number, YesNo


@frozen
class DiskProperties:
    """One disk. Source of the parameters: ECS 2014-05-26, CreateDisk and RunInstances."""

    size: Number | None = prop(
        "Its size, for system and ephemeral disks; rounded up to GiB. Without one a system disk "
        "has 40 GiB, or as many as its image, and an ephemeral disk 20. Persistent disks have "
        "theirs from the manifest",
        unit="MiB",
        api="SystemDisk.Size, DataDisk.1.Size",
    )
    category: (
        Literal[
            "cloud",
            "cloud_efficiency",
            "cloud_ssd",
            "cloud_essd",
            "cloud_auto",
            "cloud_essd_entry",
            "cloud_regional_disk_auto",
            "elastic_ephemeral_disk_standard",
            "elastic_ephemeral_disk_premium",
            "ephemeral_ssd",
            "",
        ]
        | None
    ) = prop(
        "Its category; ephemeral_ssd is for ephemeral disks alone",
        metadata={"otherwise": "cloud_efficiency"},
        api="SystemDisk.Category, DataDisk.1.Category; CreateDisk DiskCategory",
    )
    performance_level: Literal["PL0", "PL1", "PL2", "PL3", ""] | None = prop(
        "The performance level of cloud_essd",
        api="SystemDisk.PerformanceLevel, DataDisk.1.PerformanceLevel; CreateDisk PerformanceLevel",
    )
    provisioned_iops: Number | None = prop(
        "IOPS beyond the baseline, for cloud_auto",
        unit="IOPS",
        api="SystemDisk.ProvisionedIops, DataDisk.1.ProvisionedIops; CreateDisk ProvisionedIops",
    )
    bursting_enabled: bool | None = prop(
        "Whether cloud_auto may exceed its IOPS for a while",
        api="SystemDisk.BurstingEnabled, DataDisk.1.BurstingEnabled; CreateDisk BurstingEnabled",
    )
    encrypted: YesNo | None = prop(
        "Whether it is encrypted; as the configuration says without it",
        api="SystemDisk.Encrypted, DataDisk.1.Encrypted; CreateDisk Encrypted",
    )
    kms_key_id: str | None = prop(
        "The KMS key it is encrypted with; the configuration's without it",
        api="SystemDisk.KMSKeyId, DataDisk.1.KMSKeyId; CreateDisk KMSKeyId",
    )
    encrypt_algorithm: str | None = prop(
        "The algorithm it is encrypted with",
        api="SystemDisk.EncryptAlgorithm, DataDisk.1.EncryptAlgorithm; CreateDisk EncryptAlgorithm",
    )
    delete_with_instance: YesNo | None = prop(
        "Whether an ephemeral disk goes with its VM, which it does without it; with false it stays "
        "in the account, paid for, when the VM is deleted. Ignored with a warning for a persistent "
        "disk type",
        api="DataDisk.1.DeleteWithInstance; ModifyDiskAttribute DeleteWithInstance",
    )
    auto_snapshot_policy_id: str | None = prop(
        "The policy that takes snapshots of it",
        api="SystemDisk.AutoSnapshotPolicyId, DataDisk.1.AutoSnapshotPolicyId",
    )
    storage_cluster_id: str | None = prop(
        "The dedicated block storage cluster it lies in",
        api="SystemDisk.StorageClusterId, DataDisk.1.StorageClusterId; CreateDisk StorageClusterId",
    )
    resource_group_id: str | None = prop("Its resource group", api="CreateDisk ResourceGroupId")
    tags: dict[str, Any] = prop("Its tags", api="CreateDisk Tag.N.Key, Tag.N.Value", factory=dict)
    type: str | None = prop(
        "Without effect, as it always was: `category` was meant", deprecated=True
    )
