"""The disks of a VM: those that are persistent (get_disks), and the ephemeral one it leaves."""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import FaultError
from cpikit.types import DiskCid
from cpikit_alicloud import disk_rows, vms
from cpikit_alicloud.delete_vm import (
    data_disks,
    has_ephemeral_name,
    is_ephemeral,
    is_true,
    set_goes_along,
)
from cpikit_alicloud.patience import await_listed, known_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit.types import VmCid
    from cpikit_alicloud.session import Session


def get_disks(session: Session, vm_cid: VmCid) -> list[DiskCid]:
    """Their CIDs. Raises VMNotFound.

    The ephemeral disk is known by its name; on a VM of the Go CPI by its serial in the user data,
    which is read only where a disk is to go with the VM and bears no such name.
    """
    vm = vms.needed(session, vm_cid)
    rows = data_disks(session, vm_cid)
    serial = ""
    if any(
        is_true(row.get("DeleteWithInstance")) and not has_ephemeral_name(row, vm) for row in rows
    ):
        from cpikit_alicloud import user_data  # only for disks that may be another's ephemeral one

        serial = user_data.ephemeral_serial(session, vm)
    return [DiskCid(str(row["DiskId"])) for row in rows if not is_ephemeral(row, vm, serial)]


def keep_ephemeral(session: Session, vm: vms.Vm, *, is_undone: bool) -> None:
    """Let the ephemeral disk outlive the VM (delete_with_instance: false), as the Go CPI does.

    It is launched to go with the VM, so that a create_vm that fails on its way leaves none behind.
    With `is_undone` a failure removes the VM from now on: the disk goes with it again. Raises
    VMNotFound, and CloudError for a disk that is never listed.
    """
    row = _listed_ephemeral(session, vm)
    disk_cid = str(row["DiskId"])
    step = f"ephemeral disk {disk_cid} of VM {vm.cid}"
    if is_undone:
        session.context.undo.push(step, lambda: give_back(session, disk_cid))
    if not is_true(row.get("DeleteWithInstance")):
        return
    try:
        known_late(session, lambda: set_goes_along(session, disk_cid, goes_along=False))
    except FaultError as error:
        if error.fault.kind is FaultKind.DENIED:  # so is taking back what was not changed
            session.context.undo.forget(step)
        raise
    session.context.log.event("ephemeral_disk_kept", disk=disk_cid, vm=vm.cid)


def give_back_ephemeral(session: Session, vm: vms.Vm) -> None:
    """Let the ephemeral disk go with the VM, whatever an earlier call said of it."""
    for row in _ephemeral_rows(session, vm):
        give_back(session, str(row["DiskId"]))


def give_back(session: Session, disk_cid: str) -> None:
    """Let this disk go with its VM; one that went already is fine."""
    try:
        known_late(
            session,
            lambda: set_goes_along(session, disk_cid, goes_along=True),
            lambda: disk_rows.by_id(session, disk_cid),
        )
    except FaultError as error:
        if error.fault.kind is not FaultKind.NOT_FOUND or not disk_rows.is_missing(
            session, disk_cid
        ):
            raise


def _ephemeral_rows(session: Session, vm: vms.Vm) -> list[dict[str, Any]]:
    return [row for row in data_disks(session, vm.cid) if has_ephemeral_name(row, vm)]


def _listed_ephemeral(session: Session, vm: vms.Vm) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def find() -> dict[str, Any] | None:
        found[:] = _ephemeral_rows(session, vm)
        return found[0] if found else None

    await_listed(session, find)
    if not found:
        vms.needed(session, vm.cid)
        raise CloudError(
            f"ephemeral disk of VM {vm.cid} is not listed, wanted listed to let it outlive the VM, "
            f"after {session.config.waits.vm_visible_s:g} s"
        )
    return found[0]
