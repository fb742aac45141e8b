"""create_vm: one VM for one agent, whatever fails, is repeated, or runs at the same time.

The order of work, and why it is this one: docs/decisions on the launch with complete settings.
"""

from __future__ import annotations

from cpikit.caller import CallerGone
from cpikit.errors import CloudError, VMCreationFailed, VMNotFound
from cpikit.operations import FaultError
from cpikit.types import CreatedVm, VmCid
from cpikit_alicloud import adoption, vm_request, vms
from cpikit_alicloud.addresses import Sibling
from cpikit_alicloud.launch_facts import Facts, found_out
from cpikit_alicloud.launching import Launcher, Unlaunched
from cpikit_alicloud.placement import Refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cpikit.types import AgentId, DiskCid, Network, StemcellCid
    from cpikit_alicloud.bindings import Binding
    from cpikit_alicloud.placement import Candidate
    from cpikit_alicloud.properties.network import NetworkProperties
    from cpikit_alicloud.properties.vm import VmProperties
    from cpikit_alicloud.session import Session
    from cpikit_alicloud.vm_request import VmRequest


def create_vm(
    session: Session,
    agent_id: AgentId,
    stemcell_cid: StemcellCid,
    properties: VmProperties,
    networks: Mapping[str, Network[NetworkProperties]],
    disk_cids: Sequence[DiskCid],
    env: Mapping[str, Any],
) -> CreatedVm:
    """Make the VM, or finish the one that an earlier call for this agent began.

    Raises CpiError for what is wrong in the request, before anything is made, and
    VMCreationFailed afterwards; what was made stands in context.undo.
    """
    request = vm_request.checked(
        session, agent_id, stemcell_cid, properties, networks, disk_cids, env
    )
    try:
        return Creation(session, request).run()
    except (VMCreationFailed, FaultError):
        raise
    except CloudError as error:  # a wait that took too long, a VM that vanished
        raise VMCreationFailed(str(error), ok_to_retry=isinstance(error, VMNotFound)) from error


class Creation:
    """One create_vm on its way."""

    def __init__(self, session: Session, request: VmRequest) -> None:
        self._session = session
        self._request = request
        self._facts: Facts
        self._begun: set[Binding] = set()  # what the VM may be bound to by now
        self._launcher: Launcher
        self._undo = session.context.undo

    def run(self) -> CreatedVm:
        """The VM, running and bound, with the addresses that it really has."""
        found = vms.by_agent(self._session, self._request.agent_id)
        vm = self._adopted(found) if found else None
        self._facts = found_out(self._session, self._request, known=[one.cid for one in found])
        self._request = self._facts.request
        if vm is not None:
            vm = self._finished(vm)
        if vm is None:
            vm = self._launched()
        return CreatedVm(VmCid(vm.cid), self._echoed(vm))

    def _adopted(self, found: Sequence[vms.Vm]) -> vms.Vm | None:
        """The VM of an earlier call with this very request; all others of the agent go."""
        adoption.check_unclaimed(found, self._request.fingerprint)
        kept = adoption.winner(found, self._request.fingerprint)
        adoption.remove(self._session, adoption.losers(found, kept))
        if kept is not None and kept.status == "Stopping":
            adoption.remove(self._session, [kept])  # somebody's undo is at it
            return None
        return kept

    def _finished(self, vm: vms.Vm) -> vms.Vm | None:
        """The adopted VM with everything that its first call lacks; None if it died."""
        self._session.context.log.event("vm_adopted", vm=vm.cid, agent=self._request.agent_id)
        if not vm.is_claimed:
            self._begun.update(self._request.groups)  # its first call may have got to any of them
            self._own(vm.cid)
            self._own_kept_disk(vm)
        try:
            return self._adopting(vm.cid)
        except VMNotFound:
            self._disown(vm.cid)
            return None

    def _launched(self) -> vms.Vm:
        """A new VM from the first candidate that comes about."""
        refusals = Refusals()
        came_late = False
        for candidate in self._facts.candidates:
            try:
                return self._made(candidate)
            except Unlaunched as refused:
                refusals.add(candidate, refused.reason)
                came_late = refused.was_late
        raise VMCreationFailed(
            f"no VM could be made for agent {self._request.agent_id}: {refusals}",
            ok_to_retry=came_late,
        )

    def _made(self, candidate: Candidate) -> vms.Vm:
        """A VM from this candidate, or the sibling that won over it. Raises Unlaunched.

        An id that never appears is what a spent token names: it goes once more with a fresh one.
        """
        for _ in range(2):
            launcher = self._launcher = Launcher(self._session, self._facts)
            try:
                vm_cid = self._ran(launcher, candidate)
            except Sibling as sibling:
                launcher.remove_interfaces()
                taken = self._taken_over(sibling.vm_cid)
                if taken is not None:
                    return taken
                continue
            try:
                return self._settled(launcher, launcher.completed(vm_cid, is_new=True))
            except VMNotFound as error:
                self._disown(vm_cid)
                launcher.remove_interfaces()
                rival = self._rival(vm_cid)
                if rival is not None:
                    return rival
                if launcher.was_seen:
                    raise Unlaunched(f"it came up and vanished: {error}", was_late=True) from error
        raise Unlaunched("what RunInstances named never appeared", was_late=True)

    def _taken_over(self, vm_cid: str) -> vms.Vm | None:
        """A VM of this agent that the first look did not show yet; None once it is gone."""
        vm = vms.needed(self._session, vm_cid)
        kept = self._adopted([vm])
        return None if kept is None else self._finished(kept)

    def _ran(self, launcher: Launcher, candidate: Candidate) -> str:
        """The id of a launched VM, which a failure removes from now on.

        While no answer has come, only the tags of what it may have made tell of it.
        """
        unanswered = f"VM of request {self._session.context.request_id}"
        self._undo.push(unanswered, self._swept)
        try:
            vm_cid = launcher.launched(candidate)
        except CallerGone:
            raise
        except FaultError as error:
            if not launcher.leaves_doubt(error):
                self._undo.forget(unanswered)
            raise
        except BaseException:
            self._undo.forget(unanswered)
            raise
        self._own(vm_cid)
        self._undo.forget(unanswered)
        return vm_cid

    def _settled(self, launcher: Launcher, vm: vms.Vm) -> vms.Vm:
        """The VM, after siblings that appeared meanwhile: the winner stays, and is bound."""
        kept = adoption.winner(launcher.siblings, self._request.fingerprint)
        if kept is not None and kept.cid != vm.cid:
            adoption.remove(self._session, [vm])
            self._disown(vm.cid)
            return self._adopting(kept.cid)
        adoption.remove(self._session, adoption.losers(launcher.siblings, vm))
        return self._bound(vm)

    def _rival(self, own: str) -> vms.Vm | None:
        """The sibling whose maker removed ours, finished."""
        others = vms.by_agent(self._session, self._request.agent_id)
        kept = adoption.winner([vm for vm in others if vm.cid != own], self._request.fingerprint)
        return None if kept is None else self._adopting(kept.cid)

    def _adopting(self, vm_cid: str) -> vms.Vm:
        """A VM that another call launched, with everything that it may lack."""
        self._launcher = Launcher(self._session, self._facts)
        return self._bound(self._launcher.completed(vm_cid, is_new=False))

    def _bound(self, vm: vms.Vm) -> vms.Vm:
        """The VM with all addresses, its vips, and in its groups. Its undo unbinds it by itself."""
        self._launcher.give_addresses(vm)
        if self._request.groups:
            from cpikit_alicloud import (
                bindings,
                eips,
                load_balancers,
            )  # 2 ms for those that have any

            for binding in self._request.groups:
                self._begun.add(binding)
                if binding.kind == bindings.EIP:
                    eips.bind(self._session, binding.id, vm.cid)
                else:
                    load_balancers.bind(self._session, binding, vm.cid)
        if self._keeps_disk:
            from cpikit_alicloud import vm_disks  # only where it is asked for

            is_undone = _name(vm.cid) in self._undo.pending
            vm_disks.keep_ephemeral(self._session, vm, is_undone=is_undone)
        return vm

    @property
    def _keeps_disk(self) -> bool:
        ephemeral = self._request.ephemeral
        return ephemeral is not None and ephemeral.delete_with_instance is False

    def _own(self, vm_cid: str) -> None:
        """From now on a failure removes this VM, with all that it is bound to."""

        def remove() -> None:
            from cpikit_alicloud.delete_vm import remove_new  # only on failure

            launcher = self._launcher
            since_s = self._session.context.clock.monotonic_s() - launcher.started_s
            unseen_s = self._session.config.waits.vm_visible_s - since_s
            remove_new(
                self._session,
                vm_cid,
                self._begun,
                may_appear_s=0.0 if launcher.was_seen else max(unseen_s, 0.0),
                is_prepaid=self._request.properties.charge_type == "PrePaid",
            )

        self._undo.push(_name(vm_cid), remove)

    def _own_kept_disk(self, vm: vms.Vm) -> None:
        """The first call for this VM may have made its disk one that stays: a failure undoes it."""
        if self._keeps_disk:
            from cpikit_alicloud import vm_disks  # as above

            self._undo.push(
                f"ephemeral disk of {_name(vm.cid)}",
                lambda: vm_disks.give_back_ephemeral(self._session, vm),
            )

    def _disown(self, vm_cid: str) -> None:
        """The VM is gone, or another's: neither it nor its disk is taken back."""
        for what in self._undo.pending:
            if what.endswith(_name(vm_cid)):
                self._undo.forget(what)

    def _swept(self) -> None:
        """Remove what a launch made whose answer never came."""
        context, waits = self._session.context, self._session.config.waits
        deadline_s = context.clock.monotonic_s() + waits.vm_visible_s
        while True:
            found = vms.by_agent(self._session, self._request.agent_id)
            ours = [vm for vm in found if vm.state.get("r") == context.request_id]
            adoption.remove(self._session, adoption.losers(ours, None))
            if ours or context.clock.monotonic_s() >= deadline_s:
                return
            context.clock.sleep(waits.visibility_s)

    def _echoed(self, vm: vms.Vm) -> dict[str, Mapping[str, Any]]:
        """The networks as they became: a dynamic one has its address now."""
        macs = self._launcher.macs
        by_mac = {str(one.get("MacAddress")): one.get("PrimaryIpAddress") for one in vm.interfaces}
        real = {
            name: by_mac.get(macs[name]) if name in macs else vm.private_ip
            for name, network in self._request.networks.items()
            if network.type == "dynamic"
        }
        return {
            name: network.echo(ip=real.get(name) or None)
            for name, network in self._request.networks.items()
        }


def _name(vm_cid: str) -> str:
    return f"VM {vm_cid}"
