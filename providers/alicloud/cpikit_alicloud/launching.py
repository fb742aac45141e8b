"""From a candidate to a running VM: RunInstances, its settings completed, its siblings seen."""

from __future__ import annotations

from cpikit.errors import CloudError, VMCreationFailed, VMNotFound
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import launch, vms
from cpikit_alicloud.agent_settings import UNFINISHED
from cpikit_alicloud.delete_vm import data_disks, ephemeral_name
from cpikit_alicloud.devices import path_of, serial_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit_alicloud.launch_facts import Facts
    from cpikit_alicloud.placement import Candidate
    from cpikit_alicloud.session import Session

_NEXT = frozenset(  # ECS 2014-05-26, RunInstances: this type, zone or price will not do
    """
    OperationDenied.NoStock Zone.NotOnSale Zone.NotOpen ResourceNotAvailable LackResource
    InvalidResourceType.NotSupported InvalidInstanceType.NotSupported
    InvalidInstanceType.ZoneNotSupported InvalidInstanceType.ValueNotSupported
    InvalidInstanceType.ValueUnauthorized InstanceType.Offline IoOptimized.NotSupported
    InvalidVpcZone.NotSupported OperationDenied.ZoneNotAllowed NodeControllerUnavailable
    OperationDenied.ZoneSystemCategoryNotMatch InvalidDiskCategory.NotSupported
    InvalidSystemDiskCategory.ValueNotSupported InvalidDataDiskCategory.ValueNotSupported
    InvalidVSwitchId.IpNotEnough QuotaExceeded.PrivateIpAddress QuotaExceed.ElasticQuota
    InvalidSpotPriceLimit.LowerThanPublicPrice OperationDenied.SpotPriceLowerThanPublicPrice
    DeploymentSet.NoRoom QuotaExceed.DeploymentSetInstanceQuotaFull
    InvalidInstanceType.ElasticNetworkInterfaceNotSupported
    """.split()
)
_DOUBT = (FaultKind.ANSWER_LOST, FaultKind.SERVER_ERROR)
_TOKEN_SPENT = ("IdempotentFailed",)
_BOOTED_S = 120.0  # a guest that has been up for longer may have stopped asking for its settings
_START_AFTER_S = 20.0  # RunInstances shows Stopped briefly on its way from Pending to Starting
_SETTLING_S = 1.0  # the first pause before an address is asked for again


class Unlaunched(Exception):
    """A candidate did not come about, and nothing of it is left."""

    def __init__(self, reason: str, *, was_late: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.was_late = was_late


class Launcher:
    """Brings one VM up; one object for one VM."""

    def __init__(self, session: Session, facts: Facts) -> None:
        self._session = session
        self._request = facts.request
        self._facts = facts
        self._clock = session.context.clock
        self._interfaces: dict[str, str] = {}
        self._turn = 0
        self._started_s = self._clock.monotonic_s()
        self.macs: dict[str, str] = {}
        self.siblings: list[vms.Vm] = []
        self.was_seen = False

    def launched(self, candidate: Candidate) -> str:
        """The id of a VM that was just launched.

        Raises Unlaunched when this candidate is not to be had, VMCreationFailed when an address is
        held, FaultError for everything else. Each try has a token of its own: a used one is
        answered with its first answer, failures included.
        """
        deadline_s = self._clock.monotonic_s() + self._session.config.waits.address_s
        pause_s = _SETTLING_S
        while True:
            self._turn += 1
            try:
                self._make_interfaces(candidate)
                return self._run(candidate)
            except FaultError as error:
                if error.fault.code in _TOKEN_SPENT and self._turn == 1:
                    continue
                reason = self._refused(candidate, error)
            left_s = deadline_s - self._clock.monotonic_s()
            if reason and left_s <= 0:
                raise VMCreationFailed(f"{reason}, wanted free", ok_to_retry=True)
            if reason:
                self._clock.sleep(min(pause_s, left_s))
                pause_s = min(pause_s * 1.5, 15.0)

    def completed(self, vm_cid: str, *, is_new: bool) -> vms.Vm:
        """The VM, running, with complete settings. Raises VMNotFound when it vanishes.

        It is looked for by its tags, so this is the look for siblings too.
        """
        if self._request.is_two_step:
            wanted = self._settings(vm_cid)
            if is_new:
                self._complete(vm_cid, wanted)
            else:
                self._complete_adopted(vm_cid, wanted)
        vm = self._running(vm_cid, is_new=is_new)
        primary = self._request.plan.nics[0]
        if not primary.is_plain:
            from cpikit_alicloud import interfaces  # only for further addresses and prefixes

            ids = [one.get("NetworkInterfaceId") for one in vm.interfaces if _is_primary(one)]
            interfaces.assign(self._session, str(ids[0]), primary)
        return vm

    @staticmethod
    def leaves_doubt(error: FaultError) -> bool:
        """Whether the VM may have been made although the call failed."""
        return error.fault.kind in _DOUBT

    def remove_interfaces(self) -> None:
        """Take back the interfaces that were made for a VM that did not come about."""
        if not self._interfaces:
            return
        from cpikit_alicloud import interfaces  # as above

        ids = list(self._interfaces.values())
        interfaces.remove(self._session, ids)
        for id_ in ids:
            self._session.context.undo.forget(f"interface {id_}")
        self._interfaces.clear()

    def _run(self, candidate: Candidate) -> str:
        parameters = launch.parameters(self._request, candidate, self._given(candidate))
        token = self._session.client.token(
            "vm", self._request.agent_id, candidate, self._turn, parameters
        )
        answer = self._session.client.call(
            "Ecs",
            "RunInstances",
            {**parameters, "ClientToken": token},
            effect=Effect.TOKENED,
            resource=f"VM for agent {self._request.agent_id}",
            kind="vm",
        )
        ids = (answer.get("InstanceIdSets") or {}).get("InstanceIdSet") or ()
        if not ids:
            raise CloudError("RunInstances named no instance in its answer")
        return str(ids[0])

    def _given(self, candidate: Candidate) -> launch.Given:
        from cpikit_alicloud.disk_parameters import ephemeral_disk, system_disk

        session = self._session
        ephemeral = self._request.ephemeral
        two_step = self._request.is_two_step
        return launch.Given(
            user_data=UNFINISHED if two_step else self._request.user_data(session),
            director=session.context.director_uuid,
            request_id=session.context.request_id,
            at_s=session.client.now_s(),
            group_ids=self._facts.group_ids,
            interface_ids=self._interfaces,
            nvme=self._facts.nvme.get(candidate.instance_type),
            system_disk=system_disk(session, self._request.properties.system_disk),
            ephemeral_disk=None if ephemeral is None else ephemeral_disk(session, ephemeral),
            resource_group_id=session.config.resource_group_id,
        )

    def _make_interfaces(self, candidate: Candidate) -> None:
        """Those that RunInstances cannot make: secondary ones with more than one plain address."""
        for nic, vswitch in list(zip(self._request.plan.nics, candidate.vswitches, strict=True))[
            1:
        ]:
            if nic.is_plain or nic.name in self._interfaces:
                continue
            from cpikit_alicloud import interfaces  # as above

            given = self._given(candidate)
            marks = launch.marks(self._request, given)
            groups = launch.groups(nic, given)
            self._interfaces[nic.name] = interfaces.create(
                self._session, nic, vswitch.id, groups, marks, turn=self._turn
            )

    def _refused(self, candidate: Candidate, error: FaultError) -> str:
        """What a failed launch leads to: another try once this reason has passed, "" for at once.

        Raises Unlaunched for the next candidate, and everything else as it is.
        """
        from cpikit_alicloud import addresses  # only after a failure

        if error.fault.code in addresses.DUPLICATE:
            return self._freed(candidate)
        if error.fault.kind is FaultKind.NO_CAPACITY or error.fault.code in _NEXT:
            self.remove_interfaces()
            raise Unlaunched(str(error.fault)) from error
        raise error

    def _freed(self, candidate: Candidate) -> str:
        from cpikit_alicloud import addresses

        reasons = []
        for nic, vswitch in zip(self._request.plan.nics, candidate.vswitches, strict=True):
            if nic.name in self._interfaces:
                continue  # made by us a moment ago
            for ip in (*nic.ipv4, *nic.ipv6):
                reasons.append(addresses.free(self._session, ip, vswitch.id))
        return "; ".join(filter(None, reasons))

    def _settings(self, vm_cid: str) -> str:
        """The complete user data, as soon as its disk and interfaces have their ids."""
        ephemeral = ""
        if self._request.ephemeral is not None:
            nvme = self._nvme(vm_cid)
            ephemeral = path_of(serial_of(self._ephemeral_row(vm_cid)), nvme=nvme)
        if self._request.plan.needs_macs:
            from cpikit_alicloud import interfaces  # only with several interfaces

            nics = self._request.plan.nics
            rows = interfaces.of_vm(self._session, vm_cid, len(nics))
            self.macs = interfaces.macs(rows, nics, self._interfaces)
        return self._request.user_data(self._session, ephemeral=ephemeral, macs=self.macs)

    def _nvme(self, vm_cid: str) -> bool:
        """How disks appear on the type that this VM was made as; an adopted one may have another."""
        known = set(self._facts.nvme.values())
        if len(known) == 1:
            return known.pop()
        vm = vms.needed(self._session, vm_cid)
        if vm.instance_type in self._facts.nvme:
            return self._facts.nvme[vm.instance_type]
        from cpikit_alicloud import instance_types  # as above

        return instance_types.uses_nvme(
            self._session, vm.instance_type, str(vm.row.get("ImageId") or self._request.image_id)
        )

    def _ephemeral_row(self, vm_cid: str) -> dict[str, Any]:
        """The ephemeral disk's row, waited for. Raises VMNotFound when the VM is gone."""
        name = ephemeral_name(self._request.agent_id)
        absent_since: list[float] = []

        def look() -> Seen[dict[str, Any]]:
            rows = [row for row in data_disks(self._session, vm_cid) if row.get("DiskId")]
            named = next((row for row in rows if row.get("DiskName") == name), None)
            if named is not None:
                return Seen("listed", named, done=True)
            self._check_alive(vm_cid, absent_since)
            return Seen("not listed")

        seen = wait_until(
            self._clock,
            look,
            what=f"ephemeral disk of VM {vm_cid}",
            wanted="listed",
            deadline_s=self._session.config.waits.vm_running_s,
        )
        return seen.value or {}

    def _complete(self, vm_cid: str, wanted: str) -> None:
        """Write the settings of a new VM, normally before its guest has booted."""
        from cpikit_alicloud import user_data

        try:
            user_data.write(self._session, vm_cid, wanted)
        except FaultError as error:
            if not user_data.is_refused(error):
                raise
            self._session.context.log.event("user_data_refused", vm=vm_cid, code=error.fault.code)
        else:
            if self._clock.monotonic_s() - self._started_s <= _BOOTED_S:
                return
        user_data.write_stopped(self._session, vm_cid, wanted)

    def _complete_adopted(self, vm_cid: str, wanted: str) -> None:
        """Write them where the first call did not get to it; how long it has been up is unknown."""
        from cpikit_alicloud import user_data

        if user_data.read(self._session, vm_cid) == wanted:
            return
        if vms.needed(self._session, vm_cid).status == vms.RUNNING:
            user_data.write_stopped(self._session, vm_cid, wanted)
        else:
            self._complete(vm_cid, wanted)

    def _running(self, vm_cid: str, *, is_new: bool) -> vms.Vm:
        """The VM once it runs; one that stays Stopped is started."""
        absent_since: list[float] = []
        stopped_since: list[float] = []
        started: list[bool] = []

        def look() -> Seen[vms.Vm]:
            self.siblings = vms.by_agent(self._session, self._request.agent_id)
            vm = next((one for one in self.siblings if one.cid == vm_cid), None)
            if vm is None:
                vm = self._check_alive(vm_cid, absent_since)
            if vm is None:
                return Seen("not listed")
            self.was_seen = True
            absent_since.clear()
            if vm.status == vms.STOPPED and not started:
                stopped_since[:] = stopped_since or [self._clock.monotonic_s()]
                since_s = self._clock.monotonic_s() - stopped_since[0]
                if not is_new or since_s >= _START_AFTER_S:
                    vms.power(self._session, "StartInstance", vm_cid)
                    started.append(True)
            return Seen(vm.status, vm, done=vm.status == vms.RUNNING)

        return vms.await_look(
            self._session,
            look,
            what=f"VM {vm_cid}",
            wanted=vms.RUNNING,
            deadline_s=self._session.config.waits.vm_running_s,
        )

    def _check_alive(self, vm_cid: str, absent_since: list[float]) -> vms.Vm | None:
        """The VM by id, after it has been absent for a while. Raises VMNotFound once it is gone."""
        now_s = self._clock.monotonic_s()
        absent_since[:] = absent_since or [now_s]
        if now_s - absent_since[0] < self._session.config.waits.visibility_s:
            return None
        found = vms.by_id(self._session, vm_cid)
        if found is None and vms.is_missing(self._session, vm_cid, ask_list=False):
            if self.was_seen or now_s - self._started_s >= self._session.config.waits.vm_visible_s:
                raise VMNotFound(f"VM {vm_cid} is gone")
        return found


def _is_primary(interface: Any) -> bool:
    return interface.get("Type", "Primary") == "Primary"
