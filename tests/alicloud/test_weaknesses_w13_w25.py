"""The Go CPI's weaknesses W13 to W25, its logic and robustness: each set up on the simulator.

A row's comment says what the Go CPI did in the situation; what this provider does is asserted.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.alicloud.simulated import ESSD, Simulated
from tests.alicloud.sweep_cases import bound, several

HOUR_S = 3600


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def disk(life: Simulated, size: int = 20480, **more: Any) -> str:
    """A disk in the first zone."""
    zone = life.place.zones[0]
    return str(life.result("create_disk", size, {**ESSD, **more}, None, availability_zone=zone))


def test_w13_interfaces_are_gone_when_delete_vm_returns(life: Simulated) -> None:
    # An inverted condition: its clean-up never ran, and the address was "already used".
    cid = life.made(networks=several(life)[3], more={"instance_type": "ecs.g6.xlarge"})
    assert len(life.alive("eni")) == 3
    life.result("delete_vm", cid)
    assert life.alive("eni") == []
    life.made(agent="agent-2")


def test_w14_disks_of_the_request_place_the_vm_and_are_attached_later(life: Simulated) -> None:
    # It attached them, in a wrong state at times, and left them out of the settings.
    zone = life.place.zones[1]
    near = life.result("create_disk", 20480, ESSD, None, availability_zone=zone)
    networks = life.place.networks(None)
    networks["net"]["cloud_properties"]["vswitch_id"] = list(life.place.vswitches)
    arguments = [
        "agent-1",
        "m-thestemcell",
        {"instance_type": "ecs.g6.large"},
        networks,
        [near],
        {},
    ]
    cid, _ = life.result("create_vm", *arguments)
    assert life.vm(cid)["ZoneId"] == zone
    assert life.settings(cid)["disks"]["persistent"] == {}
    life.result("attach_disk", cid, near)


def test_w15_a_missing_disk_is_looked_for_in_its_own_region_alone(life: Simulated) -> None:
    # It asked every region of the mainland, and failed where one was away.
    since = life.simulator.control.mark()
    assert life.result("has_disk", "d-none") is False
    asked = life.simulator.control.requests(since)
    assert {one["name"] for one in asked} == {"DescribeDisks"}
    assert {one["parameters"]["RegionId"] for one in asked} == {life.simulator.world.region_id}


@pytest.mark.parametrize(
    ("method", "arguments", "wanted"),
    [
        ("reboot_vm", ["i-none"], "VMNotFound"),
        ("set_vm_metadata", ["i-none", {"name": "x"}], "VMNotFound"),
        ("get_disks", ["i-none"], "VMNotFound"),
        ("attach_disk", ["VM", "d-none"], "DiskNotFound"),
        ("attach_disk", ["i-none", "DISK"], "VMNotFound"),
        ("create_disk", [1024, {}, "i-none"], "VMNotFound"),
        ("set_disk_metadata", ["d-none", {"a": "b"}], "DiskNotFound"),
        ("resize_disk", ["d-none", 1024], "DiskNotFound"),
        ("update_disk", ["d-none", 1024, {}], "DiskNotFound"),
        ("snapshot_disk", ["d-none", {}], "DiskNotFound"),
        ("delete_vm", ["i-none"], None),
        ("delete_disk", ["d-none"], None),
        ("delete_snapshot", ["s-none"], None),
        ("delete_stemcell", ["m-none"], None),
        ("detach_disk", ["VM", "d-none"], None),
    ],
)
def test_w16_what_is_missing_is_told_in_the_contracts_types(
    life: Simulated, method: str, arguments: list[Any], wanted: str | None
) -> None:
    # Everything was a CloudError.
    names = {}
    if "VM" in arguments:
        names["VM"] = life.made()
    if "DISK" in arguments:
        names["DISK"] = disk(life)
    given = [names.get(one, one) if isinstance(one, str) else one for one in arguments]
    error = life.call(method, *given)["error"]
    assert (error and error["type"]) == (wanted and f"Bosh::Clouds::{wanted}")


@pytest.mark.parametrize(
    ("trouble", "may"),
    [
        ({"do": "throttle"}, True),
        ({"do": "fail", "code": "ServiceUnavailable", "status": 503}, True),
        ({"do": "fail", "code": "OperationDenied.NoStock"}, False),
        ({"do": "fail", "code": "QuotaExceeded.PostPaidInstance"}, False),
        ({"do": "fail", "code": "InvalidParameter"}, False),
    ],
    ids=str,
)
def test_w16_a_transient_failure_may_be_retried_and_others_not(
    life: Simulated, trouble: dict[str, Any], may: bool
) -> None:
    # ok_to_retry was never true.
    life.simulator.control.arm(name="RunInstances", **trouble)
    error = life.create()["error"]
    assert error["type"] == "Bosh::Clouds::VMCreationFailed"
    assert error["ok_to_retry"] is may
    assert life.alive() == []


def test_w17_a_cpi_config_chooses_the_region(life: Simulated) -> None:
    # The context was thrown away: other CPIs of the Director spoke to the wrong region.
    since = life.simulator.control.mark()
    assert life.result("has_disk", "d-none", context={"region": "cn-shanghai"}) is False
    (asked,) = life.simulator.control.requests(since)[:1]
    assert asked["parameters"]["RegionId"] == "cn-shanghai"


def test_w18_a_disk_that_was_enlarged_can_grow_to_what_it_is(life: Simulated) -> None:
    # 10 GB became 20 in silence, and then 15 was "cannot shrink".
    zone = life.place.zones[0]
    cid = life.result("create_disk", 10240, {}, None, availability_zone=zone)
    assert "disk_rounded_up" in "".join(life.log)
    assert life.result("update_disk", cid, 15360, {}) == cid
    life.result("resize_disk", cid, 15360)
    assert life.disk(cid)["Size"] == 20


def test_w18_an_ephemeral_disk_can_be_done_without(life: Simulated) -> None:
    # It was always made, 20 GiB at least.
    life.made({"ephemeral_disk": "none"})
    assert len(life.alive("disk")) == 1


def test_w19_an_update_without_a_category_does_not_change_it(life: Simulated) -> None:
    # It asked for cloud_efficiency, a downgrade.
    cid = disk(life)
    life.result("update_disk", cid, 30720, {})
    assert (life.disk(cid)["Category"], life.disk(cid)["Size"]) == ("cloud_essd", 30)


def test_w19_an_attached_disk_is_refused_at_once_and_a_large_one_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The one blocked for 30 minutes, the other failed after 30, and hid what was done.
    life = Simulated(monkeypatch, profile="slow")
    vm = life.made()
    cid = disk(life, 8192 * 1024)
    life.result("attach_disk", vm, cid)
    before = life.clock.monotonic_s()
    life.refused("update_disk", cid, 8192 * 1024, {"category": "cloud_auto"})
    assert life.clock.monotonic_s() - before < 60
    life.result("detach_disk", vm, cid)
    life.clock.sleep(HOUR_S)
    life.simulator.control.arm("stale", name="DescribeDisks", seconds=HOUR_S / 2)
    before = life.clock.monotonic_s()
    life.result("update_disk", cid, 8192 * 1024, {**ESSD, "performance_level": "PL2"})
    life.simulator.control.disarm()
    assert life.disk(cid)["PerformanceLevel"] == "PL2"
    assert life.clock.monotonic_s() - before > HOUR_S / 2


def test_w19_a_level_that_is_too_large_for_the_disk_is_refused_naming_what_fits(
    life: Simulated,
) -> None:
    # The minimum of PL2 and PL3 was not checked.
    error = life.refused("update_disk", disk(life), 20480, {**ESSD, "performance_level": "PL3"})
    assert error["type"] == "Bosh::Clouds::NotSupported"
    assert "PL1" in error["message"]


def test_w20_levels_keys_and_encryption_reach_the_cloud(life: Simulated) -> None:
    # performance_level and kms_key_id were dropped.
    cid = disk(life, performance_level="PL0", size=40960, encrypted=True, kms_key_id="key-1")
    found = life.disk(cid)
    assert (found["PerformanceLevel"], found["Encrypted"], found["KMSKeyId"]) == (
        "PL0",
        True,
        "key-1",
    )


def test_w21_nlb_members_have_every_port_and_are_awaited_and_undone(life: Simulated) -> None:
    # One port for each group; bad ones were found after the launch; nothing was awaited or undone.
    vpc = life.place.vpc
    group = life.ask("Nlb", "CreateServerGroup", ServerGroupName="group", VpcId=vpc)[
        "ServerGroupId"
    ]
    life.clock.sleep(60)

    def members() -> set[tuple[int, str]]:
        rows = life.ask("Nlb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
        return {(int(row["Port"]), row["Status"]) for row in rows}

    groups = [{"server_group_id": group, "port": port, "weight": 1} for port in (80, 443)]
    assert life.create(more={"nlb_server_groups": [{"server_group_id": group}]})["error"]
    assert life.wire.names == []
    life.result("delete_vm", life.made({"nlb_server_groups": groups}))
    assert members() == set()
    cid = life.made({"nlb_server_groups": groups})
    assert members() == {(80, "Available"), (443, "Available")}
    life.result("delete_vm", cid)
    assert life.create(more={"nlb_server_groups": groups, "slbs": ["lb-none"]})["error"]
    assert (members(), life.alive()) == (set(), [])


def test_w21_nothing_is_asked_of_nlb_for_a_vm_without_any(life: Simulated) -> None:
    # Each delete_vm asked, and needed the permission.
    life.result("delete_vm", life.made())
    assert "ListServerGroupServers" not in {one["name"] for one in life.simulator.control.calls()}


def test_w22_a_balancer_that_is_being_configured_is_waited_for(life: Simulated) -> None:
    # The whole VM was torn down.
    arguments = bound(life)
    life.simulator.control.arm(
        "fail", name="AddBackendServers", code="BackendServer.configuring", times=3
    )
    life.result("create_vm", *arguments)
    assert life.alive() != []


def test_w23_a_vip_that_is_ours_already_is_fine(life: Simulated) -> None:
    # Bound to this very VM, or on its way, it was an error, and the VM was torn down.
    arguments = bound(life)
    first, _ = life.result("create_vm", *arguments)
    again, _ = life.result("create_vm", *arguments)
    assert (
        again
        == first
        == life.ask("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"][0]["InstanceId"]
    )


@pytest.mark.parametrize("holder", ["instance", "eni"])
def test_w23_a_vip_of_somebody_else_is_refused_before_anything_is_made(
    life: Simulated, holder: str
) -> None:
    # It was found out when the VM ran.
    arguments = bound(life)
    eip = life.ask("Vpc", "DescribeEipAddresses")["EipAddresses"]["EipAddress"][0]["AllocationId"]
    if holder == "instance":
        other, kind = (
            life.made(agent="agent-2", networks=life.place.networks("10.0.0.11")),
            "EcsInstance",
        )
    else:
        asked = {"VSwitchId": life.place.vswitches[0], "SecurityGroupId": life.place.group}
        other = life.ask("Ecs", "CreateNetworkInterface", **asked)["NetworkInterfaceId"]
        kind = "NetworkInterface"
    life.clock.sleep(60)
    life.ask("Vpc", "AssociateEipAddress", AllocationId=eip, InstanceId=other, InstanceType=kind)
    life.clock.sleep(60)
    life.calm()
    assert other in life.refused("create_vm", *arguments)["message"]
    assert "RunInstances" not in life.wire.names


def test_w24_tags_are_made_legal_and_never_too_many(life: Simulated) -> None:
    # 25 were sent, cut in the middle of a letter, and `acs:` was not known.
    odd = {"acs:x": "1", "ü" * 200: "é" * 200, "http://x": "https://y", "aliyun": None}
    cid = life.made({"tags": {**odd, **{f"k{n}": n for n in range(30)}}})
    volume = disk(life)
    life.result("set_disk_metadata", volume, {**odd, **{f"k{n}": n for n in range(30)}})
    life.result("set_vm_metadata", cid, {**odd, "job": "x"})
    for row in life.simulator.control.inventory():
        if row["id"] in (cid, volume):
            assert len(row["tags"]) <= 20
            assert all(len(value) <= 128 for value in row["tags"].values())
            assert not any(key.startswith(("acs:", "aliyun")) for key in row["tags"])
            assert row["claimed"] is True


def test_w25_several_interfaces_have_their_macs_and_addresses(life: Simulated) -> None:
    # One interface, IPv4 alone, and a dynamic address was not told.
    cid, echoed = life.result("create_vm", *several(life))
    found = life.settings(cid)["networks"]
    assert found["first"]["mac"] == found["first_too"]["mac"] != found["second"]["mac"]
    assert found["second"]["mac"] == found["second_too"]["mac"]
    rows = life.vm(cid)["NetworkInterfaces"]["NetworkInterface"]
    by_mac = {
        row["MacAddress"]: {one["PrivateIpAddress"] for one in row["PrivateIpSets"]["PrivateIpSet"]}
        for row in rows
    }
    assert by_mac[found["first"]["mac"]] == {"10.0.0.10", "10.0.0.11"}
    assert by_mac[found["second"]["mac"]] == {"10.0.0.20", "10.0.0.21"}
    assert by_mac[found["third"]["mac"]] == {echoed["third"]["ip"]}
