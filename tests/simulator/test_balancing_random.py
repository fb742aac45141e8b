"""Random calls, legal and illegal: nothing answers 500, and what has to hold holds."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError
from tests.simulator.balancing_kit import WORLD

REGION = {"RegionId": "cn-hangzhou"}
INSTANCES = st.sampled_from(["i-one", "i-two", "i-off", "i-new", "i-far", "i-none", "eni-one"])
PLACES = st.integers(0, 3)
WORDS = st.sampled_from(["", "EcsInstance", "SlbInstance", "NetworkInterface", "Ip", "Ecs", "é"])
CALLS = st.tuples(
    st.sampled_from(
        "allocate release bind unbind balancer drop add take group regroup ungroup pool enlist "
        "strike disband wait vanish".split()
    ),
    PLACES,
    INSTANCES,
    WORDS,
    st.integers(-1, 120),
)


class Life:
    """One world and the ids that were made in it."""

    def __init__(self) -> None:
        self.simulator = Simulator(world=WORLD, profile="typical")
        self.made: dict[str, list[str]] = {"eip": [], "lb": [], "rsp": [], "sgp": []}

    def pick(self, kind: str, place: int) -> str:
        made = self.made[kind]
        return made[place % len(made)] if made else f"{kind}-none"

    def ask(self, product: str, action: str, **given: Any) -> dict[str, Any]:
        try:
            return self.simulator.ask(product, action, **{**REGION, **given})
        except ApiError as refused:
            if refused.status >= 500:  # a defect
                raise
            return {}

    def make(self, kind: str, field: str, *asked: str, **given: Any) -> None:
        answer = self.ask(*asked, **given)
        self.made[kind] += [answer[field]] if field in answer else []

    def do(self, what: str, place: int, server: str, word: str, number: int) -> None:
        eip, lb = self.pick("eip", place), self.pick("lb", place)
        rsp, sgp = self.pick("rsp", place), self.pick("sgp", place)
        servers = json.dumps([{"ServerId": server, "Weight": number, "Port": number}])
        listed = [{"ServerId": server, "ServerType": word, "Port": number, "Weight": number}]
        on = {"AllocationId": eip, "InstanceId": server, "InstanceType": word}
        inner = {"VSwitchId": "vsw-a"} if number % 2 else {}
        behind = {"LoadBalancerId": lb, "BackendServers": servers}
        inside = {"VServerGroupId": rsp, "BackendServers": servers}
        pooled = {"ServerGroupId": sgp, "Servers": listed}
        named = {"ServerGroupName": f"group-{place}", "VpcId": "vpc-a"}
        if what == "wait":
            self.simulator.clock.sleep(max(number, 0) / 10)
        elif what == "vanish":
            found = self.simulator.world.find(server)
            if found is not None and place == 0:
                found.vanish(self.simulator.world)
        elif what in {"allocate", "balancer", "group", "pool"}:
            made: dict[str, tuple[Any, ...]] = {
                "allocate": ("eip", "AllocationId", "Vpc", "AllocateEipAddress", {}),
                "balancer": ("lb", "LoadBalancerId", "Slb", "CreateLoadBalancer", inner),
                "group": ("rsp", "VServerGroupId", "Slb", "CreateVServerGroup", behind),
                "pool": ("sgp", "ServerGroupId", "Nlb", "CreateServerGroup", named),
            }
            *names, more = made[what]
            self.make(*names, **more)
        else:
            asked: dict[str, tuple[str, str, dict[str, Any]]] = {
                "release": ("Vpc", "ReleaseEipAddress", {"AllocationId": eip}),
                "bind": ("Vpc", "AssociateEipAddress", on),
                "unbind": ("Vpc", "UnassociateEipAddress", {"AllocationId": eip}),
                "drop": ("Slb", "DeleteLoadBalancer", {"LoadBalancerId": lb}),
                "add": ("Slb", "AddBackendServers", behind),
                "take": ("Slb", "RemoveBackendServers", behind),
                "regroup": ("Slb", "AddVServerGroupBackendServers", inside),
                "ungroup": ("Slb", "DeleteVServerGroup", {"VServerGroupId": rsp}),
                "enlist": ("Nlb", "AddServersToServerGroup", pooled),
                "strike": ("Nlb", "RemoveServersFromServerGroup", pooled),
                "disband": ("Nlb", "DeleteServerGroup", {"ServerGroupId": sgp}),
            }
            product, action, more = asked[what]
            self.ask(product, action, **more)

    def check(self) -> None:
        assert not self.simulator.desk.journal.defects
        world: Any = self.simulator.world
        world.settle()
        everything = list(world.resources())
        eips = [each for each in everything if each.kind == "eip"]
        assert all(bool(each.instance_id) == (each.state != "Available") for each in eips)
        held = Counter(each.instance_id for each in eips if each.instance_id)
        assert all(count == 1 for count in held.values()), "one address on one thing"
        assert all(world.find(id_) for id_ in held), "nothing hangs on what is gone"
        addresses = Counter(
            getattr(each, "ip_address", "") or getattr(each, "address", "") for each in everything
        )
        assert all(count == 1 for address, count in addresses.items() if address)
        for each in everything:
            servers = getattr(each, "servers", ()) or getattr(each, "backends", ())
            places = [one.place for one in servers]
            assert len(places) == len(set(places)), "no server twice on one port"


@settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(calls=st.lists(CALLS, min_size=5, max_size=30))
def test_random_calls_leave_a_sound_world(calls: list[tuple[Any, ...]]) -> None:
    life = Life()
    for call in calls:
        life.do(*call)
        life.check()


@pytest.mark.slow
@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(calls=st.lists(CALLS, min_size=10, max_size=50))
def test_many_random_calls_leave_a_sound_world(calls: list[tuple[Any, ...]]) -> None:
    life = Life()
    for call in calls:
        life.do(*call)
        life.check()
