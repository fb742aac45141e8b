"""Classic load balancers, their servers and VServer groups."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.balancing_kit import WORLD, Asker, unknown_parameters

REGION = "cn-hangzhou"
ONE = {"ServerId": "i-one", "Weight": "60", "Type": "ecs"}
TWO = {"ServerId": "i-two", "Weight": 100}


@pytest.fixture
def ask(alicloud_direct: Simulator) -> Asker:
    alicloud_direct.reset(WORLD, "typical")
    return Asker(alicloud_direct)


def balancer(ask: Asker, **more: Any) -> str:
    return str(ask("Slb", "CreateLoadBalancer", RegionId=REGION, **more)["LoadBalancerId"])


def attribute(ask: Asker, lb: str) -> dict[str, Any]:
    return ask("Slb", "DescribeLoadBalancerAttribute", LoadBalancerId=lb)


def weights(answer: dict[str, Any]) -> dict[str, int]:
    rows = answer["BackendServers"]["BackendServer"]
    return {row["ServerId"]: int(row["Weight"]) for row in rows}


def change(ask: Asker, action: str, lb: str, *servers: Any) -> dict[str, Any]:
    given = {"LoadBalancerId": lb, "BackendServers": json.dumps(servers)}
    answer = ask("Slb", action, **given)
    ask.simulator.clock.sleep(1)
    return answer


def grouped(ask: Asker, action: str, group: str, *servers: Any, **more: Any) -> dict[str, Any]:
    given = {"VServerGroupId": group, "BackendServers": json.dumps(servers), **more}
    answer = ask("Slb", action, **given)
    ask.simulator.clock.sleep(1)
    return answer


def test_no_parameter_is_honoured_that_no_sdk_sends() -> None:
    assert unknown_parameters("Slb") == []


def test_servers_are_added_weighed_and_removed(ask: Asker) -> None:
    lb = balancer(ask)
    assert weights(change(ask, "AddBackendServers", lb, ONE, TWO)) == {"i-one": 60, "i-two": 100}
    again = change(ask, "AddBackendServers", lb, {**ONE, "Weight": 5})
    assert weights(again) == {"i-one": 60, "i-two": 100}, "one that is there stays as it is"
    assert weights(change(ask, "SetBackendServers", lb, {**ONE, "Weight": 7}))["i-one"] == 7
    assert weights(change(ask, "RemoveBackendServers", lb, "i-two")) == {"i-one": 7}
    shown = attribute(ask, lb)["BackendServers"]["BackendServer"]
    assert [row["ServerIp"] for row in shown] == ["10.0.0.10"]
    ask("Slb", "DeleteLoadBalancer", LoadBalancerId=lb)
    assert ask("Slb", "DescribeLoadBalancers")["TotalCount"] == 0


def test_a_change_while_another_is_worked_on_is_refused(ask: Asker) -> None:
    lb = balancer(ask)
    given = {"LoadBalancerId": lb, "BackendServers": json.dumps([ONE])}
    ask("Slb", "AddBackendServers", **given)
    refused = ask.refused("Slb", "RemoveBackendServers", **given)
    assert refused == (400, "BackendServer.configuring")
    assert ask.refused("Slb", "DeleteLoadBalancer", LoadBalancerId=lb)[1] == "ServiceIsConfiguring"
    ask.simulator.clock.sleep(1)
    ask("Slb", "RemoveBackendServers", **given)


SERVERS: list[tuple[Any, tuple[int, str]]] = [
    ("[", (400, "InvalidParameter")),
    ("{}", (400, "InvalidParameter")),
    ("[]", (400, "InvalidParameter")),
    ("[7]", (400, "InvalidParameter")),
    ("[{}]", (400, "InvalidParameter")),
    ('[{"ServerId":"i-one","Weight":101}]', (400, "InvalidParameter")),
    ('[{"ServerId":"i-one","Weight":true}]', (400, "InvalidParameter")),
    ('[{"ServerId":"i-one","Type":"moon"}]', (400, "InvalidParameter")),
    (json.dumps([ONE] * 21), (400, "InvalidParameter")),
    ('[{"ServerId":"i-none"}]', (400, "ObtainIpFail")),
    ('[{"ServerId":"i-off"}]', (400, "InvalidBackendServers.NotRunning")),
    ('[{"ServerId":"i-far"}]', (400, "InvalidParameter.VpcIdNotMatch")),
]


@pytest.mark.parametrize(("servers", "wanted"), SERVERS)
def test_servers_that_cannot_be_added(ask: Asker, servers: str, wanted: tuple[int, str]) -> None:
    lb = balancer(ask, VSwitchId="vsw-a")
    given = {"LoadBalancerId": lb, "BackendServers": servers}
    assert ask.refused("Slb", "AddBackendServers", **given) == wanted


def test_a_stopped_server_is_accepted_where_the_knob_says_so(ask: Asker) -> None:
    ask.simulator.control.set_knobs(slb__server_that_does_not_run="accept")
    assert weights(change(ask, "AddBackendServers", balancer(ask), {"ServerId": "i-off"}))


@pytest.mark.parametrize(("knob", "left"), [("removed", {}), ("kept", {"i-one": 60})])
def test_a_deleted_instance_stays_or_goes_by_the_knob(
    ask: Asker, knob: str, left: dict[str, int]
) -> None:
    ask.simulator.control.set_knobs(slb__membership_of_a_deleted_instance=knob)
    lb = balancer(ask)
    change(ask, "AddBackendServers", lb, ONE)
    made = ask("Slb", "CreateVServerGroup", LoadBalancerId=lb)
    group = made["VServerGroupId"]
    grouped(ask, "AddVServerGroupBackendServers", group, {**ONE, "Port": 80})
    world = ask.simulator.world
    instance = world.find("i-one")
    assert instance is not None
    instance.vanish(world)
    assert weights(attribute(ask, lb)) == left
    shown = ask("Slb", "DescribeVServerGroupAttribute", VServerGroupId=group)
    assert weights(shown) == left


def test_an_inner_load_balancer_takes_an_address_and_gives_it_back(ask: Asker) -> None:
    lb = balancer(ask, VSwitchId="vsw-a", Address="10.0.0.77")
    given = {"RegionId": REGION, "VSwitchId": "vsw-a"}
    assert ask.refused("Slb", "CreateLoadBalancer", **given, Address="10.0.0.77")[1] == (
        "IpAddressInUse"
    )
    assert ask.refused("Vpc", "DeleteVSwitch", VSwitchId="vsw-a")[0] == 400
    ask("Slb", "DeleteLoadBalancer", LoadBalancerId=lb)
    ask.simulator.clock.sleep(60)
    assert balancer(ask, VSwitchId="vsw-a", Address="10.0.0.77")


CREATE: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"VSwitchId": "vsw-none"}, (404, "InvalidVSwitchId.NotFound")),
    ({"VSwitchId": "vsw-a", "VpcId": "vpc-b"}, (400, "InvalidParameter")),
    ({"VSwitchId": "vsw-a", "AddressType": "internet"}, (400, "InvalidParameter")),
    ({"VSwitchId": "vsw-a", "Address": "10.9.9.9"}, (400, "InvalidParameter")),
    ({"Address": "1.2.3.4"}, (400, "InvalidParameter")),
    ({"LoadBalancerSpec": "huge"}, (400, "InvalidParameter")),
    ({"MasterZoneId": "moon-1"}, (400, "InvalidParameter")),
    ({"Bandwidth": 0}, (400, "InvalidParameter")),
]


@pytest.mark.parametrize(("given", "wanted"), CREATE)
def test_create_refuses(ask: Asker, given: dict[str, Any], wanted: tuple[int, str]) -> None:
    assert ask.refused("Slb", "CreateLoadBalancer", RegionId=REGION, **given) == wanted


def test_the_quota_of_load_balancers_holds(ask: Asker) -> None:
    ask.simulator.reset({**WORLD, "quotas": {"slb.load_balancers": 1}})
    balancer(ask)
    assert ask.refused("Slb", "CreateLoadBalancer", RegionId=REGION)[1] == "QuotaLimitExceeds"


def test_a_protected_or_locked_load_balancer_stays(ask: Asker) -> None:
    lb = balancer(ask, DeleteProtection="on")
    refused = ask.refused("Slb", "DeleteLoadBalancer", LoadBalancerId=lb)
    assert refused == (400, "OperationFailed.DeleteProtection")
    ask("Slb", "SetLoadBalancerDeleteProtection", LoadBalancerId=lb, DeleteProtection="off")
    found = ask.simulator.world.find(lb)
    assert found is not None
    found.state = "locked"
    assert ask.refused("Slb", "DeleteLoadBalancer", LoadBalancerId=lb)[1] == "LoadBalancerLocked"


def test_load_balancers_are_listed_by_what_they_are(ask: Asker) -> None:
    lb = balancer(ask, LoadBalancerName="a", Tag=[{"Key": "k", "Value": "v"}])
    balancer(ask, LoadBalancerName="b", VSwitchId="vsw-a")
    change(ask, "AddBackendServers", lb, ONE)

    def names(**given: Any) -> list[str]:
        found = ask("Slb", "DescribeLoadBalancers", **given)["LoadBalancers"]["LoadBalancer"]
        return [row["LoadBalancerName"] for row in found]

    assert names() == ["a", "b"]
    assert names(LoadBalancerId=f"{lb},lb-none") == ["a"]
    assert names(LoadBalancerName="b") == ["b"]
    assert names(ServerId="i-one") == ["a"]
    assert names(NetworkType="vpc") == ["b"]
    assert names(Tag=[{"Key": "k"}]) == ["a"]


def test_a_vserver_group_lives(ask: Asker) -> None:
    lb = balancer(ask)
    made = ask(
        "Slb",
        "CreateVServerGroup",
        LoadBalancerId=lb,
        VServerGroupName="g",
        BackendServers=json.dumps([{**ONE, "Port": 80}]),
    )
    group = made["VServerGroupId"]
    grouped(ask, "AddVServerGroupBackendServers", group, {**ONE, "Port": "81"}, {**TWO, "Port": 80})
    shown = ask("Slb", "DescribeVServerGroupAttribute", VServerGroupId=group)
    rows = shown["BackendServers"]["BackendServer"]
    places = [(row["ServerId"], row["Port"]) for row in rows]
    assert places == [("i-one", 80), ("i-one", 81), ("i-two", 80)]
    grouped(ask, "RemoveVServerGroupBackendServers", group, {**ONE, "Port": 80})
    changed = ask(
        "Slb",
        "ModifyVServerGroupBackendServers",
        VServerGroupId=group,
        OldBackendServers=json.dumps([{**ONE, "Port": 81}]),
        NewBackendServers=json.dumps([{**ONE, "Port": 82, "Weight": 1}]),
    )
    ask.simulator.clock.sleep(1)
    assert {row["Port"] for row in changed["BackendServers"]["BackendServer"]} == {80, 82}
    grouped(ask, "SetVServerGroupAttribute", group, {**TWO, "Port": 80, "Weight": 3})
    listed = ask("Slb", "DescribeVServerGroups", LoadBalancerId=lb)
    assert listed["VServerGroups"]["VServerGroup"][0]["ServerCount"] == 2
    ask("Slb", "DeleteVServerGroup", VServerGroupId=group)
    listed = ask("Slb", "DescribeVServerGroups", LoadBalancerId=lb)
    assert listed["VServerGroups"]["VServerGroup"] == []


def test_a_group_that_is_changed_or_used_refuses(ask: Asker) -> None:
    lb = balancer(ask)
    group = ask("Slb", "CreateVServerGroup", LoadBalancerId=lb)["VServerGroupId"]
    given = {"VServerGroupId": group, "BackendServers": json.dumps([{**ONE, "Port": 80}])}
    ask("Slb", "AddVServerGroupBackendServers", **given)
    refused = ask.refused("Slb", "AddVServerGroupBackendServers", **given)
    assert refused == (400, "VServerGroupProcessing")
    ask.simulator.clock.sleep(1)
    listener = {"LoadBalancerId": lb, "ListenerPort": 443}
    ask("Slb", "CreateLoadBalancerTCPListener", **listener, VServerGroupId=group)
    refused = ask.refused("Slb", "DeleteVServerGroup", VServerGroupId=group)
    assert refused == (400, "RspoolVipExist")
    missing = ask.refused("Slb", "DeleteVServerGroup", VServerGroupId="rsp-none")
    assert missing == (404, "InvalidVServerGroupId.NotFound")
    portless = {"VServerGroupId": group, "BackendServers": json.dumps([ONE])}
    assert ask.refused("Slb", "AddVServerGroupBackendServers", **portless)[0] == 400


def test_health_follows_listener_and_instance(ask: Asker) -> None:
    lb = balancer(ask)
    change(ask, "AddBackendServers", lb, ONE, TWO)
    listener = {"LoadBalancerId": lb, "ListenerPort": 80}
    ask("Slb", "CreateLoadBalancerTCPListener", **listener, BackendServerPort=8080)
    assert ask.refused("Slb", "CreateLoadBalancerTCPListener", **listener)[0] == 409

    def health() -> list[str]:
        found = ask("Slb", "DescribeHealthStatus", **listener)["BackendServers"]["BackendServer"]
        return [row["ServerHealthStatus"] for row in found]

    assert health() == ["unavailable", "unavailable"]
    ask("Slb", "StartLoadBalancerListener", **listener)
    two = ask.simulator.world.find("i-two")
    assert two is not None
    two.state = "Stopped"
    assert health() == ["normal", "abnormal"]
    assert attribute(ask, lb)["ListenerPorts"]["ListenerPort"] == [80]
    ask("Slb", "StopLoadBalancerListener", **listener)
    ask("Slb", "DeleteLoadBalancerListener", **listener)
    assert ask("Slb", "DescribeHealthStatus", LoadBalancerId=lb)["BackendServers"] == {
        "BackendServer": []
    }
    assert ask.refused("Slb", "DescribeHealthStatus", **listener)[1] == "ListenerNotFound"


def test_what_does_not_exist_is_404(ask: Asker) -> None:
    for action in ("DeleteLoadBalancer", "DescribeLoadBalancerAttribute", "DescribeHealthStatus"):
        refused = ask.refused("Slb", action, LoadBalancerId="lb-none")
        assert refused == (404, "InvalidLoadBalancerId.NotFound")
