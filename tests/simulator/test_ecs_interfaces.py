"""Network interfaces: made, attached, given addresses, detached, deleted; in time."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, VSWITCH, refused
from tests.simulator.storage_kit import ENI, PRIMARY, RUNNING, STOPPED, USED_ENI, begin

PLACE = {"VSwitchId": VSWITCH, "SecurityGroupId": GROUP}


def make(alicloud: Simulator, **more: Any) -> dict[str, Any]:
    return alicloud.ask("Ecs", "CreateNetworkInterface", **PLACE, **more)


def interfaces(alicloud: Simulator, **filters: Any) -> list[dict[str, Any]]:
    answer = alicloud.ask("Ecs", "DescribeNetworkInterfaces", **filters)
    return list(answer["NetworkInterfaceSets"]["NetworkInterfaceSet"])


def interface(alicloud: Simulator, id_: str) -> dict[str, Any]:
    (found,) = interfaces(alicloud, NetworkInterfaceId=[id_])
    return found


def test_an_interface_goes_through_its_states_in_time(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    ask, sleep = alicloud_direct.ask, alicloud_direct.clock.sleep
    made = make(alicloud_direct, PrimaryIpAddress="10.0.0.77", NetworkInterfaceName="mine")
    assert (made["PrivateIpAddress"], made["Status"]) == ("10.0.0.77", "Creating")
    id_ = made["NetworkInterfaceId"]
    pair = {"NetworkInterfaceId": id_, "InstanceId": STOPPED}
    code = refused(alicloud_direct, "AttachNetworkInterface", **pair)
    assert code == "InvalidOperation.InvalidEniState"
    sleep(2)
    ask("Ecs", "AttachNetworkInterface", **pair)
    assert interface(alicloud_direct, id_)["Status"] == "Attaching"
    sleep(5)
    shown = interface(alicloud_direct, id_)
    assert (shown["Status"], shown["InstanceId"]) == ("InUse", STOPPED)
    ask("Ecs", "DetachNetworkInterface", **pair)
    assert interface(alicloud_direct, id_)["Status"] == "Detaching"
    sleep(5)
    shown = interface(alicloud_direct, id_)
    assert (shown["Status"], shown["InstanceId"]) == ("Available", "")
    ask("Ecs", "DeleteNetworkInterface", NetworkInterfaceId=id_)
    assert interface(alicloud_direct, id_)["Status"] == "Deleting"
    sleep(2)
    assert interfaces(alicloud_direct, NetworkInterfaceId=[id_]) == []


def test_its_address_is_free_a_while_after_it_is_gone(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, profile="typical")
    wanted = {"PrimaryIpAddress": "10.0.0.77"}
    id_ = make(alicloud_direct, **wanted)["NetworkInterfaceId"]
    alicloud_direct.clock.sleep(2)
    alicloud_direct.ask("Ecs", "DeleteNetworkInterface", NetworkInterfaceId=id_)
    alicloud_direct.clock.sleep(2)
    code = refused(alicloud_direct, "CreateNetworkInterface", **PLACE, **wanted)
    assert code == "InvalidPrivateIpAddress.Duplicated"
    alicloud_direct.clock.sleep(20)
    make(alicloud_direct, **wanted)


def test_an_interface_stays_or_goes_with_its_instance(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    ask("Ecs", "DetachNetworkInterface", NetworkInterfaceId=USED_ENI, InstanceId=RUNNING)
    ask("Ecs", "AttachNetworkInterface", NetworkInterfaceId=ENI, InstanceId=RUNNING)
    one = {"NetworkInterfaceId": ENI, "DeleteOnRelease": False}
    ask("Ecs", "ModifyNetworkInterfaceAttribute", **one)
    ask("Ecs", "DeleteInstance", InstanceId=RUNNING, Force=True)
    left = {each["NetworkInterfaceId"]: each["Status"] for each in interfaces(alicloud_direct)}
    assert left == {ENI: "Available", USED_ENI: "Available"}


def test_addresses_are_given_and_taken(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask, one = alicloud_direct.ask, {"NetworkInterfaceId": ENI}
    given = ask("Ecs", "AssignPrivateIpAddresses", **one, PrivateIpAddress=["10.0.0.99"])
    more = ask("Ecs", "AssignPrivateIpAddresses", **one, SecondaryPrivateIpAddressCount=2)
    found = [
        address
        for answer in (given, more)
        for address in answer["AssignedPrivateIpAddressesSet"]["PrivateIpSet"]["PrivateIpAddress"]
    ]
    own = [
        each["PrivateIpAddress"]
        for each in interface(alicloud_direct, ENI)["PrivateIpSets"]["PrivateIpSet"]
    ]
    assert (found[0], own[1:]) == ("10.0.0.99", found)
    ask("Ecs", "UnassignPrivateIpAddresses", **one, PrivateIpAddress=found[:2])
    own = [
        each["PrivateIpAddress"]
        for each in interface(alicloud_direct, ENI)["PrivateIpSets"]["PrivateIpSet"]
    ]
    assert own[1:] == found[2:]
    (v6,) = ask("Ecs", "AssignIpv6Addresses", **one, Ipv6AddressCount=1)["Ipv6Sets"]["Ipv6Address"]
    assert interface(alicloud_direct, ENI)["Ipv6Sets"]["Ipv6Set"] == [{"Ipv6Address": v6}]
    ask("Ecs", "UnassignIpv6Addresses", **one, Ipv6Address=[v6])
    assert interface(alicloud_direct, ENI)["Ipv6Sets"]["Ipv6Set"] == []


def test_prefixes_take_their_addresses_and_give_them_back(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    ask = alicloud_direct.ask
    made = make(alicloud_direct, Ipv4PrefixCount=2, Ipv6PrefixCount=1)
    one = {"NetworkInterfaceId": made["NetworkInterfaceId"]}
    prefixes = [each["Ipv4Prefix"] for each in made["Ipv4PrefixSets"]["Ipv4PrefixSet"]]
    assert prefixes == ["10.0.0.16/28", "10.0.0.32/28"]
    assert made["Ipv6PrefixSets"]["Ipv6PrefixSet"][0]["Ipv6Prefix"].endswith("/80")
    inside = {**PLACE, "PrimaryIpAddress": "10.0.0.20"}
    code = refused(alicloud_direct, "CreateNetworkInterface", **inside)
    assert code == "InvalidPrivateIpAddress.Duplicated"
    again = {"NetworkInterfaceId": ENI, "Ipv4Prefix": ["10.0.0.16/28"]}
    code = refused(alicloud_direct, "AssignPrivateIpAddresses", **again)
    assert code == "InvalidPrivateIpAddress.Duplicated"
    ask("Ecs", "UnassignPrivateIpAddresses", **one, Ipv4Prefix=["10.0.0.16/28"])
    ask("Ecs", "AssignPrivateIpAddresses", **again)
    ask("Ecs", "DeleteNetworkInterface", **one)
    ask("Ecs", "CreateNetworkInterface", **PLACE, PrimaryIpAddress="10.0.0.33")


def test_no_two_interfaces_share_an_address_or_a_mac(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    for _ in range(20):
        make(alicloud_direct, SecondaryPrivateIpAddressCount=3)
    shown = interfaces(alicloud_direct, MaxResults=100)
    every = [a["PrivateIpAddress"] for each in shown for a in each["PrivateIpSets"]["PrivateIpSet"]]
    assert len(set(every)) == len(every) == 20 * 4 + 3
    assert len({each["MacAddress"] for each in shown}) == len(shown)


def test_attributes_are_changed_and_shown(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, {"sg-2": {"kind": "securitygroup", "vpc_id": "vpc-bp1test"}})
    one = {"NetworkInterfaceId": ENI}
    alicloud_direct.ask(
        "Ecs",
        "ModifyNetworkInterfaceAttribute",
        **one,
        NetworkInterfaceName="named",
        Description="of it",
        SecurityGroupId=["sg-2"],
        QueueNumber=2,
        SourceDestCheck=True,
    )
    shown = alicloud_direct.ask("Ecs", "DescribeNetworkInterfaceAttribute", **one)
    assert shown["SecurityGroupIds"] == {"SecurityGroupId": ["sg-2"]}
    assert (shown["NetworkInterfaceName"], shown["Description"]) == ("named", "of it")
    assert (shown["QueueNumber"], shown["SourceDestCheck"]) == (2, True)
    code = refused(alicloud_direct, "DescribeNetworkInterfaceAttribute", NetworkInterfaceId="x")
    assert code == "InvalidEniId.NotFound"


def test_an_unknown_interface_may_be_ignored(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, sections={"knobs": {"eni.delete_unknown": "ignore"}})
    alicloud_direct.ask("Ecs", "DeleteNetworkInterface", NetworkInterfaceId="eni-none")


def test_an_elastic_address_is_shown_on_its_interface(alicloud_direct: Simulator) -> None:
    eip = {
        "kind": "eip",
        "state": "InUse",
        "ip_address": "47.96.1.2",
        "instance_id": ENI,
        "private_ip": "10.0.0.200",
    }
    begin(alicloud_direct, {"eip-1": eip, ENI: {"primary_ip": "10.0.0.200"}})
    public = {"AllocationId": "eip-1", "PublicIpAddress": "47.96.1.2"}
    assert interface(alicloud_direct, ENI)["AssociatedPublicIp"] == public


# A filter, and what of the three interfaces it leaves.
EVERY = {ENI, PRIMARY, USED_ENI}
FOUND: list[tuple[dict[str, Any], set[str]]] = [
    ({}, EVERY),
    ({"NetworkInterfaceId": [ENI, "eni-none"]}, {ENI}),
    ({"InstanceId": RUNNING}, {PRIMARY, USED_ENI}),
    ({"InstanceId": RUNNING, "Type": "Primary"}, {PRIMARY}),
    ({"VSwitchId": VSWITCH, "Status": "Available"}, {ENI}),
    ({"VpcId": "vpc-bp1test"}, EVERY),
    ({"SecurityGroupId": GROUP}, EVERY),
    ({"PrimaryIpAddress": "10.0.0.99"}, {ENI}),
    ({"PrivateIpAddress": ["10.0.0.98", "10.0.0.97"]}, {ENI}),
    ({"Ipv6Address": ["2408:4005:1:1::9"]}, {ENI}),
    ({"NetworkInterfaceName": "n"}, {ENI}),
    ({"ServiceManaged": True}, {USED_ENI}),
    ({"Tag": [{"Key": "a"}]}, {ENI}),
    ({"ResourceGroupId": "rg-1"}, set()),
]


@pytest.mark.parametrize(("filters", "ids"), FOUND)
def test_a_filter_leaves_what_it_says(
    alicloud_direct: Simulator, filters: dict[str, Any], ids: set[str]
) -> None:
    changes = {
        ENI: {
            "name": "n",
            "tags": {"a": "b"},
            "primary_ip": "10.0.0.99",
            "secondary_ips": ["10.0.0.98"],
            "ipv6s": ["2408:4005:1:1::9"],
        },
        USED_ENI: {"service_managed": True},
    }
    begin(alicloud_direct, changes)
    assert {each["NetworkInterfaceId"] for each in interfaces(alicloud_direct, **filters)} == ids
