"""User data of VMs that exist: completed after the launch, and kept right on the Go CPI's VMs."""

from __future__ import annotations

from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit_alicloud import vms
from cpikit_alicloud.agent_settings import decoded, encoded
from cpikit_alicloud.devices import serial_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cpikit_alicloud.session import Session
    from cpikit_alicloud.vms import Vm

_LAGGING_S = 30.0  # how long actions may go by an older state than the list (Go CPI, issue 170)
_WRONG_STATE = frozenset(
    (
        "IncorrectInstanceStatus",  # ECS 2014-05-26, ModifyInstanceAttribute
        "InvalidOperation.InvalidEcsState",
        "IncorrectInstanceStatus.Initializing",
        "InstanceNotReady",
    )
)


def read(session: Session, vm_cid: str) -> str:
    """The user data in base64. A failed read raises, so that nothing is ever written upon it."""
    answer = session.client.call(
        "Ecs",
        "DescribeUserData",
        {"InstanceId": vm_cid},
        effect=Effect.READ,
        resource=vm_cid,
        kind="vm",
    )
    return str(answer.get("UserData") or "")


def write(session: Session, vm_cid: str, user_data: str) -> None:
    """Replace it. Raises FaultError also when the cloud refuses it in the VM's state."""
    session.client.call(
        "Ecs",
        "ModifyInstanceAttribute",
        {"InstanceId": vm_cid, "UserData": user_data},
        effect=Effect.IDEMPOTENT,
        resource=vm_cid,
        kind="vm",
    )


def is_refused(error: FaultError) -> bool:
    """Whether the cloud changes no user data in the state that the VM is in."""
    return error.fault.code in _WRONG_STATE


def write_stopped(session: Session, vm_cid: str, user_data: str) -> None:
    """Stop the VM, replace its user data, start it, and wait until it runs.

    For a VM that is new: its agent has not had its settings yet.
    """
    waits = session.config.waits
    vms.bring(session, vm_cid, vms.STOPPED, waits.vm_stopped_s + waits.vm_running_s)
    _write_soon(session, vm_cid, user_data)
    vms.bring(session, vm_cid, vms.RUNNING, waits.vm_running_s)


def _write_soon(session: Session, vm_cid: str, user_data: str) -> None:
    """Write it, and again while the action does not see yet what the list shows: Stopped."""
    clock = session.context.clock
    end_s = clock.monotonic_s() + _LAGGING_S
    while True:
        try:
            write(session, vm_cid, user_data)
        except FaultError as error:
            if not is_refused(error) or clock.monotonic_s() >= end_s:
                raise
            clock.sleep(1.0)
        else:
            return


def ephemeral_serial(session: Session, vm: Vm) -> str:
    """The serial of the ephemeral disk that the VM's own settings name; empty for none.

    The Go CPI's VMs tell theirs by nothing else.
    """
    settings = decoded(read(session, vm.cid)) or {}
    path = (settings.get("disks") or {}).get("ephemeral")
    if isinstance(path, dict):
        path = path.get("path")
    return serial_in(path) if isinstance(path, str) else ""


def keep_persistent_disks(
    session: Session,
    vm: Vm,
    *,
    add: Mapping[str, str] | None = None,
    remove: Sequence[str] = (),
) -> None:
    """Keep `disks.persistent` right on a VM that the Go CPI made; ours never have any.

    `add` maps disk CIDs to device paths. Three calls: read, write, read again, since two attaches
    at once would lose one of the entries (W3); nothing is written after a failed read, nor over
    anything that is not an agent's settings, nor when nothing changes. Where the cloud refuses the
    change in the VM's state it is logged: the agent keeps the hint that the Director gives it.
    """
    if vm.is_ours:
        return
    for _ in range(3):
        settings = decoded(read(session, vm.cid))
        wanted = _changed(settings, add or {}, remove)
        if wanted is None:
            return
        try:
            write(session, vm.cid, encoded(wanted))
        except FaultError as error:
            if not is_refused(error) and error.fault.kind is not FaultKind.UNSUPPORTED:
                raise
            session.context.log.event("warning", text=f"user data of {vm.cid} kept: {error}")
            return


def _changed(
    settings: dict[str, Any] | None, add: Mapping[str, str], remove: Sequence[str]
) -> dict[str, Any] | None:
    """The settings with these disks, None where there is nothing to change."""
    if not settings or not settings.get("agent_id"):
        return None
    disks = settings.get("disks")
    before = disks.get("persistent") if isinstance(disks, dict) else None
    if not isinstance(disks, dict) or not isinstance(before, dict | None):
        return None
    after = {cid: hint for cid, hint in (before or {}).items() if cid not in remove}
    after.update(add)
    if after == (before or {}):
        return None
    return {**settings, "disks": {**disks, "persistent": after}}
