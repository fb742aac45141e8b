"""Vips, load balancers and several interfaces on the simulator: bound, counted, and unbound."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.alicloud.simulated import Simulated


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def vip(life: Simulated) -> tuple[str, dict[str, Any]]:
    made = life.ask("Vpc", "AllocateEipAddress")
    life.clock.sleep(30)
    network = {"type": "vip", "ip": made["EipAddress"], "cloud_properties": {}}
    return made["AllocationId"], {**life.place.networks(), "vip": network}


def balancer(life: Simulated) -> tuple[str, str]:
    made = life.ask(
        "Slb",
        "CreateLoadBalancer",
        AddressType="intranet",
        VpcId=life.place.vpc,
        VSwitchId=life.place.vswitches[0],
        LoadBalancerSpec="slb.s1.small",
    )
    life.clock.sleep(60)
    group = life.ask("Slb", "CreateVServerGroup", LoadBalancerId=made["LoadBalancerId"])
    life.clock.sleep(60)
    return made["LoadBalancerId"], group["VServerGroupId"]


def eip_holder(life: Simulated, allocation: str) -> str:
    rows = life.ask("Vpc", "DescribeEipAddresses", AllocationId=allocation)
    return str(rows["EipAddresses"]["EipAddress"][0]["InstanceId"])


def test_a_vip_costs_three_calls_and_goes_with_its_vm(life: Simulated) -> None:
    allocation, networks = vip(life)
    since = life.simulator.control.mark()
    answer = life.create(networks=networks)
    assert answer["error"] is None, answer["error"]
    cid = answer["result"][0]
    assert len(life.counted(since)) <= 8 + 3, life.counted(since)
    assert eip_holder(life, allocation) == cid
    life.result("delete_vm", cid)
    assert eip_holder(life, allocation) == ""


def test_a_vip_comes_along_to_the_next_vm(life: Simulated) -> None:
    allocation, networks = vip(life)
    first = life.create(networks=networks)["result"][0]
    life.result("delete_vm", first)
    answer = life.create("agent-2", networks=networks)
    assert answer["error"] is None, answer["error"]
    assert eip_holder(life, allocation) == answer["result"][0]


def test_classic_balancers_are_joined_and_left(life: Simulated) -> None:
    balancer_id, group_id = balancer(life)
    more = {"slbs": [balancer_id], "slb_server_group": [group_id], "slb_server_group_port": 8080}
    since = life.simulator.control.mark()
    answer = life.create(more=more)
    assert answer["error"] is None, answer["error"]
    assert len(life.counted(since)) <= 8 + 2 * 2
    cid = answer["result"][0]

    def members() -> list[str]:
        found = []
        for action, key, id_ in (
            ("DescribeLoadBalancerAttribute", "LoadBalancerId", balancer_id),
            ("DescribeVServerGroupAttribute", "VServerGroupId", group_id),
        ):
            rows = life.ask("Slb", action, **{key: id_})["BackendServers"]["BackendServer"]
            found += [row["ServerId"] for row in rows]
        return found

    assert members() == [cid, cid]
    since = life.simulator.control.mark()
    life.result("delete_vm", cid)
    assert len(life.counted(since)) <= 6 + 2 * 2
    assert members() == []


@pytest.mark.parametrize("product", ["Nlb", "Alb"])
def test_new_balancers_are_joined_with_every_port_and_left(life: Simulated, product: str) -> None:
    made = life.ask(product, "CreateServerGroup", ServerGroupName="group", VpcId=life.place.vpc)
    id_ = made["ServerGroupId"]
    life.clock.sleep(60)
    name = f"{product.lower()}_server_groups"
    groups = [{"server_group_id": id_, "port": port, "weight": 10} for port in (80, 443)]
    since = life.simulator.control.mark()
    answer = life.create(more={name: groups})
    assert answer["error"] is None, answer["error"]
    assert len(life.counted(since)) <= 8 + 2 * 2
    cid = answer["result"][0]

    def members() -> set[tuple[str, int]]:
        rows = life.ask(product, "ListServerGroupServers", ServerGroupId=id_)["Servers"]
        return {(row["ServerId"], int(row["Port"])) for row in rows}

    assert members() == {(cid, 80), (cid, 443)}
    life.result("delete_vm", cid)
    assert members() == set()


def test_a_balancer_that_does_not_exist_leaves_no_vm(life: Simulated) -> None:
    answer = life.create(more={"slbs": ["lb-none"]})
    assert answer["error"]["type"] == "Bosh::Clouds::VMCreationFailed"
    assert life.alive() == []


def test_two_interfaces_have_their_own_addresses_and_macs(life: Simulated) -> None:
    networks = {
        **life.place.networks(),
        "second": life.place.networks("10.0.0.20", default=[])["net"],
        "third_is_dynamic": life.place.networks(None, default=[])["net"],
    }
    answer = life.create(networks=networks, more={"instance_type": "ecs.g6.xlarge"})
    assert answer["error"] is None, answer["error"]
    cid, echoed = answer["result"]
    found = json.loads(life.simulator.control.user_data(cid))["networks"]
    assert len({network["mac"] for network in found.values()}) == len(networks)
    (row,) = life.ask("Ecs", "DescribeInstances")["Instances"]["Instance"]
    by_mac = {
        one["MacAddress"]: one["PrimaryIpAddress"]
        for one in row["NetworkInterfaces"]["NetworkInterface"]
    }
    assert by_mac[found["net"]["mac"]] == "10.0.0.10"
    assert by_mac[found["second"]["mac"]] == "10.0.0.20"
    assert by_mac[found["third_is_dynamic"]["mac"]] == echoed["third_is_dynamic"]["ip"]
    life.result("delete_vm", cid)
    assert life.alive("eni") == []
