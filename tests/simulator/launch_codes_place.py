"""What is refused of where an instance lies, its disks and its placement: a table."""

from __future__ import annotations

from typing import Any

from tests.simulator.instances_kit import DAY_S, OTHER_ZONE, ROW, VPC, ZONE
from tests.simulator.launch_codes_identity import OTHER_IMAGE, image

LATER_S = 1_767_225_600.0 + 5 * DAY_S  # five days after the worlds of tests begin


def snapshot(**fields: Any) -> dict[str, Any]:
    return {"kind": "snapshot", "id": "s-bp1test", "state": "accomplished", **fields}


def host(**fields: Any) -> dict[str, Any]:
    return {"kind": "ddh", "id": "dh-bp1test", "zone_id": ZONE, **fields}


ON_HOST = {"DedicatedHostId": "dh-bp1test"}
FROM_SNAPSHOT = {"DataDisk": [{"SnapshotId": "s-bp1test"}]}
KEY = {"kind": "kms_key", "id": "key-1"}
ENCRYPTED = {"DataDisk": [{"Size": 20, "Encrypted": True, "KMSKeyId": "key-1"}]}
FAR = {
    "kind": "vswitch",
    "id": "vsw-bp1far",
    "vpc_id": VPC,
    "zone_id": OTHER_ZONE,
    "cidr_block": "10.1.0.0/24",
}
OTHER_VPC = (
    {"kind": "vpc", "id": "vpc-bp1other", "cidr_block": "10.0.0.0/8"},
    {"kind": "securitygroup", "id": "sg-bp1other", "vpc_id": "vpc-bp1other"},
)


# The code; the resources that the world has besides; its other sections; the change of the request.
PLACE: list[ROW] = [
    # where it lies
    ("InvalidVSwitchId.Necessary", [], {}, {"VSwitchId": None}),
    ("InvalidVSwitchId.NotFound", [], {}, {"VSwitchId": "vsw-none"}),
    ("InvalidZoneId.NotFound", [], {}, {"ZoneId": "cn-hangzhou-z"}),
    ("InvalidVpcZone.NotSupported", [], {}, {"ZoneId": OTHER_ZONE}),
    (
        "ResourcesNotInSameZone",
        [],
        {"knobs": {"ecs.zone_mismatch": "ResourcesNotInSameZone"}},
        {"ZoneId": OTHER_ZONE},
    ),
    ("IncorrectVSwitchStatus", [{**FAR, "state": "Pending"}], {}, {"VSwitchId": "vsw-bp1far"}),
    (
        "IncorrectVpcStatus",
        [
            {"kind": "vpc", "id": "vpc-bp1new", "state": "Pending"},
            {**FAR, "id": "vsw-bp1new", "vpc_id": "vpc-bp1new"},
        ],
        {},
        {"VSwitchId": "vsw-bp1new"},
    ),
    ("InvalidSecurityGroupId.NotFound", [], {}, {"SecurityGroupId": "sg-none"}),
    ("OperationDenied.InconsistentNetwork", [*OTHER_VPC], {}, {"SecurityGroupId": "sg-bp1other"}),
    (
        "InvalidOperation.ResourceManagedByCloudProduct",
        [{"kind": "securitygroup", "id": "sg-bp1m", "vpc_id": VPC, "is_managed": True}],
        {},
        {"SecurityGroupId": "sg-bp1m"},
    ),
    (
        "SecurityGroupInstanceLimitExceed",
        [],
        {"quotas": {"ecs.security_group_members": 0}},
        {},
    ),
    ("InvalidPrivateIpAddress.Malformed", [], {}, {"PrivateIpAddress": "10.0.0"}),
    ("InvalidVSwitchId.IpInvalid", [], {}, {"PrivateIpAddress": "10.9.0.1"}),
    ("InvalidPrivateIpAddress", [], {}, {"PrivateIpAddress": "10.0.0.253"}),
    ("InvalidInternetChargeType.ValueNotSupported", [], {}, {"InternetChargeType": "Free"}),
    # disks
    ("InvalidSystemDiskCategory.ValueNotSupported", [], {}, {"SystemDisk.Category": "floppy"}),
    ("InvalidSystemDiskSize.ValueNotSupported", [], {}, {"SystemDisk.Size": "big"}),
    ("InvalidSystemDiskSize.LessThanImageSize", [], {}, {"SystemDisk.Size": 29}),
    (
        "InvalidSystemDiskSize.LessThanMinSize",
        [image(size_gib=1)],
        {},
        {**OTHER_IMAGE, "SystemDisk.Size": 5},
    ),
    ("InvalidSystemDiskSize.MoreThanMaxSize", [], {}, {"SystemDisk.Size": 4096}),
    ("InvalidDataDiskCategory.ValueNotSupported", [], {}, {"DataDisk": [{"Category": "floppy"}]}),
    ("InvalidDataDiskSize.ValueNotSupported", [], {}, {"DataDisk": [{"Size": 19}]}),
    ("InvalidDiskName.Malformed", [], {}, {"DataDisk": [{"Size": 20, "DiskName": "1"}]}),
    ("InvalidDiskDescription.Malformed", [], {}, {"DataDisk": [{"Size": 20, "Description": "1"}]}),
    ("InvalidDataDevice.Malformed", [], {}, {"DataDisk": [{"Size": 20, "Device": "/dev/x"}]}),
    ("InvalidDevice.InUse", [], {}, {"DataDisk": [{"Size": 20, "Device": "/dev/xvda"}]}),
    ("InstanceDiskNumber.LimitExceed", [], {}, {"DataDisk": [{"Size": 20}] * 17}),
    (
        "InvalidDiskCategory.NotSupported",
        [],
        {"stock": [{"zone": ZONE, "disk": "cloud_ssd", "state": "sold_out"}]},
        {"DataDisk": [{"Size": 20, "Category": "cloud_ssd"}]},
    ),
    (
        "OperationDenied.ZoneSystemCategoryNotMatch",
        [],
        {"stock": [{"zone": ZONE, "disk": "cloud_ssd", "state": "sold_out"}]},
        {"SystemDisk.Category": "cloud_ssd"},
    ),
    ("InvalidDataDiskSnapshotId.NotFound", [], {}, FROM_SNAPSHOT),
    ("InvalidSnapshotId.NotReady", [snapshot(state="progressing")], {}, FROM_SNAPSHOT),
    ("InvalidSnapshotId.NotDataDiskSnapshot", [snapshot(disk_type="system")], {}, FROM_SNAPSHOT),
    (
        "EncryptedOption.Conflict",
        [snapshot(encrypted=True)],
        {},
        {"DataDisk": [{"SnapshotId": "s-bp1test", "Encrypted": False}]},
    ),
    (
        "InvalidParameter.EncryptedIllegal",
        [],
        {},
        {"DataDisk": [{"Size": 20, "KMSKeyId": "key-1"}]},
    ),
    (
        "InvalidParameter.EncryptedNotSupported",
        [],
        {},
        {"DataDisk": [{"Size": 20, "Category": "ephemeral_ssd", "Encrypted": True}]},
    ),
    (
        "DeleteWithInstance.Conflict",
        [],
        {},
        {"DataDisk": [{"Size": 20, "Category": "ephemeral_ssd", "DeleteWithInstance": False}]},
    ),
    (
        "InvalidDiskCategory.Mismatch",
        [],
        {},
        {"SystemDisk.Category": "cloud", "DataDisk": [{"Size": 20, "Category": "cloud_essd"}]},
    ),
    (
        "InvalidParameter.Encrypted.KmsNotEnabled",
        [],
        {"standing": {"*": ["no_kms"]}},
        ENCRYPTED,
    ),
    ("InvalidParameter.KMSKeyId.NotFound", [{**KEY, "id": "key-2"}], {}, ENCRYPTED),
    ("InvalidParameter.KMSKeyId.CMKNotEnabled", [{**KEY, "state": "Disabled"}], {}, ENCRYPTED),
    (
        "InvalidParameter.KMSKeyId.KMSUnauthorized",
        [{**KEY, "is_authorized": False}],
        {},
        ENCRYPTED,
    ),
    # on what it is placed
    ("DeploymentSet.NotFound", [], {}, {"DeploymentSetId": "ds-none"}),
    (
        "QuotaExceed.DeploymentSetInstanceQuotaFull",
        [{"kind": "deployment_set", "id": "ds-bp1test", "capacity": 0}],
        {},
        {"DeploymentSetId": "ds-bp1test"},
    ),
    (
        "InvalidDeploymentOnHost",
        [host(), {"kind": "deployment_set", "id": "ds-bp1test"}],
        {},
        {**ON_HOST, "DeploymentSetId": "ds-bp1test"},
    ),
    ("InvalidDedicatedHostId.NotFound", [], {}, ON_HOST),
    ("IncorrectDedicatedHostStatus", [host(state="TempUnavailable")], {}, ON_HOST),
    ("InvalidDedicatedHostStatus.NotSupport", [host(state="PermanentFailure")], {}, ON_HOST),
    (
        "ChargeTypeViolation.PostPaidDedicatedHost",
        [host(charge_type="PostPaid")],
        {},
        {**ON_HOST, "InstanceChargeType": "PrePaid", "Period": 1},
    ),
    ("InvalidHpcClusterId.Necessary", [], {}, {"InstanceType": "ecs.sccg6.16xlarge"}),
    ("InvalidSnapshotId.BasedSnapshotTooOld", [snapshot(created_s=1.0)], {}, FROM_SNAPSHOT),
    (
        "DependencyViolation.IoOptimized",
        [],
        {},
        {"InstanceType": "ecs.t1.small", "SystemDisk.Category": "cloud_ssd"},
    ),
    ("ResourcesNotInSameZone", [host(zone_id=OTHER_ZONE)], {}, ON_HOST),
    ("DedicatedHostType.Unmatched", [host(family="ecs.c7")], {}, ON_HOST),
    ("LackResource", [host(cpus=1)], {}, ON_HOST),
    (
        "InvalidPeriod.ExceededDedicatedHost",
        [host(expires_s=LATER_S)],
        {},
        {**ON_HOST, "InstanceChargeType": "PrePaid", "Period": 1},
    ),
    ("InvalidParam.Tenancy", [], {}, {"Tenancy": "mine"}),
    (
        "MissingParameter.PrivatePoolOptionsId",
        [],
        {},
        {"PrivatePoolOptions.MatchCriteria": "Target"},
    ),
    (
        "Invalid.PrivatePoolOptionsId",
        [],
        {},
        {"PrivatePoolOptions.MatchCriteria": "Target", "PrivatePoolOptions.Id": "crp-none"},
    ),
    ("InvalidHpcClusterId.NotFound", [], {}, {"HpcClusterId": "hpc-none"}),
    (
        "InvalidHpcClusterId.Creating",
        [{"kind": "hpc_cluster", "id": "hpc-bp1", "state": "Creating"}],
        {},
        {"HpcClusterId": "hpc-bp1"},
    ),
    (
        "InvalidHpcClusterId.Unnecessary",
        [{"kind": "hpc_cluster", "id": "hpc-bp1"}],
        {},
        {"HpcClusterId": "hpc-bp1"},
    ),
    (
        "InvalidResourceGroup.NotFound",
        [{"kind": "resource_group", "id": "rg-bp1"}],
        {},
        {"ResourceGroupId": "rg-none"},
    ),
]
