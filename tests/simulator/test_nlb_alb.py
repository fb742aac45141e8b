"""Server groups of the network and application load balancers: their jobs take time."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.balancing_kit import WORLD, Asker, unknown_parameters

ONE = {"ServerId": "i-one", "ServerType": "Ecs", "Port": 80}
BOTH = pytest.mark.parametrize("product", ["Nlb", "Alb"])
LONG_S = 5


@pytest.fixture
def ask(alicloud_direct: Simulator) -> Asker:
    alicloud_direct.reset(WORLD, "typical")
    return Asker(alicloud_direct)


def group(ask: Asker, product: str, **more: Any) -> str:
    given = {"ServerGroupName": "group", "VpcId": "vpc-a", **more}
    made = ask(product, "CreateServerGroup", **given)
    ask.simulator.clock.sleep(LONG_S)
    return str(made["ServerGroupId"])


def servers(ask: Asker, product: str, **given: Any) -> list[dict[str, Any]]:
    return list(ask(product, "ListServerGroupServers", **given)["Servers"])


def job(ask: Asker, product: str, id_: str) -> str:
    if product == "Nlb":
        return str(ask("Nlb", "GetJobStatus", JobId=id_)["Status"])
    (found,) = ask("Alb", "ListAsynJobs", JobIds=[id_])["Jobs"]
    return str(found["Status"])


@BOTH
def test_no_parameter_is_honoured_that_no_sdk_sends(product: str) -> None:
    assert unknown_parameters(product) == []


@BOTH
def test_a_server_is_added_changed_and_removed_by_jobs(ask: Asker, product: str) -> None:
    sgp = group(ask, product)
    added = ask(product, "AddServersToServerGroup", ServerGroupId=sgp, Servers=[ONE])
    assert job(ask, product, added["JobId"]).lower() == "processing"
    assert [one["Status"] for one in servers(ask, product, ServerIds=["i-one"])] == ["Adding"]
    ask.simulator.clock.sleep(LONG_S)
    assert job(ask, product, added["JobId"]) == "Succeeded"
    (shown,) = servers(ask, product, ServerGroupId=sgp)
    assert (shown["Status"], shown["ServerIp"]) == ("Available", "10.0.0.10")
    change = {"ServerGroupId": sgp, "Servers": [{**ONE, "Weight": 7}]}
    ask(product, "UpdateServerGroupServersAttribute", **change)
    ask.simulator.clock.sleep(LONG_S)
    assert servers(ask, product, ServerGroupId=sgp)[0]["Weight"] == 7
    ask(product, "RemoveServersFromServerGroup", ServerGroupId=sgp, Servers=[ONE])
    assert servers(ask, product, ServerGroupId=sgp)[0]["Status"] == "Removing"
    ask.simulator.clock.sleep(LONG_S)
    assert servers(ask, product, ServerGroupId=sgp) == []
    ask(product, "DeleteServerGroup", ServerGroupId=sgp)
    ask.simulator.clock.sleep(LONG_S)
    assert ask(product, "ListServerGroups")["ServerGroups"] == []
    assert not [r for r in ask.simulator.control.inventory() if "group" in r["kind"]]


@BOTH
@pytest.mark.parametrize("answer", ["Conflict.Lock", "IncorrectStatus", "queue"])
def test_a_change_while_another_is_worked_on(ask: Asker, product: str, answer: str) -> None:
    sgp = group(ask, product)
    suffix = {"Nlb": ".serverGroup", "Alb": ".ServerGroup"}[product]
    value = answer + suffix if answer == "IncorrectStatus" else answer
    knob = f"{product.lower()}__change_while_configuring"
    ask.simulator.control.set_knobs(**{knob: value})
    ask(product, "AddServersToServerGroup", ServerGroupId=sgp, Servers=[ONE])
    second = {"ServerGroupId": sgp, "Servers": [{**ONE, "Port": 81}]}
    if answer == "queue":
        ask(product, "AddServersToServerGroup", **second)
        ask.simulator.clock.sleep(LONG_S)
        states = [one["Status"] for one in servers(ask, product, ServerGroupId=sgp)]
        assert states == ["Available", "Available"]
    else:
        refused = ask.refused(product, "AddServersToServerGroup", **second)
        assert refused == (409, value)


@BOTH
@pytest.mark.parametrize(("knob", "left"), [("removed", 0), ("kept", 1)])
def test_a_deleted_instance_stays_or_goes_by_the_knob(
    ask: Asker, product: str, knob: str, left: int
) -> None:
    sgp = group(ask, product)
    name = f"{product.lower()}__membership_of_a_deleted_instance"
    ask.simulator.control.set_knobs(**{name: knob})
    ask(product, "AddServersToServerGroup", ServerGroupId=sgp, Servers=[ONE])
    world = ask.simulator.world
    instance = world.find("i-one")
    assert instance is not None
    instance.vanish(world)
    assert len(servers(ask, product, ServerGroupId=sgp)) == left


ADD: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"ServerGroupId": "sgp-none"}, (404, "ResourceNotFound.{}erverGroup")),
    ({"Servers": [{**ONE, "ServerId": "i-none"}]}, (404, "ResourceNotFound.Ecs")),
    ({"Servers": [{**ONE, "ServerId": "i-far"}]}, (400, "IllegalParam.VpcId")),
    ({"Servers": [{**ONE, "Port": ""}]}, (400, "IllegalParam.Servers.1.Port")),
    ({"Servers": [{**ONE, "Weight": 101}]}, (400, "IllegalParam.Servers.1.Weight")),
    ({"Servers": [{**ONE, "ServerType": "Ip"}]}, (400, "IllegalParam.Servers.1.ServerType")),
    ({"Servers": [ONE, ONE]}, (400, "IllegalParam.Servers")),
    ({"Servers": []}, (400, "MissingParam.Servers.N.ServerId")),
]


@BOTH
@pytest.mark.parametrize(("given", "wanted"), ADD)
def test_add_refuses(
    ask: Asker, product: str, given: dict[str, Any], wanted: tuple[int, str]
) -> None:
    sgp = group(ask, product)
    wanted = (wanted[0], wanted[1].format("s" if product == "Nlb" else "S"))
    whole = {"ServerGroupId": sgp, "Servers": [ONE], **given}
    assert ask.refused(product, "AddServersToServerGroup", **whole) == wanted


@BOTH
def test_what_is_there_or_not_there_is_refused(ask: Asker, product: str) -> None:
    sgp = group(ask, product)
    given = {"ServerGroupId": sgp, "Servers": [ONE]}
    refused = ask.refused(product, "RemoveServersFromServerGroup", **given)
    assert refused == (404, "ResourceNotFound.BackendServer")
    ask(product, "AddServersToServerGroup", **given)
    ask.simulator.clock.sleep(LONG_S)
    refused = ask.refused(product, "AddServersToServerGroup", **given)
    assert refused == (409, "ResourceAlreadyExist.BackendServer")
    ask.simulator.control.set_knobs(**{f"{product.lower()}__add_of_a_present_server": "ignore"})
    assert ask(product, "AddServersToServerGroup", **given)["JobId"]


@BOTH
def test_groups_are_listed_page_by_page(ask: Asker, product: str) -> None:
    made = [group(ask, product, ServerGroupName=f"group-{n}") for n in range(3)]
    first = ask(product, "ListServerGroups", MaxResults=2)
    rest = ask(product, "ListServerGroups", MaxResults=2, NextToken=first["NextToken"])
    found = [row["ServerGroupId"] for row in first["ServerGroups"] + rest["ServerGroups"]]
    assert found == made
    named = ask(product, "ListServerGroups", ServerGroupNames=["group-1"])["ServerGroups"]
    assert [row["ServerGroupId"] for row in named] == made[1:2]


@BOTH
def test_create_and_delete_refuse(ask: Asker, product: str) -> None:
    def code(**given: Any) -> str:
        whole = {"ServerGroupName": "group", "VpcId": "vpc-a", **given}
        return ask.refused(product, "CreateServerGroup", **whole)[1]

    assert code(ServerGroupName="") == "MissingParam.ServerGroupName"
    assert code(ServerGroupName="1") == "IllegalParam.ServerGroupName"
    assert code(VpcId="") == "MissingParam.VpcId"
    assert code(VpcId="vpc-none") == "ResourceNotFound.VpcId"
    assert code(Protocol="MOON") == "IllegalParam.Protocol"
    used = group(ask, product)
    found: Any = ask.simulator.world.find(used)
    found.used_by = ("nlb-1",)
    refused = ask.refused(product, "DeleteServerGroup", ServerGroupId=used)
    assert refused[1].lower() == "resourceinuse.servergroup"
    ask.simulator.reset({**WORLD, "quotas": {f"{product.lower()}.server_groups": 0}})
    assert code() == "QuotaExceeded.ServerGroup"


def test_an_unknown_job_is_404(ask: Asker) -> None:
    assert ask.refused("Nlb", "GetJobStatus", JobId="none") == (404, "ResourceNotFound.Job")
    assert ask("Alb", "ListAsynJobs", JobIds=["none"])["Jobs"] == []


@BOTH
def test_more_ids_than_allowed_are_refused(ask: Asker, product: str) -> None:
    ids = [f"i-{n}" for n in range(41)]
    refused = ask.refused(product, "ListServerGroupServers", ServerIds=ids)
    assert refused == (400, "IllegalParam.ServerIds")
