"""reboot_vm: restarted, and only then told: the cloud may still show Running for a moment."""

from __future__ import annotations

from cpikit.errors import VMNotFound
from cpikit.operations import FaultError
from cpikit.waiting import Seen
from cpikit_alicloud import vms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.types import VmCid
    from cpikit_alicloud.session import Session

_BEGINS_WITHIN_S = 10.0
"""How long Running is doubted after the call: the Go CPI took it for the end (W9), and the docs say
that Starting shows at once (ECS 2014-05-26, RebootInstance)."""

_NOT_ON = ("IncorrectInstanceStatus",)


def reboot_vm(session: Session, vm_cid: VmCid) -> None:
    """Reboot the VM, or start one that is off, and wait until it runs. Raises VMNotFound."""
    try:
        vms.power(session, "RebootInstance", vm_cid, ForceStop=True)
    except FaultError as error:
        if error.fault.code not in _NOT_ON:
            raise
        _started(session, vm_cid)
        return
    _await_restart(session, vm_cid)


def _started(session: Session, vm_cid: VmCid) -> None:
    """A VM that cannot be rebooted since it is off, or on its way there."""
    waits = session.config.waits
    vm = vms.needed(session, vm_cid)
    if vm.status == "Stopping":
        vm = vms.await_status(session, vm_cid, vms.STOPPED, waits.vm_stopped_s)
    if vm.status == vms.STOPPED:
        vms.power(session, "StartInstance", vm_cid)
    vms.await_status(session, vm_cid, vms.RUNNING, waits.vm_reboot_s)


def _await_restart(session: Session, vm_cid: VmCid) -> None:
    began_s = session.context.clock.monotonic_s()
    left_running: list[bool] = []

    def look() -> Seen[vms.Vm]:
        vm = vms.by_id(session, vm_cid)
        if vm is None:
            if not vms.answers_by_id(session, vm_cid):
                raise VMNotFound(f"VM {vm_cid} vanished while it was rebooted")
            return Seen("not listed")
        if vm.status != vms.RUNNING:
            left_running.append(True)
            return Seen(vm.status, vm)
        waited_s = session.context.clock.monotonic_s() - began_s
        return Seen(vm.status, vm, done=bool(left_running) or waited_s >= _BEGINS_WITHIN_S)

    vms.await_look(
        session,
        look,
        what=f"VM {vm_cid}",
        wanted="Running again",
        deadline_s=session.config.waits.vm_reboot_s,
    )
