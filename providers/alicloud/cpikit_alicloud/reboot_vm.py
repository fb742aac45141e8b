"""reboot_vm: restarted, and only then told: the cloud may still show Running for a moment."""

from __future__ import annotations

from cpikit.errors import VMNotFound
from cpikit.waiting import Seen
from cpikit_alicloud import vms
from cpikit_alicloud.patience import known_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.types import VmCid
    from cpikit_alicloud.session import Session

_BEGINS_WITHIN_S = 10.0
"""How long Running is doubted after the call: the Go CPI took it for the end (W9), and the docs say
that Starting shows at once (ECS 2014-05-26, RebootInstance)."""


def reboot_vm(session: Session, vm_cid: VmCid) -> None:
    """Reboot the VM, or start one that is off, and wait until it runs. Raises VMNotFound."""
    if known_late(
        session,
        lambda: vms.power(session, "RebootInstance", vm_cid, ForceStop=True),
        lambda: vms.by_id(session, vm_cid),
    ):
        _await_restart(session, vm_cid)
    else:  # it is off, or on its way there or back
        vms.bring(session, vm_cid, vms.RUNNING, session.config.waits.vm_reboot_s)


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
