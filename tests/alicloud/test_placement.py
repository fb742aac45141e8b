"""Placement and networks: which zones remain, in which order, on which interfaces."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.errors import CpiError
from cpikit.types import Network
from cpikit_alicloud import networks, placement
from cpikit_alicloud.placement import VSwitch, Wish
from cpikit_alicloud.properties.network import NetworkProperties

A = VSwitch("vsw-a", "zone-a", "10.0.0.0/24")
B = VSwitch("vsw-b", "zone-b", "10.0.1.0/24")
UNKNOWN = VSwitch("vsw-x")


def network(kind: str = "manual", ip: str | None = "10.0.0.5", **more: Any) -> Network[Any]:
    properties = NetworkProperties(vswitch_id=["vsw-a"], security_group_ids=["sg-1"])  # type: ignore[arg-type]  # a NewType of a list
    given = {"type": kind, "ip": ip, "cloud_properties": properties, **more}
    return Network(raw={}, **given)


def test_a_manual_address_chooses_its_vswitch_by_range() -> None:
    assert placement.zones_for([Wish("net", (A, B), ("10.0.1.9",))], [], {}) == ("zone-b",)


def test_zones_are_tried_as_they_are_listed() -> None:
    assert placement.zones_for([Wish("n", (A, B))], ["zone-b", "zone-a"], {}) == (
        "zone-b",
        "zone-a",
    )


def test_the_zones_of_disks_narrow_the_choice() -> None:
    assert placement.zones_for([Wish("n", (A, B))], [], {"d-1": "zone-b"}) == ("zone-b",)


def test_no_zone_left_names_every_reason() -> None:
    wishes = [Wish("n", (A,)), Wish("m", (B,))]
    with pytest.raises(CpiError) as error:
        placement.zones_for(wishes, [], {"d-1": "zone-c"})
    assert "d-1 is in zone-c" in str(error.value)


def test_a_vswitch_that_nobody_looked_up_fits_anywhere() -> None:
    assert placement.zones_for([Wish("n", (UNKNOWN,), ("10.9.9.9",))], [], {}) == ("",)


def test_spot_goes_before_type_and_type_before_zone() -> None:
    found = placement.candidates(
        ["big", "small"], ["zone-a", "zone-b"], [Wish("n", (A, B))], [True, False]
    )
    assert [str(one) for one in found] == [
        "big in zone-a (spot)",
        "big in zone-b (spot)",
        "small in zone-a (spot)",
        "small in zone-b (spot)",
        "big in zone-a",
        "big in zone-b",
        "small in zone-a",
        "small in zone-b",
    ]


def test_the_network_with_the_default_gateway_is_the_primary_interface() -> None:
    plan = networks.plan(
        {
            "first": network(ip="10.0.0.5"),
            "second": network(ip="10.0.0.6", default=["dns", "gateway"]),
        },
        [],
    )
    assert [nic.name for nic in plan.nics] == ["second", "first"]
    assert plan.needs_macs


def test_networks_of_one_group_share_an_interface_with_prefixes() -> None:
    plan = networks.plan(
        {
            "v4": network(ip="10.0.0.5", prefix="32", nic_group="1"),
            "v6": network(ip="2001:db8::10", prefix="128", nic_group="1"),
            "pods": network(ip="2001:db8:0:1:8000::", prefix="80", nic_group="1"),
            "public": network("vip", "203.0.113.5"),
        },
        [],
    )
    (nic,) = plan.nics
    assert nic.networks == ("v4", "v6", "pods")
    assert nic.ipv4 == ("10.0.0.5",)
    assert nic.ipv6 == ("2001:db8::10",)
    assert nic.ipv6_prefixes == ("2001:db8:0:1:8000::/80",)
    assert plan.vips == {"public": "203.0.113.5"}
    assert not nic.is_plain


def test_the_vms_groups_replace_the_list_and_join_the_single_group() -> None:
    properties = NetworkProperties(
        vswitch_id=["vsw-a"],  # type: ignore[arg-type]  # a NewType of a list
        security_group_id="sg-0",
        security_group_ids=["sg-1"],
    )
    one = Network(type="dynamic", cloud_properties=properties, raw={})
    assert networks.plan({"n": one}, ["sg-9"]).nics[0].groups == ("sg-0", "sg-9")
    assert networks.plan({"n": one}, []).nics[0].groups == ("sg-0", "sg-1")


def test_everything_wrong_with_networks_is_told_at_once() -> None:
    bare = Network(type="manual", cloud_properties=NetworkProperties(), raw={})
    with pytest.raises(CpiError) as error:
        networks.plan({"n": bare, "v": network("vip", None), "o": network("odd")}, [])
    for part in ("vswitch_id", "security_group_ids", "no ip", "'odd'"):
        assert part in str(error.value)


@pytest.mark.parametrize("ip", ["10.0.0", "x", "10.0.0.5/24"])
def test_a_malformed_address_is_refused(ip: str) -> None:
    with pytest.raises(CpiError, match="malformed"):
        networks.plan({"n": network(ip=ip)}, [])


def test_no_private_network_is_refused() -> None:
    with pytest.raises(CpiError, match="no manual or dynamic"):
        networks.plan({"v": network("vip", "203.0.113.5")}, [])


def test_a_second_vip_is_refused_since_an_address_takes_one_eip() -> None:
    vips = {"v": network("vip", "203.0.113.5"), "w": network("vip", "203.0.113.6")}
    with pytest.raises(CpiError, match="vip networks 'v', 'w': a VM has 2, wanted one"):
        networks.plan({"n": network(ip="10.0.0.5"), **vips}, [])


def test_one_address_for_two_networks_is_refused() -> None:
    with pytest.raises(CpiError, match="networks 'a', 'b' have the same ip"):
        networks.plan({"a": network(ip="10.0.0.5"), "b": network(ip="10.0.0.5")}, [])
