"""Each code of the calls on network interfaces comes from a request and a world."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, OTHER_ZONE, VPC, VSWITCH, refused
from tests.simulator.storage_kit import (
    ENI,
    OLD_TYPE,
    PRIMARY,
    RUNNING,
    USED_ENI,
    Row,
    check,
    knob,
    named,
    told,
)

DOES = dict[str, Any]
REGION = "cn-hangzhou"
FAR = {
    "vsw-2": {"kind": "vswitch", "vpc_id": VPC, "zone_id": OTHER_ZONE, "cidr_block": "10.1.0.0/29"}
}
PLAIN = {
    "vsw-3": {"kind": "vswitch", "vpc_id": VPC, "zone_id": OTHER_ZONE, "cidr_block": "10.3.0.0/24"}
}
GROUPS = {f"sg-{n}": {"kind": "securitygroup", "vpc_id": VPC} for n in range(6)}


def made(**changes: Any) -> DOES:
    whole = {"VSwitchId": VSWITCH, "SecurityGroupId": GROUP, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def pair(**changes: Any) -> DOES:
    return {"NetworkInterfaceId": ENI, "InstanceId": RUNNING, **changes}


def off(**changes: Any) -> DOES:
    return {"NetworkInterfaceId": USED_ENI, "InstanceId": RUNNING, **changes}


def group(**fields: Any) -> DOES:
    return {"sg-x": {"kind": "securitygroup", "vpc_id": VPC, **fields}}


def account(request: DOES) -> list[tuple[str, DOES, DOES, DOES]]:
    """Give what every call on interfaces answers for such accounts and regions."""
    return [
        ("Abs.InvalidAccount.NotFound", {}, told("unusable", "*"), request),
        ("Forbidden.SubUser", {}, told("sub_user", "*"), request),
        ("Forbidden.NotSupportRAM", {}, told("no_ram", "*"), request),
        ("InvalidUserType.NotSupported", {}, told("no_interfaces", "*"), request),
        ("Forbidden.RegionId", {}, told("closed", REGION), request),
    ]


IN_X = made(SecurityGroupId="sg-x")
CREATE: list[tuple[str, DOES, DOES, DOES]] = [
    *account(made()),
    ("MissingParameter", {}, {}, made(VSwitchId=None)),
    ("MissingParameter", {}, {}, made(SecurityGroupId=None)),
    ("InvalidVSwitchId.NotFound", {}, {}, made(VSwitchId="vsw-none")),
    ("InvalidSecurityGroupId.NotFound", {}, {}, made(SecurityGroupId="sg-none")),
    ("InvalidSecurityGroupId.NotVpc", group(vpc_id=""), {}, IN_X),
    ("InvalidOperation.VpcMismatch", group(vpc_id="vpc-2"), {}, IN_X),
    ("InvalidOperation.ResourceManagedByCloudProduct", group(is_managed=True), {}, IN_X),
    ("SecurityGroupInstanceLimitExceed", {}, {"quotas": {"ecs.security_group_members": 1}}, made()),
    (
        "JoinedGroupLimitExceed",
        GROUPS,
        {},
        made(SecurityGroupId=None, SecurityGroupIds=list(GROUPS)),
    ),
    ("InvalidParameter.Conflict", {}, {}, made(SecurityGroupIds=[GROUP])),
    (
        "InvalidParameter.Conflict",
        {},
        {},
        made(PrivateIpAddress=["10.0.0.9"], SecondaryPrivateIpAddressCount=1),
    ),
    ("InvalidParameter", {}, {}, made(NetworkInterfaceName="1")),
    ("InvalidParameter", {}, {}, made(SecondaryPrivateIpAddressCount="few")),
    ("UnsupportedParameter", {}, {}, made(InstanceType="Bond")),
    ("InvalidOperation.InvalidEniType", {}, {}, made(InstanceType="Primary")),
    (
        "InvalidPrivateIpAddress.Duplicated",
        {ENI: {"primary_ip": "10.0.0.9"}},
        {},
        made(PrimaryIpAddress="10.0.0.9"),
    ),
    ("InvalidIp.Address", {}, {}, made(PrimaryIpAddress="ten")),
    ("InvalidIp.Address", {}, {}, made(Ipv6Address=["ten"])),
    ("InvalidIp.Address", {}, {}, made(Ipv4Prefix=["10.0.0.0/24"])),
    ("InvalidIp.IpRepeated", {}, {}, made(PrivateIpAddress=["10.0.0.9", "10.0.0.9"])),
    ("InvalidIp.IpRepeated", {}, {}, made(Ipv6Address=["2408:4005:1:1::9"] * 2)),
    ("InvalidVSwitchId.IpInvalid", {}, {}, made(PrimaryIpAddress="10.9.0.9")),
    ("InvalidVSwitchId.IpInvalid", {}, {}, made(PrimaryIpAddress="10.0.0.255")),
    ("InvalidVSwitchId.IpInvalid", {}, {}, made(Ipv6Address=["2408::1"])),
    ("InvalidVSwitchId.IpInvalid", PLAIN, {}, made(VSwitchId="vsw-3", Ipv6AddressCount=1)),
    ("InvalidVSwitchId.IpInvalid", {}, {}, made(Ipv4Prefix=["10.9.0.0/28"])),
    ("InvalidVSwitchId.IpInvalid", {}, {}, made(Ipv6Prefix=["2409::/80"])),
    (
        "InvalidVSwitchId.IpNotEnough",
        FAR,
        {},
        made(VSwitchId="vsw-2", SecondaryPrivateIpAddressCount=4),
    ),
    ("InvalidVSwitchId.IpNotEnough", FAR, {}, made(VSwitchId="vsw-2", Ipv4PrefixCount=1)),
    ("MaxEniPrivateIpsCountExceeded", {}, {}, made(SecondaryPrivateIpAddressCount=50)),
    ("MaxEniCountExceeded", {}, {"quotas": {"ecs.interfaces": 3}}, made()),
    ("InvalidParameter.InvalidEniQueueNumber", {}, {}, made(QueueNumber=0)),
    ("InvalidOperation.MaxEniQueueNumberExceeded", {}, {}, made(QueueNumber=17)),
    ("Duplicate.TagKey", {}, {}, made(Tag=[{"Key": "a"}, {"Key": "a"}])),
    ("InvalidTagKey.Malformed", {}, {}, made(Tag=[{"Key": "acs:"}])),
    ("InvalidTagValue.Malformed", {}, {}, made(Tag=[{"Key": "a", "Value": "http://"}])),
    ("QuotaExceed.Tags", {}, {"quotas": {"tags_per_resource": 0}}, made(Tag=[{"Key": "a"}])),
    (
        "InvalidResourceGroup.NotFound",
        {"rg-1": {"kind": "resource_group"}},
        {},
        made(ResourceGroupId="rg-2"),
    ),
]
MANY = {
    f"eni-m{n}": {"kind": "eni", "instance_id": RUNNING, "device_index": n + 2} for n in range(2)
}
SIX = {"secondary_ips": [f"10.0.0.{n}" for n in range(100, 106)]}
ATTACH: list[tuple[str, DOES, DOES, DOES]] = [
    *account(pair()),
    ("MissingParameter", {}, {}, {"NetworkInterfaceId": ENI}),
    ("InvalidParams.EniId", {}, {}, pair(NetworkInterfaceId="x")),
    ("InvalidEniId.NotFound", {}, {}, pair(NetworkInterfaceId="eni-none")),
    ("InvalidInstanceID.Malformed", {}, {}, pair(InstanceId="x y")),
    ("InvalidEcsId.NotFound", {}, {}, pair(InstanceId="i-none")),
    (
        "InvalidInstanceId.NotFound",
        {},
        knob("eni.unknown_instance", "InvalidInstanceId.NotFound"),
        pair(InstanceId="i-none"),
    ),
    ("InvalidOperation.InvalidRegion", {}, told("not_supported", REGION), pair()),
    ("InvalidOperation.EniServiceManaged", {ENI: {"service_managed": True}}, {}, pair()),
    ("UnsupportedParameter", {}, {}, pair(NetworkCardIndex=1)),
    ("UnsupportedParameter", {}, {}, pair(TrunkNetworkInstanceId=USED_ENI)),
    ("InvalidParameter", {}, {}, pair(NetworkCardIndex="one")),
    ("InvalidOperation.InvalidEniType", {ENI: {"type": "Member"}}, {}, pair()),
    ("InvalidOperation.InvalidEniState", {}, {}, pair(NetworkInterfaceId=USED_ENI)),
    ("InvalidOperation.InvalidEcsState", {RUNNING: {"state": "Starting"}}, {}, pair()),
    ("InvalidOperation.InvalidEcsState", {RUNNING: {"type_id": "ecs.n4.xlarge"}}, {}, pair()),
    ("InvalidOperation.InvalidGeneration", {RUNNING: OLD_TYPE}, {}, pair()),
    ("InvalidOperation.VpcMismatch", {RUNNING: {"vpc_id": "vpc-2"}}, {}, pair()),
    ("InvalidOperation.AvailabilityZoneMismatch", {RUNNING: {"zone_id": OTHER_ZONE}}, {}, pair()),
    ("InvalidOperation.Ipv4CountExceeded", {ENI: SIX}, {}, pair()),
    (
        "InvalidOperation.Ipv6NotSupport",
        {ENI: {"ipv6s": ["2408:4005:1:1::9"]}, RUNNING: {"type_id": "ecs.n4.large"}},
        {},
        pair(),
    ),
    ("InvalidOperation.ExceedInstanceTypeQueueNumber", {ENI: {"queue_number": 16}}, {}, pair()),
    ("EniPerInstanceLimitExceeded", MANY, {}, pair()),
]
DETACH: list[tuple[str, DOES, DOES, DOES]] = [
    *account(off()),
    ("MissingParameter", {}, {}, {"NetworkInterfaceId": ENI}),
    ("InvalidParams.EniId", {}, {}, off(NetworkInterfaceId="x")),
    ("InvalidEniId.NotFound", {}, {}, off(NetworkInterfaceId="eni-none")),
    ("InvalidInstanceID.Malformed", {}, {}, off(InstanceId="x y")),
    ("InvalidEcsId.NotFound", {}, {}, off(InstanceId="i-none")),
    (
        "InvalidInstanceId.NotFound",
        {},
        knob("eni.unknown_instance", "InvalidInstanceId.NotFound"),
        off(InstanceId="i-none"),
    ),
    ("InvalidOperation.InvalidRegion", {}, told("not_supported", REGION), off()),
    ("UnsupportedParameter", {}, {}, off(TrunkNetworkInstanceId=ENI)),
    ("InvalidOperation.DetachPrimaryEniNotAllowed", {}, {}, off(NetworkInterfaceId=PRIMARY)),
    ("InvalidOperation.InvalidEniType", {USED_ENI: {"type": "Member"}}, {}, off()),
    ("InvalidOperation.EniLinked", {USED_ENI: {"conditions": ["linked"]}}, {}, off()),
    ("InvalidOperation.EniServiceManaged", {USED_ENI: {"service_managed": True}}, {}, off()),
    ("InvalidOperation.InvalidEniState", {}, {}, off(NetworkInterfaceId=ENI)),
    ("InvalidOperation.InvalidEcsState", {RUNNING: {"state": "Stopping"}}, {}, off()),
    ("InvalidParameter", {}, {}, off(InstanceId="i-bp1stopped")),
]
ONE = {"NetworkInterfaceId": ENI}
DELETE: list[tuple[str, DOES, DOES, DOES]] = [
    *account(ONE),
    ("MissingParameter", {}, {}, {}),
    ("InvalidParams.EniId", {}, {}, {"NetworkInterfaceId": "x"}),
    ("InvalidEniId.NotFound", {}, {}, {"NetworkInterfaceId": "eni-none"}),
    ("InvalidOperation.DetachPrimaryEniNotAllowed", {}, {}, {"NetworkInterfaceId": PRIMARY}),
    ("InvalidOperation.InvalidEniState", {}, {}, {"NetworkInterfaceId": USED_ENI}),
    ("InvalidOperation.InvalidEniType", {ENI: {"type": "Member"}}, {}, ONE),
    ("InvalidOperation.EniServiceManaged", {ENI: {"service_managed": True}}, {}, ONE),
]
LIST: list[tuple[str, DOES, DOES, DOES]] = [
    *account({}),
    ("InvalidRegionId.MalFormed", {}, {}, {"RegionId": "cn-nowhere"}),
    ("InvalidParameter", {}, {}, {"Type": "Best"}),
    ("InvalidParameter", {}, {}, {"NetworkInterfaceId": [f"eni-{n}" for n in range(101)]}),
    ("InvalidVpc.Empty", {}, {}, {"VpcId": "vpc-none"}),
]
SHOULD: list[tuple[str, str, DOES]] = [
    ("AssignPrivateIpAddresses", "MissingParameter", ONE),
    ("AssignPrivateIpAddresses", "InvalidIp.Address", {**ONE, "PrivateIpAddress": ["x"]}),
    ("UnassignPrivateIpAddresses", "MissingParameter", ONE),
    ("UnassignPrivateIpAddresses", "InvalidIp.IpUnassigned", {**ONE, "PrivateIpAddress": ["x"]}),
    ("AssignIpv6Addresses", "MissingParameter", ONE),
    ("AssignIpv6Addresses", "MaxEniPrivateIpsCountExceeded", {**ONE, "Ipv6AddressCount": 11}),
    (
        "AssignIpv6Addresses",
        "InvalidOperation.Ipv6CountExceeded",
        {"NetworkInterfaceId": USED_ENI, "Ipv6AddressCount": 2},
    ),
    (
        "AssignPrivateIpAddresses",
        "InvalidOperation.Ipv4CountExceeded",
        {"NetworkInterfaceId": USED_ENI, "SecondaryPrivateIpAddressCount": 6},
    ),
    ("UnassignIpv6Addresses", "MissingParameter", ONE),
    ("UnassignIpv6Addresses", "InvalidIp.IpUnassigned", {**ONE, "Ipv6Address": ["x"]}),
    ("ModifyNetworkInterfaceAttribute", "MissingParameter", ONE),
    (
        "ModifyNetworkInterfaceAttribute",
        "InvalidOperation.MaxEniQueueNumberExceeded",
        {**ONE, "QueueNumber": 99},
    ),
]
ROWS: list[Row] = [
    *[("CreateNetworkInterface", *each) for each in CREATE],
    *[("AttachNetworkInterface", *each) for each in ATTACH],
    *[("DetachNetworkInterface", *each) for each in DETACH],
    *[("DeleteNetworkInterface", *each) for each in DELETE],
    *[("DescribeNetworkInterfaces", *each) for each in LIST],
    *[(action, code, {}, {}, request) for action, code, request in SHOULD],
]


@pytest.mark.parametrize("row", ROWS, ids=named(ROWS))
def test_a_call_is_refused_with_the_documented_code(alicloud_direct: Simulator, row: Row) -> None:
    check(alicloud_direct, row, refused)
