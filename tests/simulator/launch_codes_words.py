"""What a launch is refused with as a knob, an account, a region or an image says: a table."""

from __future__ import annotations

from typing import Any

from tests.simulator.instances_kit import GROUP, ROW, ZONE
from tests.simulator.launch_codes_identity import OTHER_IMAGE, SPOT, image
from tests.simulator.launch_codes_place import FROM_SNAPSHOT, LATER_S, ON_HOST, host, snapshot

OLD_TYPE = {"InstanceType": "ecs.t1.small"}
DEFAULT = {"kind": "vpc", "id": "vpc-bp1default", "is_default": True, "cidr_block": "10.0.0.0/8"}
DEFAULT_SWITCH = {
    "kind": "vswitch",
    "id": "vsw-bp1default",
    "vpc_id": "vpc-bp1default",
    "zone_id": ZONE,
    "is_default": True,
    "cidr_block": "10.7.0.0/24",
}
NOWHERE = {"VSwitchId": None}


def knob(name: str, value: str) -> dict[str, Any]:
    return {"knobs": {f"launch.{name}": value}}


def disk(**fields: Any) -> dict[str, Any]:
    return {"DataDisk": [fields]}


def worded(name: str, resources: list[Any], request: dict[str, Any], *codes: str) -> list[ROW]:
    """One row for each code that a knob chooses from."""
    return [(code, resources, knob(name, code), request) for code in codes]


WORDED: list[ROW] = [
    *worded("no_zone", [], {"ZoneId": "cn-hangzhou-z"}, "ZoneId.NotFound"),
    *worded(
        "bad_system_disk_size",
        [],
        {"SystemDisk.Size": "big"},
        "InvalidSystemDiskSize",
        "InvalidDisk.SystemDiskSize",
    ),
    *worded(
        "bad_data_disk_category",
        [],
        disk(Size=20, Category="floppy"),
        "InvalidDiskCategory.ValueNotSupported",
    ),
    *[
        (
            code,
            [],
            {
                **knob("category_not_sold", code),
                "stock": [{"zone": ZONE, "disk": "cloud_ssd", "state": "sold_out"}],
            },
            disk(Size=20, Category="cloud_ssd"),
        )
        for code in ("CategoryNotSupported", "CategoryViolation")
    ],
    *worded(
        "bad_bandwidth_out", [], {"InternetMaxBandwidthOut": 999}, "InvalidParameter.Bandwidth"
    ),
    *[
        (
            "QuotaExceeded",
            [],
            {**knob("too_many", "QuotaExceeded"), "quotas": {"ecs.instances": 0}},
            {},
        ),
    ],
    *worded("missing_parameter", [], {"ImageId": None}, "MissingParamter"),
    *worded(
        "image_and_type",
        [image(architecture="arm64")],
        OTHER_IMAGE,
        "InvalidInstanceType.NotSupported",
    ),
    (
        "OperationDenied.LocalDiskUnsupported",
        [],
        {},
        disk(Size=20, Category="ephemeral_ssd"),
    ),
    # accounts and places
    ("QuotaExceed.BuyImage", [], {"standing": {"*": ["image_quota"]}}, {}),
    (
        "InvalidSystemDiskCategory.ValueUnauthorized",
        [],
        {"standing": {"*": ["no_system_disks"]}},
        {},
    ),
    ("InvalidRegion.NotSupport", [], {"conditions": {"*": ["not_supported"]}}, {}),
    ("RegionUnauthorized", [], {"conditions": {"cn-hangzhou": ["off_sale"]}}, {}),
    ("OperationDenied", [], {"conditions": {ZONE: ["denied"]}}, {}),
    ("QuotaExceed.PortableCloudDisk", [], {"quotas": {"ecs.portable_disks": 0}}, disk(Size=20)),
    (
        "InstanceDiskCategoryLimitExceed",
        [],
        {"quotas": {"ecs.disks_of_category_on_instance": 1}},
        {"DataDisk": [{"Size": 20}] * 2},
    ),
    # images and snapshots
    ("InvalidMarketImage.NotFound", [image(conditions=["off_market"])], {}, OTHER_IMAGE),
    (
        "InvalidMarketImageChargeType.NotSupport",
        [image(conditions=["prepaid_only"])],
        {},
        OTHER_IMAGE,
    ),
    (
        "InvalidDiskSize.TooSmall",
        [snapshot(size_gib=40)],
        {"knobs": {"disk.smaller_than_snapshot": "refuse"}},
        disk(SnapshotId="s-bp1test", Size=20),
    ),
    # the network
    (
        "InvalidOperation.VpcHasEnabledAdvancedNetworkFeature",
        [
            {"kind": "vpc", "id": "vpc-bp1new", "has_advanced_features": True},
            {**DEFAULT_SWITCH, "id": "vsw-bp1new", "vpc_id": "vpc-bp1new"},
        ],
        {},
        {**OLD_TYPE, "VSwitchId": "vsw-bp1new", "SystemDisk.Category": "cloud"},
    ),
    ("VpcNotFound", [], knob("without_vswitch", "default VPC"), NOWHERE),
    ("VpcNotFound", [DEFAULT], knob("without_vswitch", "default VPC"), NOWHERE),
    (
        "IncorrectDefaultVpcStatus",
        [{**DEFAULT, "state": "Pending"}],
        knob("without_vswitch", "default VPC"),
        NOWHERE,
    ),
    (
        "DefaultVswitch.Existed",
        [DEFAULT, {**DEFAULT_SWITCH, "state": "Pending"}],
        knob("without_vswitch", "default VPC"),
        NOWHERE,
    ),
    (
        "InvalidSecurityGroup.NotInDefaultVpc",
        [DEFAULT, DEFAULT_SWITCH],
        knob("without_vswitch", "default VPC"),
        {**NOWHERE, "SecurityGroupId": GROUP},
    ),
]
RUN_WORDED: list[ROW] = [
    *worded("no_vswitch", [], {"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotExist"),
    *worded("no_security_group", [], {"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId"),
    *worded("no_snapshot", [], FROM_SNAPSHOT, "InvalidSnapshotId.NotFound"),
    *worded("no_cluster", [], {"HpcClusterId": "hpc-none"}, "InvalidClusterId.NotFound"),
    *worded(
        "outlives_host",
        [host(expires_s=LATER_S)],
        {**ON_HOST, "InstanceChargeType": "PrePaid", "Period": 1},
        "InvalidPeriod.ExceededDedidactedHost",
    ),
    *worded("bad_io_optimized", [], {"IoOptimized": "x"}, "InvalidIoOptimize.ValueNotSupported"),
    *worded(
        "too_many_queues",
        [],
        {"NetworkInterfaceQueueNumber": 99},
        "InvalidOperation.ExceedInstanceTypeQueueNumber",
    ),
    *worded(
        "local_disk_without_type",
        [],
        disk(Size=20, Category="ephemeral_ssd"),
        "OperationDenied.DiskTypeNotSupport",
    ),
    (
        "OperationDenied.QuotaExceed",
        [],
        {**knob("too_many", "OperationDenied.QuotaExceed"), "quotas": {"ecs.instances": 0}},
        {},
    ),
    ("Forbidden", [], {"standing": {"*": ["no_instances"]}}, {}),
    ("Forbidden.RegionId", [], {"conditions": {"*": ["closed"]}}, {}),
    ("MaxEniIpv6IpsCountExceeded", [], {}, {"Ipv6AddressCount": 11}),
    (
        "InvalidSystemDiskSize.ImageNotSupportResize",
        [image(size_gib=30, conditions=["fixed_size"])],
        {},
        {**OTHER_IMAGE, "SystemDisk.Size": 40},
    ),
    *[
        (code, [snapshot(conditions=[word])], {}, FROM_SNAPSHOT)
        for word, code in (
            ("not_for_disks", "OperationDenied.SnapshotNotAllowed"),
            ("not_valid", "OperationDenied.SnapshotNotValid"),
            ("bad_parameters", "OperationDenied.SnapshotParamsNotValid"),
        )
    ],
]
CREATE_WORDED: list[ROW] = [
    *worded(
        "no_deployment_set", [], {"DeploymentSetId": "ds-none"}, "InvalidDeploymentSetId.NotFound"
    ),
    ("InvalidSpotParam.EmptyZoneID", [], knob("spot_zone", "needed"), SPOT),
    ("OperationDenied.IllegalPaymentPolicy", [], {"standing": {"*": ["no_payment_policy"]}}, {}),
    ("InvalidParameter.ResourceOwnerAccount", [], {}, {"ResourceOwnerAccount": "nobody@x"}),
]
