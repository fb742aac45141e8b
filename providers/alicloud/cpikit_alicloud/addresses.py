"""Addresses that somebody still holds: whether the holder may be removed, and what to say of it.

After a crash nobody repeats a create_vm: the next one comes with a new agent_id and the same
address. A VM that this Director's CPI made, that nobody ever claimed, and that is older than any
create_vm can be, is what such a crash left: it is removed.
"""

from __future__ import annotations

from ipaddress import ip_address

from cpikit.errors import VMCreationFailed
from cpikit_alicloud import tags, vms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit_alicloud.session import Session

DUPLICATE = frozenset(
    (
        "InvalidPrivateIpAddress.Duplicated",  # ECS 2014-05-26, RunInstances
        "InvalidIPAddress.AlreadyUsed",
        "InvalidIp.IpAssigned",
        "InvalidIp.IpRepeated",
        "InvalidIpAddress.AlreadyUsed",
    )
)
_ON_THEIR_WAY = ("Stopping",)
_V6 = 6


class Sibling(Exception):
    """The address is held by a VM for the very agent that needs it: another call made it."""

    def __init__(self, vm_cid: str) -> None:
        super().__init__(vm_cid)
        self.vm_cid = vm_cid


def free(session: Session, ip: str, vswitch_id: str, agent_id: str) -> str:
    """See to it that the address becomes free; gives what still stands in the way, "" for nothing.

    Raises Sibling, or VMCreationFailed, naming holder, age and remedy, when the holder may not be
    removed.
    """
    row = _interface_with(session, ip, vswitch_id)
    if row is None:
        return f"address {ip} is still held, though by no interface: it is released late"
    vm_cid = str(row.get("InstanceId") or (row.get("Attachment") or {}).get("InstanceId") or "")
    if not vm_cid:
        return _free_interface(session, ip, row, agent_id)
    vm = vms.by_id(session, vm_cid)
    if vm is None or vm.status in _ON_THEIR_WAY:
        return f"address {ip} is held by {vm_cid}, which comes or goes"
    found = vm.tags
    is_ours = found.get(tags.DIRECTOR) == session.context.director_uuid
    if is_ours and found.get(tags.AGENT) == agent_id:
        raise Sibling(vm_cid)
    evict(session, vm, f"address {ip}")
    return ""


def evict(session: Session, vm: vms.Vm, what: str) -> None:
    """Remove the VM that holds this, if a crash left it. Raises VMCreationFailed otherwise."""
    age_s = _age_s(session, vm.created_at_s)
    if not _is_left(session, vm.tags, vm.state, age_s):
        raise VMCreationFailed(_told(session, what, f"VM {vm.cid}", vm.tags, vm.state, age_s))
    from cpikit_alicloud.delete_vm import delete_vm  # only after a crash

    session.context.log.event("left_over_removed", vm=vm.cid, what=what, age_s=age_s)
    delete_vm(session, vm.cid, is_unused=True)


def _free_interface(session: Session, ip: str, row: Mapping[str, Any], agent_id: str) -> str:
    """The same for an interface that belongs to no VM.

    One for the very agent that needs it was made by a call that was killed, or that runs beside
    this one and is about to launch its VM.
    """
    from cpikit_alicloud import interfaces  # only after a crash

    id_ = str(row.get("NetworkInterfaceId"))
    if row.get("Status") in ("Deleting", "Detaching", "Attaching"):
        return f"address {ip} is held by interface {id_}, which is {row.get('Status')}"
    found = tags.of(row)
    state = tags.read_state(found.get(tags.STATE))
    made = state.get("t", "")
    age_s = _age_s(session, float(made) if made.isdigit() else None)
    is_ours = found.get(tags.DIRECTOR) == session.context.director_uuid
    is_of_agent = is_ours and found.get(tags.AGENT) == agent_id
    if is_of_agent and interfaces.is_young(session, row):
        return f"address {ip} is held by interface {id_}, of another call for this agent"
    if not is_of_agent and not _is_left(session, found, state, age_s):
        told = _told(session, f"address {ip}", f"interface {id_}", found, state, age_s)
        raise VMCreationFailed(told)
    session.context.log.event("left_over_removed", interface=id_, age_s=age_s)
    interfaces.remove(session, [id_])
    return ""


def _is_left(
    session: Session, found: Mapping[str, str], state: Mapping[str, str], age_s: float | None
) -> bool:
    is_ours = found.get(tags.DIRECTOR) == session.context.director_uuid
    is_unclaimed = state.get("c") == "0"
    is_old = age_s is not None and age_s > session.config.waits.create_vm_s
    return is_ours and is_unclaimed and is_old


def _told(
    session: Session,
    what: str,
    holder: str,
    found: Mapping[str, str],
    state: Mapping[str, str],
    age_s: float | None,
) -> str:
    """Who holds it, how old it is, and what frees it."""
    director = found.get(tags.DIRECTOR)
    owner = "of no BOSH Director" if director is None else f"of Director {director}"
    if director == session.context.director_uuid:
        owner = "of this Director"
    agent = f", agent {found[tags.AGENT]}" if tags.AGENT in found else ""
    age = "of unknown age" if age_s is None else f"{age_s:.0f} s old"
    text = f"{what} is held by {holder} ({owner}{agent}, {age}), wanted free"
    if director == session.context.director_uuid and state.get("c") == "0":
        limit = session.config.waits.create_vm_s
        text += (
            f"; nobody has claimed it: a create_vm removes it once it is older than {limit:.0f} s"
        )
    kind = "delete_vm" if holder.startswith("VM") else None
    remedy = f"`cpikit call {kind} {holder.split()[1]}`" if kind else "delete it in the console"
    return f"{text}; to free it now, if it is not needed: {remedy}"


def _age_s(session: Session, made_at_s: float | None) -> float | None:
    return None if made_at_s is None else session.client.now_s() - made_at_s


def _interface_with(session: Session, ip: str, vswitch_id: str) -> dict[str, Any] | None:
    key = "Ipv6Address" if ip_address(ip.partition("/")[0]).version == _V6 else "PrivateIpAddress"
    rows = session.client.listed(
        "Ecs",
        "DescribeNetworkInterfaces",
        {"VSwitchId": vswitch_id, key: [ip.partition("/")[0]]},
        "NetworkInterfaceSets",
        "NetworkInterfaceSet",
    )
    return rows[0] if rows else None
