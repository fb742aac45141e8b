"""The CPI methods on the small cloud: what a provider has to write, and little else."""

from __future__ import annotations

from cpikit.api import Cpi
from cpikit.errors import CloudError, DiskNotFound, NotSupported, VMNotFound
from cpikit.types import (
    AgentId,
    CreatedNetwork,
    CreatedVm,
    DiskCid,
    DiskHint,
    MiB,
    Network,
    NetworkDefinition,
    SnapshotCid,
    StemcellCid,
    VmCid,
    VmResources,
)
from cpikit.waiting import Seen
from cpikit_fake.agent_settings import disk_path
from cpikit_fake.making import Making, gone_is_fine, read_image
from cpikit_fake.marks import STATE, claimed, is_claimed, with_metadata
from cpikit_fake.vms import Creation, Vms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cpikit.api import CallContext
    from cpikit.config import Config
    from cpikit.ownership import Owned
    from cpikit_fake.client import Client, Resource
    from cpikit_fake.config import FakeConfig
    from cpikit_fake.properties.disk import DiskProperties
    from cpikit_fake.properties.stemcell import StemcellProperties
    from cpikit_fake.properties.subnet import SubnetProperties
    from cpikit_fake.properties.vm import NetworkProperties, VmProperties

_DEFAULT_ZONE = "z1"
_LARGEST = {"cpu": 128, "ram": 4 * 1024 * 1024, "ephemeral_disk_size": 16 * 1024 * 1024}
_SETTLED = ("Available", "InUse")


class FakeCpi(
    Cpi[
        "VmProperties",
        "DiskProperties",
        "NetworkProperties",
        "StemcellProperties",
        "SubnetProperties",
    ]
):
    """One call on the cloud. Each method promises what its namesake in Cpi does."""

    def __init__(self, config: Config[FakeConfig], context: CallContext, client: Client) -> None:
        self._config = config
        self._context = context
        self._client = client
        self._vms = Vms(config, context, client)
        self._making = Making(context, client, self._vms.wait)

    def create_stemcell(
        self,
        image_path: str,
        cloud_properties: StemcellProperties,
        env: dict[str, Any] | None = None,
    ) -> StemcellCid:
        """Register the image of the file; for a light stemcell, what its properties name."""
        size, checksum = (0, "") if cloud_properties.is_light else read_image(image_path)
        metadata = {"name": cloud_properties.name, "version": cloud_properties.version}
        tags = self._making.marks({**((env or {}).get("tags") or {}), **metadata})
        cid = self._making.make(
            "stemcell",
            lambda token: self._client.register_image(
                "stemcell", token=token, size=size, checksum=checksum, tags=tags
            ),
            lambda: self._client.images(tags={STATE: tags[STATE]}),
            self.delete_stemcell,
        )
        self._making.await_state("stemcell", cid, self._client.images)
        return StemcellCid(cid)

    def delete_stemcell(self, stemcell_cid: str) -> None:
        """Delete the image; VMs made of it live on."""
        gone_is_fine("ImageNotFound", lambda: self._client.delete_image(stemcell_cid))

    def create_vm(
        self,
        agent_id: AgentId,
        stemcell_cid: StemcellCid,
        cloud_properties: VmProperties,
        networks: dict[str, Network[NetworkProperties]],
        disk_cids: list[DiskCid],
        env: dict[str, Any],
    ) -> CreatedVm:
        """See vms.py: the same agent_id and arguments give the same VM."""
        creation = Creation(self._vms, self._config, self._context, self._client)
        return creation.run(agent_id, stemcell_cid, cloud_properties, networks, disk_cids, env)

    def delete_vm(self, vm_cid: VmCid) -> None:
        """Delete it and wait; the cloud keeps its disks and frees its addresses."""
        self._vms.remove(vm_cid)

    def has_vm(self, vm_cid: VmCid) -> bool:
        """Whether the cloud has it."""
        return self._vms.find(vm_cid) is not None

    def reboot_vm(self, vm_cid: VmCid) -> None:
        """Restart it and wait until it runs."""
        server = self._vm(vm_cid)
        self._client.reboot_server(vm_cid, server["boots"])

        def look() -> Seen[None]:
            state = self._vm(vm_cid)["state"]
            return Seen(state, done=state == "Running")

        self._vms.wait(look, f"VM {vm_cid}", "Running")

    def set_vm_metadata(self, vm_cid: VmCid, metadata: dict[str, Any]) -> None:
        """Tag it. That is how we learn that the Director knows of it: it is claimed from now on."""
        tags = with_metadata(self._vm(vm_cid)["tags"], metadata)
        self._client.tag_server(vm_cid, tags, tags.get("name"))

    def calculate_vm_cloud_properties(self, vm_resources: VmResources) -> dict[str, Any]:
        """Any size can be had here, up to the largest."""
        wanted = {
            "cpu": max(vm_resources.cpu, 1),
            "ram": max(vm_resources.ram, 1),
            "ephemeral_disk_size": max(vm_resources.ephemeral_disk_size, 1),
        }
        for name, most in _LARGEST.items():
            if wanted[name] > most:
                raise CloudError(f"no VM has {name} {wanted[name]}, wanted at most {most}")
        return wanted

    def create_disk(
        self, size: MiB, cloud_properties: DiskProperties, vm_cid: VmCid | None = None
    ) -> DiskCid:
        """Make a volume, in the VM's zone where one is named that exists."""
        server = self._vms.find(vm_cid) if vm_cid and not cloud_properties.zone else None
        tags = self._making.marks()
        cid = self._making.make(
            "disk",
            lambda token: self._client.create_volume(
                f"disk of {size} MiB",
                token=token,
                size=size,
                type=cloud_properties.type or "standard",
                zone=cloud_properties.zone or (server["zone"] if server else _DEFAULT_ZONE),
                tags=tags,
            ),
            lambda: self._client.volumes(tags={STATE: tags[STATE]}),
            self.delete_disk,
        )
        self._making.await_state("disk", cid, self._client.volumes)
        return DiskCid(cid)

    def delete_disk(self, disk_cid: str) -> None:
        """Delete it and wait; the cloud refuses while a VM has it."""
        if gone_is_fine("VolumeNotFound", lambda: self._client.delete_volume(disk_cid)):
            return

        def look() -> Seen[None]:
            disks = self._client.volumes(ids=[disk_cid])
            return Seen(disks[0]["state"]) if disks else Seen("gone", done=True)

        self._vms.wait(look, f"disk {disk_cid}", "gone")

    def has_disk(self, disk_cid: DiskCid) -> bool:
        """Whether the cloud has it."""
        return bool(self._client.volumes(ids=[disk_cid]))

    def attach_disk(self, vm_cid: VmCid, disk_cid: DiskCid) -> DiskHint:
        """Attach it and wait. Who attaches a disk knows of it: it is claimed from now on."""
        disk = self._disk(disk_cid)
        if disk["attached_to"] not in (None, vm_cid):
            raise CloudError(
                f"disk {disk_cid} is attached to VM {disk['attached_to']}, wanted on {vm_cid}: "
                "detach it there first"
            )
        self._client.attach_volume(vm_cid, disk_cid)
        disk = self._making.await_state("disk", disk_cid, self._client.volumes, ("InUse",))
        if not is_claimed(disk["tags"]):
            self._client.tag_volume(disk_cid, claimed(disk["tags"]))
        return disk_path(disk_cid)

    def detach_disk(self, vm_cid: VmCid, disk_cid: DiskCid) -> None:
        """Detach it and wait."""
        if gone_is_fine(
            "NotAttached VolumeNotFound", lambda: self._client.detach_volume(vm_cid, disk_cid)
        ):
            return
        self._making.await_state("disk", disk_cid, self._client.volumes, ("Available",))

    def get_disks(self, vm_cid: VmCid) -> list[DiskCid]:
        """The volumes that it has; its system and ephemeral disks are none."""
        disks = self._client.volumes(attached_to=vm_cid)
        if not disks:
            self._vm(vm_cid)  # a VM without disks has none, a VM that is not there is an error
        return [DiskCid(disk["id"]) for disk in disks]

    def set_disk_metadata(self, disk_cid: DiskCid, metadata: dict[str, Any]) -> None:
        """Tag it; it is claimed from now on."""
        self._client.tag_volume(disk_cid, with_metadata(self._disk(disk_cid)["tags"], metadata))

    def resize_disk(self, disk_cid: DiskCid, new_size: MiB) -> None:
        """Grow it in place."""
        disk = self._disk(disk_cid)
        self._modify(disk, new_size, disk["type"])

    def update_disk(
        self, disk_cid: DiskCid, new_size: MiB, cloud_properties: DiskProperties
    ) -> DiskCid | None:
        """Change size and type in place; a disk cannot move to another zone."""
        disk = self._disk(disk_cid)
        if cloud_properties.zone not in (None, disk["zone"]):
            raise NotSupported(
                f"disk {disk_cid} is in zone {disk['zone']}, wanted in {cloud_properties.zone}: "
                "it has to be copied"
            )
        self._modify(disk, new_size, cloud_properties.type or disk["type"])
        return disk_cid

    def snapshot_disk(self, disk_cid: DiskCid, metadata: dict[str, Any]) -> SnapshotCid:
        """Take a snapshot and wait until it can be used."""
        tags = self._making.marks(metadata)
        cid = self._making.make(
            "snapshot",
            lambda token: self._client.create_snapshot(
                f"snapshot of {disk_cid}", token=token, volume=disk_cid, tags=tags
            ),
            lambda: self._client.snapshots(tags={STATE: tags[STATE]}),
            self.delete_snapshot,
        )
        self._making.await_state("snapshot", cid, self._client.snapshots)
        return SnapshotCid(cid)

    def delete_snapshot(self, snapshot_cid: str) -> None:
        """Delete it."""
        gone_is_fine("SnapshotNotFound", lambda: self._client.delete_snapshot(snapshot_cid))

    def create_network(self, definition: NetworkDefinition[SubnetProperties]) -> CreatedNetwork:
        """Make a subnet; VMs name it in their network's `subnet`."""
        from cpikit_fake import managed_networks

        return managed_networks.create(
            self._client, self._making, definition, self.delete_network, _DEFAULT_ZONE
        )

    def delete_network(self, network_cid: str) -> None:
        """Delete it; the cloud refuses while a VM is in it."""
        gone_is_fine("SubnetNotFound", lambda: self._client.delete_subnet(network_cid))

    def owned(self, director_uuid: str) -> Iterator[Owned]:
        """For `cpikit orphans`."""
        from cpikit_fake import ownership

        return ownership.owned(self._client, director_uuid)

    def release(self, resource: Owned) -> None:
        """For `cpikit orphans`."""
        from cpikit_fake import ownership

        remove = getattr(self, f"delete_{resource.kind}")
        ownership.release(self._client, resource, remove)

    def _vm(self, vm_cid: str) -> Resource:
        server = self._vms.find(vm_cid)
        if server is None:
            raise VMNotFound(f"VM {vm_cid} does not exist")
        return server

    def _disk(self, disk_cid: str) -> Resource:
        disks = self._client.volumes(ids=[disk_cid])
        if not disks:
            raise DiskNotFound(f"disk {disk_cid} does not exist")
        return disks[0]

    def _modify(self, disk: Resource, size: MiB, kind: str) -> None:
        if size < disk["size"]:
            raise NotSupported(
                f"disk {disk['id']} has {disk['size']} MiB, wanted {size}: a disk cannot shrink"
            )
        if (size, kind) == (disk["size"], disk["type"]):
            return
        self._client.modify_volume(disk["id"], size=size, type=kind)
        self._making.await_state("disk", disk["id"], self._client.volumes, _SETTLED)
