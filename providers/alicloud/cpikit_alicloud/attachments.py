"""attach_disk and detach_disk: which VM holds the disk is looked at, never assumed.

The action goes first and the look comes after it, so that the usual case takes one call less; what
the action refuses is decided by the disk's state (docs/alicloud.md).
Source: ECS 2014-05-26, AttachDisk, DetachDisk, DescribeDisks.
"""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import bindings, disk_rows, disks, tags, vms
from cpikit_alicloud.devices import path_of, serial_of
from cpikit_alicloud.patience import AGAIN_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cpikit.types import DiskCid, DiskHint, VmCid
    from cpikit_alicloud.disk_rows import Row
    from cpikit_alicloud.session import Session

_DEPENDS_ON_STATE = frozenset(
    (
        "IncorrectDiskStatus",  # AttachDisk, DetachDisk
        "DiskId.StatusNotSupported",  # AttachDisk
        "InvalidDisk.InUse",  # AttachDisk
        "DiskStillAttached",
        "InvalidDisk.AlreadyDetached",  # DetachDisk
        "DependencyViolation",  # DetachDisk: the disk is not on this VM
    )
)


def attach_disk(session: Session, vm_cid: VmCid, disk_cid: DiskCid) -> DiskHint:
    """Attach it to this VM; the path by id that it has there. Repeated, the same path again.

    Raises VMNotFound, DiskNotFound, and CloudError while another VM holds it.
    """
    vm = vms.needed(session, vm_cid)
    nvme = _is_nvme(session, vm)
    row = _attached(session, vm_cid, disk_cid)
    path = path_of(serial_of(row), nvme=nvme)
    if not vm.is_ours:
        from cpikit_alicloud import user_data  # only VMs of the Go CPI keep their disks in there

        user_data.keep_persistent_disks(session, vm, add={disk_cid: path})
    return path


def detach_disk(session: Session, vm_cid: VmCid, disk_cid: DiskCid) -> None:
    """Take it off this VM; one that is not on it, or gone, is a success.

    A disk that was attached has a caller who knows of it: this is where that is written down, since
    attached it needs no mark.
    """
    row = _detached(session, vm_cid, disk_cid)
    if row is not None:
        disks.claim(session, row)
    vm = vms.by_id(session, vm_cid)
    if vm is not None and not vm.is_ours:
        from cpikit_alicloud import user_data  # as above

        user_data.keep_persistent_disks(session, vm, remove=[disk_cid])


def _is_nvme(session: Session, vm: vms.Vm) -> bool:
    """How disks appear there: as the VM's tag says, else by its type and image."""
    record = bindings.read(vm.tags.get(tags.BINDINGS))
    if record is not None and record.nvme is not None:
        return record.nvme
    from cpikit_alicloud import instance_types  # only where no tag tells it

    image_id = str(vm.row.get("ImageId") or "")
    return instance_types.uses_nvme(session, vm.instance_type, image_id)


def _attached(session: Session, vm_cid: str, disk_cid: str) -> Row:
    action = _Action(session, "AttachDisk", vm_cid, disk_cid)
    action.send()

    def look() -> Seen[Row]:
        row = disk_rows.needed(session, disk_cid)
        status, holder = disk_rows.status_of(row), disk_rows.holder_of(row)
        if holder not in ("", vm_cid) and status == disk_rows.IN_USE:
            raise CloudError(
                f"disk {disk_cid} is attached to VM {holder}, wanted {vm_cid}: detach it there "
                f"first (detach_disk {holder} {disk_cid})"
            )
        if status == disk_rows.AVAILABLE:
            action.send_again()
        return Seen(status, row, done=status == disk_rows.IN_USE and holder == vm_cid)

    return _await(session, look, disk_cid, f"attached to {vm_cid}") or {}


def _detached(session: Session, vm_cid: str, disk_cid: str) -> Row | None:
    """The disk once this VM does not hold it; None when there is no such disk."""
    action = _Action(session, "DetachDisk", vm_cid, disk_cid)
    action.send()

    def look() -> Seen[Row]:
        row = disk_rows.by_id(session, disk_cid)
        if row is None:
            return Seen("not listed", done=disk_rows.is_missing(session, disk_cid))
        status, holder = disk_rows.status_of(row), disk_rows.holder_of(row)
        if status == disk_rows.IN_USE and holder == vm_cid:
            action.send_again()
        is_elsewhere = status == disk_rows.IN_USE and holder != vm_cid
        return Seen(status, row, done=is_elsewhere or status in (disk_rows.AVAILABLE, "Creating"))

    return _await(session, look, disk_cid, f"detached from {vm_cid}")


def _await(
    session: Session, look: Callable[[], Seen[Row]], disk_cid: str, wanted: str
) -> Row | None:
    seen = wait_until(
        session.context.clock,
        look,
        what=f"disk {disk_cid}",
        wanted=wanted,
        deadline_s=session.config.waits.disk_s,
    )
    return seen.value


class _Action:
    """AttachDisk or DetachDisk, sent until the disk's state shows that it worked."""

    def __init__(self, session: Session, name: str, vm_cid: str, disk_cid: str) -> None:
        self._session = session
        self._name = name
        self._vm_cid = vm_cid
        self._disk_cid = disk_cid
        self._was_refused = False
        self._sent_s = 0.0
        self._began_s = session.context.clock.monotonic_s()
        self._patience_s = session.config.waits.vm_visible_s

    def send(self) -> None:
        """Send it; a refusal that only the disk's state explains is left to the look."""
        self._was_refused = False
        try:
            self._session.client.call(
                "Ecs",
                self._name,
                {"InstanceId": self._vm_cid, "DiskId": self._disk_cid},
                effect=Effect.IDEMPOTENT,  # the second one finds it done, and is refused
                resource=f"{self._disk_cid} and {self._vm_cid}",
                kind="disk",
            )
        except FaultError as error:
            if not self._is_explained_by_state(error):
                raise
            self._was_refused = True
        self._sent_s = self._session.context.clock.monotonic_s()

    def send_again(self) -> None:
        """Send it again where the last one was refused, or shows no effect."""
        since_s = self._session.context.clock.monotonic_s() - self._sent_s
        if self._was_refused or since_s >= AGAIN_S:
            self.send()

    def _age_s(self) -> float:
        return self._session.context.clock.monotonic_s() - self._began_s

    def _is_explained_by_state(self, error: FaultError) -> bool:
        fault = error.fault
        if fault.kind is FaultKind.NOT_FOUND:  # the list has both: actions may know them later
            return self._name == "DetachDisk" or self._age_s() < self._patience_s
        return fault.code in _DEPENDS_ON_STATE or fault.code.startswith("IncorrectDiskStatus")
