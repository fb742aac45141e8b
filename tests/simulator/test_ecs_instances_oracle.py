"""What instances, groups, pairs, zones and vSwitches take and answer is what the SDKs know."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aliyunsdkcore.client import AcsClient
from aliyunsdkecs.request.v20140526 import (
    DeleteInstanceRequest,
    DescribeInstancesRequest,
    RunInstancesRequest,
)

from cpikit_alicloud_simulator import oracle
from cpikit_alicloud_simulator.catalogue import catalogue
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import (
    GROUP,
    IMAGE,
    VPC,
    VSWITCH,
    ZONE,
    base64_of,
    begin,
    create,
    launch,
    refused,
    run,
)

MINE = re.compile(
    r"\.products\.(ecs\.(instance|launch|security_group|key_pairs|zones)|vpc\.(vswitches|vpcs))"
)
# What the Go CPI sends although no SDK has it; what it does is a knob.
UNDOTTED = {"SystemDiskSize", "SystemDiskCategory", "SystemDiskPerformanceLevel"}
ACTIONS = sorted(
    key for key, action in catalogue().actions.items() if MINE.search(action.run.__module__)
)


@pytest.mark.parametrize(("product", "name"), ACTIONS)
def test_an_action_honours_only_what_the_sdk_can_send(product: str, name: str) -> None:
    action = catalogue().actions[product, name]
    vpc_only = product == "Ecs" and action.product == "Vpc"  # a deprecated copy takes no more
    strange = [
        parameter
        for parameter in action.parameters
        if parameter not in UNDOTTED and not oracle.accepts(product, name, parameter)
    ]
    assert not strange or vpc_only


def test_every_parameter_that_the_sdk_sends_is_accepted_by_a_launch(
    alicloud_direct: Simulator,
) -> None:
    begin(alicloud_direct)
    skip = re.compile(r"^(Owner|Resource|Region)")
    names = [n for n in oracle.schema("Ecs", "RunInstances").parameters if not skip.match(n)]
    empty = {name.replace(".N", ".1"): "" for name in names}  # empty means unset, everywhere
    alicloud_direct.ask("Ecs", "RunInstances", **{**empty, **launch()})


@pytest.mark.parametrize(("product", "name"), ACTIONS)
def test_an_unknown_region_is_refused_everywhere(
    alicloud_direct: Simulator, product: str, name: str
) -> None:
    code = refused(alicloud_direct, name, product, RegionId="cn-nowhere")
    assert code == "InvalidRegionId.NotFound"


# An answer of every action, in an order in which each one works.
def answered(alicloud: Simulator) -> list[tuple[str, str, dict[str, Any]]]:
    found: list[tuple[str, str, dict[str, Any]]] = []

    def ask(product: str, name: str, **parameters: Any) -> dict[str, Any]:
        body = alicloud.ask(product, name, **parameters)
        found.append((product, name, body))
        return body

    for product in ("Vpc", "Ecs"):
        _network(ask, product)
    ask("Vpc", "DescribeVSwitchAttributes", VSwitchId=VSWITCH)
    ask("Vpc", "ModifyVSwitchAttribute", VSwitchId=VSWITCH, VSwitchName="own")
    _groups(ask)
    key = ask("Ecs", "CreateKeyPair", KeyPairName="mine")
    assert key["PrivateKeyBody"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    public = ask("Ecs", "DescribeKeyPairs", IncludePublicKey=True)["KeyPairs"]["KeyPair"][0]
    ask("Ecs", "ImportKeyPair", KeyPairName="other", PublicKeyBody=public["PublicKey"])
    _instances(ask, alicloud)
    ask("Ecs", "DescribeInstanceTypes")
    ask("Ecs", "DescribeZones")
    for destination in ("InstanceType", "SystemDisk", "Zone"):
        ask("Ecs", "DescribeAvailableResource", DestinationResource=destination)
    ask("Ecs", "DeleteKeyPairs", KeyPairNames='["mine","other"]')
    return found


def _network(ask: Any, product: str) -> None:
    vpc = ask(product, "CreateVpc", CidrBlock="172.16.0.0/12")["VpcId"]
    about = {"VpcId": vpc, "ZoneId": ZONE, "CidrBlock": "172.16.0.0/24"}
    vswitch = ask(product, "CreateVSwitch", **about)["VSwitchId"]
    ask(product, "DescribeVpcs")
    ask(product, "DescribeVSwitches")
    ask(product, "DeleteVSwitch", VSwitchId=vswitch)
    ask(product, "DeleteVpc", VpcId=vpc)


def _groups(ask: Any) -> None:
    group = ask("Ecs", "CreateSecurityGroup", VpcId=VPC)["SecurityGroupId"]
    about = {"SecurityGroupId": group, "IpProtocol": "tcp", "PortRange": "1/9"}
    ask("Ecs", "AuthorizeSecurityGroup", **about, SourceGroupId=GROUP)
    ask("Ecs", "AuthorizeSecurityGroupEgress", **about, DestCidrIp="10.0.0.0/8")
    ask("Ecs", "DescribeSecurityGroupAttribute", SecurityGroupId=group)
    ask("Ecs", "DescribeSecurityGroups", IsQueryEcsCount=True)
    ask("Ecs", "DescribeSecurityGroupReferences", SecurityGroupId=[GROUP])
    ask("Ecs", "RevokeSecurityGroup", **about, SourceGroupId=GROUP)
    ask("Ecs", "RevokeSecurityGroupEgress", **about, DestCidrIp="10.0.0.0/8")
    ask("Ecs", "ModifySecurityGroupAttribute", SecurityGroupId=group, SecurityGroupName="web")
    ask("Ecs", "ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy="Drop")
    ask("Ecs", "DeleteSecurityGroup", SecurityGroupId=group)


def _instances(ask: Any, alicloud: Simulator) -> None:
    wanted = launch(
        KeyPairName="mine",
        UserData=base64_of(b"x"),
        InternetMaxBandwidthOut=1,
        Ipv6AddressCount=1,
        Tag=[{"Key": "a", "Value": "b"}],
    )
    (id_,) = ask("Ecs", "RunInstances", **wanted)["InstanceIdSets"]["InstanceIdSet"]
    other = ask("Ecs", "CreateInstance", **launch(InternetMaxBandwidthOut=1))["InstanceId"]
    ask("Ecs", "AllocatePublicIpAddress", InstanceId=other)
    for name in ("DescribeInstances", "DescribeInstanceStatus"):
        ask("Ecs", name)
    for name in ("DescribeInstanceAttribute", "DescribeUserData", "RebootInstance", "StopInstance"):
        ask("Ecs", name, InstanceId=id_)
    ask("Ecs", "StartInstance", InstanceId=id_)
    ask("Ecs", "ModifyInstanceAttribute", InstanceId=id_, InstanceName="web")
    ask("Ecs", "ModifyInstanceSpec", InstanceId=id_, InternetMaxBandwidthOut=2)
    ask("Ecs", "ModifyInstanceMetadataOptions", InstanceId=id_, HttpTokens="required")
    more = alicloud.ask("Ecs", "CreateSecurityGroup", VpcId=VPC)["SecurityGroupId"]
    ask("Ecs", "JoinSecurityGroup", InstanceId=id_, SecurityGroupId=more)
    ask("Ecs", "LeaveSecurityGroup", InstanceId=id_, SecurityGroupId=more)
    ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    ask("Ecs", "DeleteInstances", InstanceId=[other])


def test_every_answer_has_only_known_keys_of_the_right_type(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    found = answered(alicloud_direct)
    for product, name, body in found:
        assert oracle.unknown_keys(product, name, body) == [], name
        assert oracle.wrong_types(product, name, body) == [], name
    assert {(product, name) for product, name, _ in found} == set(ACTIONS)


def test_the_official_sdk_runs_finds_and_deletes_an_instance(alicloud: Simulator) -> None:
    begin(alicloud)
    key = alicloud.account
    client = AcsClient(key.id, key.secret, "cn-hangzhou", auto_retry=False)

    def send(request: Any) -> dict[str, Any]:
        request.set_endpoint(alicloud.host)
        return dict(json.loads(client.do_action_with_exception(request)))

    running = RunInstancesRequest.RunInstancesRequest()
    running.set_ImageId(IMAGE)
    running.set_InstanceType("ecs.g6.large")
    running.set_VSwitchId(VSWITCH)
    running.set_SecurityGroupId(GROUP)
    running.set_Tags([{"Key": "cpikit-director", "Value": "d-1"}])
    running.set_DataDisks([{"Size": 30, "Category": "cloud_essd", "DeleteWithInstance": True}])
    (id_,) = send(running)["InstanceIdSets"]["InstanceIdSet"]
    asking = DescribeInstancesRequest.DescribeInstancesRequest()
    asking.set_InstanceIds(json.dumps([id_]))
    (row,) = send(asking)["Instances"]["Instance"]
    assert row["Status"] == "Running"
    owned = [r for r in alicloud.control.inventory() if r["owner"] == "d-1"]
    assert {r["kind"] for r in owned} == {"instance", "disk", "eni"}
    deleting = DeleteInstanceRequest.DeleteInstanceRequest()
    deleting.set_InstanceId(id_)
    deleting.set_Force(True)
    send(deleting)
    assert send(asking)["Instances"]["Instance"] == []


def test_two_instances_of_one_world_share_nothing(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    for _ in range(2):
        run(alicloud_direct)
        create(alicloud_direct)
    rows = alicloud_direct.ask("Ecs", "DescribeInstances")["Instances"]["Instance"]
    for of in ("InstanceId", "SerialNumber", "HostName"):
        assert len({row[of] for row in rows}) == 4
