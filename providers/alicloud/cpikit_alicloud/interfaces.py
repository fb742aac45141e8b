"""Network interfaces beside the primary one: made first, found by mac, removed for certain.

Source: ECS 2014-05-26, CreateNetworkInterface, DescribeNetworkInterfaces, DeleteNetworkInterface.
"""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cpikit_alicloud.networks import Nic
    from cpikit_alicloud.session import Session
    from cpikit_alicloud.vms import Vm

_LIST = "DescribeNetworkInterfaces"
_AVAILABLE = "Available"
_NEW = ("Creating", "Pending")
LAUNCHING_S = 60.0
"""From an interface made first to the launch of its VM: two looks and one RunInstances."""


def create(
    session: Session,
    nic: Nic,
    vswitch_id: str,
    groups: Sequence[str],
    marks: Mapping[str, str],
    *,
    turn: int = 0,
) -> str:
    """Make a secondary interface with all its addresses; gives its id, and pushes its undo.

    Each `turn` has a client token of its own.
    """
    parameters = {
        "VSwitchId": vswitch_id,
        "SecurityGroupIds": list(groups),
        "PrimaryIpAddress": nic.ipv4[0] if nic.ipv4 else None,
        "PrivateIpAddress": list(nic.ipv4[1:]) or None,
        "Ipv6Address": list(nic.ipv6) or None,
        "Ipv4Prefix": list(nic.ipv4_prefixes) or None,
        "Ipv6Prefix": list(nic.ipv6_prefixes) or None,
        "DeleteOnRelease": True,
        "Tag": tags.as_parameter(marks),
    }
    token = session.client.token("nic", nic.name, turn, parameters)
    answer = session.client.call(
        "Ecs",
        "CreateNetworkInterface",
        {**parameters, "ClientToken": token},
        effect=Effect.TOKENED,
        resource=f"interface of network {nic.name!r}",
    )
    id_ = str(answer["NetworkInterfaceId"])
    session.context.undo.push(f"interface {id_}", lambda: remove(session, [id_]))
    _await_available(session, id_)
    return id_


def of_vm(session: Session, vm_cid: str, count: int) -> list[dict[str, Any]]:
    """The VM's interfaces, once all of them are there with their macs."""

    def look() -> Seen[list[dict[str, Any]]]:
        rows = _listed(session, InstanceId=vm_cid)
        ready = [row for row in rows if row.get("MacAddress")]
        return Seen(f"{len(ready)} of {count}", ready, done=len(ready) >= count)

    seen = wait_until(
        session.context.clock,
        look,
        what=f"interfaces of VM {vm_cid}",
        wanted=f"{count} with a mac",
        deadline_s=session.config.waits.vm_running_s,
    )
    return seen.value or []


def remove_left(session: Session, agent_id: str) -> None:
    """Remove interfaces that a killed call for this agent made and no VM ever got.

    A young one may belong to a call that runs beside this one, and gets the time to be attached.
    """
    clock = session.context.clock
    mark = [
        {"Key": tags.AGENT, "Value": agent_id},
        {"Key": tags.DIRECTOR, "Value": session.context.director_uuid},
    ]
    deadline_s = clock.monotonic_s() + LAUNCHING_S
    while True:
        rows = [row for row in _listed(session, Tag=mark) if is_loose(row)]
        if not rows:
            return
        if clock.monotonic_s() >= deadline_s or not any(is_young(session, row) for row in rows):
            break
        clock.sleep(session.config.waits.visibility_s)
    left = [str(row.get("NetworkInterfaceId")) for row in rows]
    session.context.log.event("left_over_removed", interfaces=left, agent=agent_id)
    remove(session, left)


def is_loose(row: Mapping[str, Any]) -> bool:
    """Whether it belongs to no VM, and is on its way to none."""
    return row.get("Status") in (_AVAILABLE, *_NEW)


def is_young(session: Session, row: Mapping[str, Any]) -> bool:
    """Whether the call that made it may be about to launch its VM."""
    made = tags.read_state(tags.of(row).get(tags.STATE)).get("t", "")
    return made.isdigit() and session.client.now_s() - float(made) < LAUNCHING_S


def by_id(session: Session, id_: str) -> dict[str, Any]:
    """The interface as the list has it now; empty for one that it does not show."""
    rows = _listed(session, NetworkInterfaceId=[id_])
    return rows[0] if rows else {}


def remove_all(session: Session, ids: Sequence[str], *, owner: Vm) -> None:
    """Wait until these interfaces of a deleted VM are gone; those left over and ours are deleted.

    One that we did not make, and that was only attached, is the operator's and stays.
    """
    ours = {owner.tags.get(tags.DIRECTOR), session.context.director_uuid} - {None}

    def is_ours(row: Mapping[str, Any]) -> bool:
        return tags.of(row).get(tags.DIRECTOR) in ours

    _sweep(session, ids, is_ours)


def remove(session: Session, ids: Sequence[str]) -> None:
    """Delete these interfaces, which we made, and wait until they are gone.

    Where they cannot be looked at they are deleted all the same, and the error says so.
    """
    try:
        _sweep(session, ids, lambda _row: True)
    except FaultError as error:
        if error.operation.name != _LIST:
            raise
        for id_ in ids:
            _is_deleted(session, id_)
        raise CloudError(f"deleted, but not seen to be gone: {error}") from error


def _sweep(session: Session, ids: Sequence[str], is_ours: Any) -> None:
    asked: set[str] = set()

    def look() -> Seen[None]:
        rows = _listed(session, NetworkInterfaceId=list(ids))
        kept = 0
        for row in rows:
            id_ = str(row.get("NetworkInterfaceId"))
            if row.get("Status") != _AVAILABLE:
                continue
            if not is_ours(row):
                kept += 1
            elif id_ not in asked and _is_deleted(session, id_):
                asked.add(id_)
        states = ", ".join(f"{r.get('NetworkInterfaceId')} {r.get('Status')}" for r in rows)
        return Seen(states or "gone", done=len(rows) == kept)

    wait_until(
        session.context.clock,
        look,
        what=f"interfaces {', '.join(ids)}",
        wanted="gone",
        deadline_s=session.config.waits.interface_s,
    )


def _is_deleted(session: Session, id_: str) -> bool:
    """Delete it; False where the action does not know what the list shows: gone, or too new."""
    try:
        session.client.call(
            "Ecs",
            "DeleteNetworkInterface",
            {"NetworkInterfaceId": id_},
            effect=Effect.IDEMPOTENT,
            resource=id_,
        )
    except FaultError as error:
        if error.fault.kind is not FaultKind.NOT_FOUND:
            raise
        return False
    return True


def _await_available(session: Session, id_: str) -> None:
    def look() -> Seen[None]:
        rows = _listed(session, NetworkInterfaceId=[id_])
        status = str(rows[0].get("Status")) if rows else "not listed"
        return Seen(status, done=status == _AVAILABLE)

    wait_until(
        session.context.clock,
        look,
        what=f"interface {id_}",
        wanted=_AVAILABLE,
        deadline_s=session.config.waits.interface_s,
    )


def _listed(session: Session, **filters: object) -> list[dict[str, Any]]:
    return session.client.listed(
        "Ecs",
        _LIST,
        {**filters, "MaxResults": 100},
        "NetworkInterfaceSets",
        "NetworkInterfaceSet",
    )


def macs(
    rows: Sequence[Mapping[str, Any]], nics: Sequence[Nic], ids: Mapping[str, str]
) -> dict[str, str]:
    """The mac for every network: by id where it was made first, by name, by address, by vSwitch."""
    left = list(rows)
    found = {}
    for rule in (_by_id, _by_name, _by_address, _by_kind):
        for place, nic in enumerate(nics):
            if nic.name in found:
                continue
            row = next((row for row in left if rule(row, nic, place, ids)), None)
            if row is not None:
                left.remove(row)
                found.update(dict.fromkeys(nic.networks, str(row["MacAddress"])))
    missing = [nic.name for nic in nics if nic.name not in found]
    if missing:
        raise CloudError(f"no interface was found for networks {', '.join(missing)}")
    return found


def _by_id(row: Mapping[str, Any], nic: Nic, _place: int, ids: Mapping[str, str]) -> bool:
    return nic.name in ids and row.get("NetworkInterfaceId") == ids[nic.name]


def _by_name(row: Mapping[str, Any], nic: Nic, _place: int, _ids: Mapping[str, str]) -> bool:
    return row.get("NetworkInterfaceName") == tags.display_name(nic.name)


def _by_address(row: Mapping[str, Any], nic: Nic, _place: int, _ids: Mapping[str, str]) -> bool:
    return bool(nic.ipv4) and row.get("PrivateIpAddress") == nic.ipv4[0]


def _by_kind(row: Mapping[str, Any], nic: Nic, place: int, _ids: Mapping[str, str]) -> bool:
    wanted = "Primary" if place == 0 else "Secondary"
    return row.get("Type") == wanted and row.get("VSwitchId") in nic.vswitch_ids
