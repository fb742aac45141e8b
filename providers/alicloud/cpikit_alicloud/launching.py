"""From a candidate to a running VM: RunInstances, its settings completed, its siblings seen."""

from __future__ import annotations

from cpikit.errors import CloudError, VMCreationFailed, VMNotFound
from cpikit.faults import FaultKind
from cpikit.operations import Effect, FaultError
from cpikit.waiting import Seen
from cpikit_alicloud import launch, vms
from cpikit_alicloud.agent_settings import UNFINISHED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
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
_UNKNOWN_INTERFACE = frozenset(  # RunInstances: one made a moment ago, which it does not see yet
    ("InvalidParam.NetworkInterface", "InvalidEniId.NotFound", "InvalidNetworkInterfaceId.NotFound")
)
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
        self.session = session
        self.request = facts.request
        self.facts = facts
        self._clock = session.context.clock
        self.interface_ids: dict[str, str] = {}
        self._interfaces_s = 0.0  # when the last of them was made
        self._turn = 0
        self.started_s = self._clock.monotonic_s()
        self.macs: dict[str, str] = {}
        self.siblings: list[vms.Vm] = []
        self.was_seen = False

    def launched(self, candidate: Candidate) -> str:
        """The id of a VM that was just launched.

        Raises Unlaunched when this candidate is not to be had, VMCreationFailed when an address is
        held, FaultError for everything else. Each try has a token of its own: a used one is
        answered with its first answer, failures included.
        """
        deadline_s = self._clock.monotonic_s() + self.session.config.waits.address_s
        pause_s = _SETTLING_S
        while True:
            self._turn += 1
            try:
                self._make_interfaces(candidate)
                return self._run(candidate)
            except FaultError as error:
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
        if self.request.is_two_step:
            from cpikit_alicloud.completing import Completion  # only where an id was missing

            completion = Completion(self, vm_cid)
            self.macs = completion.complete(is_new=is_new)
        return self.running(vm_cid, is_new=is_new)

    def give_addresses(self, vm: vms.Vm) -> None:
        """Give the primary interface what RunInstances cannot; no sibling holds it any more."""
        primary = self.request.plan.nics[0]
        if not primary.is_plain:
            from cpikit_alicloud import further_addresses  # only where there are any

            ids = [one.get("NetworkInterfaceId") for one in vm.interfaces if _is_primary(one)]
            further_addresses.assign(self.session, self.request.agent_id, str(ids[0]), primary)

    @staticmethod
    def leaves_doubt(error: FaultError) -> bool:
        """Whether the VM may have been made although the call failed."""
        return error.fault.kind in _DOUBT

    def remove_interfaces(self) -> None:
        """Take back the interfaces that were made for a VM that did not come about."""
        if not self.interface_ids:
            return
        from cpikit_alicloud import interfaces  # as above

        ids = list(self.interface_ids.values())
        interfaces.remove(self.session, ids)
        for id_ in ids:
            self.session.context.undo.forget(f"interface {id_}")
        self.interface_ids.clear()

    def _run(self, candidate: Candidate) -> str:
        parameters = launch.parameters(self.request, candidate, self._given(candidate))
        token = self.session.client.token(
            "vm", self.request.agent_id, candidate, self._turn, parameters
        )
        answer = self.session.client.call(
            "Ecs",
            "RunInstances",
            {**parameters, "ClientToken": token},
            effect=Effect.TOKENED,
            resource=f"VM for agent {self.request.agent_id}",
            kind="vm",
        )
        self.started_s = self._clock.monotonic_s()  # its guest boots from here on
        ids = (answer.get("InstanceIdSets") or {}).get("InstanceIdSet") or ()
        if not ids:
            raise CloudError("RunInstances named no instance in its answer")
        return str(ids[0])

    def _given(self, candidate: Candidate) -> launch.Given:
        from cpikit_alicloud.disk_parameters import ephemeral_disk, system_disk

        session = self.session
        ephemeral = self.request.ephemeral
        two_step = self.request.is_two_step
        return launch.Given(
            user_data=UNFINISHED if two_step else self.request.user_data(session),
            director=session.context.director_uuid,
            request_id=session.context.request_id,
            at_s=session.client.now_s(),
            group_ids=self.facts.group_ids,
            interface_ids=self.interface_ids,
            nvme=self.facts.nvme.get(candidate.instance_type),
            system_disk=system_disk(session, self.request.properties.system_disk),
            ephemeral_disk=None if ephemeral is None else ephemeral_disk(session, ephemeral),
            resource_group_id=session.config.resource_group_id,
        )

    def _make_interfaces(self, candidate: Candidate) -> None:
        """Those that RunInstances cannot make: secondary ones with more than one plain address."""
        pairs = list(zip(self.request.plan.nics, candidate.vswitches, strict=True))
        missing = [
            (nic, vswitch)
            for nic, vswitch in pairs[1:]
            if not nic.is_plain and nic.name not in self.interface_ids
        ]
        if not missing:
            return
        from cpikit_alicloud import interfaces  # only for further addresses and prefixes

        if self._turn == 1:
            interfaces.remove_left(self.session, self.request.agent_id)
        given = self._given(candidate)
        marks = launch.marks(self.request, given)
        for nic, vswitch in missing:
            self.interface_ids[nic.name] = interfaces.create(
                self.session,
                nic,
                vswitch.id,
                launch.groups(nic, given),
                marks,
                turn=self._turn,
            )
            self._interfaces_s = self._clock.monotonic_s()

    def _refused(self, candidate: Candidate, error: FaultError) -> str:
        """What a failed launch leads to: another try once this reason has passed, "" for at once.

        Raises Unlaunched for the next candidate, and everything else as it is.
        """
        from cpikit_alicloud import addresses  # only after a failure

        if error.fault.code in addresses.DUPLICATE:
            return self._freed(candidate)
        if error.fault.code in _UNKNOWN_INTERFACE and self._may_be_late():
            return f"interfaces {', '.join(self.interface_ids.values())} are not known yet"
        if error.fault.kind is FaultKind.NO_CAPACITY or error.fault.code in _NEXT:
            self.remove_interfaces()
            raise Unlaunched(str(error.fault)) from error
        raise error

    def _may_be_late(self) -> bool:
        """Whether interfaces made first may be unknown to other actions still."""
        since_s = self._clock.monotonic_s() - self._interfaces_s
        return bool(self.interface_ids) and since_s < self.session.config.waits.vm_visible_s

    def _freed(self, candidate: Candidate) -> str:
        from cpikit_alicloud import addresses

        reasons = []
        for nic, vswitch in zip(self.request.plan.nics, candidate.vswitches, strict=True):
            if nic.name in self.interface_ids:
                continue  # made by us a moment ago
            reasons += [
                addresses.free(self.session, ip, vswitch.id, self.request.agent_id)
                for ip in (*nic.ipv4, *nic.ipv6)
            ]
        return "; ".join(filter(None, reasons))

    def running(self, vm_cid: str, *, is_new: bool) -> vms.Vm:
        """The VM once it runs; one that stays Stopped is started."""
        absent_since: list[float] = []
        stopped_since: list[float] = []
        started: list[bool] = []

        def look() -> Seen[vms.Vm]:
            self.siblings = vms.by_agent(self.session, self.request.agent_id)
            vm = next((one for one in self.siblings if one.cid == vm_cid), None)
            if vm is None:
                vm = self.check_alive(vm_cid, absent_since)
            if vm is None:
                return Seen("not listed")
            self.was_seen = True
            absent_since.clear()
            if vm.status == vms.STOPPED and not started:
                stopped_since[:] = stopped_since or [self._clock.monotonic_s()]
                since_s = self._clock.monotonic_s() - stopped_since[0]
                is_due = not is_new or since_s >= _START_AFTER_S
                if is_due and vms.power_listed(self.session, "StartInstance", vm_cid):
                    started.append(True)
            return Seen(vm.status, vm, done=vm.status == vms.RUNNING)

        return vms.await_look(
            self.session,
            look,
            what=f"VM {vm_cid}",
            wanted=vms.RUNNING,
            deadline_s=self.session.config.waits.vm_running_s,
        )

    def check_alive(self, vm_cid: str, absent_since: list[float]) -> vms.Vm | None:
        """The VM by id, after it has been absent for a while. Raises VMNotFound once it is gone."""
        now_s = self._clock.monotonic_s()
        absent_since[:] = absent_since or [now_s]
        if now_s - absent_since[0] < self.session.config.waits.visibility_s:
            return None
        found = vms.by_id(self.session, vm_cid)
        waited_s = now_s - self.started_s
        may_appear = not self.was_seen and waited_s < self.session.config.waits.vm_visible_s
        if (
            found is None
            and not may_appear
            and vms.is_missing(self.session, vm_cid, ask_list=False)
        ):
            raise VMNotFound(f"VM {vm_cid} is gone")
        return found


def _is_primary(interface: Mapping[str, Any]) -> bool:
    return bool(interface.get("Type", "Primary") == "Primary")
