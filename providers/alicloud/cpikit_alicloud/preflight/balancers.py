"""Load balancers and server groups that VMs are to join: whether they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cpikit.operations import Effect, FaultError
from cpikit.preflight import Finding, Wanted, WantedVm
from cpikit_alicloud.preflight.telling import refused
from cpikit_alicloud.session import Session


def findings(session: Session, wanted: Wanted) -> Iterator[Finding]:
    """One line for each, wherever it is named first."""
    seen: set[str] = set()
    for vm in wanted.vms:
        for key, id_, product, action, parameters in _named(vm):
            if id_ in seen:
                continue
            seen.add(id_)
            subject, place = f"{key} {id_}", vm.places.at(key)
            try:
                session.client.call(product, action, parameters, effect=Effect.READ)
            except FaultError as error:
                yield refused(subject, error, place)
            else:
                yield Finding(subject, "it is there", place=place)


def _named(vm: WantedVm) -> Iterator[tuple[str, str, str, str, Mapping[str, Any]]]:
    properties = vm.properties
    for id_ in properties.slbs:
        yield "slbs", id_, "Slb", "DescribeLoadBalancerAttribute", {"LoadBalancerId": id_}
    for id_ in properties.slb_server_group:
        action = "DescribeVServerGroupAttribute"
        yield "slb_server_group", id_, "Slb", action, {"VServerGroupId": id_}
    action = "ListServerGroupServers"
    new = [one.server_group_id for one in properties.nlb_server_groups]
    for id_ in [*new, *properties.nlb_server_group_ids]:
        key = "nlb_server_groups" if id_ in new else "nlb_server_group_ids"
        yield key, id_, "Nlb", action, {"ServerGroupId": id_}
    for group in properties.alb_server_groups:
        id_ = group.server_group_id
        yield "alb_server_groups", id_, "Alb", action, {"ServerGroupId": id_}
