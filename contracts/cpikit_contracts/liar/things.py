"""The liar's cloud operations on things, each one cloud call."""

import time
import uuid
from typing import Any

from cpikit_contracts.liar.cloud import Cloud, CloudFault
from cpikit_contracts.liar.store import Json


class Things:
    """Create, find, change and delete things in the cloud."""

    def __init__(self, cloud: Cloud, owner: str, *, integers: bool) -> None:
        self.cloud = cloud
        self.owner = owner
        self.integers = integers

    def create(self, kind: str, thing: Json, token: str = "") -> str:
        """Make a thing; the same token gives the same thing."""
        token = token or uuid.uuid4().hex

        def work(state: Json) -> str:
            if token in state["tokens"]:
                return str(state["tokens"][token])
            cid = self.next_id(state, kind)
            state["tokens"][token] = cid
            state["things"][kind][cid] = {**thing, "owner": self.owner, "created_at": time.time()}
            return cid

        return str(self.cloud.call(f"Create{kind.title()}", "write", kind, work))

    def next_id(self, state: Json, kind: str) -> str:
        """A new id: small integers, or words as clouds make them."""
        number = state["next"].get(kind, 0) + 1
        state["next"][kind] = number
        return str(number) if self.integers else f"{kind}-{number:012d}"

    def get(self, kind: str, cid: str) -> Json | None:
        """A thing, or nothing."""
        found = self.cloud.call(
            f"Describe{kind.title()}",
            "read",
            cid,
            lambda state: state["things"][kind].get(cid),
            cid,
        )
        return None if found is None else dict(found)

    def change(self, kind: str, cid: str, change: Json) -> None:
        """Change fields of a thing that is there."""

        def work(state: Json) -> None:
            if cid in state["things"][kind]:
                state["things"][kind][cid].update(change)

        self.cloud.call(f"Modify{kind.title()}", "write", cid, work)

    def delete(self, kind: str, cid: str) -> None:
        """Remove a thing and what hangs on it; disks only come loose."""

        def work(state: Json) -> None:
            state["things"][kind].pop(cid, None)
            if kind == "vm":
                nics = state["things"]["nic"]
                for nic in [each for each in nics if nics[each]["vm"] == cid]:
                    del nics[nic]
                for disk in state["things"]["disk"].values():
                    disk["vm"] = None if disk["vm"] == cid else disk["vm"]

        self.cloud.call(f"Delete{kind.title()}", "write", cid, work)

    def attach(self, disk: str, vm: str) -> None:
        """Attach a disk; the cloud itself refuses a second VM."""

        def work(state: Json) -> None:
            thing = state["things"]["disk"].get(disk)
            if thing is None or thing["vm"] not in {None, vm}:
                raise CloudFault("DiskInUse", f"disk {disk} cannot be attached")
            thing.update({"vm": vm, "claimed": True})
            if vm in state["things"]["vm"]:
                state["things"]["vm"][vm]["claimed"] = True

        self.cloud.call("AttachDisk", "write", disk, work)

    def disks_of(self, vm: str) -> list[str]:
        """The disks attached to a VM."""

        def work(state: Json) -> list[str]:
            disks = state["things"]["disk"]
            return [cid for cid, disk in disks.items() if disk["vm"] == vm]

        return list(self.cloud.call("DescribeDisks", "read", vm, work, vm))

    def vm_of_agent(self, agent_id: str) -> str | None:
        """The VM that was made for an agent."""

        def work(state: Json) -> str | None:
            vms = state["things"]["vm"]
            return next((cid for cid, vm in vms.items() if vm["agent_id"] == agent_id), None)

        found = self.cloud.call("FindVm", "read", agent_id, work, agent_id)
        return None if found is None else str(found)

    def holder(self, ip: str) -> tuple[str, Json] | None:
        """The VM that holds an address."""

        def work(state: Json) -> Any:
            for nic in state["things"]["nic"].values():
                if nic["ip"] == ip:
                    vm = state["things"]["vm"].get(nic["vm"])
                    return None if vm is None else (nic["vm"], vm)
            return None

        found = self.cloud.call("FindAddress", "read", ip, work, ip)
        return None if found is None else (str(found[0]), dict(found[1]))

    def run_vm(self, agent_id: str, thing: Json, networks: Json) -> tuple[str, Json]:
        """Make a VM with its interfaces; the agent's id is the token."""

        def work(state: Json) -> tuple[str, Json]:
            token = f"vm/{agent_id}"
            known = state["tokens"].get(token)
            if known in state["things"]["vm"]:
                return known, state["things"]["vm"][known]["networks"]
            settled = self.addressed(state, networks)
            vm = self.next_id(state, "vm")
            state["tokens"][token] = vm
            own = {"owner": self.owner, "networks": settled, "created_at": time.time()}
            state["things"]["vm"][vm] = {**thing, **own}
            for network in settled.values():
                if network["type"] != "vip":
                    nic = self.next_id(state, "nic")
                    state["things"]["nic"][nic] = {
                        "vm": vm,
                        "ip": network["ip"],
                        "owner": self.owner,
                    }
            return vm, settled

        vm, settled = self.cloud.call("RunVm", "write", agent_id, work)
        return str(vm), dict(settled)

    def addressed(self, state: Json, networks: Json) -> Json:
        """The networks with an address each; one that is taken is refused."""
        taken = {nic["ip"] for nic in state["things"]["nic"].values()}
        settled = {}
        for name, network in networks.items():
            settled[name] = dict(network)
            if network["type"] == "manual" and network["ip"] in taken:
                raise CloudFault("AddressInUse", f"address {network['ip']} is in use")
            if network["type"] == "dynamic" and ("ip" not in network or network["ip"] in taken):
                state["address"] += 1
                settled[name]["ip"] = f"10.200.{state['address'] // 250}.{state['address'] % 250}"
        return settled

    def associate(self, vm: str, networks: Json) -> None:
        """Bind the virtual addresses to a VM."""
        ips = [network["ip"] for network in networks.values() if network["type"] == "vip"]
        self.change("vm", vm, {"vips": ips})
