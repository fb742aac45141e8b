"""The disks of a VM: those that are persistent (get_disks), and the ephemeral one it leaves."""

from __future__ import annotations

from cpikit.operations import Effect
from cpikit.types import DiskCid
from cpikit_alicloud import vms
from cpikit_alicloud.delete_vm import data_disks, has_ephemeral_name, is_ephemeral, is_true

TYPE_CHECKING = False
if TYPE_CHECKING:
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


def keep_ephemeral(session: Session, vm: vms.Vm) -> None:
    """Let the ephemeral disk outlive the VM (delete_with_instance: false), as the Go CPI does.

    It is launched to go with the VM, so that a create_vm that fails on its way leaves none behind.
    """
    for row in data_disks(session, vm.cid):
        if has_ephemeral_name(row, vm) and is_true(row.get("DeleteWithInstance")):
            session.client.call(
                "Ecs",
                "ModifyDiskAttribute",
                {"DiskId": row["DiskId"], "DeleteWithInstance": False},
                effect=Effect.IDEMPOTENT,
                resource=str(row["DiskId"]),
                kind="disk",
            )
            session.context.log.event("ephemeral_disk_kept", disk=row["DiskId"], vm=vm.cid)
