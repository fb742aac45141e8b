"""Documented codes of single actions that come from a request and a world, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, VPC, ZONE, refused
from tests.simulator.storage_kit import (
    ENI,
    FREE,
    OTHER,
    RUNNING,
    STOPPED,
    begin,
    put,
)

HERE = "cn-hangzhou"
SOLD = {"DestinationResource": "InstanceType"}
TAGGED = {"ResourceType": "disk", "ResourceId": [FREE]}
ONE_TAG = {"Tag": [{"Key": "a", "Value": "b"}]}
NO_REGION = {"RegionId": ""}
OTHERS_GROUP = {"sg-others": {"kind": "securitygroup", "vpc_id": VPC, "account_id": OTHER}}
FAR_GROUP = {
    "vpc-far": {"kind": "vpc", "cidr_block": "10.0.0.0/8"},
    "sg-far": {"kind": "securitygroup", "vpc_id": "vpc-far"},
}
BALANCED = {
    "lb-busy": {
        "kind": "load_balancer",
        "vpc_id": VPC,
        "instance_ids": [STOPPED],
        "busy_until_s": 1e12,
    }
}


def knob(name: str, value: str) -> dict[str, Any]:
    return {"knobs": {name: value}}


def told(word: str, of: str = HERE) -> dict[str, Any]:
    return {"conditions": {of: [word]}}


# Action, code; the resources that the world has besides; its other sections; the request.
ROWS: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("DescribeRegions", "InvalidAcceptLanguage.NotFound", {}, {}, {"AcceptLanguage": "tlh"}),
    ("DescribeRegions", "InvalidResourceType.NotFound", {}, {}, {"ResourceType": "cloud"}),
    ("DescribeRegions", "Unauthorized.EmptyRegion", {}, told("closed", "*"), {}),
    ("DescribeAvailableResource", "Unavailable.Regions", {}, told("off_sale"), SOLD),
    *[
        (
            "DescribeAvailableResource",
            code,
            {},
            knob("ecs.no_region_to_sell", code),
            {**SOLD, "RegionId": "cn-nowhere"},
        )
        for code in ("InvalidRegionId.NotFound", "Invalid.RegionId", "InvalidRegionId.MalFormed")
    ],
    *[
        (
            "DescribeAvailableResource",
            code,
            {},
            knob("ecs.bad_network_category", code),
            {**SOLD, "NetworkCategory": "tin cans"},
        )
        for code in ("Invalid.NetworkCategory", "Invalid.NetworkType")
    ],
    *[
        (
            "DescribeAvailableResource",
            code,
            {},
            knob("ecs.no_dedicated_host", code),
            {**SOLD, "DedicatedHostId": "dh-none"},
        )
        for code in ("InvalidDedicatedHostId.NotFound", "InvalidResourceId.NotFound")
    ],
    ("DescribeDisks", "MissingParamter.RegionId", {}, {}, NO_REGION),
    ("DescribeTasks", "MissingParameter", {}, {}, NO_REGION),
    ("DescribeKeyPairs", "MissingParameter", {}, {}, NO_REGION),
    ("CreateImage", "MissingParameter", {}, {}, {**NO_REGION, "InstanceId": STOPPED}),
    ("DescribeNetworkInterfaces", "MissingParameter", {}, {}, NO_REGION),
    ("TagResources", "MissingParameter.RegionId", {}, {}, {**NO_REGION, **TAGGED, **ONE_TAG}),
    ("UntagResources", "MissingParameter.RegionId", {}, {}, {**NO_REGION, **TAGGED}),
    ("ListTagResources", "MissingParameter.RegionId", {}, {}, {**NO_REGION, **TAGGED}),
    *[
        (
            action,
            "MissingParameter.RegionId",
            {},
            {},
            {**NO_REGION, "NetworkInterfaceId": ENI, "SecurityGroupId": GROUP},
        )
        for action in ("JoinSecurityGroup", "LeaveSecurityGroup")
    ],
    (
        "JoinSecurityGroup",
        "NotBelongUser",
        OTHERS_GROUP,
        {},
        {"InstanceId": RUNNING, "SecurityGroupId": "sg-others"},
    ),
    *[
        (
            "JoinSecurityGroup",
            code,
            FAR_GROUP,
            knob("ecs.join_across_vpcs", code),
            {"InstanceId": RUNNING, "SecurityGroupId": "sg-far"},
        )
        for code in ("InvalidOperation.VpcMismatch", "InvalidInstanceId.Mismatch")
    ],
    (
        "JoinSecurityGroup",
        "OperationDenied",
        {},
        told("denied"),
        {"InstanceId": RUNNING, "SecurityGroupId": GROUP},
    ),
    (
        "ModifyInstanceAttribute",
        "InvalidOperation.InvalidRegion",
        {},
        told("not_supported"),
        {"InstanceId": RUNNING, "InstanceName": "name"},
    ),
    (
        "ModifyInstanceAttribute",
        "InvalidUser.Unauthorized",
        {},
        told("sub_user", "*"),
        {"InstanceId": RUNNING, "InstanceName": "name"},
    ),
    (
        "ModifyInstanceAttribute",
        "InvalidOperation.InvalidEcsState",
        {STOPPED: {"state": "Starting"}},
        knob("ecs.groups_of_an_instance_on_its_way", "InvalidOperation.InvalidEcsState"),
        {"InstanceId": STOPPED, "SecurityGroupIds": [GROUP]},
    ),
    ("DeleteInstance", "DependencyViolation.SLBConfiguring", BALANCED, {}, {"InstanceId": STOPPED}),
    (
        "DeleteInstances",
        "DependencyViolation.SLBConfiguring",
        BALANCED,
        {},
        {"InstanceId": [STOPPED]},
    ),
    (
        "ImportImage",
        "RegionId.NotFound",
        {},
        knob("image.import_region", "RegionId.NotFound"),
        {"RegionId": "cn-nowhere"},
    ),
]


@pytest.mark.parametrize(
    ("action", "code", "resources", "sections", "request_"),
    ROWS,
    ids=[f"{row[0]}-{number}-{row[1]}" for number, row in enumerate(ROWS)],
)
def test_a_call_is_refused_with_the_documented_code(
    alicloud_direct: Simulator,
    action: str,
    code: str,
    resources: dict[str, Any],
    sections: dict[str, Any],
    request_: dict[str, Any],
) -> None:
    begin(alicloud_direct, resources, sections)
    put(alicloud_direct)
    before = alicloud_direct.world.counts()
    assert refused(alicloud_direct, action, **request_) == code
    assert alicloud_direct.world.counts() == before


def test_the_rules_of_all_groups_of_an_interface_are_counted(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {}, {"quotas": {"ecs.rules_on_interface": 2}})
    ask = alicloud_direct.ask
    for number, rules in enumerate((2, 3)):
        group = ask("Ecs", "CreateSecurityGroup", VpcId=VPC)["SecurityGroupId"]
        for port in range(rules):
            about = {"IpProtocol": "tcp", "PortRange": f"{port + 1}/{port + 1}"}
            about |= {"SecurityGroupId": group, "SourceCidrIp": "10.0.0.0/8"}
            ask("Ecs", "AuthorizeSecurityGroup", **about)
        joined = {"InstanceId": RUNNING, "SecurityGroupId": group}
        if number:
            assert refused(alicloud_direct, "JoinSecurityGroup", **joined) == "AclLimitExceed"
        else:
            ask("Ecs", "JoinSecurityGroup", **joined)


def test_a_launch_without_a_vswitch_takes_the_default_one(alicloud_direct: Simulator) -> None:
    default = {
        "vpc-default": {"kind": "vpc", "is_default": True, "cidr_block": "172.16.0.0/12"},
        "vsw-default": {
            "kind": "vswitch",
            "vpc_id": "vpc-default",
            "zone_id": ZONE,
            "is_default": True,
            "cidr_block": "172.16.1.0/24",
        },
        "sg-default": {"kind": "securitygroup", "vpc_id": "vpc-default"},
    }
    begin(alicloud_direct, default, knob("launch.without_vswitch", "default VPC"))
    about = {"ImageId": "m-bp1test", "InstanceType": "ecs.g6.large"}
    made = alicloud_direct.ask("Ecs", "RunInstances", **about, SecurityGroupId="sg-default")
    (id_,) = made["InstanceIdSets"]["InstanceIdSet"]
    shown = alicloud_direct.ask("Ecs", "DescribeInstances", InstanceIds=f'["{id_}"]')
    (row,) = shown["Instances"]["Instance"]
    assert row["VpcAttributes"]["VSwitchId"] == "vsw-default"
