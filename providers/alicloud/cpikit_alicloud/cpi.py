"""The CPI: one thin method for each of the contract's, which imports its room when it is called."""

from __future__ import annotations

from typing import Any

from cpikit.api import Cpi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpikit.ownership import Owned
    from cpikit.types import (
        AgentId,
        CreatedNetwork,
        CreatedVm,
        DiskCid,
        DiskHint,
        MiB,
        Network,
        NetworkCid,
        NetworkDefinition,
        SnapshotCid,
        StemcellCid,
        VmCid,
        VmResources,
    )
    from cpikit_alicloud.properties.disk import DiskProperties
    from cpikit_alicloud.properties.network import NetworkProperties
    from cpikit_alicloud.properties.stemcell import StemcellProperties
    from cpikit_alicloud.properties.subnet import SubnetProperties
    from cpikit_alicloud.properties.vm import VmProperties
    from cpikit_alicloud.session import Session


class AlicloudCpi(
    Cpi[
        "VmProperties",
        "DiskProperties",
        "NetworkProperties",
        "StemcellProperties",
        "SubnetProperties",
    ]
):
    """Alibaba Cloud. What each method promises stands in cpikit.api.Cpi."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def session(self) -> Session:
        """What this call works with, for our own tool."""
        return self._session

    def create_stemcell(
        self,
        image_path: str,
        cloud_properties: StemcellProperties,
        env: dict[str, Any] | None = None,
    ) -> StemcellCid:
        """An image: imported, copied, or one that is there."""
        from cpikit_alicloud import stemcells

        return stemcells.create_stemcell(self._session, image_path, cloud_properties, env)

    def delete_stemcell(self, stemcell_cid: StemcellCid) -> None:
        """Our image and its snapshots."""
        from cpikit_alicloud import stemcells

        stemcells.delete_stemcell(self._session, stemcell_cid)

    def create_vm(
        self,
        agent_id: AgentId,
        stemcell_cid: StemcellCid,
        cloud_properties: VmProperties,
        networks: dict[str, Network[NetworkProperties]],
        disk_cids: list[DiskCid],
        env: dict[str, Any],
    ) -> CreatedVm:
        """One VM for one agent."""
        from cpikit_alicloud import create_vm

        return create_vm.create_vm(
            self._session, agent_id, stemcell_cid, cloud_properties, networks, disk_cids, env
        )

    def delete_vm(self, vm_cid: VmCid) -> None:
        """Gone for certain, its bindings and interfaces too."""
        from cpikit_alicloud import delete_vm

        delete_vm.delete_vm(self._session, vm_cid)

    def has_vm(self, vm_cid: VmCid) -> bool:
        """By list and by id."""
        from cpikit_alicloud import vms

        return vms.has_vm(self._session, vm_cid)

    def reboot_vm(self, vm_cid: VmCid) -> None:
        """Restarted, and running again."""
        from cpikit_alicloud import reboot_vm

        reboot_vm.reboot_vm(self._session, vm_cid)

    def set_vm_metadata(self, vm_cid: VmCid, metadata: dict[str, Any]) -> None:
        """Its name and tags; from now on it is claimed."""
        from cpikit_alicloud import vm_metadata

        vm_metadata.set_vm_metadata(self._session, vm_cid, metadata)

    def calculate_vm_cloud_properties(self, vm_resources: VmResources) -> dict[str, Any]:
        """The smallest type sold."""
        from cpikit_alicloud import instance_types

        return instance_types.cloud_properties(self._session, vm_resources)

    def create_disk(
        self, size: MiB, cloud_properties: DiskProperties, vm_cid: VmCid | None = None
    ) -> DiskCid:
        """A disk in the VM's zone."""
        from cpikit_alicloud import disks

        return disks.create_disk(self._session, size, cloud_properties, vm_cid)

    def delete_disk(self, disk_cid: DiskCid) -> None:
        """Gone for certain."""
        from cpikit_alicloud import disks

        disks.delete_disk(self._session, disk_cid)

    def has_disk(self, disk_cid: DiskCid) -> bool:
        """In this region."""
        from cpikit_alicloud import disks

        return disks.has_disk(self._session, disk_cid)

    def attach_disk(self, vm_cid: VmCid, disk_cid: DiskCid) -> DiskHint:
        """Attached to this VM; its path by id."""
        from cpikit_alicloud import attachments

        return attachments.attach_disk(self._session, vm_cid, disk_cid)

    def detach_disk(self, vm_cid: VmCid, disk_cid: DiskCid) -> None:
        """Off this VM."""
        from cpikit_alicloud import attachments

        attachments.detach_disk(self._session, vm_cid, disk_cid)

    def get_disks(self, vm_cid: VmCid) -> list[DiskCid]:
        """The persistent ones."""
        from cpikit_alicloud import vm_disks

        return vm_disks.get_disks(self._session, vm_cid)

    def set_disk_metadata(self, disk_cid: DiskCid, metadata: dict[str, Any]) -> None:
        """Its tags; from now on it is claimed."""
        from cpikit_alicloud import disks

        disks.set_disk_metadata(self._session, disk_cid, metadata)

    def resize_disk(self, disk_cid: DiskCid, new_size: MiB) -> None:
        """Grown in place."""
        from cpikit_alicloud import disk_changes

        disk_changes.resize_disk(self._session, disk_cid, new_size)

    def update_disk(
        self, disk_cid: DiskCid, new_size: MiB, cloud_properties: DiskProperties
    ) -> DiskCid | None:
        """Category, performance level and size, in place."""
        from cpikit_alicloud import disk_changes

        return disk_changes.update_disk(self._session, disk_cid, new_size, cloud_properties)

    def snapshot_disk(self, disk_cid: DiskCid, metadata: dict[str, Any]) -> SnapshotCid:
        """Accomplished when this returns."""
        from cpikit_alicloud import snapshots

        return snapshots.snapshot_disk(self._session, disk_cid, metadata)

    def delete_snapshot(self, snapshot_cid: SnapshotCid) -> None:
        """Gone for certain."""
        from cpikit_alicloud import snapshots

        snapshots.delete_snapshot(self._session, snapshot_cid)

    def create_network(self, definition: NetworkDefinition[SubnetProperties]) -> CreatedNetwork:
        """A vSwitch."""
        from cpikit_alicloud import subnets

        return subnets.create_network(self._session, definition)

    def delete_network(self, network_cid: NetworkCid) -> None:
        """The vSwitch is gone."""
        from cpikit_alicloud import subnets

        subnets.delete_network(self._session, network_cid)

    def owned(self, director_uuid: str) -> Iterator[Owned]:
        """For `cpikit orphans`."""
        from cpikit_alicloud import ownership

        return ownership.owned(self._session, director_uuid)

    def release(self, resource: Owned) -> None:
        """For `cpikit orphans`."""
        from cpikit_alicloud import ownership

        ownership.release(self._session, resource)
