"""delete_vm: unbound, its persistent disks spared, gone for certain, and its address free."""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import bindings, tags, vms
from cpikit_alicloud.bindings import Binding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cpikit_alicloud.session import Session


_FOR_THE_NEXT_LOOK = (
    FaultKind.NOT_FOUND,
    FaultKind.BUSY,
    FaultKind.ANSWER_LOST,
    FaultKind.SERVER_ERROR,
)
_SUBSCRIBED = frozenset(  # ECS 2014-05-26, DeleteInstance; the second one to TerminateSubscription
    ("ChargeTypeViolation", "InvalidOperation.NotInWhiteList")
)
_NOTICED_WITHIN_S = 30.0  # Stopping shows at once (ECS, DeleteInstance); Running this long does not


def delete_vm(session: Session, vm_cid: str, *, is_unused: bool = False) -> None:
    """Delete the VM and return when it is gone; one that is gone already is a success.

    What the VM was bound to is unbound first; disks that nobody called ephemeral survive. With
    `is_unused` nobody asked for the deletion: where the VM is unclaimed, its ephemeral disk goes
    with it even if it was to outlive it.
    """
    vm = vms.by_id(session, vm_cid)
    if vm is None and vms.is_missing(session, vm_cid, ask_list=False):
        _unbind_all(session, vm_cid, _left_behind(session, vm_cid, None))
        return
    vm = vm or vms.needed(session, vm_cid)
    _unbind_all(session, vm_cid, _left_behind(session, vm_cid, vm))
    _settle_disks(session, vm, is_unused=is_unused and vm.is_ours and not vm.is_claimed)
    _delete(session, vm.cid, is_prepaid=_prepaid(vm))
    _await_interfaces(session, vm)


def _left_behind(session: Session, vm_cid: str, vm: vms.Vm | None) -> set[Binding]:
    """What it is bound to: by its tag, or where no tag tells it, by asking the balancers.

    SLB cannot be asked by server: those groups that the configuration names are looked through.
    """
    record = bindings.read(vm.tags.get(tags.BINDINGS)) if vm is not None and vm.is_ours else None
    if record is not None and record.is_complete:
        return set(record.bindings)
    from cpikit_alicloud import load_balancers  # 1 ms that VMs of our own without any do not pay

    found = set(record.bindings) if record is not None else set()
    for kind in (bindings.NLB, bindings.ALB):
        found.update(load_balancers.memberships(session, kind, vm_cid))
    known = {binding.id for binding in found}
    for kind, ids in (
        (bindings.CLB, session.config.clb_load_balancers),
        (bindings.VSERVER, session.config.clb_server_groups),
    ):
        for id_ in ids:
            if id_ not in known:
                found.update(load_balancers.classic_memberships(session, kind, id_, vm_cid))
    return found


def _unbind_all(session: Session, vm_cid: str, found: set[Binding]) -> None:
    if not found:
        return
    from cpikit_alicloud import eips, load_balancers  # 2 ms that a VM without any does not pay

    for binding in sorted(found):
        if binding.kind == bindings.EIP:
            eips.release(session, binding.id, vm_cid)
        else:
            load_balancers.unbind(session, binding, vm_cid)


def _settle_disks(session: Session, vm: vms.Vm, *, is_unused: bool) -> None:
    """Clear DeleteWithInstance on every data disk that is not this VM's ephemeral one.

    An ephemeral one that is to stay does so, and is told of; that of an unused VM goes along.
    """
    spared = []
    rows = data_disks(session, vm.cid)
    for row in rows:
        if has_ephemeral_name(row, vm) and not is_true(row.get("DeleteWithInstance")):
            if is_unused:
                from cpikit_alicloud import vm_disks  # only for what was to stay

                vm_disks.give_back(session, str(row["DiskId"]))
            else:
                session.context.log.event("ephemeral_disk_left", disk=row["DiskId"], vm=vm.cid)
    doubtful = [row for row in rows if is_true(row.get("DeleteWithInstance"))]
    if any(not has_ephemeral_name(row, vm) for row in doubtful):
        from cpikit_alicloud import user_data  # only where a flag stands on some other disk

        ephemeral = user_data.ephemeral_serial(session, vm)
        spared = [row for row in doubtful if not is_ephemeral(row, vm, ephemeral)]
    for row in spared:
        set_goes_along(session, str(row["DiskId"]), goes_along=False)
        session.context.log.event("disk_spared", disk=row["DiskId"], vm=vm.cid)


def set_goes_along(session: Session, disk_cid: str, *, goes_along: bool) -> None:
    """Say whether the disk is deleted with its VM."""
    session.client.call(
        "Ecs",
        "ModifyDiskAttribute",
        {"DiskId": disk_cid, "DeleteWithInstance": goes_along},
        effect=Effect.IDEMPOTENT,
        resource=disk_cid,
        kind="disk",
    )


def data_disks(session: Session, vm_cid: str) -> list[dict[str, Any]]:
    """The data disks attached to the VM, ephemeral one included."""
    rows = session.client.listed(
        "Ecs", "DescribeDisks", {"InstanceId": vm_cid, "MaxResults": 100}, "Disks", "Disk"
    )
    return [row for row in rows if row.get("Type") != "system"]


def ephemeral_name(agent_id: str) -> str:
    """The name that RunInstances gives to the ephemeral disk, by which it is known ever after."""
    return tags.display_name(f"ephemeral-{agent_id}")


def has_ephemeral_name(row: Mapping[str, Any], vm: vms.Vm) -> bool:
    """Whether this disk bears the name of this VM's ephemeral disk."""
    agent_id = vm.tags.get(tags.AGENT)
    return bool(agent_id) and row.get("DiskName") == ephemeral_name(str(agent_id))


def is_ephemeral(row: Mapping[str, Any], vm: vms.Vm, serial: str) -> bool:
    """Whether this disk was made with the VM for its agent: by name, else by its user data."""
    from cpikit_alicloud.devices import serial_of

    return has_ephemeral_name(row, vm) or (bool(serial) and serial_of(row) == serial)


def is_true(value: object) -> bool:
    """A boolean of an answer, which some services write as text."""
    return value is True or str(value).lower() == "true"


def remove_new(
    session: Session,
    vm_cid: str,
    bound: Iterable[Binding],
    *,
    may_appear_s: float = 0.0,
    is_prepaid: bool = False,
) -> None:
    """Take back a VM that this call made, whatever reads fail meanwhile.

    No disk was ever attached to it, so nothing has to be looked up before it goes. One that nobody
    has seen yet may appear for `may_appear_s` still: until then its absence proves nothing. Raises
    CloudError naming what it may still be bound to.
    """
    problems = []
    for binding in sorted(bound):
        try:
            _unbind_all(session, vm_cid, {binding})
        except (CloudError, FaultError) as error:
            if binding.kind == bindings.EIP:
                _take_off_blindly(session, binding, vm_cid)
            problems.append(f"{binding}: {error}")
    clock = session.context.clock
    absent_until_s = clock.monotonic_s() + may_appear_s
    while True:
        was_seen = _delete(session, vm_cid, is_prepaid=is_prepaid, is_list_needed=False)
        left_s = absent_until_s - clock.monotonic_s()
        if was_seen or left_s <= 0:
            break
        clock.sleep(min(left_s, session.config.waits.visibility_s))
    if problems:
        raise CloudError(f"it is gone, but may still be in {'; '.join(problems)}")


def _take_off_blindly(session: Session, binding: Binding, vm_cid: str) -> None:
    """Ask for an EIP that cannot be looked at to be free; the caller tells of it anyway."""
    from cpikit_alicloud import eips  # only on failure

    try:
        eips.take_off(session, binding.id, vm_cid)
    except FaultError as error:
        session.context.log.event("warning", text=f"{binding} not taken off: {error}")


def _delete(
    session: Session, vm_cid: str, *, is_prepaid: bool, is_list_needed: bool = True
) -> bool:
    """Delete the VM and wait until it is gone, in list and by id, twice; whether it was seen.

    Without `is_list_needed` the by-id call alone decides where the list cannot be read.
    """
    seen: list[bool] = []

    def is_listed() -> str:
        try:
            shown = vms.by_id(session, vm_cid)
        except FaultError:
            if is_list_needed:
                raise
            return ""
        return shown.status if shown is not None else ""

    def look() -> Seen[bool]:
        for turn in range(2):
            if turn:
                session.context.clock.sleep(session.config.waits.visibility_s)
            status = is_listed()
            if status or vms.answers_by_id(session, vm_cid):
                seen.append(True)
                asking.again(status)
                return Seen(status or "being deleted")
        return Seen("gone", value=True, done=True)

    asking = _Asking(session, vm_cid, is_prepaid=is_prepaid)
    asking.ask()
    wait_until(
        session.context.clock,
        look,
        what=f"VM {vm_cid}",
        wanted="gone",
        deadline_s=session.config.waits.vm_gone_s,
    )
    return bool(seen)


class _Asking:
    """Asks for the deletion, and again where the cloud took no notice of it."""

    def __init__(self, session: Session, vm_cid: str, *, is_prepaid: bool) -> None:
        self._session = session
        self._vm_cid = vm_cid
        self._is_prepaid = is_prepaid
        self._asked_s = 0.0

    def ask(self) -> None:
        """Ask. That it is on its way already, or that no answer came, is for the next look."""
        try:
            self._session.client.call(
                "Ecs",
                "DeleteInstance",
                {
                    "InstanceId": self._vm_cid,
                    "Force": True,
                    "TerminateSubscription": self._is_prepaid or None,
                },
                effect=Effect.IDEMPOTENT,
                resource=self._vm_cid,
                kind="vm",
            )
        except FaultError as error:
            if error.fault.code in _SUBSCRIBED:
                raise CloudError(
                    f"VM {self._vm_cid} is a subscription that has not run out, which the cloud "
                    "does not release: turn it into pay-as-you-go (ModifyInstanceChargeType), or "
                    f"wait for its end, and delete it then: {error}"
                ) from error
            if error.fault.kind not in _FOR_THE_NEXT_LOOK:
                raise
            self._session.context.log.event("delete_unanswered", vm=self._vm_cid, why=str(error))
        self._asked_s = self._session.context.clock.monotonic_s()

    def again(self, status: str) -> None:
        """Ask again when it stands still, some time after it was asked for."""
        waited_s = self._session.context.clock.monotonic_s() - self._asked_s
        if status in (vms.RUNNING, vms.STOPPED) and waited_s >= _NOTICED_WITHIN_S:
            self.ask()


def _prepaid(vm: vms.Vm) -> bool:
    """A subscription that has not run out is released only when asked to: DeleteInstance."""
    return vm.row.get("InstanceChargeType") == "PrePaid"


def _await_interfaces(session: Session, vm: vms.Vm) -> None:
    """Wait until its interfaces are gone, and delete those that only came off it.

    Both of the Go CPI's failures with addresses come from here (its issues 74 and 97).
    """
    ids = [str(interface.get("NetworkInterfaceId", "")) for interface in vm.interfaces]
    if not all(ids) or not ids:
        return
    from cpikit_alicloud import interfaces  # 1 ms, where there are any

    interfaces.remove_all(session, ids, owner=vm)
