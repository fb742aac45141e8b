"""Instances are found by what documents name, in pages, and cheaply."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cpikit_alicloud_simulator.policies import Policy
from cpikit_alicloud_simulator.products.ecs.instance import EipBinding, Instance
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError
from tests.simulator.instances_kit import (
    GROUP,
    IMAGE,
    OTHER_ZONE,
    VPC,
    VSWITCH,
    ZONE,
    begin,
    create,
    launch,
    refused,
    run,
)


def listed(alicloud: Simulator, **filters: Any) -> list[str]:
    answer = alicloud.ask("Ecs", "DescribeInstances", **filters)
    return [row["InstanceId"] for row in answer["Instances"]["Instance"]]


MATCHING: list[dict[str, Any]] = [
    {"InstanceName": "web*"},
    {"InstanceName": "web-1"},
    {"VpcId": VPC},
    {"VSwitchId": VSWITCH, "Status": "Running"},
    {"ZoneId": ZONE, "InstanceType": "ecs.g7.large"},
    {"InstanceTypeFamily": "ecs.g7"},
    {"SecurityGroupId": "sg-bp1own"},
    {"ImageId": "m-own"},
    {"Status": "Running"},
    {"PrivateIpAddresses": '["10.0.0.77","10.0.0.78"]'},
    {"KeyPairName": "mine"},
    {"Tag": [{"Key": "role", "Value": "web"}]},
    {"Tag": [{"Key": "role"}]},
    {"InstanceChargeType": "PostPaid", "KeyPairName": "mine"},
    {"InstanceNetworkType": "vpc", "KeyPairName": "mine"},
    {"HttpTokens": "required"},
    {"InternetChargeType": "PayByBandwidth"},
    {"IoOptimized": True, "KeyPairName": "mine"},
    {"Ipv6Address": ["2408:4005:1:1::77"]},
    {"EipAddresses": '["47.0.0.1"]'},
    {"KeyPairName": "mine", "Filter": [{"Key": "CreationStartTime", "Value": "2020-01-01T00:00Z"}]},
]
OTHER: list[dict[str, Any]] = [
    {"InstanceName": "db*"},
    {"VpcId": "vpc-none"},
    {"Status": "Stopped"},
    {"ZoneId": OTHER_ZONE},
    {"PrivateIpAddresses": '["10.0.0.99"]'},
    {"InnerIpAddresses": '["10.0.0.77"]'},
    {"Tag": [{"Key": "role", "Value": "db"}]},
    {"InstanceIds": "[]"},
    {"InstanceIds": '["i-none"]'},
    {"InstanceNetworkType": "classic"},
    {"LockReason": "security"},
    {"Filter": [{"Key": "CreationEndTime", "Value": "2020-01-01T00:00Z"}]},
    {"Filter": [{"Key": "ExpiredStartTime", "Value": "2020-01-01T00:00Z"}]},
]


@pytest.fixture
def two(alicloud_direct: Simulator) -> str:
    """Make a world of two instances, one of them with all that filters ask for; give its id."""
    begin(
        alicloud_direct,
        {"kind": "securitygroup", "id": "sg-bp1own", "vpc_id": VPC},
        {"kind": "image", "id": "m-own"},
        {"kind": "keypair", "name": "mine"},
    )
    id_ = run(
        alicloud_direct,
        ImageId="m-own",
        InstanceType="ecs.g7.large",
        SecurityGroupId="sg-bp1own",
        InstanceName="web-1",
        PrivateIpAddress="10.0.0.77",
        KeyPairName="mine",
        HttpTokens="required",
        InternetChargeType="PayByBandwidth",
        Ipv6Address=["2408:4005:1:1::77"],
        Tag=[{"Key": "role", "Value": "web"}],
    )
    found = alicloud_direct.world.get(Instance, id_)
    assert found is not None
    found.eip = EipBinding("eip-1", "47.0.0.1")
    return id_


@pytest.mark.parametrize("filters", MATCHING, ids=str)
def test_a_filter_finds_its_instance(
    alicloud_direct: Simulator, two: str, filters: dict[str, Any]
) -> None:
    assert listed(alicloud_direct, **filters) == [two]


@pytest.mark.parametrize("filters", OTHER, ids=str)
def test_a_filter_leaves_others_out(
    alicloud_direct: Simulator, two: str, filters: dict[str, Any]
) -> None:
    assert two not in listed(alicloud_direct, **filters)


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"Status": "Lost"}, "InvalidStatus.NotFound"),
        ({"InstanceNetworkType": "x"}, "InvalidNetworkType.NotFound"),
        ({"InstanceChargeType": "x"}, "InvalidInstanceChargeType.NotFound"),
        ({"InternetChargeType": "x"}, "InvalidInternetChargeType.ValueNotSupported"),
        ({"LockReason": "x"}, "InvalidLockReason.NotFound"),
        ({"Filter": [{"Key": "x", "Value": "y"}]}, "InvalidFilterKey.NotFound"),
        ({"Filter": [{"Key": "CreationEndTime", "Value": "soon"}]}, "InvalidParameter"),
        ({"Tag": [{"Key": f"k{n}"} for n in range(21)]}, "InvalidTagCount"),
        ({"Tag": [{"Value": "x"}]}, "InvalidTag.Mismatch"),
        ({"HpcClusterId": "hpc-none"}, "InvalidHpcClusterId.NotFound"),
        ({"HpcClusterId": "hpc-new"}, "InvalidHpcClusterId.Creating"),
        ({"DryRun": True}, "DryRunOperation"),
        ({"InstanceIds": "i-1"}, "InvalidParameter"),
        ({"InstanceIds": json.dumps([f"i-{n}" for n in range(101)])}, "InvalidParameter"),
        ({"PageNumber": 0}, "InvalidParameter"),
        ({"NextToken": "%%%"}, "InvalidParameter"),
    ],
    ids=str,
)
def test_a_wrong_filter_is_refused(
    alicloud_direct: Simulator, filters: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct, {"kind": "hpc_cluster", "id": "hpc-new", "state": "Creating"})
    assert refused(alicloud_direct, "DescribeInstances", **filters) == code


def test_pages_of_both_kinds_show_each_instance_once(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    alicloud_direct.ask("Ecs", "RunInstances", **launch(Amount=25))
    by_number = [
        id_
        for number in range(1, 5)
        for id_ in listed(alicloud_direct, PageNumber=number, PageSize=7)
    ]
    by_token: list[str] = []
    token = ""
    while True:
        answer = alicloud_direct.ask(
            "Ecs", "DescribeInstances", MaxResults=1, **({"NextToken": token} if token else {})
        )
        page = [row["InstanceId"] for row in answer["Instances"]["Instance"]]
        assert len(page) <= 10  # a page of one cannot be asked for
        by_token += page
        token = answer["NextToken"]
        if not token:
            break
    assert len(set(by_number)) == 25
    assert by_token == by_number == sorted(by_number, key=by_number.index)
    assert len(listed(alicloud_direct)) == 10


def test_without_permission_the_list_is_empty_and_an_id_is_refused(
    alicloud_direct: Simulator,
) -> None:
    deny = Policy.parsed(
        {"Statement": [{"Effect": "Deny", "Action": "ecs:Describe*", "Resource": "*"}]}
    )
    begin(alicloud_direct)
    id_ = run(alicloud_direct)
    world = alicloud_direct.world
    own = alicloud_direct.account
    key = type(own)("LTAIother", "secret", own.account_id, "user/x", (deny,))
    world.accounts.add_key(key)
    answer = alicloud_direct.ask("Ecs", "DescribeInstances", key, InstanceIds=f'["{id_}"]')
    assert answer["Instances"] == {"Instance": []}
    with pytest.raises(ApiError, match=r"Forbidden\.RAM"):
        alicloud_direct.ask("Ecs", "DescribeInstanceAttribute", key, InstanceId=id_)


def test_states_are_listed_alone(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ran, made = run(alicloud_direct), create(alicloud_direct)
    answer = alicloud_direct.ask("Ecs", "DescribeInstanceStatus", InstanceId=[made, "i-none"])
    assert answer["InstanceStatuses"]["InstanceStatus"] == [
        {"InstanceId": made, "Status": "Stopped"}
    ]
    answer = alicloud_direct.ask("Ecs", "DescribeInstanceStatus", ZoneId=ZONE)
    assert {row["InstanceId"] for row in answer["InstanceStatuses"]["InstanceStatus"]} == {
        ran,
        made,
    }
    code = refused(alicloud_direct, "DescribeInstanceStatus", ZoneId="cn-hangzhou-z")
    assert code == "InvalidZoneId.NotFound"


def test_a_sharp_filter_never_goes_through_all_instances(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ids = json.dumps([run(alicloud_direct) for _ in range(20)])
    table = alicloud_direct.world.table(Instance)
    whole = table.at_home
    touched: list[str] = []
    table.at_home = lambda *a: touched.append("all") or whole(*a)  # type: ignore[method-assign,func-returns-value]  # a spy
    assert len(listed(alicloud_direct, InstanceIds=ids)) == 10
    assert len(listed(alicloud_direct, PrivateIpAddresses='["10.0.0.1"]')) == 1
    assert len(listed(alicloud_direct, SecurityGroupId=GROUP, PageSize=50)) == 20
    assert len(listed(alicloud_direct, ImageId=IMAGE, PageSize=50)) == 20
    assert touched == []  # no call went through all instances
