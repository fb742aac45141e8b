"""VServer groups: servers with a port each, that listeners of a load balancer forward to."""

from __future__ import annotations

from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.products.slb.kinds import (
    Backend,
    LoadBalancer,
    VServerGroup,
    reweighted,
)
from cpikit_alicloud_simulator.products.slb.wording import (
    GROUP_IN_USE,
    address_of,
    backends_given,
    balancer_named,
    check_servers,
    group_named,
    keep_busy,
    shown_backend,
)
from cpikit_alicloud_simulator.refusal import INVALID
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.times import to_second


@action(
    "Slb",
    "CreateVServerGroup",
    effect="write",
    required="LoadBalancerId",
    optional="VServerGroupName BackendServers Tag.N.Key Tag.N.Value",
    resource="LoadBalancerId",
)
def create_vserver_group(call: Call) -> Answer:
    """Make a group, perhaps with servers at once."""
    balancer = balancer_named(call)
    backends = _unlike(backends_given(call, ported=True))
    check_servers(call, backends, balancer.vpc_id)
    tags = checked_tags(call)
    call.checked()
    group = call.world.add(
        VServerGroup(
            id=call.new_id(VServerGroup),
            region_id=call.region_id,
            account_id=call.account_id,
            name=call.text("VServerGroupName", "sgp-default"),
            tags=tags,
            load_balancer_id=balancer.id,
        )
    )
    group.hold(tuple(backends))
    return _answer(group)


@action(
    "Slb",
    "DeleteVServerGroup",
    effect="write",
    required="VServerGroupId",
    resource="VServerGroupId",
)
def delete_vserver_group(call: Call) -> Answer:
    """Delete a group that no listener forwards to."""
    group = group_named(call)
    balancer = call.world.get(LoadBalancer, group.load_balancer_id)
    if balancer and any(each.vserver_group_id == group.id for each in balancer.listeners):
        raise GROUP_IN_USE.error()
    call.checked()
    group.vanish(call.world)
    return {}


@action(
    "Slb",
    "DescribeVServerGroups",
    effect="read",
    required="LoadBalancerId",
    optional="Description IncludeListener Tag.N.Key Tag.N.Value",
    resource="LoadBalancerId",
)
def describe_vserver_groups(call: Call) -> Answer:
    """List the groups of a load balancer."""
    balancer = balancer_named(call, writes=False)
    tags, name = call.tag_filters(), call.text("Description")
    with_listeners = call.boolean("IncludeListener", default=False)
    rows = []
    for group in call.look(VServerGroup).by("load_balancer_id", balancer.id):
        if not has_tags(group, tags) or name not in ("", group.name):
            continue
        listeners = [
            {"Port": each.port, "Protocol": each.protocol}
            for each in balancer.listeners
            if with_listeners and each.vserver_group_id == group.id
        ]
        rows.append(
            {
                "VServerGroupId": group.id,
                "VServerGroupName": group.name,
                "ServerCount": len(group.backends),
                "CreateTime": to_second(group.created_s),
                "Tags": shown_tags(group),
                "AssociatedObjects": {"Listeners": {"Listener": listeners}, "Rules": {"Rule": []}},
            }
        )
    return {"VServerGroups": {"VServerGroup": rows}}


@action(
    "Slb",
    "DescribeVServerGroupAttribute",
    effect="read",
    required="VServerGroupId",
    resource="VServerGroupId",
)
def describe_vserver_group_attribute(call: Call) -> Answer:
    """Show one group with its servers."""
    group = group_named(call, writes=False)
    servers = [
        {
            **shown_backend(each, ported=True),
            "Description": each.description,
            "ServerIp": address_of(call, each),
        }
        for each in group.backends
    ]
    return {
        "VServerGroupId": group.id,
        "VServerGroupName": group.name,
        "LoadBalancerId": group.load_balancer_id,
        "CreateTime": to_second(group.created_s),
        "BackendServers": {"BackendServer": servers},
        "Tags": shown_tags(group),
    }


@action(
    "Slb",
    "AddVServerGroupBackendServers",
    effect="write",
    required="VServerGroupId BackendServers",
    resource="VServerGroupId BackendServers",
)
def add_vserver_group_backend_servers(call: Call) -> Answer:
    """Put servers into a group; those that are there on the same port stay as they are."""
    group = group_named(call)
    given = _demanded(call, "BackendServers")
    balancer = call.world.get(LoadBalancer, group.load_balancer_id)
    check_servers(call, given, balancer.vpc_id if balancer else "")
    call.checked()
    there = {each.place for each in group.backends}
    _hold(call, group, (*group.backends, *(each for each in given if each.place not in there)))
    return _answer(group)


@action(
    "Slb",
    "RemoveVServerGroupBackendServers",
    effect="write",
    required="VServerGroupId BackendServers",
    resource="VServerGroupId BackendServers",
)
def remove_vserver_group_backend_servers(call: Call) -> Answer:
    """Take servers out of a group, by id and port; those that are not there are ignored."""
    group = group_named(call)
    gone = {(each.server_id, each.port) for each in _demanded(call, "BackendServers")}
    call.checked()
    kept = tuple(each for each in group.backends if (each.server_id, each.port) not in gone)
    _hold(call, group, kept)
    return _answer(group, described=False)


@action(
    "Slb",
    "ModifyVServerGroupBackendServers",
    effect="write",
    required="VServerGroupId",
    optional="OldBackendServers NewBackendServers",
    resource="VServerGroupId NewBackendServers",
)
def modify_vserver_group_backend_servers(call: Call) -> Answer:
    """Put new servers in the place of old ones."""
    group = group_named(call)
    old = {(each.server_id, each.port) for each in _demanded(call, "OldBackendServers")}
    new = _demanded(call, "NewBackendServers")
    if not old <= {(each.server_id, each.port) for each in group.backends}:
        raise INVALID.error(name="OldBackendServers")
    balancer = call.world.get(LoadBalancer, group.load_balancer_id)
    check_servers(call, new, balancer.vpc_id if balancer else "")
    kept = tuple(each for each in group.backends if (each.server_id, each.port) not in old)
    taken = {each.place for each in kept}
    if any(each.place in taken for each in new):
        raise INVALID.error(name="NewBackendServers")
    call.checked()
    _hold(call, group, (*kept, *new))
    return _answer(group)


@action(
    "Slb",
    "SetVServerGroupAttribute",
    effect="write",
    required="VServerGroupId",
    optional="VServerGroupName BackendServers",
    resource="VServerGroupId",
)
def set_vserver_group_attribute(call: Call) -> Answer:
    """Change a group's name and the weights of servers that are in it."""
    group = group_named(call)
    given = {each.place: each for each in backends_given(call, ported=True)}
    if not given.keys() <= {each.place for each in group.backends}:
        raise INVALID.error(name="BackendServers")
    call.checked()
    group.name = call.text("VServerGroupName", group.name)
    changed = tuple(
        reweighted(each, given[each.place].weight, given[each.place].description or None)
        if each.place in given
        else each
        for each in group.backends
    )
    _hold(call, group, changed)
    return {"VServerGroupName": group.name, **_answer(group)}


def _demanded(call: Call, name: str) -> list[Backend]:
    given = _unlike(backends_given(call, name, ported=True))
    if not given:
        raise INVALID.error(name=name)
    return given


def _unlike(backends: list[Backend]) -> list[Backend]:
    """Keep the first of servers that are named twice (SLB ignores the others)."""
    return list({each.place: each for each in reversed(backends)}.values())[::-1]


def _hold(call: Call, group: VServerGroup, backends: tuple[Backend, ...]) -> None:
    group.hold(backends)
    keep_busy(call, group)


def _answer(group: VServerGroup, *, described: bool = True) -> dict[str, Any]:
    shown = [
        {
            **shown_backend(each, ported=True),
            **({"Description": each.description} if described else {}),
        }
        for each in group.backends
    ]
    return {"VServerGroupId": group.id, "BackendServers": {"BackendServer": shown}}
