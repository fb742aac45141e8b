"""vSwitches: a life in both namespaces, their addresses, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import OTHER_ZONE, VPC, VSWITCH, ZONE, begin, refused, run

NEW = {"VpcId": VPC, "ZoneId": OTHER_ZONE, "CidrBlock": "10.5.0.0/24"}


@pytest.mark.parametrize("product", ["Vpc", "Ecs"])
def test_a_vswitch_lives_in_both_namespaces(alicloud_direct: Simulator, product: str) -> None:
    begin(alicloud_direct, profile="typical")
    ask = alicloud_direct.ask
    made = ask(product, "CreateVSwitch", **NEW, VSwitchName="web")["VSwitchId"]

    def row() -> dict[str, Any]:
        rows = ask(product, "DescribeVSwitches", VSwitchId=made)["VSwitches"]["VSwitch"]
        return dict(rows[0]) if rows else {}

    assert row()["Status"] == "Pending"
    alicloud_direct.clock.sleep(5)
    found = row()
    assert (found["Status"], found["VSwitchName"], found["ZoneId"]) == (
        "Available",
        "web",
        OTHER_ZONE,
    )
    assert found["AvailableIpAddressCount"] == 252
    assert refused(alicloud_direct, "DeleteVpc", product, VpcId=VPC) == "DependencyViolation"
    ask(product, "DeleteVSwitch", VSwitchId=made)
    assert row() == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"VpcId": "vpc-none"}, "InvalidVpcId.NotFound"),
        ({"VpcId": None}, "MissingParameter"),
        ({"ZoneId": "cn-hangzhou-z"}, "InvalidZoneId.NotFound"),
        ({"CidrBlock": "10.5.0.0/15"}, "InvalidCidrBlock.Malformed"),
        ({"CidrBlock": "10.5.0.0/30"}, "InvalidCidrBlock.Malformed"),
        ({"CidrBlock": "192.168.0.0/24"}, "InvalidCidrBlock.Malformed"),
        ({"CidrBlock": "x"}, "InvalidCidrBlock.Malformed"),
        ({"CidrBlock": "10.0.0.128/25"}, "InvalidCidrBlock.Overlapped"),
        ({"VSwitchName": "http://x"}, "InvalidVSwitchName.Malformed"),
        ({"Ipv6CidrBlock": 256}, "InvalidIpv6CidrBlock.Malformed"),
    ],
    ids=str,
)
def test_a_wrong_vswitch_is_refused(
    alicloud_direct: Simulator, change: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct)
    assert refused(alicloud_direct, "CreateVSwitch", "Vpc", **{**NEW, **change}) == code


def test_a_vswitch_needs_a_vpc_that_is_ready_and_room(alicloud_direct: Simulator) -> None:
    pending = {"kind": "vpc", "id": "vpc-bp1new", "state": "Pending"}
    begin(alicloud_direct, pending, quotas={"vpc.vswitches": 1})
    code = refused(alicloud_direct, "CreateVSwitch", "Vpc", **{**NEW, "VpcId": "vpc-bp1new"})
    assert code == "IncorrectVpcStatus"
    code = refused(alicloud_direct, "CreateVSwitch", "Vpc", **NEW)
    assert code == "QuotaExceeded.VSwitch"


def test_a_vswitch_with_something_in_it_stays(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct)
    code = refused(alicloud_direct, "DeleteVSwitch", "Vpc", VSwitchId=VSWITCH)
    assert code == "DependencyViolation"
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    alicloud_direct.ask("Vpc", "DeleteVSwitch", VSwitchId=VSWITCH)
    code = refused(alicloud_direct, "DeleteVSwitch", "Vpc", VSwitchId=VSWITCH)
    assert code == "InvalidVswitchID.NotFound"


@pytest.mark.parametrize(
    "filters",
    [
        {"VpcId": VPC},
        {"ZoneId": ZONE},
        {"VSwitchId": f"{VSWITCH},vsw-none"},
        {"EnableIpv6": True},
        {"IsDefault": False, "VSwitchName": "own"},
    ],
    ids=str,
)
def test_a_vswitch_is_found(alicloud_direct: Simulator, filters: dict[str, Any]) -> None:
    begin(alicloud_direct)
    about = {"VSwitchId": VSWITCH, "VSwitchName": "own"}
    alicloud_direct.ask("Vpc", "ModifyVSwitchAttribute", **about)
    rows = alicloud_direct.ask("Vpc", "DescribeVSwitches", **filters)["VSwitches"]["VSwitch"]
    assert [row["VSwitchId"] for row in rows] == [VSWITCH]
    shown = alicloud_direct.ask("Vpc", "DescribeVSwitchAttributes", VSwitchId=VSWITCH)
    assert shown["VSwitchName"] == "own"


@settings(derandomize=True, database=None, max_examples=60, deadline=None)
@given(st.lists(st.integers(min_value=-1, max_value=15), max_size=40))
def test_addresses_are_unique_and_counts_add_up(steps: list[int]) -> None:
    simulator = Simulator()
    addresses = simulator.world.part(Addresses)
    addresses.open("vsw-x", "10.0.0.0/28")
    held: set[str] = set()
    for step in steps:
        simulator.world.settle()
        if step < 0 and addresses.free("vsw-x"):
            got = addresses.take("vsw-x", "x")
            assert got not in held
            held.add(got)
        elif step >= 0:
            address = f"10.0.0.{step}"
            if address in held:
                addresses.release("vsw-x", address)
                held.discard(address)
            elif addresses.belongs("vsw-x", address):
                assert addresses.holder("vsw-x", address) is None
                held.add(addresses.take("vsw-x", "x", address))
            else:
                assert step in (0, 13, 14, 15)  # the first and the last three
        assert addresses.free("vsw-x") == 12 - len(held)
