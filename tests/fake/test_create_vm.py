"""create_vm: one VM for an agent, nothing left on failure, addresses freed by one rule."""

import json
from typing import Any

import pytest

from cpikit.testing import CallFailed


def test_the_same_request_gives_the_same_vm(world: Any) -> None:
    first = world.call("create_vm", *world.vm())
    assert world.call("create_vm", *world.vm()) == first
    assert world.ids("vm") == [first[0]]


def test_another_request_for_the_same_agent_replaces_the_vm(world: Any) -> None:
    first, _ = world.call("create_vm", *world.vm())
    second, _ = world.call("create_vm", *world.vm(env={"other": 1}))
    assert first != second
    assert world.ids("vm") == [second]


def test_two_agents_have_two_vms(world: Any, net: Any) -> None:
    first, _ = world.call("create_vm", *world.vm("one"))
    second, _ = world.call("create_vm", *world.vm("two", networks={"n": net("10.0.0.6")}))
    assert first != second


def test_the_agent_of_another_director_is_another_agent(world: Any) -> None:
    dynamic = {"networks": {"n": {"type": "dynamic", "cloud_properties": {}}}}
    first, _ = world.call("create_vm", *world.vm(**dynamic))
    second, _ = world.call("create_vm", *world.vm(**dynamic), director_uuid="other")
    assert first != second


def test_a_held_address_is_refused_naming_holder_age_and_remedy(world: Any) -> None:
    holder, _ = world.call("create_vm", *world.vm("one"))
    world.ask("POST", "/clock", {"advance_s": 100})
    with pytest.raises(CallFailed) as failed:
        world.call("create_vm", *world.vm("two"))
    for part in (holder, "agent one", "100 s old", "not claimed", f"delete_vm {holder}", "900 s"):
        assert part in failed.value.message
    assert failed.value.ok_to_retry is False
    assert world.ids("vm") == [holder]


def test_an_unclaimed_holder_past_the_deadline_is_removed(world: Any) -> None:
    holder, _ = world.call("create_vm", *world.vm("one"))
    world.ask("POST", "/clock", {"advance_s": 901})
    second, _ = world.call("create_vm", *world.vm("two"))
    assert world.ids("vm") == [second] != [holder]


def test_a_claimed_holder_is_never_removed(world: Any) -> None:
    holder, _ = world.call("create_vm", *world.vm("one"))
    world.call("set_vm_metadata", holder, {"name": "x"})
    world.ask("POST", "/clock", {"advance_s": 10**6})
    with pytest.raises(CallFailed, match="in use"):
        world.call("create_vm", *world.vm("two"))
    assert world.ids("vm") == [holder]


def test_the_holder_of_another_director_is_never_removed(world: Any) -> None:
    holder, _ = world.call("create_vm", *world.vm("one"), director_uuid="other")
    world.ask("POST", "/clock", {"advance_s": 10**6})
    with pytest.raises(CallFailed, match=holder):
        world.call("create_vm", *world.vm("two"))
    assert world.ids("vm") == [holder]


def test_an_address_that_is_being_freed_is_waited_for(world: Any) -> None:
    first, _ = world.call("create_vm", *world.vm("one"))
    world.ask("PATCH", "/knobs", {"server_delete_s": 60})
    world.rule(name="DescribeServers", do="fail", nth=1)
    with pytest.raises(CallFailed):
        world.call("delete_vm", first)  # begun, and its end not seen
    second, _ = world.call("create_vm", *world.vm("two"))
    assert world.ids("vm") == [second]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stemcell": "img-x"}, "img-x does not exist"),
        ({"properties": {"cpu": 10**6}}, "no server has cpu"),
        ({"properties": {"zone": "z9"}}, "zone 'z9'"),
        ({"networks": {"n": {"type": "odd", "cloud_properties": {}}}}, "wanted manual, dynamic"),
        ({"networks": {"n": {"type": "manual", "cloud_properties": {}}}}, "ip: required"),
        (
            {"networks": {"n": {"type": "manual", "ip": "10.0.0.300", "cloud_properties": {}}}},
            "wanted an IP address",
        ),
        (
            {"networks": {"n": {"type": "dynamic", "cloud_properties": {"subnet": "net-x"}}}},
            "net-x does not exist",
        ),
    ],
)
def test_what_cannot_be_leaves_nothing(world: Any, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CallFailed, match=said):
        world.call("create_vm", *world.vm(**changes))
    assert world.ids("vm") == []


def test_a_stemcell_that_was_deleted_makes_no_vm(world: Any) -> None:
    arguments = world.vm()
    world.call("delete_stemcell", arguments[1])
    with pytest.raises(CallFailed) as failed:
        world.call("create_vm", *arguments)
    assert failed.value.type == "VMCreationFailed"


def test_a_stemcell_that_needs_a_registry_is_refused(world: Any) -> None:
    vm = {"stemcell": {"api_version": 1}}
    with pytest.raises(CallFailed, match="needs a registry"):
        world.call("create_vm", *world.vm(), vm=vm)


def test_disks_decide_the_zone_and_missing_ones_do_not(world: Any) -> None:
    disk = world.call("create_disk", 10, {"zone": "z2"}, None)
    vm, _ = world.call("create_vm", *world.vm(disks=["disk-x", disk]))
    world.call("attach_disk", vm, disk)
    other = world.call("create_disk", 10, {}, vm)
    world.call("attach_disk", vm, other)
    with pytest.raises(CallFailed, match="zones z2, z3 at once"):
        world.call("create_vm", *world.vm("b", disks=[disk], properties={"zone": "z3"}))


def test_a_vm_that_goes_away_while_it_starts_may_be_asked_for_again(world: Any) -> None:
    world.rule(name="CreateServer", do="vanish", nth=1)
    with pytest.raises(CallFailed, match="went away") as failed:
        world.call("create_vm", *world.vm())
    assert failed.value.ok_to_retry is True
    world.call("create_vm", *world.vm())


def test_a_vm_that_never_runs_is_removed_again(world: Any) -> None:
    arguments = world.vm()
    world.rule(name="CreateServer", do="stuck")
    with pytest.raises(CallFailed, match="is Starting, wanted Running, after 300 s") as failed:
        world.call("create_vm", *arguments)
    assert "everything made so far was removed again" in failed.value.message
    assert failed.value.ok_to_retry is True
    assert world.ids("vm") == []


def test_an_undo_that_fails_is_told_and_the_retry_withdrawn(world: Any) -> None:
    arguments = world.vm()
    world.ask("PATCH", "/knobs", {"server_start_s": 1000})
    world.rule(name="DeleteServer", do="fail", code="AccessDenied")
    with pytest.raises(CallFailed, match="could not be removed and is still there") as failed:
        world.call("create_vm", *arguments)
    assert world.ids("vm")[0] in failed.value.message
    assert failed.value.ok_to_retry is False


def test_a_list_that_shows_late_what_was_made_is_no_failure(make_world: Any) -> None:
    world = make_world(knobs={"visible_after_s": 20.0, "server_start_s": 5.0})
    vm, _ = world.call("create_vm", *world.vm())
    assert world.ids("vm") == [vm]


def test_the_five_networks_of_the_recorded_director(world: Any, net: Any) -> None:
    networks = {
        "private": net("10.0.16.11", prefix="32", nic_group="1"),
        "ipv6": net("2001:db8:0:1::10", prefix="128", nic_group="1"),
        "pods": net("2001:db8:0:1:8000::", prefix="80", nic_group="1"),
        "second": {"type": "manual", "ip": "10.0.32.11", "cloud_properties": {}, "nic_group": "2"},
        "public": {"type": "vip", "ip": "203.0.113.10", "cloud_properties": {}, "gateway": "x"},
    }
    vm, echoed = world.call("create_vm", *world.vm(networks=networks))
    assert echoed == networks
    told = json.loads(world.ask("GET", f"/user-data/{vm}"))["networks"]
    assert told["private"]["mac"] == told["ipv6"]["mac"] == told["pods"]["mac"]
    assert told["second"]["mac"] != told["private"]["mac"]
    assert "mac" not in told["public"]
    assert "gateway" not in told["public"]
    with pytest.raises(CallFailed, match=r"203\.0\.113\.10 is held"):
        world.call(
            "create_vm",
            *world.vm("b", networks={"v": {**networks["public"]}, "n": net("10.0.0.77")}),
        )


def test_one_ipv6_address_has_several_spellings(world: Any, net: Any) -> None:
    world.call("create_vm", *world.vm("a", networks={"n": net("2001:db8::10")}))
    with pytest.raises(CallFailed, match="is held by"):
        world.call("create_vm", *world.vm("b", networks={"n": net("2001:DB8:0::0010")}))


def test_a_dynamic_network_gets_an_address_of_its_own(world: Any) -> None:
    known = {"type": "dynamic", "cloud_properties": {}, "ip": "10.0.0.99", "netmask": "255.0.0.0"}
    _, first = world.call("create_vm", *world.vm("a", networks={"n": known}))
    _, second = world.call("create_vm", *world.vm("b", networks={"n": known}))
    assert first["n"]["ip"] != second["n"]["ip"]


def test_the_agents_settings_are_whole(world: Any) -> None:
    env = {"bosh": {"group": "g", "unheard": {"of": [1, None]}}, "persistent_disk_fs": "xfs"}
    vm, _ = world.call("create_vm", *world.vm(env=env))
    told = json.loads(world.ask("GET", f"/user-data/{vm}"))
    assert told["agent_id"] == "agent-1"
    assert told["env"] == env
    assert told["mbus"].startswith("nats://")
    assert told["ntp"] == ["ntp.example.com"]
    assert told["disks"]["system"] == "/dev/vda"
    assert told["disks"]["ephemeral"].startswith("/dev/disk/by-id/")
    assert told["disks"]["persistent"] == {}
    assert told["networks"]["private"]["use_dhcp"] is True
    assert "cloud_properties" not in told["networks"]["private"]
    assert "mac" not in told["networks"]["private"]


def test_without_an_ephemeral_disk_the_settings_name_none(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm(properties={"ephemeral_disk_size": 0}))
    assert "ephemeral" not in json.loads(world.ask("GET", f"/user-data/{vm}"))["disks"]


def test_user_data_goes_with_its_vm(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    file = world.state_dir / "user-data" / f"{vm}.json"
    assert file.stat().st_mode & 0o077 == 0
    world.call("delete_vm", vm)
    assert list((world.state_dir / "user-data").iterdir()) == []
