"""Load balancers of all four kinds: a VM is put into a group, awaited there, and taken out again.

Source: SLB 2014-05-15, NLB 2022-04-30, ALB 2020-06-16. Whether ECS takes a deleted instance out of
its groups is not documented: it is always done by name.
"""

from __future__ import annotations

import json

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud.bindings import ALB, CLB, NLB, VSERVER, Binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit_alicloud.session import Session

_PRODUCTS = {NLB: "Nlb", ALB: "Alb"}
_ALREADY_THERE = frozenset(
    (
        "ResourceAlreadyExist.BackendServer",  # NLB and ALB, AddServersToServerGroup
        "ResourceAlreadyAssociated.BackendServer",
        "Conflict.BackendServer",
        "ObtainIpFail.DuplicateServer",
    )
)
_ALREADY_OUT = frozenset(
    (
        "ResourceNotFound.BackendServer",  # NLB and ALB, RemoveServersFromServerGroup
        "ResourceNotFound.ServerGroup",
        "InvalidLoadBalancerId.NotFound",  # SLB, RemoveBackendServers
        "InvalidVServerGroupId.NotFound",
        "RspoolVipExist",
    )
)


def bind(session: Session, binding: Binding, vm_cid: str) -> None:
    """Put the VM into the group and wait until it is in; one that is in already is fine."""
    if binding.kind in _PRODUCTS:
        _bind_new(session, binding, vm_cid)
    else:
        _bind_classic(session, binding, vm_cid)


def unbind(session: Session, binding: Binding, vm_cid: str) -> None:
    """Take the VM out of the group, and wait until it is out; a group that is gone is fine."""
    try:
        if binding.kind in _PRODUCTS:
            _remove_new(session, binding, vm_cid)
        else:
            _remove_classic(session, binding, vm_cid)
    except FaultError as error:
        is_gone = error.fault.kind is FaultKind.NOT_FOUND
        if not is_gone and error.fault.code not in _ALREADY_OUT:
            raise
        return
    if binding.kind in _PRODUCTS:
        _await(session, binding, vm_cid, wanted="")


def memberships(session: Session, kind: str, vm_cid: str) -> list[Binding]:
    """The groups of NLB or ALB that the VM is in, by its id alone.

    A permission that is missing is logged and told as none: the Go CPI's VMs need none of this.
    """
    product = _PRODUCTS[kind]
    try:
        rows = session.client.listed(
            product, "ListServerGroupServers", {"ServerIds": [vm_cid]}, "Servers"
        )
    except FaultError as error:
        if error.fault.kind not in (FaultKind.DENIED, FaultKind.UNSUPPORTED):
            raise
        session.context.log.event("warning", text=f"members of {product} not looked up: {error}")
        return []
    return [
        Binding(kind, str(row.get("ServerGroupId", "")), int(row.get("Port") or 0))
        for row in rows
        if row.get("ServerId") == vm_cid and row.get("Status") != "Removing"
    ]


def classic_memberships(session: Session, kind: str, id_: str, vm_cid: str) -> list[Binding]:
    """Whether the VM is in this CLB, or in this vServer group and with which ports.

    A group that is gone has no members.
    """
    try:
        answer = _described(session, Binding(kind, id_))
    except FaultError as error:
        if error.fault.kind is not FaultKind.NOT_FOUND and error.fault.code not in _ALREADY_OUT:
            raise
        return []
    servers = (answer.get("BackendServers") or {}).get("BackendServer") or ()
    return [
        Binding(kind, id_, 0 if kind == CLB else int(server.get("Port") or 0))
        for server in servers
        if server.get("ServerId") == vm_cid
    ]


def _bind_classic(session: Session, binding: Binding, vm_cid: str) -> None:
    group = _classic_group(binding)
    action = "AddBackendServers" if binding.kind == CLB else "AddVServerGroupBackendServers"
    answer = session.client.call(
        "Slb",
        action,
        {**group, "BackendServers": _backends(binding, vm_cid, with_weight=True)},
        effect=Effect.IDEMPOTENT,  # servers that are in are ignored: SLB, AddBackendServers
        resource=f"{vm_cid} in {binding}",
    )
    if not _holds(answer, binding, vm_cid):
        _await(session, binding, vm_cid, wanted="Available")


def _remove_classic(session: Session, binding: Binding, vm_cid: str) -> None:
    group = _classic_group(binding)
    action = "RemoveBackendServers" if binding.kind == CLB else "RemoveVServerGroupBackendServers"
    session.client.call(
        "Slb",
        action,
        {**group, "BackendServers": _backends(binding, vm_cid, with_weight=False)},
        effect=Effect.IDEMPOTENT,
        resource=f"{vm_cid} in {binding}",
    )


def _bind_new(session: Session, binding: Binding, vm_cid: str) -> None:
    try:
        _change_new(session, "AddServersToServerGroup", binding, vm_cid, Weight=binding.weight)
    except FaultError as error:
        if error.fault.code not in _ALREADY_THERE:
            raise
    _await(session, binding, vm_cid, wanted="Available")


def _remove_new(session: Session, binding: Binding, vm_cid: str) -> None:
    _change_new(session, "RemoveServersFromServerGroup", binding, vm_cid)


def _change_new(
    session: Session, action: str, binding: Binding, vm_cid: str, **more: object
) -> None:
    server = {"ServerId": vm_cid, "ServerType": "Ecs", "Port": binding.port, **more}
    session.client.call(
        _PRODUCTS[binding.kind],
        action,
        {
            "ServerGroupId": binding.id,
            "Servers": [server],
            "ClientToken": session.client.token(action, binding.short, vm_cid),
        },
        effect=Effect.TOKENED,
        resource=f"{vm_cid} in {binding}",
    )


def _await(session: Session, binding: Binding, vm_cid: str, *, wanted: str) -> None:
    def look() -> Seen[None]:
        status = _status(session, binding, vm_cid)
        return Seen(status or "not in it", done=status == wanted)

    wait_until(
        session.context.clock,
        look,
        what=f"{vm_cid} in {binding}",
        wanted=wanted or "out of it",
        deadline_s=session.config.waits.load_balancer_s,
    )


def _status(session: Session, binding: Binding, vm_cid: str) -> str:
    """The member's state there, "" when it is not in."""
    if binding.kind not in _PRODUCTS:
        answer = _described(session, binding)
        return "Available" if _holds(answer, binding, vm_cid) else ""
    rows = session.client.listed(
        _PRODUCTS[binding.kind],
        "ListServerGroupServers",
        {"ServerGroupId": binding.id, "ServerIds": [vm_cid]},
        "Servers",
    )
    for row in rows:
        if row.get("ServerId") == vm_cid and int(row.get("Port") or 0) == binding.port:
            return str(row.get("Status") or "Available")
    return ""


def _described(session: Session, binding: Binding) -> dict[str, Any]:
    """A CLB or a vServer group with its members."""
    action = (
        "DescribeLoadBalancerAttribute" if binding.kind == CLB else "DescribeVServerGroupAttribute"
    )
    return session.client.call(
        "Slb", action, _classic_group(binding), effect=Effect.READ, resource=binding.id
    )


def _holds(answer: Mapping[str, Any], binding: Binding, vm_cid: str) -> bool:
    servers = (answer.get("BackendServers") or {}).get("BackendServer") or ()
    return any(
        server.get("ServerId") == vm_cid
        and (binding.kind == CLB or int(server.get("Port") or 0) == binding.port)
        for server in servers
    )


def _classic_group(binding: Binding) -> dict[str, str]:
    if binding.kind == CLB:
        return {"LoadBalancerId": binding.id}
    if binding.kind == VSERVER:
        return {"VServerGroupId": binding.id}
    raise CloudError(f"{binding} is no group of SLB")


def _backends(binding: Binding, vm_cid: str, *, with_weight: bool) -> str:
    server: dict[str, str] = {"ServerId": vm_cid, "Type": "ecs"}
    if binding.kind == VSERVER:
        server["Port"] = str(binding.port)
    if with_weight:
        server["Weight"] = str(binding.weight)
    return json.dumps([server])
