"""create_vm and delete_vm: idempotent by agent_id across processes, and nothing left on failure."""

from __future__ import annotations

import json

from cpikit.errors import CpiError, VMCreationFailed
from cpikit.operations import FaultError
from cpikit.types import CreatedVm, VmCid
from cpikit.waiting import Seen, WaitedTooLong, wait_until
from cpikit_fake.agent_settings import settings
from cpikit_fake.client import new_token
from cpikit_fake.making import make
from cpikit_fake.marks import AGENT, DIRECTOR, STATE, fingerprint, is_claimed, marks, state_of
from cpikit_fake.networks import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit.api import CallContext
    from cpikit.config import Config
    from cpikit.types import AgentId, DiskCid, Network, StemcellCid
    from cpikit_fake.client import Client, Resource
    from cpikit_fake.config import FakeConfig
    from cpikit_fake.properties.vm import NetworkProperties, VmProperties

    Networks = dict[str, Network[NetworkProperties]]

_DEFAULT_ZONE = "z1"
_ALIVE = ("Starting", "Running", "Stopped")


class Vms:
    """What is done with whole VMs."""

    def __init__(self, config: Config[FakeConfig], context: CallContext, client: Client) -> None:
        self._config = config
        self._context = context
        self._client = client

    def find(self, vm_cid: str) -> Resource | None:
        """The VM as the cloud has it."""
        found, _now = self._client.servers(ids=[vm_cid])
        return found[0] if found else None

    def remove(self, vm_cid: str) -> None:
        """Delete it and return when it is gone and its addresses are free; gone already is fine."""
        try:
            self._client.delete_server(vm_cid)
        except FaultError as error:
            if error.fault.code != "ServerNotFound":
                raise
            return
        self.await_gone(vm_cid)

    def await_gone(self, vm_cid: str) -> None:
        """Return when it is gone."""

        def look() -> Seen[None]:
            server = self.find(vm_cid)
            return Seen("gone", done=True) if server is None else Seen(server["state"])

        self.wait(look, f"VM {vm_cid}", "gone")

    def wait(self, look: Any, what: str, wanted: str) -> Any:
        """Poll as this cloud deserves it, quickly; gives what was seen last."""
        seen = wait_until(
            self._context.clock,
            look,
            what=what,
            wanted=wanted,
            deadline_s=self._config.provider.wait_s,
            first_s=0.02,
            cap_s=5,
        )
        return seen.value


class Creation:
    """One create_vm.

    A VM carries its agent_id and a fingerprint of everything that it was asked to be. So whoever
    asks again finds what an earlier process made: it is adopted when it is the same, removed when
    it is not. Two processes that ask at once both make one, see both, and keep the older (ids
    grow): whoever made the other removes it and adopts.
    """

    def __init__(
        self, vms: Vms, config: Config[FakeConfig], context: CallContext, client: Client
    ) -> None:
        self._vms = vms
        self._config = config
        self._context = context
        self._client = client
        self._token = new_token()
        self._own = ""  # the id of what this very call made

    def run(
        self,
        agent_id: AgentId,
        stemcell_cid: StemcellCid,
        properties: VmProperties,
        networks: Networks,
        disk_cids: list[DiskCid],
        env: dict[str, Any],
    ) -> CreatedVm:
        """The VM, running. Raises VMCreationFailed."""
        self._refuse_registry(stemcell_cid)
        layout = Layout(networks)
        self._agent = agent_id
        sizes = [properties.cpu, properties.ram, properties.ephemeral_disk_size, properties.zone]
        raw = {name: network.raw for name, network in networks.items()}
        self._print = fingerprint([stemcell_cid, sizes, raw, disk_cids, env])
        try:
            vm = self._adopted()
            if vm is None:
                ephemeral = f"e{self._token}" if properties.ephemeral_disk_size else None
                told = settings(
                    agent_id,
                    networks,
                    layout.macs,
                    env,
                    self._config.agent,
                    ephemeral_serial=ephemeral,
                )
                vm = self._launched(
                    layout,
                    image=stemcell_cid,
                    cpu=properties.cpu,
                    ram=properties.ram,
                    ephemeral=properties.ephemeral_disk_size,
                    zone=self._zone(properties, disk_cids),
                    user_data=json.dumps(told),
                )
            server = self._running(vm)
        except WaitedTooLong as error:
            raise VMCreationFailed(error.message, ok_to_retry=True) from error
        return CreatedVm(VmCid(server["id"]), layout.echo(server))

    def _refuse_registry(self, stemcell_cid: StemcellCid) -> None:
        if self._context.stemcell_api_version == 1:
            raise CpiError(
                f"stemcell {stemcell_cid} has API version 1, whose agent needs a registry that "
                "this CPI does not have: use a stemcell with api_version 2 or later"
            )

    def _tags(self) -> dict[str, str]:
        return marks(
            self._context.director_uuid,
            request_id=self._context.request_id,
            token=self._token,
            now_s=self._context.clock.time_s(),
            agent=self._agent,
            print_=self._print,
        )

    def _siblings(self) -> list[Resource]:
        """The VMs of this agent, oldest first."""
        wanted = {key: value for key, value in self._tags().items() if key in (DIRECTOR, AGENT)}
        found, _now = self._client.servers(tags=wanted)
        return found

    def _is_same(self, server: Resource) -> bool:
        same_print = state_of(server["tags"]).get("fp") == self._print
        return same_print and server["state"] in _ALIVE

    def _adopted(self) -> str | None:
        """What an earlier create_vm for this agent made, if it is what is asked for now."""
        kept: str | None = None
        for server in self._siblings():
            if kept is None and self._is_same(server):
                kept = str(server["id"])
                if not is_claimed(server["tags"]):
                    self._push_undo(kept)
            else:
                self._vms.remove(server["id"])
        if kept is not None:
            self._client.start_server(kept)
        return kept

    def _zone(self, properties: VmProperties, disk_cids: list[DiskCid]) -> str:
        """Where it has to be: disks are attached in their own zone; missing ones say nothing."""
        if not disk_cids:
            return properties.zone or _DEFAULT_ZONE
        zones = {disk["zone"] for disk in self._client.volumes(ids=list(disk_cids))}
        if properties.zone is not None:
            zones.add(properties.zone)
        if len(zones) > 1:
            raise VMCreationFailed(
                f"VM for agent {self._agent} is wanted in zones {', '.join(sorted(zones))} at once "
                f"(its disks {', '.join(disk_cids)}, its zone {properties.zone}): wanted one"
            )
        return str(zones.pop()) if zones else _DEFAULT_ZONE

    def _launched(self, layout: Layout, **server: Any) -> str:
        """A new server, after whatever held its addresses and may be removed was removed."""
        tags = self._tags()

        def send() -> str:
            return self._client.create_server(
                f"VM for agent {self._agent}",
                token=self._token,
                tags=tags,
                nics=layout.nics,
                vips=layout.vips,
                **server,
            )

        for _ in range(len(layout.addresses()) + 1):
            try:
                self._own = make(
                    self._client,
                    self._context.undo,
                    noun="VM",
                    send=send,
                    marked=lambda: self._marked(tags),
                    remove=self._vms.remove,
                )
            except FaultError as error:
                if error.fault.code != "AddressInUse" or not error.fault.resource:
                    raise
                twin = self._cleared(error)
                if twin is not None:
                    return twin
            else:
                return self._own
        raise VMCreationFailed(
            f"addresses {', '.join(layout.addresses())} are taken again as soon as they are freed",
            ok_to_retry=True,
        )

    def _marked(self, tags: dict[str, str]) -> list[str]:
        found, _now = self._client.servers(tags={STATE: tags[STATE]})
        return [server["id"] for server in found]

    def _cleared(self, refusal: FaultError) -> str | None:
        """Remove the holder of an address when that is right, or give the twin that holds it.

        Nobody repeats a create_vm whose process was killed: the next one comes with a new agent_id
        and the same address. So a holder that is ours, that nobody ever claimed, and that is older
        than any create_vm may be, belongs to nobody.
        """
        holder = refusal.fault.resource
        found, now = self._client.servers(ids=[holder])
        if not found:
            return None
        server = found[0]
        if server["state"] == "Deleting":
            self._vms.await_gone(holder)
            return None
        age_s = now - server["created"]
        is_free = server["tags"].get(DIRECTOR) == self._context.director_uuid and not is_claimed(
            server["tags"]
        )
        if is_free and server["tags"].get(AGENT) == self._agent and self._is_same(server):
            return holder
        deadline_s = self._config.provider.create_deadline_s
        if is_free and age_s > deadline_s:
            self._context.log.event("unclaimed_vm_removed", vm=holder, age_s=age_s)
            self._vms.remove(holder)
            return None
        later = f", or ask again when it is older than {deadline_s:.0f} s" if is_free else ""
        raise VMCreationFailed(
            f"{refusal.fault.message}: agent {server['tags'].get(AGENT, 'unknown')}, "
            f"{age_s:.0f} s old, {'not claimed by anybody' if is_free else 'in use'}; if nobody "
            f"needs it, free the address with: cpikit call --config cpi.json delete_vm {holder}"
            f"{later}"
        ) from refusal

    def _running(self, vm: str) -> Resource:
        """The VM when it runs; the older one, when another process made one as well."""

        def look() -> Seen[Resource]:
            nonlocal vm
            same = [server for server in self._siblings() if self._is_same(server)]
            if not any(server["id"] == vm for server in same):
                server = self._vms.find(vm)  # a list shows a new VM late, a look by id at once
                if server is None or server["state"] not in _ALIVE:
                    raise VMCreationFailed(
                        f"VM {vm} went away while it was starting", ok_to_retry=True
                    )
                same.append(server)
            oldest = min(same, key=lambda server: str(server["id"]))
            if oldest["id"] != vm and vm == self._own:
                self._vms.remove(vm)
                self._context.undo.forget(f"VM {vm}")
                vm = str(oldest["id"])
            server = next((one for one in same if one["id"] == vm), oldest)
            return Seen(server["state"], server, done=server["state"] == "Running")

        found: Resource = self._vms.wait(look, f"VM {vm}", "Running")
        return found

    def _push_undo(self, vm: str) -> None:
        self._context.undo.push(f"VM {vm}", lambda: self._vms.remove(vm))
