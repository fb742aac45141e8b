"""The words of the contract: ids that are not empty, sizes in MiB, networks, what creation returns.

Source: docs-bosh cpi-api-v2-method/*.md and the Director's own code where the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NewType, TypeVar

from attrs import field, frozen

AgentId = NewType("AgentId", str)
VmCid = NewType("VmCid", str)
DiskCid = NewType("DiskCid", str)
StemcellCid = NewType("StemcellCid", str)
SnapshotCid = NewType("SnapshotCid", str)
NetworkCid = NewType("NetworkCid", str)
MiB = NewType("MiB", int)

DiskHint = str | dict[str, str]
"""Where the agent finds an attached disk: a device path, or an object whose values are strings."""

VmP = TypeVar("VmP")
DiskP = TypeVar("DiskP")
NetworkP = TypeVar("NetworkP")
StemcellP = TypeVar("StemcellP")
SubnetP = TypeVar("SubnetP")

PROPERTY_VARIABLES: Mapping[object, str] = {
    VmP: "vm",
    DiskP: "disk",
    NetworkP: "network",
    StemcellP: "stemcell",
    SubnetP: "subnet",
}
"""Which of a provider's property types each variable in a signature of Cpi stands for."""


@frozen
class Network(Generic[NetworkP]):
    """One entry of create_vm's networks (bosh deployment_plan/network_settings.rb; CLI likewise).

    `type` is "manual", "dynamic" or "vip". `ip`, `netmask` and `gateway` may be there for a dynamic
    network too, when the Director knows the address of a running agent. `prefix` is a string, as
    the agent wants it. `raw` is the object as it came, for agent settings and for the echo.
    """

    type: str
    cloud_properties: NetworkP
    raw: dict[str, Any]
    ip: str | None = None
    netmask: str | None = None
    gateway: str | None = None
    prefix: str | None = None
    dns: list[str] = field(factory=list)
    default: list[str] = field(factory=list)
    nic_group: str | None = None

    def echo(self, **real: object) -> dict[str, Any]:
        """The network as create_vm's result repeats it, with what became real (`ip=…`)."""
        return {**self.raw, **{key: value for key, value in real.items() if value is not None}}


@frozen
class NetworkDefinition(Generic[SubnetP]):
    """What create_network is asked for; without `range` the cloud chooses one of `netmask_bits`."""

    cloud_properties: SubnetP
    type: str = "manual"
    range: str | None = None
    gateway: str | None = None
    netmask_bits: int | None = None


@frozen
class VmResources:
    """What `vm_resources` of a manifest asks for; all three are required, sizes in MiB."""

    cpu: int
    ram: MiB
    ephemeral_disk_size: MiB


class CreatedVm:
    """The result of create_vm: the VM, and the networks as they became (Network.echo)."""

    __slots__ = ("networks", "vm_cid")

    def __init__(self, vm_cid: VmCid, networks: Mapping[str, Mapping[str, Any]]) -> None:
        self.vm_cid = vm_cid
        self.networks = networks


class CreatedNetwork:
    """The result of create_network.

    `addresses` has `range`, `gateway`, `reserved` (a list) where the request left them open;
    `cloud_properties` is what VMs on this network carry.
    """

    __slots__ = ("addresses", "cloud_properties", "network_cid")

    def __init__(
        self,
        network_cid: NetworkCid,
        addresses: Mapping[str, Any],
        cloud_properties: Mapping[str, Any],
    ) -> None:
        self.network_cid = network_cid
        self.addresses = addresses
        self.cloud_properties = cloud_properties
