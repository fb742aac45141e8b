"""What a provider author reads: the methods of the contract, and what surrounds one call."""

from __future__ import annotations

from typing import Any, Generic, NoReturn

from attrs import frozen

from cpikit.caller import Caller
from cpikit.errors import MethodNotImplemented
from cpikit.log import Log
from cpikit.types import (
    AgentId,
    CreatedNetwork,
    CreatedVm,
    DiskCid,
    DiskHint,
    DiskP,
    MiB,
    Network,
    NetworkCid,
    NetworkDefinition,
    NetworkP,
    SnapshotCid,
    StemcellCid,
    StemcellP,
    SubnetP,
    VmCid,
    VmP,
    VmResources,
)
from cpikit.undo import Undo
from cpikit.waiting import Clock


@frozen(eq=False, repr=False)  # one per process; each spared method spares 0.1 ms
class CallContext:
    """What surrounds one call. One process serves one call, so this is also the process's life.

    `request_id` is the Director's (`cpi-` and six digits), or one of our own where the caller sends
    none (the CLI). `stemcell_api_version` is absent for most methods (docs-bosh, and the CPI
    contract's section 1.3): absent does not mean 1.
    """

    director_uuid: str
    request_id: str
    method: str
    api_version: int
    stemcell_api_version: int | None
    clock: Clock
    log: Log
    undo: Undo
    caller: Caller


def _not_served(method: str) -> NoReturn:
    raise MethodNotImplemented(f"Method {method!r} is not implemented by this CPI")


class Cpi(Generic[VmP, DiskP, NetworkP, StemcellP, SubnetP]):
    """The CPI methods. A provider overrides what it can; the rest answers NotImplemented by itself.

    Arguments arrive bound to these types, with every problem in them already refused; results are
    checked on their way out. The five variables are the provider's own classes of cloud_properties
    (Provider.property_types), a plain dict where it names none. Sizes are MiB. A method raises
    the errors of cpikit.errors, or lets a FaultError of a cloud call pass; whatever it makes it
    pushes on `context.undo` first thing afterwards.
    Source: docs-bosh content/cpi-api-v2-method/*.md and bosh lib/clouds/external_cpi.rb.
    """

    def create_stemcell(
        self,
        image_path: str,
        cloud_properties: StemcellP,
        env: dict[str, Any] | None = None,
    ) -> StemcellCid:
        """Make an image of the file, which is readable during this call only.

        For a light stemcell the file is a dummy and everything is in the properties. `env` has
        `tags` from API version 3 on.
        """
        _not_served("create_stemcell")

    def delete_stemcell(self, stemcell_cid: StemcellCid) -> None:
        """Delete the image; one that is gone is a success."""
        _not_served("delete_stemcell")

    def create_vm(
        self,
        agent_id: AgentId,
        stemcell_cid: StemcellCid,
        cloud_properties: VmP,
        networks: dict[str, Network[NetworkP]],
        disk_cids: list[DiskCid],
        env: dict[str, Any],
    ) -> CreatedVm:
        """Make a VM whose agent finds its settings.

        `disk_cids` say where to place it: the disks are attached later. `env` is passed on to the
        agent untouched. On failure nothing of it may remain (VMCreationFailed).
        """
        _not_served("create_vm")

    def delete_vm(self, vm_cid: VmCid) -> None:
        """Return when the VM is gone and its address free. Persistent disks survive it."""
        _not_served("delete_vm")

    def has_vm(self, vm_cid: VmCid) -> bool:
        """Whether the VM exists; a terminated one does not."""
        _not_served("has_vm")

    def reboot_vm(self, vm_cid: VmCid) -> None:
        """Restart it, on or off; raises VMNotFound."""
        _not_served("reboot_vm")

    def set_vm_metadata(self, vm_cid: VmCid, metadata: dict[str, Any]) -> None:
        """Tag the VM; any keys and values, too many or too long ones, must never fail a deploy."""
        _not_served("set_vm_metadata")

    def calculate_vm_cloud_properties(self, vm_resources: VmResources) -> dict[str, Any]:
        """The cloud_properties of a VM with at least these resources."""
        _not_served("calculate_vm_cloud_properties")

    def create_disk(
        self, size: MiB, cloud_properties: DiskP, vm_cid: VmCid | None = None
    ) -> DiskCid:
        """Make a disk of at least that size, near the VM where one is named."""
        _not_served("create_disk")

    def delete_disk(self, disk_cid: DiskCid) -> None:
        """Delete it; one that is gone is a success, an attached one an error."""
        _not_served("delete_disk")

    def has_disk(self, disk_cid: DiskCid) -> bool:
        """Whether the disk exists."""
        _not_served("has_disk")

    def attach_disk(self, vm_cid: VmCid, disk_cid: DiskCid) -> DiskHint:
        """Attach it; repeated for the same VM it gives the same hint again.

        Raises VMNotFound, DiskNotFound, and CloudError when another VM holds the disk.
        """
        _not_served("attach_disk")

    def detach_disk(self, vm_cid: VmCid, disk_cid: DiskCid) -> None:
        """Detach it; one that is not attached, or gone, is a success."""
        _not_served("detach_disk")

    def get_disks(self, vm_cid: VmCid) -> list[DiskCid]:
        """The persistent disks attached to the VM."""
        _not_served("get_disks")

    def set_disk_metadata(self, disk_cid: DiskCid, metadata: dict[str, Any]) -> None:
        """Tag the disk, as set_vm_metadata does."""
        _not_served("set_disk_metadata")

    def resize_disk(self, disk_cid: DiskCid, new_size: MiB) -> None:
        """Grow a detached disk; its present size is a success, a smaller one NotSupported."""
        _not_served("resize_disk")

    def update_disk(
        self, disk_cid: DiskCid, new_size: MiB, cloud_properties: DiskP
    ) -> DiskCid | None:
        """Change size and properties of a detached disk; None or the same CID when in place.

        Raises NotSupported for what cannot be done in place: the Director then copies.
        """
        _not_served("update_disk")

    def snapshot_disk(self, disk_cid: DiskCid, metadata: dict[str, Any]) -> SnapshotCid:
        """Take a snapshot, of an attached or a detached disk."""
        _not_served("snapshot_disk")

    def delete_snapshot(self, snapshot_cid: SnapshotCid) -> None:
        """Delete it; one that is gone is a success."""
        _not_served("delete_snapshot")

    def create_network(self, definition: NetworkDefinition[SubnetP]) -> CreatedNetwork:
        """Make a subnet."""
        _not_served("create_network")

    def delete_network(self, network_cid: NetworkCid) -> None:
        """Delete it; one that is gone is a success."""
        _not_served("delete_network")

    def ping(self) -> str:
        """Say that the CPI runs; no caller at present sends this."""
        return "pong"

    def current_vm_id(self) -> VmCid:
        """The VM that this very process runs on; the docs advise against serving it."""
        _not_served("current_vm_id")
