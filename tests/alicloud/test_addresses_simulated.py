"""IPv6, further addresses and prefixes on the simulator: given, kept in trouble, and free again."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from tests.alicloud.simulated import Place, Simulated

BIG = {"instance_type": "ecs.g7.xlarge"}
GATEWAY = ["dns", "gateway"]


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    """A world whose vSwitch has both kinds of addresses."""
    made = Simulated(monkeypatch)
    vpc = made.ask("Vpc", "CreateVpc", CidrBlock="10.0.0.0/16", EnableIpv6=True)["VpcId"]
    made.clock.sleep(60)
    zone = made.place.zones[0]
    asked = {"VpcId": vpc, "ZoneId": zone, "CidrBlock": "10.0.0.0/24", "Ipv6CidrBlock": 1}
    vswitch = made.ask("Vpc", "CreateVSwitch", **asked)["VSwitchId"]
    group = made.ask("Ecs", "CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
    made.clock.sleep(60)
    made.place = Place(vpc, (vswitch,), (zone,), group)
    return made


def v6(life: Simulated, number: int) -> str:
    """An IPv6 address of the vSwitch."""
    rows = life.ask("Vpc", "DescribeVSwitches", VSwitchId=life.place.vswitches[0])
    block = rows["VSwitches"]["VSwitch"][0]["Ipv6CidrBlock"].partition("/")[0]
    return str(ip_address(int(ip_address(block)) + number))


def network(life: Simulated, ip: str, nic: str, prefix: int = 0, **more: Any) -> dict[str, Any]:
    """One network on this interface, an address or a prefix of it."""
    whole = {"prefix": str(prefix)} if prefix else {}
    found: dict[str, Any] = life.place.networks(ip, default=[], nic_group=nic, **whole, **more)
    return dict(found["net"])


def layouts(life: Simulated) -> dict[str, Any]:
    """Two interfaces with everything that ECS has."""
    return {
        "a4": {**network(life, "10.0.0.10", "a"), "default": GATEWAY},
        "a4_too": network(life, "10.0.0.11", "a"),
        "a6": network(life, v6(life, 0x10), "a"),
        "a4_prefix": network(life, "10.0.0.32", "a", 28),
        "a6_prefix": network(life, v6(life, 1 << 48), "a", 80),
        "b4": network(life, "10.0.0.20", "b"),
        "b4_too": network(life, "10.0.0.21", "b"),
        "b6": network(life, v6(life, 0x20), "b"),
        "b4_prefix": network(life, "10.0.0.64", "b", 28),
    }


def shown(life: Simulated, cid: str) -> list[set[str]]:
    """All addresses and prefixes of each interface, the primary one first."""
    rows = life.ask("Ecs", "DescribeNetworkInterfaces", InstanceId=cid)
    found = []
    for row in rows["NetworkInterfaceSets"]["NetworkInterfaceSet"]:
        addresses = {one["PrivateIpAddress"] for one in row["PrivateIpSets"]["PrivateIpSet"]}
        addresses |= {one["Ipv6Address"] for one in row["Ipv6Sets"]["Ipv6Set"]}
        addresses |= {one["Ipv4Prefix"] for one in row["Ipv4PrefixSets"]["Ipv4PrefixSet"]}
        addresses |= {one["Ipv6Prefix"] for one in row["Ipv6PrefixSets"]["Ipv6PrefixSet"]}
        found.append((row["Type"] != "Primary", addresses))
    return [addresses for _, addresses in sorted(found, key=lambda one: one[0])]


def wanted(life: Simulated) -> list[set[str]]:
    """What `layouts` asks for."""
    first = {"10.0.0.10", "10.0.0.11", v6(life, 0x10), "10.0.0.32/28", f"{v6(life, 1 << 48)}/80"}
    return [first, {"10.0.0.20", "10.0.0.21", v6(life, 0x20), "10.0.0.64/28"}]


@pytest.mark.parametrize("do", ["", "lose", "drop", "throttle"])
@pytest.mark.parametrize("name", ["AssignPrivateIpAddresses", "AssignIpv6Addresses"])
def test_every_kind_of_address_is_given_whatever_gets_lost(
    life: Simulated, do: str, name: str
) -> None:
    if do:
        life.simulator.control.arm(do, name=name, times=1)
    cid = life.made(BIG, networks=layouts(life))
    assert shown(life, cid) == wanted(life)
    macs = {name: one["mac"] for name, one in life.settings(cid)["networks"].items()}
    assert len({mac for name, mac in macs.items() if name.startswith("a")}) == 1
    assert len(set(macs.values())) == 2
    assert life.made(BIG, networks=layouts(life)) == cid
    life.result("delete_vm", cid)
    assert life.alive("eni") == []
    assert shown(life, life.made(BIG, agent="agent-2", networks=layouts(life))) == wanted(life)


def test_a_further_address_that_somebody_holds_is_told_and_leaves_nothing(life: Simulated) -> None:
    other = life.made(agent="agent-2", networks=life.place.networks("10.0.0.11"))
    life.result("set_vm_metadata", other, {"name": "job/0"})
    networks = {
        "a": {**network(life, "10.0.0.10", "a"), "default": GATEWAY},
        "a_too": network(life, "10.0.0.11", "a"),
    }
    message = life.create(networks=networks)["error"]["message"]
    assert f"address 10.0.0.11 is held by VM {other}" in message
    assert life.alive() == [other]


def test_a_further_address_of_a_killed_call_is_free_past_the_deadline(life: Simulated) -> None:
    left = life.made(agent="agent-2", networks=life.place.networks("10.0.0.11"))
    networks = {
        "a": {**network(life, "10.0.0.10", "a"), "default": GATEWAY},
        "a_too": network(life, "10.0.0.11", "a"),
    }
    assert left in life.create(networks=networks)["error"]["message"]
    life.clock.sleep(2000)
    cid = life.made(networks=networks)
    assert shown(life, cid) == [{"10.0.0.10", "10.0.0.11"}]
    assert life.alive() == [cid]
