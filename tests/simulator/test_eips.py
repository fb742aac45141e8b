"""Elastic addresses: their states, what they hang on, and every documented error."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.balancing_kit import WORLD, Asker

REGION = "cn-hangzhou"


@pytest.fixture
def ask(alicloud_direct: Simulator) -> Asker:
    alicloud_direct.reset(WORLD, "typical")
    return Asker(alicloud_direct)


def allocated(ask: Asker, **more: Any) -> str:
    return str(ask("Vpc", "AllocateEipAddress", RegionId=REGION, **more)["AllocationId"])


def row(ask: Asker, eip: str, product: str = "Vpc") -> dict[str, Any]:
    found = ask(product, "DescribeEipAddresses", RegionId=REGION, AllocationId=eip)
    (one,) = found["EipAddresses"]["EipAddress"]
    return dict(one)


def on(ask: Asker, eip: str, id_: str = "i-one", **more: Any) -> dict[str, Any]:
    return ask("Vpc", "AssociateEipAddress", AllocationId=eip, InstanceId=id_, **more)


def code_on(ask: Asker, eip: str, id_: str = "i-one", **more: Any) -> tuple[int, str]:
    return ask.refused("Vpc", "AssociateEipAddress", AllocationId=eip, InstanceId=id_, **more)


@pytest.mark.parametrize("product", ["Vpc", "Ecs"])
def test_an_address_lives_from_allocate_to_release(ask: Asker, product: str) -> None:
    made = ask(product, "AllocateEipAddress", RegionId=REGION, Bandwidth=10)
    eip = made["AllocationId"]
    found = ask(product, "DescribeEipAddresses", RegionId=REGION, EipAddress=made["EipAddress"])
    assert [one["AllocationId"] for one in found["EipAddresses"]["EipAddress"]] == [eip]
    ask(product, "AssociateEipAddress", AllocationId=eip, InstanceId="i-one")
    assert row(ask, eip, product)["Status"] == "Associating"
    ask.simulator.clock.sleep(2)
    shown = row(ask, eip, product)
    assert (shown["Status"], shown["InstanceId"]) == ("InUse", "i-one")
    ask(product, "UnassociateEipAddress", AllocationId=eip, InstanceId="i-one")
    assert row(ask, eip, product)["Status"] == "Unassociating"
    ask.simulator.clock.sleep(2)
    assert row(ask, eip, product)["Status"] == "Available"
    ask(product, "ReleaseEipAddress", AllocationId=eip)
    found = ask(product, "DescribeEipAddresses", RegionId=REGION, AllocationId=eip)
    assert found["EipAddresses"]["EipAddress"] == []


def test_the_instance_shows_its_address_and_an_eip_its_private_one(ask: Asker) -> None:
    eip = allocated(ask)
    on(ask, eip)
    instance: Any = ask.simulator.world.find("i-one")
    assert instance.eip.allocation_id == eip
    assert row(ask, eip)["PrivateIpAddress"] == "10.0.0.10"
    ask.simulator.clock.sleep(2)
    ask("Vpc", "UnassociateEipAddress", AllocationId=eip)
    ask.simulator.clock.sleep(2)
    ask.simulator.world.settle()
    assert instance.eip is None


def test_an_address_is_free_when_its_instance_is_gone(ask: Asker) -> None:
    eip = allocated(ask)
    on(ask, eip)
    world = ask.simulator.world
    instance = world.find("i-one")
    assert instance is not None
    instance.vanish(world)
    assert (row(ask, eip)["Status"], row(ask, eip)["InstanceId"]) == ("Available", "")


def test_an_address_hangs_on_an_inner_load_balancer_and_an_interface(ask: Asker) -> None:
    inner = ask("Slb", "CreateLoadBalancer", RegionId=REGION, VSwitchId="vsw-a")
    on(ask, allocated(ask), inner["LoadBalancerId"], InstanceType="SlbInstance")
    assert (
        ask.refused("Slb", "DeleteLoadBalancer", LoadBalancerId=inner["LoadBalancerId"])[0] == 400
    )
    on(ask, allocated(ask), "eni-one", InstanceType="NetworkInterface", Mode="MULTI_BINDED")
    outer = ask("Slb", "CreateLoadBalancer", RegionId=REGION)["LoadBalancerId"]
    refused = code_on(ask, allocated(ask), outer, InstanceType="SlbInstance")
    assert refused == (400, "IncorrectInstanceStatus")


def test_attributes_change(ask: Asker) -> None:
    eip = allocated(ask, Name="a", Tag=[{"Key": "k", "Value": "v"}])
    ask("Vpc", "ModifyEipAddressAttribute", AllocationId=eip, Name="b", Bandwidth=7)
    assert (row(ask, eip)["Name"], row(ask, eip)["Bandwidth"]) == ("b", "7")
    found = ask("Vpc", "DescribeEipAddresses", RegionId=REGION, Tag=[{"Key": "k", "Value": "v"}])
    assert found["TotalCount"] == 1
    found = ask("Vpc", "DescribeEipAddresses", RegionId=REGION, Status="InUse")
    assert found["TotalCount"] == 0


def test_the_same_token_gives_the_same_address(ask: Asker) -> None:
    assert allocated(ask, ClientToken="t") == allocated(ask, ClientToken="t")


ALLOCATE = [
    ({}, {"Bandwidth": 0}, (400, "InvalidParameter")),
    ({}, {"ISP": "Moon"}, (400, "InvalidParameter")),
    ({}, {"IpAddress": "10.0.0.1"}, (400, "InvalidParameter")),
    ({}, {"ResourceGroupId": "x"}, (400, "InvalidResourceGroupId")),
    ({}, {"ISP": "ChinaMobile"}, (403, "Forbbiden")),
    ({"quotas": {"vpc.eips": 0}}, {}, (400, "QuotaExceeded.Eip")),
    ({"eip_supply": {"left": 0}}, {}, (400, "ReserveIpFail")),
    ({"eip_supply": {"without_eips": [REGION]}}, {}, (400, "InvalidRegion.NotSupport")),
    ({"eip_supply": {"no_balance": ["1000000000000001"]}}, {}, (400, "InsufficientBalance")),
]


@pytest.mark.parametrize(("world", "given", "wanted"), ALLOCATE)
def test_allocate_refuses(
    ask: Asker, world: dict[str, Any], given: dict[str, Any], wanted: tuple[int, str]
) -> None:
    ask.simulator.reset({**WORLD, **world})
    assert ask.refused("Vpc", "AllocateEipAddress", RegionId=REGION, **given) == wanted


def test_an_address_that_somebody_has_is_a_conflict(ask: Asker) -> None:
    ask("Vpc", "AllocateEipAddress", RegionId=REGION, IpAddress="47.96.1.1")
    refused = ask.refused("Vpc", "AllocateEipAddress", RegionId=REGION, IpAddress="47.96.1.1")
    assert refused == (409, "OperationConflict")


def test_the_supply_comes_back(ask: Asker) -> None:
    ask.simulator.reset({**WORLD, "eip_supply": {"left": 1}})
    eip = allocated(ask)
    assert ask.refused("Vpc", "AllocateEipAddress", RegionId=REGION)[1] == "ReserveIpFail"
    ask("Vpc", "ReleaseEipAddress", AllocationId=eip)
    assert allocated(ask)


ASSOCIATE = [
    ("i-one", {"InstanceType": "Moon"}, (400, "InvalidInstanceType.ValueNotSupported")),
    ("i-none", {}, (404, "InvalidInstanId.NotFound")),
    ("i-new", {}, (400, "IncorrectInstanceStatus")),
    ("i-one", {"Mode": "MOON"}, (400, "InvalidParameter")),
    ("i-one", {"PrivateIpAddress": "moon"}, (400, "InvalidParameter")),
    ("i-one", {"PrivateIpAddress": "10.0.0.11"}, (400, "InvalidParams.NotFound")),
    ("i-one", {"InstanceRegionId": "cn-beijing"}, (400, "InvalidParameter.Mismatch")),
    ("havip-a", {"InstanceType": "HaVip"}, (400, "IncorrectHaVipStatus")),
    ("i-box", {}, (400, "OperationDenied.CloudBoxResourceExist")),
    ("i-boxed", {}, (400, "OperationDenied.CloudBoxVSwitchExist")),
]
MORE: list[dict[str, Any]] = [
    {"kind": "havip", "id": "havip-a", "state": "Associating"},
    {"kind": "instance", "id": "i-box", "state": "Running", "tags": {"acs:cloudbox": "cb-1"}},
    {
        "kind": "vswitch",
        "id": "vsw-box",
        "vpc_id": "vpc-a",
        "zone_id": "cn-hangzhou-b",
        "cidr_block": "10.0.9.0/24",
        "tags": {"acs:cloudbox": "cb-1"},
    },
    {"kind": "instance", "id": "i-boxed", "state": "Running", "vswitch_id": "vsw-box"},
    {"kind": "instance", "id": "i-public", "state": "Running", "public_ip": "47.1.1.1"},
    {"kind": "eip", "id": "eip-locked", "lock": "security"},
    {"kind": "eip", "id": "eip-managed", "service_managed": True},
]


@pytest.mark.parametrize(("id_", "given", "wanted"), ASSOCIATE)
def test_associate_refuses(
    ask: Asker, id_: str, given: dict[str, Any], wanted: tuple[int, str]
) -> None:
    ask.simulator.reset({"resources": [*WORLD["resources"], *MORE]})
    assert code_on(ask, allocated(ask), id_, **given) == wanted


def test_associate_refuses_by_the_state_of_the_address(ask: Asker) -> None:
    ask.simulator.reset({"resources": [*WORLD["resources"], *MORE]}, "typical")
    eip = allocated(ask)
    assert code_on(ask, "eip-none") == (404, "InvalidAllocationId.NotFound")
    assert code_on(ask, "eip-locked") == (400, "Forbbiden")
    assert code_on(ask, "eip-managed") == (400, "OperationDenied")
    assert code_on(ask, eip, "i-public") == (400, "InvalidBindingStatus")
    on(ask, eip)
    assert code_on(ask, eip) == (400, "InvalidAssociation.Duplicated")
    assert code_on(ask, eip, "i-two") == (400, "IncorrectEipStatus")
    assert code_on(ask, allocated(ask)) == (400, "InvalidBindingStatus")


def test_unassociate_refuses(ask: Asker) -> None:
    bound = {"instance_id": "i-one", "instance_type": "EcsInstance", "state": "InUse"}
    more = [
        {**MORE[-2], **bound},
        {**MORE[-1], **bound, "instance_id": "i-two"},
        {"kind": "eip", "id": "eip-new", **bound, "instance_id": "i-new"},
        {
            "kind": "eip",
            "id": "eip-ha",
            "instance_id": "havip-a",
            "instance_type": "HaVip",
            "state": "InUse",
        },
        MORE[0],
    ]
    ask.simulator.reset({"resources": [*WORLD["resources"], *more]}, "typical")
    eip = allocated(ask)

    def code(**given: Any) -> tuple[int, str]:
        return ask.refused("Vpc", "UnassociateEipAddress", **{"AllocationId": eip, **given})

    assert code(AllocationId="eip-none") == (404, "InvalidAllocationId.NotFound")
    assert code() == (400, "IncorrectEipStatus")
    on(ask, eip, "i-off")
    ask.simulator.clock.sleep(2)
    assert code(InstanceId="i-none") == (400, "InvalidInstanceId.NotFound")
    assert code(InstanceId="i-far") == (400, "InvalidBindingStatus")
    assert code(InstanceType="Moon") == (400, "InvalidInstanceType.ValueNotSupported")
    assert code(PrivateIpAddress="10.9.9.9") == (400, "InvalidParameter")
    assert code(AllocationId="eip-locked") == (400, "Forbbiden")
    assert code(AllocationId="eip-managed") == (400, "OperationDenied")
    assert code(AllocationId="eip-new") == (400, "IncorrectInstanceStatus")
    assert code(AllocationId="eip-ha") == (400, "IncorrectHaVipStatus")
    assert code(RegionId="moon-1") == (404, "Forbidden.RegionNotFound")


DESCRIBE = [
    ("Vpc", {"ChargeType": "Free"}, (400, "InvalidChargeType.ValueNotSupported")),
    (
        "Vpc",
        {"AssociatedInstanceType": "Moon"},
        (400, "InvalidIAssociatedInstanceType.ValueNotSupported"),
    ),
    ("Vpc", {"ResourceGroupId": "x"}, (400, "InvalidResourceGroupId")),
    ("Vpc", {"LockReason": "x"}, (404, "InvalidLockReason.NotFound")),
    ("Vpc", {"RegionId": "moon-1"}, (404, "Forbidden.RegionNotFound")),
]


@pytest.mark.parametrize(("product", "given", "wanted"), DESCRIBE)
def test_describe_refuses(
    ask: Asker, product: str, given: dict[str, Any], wanted: tuple[int, str]
) -> None:
    assert ask.refused(product, "DescribeEipAddresses", **{"RegionId": REGION, **given}) == wanted


def test_a_region_without_resource_groups_says_so(ask: Asker) -> None:
    ask.simulator.reset({"eip_supply": {"without_groups": [REGION]}})
    group = {"ResourceGroupId": "rg-acfmexample"}
    refused = ask.refused("Vpc", "DescribeEipAddresses", RegionId=REGION, **group)
    assert refused == (400, "OperationUnsupported.ResourceGroupId")


def test_release_refuses_what_is_in_use(ask: Asker) -> None:
    eip = allocated(ask)
    on(ask, eip)
    refused = ask.refused("Vpc", "ReleaseEipAddress", AllocationId=eip)
    assert refused == (400, "IncorrectEipStatus")
