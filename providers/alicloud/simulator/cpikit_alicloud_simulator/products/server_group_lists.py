"""Find server groups and the servers in them, for the List actions of both products."""

from __future__ import annotations

from cpikit_alicloud_simulator.call import Call, has_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.server_groups import Flavour, Server, ServerGroup
from cpikit_alicloud_simulator.resource import Resource

LIST_PAGES = Paging(  # NLB 2022-04-30 and ALB 2020-06-16, List…: MaxResults
    default=20, maximum=100, numbers=False, tokens=True, sends_max_results=True
)
MOST_IDS = 40  # NLB 2022-04-30, ListServerGroupServers: at most 40 ServerIds


def groups_found(call: Call, of: Flavour) -> list[ServerGroup]:
    """Give the groups that a List call filters out."""
    seen, ids, names = (
        call.look(of.group),
        call.texts("ServerGroupIds"),
        call.texts("ServerGroupNames"),
    )
    tags = call.tag_filters()
    vpc_id, type_, in_group = (
        call.text("VpcId"),
        call.text("ServerGroupType"),
        call.text("ResourceGroupId"),
    )
    return [
        each
        for each in (seen.ids(ids) if ids else seen.all())
        if (not names or each.name in names)
        and vpc_id in ("", each.vpc_id)
        and type_ in ("", each.type)
        and in_group in ("", each.resource_group_id)
        and has_tags(each, tags)
    ]


def servers_found(call: Call, of: Flavour) -> list[tuple[ServerGroup, Server]]:
    """Give the servers that a List call filters out; without a group, those of all groups."""
    ids, ips = call.texts("ServerIds"), call.texts("ServerIps")
    if len(ids) > MOST_IDS or len(ips) > MOST_IDS:
        raise call.refused("ServerIds" if len(ids) > MOST_IDS else "ServerIps")
    seen = call.look(of.group)
    groups = list(seen.all())
    if call.has("ServerGroupId"):
        found = seen.get(call.text("ServerGroupId"))
        if found is None:
            raise of.no_group.error(id=call.text("ServerGroupId"))
        groups = [found]
    return [
        (group, server)
        for group in groups
        for server in group.servers
        if (not ids or server.server_id in ids) and (not ips or server.server_ip in ips)
    ]


def flat_tags(group: Resource) -> list[dict[str, str]]:
    """Give tags as these products write them, without a wrapper."""
    return [{"Key": name, "Value": value} for name, value in group.tags.items()]
