"""VMs as the cloud shows them: found by id or by tag, missed for certain, awaited, restarted."""

from __future__ import annotations

import json

from attrs import frozen

from cpikit.errors import VMNotFound
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cpikit_alicloud.session import Session

RUNNING = "Running"
STOPPED = "Stopped"
_ABSENT = "absent"


@frozen(eq=False)
class Vm:
    """One row of DescribeInstances. Source: ECS 2014-05-26, DescribeInstances."""

    row: Mapping[str, Any]

    @property
    def cid(self) -> str:
        """Its instance id."""
        return str(self.row.get("InstanceId", ""))

    @property
    def status(self) -> str:
        """Pending, Starting, Running, Stopping or Stopped."""
        return str(self.row.get("Status", ""))

    @property
    def instance_type(self) -> str:
        """Such as ecs.g7.large."""
        return str(self.row.get("InstanceType", ""))

    @property
    def zone(self) -> str:
        """The zone it runs in."""
        return str(self.row.get("ZoneId", ""))

    @property
    def tags(self) -> dict[str, str]:
        """All its tags."""
        return tags.of(self.row)

    @property
    def state(self) -> dict[str, str]:
        """The letters of its `cpikit-state`; empty on a VM that we did not make."""
        return tags.read_state(self.tags.get(tags.STATE))

    @property
    def is_ours(self) -> bool:
        """Whether this provider made it: the Go CPI's VMs bear none of our marks."""
        return tags.AGENT in self.tags

    @property
    def is_claimed(self) -> bool:
        """Whether its caller is known to have heard of it."""
        return self.state.get("c") == "1"

    @property
    def created_at_s(self) -> float | None:
        """Seconds since 1970 at which it was made: by our mark, else by the cloud's minute."""
        mark = self.state.get("t", "")
        return float(mark) if mark.isdigit() else utc_s(str(self.row.get("CreationTime", "")))

    @property
    def interfaces(self) -> list[Mapping[str, Any]]:
        """Its network interfaces."""
        return (self.row.get("NetworkInterfaces") or {}).get("NetworkInterface") or []

    @property
    def private_ip(self) -> str:
        """The primary address of the primary interface."""
        found = (self.row.get("VpcAttributes") or {}).get("PrivateIpAddress") or {}
        addresses = found.get("IpAddress") or ()
        return str(addresses[0]) if addresses else ""


def listed(session: Session, **filters: object) -> list[Vm]:
    """The VMs that fit these parameters of DescribeInstances."""
    rows = session.client.listed(
        "Ecs", "DescribeInstances", {**filters, "MaxResults": 100}, "Instances", "Instance"
    )
    return [Vm(row) for row in rows]


def by_id(session: Session, vm_cid: str) -> Vm | None:
    """The VM as the list has it now. None alone proves nothing: see `is_missing`."""
    found = listed(session, InstanceIds=json.dumps([vm_cid]))
    return next((vm for vm in found if vm.cid == vm_cid), None)


def by_agent(session: Session, agent_id: str) -> list[Vm]:
    """This Director's VMs for that agent, the smallest id first."""
    mark = [
        {"Key": tags.AGENT, "Value": agent_id},
        {"Key": tags.DIRECTOR, "Value": session.context.director_uuid},
    ]
    return sorted(listed(session, Tag=mark), key=lambda vm: vm.cid)


def needed(session: Session, vm_cid: str) -> Vm:
    """The VM, waited for where only the list does not know it yet.

    Raises VMNotFound when list and by-id call agree that there is none.
    """

    def look() -> Seen[Vm]:
        vm = by_id(session, vm_cid)
        if vm is not None:
            return Seen(vm.status, vm, done=True)
        if not answers_by_id(session, vm_cid):
            raise VMNotFound(f"VM {vm_cid} does not exist in {session.client.region}")
        return Seen(_ABSENT)

    seen = wait_until(
        session.context.clock,
        look,
        what=f"VM {vm_cid}",
        wanted="listed",
        deadline_s=session.config.waits.vm_visible_s,
    )
    if seen.value is None:  # pragma: no cover  # a look that is done has a value
        raise VMNotFound(f"VM {vm_cid} does not exist")
    return seen.value


def answers_by_id(session: Session, vm_cid: str) -> bool:
    """Whether the call by id knows the VM: 404 says no, and a 403 is an error, never a no.

    A RAM user without DescribeInstances gets an empty list and no error (alibaba DescribeInstances
    page), so this is the call that decides.
    """
    try:
        session.client.call(
            "Ecs",
            "DescribeInstanceAttribute",
            {"InstanceId": vm_cid},
            effect=Effect.READ,
            resource=vm_cid,
            kind="vm",
        )
    except FaultError as error:
        if error.fault.kind is FaultKind.NOT_FOUND:
            return False
        raise
    return True


def is_missing(session: Session, vm_cid: str, *, ask_list: bool = True) -> bool:
    """Whether it is certainly gone: absent by id and in the list, twice, `visibility_s` apart."""
    if ask_list and by_id(session, vm_cid) is not None:
        return False
    if answers_by_id(session, vm_cid):
        return False
    session.context.clock.sleep(session.config.waits.visibility_s)
    return by_id(session, vm_cid) is None and not answers_by_id(session, vm_cid)


def has_vm(session: Session, vm_cid: str) -> bool:
    """Whether the VM exists, whatever its status."""
    if by_id(session, vm_cid) is not None:
        return True
    return not is_missing(session, vm_cid, ask_list=False)


def power(session: Session, action: str, vm_cid: str, **parameters: object) -> bool:
    """StartInstance, StopInstance or RebootInstance; False when its state does not allow it now."""
    try:
        session.client.call(
            "Ecs",
            action,
            {"InstanceId": vm_cid, **parameters},
            effect=Effect.IDEMPOTENT,  # a second one finds it on its way: IncorrectInstanceStatus
            resource=vm_cid,
            kind="vm",
        )
    except FaultError as error:
        if error.fault.code != "IncorrectInstanceStatus":
            raise
        return False
    return True


def power_listed(session: Session, action: str, vm_cid: str, **parameters: object) -> bool:
    """The same for a VM that was listed a moment ago: one that is not known yet is asked later."""
    try:
        return power(session, action, vm_cid, **parameters)
    except FaultError as error:
        if error.fault.kind is not FaultKind.NOT_FOUND:
            raise
        return False


def bring(session: Session, vm_cid: str, wanted: str, deadline_s: float) -> Vm:
    """Stop or start the VM as soon as its state allows it, and wait until it is there.

    Raises VMNotFound when it vanishes meanwhile.
    """
    action, start = ("StartInstance", STOPPED) if wanted == RUNNING else ("StopInstance", RUNNING)
    parameters = {} if wanted == RUNNING else {"ForceStop": True}
    asked: list[bool] = []

    def look() -> Seen[Vm]:
        vm = by_id(session, vm_cid)
        if vm is None:
            if not answers_by_id(session, vm_cid):
                raise VMNotFound(f"VM {vm_cid} vanished while it was awaited to be {wanted}")
            return Seen(_ABSENT)
        is_due = vm.status == start and not asked
        if is_due and power_listed(session, action, vm_cid, **parameters):
            asked.append(True)
        return Seen(vm.status, vm, done=vm.status == wanted)

    return await_look(session, look, what=f"VM {vm_cid}", wanted=wanted, deadline_s=deadline_s)


def await_look(
    session: Session, look: Callable[[], Seen[Vm]], *, what: str, wanted: str, deadline_s: float
) -> Vm:
    """The VM that the look ends with."""
    seen = wait_until(session.context.clock, look, what=what, wanted=wanted, deadline_s=deadline_s)
    if seen.value is None:  # pragma: no cover  # a look that is done has a value
        raise VMNotFound(f"{what} does not exist")
    return seen.value


def utc_s(text: str) -> float | None:
    """Seconds since 1970 of `2026-01-02T03:04Z` or `2026-01-02T03:04:05Z`; None for no time."""
    import calendar  # only where a time is read at all
    import time

    for form in ("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return float(calendar.timegm(time.strptime(text, form)))
        except ValueError:
            continue
    return None
