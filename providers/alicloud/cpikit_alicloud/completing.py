"""The settings of a VM that were not complete at its launch, written once every id is known.

Why so, and why not otherwise: docs/decisions on the launch with complete settings.
"""

from __future__ import annotations

from cpikit.faults import FaultKind
from cpikit.operations import FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import user_data, vms
from cpikit_alicloud.delete_vm import data_disks, ephemeral_name
from cpikit_alicloud.devices import path_of, serial_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit_alicloud.launching import Launcher

_BOOTED_S = 120.0  # a guest that has been up for longer may have stopped asking for its settings


class Completion:
    """Finds the ids, and writes the settings; one object for one VM."""

    def __init__(self, launcher: Launcher, vm_cid: str) -> None:
        self._launcher = launcher
        self._session = launcher.session
        self._request = launcher.request
        self._clock = launcher.session.context.clock
        self._vm_cid = vm_cid
        self._macs: dict[str, str] = {}

    def complete(self, *, is_new: bool) -> dict[str, str]:
        """Write them where they are not written yet; gives the macs by network."""
        wanted = self._settings()
        if is_new:
            self._complete(wanted)
        else:
            self._complete_adopted(wanted)
        return self._macs

    def _settings(self) -> str:
        """The complete user data, as soon as its disk and interfaces have their ids."""
        ephemeral = ""
        if self._request.ephemeral is not None:
            nvme = self._nvme()
            ephemeral = path_of(serial_of(self._ephemeral_row()), nvme=nvme)
        if self._request.plan.needs_macs:
            from cpikit_alicloud import interfaces  # only with several interfaces

            nics = self._request.plan.nics
            rows = interfaces.of_vm(self._session, self._vm_cid, len(nics))
            self._macs = interfaces.macs(rows, nics, self._launcher.interface_ids)
        return self._request.user_data(self._session, ephemeral=ephemeral, macs=self._macs)

    def _nvme(self) -> bool:
        """How disks appear on this VM; an adopted one may be of another type than ours."""
        known = set(self._launcher.facts.nvme.values())
        if len(known) == 1:
            return known.pop()
        vm = vms.needed(self._session, self._vm_cid)
        if vm.instance_type in self._launcher.facts.nvme:
            return self._launcher.facts.nvme[vm.instance_type]
        from cpikit_alicloud import instance_types  # as above

        return instance_types.uses_nvme(
            self._session, vm.instance_type, str(vm.row.get("ImageId") or self._request.image_id)
        )

    def _ephemeral_row(self) -> dict[str, Any]:
        """The ephemeral disk's row, waited for. Raises VMNotFound when the VM is gone."""
        name = ephemeral_name(self._request.agent_id)
        absent_since: list[float] = []

        def look() -> Seen[dict[str, Any]]:
            rows = [row for row in data_disks(self._session, self._vm_cid) if row.get("DiskId")]
            named = next((row for row in rows if row.get("DiskName") == name), None)
            if named is not None:
                return Seen("listed", named, done=True)
            self._launcher.check_alive(self._vm_cid, absent_since)
            return Seen("not listed")

        seen = wait_until(
            self._clock,
            look,
            what=f"ephemeral disk of VM {self._vm_cid}",
            wanted="listed",
            deadline_s=self._session.config.waits.vm_running_s,
        )
        return seen.value or {}

    def _complete(self, wanted: str) -> None:
        """Write the settings of a new VM, normally before its guest has booted.

        Where the cloud refuses that on a VM's way up, again once it runs; where it refuses that
        too, or the guest has been up for long: stop, write, start.
        """
        if not self._is_written(wanted):
            self._launcher.running(self._vm_cid, is_new=True)
            if not self._is_written(wanted):
                user_data.write_stopped(self._session, self._vm_cid, wanted)
                return
        if self._clock.monotonic_s() - self._launcher.started_s > _BOOTED_S:
            user_data.write_stopped(self._session, self._vm_cid, wanted)

    def _is_written(self, wanted: str) -> bool:
        """Write the settings; False when the cloud takes none in the state that the VM is in.

        What is listed already may be unknown to this action still. Raises VMNotFound once it is
        gone: somebody else may have removed it meanwhile.
        """
        absent_since: list[float] = []
        end_s = self._clock.monotonic_s() + self._session.config.waits.vm_visible_s
        while True:
            try:
                user_data.write(self._session, self._vm_cid, wanted)
            except FaultError as error:
                if user_data.is_refused(error):
                    code = error.fault.code
                    self._session.context.log.event("user_data_refused", vm=self._vm_cid, code=code)
                    return False
                is_late = error.fault.kind is FaultKind.NOT_FOUND
                if not is_late or self._clock.monotonic_s() >= end_s:
                    raise
                self._launcher.check_alive(self._vm_cid, absent_since)
                self._clock.sleep(1.0)
            else:
                return True

    def _complete_adopted(self, wanted: str) -> None:
        """Write them where the first call did not get to it; how long it has been up is unknown."""
        if user_data.read(self._session, self._vm_cid) == wanted:
            return
        if vms.needed(self._session, self._vm_cid).status == vms.RUNNING:
            user_data.write_stopped(self._session, self._vm_cid, wanted)
        else:
            self._complete(wanted)
