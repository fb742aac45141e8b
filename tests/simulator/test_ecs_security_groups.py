"""Security groups: a life, their rules, their members, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, VPC, begin, refused, run, shown

MORE = [{"kind": "securitygroup", "id": f"sg-bp1more{n}", "vpc_id": VPC} for n in range(6)]
OTHER = "sg-bp1more0"
FAR = (
    {"kind": "vpc", "id": "vpc-bp1other", "cidr_block": "10.0.0.0/8"},
    {"kind": "securitygroup", "id": "sg-bp1far", "vpc_id": "vpc-bp1other"},
)
MANAGED = {"kind": "securitygroup", "id": "sg-bp1managed", "vpc_id": VPC, "is_managed": True}
TCP = {"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "10.0.0.0/8"}


def attribute(alicloud: Simulator, **more: Any) -> dict[str, Any]:
    return alicloud.ask("Ecs", "DescribeSecurityGroupAttribute", SecurityGroupId=GROUP, **more)


def test_a_group_lives(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    made = alicloud_direct.ask(
        "Ecs",
        "CreateSecurityGroup",
        VpcId=VPC,
        SecurityGroupName="web",
        Tag=[{"Key": "a", "Value": "b"}],
        ClientToken="once",
    )["SecurityGroupId"]
    alicloud_direct.ask(
        "Ecs", "ModifySecurityGroupAttribute", SecurityGroupId=made, Description="for the web"
    )
    for filters in (
        {"SecurityGroupId": made},
        {"SecurityGroupIds": f'["{made}","sg-none"]'},
        {"SecurityGroupName": "web"},
        {"SecurityGroupName": "*we*", "FuzzyQuery": True},
        {"VpcId": VPC, "Tag": [{"Key": "a"}]},
    ):
        rows = alicloud_direct.ask("Ecs", "DescribeSecurityGroups", **filters)
        (row,) = rows["SecurityGroups"]["SecurityGroup"]
        assert (row["SecurityGroupId"], row["Description"]) == (made, "for the web")
    alicloud_direct.ask("Ecs", "DeleteSecurityGroup", SecurityGroupId=made)
    rows = alicloud_direct.ask("Ecs", "DescribeSecurityGroups", SecurityGroupId=made)
    assert rows["SecurityGroups"]["SecurityGroup"] == []


def test_rules_are_added_once_and_taken_away(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, *MORE)
    ask = alicloud_direct.ask
    ask("Ecs", "AuthorizeSecurityGroup", SecurityGroupId=GROUP, **TCP)
    ask("Ecs", "AuthorizeSecurityGroup", SecurityGroupId=GROUP, Permissions=[TCP])
    ask(
        "Ecs",
        "AuthorizeSecurityGroup",
        SecurityGroupId=GROUP,
        IpProtocol="icmp",
        PortRange="-1/-1",
        SourceGroupId=OTHER,
    )
    ask(
        "Ecs",
        "AuthorizeSecurityGroupEgress",
        SecurityGroupId=GROUP,
        IpProtocol="all",
        PortRange="-1/-1",
        DestCidrIp="0.0.0.0/0",
        Policy="drop",
    )
    rules = attribute(alicloud_direct)["Permissions"]["Permission"]
    assert [(r["Direction"], r["IpProtocol"], r["Policy"]) for r in rules] == [
        ("ingress", "TCP", "Accept"),
        ("ingress", "ICMP", "Accept"),
        ("egress", "ALL", "Drop"),
    ]
    assert len(attribute(alicloud_direct, Direction="egress")["Permissions"]["Permission"]) == 1
    found = ask("Ecs", "DescribeSecurityGroupReferences", SecurityGroupId=[OTHER])
    (reference,) = found["SecurityGroupReferences"]["SecurityGroupReference"]
    (by,) = reference["ReferencingSecurityGroups"]["ReferencingSecurityGroup"]
    assert by["SecurityGroupId"] == GROUP
    code = refused(alicloud_direct, "DeleteSecurityGroup", SecurityGroupId=OTHER)
    assert code == "DependencyViolation"
    ask("Ecs", "RevokeSecurityGroup", SecurityGroupId=GROUP, **TCP)
    ids = [rules[1]["SecurityGroupRuleId"], rules[2]["SecurityGroupRuleId"]]
    ask("Ecs", "RevokeSecurityGroupEgress", SecurityGroupId=GROUP, SecurityGroupRuleId=ids)
    assert attribute(alicloud_direct)["Permissions"]["Permission"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"IpProtocol": "smoke"}, "InvalidIpProtocol.ValueNotSupported"),
        ({"PortRange": "22"}, "InvalidPortRange.Malformed"),
        ({"PortRange": "9/1"}, "InvalidPortRange.Malformed"),
        ({"IpProtocol": "icmp"}, "InvalidPortRange.Malformed"),
        ({"SourceCidrIp": "10.0.0"}, "InvalidSourceCidrIp.Malformed"),
        ({"SourceCidrIp": ""}, "MissingParameter.Source"),
        ({"SourceGroupId": "sg-none"}, "InvalidSourceGroupId.NotFound"),
        ({"Policy": "maybe"}, "InvalidPolicy.Malformed"),
        ({"Priority": 101}, "InvalidPriority.ValueNotSupported"),
        ({"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound"),
    ],
    ids=str,
)
def test_a_wrong_rule_is_refused(
    alicloud_direct: Simulator, change: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct)
    rule = {"SecurityGroupId": GROUP, **TCP, **change}
    assert refused(alicloud_direct, "AuthorizeSecurityGroup", **rule) == code


def test_groups_and_rules_have_quotas(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, quotas={"ecs.security_groups": 1, "ecs.security_group_rules": 0})
    code = refused(alicloud_direct, "CreateSecurityGroup", VpcId=VPC)
    assert code == "QuotaExceed.SecurityGroup"
    code = refused(alicloud_direct, "AuthorizeSecurityGroup", SecurityGroupId=GROUP, **TCP)
    assert code == "AuthorizationLimitExceed"


def join(alicloud: Simulator, action: str = "JoinSecurityGroup", **about: Any) -> None:
    alicloud.ask("Ecs", action, **about)


def test_an_instance_joins_and_leaves(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, *MORE)
    id_ = run(alicloud_direct)
    join(alicloud_direct, InstanceId=id_, SecurityGroupId=OTHER)
    assert shown(alicloud_direct, id_)["SecurityGroupIds"]["SecurityGroupId"] == [GROUP, OTHER]
    join(alicloud_direct, "LeaveSecurityGroup", InstanceId=id_, SecurityGroupId=GROUP)
    assert shown(alicloud_direct, id_)["SecurityGroupIds"]["SecurityGroupId"] == [OTHER]
    changed = {"InstanceId": id_, "SecurityGroupIds": [GROUP, "sg-bp1more1"]}
    alicloud_direct.ask("Ecs", "ModifyInstanceAttribute", **changed)
    row = shown(alicloud_direct, id_)
    assert row["SecurityGroupIds"]["SecurityGroupId"] == [GROUP, "sg-bp1more1"]
    rows = alicloud_direct.ask(
        "Ecs", "DescribeSecurityGroups", SecurityGroupId=GROUP, IsQueryEcsCount=True
    )
    assert rows["SecurityGroups"]["SecurityGroup"][0]["EcsCount"] == 1
    code = refused(alicloud_direct, "DeleteSecurityGroup", SecurityGroupId=GROUP)
    assert code == "DependencyViolation"


# The action; fields of the primary interface; the change of the request; the code.
MEMBERS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("JoinSecurityGroup", {}, {"SecurityGroupId": GROUP}, "InvalidInstanceId.AlreadyExists"),
    ("JoinSecurityGroup", {}, {"SecurityGroupId": "sg-bp1far"}, "InvalidOperation.VpcMismatch"),
    (
        "JoinSecurityGroup",
        {},
        {"SecurityGroupId": "sg-bp1managed"},
        "InvalidOperation.ResourceManagedByCloudProduct",
    ),
    (
        "JoinSecurityGroup",
        {"security_group_ids": tuple(f"sg-bp1more{n}" for n in range(1, 6))},
        {},
        "InstanceSecurityGroupLimitExceeded",
    ),
    ("LeaveSecurityGroup", {}, {"SecurityGroupId": GROUP}, "InstanceLastSecurityGroup"),
    ("LeaveSecurityGroup", {}, {}, "InstanceNotInSecurityGroup"),
    *[
        (action, fields, change, code)
        for action in ("JoinSecurityGroup", "LeaveSecurityGroup")
        for fields, change, code in (
            ({}, {"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound"),
            ({}, {"InstanceId": "i-none"}, "InvalidInstanceId.NotFound"),
            ({}, {"InstanceId": "i_?"}, "InvalidInstanceId.Malformed"),
            ({}, {"InstanceId": None}, "MissingParameter"),
            ({}, {"NetworkInterfaceId": "eni-x"}, "InvalidParam.EniIdAndInstanceId.Conflict"),
            ({}, {"InstanceId": None, "NetworkInterfaceId": "eni-x"}, "InvalidEniId.NotFound"),
            (
                {"type": "Trunk"},
                {"InstanceId": None, "NetworkInterfaceId": "own"},
                "InvalidOperation.InvalidEniType",
            ),
            (
                {"service_managed": True},
                {"InstanceId": None, "NetworkInterfaceId": "own"},
                "InvalidOperation.EniServiceManaged",
            ),
            (
                {"state": "Attaching"},
                {"InstanceId": None, "NetworkInterfaceId": "own"},
                "InvalidOperation.InvalidEniState",
            ),
        )
    ],
]


@pytest.mark.parametrize(("action", "fields", "change", "code"), MEMBERS)
def test_a_membership_is_refused_with_the_documented_code(
    alicloud_direct: Simulator,
    action: str,
    fields: dict[str, Any],
    change: dict[str, Any],
    code: str,
) -> None:
    knobs = {"ecs.leave_unjoined": "InstanceNotInSecurityGroup"}
    begin(alicloud_direct, *MORE, *FAR, MANAGED, knobs=knobs)
    id_ = run(alicloud_direct)
    (interface,) = alicloud_direct.world.by(Interface, "instance_id", id_)
    for name, value in fields.items():
        setattr(interface, name, value)
    about: dict[str, Any] = {"InstanceId": id_, "SecurityGroupId": OTHER, **change}
    if about.get("NetworkInterfaceId") == "own":
        about["NetworkInterfaceId"] = interface.id
    assert refused(alicloud_direct, action, **about) == code


@pytest.mark.parametrize("action", ["JoinSecurityGroup", "LeaveSecurityGroup"])
@pytest.mark.parametrize(
    ("lock", "state", "code"),
    [
        ("security", "Running", "InstanceLockedForSecurity"),
        ("", "Starting", "IncorrectInstanceStatus"),
    ],
)
def test_membership_needs_an_instance_at_rest(
    alicloud_direct: Simulator, action: str, lock: str, state: str, code: str
) -> None:
    begin(alicloud_direct, *MORE)
    id_ = run(alicloud_direct)
    found = alicloud_direct.world.find(id_)
    found.state, found.lock = state, lock  # type: ignore[union-attr,attr-defined]  # an instance
    assert refused(alicloud_direct, action, InstanceId=id_, SecurityGroupId=OTHER) == code


def test_a_full_group_takes_nobody(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, *MORE, quotas={"ecs.security_group_members": 1})
    run(alicloud_direct)
    id_ = run(alicloud_direct, SecurityGroupId=OTHER)
    code = refused(alicloud_direct, "JoinSecurityGroup", InstanceId=id_, SecurityGroupId=GROUP)
    assert code == "SecurityGroupInstanceLimitExceeded"


def test_leaving_a_group_one_is_not_in_is_a_knob(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, *MORE)
    id_ = run(alicloud_direct)
    code = refused(alicloud_direct, "LeaveSecurityGroup", InstanceId=id_, SecurityGroupId=OTHER)
    assert code == "InvalidSecurityGroupAssociation.NotFound"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "MissingParameter"),
        ({"VpcId": "vpc-none"}, "InvalidVpcId.NotFound"),
        ({"VpcId": VPC, "SecurityGroupName": "1"}, "InvalidSecurityGroupName.Malformed"),
        ({"VpcId": VPC, "Description": "1"}, "InvalidSecurityGroupDescription.Malformed"),
        ({"VpcId": VPC, "SecurityGroupType": "x"}, "InvalidSecurityGroupType.ValueNotSupported"),
    ],
    ids=str,
)
def test_a_wrong_group_is_refused(
    alicloud_direct: Simulator, request_: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct)
    assert refused(alicloud_direct, "CreateSecurityGroup", **request_) == code


def test_the_inner_policy_is_accept_or_drop(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    about = {"SecurityGroupId": GROUP, "InnerAccessPolicy": "drop"}
    alicloud_direct.ask("Ecs", "ModifySecurityGroupPolicy", **about)
    assert attribute(alicloud_direct)["InnerAccessPolicy"] == "Drop"
    about["InnerAccessPolicy"] = "x"
    code = refused(alicloud_direct, "ModifySecurityGroupPolicy", **about)
    assert code == "InvalidPolicy.Malformed"
