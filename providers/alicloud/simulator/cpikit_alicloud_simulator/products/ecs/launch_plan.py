"""What a call that makes instances comes to, once it is read and checked."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from cpikit_alicloud_simulator.products.ecs.families import InstanceType
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Interface
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch


@frozen
class DiskPlan:
    """One disk that an instance gets."""

    type: str
    category: str
    size_gib: int
    performance_level: str = ""
    name: str = ""
    description: str = ""
    encrypted: bool = False
    kms_key_id: str = ""
    delete_with_instance: bool = True
    snapshot_id: str = ""
    device: str = ""
    provisioned_iops: int | None = None
    bursting_enabled: bool = False


@frozen
class InterfacePlan:
    """One interface that an instance gets: a new one, or one that exists."""

    vswitch: VSwitch
    group_ids: tuple[str, ...]
    type: str = "Primary"
    address: str = ""
    secondary_count: int = 0
    ipv6s: tuple[str, ...] = ()
    ipv6_count: int = 0
    name: str = ""
    description: str = ""
    delete_on_release: bool = True
    queue_number: int | None = None
    traffic_mode: str = "Standard"
    existing: Interface | None = None


@frozen
class NetworkPlan:
    """Where instances lie."""

    vswitch: VSwitch
    interfaces: tuple[InterfacePlan, ...]
    internet_charge_type: str = ""
    bandwidth_in: int = 0
    bandwidth_out: int = 0
    wants_public_ip: bool = False


@frozen
class Purchase:
    """How instances are paid for."""

    charge_type: str = "PostPaid"
    period_s: float | None = None
    spot_strategy: str = "NoSpot"
    spot_price_limit: float = 0.0
    spot_duration: int | None = None
    spot_interruption: str = "Terminate"

    @property
    def is_spot(self) -> bool:
        """Whether they are spot instances."""
        return self.spot_strategy != "NoSpot"


@frozen
class Placement:
    """On what they are placed."""

    deployment_set_id: str = ""
    deployment_group: int | None = None
    dedicated_host_id: str = ""
    private_pool_id: str = ""
    private_pool_match: str = ""
    hpc_cluster_id: str = ""
    tenancy: str = "default"
    affinity: str = "default"


@frozen
class Identity:
    """How they are called and what their agents get."""

    name: str = ""
    host_name: str = ""
    has_suffix: bool = False
    description: str = ""
    key_pair_name: str = ""
    ram_role: str = ""
    agent_data: bytes = field(default=b"", repr=False)
    has_password: bool = False
    http_endpoint: str = "enabled"
    http_tokens: str = "optional"
    http_hops: int = 1


@frozen
class Launch:
    """All of it."""

    image: Image
    type: InstanceType
    identity: Identity
    purchase: Purchase
    network: NetworkPlan
    disks: tuple[DiskPlan, ...]
    placement: Placement
    tags: Mapping[str, str]
    resource_group_id: str = ""
    deletion_protection: bool = False
    auto_release: str = ""
    credit: str = ""
    count: int = 1
    starts: bool = True
