"""The liar's methods, told honestly: the most tolerant answers of the contract.

Lies replace methods of an instance; this file knows nothing of them.
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

from cpikit_contracts.liar.cloud import Cloud, CloudFault, Gone
from cpikit_contracts.liar.dispatch import check_arguments
from cpikit_contracts.liar.failure import Failure
from cpikit_contracts.liar.settings import agent_settings
from cpikit_contracts.liar.store import Json, Store
from cpikit_contracts.liar.things import Things

ABSURD_CPU = 1024
LARGEST_DISK_MIB = 64 * 1024 * 1024
READY_TRIES = 50


class Cpi:
    """All methods of the contract over a small cloud on disk."""

    def __init__(self, config: Json, context: Json) -> None:
        self.config = {**config, **{key: context[key] for key in context if key in _OVERRIDES}}
        self.context = context
        self.owner = str(context.get("director_uuid", ""))
        self.gaps: set[str] = set(config.get("gaps", []))
        self.api_version = 3
        self.formats = ["liar-raw"]
        self.check: Callable[[str, list[Any]], None] = check_arguments
        self.settings = agent_settings
        self.cloud = Cloud(
            Store(config.get("state_dir", "/nonexistent"))
            if config.get("state_dir")
            else Store("."),
            str(self.config.get("client", "liar")),
            self.config.get("unreachable_for_s"),
        )
        self.things = Things(self.cloud, self.owner, integers=bool(config.get("integer_ids")))
        self._undo: list[Callable[[], None]] = []

    def undo(self) -> None:
        """Take back what this call made, the last first."""
        for step in reversed(self._undo):
            try:
                step()
            except CloudFault:
                continue
        self._undo = []

    def made(self, kind: str, cid: str) -> str:
        """Remember something made, so that it can be taken back."""
        self._undo.append(lambda: self.things.delete(kind, cid))
        return cid

    def info(self) -> Json:
        """What the CPI can do; needs no cloud."""
        return {"api_version": self.api_version, "stemcell_formats": list(self.formats)}

    def ping(self) -> str:
        """Nobody calls it."""
        return "pong"

    def create_stemcell(self, image: str, properties: Json | None, env: Json | None = None) -> str:
        """Upload an image."""
        try:
            with open(image, "rb") as file:
                size = len(file.read())
        except OSError as error:
            raise Failure(
                "CloudError", f"the image {image} cannot be read: {error.strerror}"
            ) from error
        tags = (env or {}).get("tags", {})
        thing = {"size": size, "properties": properties, "tags": tags, "claimed": False}
        return self.made("stemcell", self._cloud(lambda: self.things.create("stemcell", thing)))

    def delete_stemcell(self, cid: str) -> None:
        """Delete an image; one that is gone is deleted."""
        self._cloud(lambda: self.things.delete("stemcell", cid))

    def create_vm(
        self,
        agent_id: str,
        stemcell: str,
        properties: Json,
        networks: Json,
        disks: list[str],
        env: Json,
    ) -> list[Any]:
        """Create a VM, or finish the one that an earlier call for this agent began."""
        networks = self.checked_networks(networks)
        self._cloud(lambda: self._must_exist("stemcell", stemcell, "CloudError"))
        if str(properties.get("instance_type", "")).startswith("impossible"):
            raise Failure("VMCreationFailed", f"no capacity for {properties['instance_type']}")
        user_data = json.dumps(self.settings(self.config, agent_id, networks, env))
        thing = {
            "agent_id": agent_id,
            "stemcell": stemcell,
            "user_data": user_data,
            "claimed": False,
            "state": "running",
        }
        try:
            vm, networks = self._cloud(lambda: self.run_vm(agent_id, thing, networks))
        except Failure:
            self.undo()
            raise
        del disks  # a hint, and every place is as good as another here
        return [vm, networks]

    def run_vm(self, agent_id: str, thing: Json, networks: Json) -> tuple[str, Json]:
        """The cloud calls of create_vm, in their order."""
        found = self.things.vm_of_agent(agent_id)
        if found is None:
            self.clear_addresses(networks)
        vm, networks = self.things.run_vm(agent_id, thing, networks)
        self.made("vm", vm)
        if any(network["type"] == "vip" for network in networks.values()):
            self.things.associate(vm, networks)
        self.wait_for(vm)
        return vm, networks

    def wait_for(self, vm: str) -> None:
        """Ask until the VM is there: right after its making, absence is only a delay."""
        for _ in range(READY_TRIES):
            if self.things.get("vm", vm) is not None:
                return
        raise Failure("VMCreationFailed", f"VM {vm} never appeared", ok_to_retry=True)

    def clear_addresses(self, networks: Json) -> None:
        """Delete a VM that holds an address of ours and that nobody ever learned of."""
        for network in networks.values():
            if network["type"] != "manual":
                continue
            holder = self.things.holder(network["ip"])
            if holder and not holder[1]["claimed"] and holder[1]["owner"] == self.owner:
                self.things.delete("vm", holder[0])

    def checked_networks(self, networks: Json) -> Json:
        """The networks, or a failure that names what is wrong."""
        for name, network in networks.items():
            if not isinstance(network, dict) or network.get("type") not in {
                "manual",
                "dynamic",
                "vip",
            }:
                raise Failure("CloudError", f"network {name} has no type that this cloud knows")
            if network["type"] != "dynamic" and not isinstance(network.get("ip"), str):
                raise Failure("CloudError", f"network {name} needs an ip")
        return networks

    def delete_vm(self, cid: str) -> None:
        """Delete a VM; its disks stay; one that is gone is deleted."""
        self._cloud(lambda: self.things.delete("vm", cid))

    def has_vm(self, cid: str) -> bool:
        """Is the VM there?"""
        return self._cloud(lambda: self.things.get("vm", cid)) is not None

    def reboot_vm(self, cid: str) -> None:
        """Reboot a VM."""
        self._cloud(lambda: self._must_exist("vm", cid, "VMNotFound"))
        self._cloud(lambda: self.things.change("vm", cid, {"state": "running"}))

    def set_vm_metadata(self, cid: str, metadata: Json) -> None:
        """Label a VM; from now on the caller is known to know it."""
        change = {"metadata": self.tags(metadata), "claimed": True}
        self._cloud(lambda: self._must_exist("vm", cid, "VMNotFound"))
        self._cloud(lambda: self.things.change("vm", cid, change))

    def tags(self, metadata: Json) -> Json:
        """Legal tags from any metadata."""
        texts = {str(key)[:128]: str(value)[:128] for key, value in metadata.items()}
        return dict(sorted(texts.items())[:20])

    def calculate_vm_cloud_properties(self, wanted: Json) -> Json:
        """The properties of a VM with at least these resources."""
        for key in ("cpu", "ram", "ephemeral_disk_size"):
            if type(wanted.get(key)) is not int:
                raise Failure("CloudError", f"{key}: wanted an integer")
        if wanted["cpu"] > ABSURD_CPU:
            raise Failure("CloudError", f"no instance type has {wanted['cpu']} CPUs")
        return {
            "cpu": wanted["cpu"],
            "ram": wanted["ram"],
            "ephemeral_disk": {"size": wanted["ephemeral_disk_size"]},
        }

    def create_disk(self, size: int, properties: Json, vm: str | None) -> str:
        """Create a disk; the VM is a hint."""
        del vm
        if size > LARGEST_DISK_MIB:
            raise Failure("CloudError", f"{size} MiB are more than a disk can have")
        thing = {"size": size, "properties": properties, "vm": None, "claimed": False}
        token = uuid.uuid4().hex
        return self.made("disk", self._cloud(lambda: self.things.create("disk", thing, token)))

    def delete_disk(self, cid: str) -> None:
        """Delete a disk that is not attached; one that is gone is deleted."""
        disk = self._cloud(lambda: self.things.get("disk", cid))
        if disk is not None and disk["vm"]:
            raise Failure("CloudError", f"disk {cid} is attached to {disk['vm']}; detach it first")
        self._cloud(lambda: self.things.delete("disk", cid))

    def has_disk(self, cid: str) -> bool:
        """Is the disk there?"""
        return self._cloud(lambda: self.things.get("disk", cid)) is not None

    def attach_disk(self, vm: str, disk: str) -> str:
        """Attach a disk; once more is fine, to a second VM is not."""
        self._cloud(lambda: self._must_exist("vm", vm, "VMNotFound"))
        found = self._cloud(lambda: self._must_exist("disk", disk, "DiskNotFound"))
        if found["vm"] not in {None, vm}:
            raise Failure("CloudError", f"disk {disk} is attached to {found['vm']}")
        self._cloud(lambda: self.things.attach(disk, vm))
        return f"/dev/disk/by-id/virtio-{disk}"

    def detach_disk(self, vm: str, disk: str) -> None:
        """Detach a disk; one that is not attached there, or is gone, is detached."""
        found = self._cloud(lambda: self.things.get("disk", disk))
        if found is not None and found["vm"] == vm:
            self._cloud(lambda: self.things.change("disk", disk, {"vm": None}))

    def get_disks(self, vm: str) -> list[str]:
        """The persistent disks of a VM."""
        self._cloud(lambda: self._must_exist("vm", vm, "VMNotFound"))
        return list(self._cloud(lambda: self.things.disks_of(vm)))

    def set_disk_metadata(self, cid: str, metadata: Json) -> None:
        """Label a disk."""
        change = {"metadata": self.tags(metadata), "claimed": True}
        self._cloud(lambda: self._must_exist("disk", cid, "DiskNotFound"))
        self._cloud(lambda: self.things.change("disk", cid, change))

    def resize_disk(self, cid: str, size: int) -> None:
        """Grow a detached disk."""
        disk = self._cloud(lambda: self._must_exist("disk", cid, "DiskNotFound"))
        if size < disk["size"]:
            raise Failure("NotSupported", f"disk {cid} has {disk['size']} MiB and cannot shrink")
        self._cloud(lambda: self.things.change("disk", cid, {"size": size}))

    def update_disk(self, cid: str, size: int, properties: Json) -> None:
        """Change a disk in place."""
        self.resize_disk(cid, size)
        self._cloud(lambda: self.things.change("disk", cid, {"properties": properties}))

    def snapshot_disk(self, disk: str, metadata: Json) -> str:
        """Snapshot a disk."""
        self._cloud(lambda: self._must_exist("disk", disk, "DiskNotFound"))
        thing = {"disk": disk, "metadata": self.tags(metadata), "claimed": False}
        token = uuid.uuid4().hex
        return self.made(
            "snapshot", self._cloud(lambda: self.things.create("snapshot", thing, token))
        )

    def delete_snapshot(self, cid: str) -> None:
        """Delete a snapshot; one that is gone is deleted."""
        self._cloud(lambda: self.things.delete("snapshot", cid))

    def create_network(self, definition: Json) -> list[Any]:
        """Create a subnet; without a range, one is chosen."""
        address: Json = {}
        if "range" not in definition:
            if type(definition.get("netmask_bits")) is not int:
                raise Failure("CloudError", "a network needs range or netmask_bits")
            address = {"range": "10.77.0.0/24", "gateway": "10.77.0.1", "reserved": []}
        token = uuid.uuid4().hex
        thing = {"definition": definition, "claimed": False}
        cid = self.made("network", self._cloud(lambda: self.things.create("network", thing, token)))
        return [cid, address, {"network": cid}]

    def delete_network(self, cid: str) -> None:
        """Delete a subnet; one that is gone is deleted."""
        self._cloud(lambda: self.things.delete("network", cid))

    def _must_exist(self, kind: str, cid: str, otherwise: str) -> Json:
        found = self.things.get(kind, cid)
        if found is None:
            raise Failure(otherwise, f"{kind} {cid} is not there")
        return found

    def _cloud(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Gone as fault:
            raise Failure("CloudError", str(fault)) from fault
        except CloudFault as fault:
            name = "VMCreationFailed" if fault.code in _NO_CAPACITY else "CloudError"
            raise Failure(name, f"the cloud refused: {fault.code}: {fault}") from fault


_OVERRIDES = {"client", "unreachable_for_s", "mbus"}
_NO_CAPACITY = {"NoCapacity", "QuotaExceeded"}
